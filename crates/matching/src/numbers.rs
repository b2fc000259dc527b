//! Number words, ordinals and Roman numerals, brought to digits so that they can be told apart.

const UNITS: [&str; 20] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];
const TENS: [&str; 8] = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
const ORDINALS: [&str; 12] = ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh", "twelfth"];

/// `twenty` to 20 and so on.
fn tens(word: &str) -> Option<u32> {
    TENS.iter().position(|tens| *tens == word).map(|at| 20 + 10 * at as u32)
}

/// `seven` to 7; a single digit too when `digits`.
fn unit(word: &str, digits: bool) -> Option<u32> {
    if digits && word.len() == 1 {
        return word.parse().ok();
    }
    UNITS.iter().position(|unit| *unit == word).map(|at| at as u32)
}

/// `third` to 3.
fn rank(word: &str) -> Option<u32> {
    ORDINALS.iter().position(|ordinal| *ordinal == word).map(|at| at as u32 + 1)
}

/// A Roman numeral below forty, as they number funds and series.
fn roman(word: &str) -> Option<u32> {
    if word.is_empty() || word.len() > 6 || !word.bytes().all(|b| matches!(b, b'i' | b'v' | b'x')) {
        return None;
    }
    (1..40).find(|value| to_roman(*value) == word)
}

fn to_roman(value: u32) -> String {
    let units = ["", "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix"];
    "x".repeat(value as usize / 10) + units[value as usize % 10]
}

/// Reads a number at the head of `words`: its digits and how many words it took. `at` is the place of the first of
/// them in the name of `len` words: a Roman numeral never opens a name, and one of a single letter only closes it.
pub(crate) fn read(words: &[&str], at: usize, len: usize) -> Option<(String, usize)> {
    let first = words[0];
    if let Some(ten) = tens(first) {
        if let Some(rank) = words.get(1).and_then(|word| rank(word)).filter(|rank| *rank < 10) {
            return Some((format!("{}{}", ten + rank, suffix(rank)), 2));
        }
        let follows = words.get(1).and_then(|word| unit(word, true)).filter(|unit| (1..10).contains(unit));
        return Some(match follows {
            Some(unit) => ((ten + unit).to_string(), 2),
            None => (ten.to_string(), 1),
        });
    }
    if let Some(value) = unit(first, false) {
        return Some((value.to_string(), 1));
    }
    if let Some(rank) = rank(first) {
        return Some((format!("{rank}{}", suffix(rank)), 1));
    }
    let may_be_roman = at > 0 && (first.len() > 1 || at + 1 == len);
    roman(first).filter(|_| may_be_roman).map(|value| (value.to_string(), 1))
}

fn suffix(rank: u32) -> &'static str {
    match rank {
        1 => "st",
        2 => "nd",
        3 => "rd",
        _ => "th",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_digits_and_their_mixtures_are_one_number() {
        assert_eq!(read(&["forty", "four"], 1, 3), Some(("44".into(), 2)));
        assert_eq!(read(&["forty", "4"], 1, 3), Some(("44".into(), 2)));
        assert_eq!(read(&["first"], 0, 2), Some(("1st".into(), 1)));
    }

    #[test]
    fn roman_numerals_follow_a_name() {
        assert_eq!(read(&["viii"], 2, 3), Some(("8".into(), 1)));
        assert_eq!(read(&["xi"], 0, 2), None);
        assert_eq!(read(&["x"], 1, 3), None);
        assert_eq!(read(&["iiii"], 1, 2), None);
    }
}
