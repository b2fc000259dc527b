//! How well words fit what was typed. Pure arithmetic, so that every database gives the same order.

use crate::query::Query;
use crate::words::SEPARATE;

/// The best that there is: all that was typed is this thing's id, address, number or name.
pub const BEST: i64 = 1_000;

/// How well a word fits a typed one, in thousandths: the same, begun so, holding it, or a typo or two away. `None` if not at all.
pub fn fit(typed: &str, word: &str) -> Option<i64> {
    if typed == word {
        return Some(BEST);
    }
    let more = word.len().saturating_sub(typed.len()) as i64;
    if word.starts_with(typed) {
        return Some(900 - (10 * more).min(150));
    }
    if typed.len() > 1 && word.contains(typed) {
        return Some(650 - (5 * more).min(100));
    }
    misspelt(typed, word)
}

fn misspelt(typed: &str, word: &str) -> Option<i64> {
    let limit = match typed.len() {
        ..4 => return None,
        4..=5 => 1,
        _ => 2,
    };
    if typed.bytes().chain(word.bytes()).any(|letter| letter.is_ascii_digit()) {
        return None;
    }
    if let Some(edits) = matching::edits(typed, word, limit) {
        return Some(700 - 100 * edits as i64);
    }
    // Of a longer word, only the beginning was typed.
    let starts = (typed.len() - 1..=typed.len() + 1).filter(|end| *end < word.len());
    let limit = if typed.len() < 8 { 1 } else { 2 };
    let edits = starts.filter_map(|end| matching::edits(typed, &word[..end], limit)).min()?;
    Some(500 - 100 * edits as i64)
}

/// How many of the typed words a document has, and its score in thousandths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Score {
    /// Typed words that it has.
    pub words: usize,
    /// How well they fit.
    pub score: i64,
}

/// The score of a document with these words, as [`crate::document::Document::words`] gives them.
pub fn of(query: &Query, words: &str) -> Score {
    let mut parts = words.split(SEPARATE).map(|part| part.split(' '));
    let (title, other, keys) = (parts.next(), parts.next(), parts.next());
    if query.key.as_deref().is_some_and(|key| keys.into_iter().flatten().any(|word| word == key)) {
        return Score { words: query.words.len(), score: BEST };
    }
    let title: Vec<&str> = title.into_iter().flatten().filter(|word| !word.is_empty()).collect();
    let other: Vec<&str> = other.into_iter().flatten().filter(|word| !word.is_empty()).collect();
    let (mut found, mut sum) = (0, 0);
    for typed in &query.words {
        let best = |words: &[&str]| words.iter().filter_map(|word| fit(typed, word)).max();
        let (named, told) = (best(&title), best(&other).map(|fit| fit * 9 / 10));
        if let Some(best) = named.max(told) {
            found += 1;
            sum += best;
        }
    }
    // A short name that fits says more than a long one, by little.
    let spare = title.len().saturating_sub(query.words.len()).min(9) as i64;
    let score = (sum / query.words.len() as i64 - 1 - spare).clamp(0, BEST - 1);
    Score { words: found, score }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn score(typed: &str, words: &str) -> Score {
        of(&Query::of(typed).unwrap(), words)
    }

    #[test]
    fn the_nearer_the_better() {
        let fits = ["siemens", "sieme", "iemen", "seimens", "siemns", "xxxxxx"].map(|typed| fit(typed, "siemens"));
        assert_eq!(fits, [Some(1_000), Some(880), Some(640), Some(600), Some(600), None]);
        assert!(fit("acme", "acne") > None && fit("ab", "ac").is_none() && fit("fund12", "fund13").is_none());
        assert!(fit("nortwh", "northwind").is_some(), "a typo in a beginning");
    }

    #[test]
    fn words_in_any_order_and_field_count() {
        let words = "fabrikam robotics\nanna schmidt de\n=fabrikamrobotics =de1";
        assert_eq!(score("schmidt fabrikam", words).words, 2);
        assert!(score("fabrikam", words) > score("schmidt", words));
        assert_eq!(score("fabrikam robotics", words).score, BEST);
        assert!(score("robotics fabrikam", words).score < BEST);
        assert_eq!(score("nothing like", words).words, 0);
    }
}
