//! What was typed. Pure.

use crate::words;

/// Words that are looked for; more are passed over.
pub const MOST_WORDS: usize = 8;

/// What is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// Its words, each once.
    pub words: Vec<String>,
    /// All of it as one: an id, an address, a number or a name.
    pub key: Option<String>,
}

impl Query {
    /// What `text` asks for; `None` if there is no letter or digit in it.
    pub fn of(text: &str) -> Option<Self> {
        let mut found: Vec<String> = Vec::new();
        for word in words::words(text) {
            if !found.contains(&word) {
                found.push(word);
            }
        }
        found.truncate(MOST_WORDS);
        (!found.is_empty()).then(|| Self { words: found, key: words::key(text) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_ask_for_nothing_and_syntax_means_nothing() {
        assert_eq!(Query::of("\"*' -- ;()"), None);
        assert_eq!(Query::of("\"a\" OR b*").map(|query| query.words), Some(vec!["a".into(), "or".into(), "b".into()]));
        assert_eq!(Query::of(&"a b c d e f g h i j ".repeat(20)).map(|query| query.words.len()), Some(MOST_WORDS));
    }
}
