//! A name as words that can be compared.

use crate::sound::skeleton;

/// Words of a name that are compared; what follows is ignored.
const MAX_WORDS: usize = 16;
/// What a particle weighs.
const PARTICLE: f32 = 0.08;

/// A word of a name.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Word {
    /// In one spelling, if it has several: `banco` is `bank`.
    pub text: String,
    /// As it was spelt.
    pub spelt: String,
    pub skeleton: String,
    /// What it tells by what it is, between nothing and 1, before it is asked how many share it.
    pub prior: f32,
}

impl Word {
    pub(crate) fn new(text: String, prior: f32) -> Self {
        Self { skeleton: skeleton(&text), spelt: text.clone(), text, prior }
    }
}

/// Written apart, together, or left out.
const PARTICLES: [&str; 36] = [
    "al", "el", "ul", "ad", "an", "ar", "as", "ash", "at", "az", "ibn", "bin", "ben", "bint", "binti", "ould", "uld", "van", "von", "der", "den",
    "de", "del", "della", "di", "da", "dos", "das", "la", "las", "le", "los", "y", "e", "and", "i",
];

/// What one is called, and not who one is.
const HONORIFICS: [&str; 34] = [
    "mr",
    "mrs",
    "ms",
    "miss",
    "dr",
    "prof",
    "professor",
    "sir",
    "haji",
    "hajji",
    "hadji",
    "hajj",
    "haj",
    "sheikh",
    "shaykh",
    "sheik",
    "shaikh",
    "cheikh",
    "mullah",
    "mulla",
    "maulavi",
    "mawlawi",
    "maulana",
    "sayyid",
    "sayed",
    "syed",
    "qari",
    "ustad",
    "alhaji",
    "general",
    "gen",
    "col",
    "jr",
    "sr",
];

/// `Abd al-Rahman` is one name, and a servant of somebody in every spelling.
const SERVANTS: [&str; 14] =
    ["abdul", "abdel", "abdal", "abdur", "abdoul", "abdol", "abdus", "abdou", "abdoel", "abdu", "abd", "abid", "abdi", "abdil"];

/// The words of a person's name, in the order in which they stand.
pub(crate) fn of_person(name: &str) -> Vec<Word> {
    let folded = matching::split_words(name);
    let honoured = |word: &String| HONORIFICS.contains(&word.as_str());
    let bare: Vec<String> = folded.iter().filter(|word| !honoured(word)).cloned().collect();
    // A name that consists of titles is a name.
    let kept = if bare.iter().any(|word| !is_particle(word)) { bare } else { folded };
    let mut words: Vec<Word> = Vec::with_capacity(kept.len());
    for text in kept {
        match servant(&text) {
            Some("") => words.push(Word::new("abd".into(), 0.35)),
            Some(of) => {
                words.push(Word::new("abd".into(), 0.35));
                words.push(Word::new(of.to_owned(), 1.0));
            }
            None if is_particle(&text) => words.push(Word::new(text, PARTICLE)),
            None if text.len() == 1 => words.push(Word::new(text, 0.3)),
            None => words.push(Word::new(text, 1.0)),
        }
    }
    words.truncate(MAX_WORDS);
    words
}

/// Whose servant a name says that somebody is; an empty text if that follows in the next word.
fn servant(text: &str) -> Option<&str> {
    if SERVANTS.contains(&text) {
        return Some("");
    }
    let long = SERVANTS.iter().filter(|servant| servant.len() >= 5 && text.starts_with(**servant)).max_by_key(|servant| servant.len())?;
    let of = &text[long.len()..];
    // `Abdullah` is a name of its own, and `of` would be nobody's.
    (of.len() >= 4 && !text.starts_with("abdulla") && !text.starts_with("abdalla")).then_some(of)
}

/// Words written together, as spelt; without the mark of a place.
pub(crate) fn together(words: &[Word]) -> String {
    words.iter().map(|word| word.spelt.trim_start_matches('@')).collect()
}

fn is_particle(word: &str) -> bool {
    PARTICLES.contains(&word)
}

/// The words of an organisation's name, without its legal form: one list for each name that the text states.
pub(crate) fn of_organisation(name: &str) -> Vec<Vec<Word>> {
    let readings = matching::normalise(name).weighed();
    let word = |(text, spelt, prior)| Word { spelt, ..Word::new(text, prior) };
    readings
        .into_iter()
        .map(|reading| reading.into_iter().take(MAX_WORDS).map(word).collect())
        .filter(|words: &Vec<Word>| !words.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(name: &str) -> Vec<String> {
        of_person(name).into_iter().map(|word| word.text).collect()
    }

    #[test]
    fn a_persons_name_loses_titles_and_keeps_its_words() {
        assert_eq!(person("AL-ZAWAHIRI, Dr. Ayman"), ["al", "zawahiri", "ayman"]);
        assert_eq!(person("Abdul Rahman"), person("ABDULRAHMAN"));
        assert_eq!(person("Abdullah"), ["abdullah"]);
        assert_eq!(person("Путин Владимир"), ["putin", "vladimir"]);
        assert_eq!(person("Sheikh Haji"), ["sheikh", "haji"], "a name of titles is a name");
    }

    #[test]
    fn an_organisation_loses_its_legal_form() {
        let words = of_organisation("CIMEX, S.A.");
        assert_eq!((words.len(), words[0].len(), words[0][0].text.as_str()), (1, 1, "cimex"));
        assert!(of_organisation("!!!").is_empty());
    }
}
