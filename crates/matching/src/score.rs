//! Two names compared: a similarity from their aligned words, held down by what sets them apart.

use crate::align::{Alignment, Pair, align};
use crate::evidence::Relation;
use crate::legal::Forms;
use crate::name::{Core, Name};
use crate::words::Class;

/// From this score on two companies may be taken for the same.
pub const SAME: f32 = 0.85;

/// From this score on a person should look.
pub const REVIEW: f32 = 0.77;

/// What comparing two names gives.
#[derive(Clone, Debug, PartialEq)]
pub struct NameMatch {
    /// How sure it is, by name alone, that the two are one company: 0 to 1.
    pub score: f32,
    /// How the names are related.
    pub relation: Relation,
    /// Why the score is not higher, when something held it down.
    pub note: &'static str,
    /// Whether the legal forms go together: `None` when one of them states none.
    pub forms_agree: Option<bool>,
}

/// A limit on the score, with what it says of the relation.
#[derive(Clone, Copy)]
struct Limit {
    most: f32,
    relation: Relation,
    note: &'static str,
}

const fn limit(most: f32, relation: Relation, note: &'static str) -> Limit {
    Limit { most, relation, note }
}

const NO_LIMIT: Limit = limit(1.0, Relation::Same, "");
const OTHER_WORD: Limit = limit(0.45, Relation::Unrelated, "a distinctive word differs");
const OTHER_COMMON: Limit = limit(0.55, Relation::Sibling, "a distinguishing word differs");
const OTHER_BUSINESS: Limit = limit(0.60, Relation::Sibling, "the line of business differs");
const OTHER_PLACE: Limit = limit(0.62, Relation::Sibling, "the place differs");
const MORE_WORD: Limit = limit(0.65, Relation::Subsidiary, "one name has a distinctive word more");
const MORE_COMMON: Limit = limit(0.68, Relation::Subsidiary, "one name has a distinguishing word more");
const MORE_NUMBER: Limit = limit(0.70, Relation::Sibling, "only one name has a number");
const MORE_PLACE: Limit = limit(0.72, Relation::Subsidiary, "one name has a place more");
const MORE_BUSINESS: Limit = limit(0.74, Relation::Subsidiary, "one name has a line of business more");
const OTHER_FORM: Limit = limit(0.74, Relation::Sibling, "the legal forms are incompatible");
const OTHER_NUMBER: Limit = limit(0.79, Relation::Sibling, "the numbers in the names differ");
const OTHER_GENERIC: Limit = limit(0.80, Relation::Sibling, "a generic word differs");
const MORE_HOLDING: Limit = limit(0.82, Relation::Subsidiary, "one of them is a holding");
const FAR_SPELLING: Limit = limit(0.82, Relation::Same, "a distinctive word is spelt rather differently");
const DOUBTFUL_FORM: Limit = limit(0.92, Relation::Same, "the legal forms are not the same");

/// Compares two normalised names. Symmetric; 1 for equal names; 0 when either is empty.
pub fn compare_names(a: &Name, b: &Name) -> NameMatch {
    let mut best: Option<NameMatch> = None;
    for (i, ours) in a.readings.iter().enumerate() {
        for (j, theirs) in b.readings.iter().enumerate() {
            let mut found = compare_readings(ours, theirs);
            if (i, j) != (0, 0) {
                // The same by another name of theirs is the same, a little less surely.
                found.score *= 0.97;
            }
            let better = |best: &NameMatch| (found.score, found.note) > (best.score, best.note);
            if best.as_ref().is_none_or(better) {
                best = Some(found);
            }
        }
    }
    best.unwrap_or(NameMatch { score: 0.0, relation: Relation::Unrelated, note: "a name is missing", forms_agree: None })
}

fn compare_readings(a: &Core, b: &Core) -> NameMatch {
    // One order for both directions keeps ties from making the outcome depend on it.
    let (a, b) = if (&a.text, a.forms) <= (&b.text, b.forms) { (a, b) } else { (b, a) };
    let forms = a.forms.against(b.forms);
    let (mut score, mut held) = if a.words().eq(b.words()) {
        (1.0, NO_LIMIT)
    } else if a.words().flat_map(str::bytes).eq(b.words().flat_map(str::bytes)) {
        (0.99, NO_LIMIT)
    } else {
        by_words(a, b)
    };
    let by_form = match forms {
        Forms::Agree => NO_LIMIT,
        Forms::Doubtful => DOUBTFUL_FORM,
        Forms::Conflict => OTHER_FORM,
    };
    if by_form.most < held.most {
        held = by_form;
    }
    score = score.min(held.most);
    let relation = if score >= SAME { Relation::Same } else { relation_at(score, held.relation) };
    let stated = !a.forms.is_empty() && !b.forms.is_empty();
    NameMatch { score, relation, note: held.note, forms_agree: stated.then_some(forms == Forms::Agree) }
}

/// Names that share too little are unrelated whatever held them down.
fn relation_at(score: f32, held: Relation) -> Relation {
    match held {
        _ if score < 0.40 => Relation::Unrelated,
        Relation::Same if score < 0.60 => Relation::Unrelated,
        other => other,
    }
}

fn by_words(a: &Core, b: &Core) -> (f32, Limit) {
    let found = align(a, b);
    let held = limits(a, b, &found);
    (similarity(a, b, &found) * order(&found.pairs), held)
}

/// The weight of the words that stand for one another, against the weight of all.
fn similarity(a: &Core, b: &Core, found: &Alignment) -> f32 {
    let left = |core: &Core, words: &[usize]| words.iter().map(|at| core.tokens[*at].class.weight()).sum::<f32>();
    let paired: f32 = found.pairs.iter().map(|pair| pair.weights.0 + pair.weights.1).sum();
    let alike: f32 = found.pairs.iter().map(|pair| (pair.weights.0 + pair.weights.1) * pair.similarity).sum();
    let all = paired + left(a, &found.left) + left(b, &found.right);
    if all > 0.0 { alike / all } else { 0.0 }
}

/// Words in another order are a little less alike.
fn order(pairs: &[Pair]) -> f32 {
    let mut places: Vec<(usize, usize)> = pairs.iter().filter(|pair| pair.class != Class::Joining).map(|pair| pair.at).collect();
    places.sort_unstable();
    if places.is_sorted_by_key(|place| place.1) { 1.0 } else { 0.97 }
}

/// The lowest limit that the words left over set.
fn limits(a: &Core, b: &Core, found: &Alignment) -> Limit {
    let left = Left::of(a, &found.left);
    let right = Left::of(b, &found.right);
    let both = |of: fn(&Left) -> bool| of(&left) && of(&right);
    let either = |of: fn(&Left) -> bool| of(&left) || of(&right);
    let rules = [
        (both(|l| l.rare), OTHER_WORD),
        (both(|l| l.rare || l.common), OTHER_COMMON),
        (both(|l| l.place), OTHER_PLACE),
        (both(|l| l.telling() || l.structure) && either(Left::telling), OTHER_BUSINESS),
        (either(|l| l.rare), MORE_WORD),
        (either(|l| l.common), MORE_COMMON),
        (both(|l| l.number), OTHER_NUMBER),
        (!both(|l| l.number) && either(|l| l.number), MORE_NUMBER),
        (either(|l| l.place), MORE_PLACE),
        (either(|l| l.sector), MORE_BUSINESS),
        (both(|l| l.structure), OTHER_GENERIC),
        (either(|l| l.holding), MORE_HOLDING),
        (found.pairs.iter().any(|pair| pair.similarity < 0.8), FAR_SPELLING),
    ];
    let lowest = rules.iter().filter(|(applies, _)| *applies).map(|(_, limit)| *limit).min_by(|x, y| x.most.total_cmp(&y.most));
    let mut held = lowest.unwrap_or(NO_LIMIT);
    if held.relation != Relation::Same && !shares_a_name(&found.pairs) {
        held.relation = Relation::Unrelated;
    }
    held
}

/// Whether what the names share could be what the companies are called by.
fn shares_a_name(pairs: &[Pair]) -> bool {
    let telling = |pair: &&Pair| matches!(pair.class, Class::Rare | Class::Common);
    pairs.iter().filter(telling).any(|pair| pair.similarity > 0.8)
}

/// Which classes of word were left over in one name.
#[derive(Default)]
struct Left {
    rare: bool,
    common: bool,
    sector: bool,
    structure: bool,
    place: bool,
    number: bool,
    holding: bool,
}

impl Left {
    fn of(core: &Core, words: &[usize]) -> Left {
        let mut left = Left::default();
        for &at in words {
            match core.tokens[at].class {
                Class::Rare => left.rare = true,
                Class::Common => left.common = true,
                Class::Sector => left.sector = true,
                Class::Structure => left.structure = true,
                Class::Place => left.place = true,
                Class::Number => left.number = true,
                Class::Joining => {}
            }
            left.holding |= core.word(at) == "holding";
        }
        left
    }

    fn telling(&self) -> bool {
        self.rare || self.common || self.sector || self.place
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::normalise;

    fn compared(a: &str, b: &str) -> NameMatch {
        compare_names(&normalise(a), &normalise(b))
    }

    #[test]
    fn a_legal_form_left_out_or_spelt_out_is_the_same() {
        assert_eq!(compared("Nordlicht AG", "Nordlicht").relation, Relation::Same);
        assert_eq!(compared("Nordlicht AG", "Nordlicht Aktiengesellschaft").score, 1.0);
    }

    #[test]
    fn an_incompatible_legal_form_is_a_sibling() {
        let found = compared("Nordlicht AG", "Nordlicht GmbH");
        assert_eq!(found.relation, Relation::Sibling);
        assert!(found.score < REVIEW);
    }

    #[test]
    fn a_place_more_is_a_subsidiary_and_another_place_a_sibling() {
        assert_eq!(compared("Nordlicht", "Nordlicht Polska").relation, Relation::Subsidiary);
        assert_eq!(compared("Nordlicht of Boston", "Nordlicht of Chicago").relation, Relation::Sibling);
    }

    #[test]
    fn a_misspelt_name_is_the_same_and_another_name_is_not() {
        assert!(compared("Brightwater Systems", "Brihgtwater Systems").score >= SAME);
        assert!(compared("Brightwater Systems", "Stillwater Systems").score < 0.5);
    }

    #[test]
    fn series_numbers_that_differ_go_to_review_at_most() {
        let found = compared("Harbour Partners VII LP", "Harbour Partners VIII LP");
        assert!((REVIEW..SAME).contains(&found.score));
        assert_eq!(found.relation, Relation::Sibling);
    }

    #[test]
    fn names_of_generic_words_only_are_not_a_house() {
        assert_eq!(compared("International Bank", "International Insurance").relation, Relation::Unrelated);
    }
}
