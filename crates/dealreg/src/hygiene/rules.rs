//! What becomes of a finding when an audit comes upon it, and whether a night is this one. Pure.

use super::types::{Details, HygieneFindingStatus, HygieneKind};
use chrono::{DateTime, Duration, Utc};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

/// A night begins late rather than not at all, but not by more than this.
pub const TOLERANCE: Duration = Duration::hours(3);

/// Something that an audit came upon.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// What kind of thing.
    pub kind: HygieneKind,
    /// What it is about; of two, the one with the smaller id.
    pub one: Uuid,
    /// The other of two, else nil.
    pub other: Uuid,
    /// The partner that it is about, if any.
    pub partner: Option<Uuid>,
    /// The other one's partner, if any.
    pub other_partner: Option<Uuid>,
    /// What is shown of it.
    pub details: Details,
    /// The facts by which a dismissal stands or falls, as a short text.
    pub facts: String,
}

impl Found {
    /// A finding about one thing.
    pub fn about(kind: HygieneKind, one: Uuid, partner: Option<Uuid>, facts: &str, details: Details) -> Self {
        Self { kind, one, other: Uuid::nil(), partner, other_partner: None, details, facts: hash(facts) }
    }

    /// Whether it is about two partners.
    pub fn across_partners(&self) -> bool {
        self.other_partner.is_some() && self.partner != self.other_partner
    }
}

/// Facts as a short text: equal if they are.
pub fn hash(facts: &str) -> String {
    Sha256::digest(facts.as_bytes()).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// What is known of a finding already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// How it stands.
    pub status: HygieneFindingStatus,
    /// The facts when it was last written.
    pub facts: String,
    /// Until when it is dismissed.
    pub dismissed_until: Option<DateTime<Utc>>,
}

/// What becomes of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// It is new.
    New,
    /// It is open as before, or dismissed as before.
    Again,
    /// It is open again.
    Reopened,
}

/// What becomes of a finding that an audit comes upon at `now`.
pub fn seen(known: Option<&Known>, facts: &str, now: DateTime<Utc>) -> Seen {
    let Some(known) = known else { return Seen::New };
    match known.status {
        HygieneFindingStatus::Open => Seen::Again,
        HygieneFindingStatus::Resolved => Seen::Reopened,
        HygieneFindingStatus::Dismissed => {
            let over = known.dismissed_until.is_some_and(|until| until <= now);
            if over || known.facts != facts { Seen::Reopened } else { Seen::Again }
        }
    }
}

/// Whether an audit that was planned for `planned` is begun at `now`: what was missed by much is left to the next night.
pub fn is_tonight(planned: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    planned <= now && now - planned <= TOLERANCE
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn known(status: HygieneFindingStatus, until: Option<&str>) -> Known {
        Known { status, facts: hash("a"), dismissed_until: until.map(at) }
    }

    #[test]
    fn a_finding_is_opened_once_and_then_only_seen() {
        let now = at("2026-11-20T02:00:00Z");
        assert_eq!(seen(None, &hash("a"), now), Seen::New);
        assert_eq!(seen(Some(&known(HygieneFindingStatus::Open, None)), &hash("b"), now), Seen::Again);
        assert_eq!(seen(Some(&known(HygieneFindingStatus::Resolved, None)), &hash("a"), now), Seen::Reopened);
    }

    #[test]
    fn what_is_dismissed_stays_so_until_its_time_is_over_or_the_facts_are_others() {
        let now = at("2026-11-20T02:00:00Z");
        let dismissed = |until| known(HygieneFindingStatus::Dismissed, until);
        assert_eq!(seen(Some(&dismissed(None)), &hash("a"), now), Seen::Again);
        assert_eq!(seen(Some(&dismissed(None)), &hash("b"), now), Seen::Reopened);
        assert_eq!(seen(Some(&dismissed(Some("2026-11-20T02:00:01Z"))), &hash("a"), now), Seen::Again);
        assert_eq!(seen(Some(&dismissed(Some("2026-11-20T02:00:00Z"))), &hash("a"), now), Seen::Reopened);
    }

    #[test]
    fn a_night_that_was_missed_is_not_made_up_for_by_day() {
        let planned = at("2026-11-20T02:00:00Z");
        assert!(is_tonight(planned, at("2026-11-20T02:00:00Z")) && is_tonight(planned, at("2026-11-20T05:00:00Z")));
        assert!(!is_tonight(planned, at("2026-11-20T01:59:59Z")) && !is_tonight(planned, at("2026-11-20T05:00:01Z")));
    }
}
