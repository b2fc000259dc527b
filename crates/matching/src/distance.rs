//! Edit distance with a bound, on the bytes of folded (ASCII) words.

/// Longest word that is compared letter by letter; longer ones agree only when equal.
const MAX: usize = 40;

/// Insertions, deletions, substitutions and swaps of neighbours between two words, or `None` above `limit`.
pub(crate) fn within(a: &[u8], b: &[u8], limit: usize) -> Option<usize> {
    if a == b {
        return Some(0);
    }
    if a.len().abs_diff(b.len()) > limit || a.len() > MAX || b.len() > MAX {
        return None;
    }
    // An edit changes at most two of the letters that occur: most pairs go no further.
    if (letters(a) ^ letters(b)).count_ones() as usize > 2 * limit {
        return None;
    }
    let mut rows = [[0u8; MAX + 1]; 3];
    for (j, cell) in rows[0].iter_mut().enumerate().take(b.len() + 1) {
        *cell = j as u8;
    }
    for i in 1..=a.len() {
        let best = fill_row(&mut rows, a, b, i);
        if usize::from(best) > limit {
            return None;
        }
    }
    let distance = usize::from(rows[a.len() % 3][b.len()]);
    (distance <= limit).then_some(distance)
}

/// Which letters occur, a bit each.
fn letters(word: &[u8]) -> u32 {
    word.iter().fold(0, |set, byte| set | 1 << (byte & 31))
}

/// Fills row `i` of the table kept in three rotating rows; gives its smallest cell.
fn fill_row(rows: &mut [[u8; MAX + 1]; 3], a: &[u8], b: &[u8], i: usize) -> u8 {
    let (now, last, before) = (i % 3, (i + 2) % 3, (i + 1) % 3);
    rows[now][0] = i as u8;
    let mut best = i as u8;
    for j in 1..=b.len() {
        let cost = u8::from(a[i - 1] != b[j - 1]);
        let mut cell = (rows[last][j] + 1).min(rows[now][j - 1] + 1).min(rows[last][j - 1] + cost);
        if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
            cell = cell.min(rows[before][j - 2] + 1);
        }
        rows[now][j] = cell;
        best = best.min(cell);
    }
    best
}

/// How alike two unequal words are (0 to 1), by edits allowed for their length: a letter in a word of four, two in
/// one of six, three in one of twelve. Words with digits agree only when equal.
pub(crate) fn typo_similarity(a: &str, b: &str) -> Option<f32> {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let longest = a.len().max(b.len());
    let limit = match longest {
        0..=2 => return None,
        3..=5 => 1,
        6..=11 => 2,
        _ => 3,
    };
    if a.iter().chain(b).any(u8::is_ascii_digit) {
        return None;
    }
    let by_letters = by_edits(a, b, limit);
    if by_letters.is_none_or(|alike| alike < SOUNDS_ALIKE) && longest > 4 && sound_alike(a, b) {
        return Some(SOUNDS_ALIKE);
    }
    by_letters
}

/// Likeness of two words that are spelt by other rules, as transliterations are.
const SOUNDS_ALIKE: f32 = 0.9;

/// Letters that one alphabet or language writes for another's; the first that fits is taken.
const SOUNDS: [(&[u8], u8); 16] = [
    (b"ks", b'x'),
    (b"ph", b'f'),
    (b"kh", b'h'),
    (b"ts", b'z'),
    (b"tz", b'z'),
    (b"ck", b'k'),
    (b"ue", b'u'),
    (b"oe", b'o'),
    (b"ae", b'a'),
    (b"ou", b'u'),
    (b"oo", b'u'),
    (b"th", b't'),
    (b"w", b'v'),
    (b"y", b'i'),
    (b"j", b'i'),
    (b"c", b'k'),
];

/// Whether two words are one when so spelt; a look at the lengths and letters spares most of them the trouble.
fn sound_alike(a: &[u8], b: &[u8]) -> bool {
    let near = a.len().abs_diff(b.len()) <= 4 && (letters(a) ^ letters(b)).count_ones() <= 6;
    near && sound(a) == sound(b)
}

/// A word with such letters in one spelling, and doubled letters single.
fn sound(word: &[u8]) -> Vec<u8> {
    let mut out: Vec<u8> = Vec::with_capacity(word.len());
    let mut at = 0;
    while at < word.len() {
        let (len, letter) = match SOUNDS.iter().find(|(from, _)| word[at..].starts_with(from)) {
            Some((from, to)) => (from.len(), *to),
            None => (1, word[at]),
        };
        if out.last() != Some(&letter) {
            out.push(letter);
        }
        at += len;
    }
    out
}

fn by_edits(a: &[u8], b: &[u8], limit: usize) -> Option<f32> {
    let longest = a.len().max(b.len());
    let alike = match (within(a, b, limit)?, longest) {
        (0, _) => return Some(1.0),
        (1, 3) => 0.60,
        (1, 4) => 0.76,
        (1, 5) => 0.84,
        (1, 6) => 0.88,
        (1, 7) => 0.90,
        (1, _) => 0.93,
        (2, 6) => 0.68,
        (2, 7) => 0.72,
        (2, 8) => 0.76,
        (2, 9..=10) => 0.80,
        (2, _) => 0.86,
        (_, 12..=14) => 0.76,
        _ => 0.80,
    };
    let start = if a[0] == b[0] { 0.0 } else { 0.04 };
    Some(alike - start)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_swap_of_neighbours_is_one_edit() {
        assert_eq!(within(b"siemens", b"seimens", 2), Some(1));
        assert_eq!(within(b"kitten", b"sitting", 2), None);
        assert_eq!(within(b"kitten", b"sitting", 3), Some(3));
    }

    #[test]
    fn transliterations_sound_alike() {
        assert!(typo_similarity("aleksandriya", "alexandria").unwrap() >= SOUNDS_ALIKE);
        assert!(typo_similarity("mueller", "muller").unwrap() >= SOUNDS_ALIKE);
    }

    #[test]
    fn short_words_bear_no_typo_and_digits_none_at_all() {
        assert_eq!(typo_similarity("ab", "ac"), None);
        assert_eq!(typo_similarity("fund12", "fund13"), None);
        assert!(typo_similarity("gazprom", "gasprom").unwrap() > 0.85);
    }
}
