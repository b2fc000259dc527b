//! How many slips of the pen lie between two words.

/// Letters of a word that are compared.
pub(crate) const LONGEST: usize = 32;

/// Letters dropped, added, changed or swapped with the next one, up to `most`; `None` if there are more.
pub(crate) fn slips(a: &[u8], b: &[u8], most: usize) -> Option<usize> {
    let (a, b) = (&a[..a.len().min(LONGEST)], &b[..b.len().min(LONGEST)]);
    if a.len().abs_diff(b.len()) > most {
        return None;
    }
    let (mut before, mut above, mut row) = ([0usize; LONGEST + 1], [0usize; LONGEST + 1], [0usize; LONGEST + 1]);
    (0..=b.len()).for_each(|at| above[at] = at);
    for i in 1..=a.len() {
        row[0] = i;
        let mut least = i;
        for j in 1..=b.len() {
            let changed = above[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = changed.min(above[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
            least = least.min(row[j]);
        }
        if least > most {
            return None;
        }
        (before, above) = (above, row);
    }
    (above[b.len()] <= most).then_some(above[b.len()])
}

#[cfg(test)]
mod tests {
    use super::slips;

    #[test]
    fn slips_are_counted_up_to_the_most() {
        let count = |a: &str, b: &str| slips(a.as_bytes(), b.as_bytes(), 2);
        assert_eq!((count("hussein", "hussein"), count("hussein", "husein"), count("hussein", "hussien")), (Some(0), Some(1), Some(1)));
        assert_eq!((count("hussein", "hassan"), count("", "ab"), count("a", "abcd")), (None, Some(2), None));
    }
}
