//! Legal forms: found at either end of a name, taken off, and remembered by their class.
//!
//! `data/legal_forms.tsv` is made from the official list of entity legal forms (GLEIF ELF, ISO 20275). Forms are
//! looked up by their letters run together, so `S.A. de C.V.`, `SA de CV` and `sadecv` are one.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use crate::distance::within;
use crate::fold::{Folded, fold};
use crate::words::data_lines;

/// Classes of legal form found in a name, a bit each. Two companies of one name but incompatible classes are
/// different legal entities.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FormSet(pub(crate) u16);

/// Letters of the table, in the order of the bits, each with the name given to callers.
const CLASSES: [(char, &str); 10] = [
    ('T', "company"),
    ('R', "corporation"),
    ('D', "limited"),
    ('L', "limited liability company"),
    ('S', "stock company"),
    ('P', "partnership"),
    ('C', "cooperative"),
    ('N', "non-profit"),
    ('I', "sole trader"),
    ('U', "public body"),
];

const COMPANY: u16 = 1;
const CORPORATION: u16 = 1 << 1;
const LTD: u16 = 1 << 2;
const LIMITED: u16 = 1 << 3;
const STOCK: u16 = 1 << 4;

/// How the forms of two names go together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Forms {
    /// Incompatible: `AG` and `GmbH`.
    Conflict,
    /// Usually different, often confused: `Inc.` and `LLC`.
    Doubtful,
    /// The same class, or not stated by one of them.
    Agree,
}

impl FormSet {
    /// Names of the classes, as evidence is written.
    pub fn describe(self) -> String {
        let names = CLASSES.iter().enumerate().filter(|(bit, _)| self.0 & (1 << bit) != 0);
        names.map(|(_, (_, name))| *name).collect::<Vec<_>>().join(", ")
    }

    /// Whether no legal form was stated.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(crate) fn against(self, other: FormSet) -> Forms {
        let (a, b) = (self.0 & !COMPANY, other.0 & !COMPANY);
        if a == 0 || b == 0 || a & b != 0 {
            return Forms::Agree;
        }
        bits(a).flat_map(|x| bits(b).map(move |y| pair(x, y))).max().unwrap_or(Forms::Agree)
    }

    fn of_letters(letters: &str) -> FormSet {
        let bit = |letter| CLASSES.iter().position(|(known, _)| *known == letter);
        FormSet(letters.chars().filter_map(bit).fold(0, |set, bit| set | 1 << bit))
    }
}

fn bits(set: u16) -> impl Iterator<Item = u16> {
    (0..CLASSES.len()).map(|bit| 1 << bit).filter(move |bit| set & bit != 0)
}

/// English forms are loose translations of others (`Co., Ltd.` of a stock company, `Corp.` of any).
fn pair(a: u16, b: u16) -> Forms {
    match a | b {
        both if both == CORPORATION | STOCK || both == LTD | LIMITED => Forms::Agree,
        both if both == CORPORATION | LTD || both == CORPORATION | LIMITED || both == LTD | STOCK => Forms::Doubtful,
        _ => Forms::Conflict,
    }
}

#[derive(Clone, Copy)]
struct Form {
    set: FormSet,
    before: bool,
}

static FORMS: LazyLock<FxHashMap<Box<str>, Form>> = LazyLock::new(|| {
    let mut forms: FxHashMap<Box<str>, Form> = FxHashMap::default();
    for line in data_lines(include_str!("../data/legal_forms.tsv")) {
        let mut columns = line.split('\t');
        let (Some(phrase), Some(letters)) = (columns.next(), columns.next()) else { continue };
        let letters_run_together = fold(phrase).text.into_boxed_str();
        if letters_run_together.len() < 2 {
            continue;
        }
        let new = Form { set: FormSet::of_letters(letters), before: columns.next() == Some("p") };
        let form = forms.entry(letters_run_together).or_insert(new);
        form.before |= new.before;
    }
    forms
});

/// Long forms that are common enough for a misspelling of them to be expected.
const OFTEN_MISSPELT: [&str; 30] = [
    "aktiengesellschaft",
    "limited",
    "incorporated",
    "corporation",
    "company",
    "jointstockcompany",
    "openjointstockcompany",
    "closedjointstockcompany",
    "publicjointstockcompany",
    "limitedliabilitycompany",
    "limitedliabilitypartnership",
    "limitedpartnership",
    "privatelimited",
    "publiclimitedcompany",
    "gesellschaftmitbeschrankterhaftung",
    "kommanditgesellschaft",
    "societeanonyme",
    "societearesponsabilitelimitee",
    "sociedadanonima",
    "sociedadlimitada",
    "societaperazioni",
    "societaaresponsabilitalimitata",
    "societatecuraspunderelimitata",
    "societateacuraspunderelimitata",
    "naamlozevennootschap",
    "beslotenvennootschap",
    "aktiebolag",
    "proprietarylimited",
    "kabushikikaisha",
    "companylimited",
];

/// Short forms that are recognised when glued to the name by a change of case alone (`SiemensAG`).
const GLUED: [&str; 9] = ["ag", "gmbh", "ltd", "llc", "inc", "plc", "sarl", "srl", "spa"];

/// Forms that are never anything else, taken out from inside a name too (`Acme GmbH (Deutschland)`).
const ANYWHERE: [&str; 5] = ["gmbh", "ltd", "llc", "inc", "plc"];

/// Letters and words of the longest form that is looked for.
const MAX_LETTERS: usize = 72;
const MAX_WORDS: usize = 12;

/// The words of a name that are not its legal form, and the forms taken off.
pub(crate) fn strip(folded: &Folded) -> (Vec<usize>, FormSet) {
    let (mut from, mut to) = (0, folded.words.len());
    let mut found = FormSet::default();
    while let Some((start, form)) = suffix(folded, from, to) {
        to = start;
        found.0 |= form.set.0;
    }
    while let Some((end, form)) = prefix(folded, from, to) {
        from = end;
        found.0 |= form.set.0;
    }
    while to > from + 1 && folded.span(to - 1, to) == "and" {
        to -= 1;
    }
    (inside(folded, from, to, &mut found), found)
}

fn suffix(folded: &Folded, from: usize, to: usize) -> Option<(usize, Form)> {
    let first = (from + 1).max(to.saturating_sub(MAX_WORDS));
    (first..to).find_map(|start| {
        let letters = folded.span(start, to);
        let word = folded.words[start];
        let apart = word.spaced || (word.glued && GLUED.contains(&letters));
        if !apart || letters.len() > MAX_LETTERS {
            return None;
        }
        known(letters).map(|form| (start, form))
    })
}

fn prefix(folded: &Folded, from: usize, to: usize) -> Option<(usize, Form)> {
    let last = (to.saturating_sub(1)).min(from + MAX_WORDS);
    (from + 1..=last).rev().find_map(|end| {
        let letters = folded.span(from, end);
        if !folded.words[end].spaced || letters.len() > MAX_LETTERS {
            return None;
        }
        known(letters).filter(|form| form.before).map(|form| (end, form))
    })
}

fn inside(folded: &Folded, from: usize, to: usize, found: &mut FormSet) -> Vec<usize> {
    let mut kept = Vec::with_capacity(to - from);
    let mut at = from;
    while at < to {
        let end = (at + 1..=to).find(|end| *end == to || !folded.words[*end].glued).unwrap_or(to);
        let letters = folded.span(at, end);
        let form = (at > from && ANYWHERE.contains(&letters)).then(|| FORMS.get(letters)).flatten();
        match form {
            Some(form) => found.0 |= form.set.0,
            None => kept.extend(at..end),
        }
        at = end;
    }
    kept
}

/// A form by its letters, a slip of the pen allowed in the long ones.
fn known(letters: &str) -> Option<Form> {
    if let Some(form) = FORMS.get(letters) {
        return Some(*form);
    }
    if letters.len() < 6 {
        return None;
    }
    let limit = if letters.len() < 12 { 1 } else { 2 };
    let bytes = letters.as_bytes();
    let meant = OFTEN_MISSPELT.iter().find(|form| {
        let form = form.as_bytes();
        form.len().abs_diff(bytes.len()) <= limit && form[0] == bytes[0] && within(form, bytes, limit).is_some()
    })?;
    FORMS.get(*meant).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stripped(name: &str) -> (String, FormSet) {
        let folded = fold(name);
        let (kept, forms) = strip(&folded);
        let words: Vec<_> = kept.iter().map(|at| folded.span(*at, at + 1)).collect();
        (words.join(" "), forms)
    }

    #[test]
    fn forms_come_off_either_end_however_they_are_dotted() {
        for name in ["Acme S.A. de C.V.", "Acme SA de CV", "OOO \"Acme\"", "Acme Sp. z o.o.", "Acme GmbH & Co. KG", "PT Acme Tbk"] {
            let (core, forms) = stripped(name);
            assert_eq!(core, "acme", "{name}");
            assert!(!forms.is_empty(), "{name}");
        }
    }

    #[test]
    fn a_form_is_recognised_though_misspelt_or_glued() {
        assert_eq!(stripped("Acme Aktiengeselschaft").0, "acme");
        assert_eq!(stripped("Acme Joynt Stock Company").0, "acme");
        assert_eq!(stripped("SiemensAG").0, "siemens");
    }

    #[test]
    fn a_numeral_before_a_dotted_form_stays() {
        assert_eq!(stripped("Acme Fund X L.P.").0, "acme fund x");
    }

    #[test]
    fn a_name_that_is_nothing_but_a_form_is_kept() {
        assert_eq!(stripped("Limited").0, "limited");
        assert_eq!(stripped("AG").0, "ag");
    }

    #[test]
    fn japanese_and_russian_forms_are_known() {
        assert_eq!(stripped("株式会社日立").1, FormSet(STOCK));
        assert_eq!(stripped("ООО Ромашка").1, FormSet(LIMITED));
        assert_eq!(stripped("Акционерное общество Ромашка").1, FormSet(STOCK));
    }

    #[test]
    fn every_form_often_misspelt_is_in_the_table() {
        for form in OFTEN_MISSPELT.iter().chain(&GLUED).chain(&ANYWHERE) {
            assert!(FORMS.contains_key(*form), "{form}");
        }
    }

    #[test]
    fn classes_agree_or_conflict() {
        let form = |name| stripped(name).1;
        assert_eq!(form("A AG").against(form("A Aktiengesellschaft")), Forms::Agree);
        assert_eq!(form("A AG").against(form("A GmbH")), Forms::Conflict);
        assert_eq!(form("A AG").against(form("A")), Forms::Agree);
        assert_eq!(form("A Inc").against(form("A LLC")), Forms::Doubtful);
    }
}
