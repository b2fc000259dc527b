//! How the demo speaks: plain lines that fit a terminal.

use std::io::Write as _;
use std::time::Duration;

/// Characters in a line.
const WIDTH: usize = 100;

/// A line as it is. Whoever reads along may leave: that is no reason to stop.
pub(super) fn line(text: impl AsRef<str>) {
    let _ = writeln!(std::io::stdout(), "{}", text.as_ref());
}

/// The beginning of a line, shown at once.
pub(super) fn begin(text: impl AsRef<str>) {
    let mut out = std::io::stdout();
    let _ = write!(out, "{}", text.as_ref()).and_then(|()| out.flush());
}

/// A step begins.
pub(super) fn heading(number: u32, text: &str) {
    line(format!("\n{number}. {text}"));
}

/// Something happened.
pub(super) fn say(text: impl AsRef<str>) {
    print(text.as_ref(), "   ", "   ");
}

/// A detail of what was said before.
pub(super) fn detail(text: impl AsRef<str>) {
    print(text.as_ref(), "     - ", "       ");
}

fn print(text: &str, first: &str, further: &str) {
    for (at, part) in wrap(text, WIDTH - further.len()).iter().enumerate() {
        line(format!("{}{part}", if at == 0 { first } else { further }));
    }
}

/// Lines of at most `width` characters, broken between words.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => *line = format!("{line} {word}"),
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// `8,800`.
pub(super) fn number(count: impl TryInto<i64>) -> String {
    let count = count.try_into().unwrap_or(i64::MAX);
    let digits = count.unsigned_abs().to_string();
    let grouped: Vec<_> = digits.as_bytes().rchunks(3).rev().map(|group| String::from_utf8_lossy(group).into_owned()).collect();
    format!("{}{}", if count < 0 { "-" } else { "" }, grouped.join(","))
}

/// `12.3 ms`, `1.2 s`.
pub(super) fn time(took: Duration) -> String {
    let millis = took.as_secs_f64() * 1_000.0;
    if millis < 1_000.0 { format!("{millis:.1} ms") } else { format!("{:.1} s", millis / 1_000.0) }
}

/// The p-th percentile (nearest rank) of what was measured.
pub(super) fn percentile(measured: &[Duration], p: usize) -> Duration {
    let mut sorted = measured.to_vec();
    sorted.sort_unstable();
    let rank = (sorted.len() * p).div_ceil(100).max(1);
    sorted.get(rank - 1).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_between_words() {
        assert_eq!(wrap("one two three", 8), ["one two", "three"]);
        assert_eq!(wrap("unbreakable é", 5), ["unbreakable", "é"]);
    }

    #[test]
    fn numbers_have_groups() {
        assert_eq!([0, 85, 1_425, 1_000_000, -8_800].map(number), ["0", "85", "1,425", "1,000,000", "-8,800"]);
    }

    #[test]
    fn percentiles_are_measured_values() {
        let measured: Vec<_> = (1..=200).rev().map(Duration::from_millis).collect();
        assert_eq!([50, 99, 100].map(|p| percentile(&measured, p).as_millis()), [100, 198, 200]);
        assert_eq!(percentile(&[], 99), Duration::ZERO);
    }
}
