//! Why work is where it is, on the wire and as it is stored.

use kernel::id::PersonId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

/// What brought work to where it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = DealAssignedBy)]
pub enum AssignedBy {
    /// A routing rule named the person or the queue.
    Rule,
    /// The channel manager has it, since nothing else said who.
    ChannelManager,
    /// It was the person's turn in the queue.
    RoundRobin,
    /// The person had the least to do in the queue.
    LeastLoaded,
    /// The person stands in: for somebody who is away, or for a queue in which nobody could take it.
    Cover,
    /// Somebody assigned it by hand.
    Hand,
    /// The person took it.
    Taken,
    /// It was given back and waits.
    Released,
    /// It was escalated.
    Escalation,
    /// It came back from the partner to whoever had it.
    Returned,
}

/// Why a deal in review is where it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = DealAssignment, example = json!({"by": "round_robin", "rule": "dach", "load": 3, "had": ["per_01jd3k7x2mfq8t9v5w6y0zabcd"]}))]
pub struct Assignment {
    /// What brought it there. More may come.
    pub by: AssignedBy,
    /// The routing rule that said where it goes; absent if none did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// For whom the person stands in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cover_for: Option<PersonId>,
    /// The queue in which nobody could take it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overflow_from: Option<String>,
    /// How many deals in review the person had already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub load: Option<i64>,
    /// Everybody who had it in this review, the first first.
    #[serde(default)]
    pub had: Vec<PersonId>,
    /// Those of them who gave it back: it is not dealt out to them again.
    #[serde(default)]
    pub gave_back: Vec<PersonId>,
}

impl Assignment {
    /// Nothing but what brought it there.
    pub fn by(by: AssignedBy) -> Self {
        Self { by, rule: None, cover_for: None, overflow_from: None, load: None, had: Vec::new(), gave_back: Vec::new() }
    }
}

/// To whom a deal is assigned, and why.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"to": "desk-dach", "reason": "A matter for the desk in Berlin."}))]
pub struct DealAssign {
    /// A person's id or the name of a queue.
    #[validate(length(min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100)]
    pub to: String,
    /// Why; kept in the deal's history.
    #[validate(length(min = 1, max = 2000))]
    #[schema(min_length = 1, max_length = 2000)]
    pub reason: String,
}

/// To whom a deal is escalated, and why.
#[derive(Debug, Clone, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "The partner has waited for two days."}))]
pub struct DealEscalate {
    /// A person's id or the name of a queue; the next in line if absent.
    #[validate(length(min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100)]
    pub to: Option<String>,
    /// Why; kept in the deal's history.
    #[validate(length(min = 1, max = 2000))]
    #[schema(min_length = 1, max_length = 2000)]
    pub reason: Option<String>,
}
