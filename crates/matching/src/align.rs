//! Which words of one name stand for which of another.

use crate::distance::typo_similarity;
use crate::name::Core;
use crate::words::{Class, variants};

/// Least likeness at which two words are taken for one another.
const LEAST: f32 = 0.5;

/// Words run together that are tried against one of the other name.
const MAX_RUN: usize = 3;

/// Some words of one name that stand for some of the other.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pair {
    pub similarity: f32,
    /// How much the words tell, seen from either name.
    pub weights: (f32, f32),
    pub class: Class,
    /// The place in the names where the words begin.
    pub at: (usize, usize),
}

/// Pairs found, and the words of either name that were left over.
#[derive(Debug, Default)]
pub(crate) struct Alignment {
    pub pairs: Vec<Pair>,
    pub left: Vec<usize>,
    pub right: Vec<usize>,
}

/// Aligns two names: equal words first, then words run together, misspelt ones, and initials.
pub(crate) fn align(a: &Core, b: &Core) -> Alignment {
    let mut work = Work { a, b, free_a: vec![true; a.tokens.len()], free_b: vec![true; b.tokens.len()], pairs: Vec::new() };
    work.equal_words();
    if work.any_left() {
        work.runs();
        work.misspelt();
        work.initials();
    }
    let rest = |free: &[bool]| free.iter().enumerate().filter(|(_, free)| **free).map(|(at, _)| at).collect();
    Alignment { left: rest(&work.free_a), right: rest(&work.free_b), pairs: work.pairs }
}

struct Work<'a> {
    a: &'a Core,
    b: &'a Core,
    free_a: Vec<bool>,
    free_b: Vec<bool>,
    pairs: Vec<Pair>,
}

impl Work<'_> {
    fn any_left(&self) -> bool {
        self.free_a.contains(&true) && self.free_b.contains(&true)
    }

    fn pair(&mut self, a: std::ops::Range<usize>, b: std::ops::Range<usize>, similarity: f32) {
        let weight = |core: &Core, range: &std::ops::Range<usize>| {
            let sum: f32 = range.clone().map(|at| core.tokens[at].class.weight()).sum();
            sum.max(if range.len() > 1 { Class::Rare.weight() } else { 0.0 })
        };
        let (mut weight_a, mut weight_b) = (weight(self.a, &a), weight(self.b, &b));
        if a.len() != b.len() {
            (weight_a, weight_b) = (weight_a.min(weight_b), weight_a.min(weight_b));
        }
        let (class_a, class_b) = (self.a.tokens[a.start].class, self.b.tokens[b.start].class);
        let class = if a.len() == b.len() && class_a.weight() <= class_b.weight() { class_a } else { class_b };
        let class = if a.len() == b.len() { class } else { Class::Rare };
        self.pairs.push(Pair { similarity, weights: (weight_a, weight_b), class, at: (a.start, b.start) });
        self.free_a[a].fill(false);
        self.free_b[b].fill(false);
    }

    fn equal_words(&mut self) {
        for i in 0..self.a.tokens.len() {
            let same = |j: &usize| self.free_b[*j] && self.a.word(i) == self.b.word(*j);
            if let Some(j) = (0..self.b.tokens.len()).find(same) {
                self.pair(i..i + 1, j..j + 1, 1.0);
            }
        }
    }

    /// `van der bilt` is `vanderbilt`, `good will` is `goodwill`.
    fn runs(&mut self) {
        for i in 0..self.a.tokens.len() {
            if let Some((len, j, alike)) = run(self.a, &self.free_a, i, self.b, &self.free_b) {
                self.pair(i..i + len, j..j + 1, alike);
            }
        }
        for j in 0..self.b.tokens.len() {
            if let Some((len, i, alike)) = run(self.b, &self.free_b, j, self.a, &self.free_a) {
                self.pair(i..i + 1, j..j + len, alike);
            }
        }
    }

    /// The likest pairs first, so that one word's typo does not take another's partner.
    fn misspelt(&mut self) {
        let mut alike: Vec<(f32, usize, usize)> = Vec::new();
        for i in (0..self.free_a.len()).filter(|i| self.free_a[*i]) {
            for j in (0..self.free_b.len()).filter(|j| self.free_b[*j]) {
                if let Some(similarity) = similarity(self.a, i, self.b, j).filter(|s| *s >= LEAST) {
                    alike.push((similarity, i, j));
                }
            }
        }
        alike.sort_by(|x, y| y.0.total_cmp(&x.0).then((x.1, x.2).cmp(&(y.1, y.2))));
        for (similarity, i, j) in alike {
            if self.free_a[i] && self.free_b[j] {
                self.pair(i..i + 1, j..j + 1, similarity);
            }
        }
    }

    /// `ibm` stands for three or more words with those initials.
    fn initials(&mut self) {
        for i in (0..self.free_a.len()).filter(|i| self.free_a[*i]).collect::<Vec<_>>() {
            if let Some(words) = initialled(self.a.word(i), self.b, &self.free_b) {
                self.pair(i..i + 1, words, 0.84);
            }
        }
        for j in (0..self.free_b.len()).filter(|j| self.free_b[*j]).collect::<Vec<_>>() {
            if let Some(words) = initialled(self.b.word(j), self.a, &self.free_a) {
                self.pair(words, j..j + 1, 0.84);
            }
        }
    }
}

/// Two or three words from `from` on that, run together, are a word of the other name: how many, which, how alike.
fn run(core: &Core, free: &[bool], from: usize, other: &Core, other_free: &[bool]) -> Option<(usize, usize, f32)> {
    let mut letters = String::new();
    let mut best: Option<(usize, usize, f32)> = None;
    for (count, at) in (from..core.tokens.len().min(from + MAX_RUN)).enumerate() {
        if !free[at] {
            break;
        }
        letters.push_str(core.spelling(at));
        if count == 0 || letters.len() < 4 {
            continue;
        }
        for j in (0..other.tokens.len()).filter(|j| other_free[*j]) {
            let word = other.spelling(j);
            let alike = if word == letters { Some(1.0) } else { typo_similarity(&letters, word).filter(|s| *s >= 0.88) };
            if let Some(alike) = alike.filter(|alike| best.is_none_or(|(_, _, best)| *alike > best)) {
                best = Some((count + 1, j, alike));
            }
        }
    }
    best
}

/// How alike two single words are. Two different words that are both well known are not a misspelling of one another.
fn similarity(a: &Core, i: usize, b: &Core, j: usize) -> Option<f32> {
    let (class_a, class_b) = (a.tokens[i].class, b.tokens[j].class);
    let (word_a, word_b) = (a.word(i), b.word(j));
    match (class_a, class_b) {
        (Class::Number, Class::Number) => same_rank(word_a, word_b),
        (Class::Number, _) | (_, Class::Number) => None,
        (Class::Rare, Class::Rare) => typo_similarity(word_a, word_b),
        (Class::Rare, _) => misspelt_known(word_a, word_b, class_b),
        (_, Class::Rare) => misspelt_known(word_b, word_a, class_a),
        _ => None,
    }
}

/// `21st` is nearly `21`.
fn same_rank(a: &str, b: &str) -> Option<f32> {
    let ordinal = |word: &str| ["st", "nd", "rd", "th"].iter().any(|ending| word.ends_with(ending));
    let digits = |word: &str| word.trim_end_matches(|c: char| c.is_ascii_alphabetic()).to_owned();
    (ordinal(a) != ordinal(b) && digits(a) == digits(b) && (a == digits(a) || b == digits(b))).then_some(0.95)
}

/// An unknown word against a known one in all its spellings, and cut short (`manufact.`).
fn misspelt_known(unknown: &str, known: &str, class: Class) -> Option<f32> {
    let direct = typo_similarity(unknown, known);
    if !matches!(class, Class::Structure | Class::Sector) {
        return direct;
    }
    let cut = |spelling: &str| unknown.len() >= 4 && spelling.starts_with(unknown);
    if cut(known) || variants(known).any(cut) {
        return Some(0.9);
    }
    variants(known).filter_map(|spelling| typo_similarity(unknown, spelling)).chain(direct).max_by(f32::total_cmp)
}

/// The words of `core` that have `short`'s letters as their initials, joining words counted or not.
fn initialled(short: &str, core: &Core, free: &[bool]) -> Option<std::ops::Range<usize>> {
    if !(3..=6).contains(&short.len()) {
        return None;
    }
    (0..core.tokens.len()).find_map(|from| {
        let mut letters = short.bytes();
        let mut wanted = letters.next();
        for (at, token) in core.tokens.iter().enumerate().skip(from) {
            if !free[at] {
                return None;
            } else if core.word(at).bytes().next() == wanted {
                wanted = letters.next();
            } else if token.class != Class::Joining || at == from {
                return None;
            }
            if wanted.is_none() {
                return Some(from..at + 1);
            }
        }
        None
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::normalise;

    fn aligned(a: &str, b: &str) -> Alignment {
        let (a, b) = (normalise(a), normalise(b));
        align(&a.readings[0], &b.readings[0])
    }

    #[test]
    fn words_run_together_are_found_on_either_side() {
        for (a, b) in [("Van der Meulen Optics", "Vandermeulen Optics"), ("Vandermeulen Optics", "Van der Meulen Optics")] {
            let found = aligned(a, b);
            assert!(found.left.is_empty() && found.right.is_empty());
        }
    }

    #[test]
    fn initials_stand_for_their_words() {
        let found = aligned("Zeta Kilo Quux", "ZKQ");
        assert!(found.left.is_empty() && found.right.is_empty());
    }

    #[test]
    fn a_known_word_is_not_a_typo_of_another() {
        let found = aligned("Acme Health", "Acme Wealth");
        assert_eq!((found.left.len(), found.right.len()), (1, 1));
    }

    #[test]
    fn a_word_cut_short_or_misspelt_is_its_whole() {
        assert!(aligned("Acme Manufact", "Acme Manufacturing").left.is_empty());
        assert!(aligned("Acme Technologeis", "Acme Technologies").left.is_empty());
    }
}
