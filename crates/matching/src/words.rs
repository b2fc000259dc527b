//! The words that recur in company names, and the places: what each weighs, and its one spelling.
//!
//! Read once from `data/words.tsv` and `data/places.tsv`.

use std::sync::LazyLock;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::fold::fold;

/// What a word of a name does there. Its weight says how much it tells one company from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Class {
    /// `of`, `de`, `the`.
    Joining,
    /// Says only that this is a company: `group`, `international`.
    Structure,
    /// A line of business: `bank`, `systems`.
    Sector,
    /// Common in brands: `general`, `blue`.
    Common,
    /// A country, region or large city.
    Place,
    /// A number, year or series.
    Number,
    /// Anything else: what the company is called by.
    Rare,
}

impl Class {
    /// A stand-in for inverse document frequency: no corpus of company names is free to ship.
    pub(crate) fn weight(self) -> f32 {
        match self {
            Class::Joining => 0.05,
            Class::Structure => 0.25,
            Class::Number => 0.3,
            Class::Sector => 0.5,
            Class::Place => 0.6,
            Class::Common => 0.7,
            Class::Rare => 1.0,
        }
    }
}

/// First letter of a place's canonical word, which no folded word has.
pub(crate) const PLACE_MARK: char = '@';

/// Words in the longest name of a place that is looked for.
pub(crate) const PLACE_WORDS: usize = 5;

struct Known {
    canonical: &'static str,
    class: Class,
    variants: &'static str,
}

static WORDS: LazyLock<FxHashMap<&'static str, Known>> = LazyLock::new(|| {
    let mut words = FxHashMap::default();
    for line in data_lines(include_str!("../data/words.tsv")) {
        let mut columns = line.split('\t');
        let (Some(canonical), Some(class)) = (columns.next(), columns.next()) else { continue };
        let variants = columns.next().unwrap_or("");
        let class = match class {
            "x" => Class::Joining,
            "s" => Class::Structure,
            "k" => Class::Sector,
            _ => Class::Common,
        };
        for word in std::iter::once(canonical).chain(variants.split(';')) {
            words.entry(word).or_insert(Known { canonical, class, variants });
        }
    }
    words
});

struct Places {
    names: FxHashMap<Box<str>, &'static str>,
    /// First words of names of several words, so that most words need one look only.
    openers: FxHashSet<Box<str>>,
}

static PLACES: LazyLock<Places> = LazyLock::new(|| {
    let mut places = Places { names: FxHashMap::default(), openers: FxHashSet::default() };
    for line in data_lines(include_str!("../data/places.tsv")) {
        let Some((canonical, names)) = line.split_once('\t') else { continue };
        for name in names.split(';') {
            let folded = fold(name);
            if folded.words.is_empty() || folded.words.len() > PLACE_WORDS {
                continue;
            }
            if folded.words.len() > 1 {
                places.openers.insert(folded.span(0, 1).into());
            }
            places.names.entry(folded.text.into_boxed_str()).or_insert(canonical);
        }
    }
    places
});

/// The lines of an embedded table that hold data.
pub(crate) fn data_lines(table: &'static str) -> impl Iterator<Item = &'static str> {
    table.lines().filter(|line| !line.starts_with('#') && !line.is_empty())
}

/// A word's class, and its one spelling when it has several: `technologies` is `technology`. An unknown word is rare.
pub(crate) fn look_up(word: &str) -> (Option<&'static str>, Class) {
    if let Some(known) = WORDS.get(word) {
        (Some(known.canonical), known.class)
    } else if word.starts_with(PLACE_MARK) {
        (None, Class::Place)
    } else if word.bytes().any(|b| b.is_ascii_digit()) {
        (None, Class::Number)
    } else {
        (None, Class::Rare)
    }
}

/// The other spellings of a canonical word, for telling a misspelt one.
pub(crate) fn variants(canonical: &str) -> impl Iterator<Item = &'static str> {
    WORDS.get(canonical).map_or("", |known| known.variants).split(';').filter(|word| word.len() > 3)
}

/// The place that the joined letters of some words name.
pub(crate) fn place(letters: &str) -> Option<&'static str> {
    PLACES.names.get(letters).copied()
}

/// Whether a place's name of several words may begin with this one.
pub(crate) fn opens_place(word: &str) -> bool {
    PLACES.openers.contains(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_a_generic_word_are_one() {
        assert_eq!(look_up("technologies"), (Some("technology"), Class::Sector));
        assert_eq!(look_up("intl"), (Some("international"), Class::Structure));
        assert_eq!(look_up("zyxtron"), (None, Class::Rare));
    }

    #[test]
    fn a_country_has_one_name_in_every_language() {
        assert_eq!(place("deutschland"), place("germany"));
        assert_eq!(place("unitedstatesofamerica"), place("usa"));
        assert_eq!(place("zyxtron"), None);
    }

    #[test]
    fn every_line_of_the_word_table_has_a_known_class() {
        for line in data_lines(include_str!("../data/words.tsv")) {
            assert!(matches!(line.split('\t').nth(1), Some("x" | "s" | "k" | "m")), "{line}");
        }
    }
}
