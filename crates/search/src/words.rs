//! The words of a text, and the terms that a word is found by. Pure.

/// Stands between the words of a title, of what else is told, and what is found exactly.
pub const SEPARATE: char = '\n';
/// Letters of a word that are looked at; a longer one is cut in pieces.
pub const LONGEST: usize = 32;
/// The longest text that is also found as a whole.
const LONGEST_KEY: usize = 80;
/// Letters at the beginning of a word in which one typo is found.
const SPELT: usize = 5;

/// The words of any text in lower-case ASCII, none longer than [`LONGEST`].
pub fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    for word in matching::plain_words(text) {
        // Plain words are ASCII.
        let mut rest = word.as_str();
        while rest.len() > LONGEST {
            let (piece, more) = rest.split_at(LONGEST);
            words.push(piece.to_owned());
            rest = more;
        }
        words.push(rest.to_owned());
    }
    words
}

/// A text as a whole, without what separates its words: how ids, addresses and numbers are found exactly.
pub fn key(text: &str) -> Option<String> {
    let letters = matching::plain_words(text).concat();
    (2..=LONGEST_KEY).contains(&letters.len()).then(|| format!("={letters}"))
}

/// What a word is found by: as it begins (`^`), as it ends, and as it may be misspelt (`~`).
pub fn terms(word: &str) -> Vec<String> {
    let mut terms = vec![beginning(word)];
    terms.extend((1..word.len().saturating_sub(1)).map(|at| word[at..].to_owned()));
    terms.extend(misspellings(word));
    terms
}

/// The term of words that begin so.
pub fn beginning(start: &str) -> String {
    format!("^{start}")
}

/// The terms that a word shares with all words that have one typo less or more in their first letters, whatever follows.
///
/// Two words that differ by a letter too many, too few, another or swapped share what is left when each gives up one letter at most.
pub fn misspellings(word: &str) -> Vec<String> {
    if word.len() < 3 || word.bytes().any(|letter| letter.is_ascii_digit()) {
        return Vec::new();
    }
    let start = &word[..word.len().min(SPELT)];
    let mut terms: Vec<String> = Vec::new();
    if start.len() < SPELT {
        terms.push(format!("~{start}"));
    }
    if start.len() > 3 {
        terms.extend((0..start.len()).map(|at| format!("~{}{}", &start[..at], &start[at + 1..])));
    }
    terms.sort_unstable();
    terms.dedup();
    terms
}

/// The first text, in the order of bytes, that does not begin with `start`.
pub fn end_of(start: &str) -> String {
    // Terms are ASCII below DEL.
    format!("{start}\u{7f}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_found_by_its_ends() {
        assert_eq!(terms("abc"), ["^abc", "bc", "~abc"]);
        assert_eq!(terms("a"), ["^a"]);
        assert!(terms("siemens").contains(&"mens".to_owned()) && !terms("siemens").contains(&"s".to_owned()));
    }

    #[test]
    fn one_typo_at_the_beginning_leaves_a_term_in_common() {
        let share = |a: &str, b: &str| misspellings(a).iter().any(|term| misspellings(b).contains(term));
        for typo in ["seimens", "siemnes", "siemmens", "simens", "siemenz", "iemens", "ziemens", "siemens"] {
            assert!(share(typo, "siemens"), "{typo}");
        }
        assert!(share("amce", "acme") && share("acmee", "acme") && share("acmx", "acme") && share("acmq", "acm"));
        assert!(!share("fund12", "fund13"));
    }

    #[test]
    fn what_is_long_is_bounded() {
        let long = words(&"x".repeat(10_000));
        assert!(long.iter().all(|word| word.len() <= LONGEST) && long.len() <= 13);
        assert_eq!(key(&"x".repeat(81)), None);
        assert_eq!(key("DE 123.456-789").as_deref(), Some("=de123456789"));
    }
}
