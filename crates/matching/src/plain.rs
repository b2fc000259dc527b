//! Words and edits for whoever searches: the same folding and distance that names are compared by.

use crate::{distance, fold};

/// The words of a text of any script, in lower-case ASCII. Capitals inside a word do not end it: `McDonald` is one.
pub fn plain_words(text: &str) -> Vec<String> {
    let folded = fold::fold(text);
    let mut words: Vec<String> = Vec::with_capacity(folded.words.len());
    for (at, word) in folded.words.iter().enumerate() {
        let letters = folded.span(at, at + 1);
        match words.last_mut() {
            Some(last) if word.glued => last.push_str(letters),
            _ => words.push(letters.to_owned()),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// The words of a text of any script, in lower-case ASCII (`Хусейн` is `khuseyn`), nothing taken off: capitals inside a word end it.
pub fn split_words(text: &str) -> Vec<String> {
    let folded = fold::fold(text);
    (0..folded.words.len()).map(|at| folded.span(at, at + 1).to_owned()).collect()
}

/// Insertions, deletions, substitutions and swaps of neighbours between two plain words; `None` above `limit`.
pub fn edits(a: &str, b: &str, limit: usize) -> Option<usize> {
    distance::within(a.as_bytes(), b.as_bytes(), limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capitals_do_not_end_a_word() {
        assert_eq!(plain_words("McDonald's SiemensAG"), ["mcdonald", "siemensag"]);
        assert_eq!(plain_words("Straße 12, München"), ["strasse", "12", "munchen"]);
        assert_eq!(plain_words("北京"), ["beijing"]);
        assert_eq!(plain_words("%%% \" *"), ["percent", "percent", "percent"]);
        assert_eq!(edits("seimens", "siemens", 2), Some(1));
    }
}
