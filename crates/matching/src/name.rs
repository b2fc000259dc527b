//! A company's name, reduced to the words that tell it from others.

use crate::fold::{Folded, fold};
use crate::legal::{self, FormSet};
use crate::numbers;
use crate::words::{self, Class, PLACE_MARK, PLACE_WORDS};

/// Words of a name that are compared; what follows is ignored.
const MAX_TOKENS: usize = 24;

/// Between the readings of a stored name.
const SEPARATOR: char = '|';

/// What sets another name of the same company apart (`Foo Inc. d/b/a Bar`), in lower case.
const OTHERWISE: [&str; 13] = [
    " doing business as ",
    " formerly known as ",
    " also known as ",
    " trading as ",
    " d/b/a ",
    " dba ",
    " t/a ",
    " a/k/a ",
    " aka ",
    " f/k/a ",
    " fka ",
    " formerly ",
    " (formerly ",
];

/// One word of a reading, the bytes `start..end` of its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    start: u16,
    end: u16,
    pub class: Class,
    /// The one spelling of a word that has several.
    canonical: Option<&'static str>,
}

/// One reading of a name: its words as spelt (numbers and places in one spelling), and the legal form that was stated.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Core {
    pub text: String,
    pub tokens: Vec<Token>,
    pub forms: FormSet,
}

impl Core {
    /// A word in its one spelling, without the mark of a place.
    pub(crate) fn word(&self, at: usize) -> &str {
        self.tokens[at].canonical.unwrap_or_else(|| self.spelling(at))
    }

    /// A word as it was spelt, without the mark of a place.
    pub(crate) fn spelling(&self, at: usize) -> &str {
        let token = self.tokens[at];
        self.text[token.start as usize..token.end as usize].trim_start_matches(PLACE_MARK)
    }

    /// The words in their one spelling each.
    pub(crate) fn words(&self) -> impl Iterator<Item = &str> {
        (0..self.tokens.len()).map(|at| self.word(at))
    }

    /// All letters run together, for names that differ in spacing only.
    pub(crate) fn letters(&self) -> String {
        self.words().collect()
    }

    fn push(&mut self, word: &str, class: Class, canonical: Option<&'static str>) {
        if self.tokens.len() == MAX_TOKENS || word.is_empty() {
            return;
        }
        if !self.text.is_empty() {
            self.text.push(' ');
        }
        let start = self.text.len() as u16;
        self.text.push_str(word);
        self.tokens.push(Token { start, end: self.text.len() as u16, class, canonical });
    }

    /// Adds a word that is neither to be read as a number nor as a place.
    fn push_known(&mut self, word: &str) {
        let (canonical, class) = words::look_up(word);
        self.push(word, class, canonical);
    }

    /// Reads back what `text` holds.
    fn parse(text: &str, forms: FormSet) -> Core {
        let mut core = Core { text: String::with_capacity(text.len()), tokens: Vec::with_capacity(6), forms };
        for word in text.split(' ') {
            core.push_known(word);
        }
        core
    }
}

/// A normalised company name: the whole of it, and the other names it states (`… d/b/a …`, `A/B`).
///
/// Made by [`normalise`]; compared by [`crate::compare_names`]. Equal names have equal cores and legal forms.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Name {
    pub(crate) readings: Vec<Core>,
}

impl Name {
    /// The significant words, in one spelling each, without the legal form: `"deutsche bank"`.
    /// Empty when the text held no letter or digit.
    pub fn core(&self) -> String {
        self.readings.first().map_or_else(String::new, |core| core.words().collect::<Vec<_>>().join(" "))
    }

    /// The classes of legal form that were stated.
    pub fn forms(&self) -> FormSet {
        self.readings.first().map_or(FormSet::default(), |core| core.forms)
    }

    /// The words of each name that the text states: in one spelling each, as spelt, and what a word tells by what it is, from 0.05 (`of`)
    /// to 1. A place is marked by an `@`.
    pub fn weighed(&self) -> Vec<Vec<(String, String, f32)>> {
        let word = |core: &Core, token: &Token| {
            let spelt = core.text[token.start.into()..token.end.into()].to_owned();
            (token.canonical.map_or_else(|| spelt.clone(), str::to_owned), spelt, token.class.weight())
        };
        self.readings.iter().map(|core| core.tokens.iter().map(|token| word(core, token)).collect()).collect()
    }

    /// Whether nothing is left to compare by.
    pub fn is_empty(&self) -> bool {
        self.readings.is_empty()
    }

    /// The compact form that an index keeps: the readings' words; the forms are kept beside it.
    pub(crate) fn stored(&self) -> String {
        let texts: Vec<&str> = self.readings.iter().map(|core| core.text.as_str()).collect();
        texts.join(&SEPARATOR.to_string())
    }

    /// Reads back what [`Name::stored`] gave.
    pub(crate) fn restore(stored: &str, forms: FormSet) -> Name {
        Name { readings: stored.split(SEPARATOR).map(|text| Core::parse(text, forms)).collect() }
    }
}

/// Normalises a company name: script, accents, case, punctuation, initials, numbers, abbreviations, places, and the
/// legal form taken off and remembered. Any text is accepted; only the first 400 characters count.
///
/// ```
/// assert_eq!(matching::normalise("Crédit Agricole S.A.").core(), matching::normalise("CREDIT AGRICOLE").core());
/// ```
pub fn normalise(name: &str) -> Name {
    let whole = read(name);
    if whole.tokens.is_empty() {
        return Name::default();
    }
    let mut readings = vec![whole];
    for part in other_names(name) {
        let core = read(part);
        if !core.tokens.is_empty() && core.text != readings[0].text {
            readings.push(core);
        }
    }
    Name { readings }
}

/// The names that a text gives for one company; nothing when it gives only one.
fn other_names(name: &str) -> Vec<&str> {
    let lower = name.to_ascii_lowercase();
    let marked = OTHERWISE.iter().find_map(|mark| lower.find(mark).map(|at| (at, mark.len())));
    let cut = marked.or_else(|| name.find('/').map(|at| (at, 1)));
    let Some((at, len)) = cut else { return Vec::new() };
    let parts = [&name[..at], &name[at + len..]];
    let whole_words = |part: &&str| part.chars().filter(|c| c.is_alphanumeric()).take(4).count() == 4;
    if parts.iter().all(whole_words) { parts.to_vec() } else { Vec::new() }
}

fn read(name: &str) -> Core {
    let folded = fold(name);
    let (kept, forms) = legal::strip(&folded);
    let joined = join_initials(&folded, &kept);
    let mut words: Vec<&str> = joined.iter().map(String::as_str).collect();
    if words.iter().any(|word| !is_dropped(word)) {
        words.retain(|word| !is_dropped(word));
    }
    let mut core = Core { forms, ..Core::default() };
    let mut at = 0;
    while at < words.len() {
        at += take_word(&mut core, &words, at);
    }
    core
}

/// Words that say nothing at all, not even by their absence.
fn is_dropped(word: &str) -> bool {
    matches!(word, "and" | "the" | "und" | "et" | "och" | "y")
}

/// Takes the word at `at`, and those after it that belong to it; gives how many.
fn take_word(core: &mut Core, words: &[&str], at: usize) -> usize {
    if words::opens_place(words[at]) {
        let longest = PLACE_WORDS.min(words.len() - at);
        for count in (2..=longest).rev() {
            if let Some(place) = words::place(&words[at..at + count].concat()) {
                core.push(&format!("{PLACE_MARK}{place}"), Class::Place, None);
                return count;
            }
        }
    }
    if let Some((number, count)) = numbers::read(&words[at..], at, words.len()) {
        core.push(&number, Class::Number, None);
        return count;
    }
    if let Some(place) = words::place(words[at]) {
        core.push(&format!("{PLACE_MARK}{place}"), Class::Place, None);
        return 1;
    }
    let american = in_american_spelling(words[at]);
    core.push_known(american.as_deref().unwrap_or(words[at]));
    1
}

/// `organisation` to `organization`.
fn in_american_spelling(word: &str) -> Option<String> {
    ["isation", "isations"].iter().find_map(|ending| {
        let stem = word.strip_suffix(ending).filter(|stem| stem.len() >= 4)?;
        Some(format!("{stem}{}", ending.replacen('s', "z", 1)))
    })
}

/// Words cut only by a change of case are put together again, and runs of initials joined (`A.B.C.` to `abc`).
fn join_initials(folded: &Folded, kept: &[usize]) -> Vec<String> {
    let mut words: Vec<String> = Vec::with_capacity(kept.len());
    let mut last: Option<usize> = None;
    for &at in kept {
        let text = folded.span(at, at + 1);
        let joins = last.is_some_and(|last| last + 1 == at && (folded.words[at].glued || are_initials(folded, last, at)));
        match words.last_mut().filter(|_| joins) {
            Some(word) => word.push_str(text),
            None => words.push(text.to_owned()),
        }
        last = Some(at);
    }
    words
}

fn are_initials(folded: &Folded, last: usize, at: usize) -> bool {
    let (before, now) = (folded.words[last], folded.words[at]);
    let letter = |at| folded.span(at, at + 1).len() == 1 && folded.span(at, at + 1).as_bytes()[0].is_ascii_alphabetic();
    letter(last) && letter(at) && (!now.spaced || before.dotted == now.dotted) && !before.glued
}

#[cfg(test)]
#[path = "name_tests.rs"]
mod tests;
