//! Where a fact stands on a day. Pure.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What the vendor has said of a fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Nothing yet.
    Submitted,
    /// That it is so.
    Verified,
    /// That it is not.
    Refused,
}

impl Standing {
    /// Its name in the database.
    pub fn wire(self) -> &'static str {
        match self {
            Self::Submitted => "submitted",
            Self::Verified => "verified",
            Self::Refused => "refused",
        }
    }

    /// Read back what [`Standing::wire`] wrote.
    pub fn stored(text: &str) -> Self {
        match text {
            "verified" => Self::Verified,
            "refused" => Self::Refused,
            _ => Self::Submitted,
        }
    }

    /// What the vendor may do with a fact of this standing.
    pub fn legal_actions(self) -> &'static [PartnerEsgFactAction] {
        match self {
            Self::Submitted => &[PartnerEsgFactAction::Verify, PartnerEsgFactAction::Refuse],
            Self::Verified => &[PartnerEsgFactAction::Refuse],
            Self::Refused => &[PartnerEsgFactAction::Verify],
        }
    }
}

/// What may be done with a fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PartnerEsgFactAction {
    /// Say that it is so.
    Verify,
    /// Say that it is not.
    Refuse,
}

/// Where a fact stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PartnerEsgFactStatus {
    /// The vendor has not looked at it.
    Unverified,
    /// The vendor says that it is not so.
    Refused,
    /// It is so.
    Valid,
    /// It is so, and will not be soon.
    Expiring,
    /// Its last day is over.
    Expired,
}

/// The days of a fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dates {
    /// What the vendor has said of it.
    pub standing: Standing,
    /// Its last day, if it has one.
    pub expires_on: Option<NaiveDate>,
    /// From so many days before it is expiring.
    pub warn_days: i64,
    /// How much of that was told: 1 that it is expiring, 2 that it has expired.
    pub told: i64,
}

impl Dates {
    fn warn_on(&self) -> Option<NaiveDate> {
        let days = Days::new(self.warn_days.max(0).unsigned_abs());
        self.expires_on.map(|last| last.checked_sub_days(days).unwrap_or(NaiveDate::MIN))
    }

    /// Where it stands on this day.
    pub fn status(&self, today: NaiveDate) -> PartnerEsgFactStatus {
        match self.standing {
            Standing::Submitted => PartnerEsgFactStatus::Unverified,
            Standing::Refused => PartnerEsgFactStatus::Refused,
            Standing::Verified if self.expires_on.is_some_and(|last| today > last) => PartnerEsgFactStatus::Expired,
            Standing::Verified if self.warn_on().is_some_and(|warn| today >= warn) => PartnerEsgFactStatus::Expiring,
            Standing::Verified => PartnerEsgFactStatus::Valid,
        }
    }

    /// What is to be told on this day that was not: where it stands, and how much is told then.
    pub fn due(&self, today: NaiveDate) -> Option<(PartnerEsgFactStatus, i64)> {
        match self.status(today) {
            PartnerEsgFactStatus::Expired if self.told < 2 => Some((PartnerEsgFactStatus::Expired, 2)),
            PartnerEsgFactStatus::Expiring if self.told < 1 => Some((PartnerEsgFactStatus::Expiring, 1)),
            _ => None,
        }
    }

    /// When to look again.
    pub fn next(&self) -> Option<DateTime<Utc>> {
        let day = match (self.standing, self.told) {
            (Standing::Verified, 0) => self.warn_on()?,
            (Standing::Verified, 1) => self.expires_on?.succ_opt()?,
            _ => return None,
        };
        Some(day.and_time(NaiveTime::MIN).and_utc())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn dates(standing: Standing, told: i64) -> Dates {
        Dates { standing, expires_on: Some(day("2027-03-01")), warn_days: 60, told }
    }

    #[test]
    fn what_is_verified_is_valid_then_expiring_then_expired() {
        let status = |today: &str| dates(Standing::Verified, 0).status(day(today));
        assert_eq!((status("2026-12-30"), status("2026-12-31")), (PartnerEsgFactStatus::Valid, PartnerEsgFactStatus::Expiring));
        assert_eq!((status("2027-03-01"), status("2027-03-02")), (PartnerEsgFactStatus::Expiring, PartnerEsgFactStatus::Expired));
        let forever = Dates { expires_on: None, ..dates(Standing::Verified, 0) };
        assert_eq!((forever.status(day("2999-01-01")), forever.next()), (PartnerEsgFactStatus::Valid, None));
    }

    #[test]
    fn what_is_not_verified_never_expires() {
        assert_eq!(dates(Standing::Submitted, 0).status(day("2030-01-01")), PartnerEsgFactStatus::Unverified);
        assert_eq!((dates(Standing::Refused, 0).due(day("2030-01-01")), dates(Standing::Refused, 0).next()), (None, None));
    }

    #[test]
    fn each_is_told_once() {
        let due = |told, today: &str| dates(Standing::Verified, told).due(day(today));
        assert_eq!(due(0, "2027-01-01"), Some((PartnerEsgFactStatus::Expiring, 1)));
        assert_eq!((due(1, "2027-01-01"), due(2, "2028-01-01")), (None, None));
        assert_eq!(due(0, "2028-01-01"), Some((PartnerEsgFactStatus::Expired, 2)), "however late");
        assert_eq!(dates(Standing::Verified, 1).next().unwrap().to_rfc3339(), "2027-03-02T00:00:00+00:00");
    }
}
