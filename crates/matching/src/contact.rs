//! Addresses and telephone numbers, compared by what survives the many ways of writing them.

use crate::fold::fold;

/// Spellings of address words that are one.
const ADDRESS_WORDS: [(&str, &str); 26] = [
    ("street", "st"),
    ("strasse", "str"),
    ("straße", "str"),
    ("avenue", "ave"),
    ("av", "ave"),
    ("road", "rd"),
    ("boulevard", "blvd"),
    ("drive", "dr"),
    ("lane", "ln"),
    ("court", "ct"),
    ("square", "sq"),
    ("place", "pl"),
    ("suite", "ste"),
    ("floor", "fl"),
    ("building", "bldg"),
    ("apartment", "apt"),
    ("north", "n"),
    ("south", "s"),
    ("east", "e"),
    ("west", "w"),
    ("parkway", "pkwy"),
    ("highway", "hwy"),
    ("platz", "pl"),
    ("saint", "st"),
    ("unit", "ste"),
    ("calle", "c"),
];

/// The significant digits of a telephone number: the last nine, which leaves out country and trunk prefixes.
/// `None` below seven digits or when all are the same.
pub(crate) fn phone(text: &str) -> Option<String> {
    let number = text.split(['x', 'X', ';', '#']).next().unwrap_or(text);
    let digits: Vec<char> = number.chars().take(60).filter(char::is_ascii_digit).collect();
    let varied = digits.iter().any(|digit| *digit != digits[0]);
    (digits.len() >= 7 && varied).then(|| digits[digits.len().saturating_sub(9)..].iter().collect())
}

/// The words of an address, in one spelling each, sorted and unrepeated; none when fewer than two,
/// which place nothing.
pub(crate) fn address(text: &str) -> Vec<String> {
    let folded = fold(text);
    let mut words: Vec<String> = (0..folded.words.len()).map(|at| address_word(folded.span(at, at + 1))).collect();
    words.sort_unstable();
    words.dedup();
    if words.len() < 2 { Vec::new() } else { words }
}

fn address_word(word: &str) -> String {
    if let Some((_, short)) = ADDRESS_WORDS.iter().find(|(long, _)| *long == word) {
        return (*short).to_owned();
    }
    match word.strip_suffix("strasse") {
        Some(stem) => format!("{stem}str"),
        None => word.to_owned(),
    }
}

/// How alike two addresses are (0 to 1): shared words over all, numbers counting double, a house number that differs
/// halving it.
pub(crate) fn address_similarity(a: &[String], b: &[String]) -> f32 {
    let weight = |word: &String| if word.bytes().any(|b| b.is_ascii_digit()) { 2.0 } else { 1.0 };
    let shared: f32 = a.iter().filter(|word| b.binary_search(word).is_ok()).map(weight).sum();
    let (ours, theirs): (f32, f32) = (a.iter().map(weight).sum(), b.iter().map(weight).sum());
    let numbers = |words: &[String]| words.iter().any(|word| word.bytes().any(|b| b.is_ascii_digit()));
    let shared_number = a.iter().any(|word| weight(word) > 1.0 && b.binary_search(word).is_ok());
    let smaller = ours.min(theirs);
    // Against the shorter one, since one often leaves out the floor or the country.
    let alike = shared / (0.7 * smaller + 0.3 * ours.max(theirs));
    if numbers(a) && numbers(b) && !shared_number { alike / 2.0 } else { alike.min(1.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_telephone_number_is_one_however_it_is_dialled() {
        assert_eq!(phone("+49 (0)89 1234-5678"), phone("089 12345678"));
        assert_eq!(phone("+1 (415) 555-0123 x99"), phone("415.555.0123"));
        assert_eq!(phone("12345"), None);
        assert_eq!(phone("0000000000"), None);
    }

    #[test]
    fn an_address_is_one_however_it_is_abbreviated() {
        let alike = |a, b| address_similarity(&address(a), &address(b));
        assert!(alike("12 Main Street, Suite 4, Springfield 62701", "12 Main St., Ste. 4, Springfield, 62701, USA") > 0.85);
        assert!(alike("Leopoldstraße 9, 80802 München", "Leopoldstr. 9, 80802 Munchen") > 0.85);
        assert!(alike("12 Main Street, Springfield", "99 Main Street, Springfield") < 0.6);
    }
}
