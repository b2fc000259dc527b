//! How alike two words are, and in what way.

use crate::compare::How;
use crate::distance::slips;
use crate::words::Word;

/// Below this, two words are two words.
pub(crate) const LEAST: f32 = 0.68;

/// How alike two words are; `None` if they are not. `strict` words (places, numbers, words of business) are the same or are not.
pub(crate) fn similar(a: &Word, b: &Word, persons: bool) -> Option<(f32, How)> {
    let (x, y) = (a.text.as_bytes(), b.text.as_bytes());
    if x == y {
        // Two words for one thing are not one word.
        return Some(if a.spelt == b.spelt { (1.0, How::Same) } else { (0.93, How::Spelling) });
    }
    if x.len() == 1 || y.len() == 1 {
        return (persons && x[0] == y[0]).then_some((0.72, How::Initial));
    }
    if is_strict(a) || is_strict(b) {
        return generic_misspelt(a, b).then_some((0.9, How::Spelling));
    }
    let longest = x.len().max(y.len());
    let apart = slips(x, y, 3);
    let spelt = match (apart, longest) {
        (Some(1), 8..) => 0.94,
        (Some(1), 6..) => 0.91,
        (Some(1), 5) => 0.86,
        (Some(1), 4) if persons => 0.78,
        (Some(2), 10..) => 0.88,
        (Some(2), 8..) => 0.8,
        (Some(2), 7) if persons => 0.76,
        (Some(3), 12..) => 0.78,
        _ => 0.0,
    };
    let sounds = sounds(a, b, apart, persons);
    let glued = if persons && (is_glued(x, y) || is_glued(y, x)) { 0.93 } else { 0.0 };
    let best = if glued >= spelt && glued >= sounds {
        (glued, How::Joined)
    } else if sounds >= spelt {
        (sounds, How::Sound)
    } else {
        (spelt, How::Spelling)
    };
    (best.0 >= LEAST).then_some(best)
}

/// `Internatoinal` is a slip of the pen; that a rare word is a slip away from a short generic one is not.
fn generic_misspelt(a: &Word, b: &Word) -> bool {
    let letters = |word: &Word| word.text.len() >= 7 && word.text.bytes().all(|byte| byte.is_ascii_lowercase());
    letters(a) && letters(b) && slips(a.text.as_bytes(), b.text.as_bytes(), 1).is_some()
}

/// The article is written to its word or not.
fn is_glued(long: &[u8], short: &[u8]) -> bool {
    short.len() >= 4 && long.len() == short.len() + 2 && long.ends_with(short) && (long.starts_with(b"al") || long.starts_with(b"el"))
}

/// Words of one skeleton: the longer it is, the more that says.
fn sounds(a: &Word, b: &Word, apart: Option<usize>, persons: bool) -> f32 {
    if a.skeleton != b.skeleton {
        return 0.0;
    }
    let longest = a.text.len().max(b.text.len());
    match (a.skeleton.len(), apart, persons) {
        (4.., Some(_), true) => 0.95,
        (4.., None, true) => 0.86,
        // Brands are made up: short ones sound alike by chance.
        (5.., Some(1..=2), false) => 0.93,
        (4, Some(1), false) if longest >= 6 => 0.93,
        (3, Some(1..=2), true) => 0.93,
        (3, Some(_), true) => 0.86,
        (3, None, true) => 0.8,
        (2, Some(1), true) => 0.86,
        (2, Some(2), true) => 0.74,
        (1, Some(1), true) if a.text.len() >= 3 && b.text.len() >= 3 => 0.74,
        _ => 0.0,
    }
}

/// Places, numbers and words that many names share are misspelt into one another too easily.
pub(crate) fn is_strict(word: &Word) -> bool {
    let first = word.text.as_bytes()[0];
    !first.is_ascii_lowercase() || word.text.bytes().any(|byte| byte.is_ascii_digit()) || word.prior < 0.3 && word.text != "abd"
}
