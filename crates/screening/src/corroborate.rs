//! What speaks for a match, or against it, besides the name.

use crate::entry::{Birth, Entry, EntryKind, Subject};
use serde::{Deserialize, Serialize};

/// Whether two facts agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// They agree.
    Agrees,
    /// They are close.
    Close,
    /// They differ.
    Differs,
}

/// A fact beside the name, held against the entry's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Circumstance {
    /// `birth_date` or `country`.
    pub what: String,
    /// Whether they agree.
    pub verdict: Verdict,
    /// The subject's.
    pub subject: String,
    /// The entry's.
    pub listed: String,
    /// What was added to the score for it.
    pub effect: f32,
}

/// Every fact that both have.
pub(crate) fn circumstances(subject: &Subject, entry: &Entry) -> Vec<Circumstance> {
    let mut found = Vec::new();
    if let Some(birth) = &subject.birth
        && entry.kind == EntryKind::Person
        && !entry.births.is_empty()
    {
        let judged = entry.births.iter().map(|listed| (born(birth, listed), listed)).max_by(|a, b| a.0.1.total_cmp(&b.0.1));
        if let Some(((verdict, effect), listed)) = judged {
            found.push(Circumstance { what: "birth_date".into(), verdict, subject: birth.to_string(), listed: listed.to_string(), effect });
        }
    }
    if !subject.countries.is_empty() && !entry.countries.is_empty() {
        let same = subject.countries.iter().any(|country| entry.countries.contains(country));
        let (verdict, effect) = if same { (Verdict::Agrees, 0.02) } else { (Verdict::Differs, -0.04) };
        found.push(Circumstance {
            what: "country".into(),
            verdict,
            subject: subject.countries.join(", "),
            listed: entry.countries.join(", "),
            effect,
        });
    }
    found
}

fn born(subject: &Birth, listed: &Birth) -> (Verdict, f32) {
    let years = (listed.from - subject.to).max(subject.from - listed.to).max(0);
    let day = |birth: &Birth| birth.month.zip(birth.day);
    match (years, day(subject), day(listed)) {
        (0, Some(one), Some(other)) if one == other => (Verdict::Agrees, 0.06),
        // Day and month are taken for one another.
        (0, Some((month, day)), Some(other)) if (day, month) == other => (Verdict::Close, 0.03),
        (0, Some(_), Some(_)) => (Verdict::Close, -0.03),
        (0, ..) => (Verdict::Agrees, 0.03),
        (1..=2, ..) => (Verdict::Close, -0.02),
        _ => (Verdict::Differs, -0.15),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_of_birth_speaks_for_and_against() {
        let listed = Birth::on(1974, 2, 17);
        let effect = |birth: Birth| born(&birth, &listed).1;
        assert!(effect(Birth::on(1974, 2, 17)) > effect(Birth::within(1974, 1974)));
        assert!(effect(Birth::within(1974, 1974)) > effect(Birth::on(1974, 5, 3)));
        assert!(effect(Birth::within(1973, 1973)) > effect(Birth::within(1950, 1950)));
        assert_eq!(born(&Birth::within(1970, 1980), &listed).0, Verdict::Agrees);
    }
}
