//! A deal's review on the wire.

use super::policy::AtEnd;
use access::RoleName;
use chrono::{DateTime, Utc};
use kernel::actor::ActorRef;
use kernel::id::PersonId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A moment of a review at which somebody is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = DealReviewMarkKind)]
pub enum Mark {
    /// It ought to be looked at.
    Warning,
    /// It is late.
    Overdue,
    /// Its time has run out: what the rules say of that happens.
    Ended,
}

/// A mark that the clock of a review has passed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = DealReviewMark, example = json!({"mark": "warning", "hours": 8, "passed_at": "2026-11-23T09:00:00Z"}))]
pub struct Passed {
    /// Which.
    pub mark: Mark,
    /// The business hours of the review at which it stands.
    pub hours: i64,
    /// When it was passed.
    pub passed_at: DateTime<Utc>,
}

/// How a deal's review goes. Its hours are those of a business calendar.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"started_at": "2026-11-20T12:00:00Z", "due_at": "2026-11-24T12:00:00Z", "paused": false, "at_end": "escalate",
    "marks": [{"mark": "warning", "hours": 8, "passed_at": "2026-11-23T09:00:00Z"}]}))]
pub struct DealReview {
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it ought to be decided; absent while the clock stands, and without a clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_at: Option<DateTime<Utc>>,
    /// Whether the clock stands because the partner is asked something.
    pub paused: bool,
    /// Business minutes that are left until it is due; only while the clock stands, else `due_at` tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remaining_minutes: Option<i64>,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<DateTime<Utc>>,
    /// The marks that it has passed; the vendor's callers only.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub marks: Vec<Passed>,
    /// What happens when its time has run out; the vendor's callers only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_end: Option<AtEnd>,
}

/// One of the approvals that a deal needs; the vendor's callers only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"name": "Finance", "role": "finance", "approved_by": {"type": "person", "id": "per_01jd3k7x2mfq8t9v5w6y0zabcd"},
    "approved_at": "2026-11-20T12:00:00Z"}))]
pub struct DealApproval {
    /// The step, as the rules of engagement name it.
    pub name: String,
    /// The role whose people may give it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<RoleName>,
    /// The person who may give it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person_id: Option<PersonId>,
    /// The permission that it takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permission: Option<String>,
    /// Who gave it; absent while it is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved_by: Option<ActorRef>,
    /// When it was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved_at: Option<DateTime<Utc>>,
}

/// How far reviews are: a filter of the list of deals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DealReviewFilter {
    /// In review, and late.
    Overdue,
    /// In review, with time left.
    InTime,
    /// Waiting for the partner's answer, with a clock that stands.
    Paused,
}
