//! The trigrams of a name, and its initials, for finding candidates.

use crate::name::{Core, Name};

/// Stands before each word, so that its beginning counts more.
const START: u8 = b'^';

/// Marks a gram made of the initials of several words.
const INITIALS: u32 = 1 << 31;
/// Marks a gram made of a word that may be the initials of others.
const ACRONYM: u32 = 1 << 30;

/// The distinct trigrams of all readings of a name, sorted, into `out`.
pub(crate) fn grams(name: &Name, out: &mut Vec<u32>) {
    out.clear();
    for core in &name.readings {
        for at in 0..core.tokens.len() {
            word_grams(core.word(at).as_bytes(), out);
        }
    }
    out.sort_unstable();
    out.dedup();
}

/// What tells of a name's initials, and what that of a name would be that they stand for, or that stands for them.
pub(crate) fn initials(name: &Name) -> impl Iterator<Item = (u32, u32)> {
    let both = |core: &Core| {
        initials_of(core)
            .map(|letters| if core.tokens.len() == 1 { (letters | ACRONYM, letters | INITIALS) } else { (letters | INITIALS, letters | ACRONYM) })
    };
    name.readings.iter().filter_map(both)
}

fn word_grams(word: &[u8], out: &mut Vec<u32>) {
    let pack = |a: u8, b: u8, c: u8| u32::from(a) << 16 | u32::from(b) << 8 | u32::from(c);
    match word {
        [] => {}
        [only] => out.push(pack(START, *only, START)),
        [first, second, ..] => {
            out.push(pack(START, *first, *second));
            out.extend(word.windows(3).map(|three| pack(three[0], three[1], three[2])));
        }
    }
}

/// `international business machines` and `ibm` have the same.
fn initials_of(core: &Core) -> Option<u32> {
    let letters: Vec<u8> = match core.tokens.len() {
        1 => core.word(0).bytes().collect(),
        _ => (0..core.tokens.len()).filter_map(|at| core.word(at).bytes().next()).collect(),
    };
    let short = (3..=6).contains(&letters.len());
    short.then(|| letters.iter().fold(0u32, |hash, b| hash.wrapping_mul(31).wrapping_add(u32::from(*b))) & (ACRONYM - 1))
}
