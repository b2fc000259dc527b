//! A queue on the wire.

use super::QueueId;
use super::store::QueueRow;
use chrono::{DateTime, Utc};
use kernel::app::Resource;
use kernel::body::{not_null, present};
use kernel::id::PersonId;
use kernel::text::not_blank;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::{Validate, ValidationError};

/// How work is dealt out in a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = QueueDealing)]
pub enum Dealing {
    /// It waits until a member takes it.
    #[default]
    Pull,
    /// It goes to the members in turn.
    RoundRobin,
    /// It goes to the member who has least.
    LeastLoaded,
}

impl Dealing {
    /// Its name in the database and on the wire.
    pub fn wire(self) -> &'static str {
        match self {
            Self::Pull => "pull",
            Self::RoundRobin => "round_robin",
            Self::LeastLoaded => "least_loaded",
        }
    }
}

/// A queue to be made.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "desk-dach", "description": "The deal desk in Berlin.", "dealing": "round_robin", "member_limit": 25}))]
pub struct QueueCreate {
    /// What rules call it; once per vendor, and for good.
    #[validate(length(min = 1, max = 100), custom(function = not_blank), custom(function = no_id))]
    #[schema(min_length = 1, max_length = 100, pattern = r"\S")]
    pub name: String,
    /// What it is for.
    #[validate(length(min = 1, max = 1000))]
    #[schema(min_length = 1, max_length = 1000)]
    pub description: Option<String>,
    /// How work is dealt out in it.
    #[serde(default)]
    pub dealing: Dealing,
    /// Who works in it, in the order in which they first get something: people of the vendor who may decide deals.
    #[serde(default)]
    #[validate(length(max = 200))]
    #[schema(max_items = 200)]
    pub member_ids: Vec<PersonId>,
    /// How many deals in review a member may have until no more is dealt to them, in whatever queue; no limit if absent.
    #[validate(range(min = 1, max = 10_000))]
    #[schema(minimum = 1, maximum = 10_000)]
    pub member_limit: Option<i64>,
    /// Who gets what no member can take: a person's id or the name of another queue. If absent it waits.
    #[validate(length(min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100)]
    pub cover: Option<String>,
    /// To whom its deals are escalated, in this order, before channel managers and administrators.
    #[serde(default)]
    #[validate(length(max = 20))]
    #[schema(max_items = 20)]
    pub escalates_to: Vec<PersonId>,
}

/// A name that reads like an id could not be told from one.
fn no_id(name: &str) -> Result<(), ValidationError> {
    if !name.starts_with("per_") && !name.starts_with("que_") {
        return Ok(());
    }
    Err(ValidationError::new("reserved").with_message("A queue's name does not begin like an id.".into()))
}

/// What is to change of a queue (JSON merge patch): what is absent stays, null clears. The name stays: rules call the queue by it.
#[derive(Debug, Clone, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"dealing": "least_loaded", "member_limit": 40}))]
pub struct QueuePatch {
    /// What it is for.
    #[serde(default, deserialize_with = "present")]
    #[validate(length(min = 1, max = 1000))]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 1000)]
    pub description: Option<Option<String>>,
    /// How work is dealt out in it.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(nullable = false)]
    pub dealing: Option<Dealing>,
    /// Who works in it: the whole list.
    #[serde(default, deserialize_with = "not_null")]
    #[validate(length(max = 200))]
    #[schema(nullable = false, max_items = 200)]
    pub member_ids: Option<Vec<PersonId>>,
    /// How many deals in review a member may have until no more is dealt to them.
    #[serde(default, deserialize_with = "present")]
    #[validate(range(min = 1, max = 10_000))]
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 10_000)]
    pub member_limit: Option<Option<i64>>,
    /// Who gets what no member can take: a person's id or the name of another queue.
    #[serde(default, deserialize_with = "present")]
    #[validate(length(min = 1, max = 100))]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 100)]
    pub cover: Option<Option<String>>,
    /// To whom its deals are escalated: the whole list.
    #[serde(default, deserialize_with = "not_null")]
    #[validate(length(max = 20))]
    #[schema(nullable = false, max_items = 20)]
    pub escalates_to: Option<Vec<PersonId>>,
}

/// A queue of work that waits for people of the vendor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(example = json!({"id": "que_01jd3k7x2mfq8t9v5w6y0zabcd", "name": "desk-dach", "description": "The deal desk in Berlin.",
    "dealing": "round_robin", "member_ids": ["per_01jd3k7x2mfq8t9v5w6y0zabcd"], "member_limit": 25, "escalates_to": [], "revision": 1,
    "created_at": "2026-11-20T12:00:00Z", "updated_at": "2026-11-20T12:00:00Z"}))]
pub struct Queue {
    /// Its id.
    pub id: QueueId,
    /// What rules call it.
    pub name: String,
    /// What it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub description: Option<String>,
    /// How work is dealt out in it. More ways may come.
    pub dealing: Dealing,
    /// Who works in it.
    pub member_ids: Vec<PersonId>,
    /// How many deals in review a member may have until no more is dealt to them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub member_limit: Option<i64>,
    /// Who gets what no member can take: a person's id or the name of another queue.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub cover: Option<String>,
    /// To whom its deals are escalated.
    pub escalates_to: Vec<PersonId>,
    /// Raised with every change; send it as If-Match.
    pub revision: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

impl Queue {
    /// A stored queue with its members.
    pub fn of(row: QueueRow, member_ids: Vec<PersonId>) -> Result<Self, kernel::Problem> {
        Ok(Self {
            id: QueueId(row.id),
            dealing: row.dealing()?,
            escalates_to: row.escalates_to(),
            member_ids,
            name: row.name,
            description: row.description,
            member_limit: row.member_limit,
            cover: row.cover,
            revision: row.revision,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

impl Resource for Queue {
    fn revision(&self) -> Option<i64> {
        Some(self.revision)
    }
    fn location(&self) -> Option<String> {
        Some(format!("/v1/queues/{}", self.id))
    }
}

/// What a member of a queue has, and has had.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(example = json!({"person_id": "per_01jd3k7x2mfq8t9v5w6y0zabcd", "open": 3, "dealt": 41, "away": false}))]
pub struct QueueMember {
    /// Who.
    pub person_id: PersonId,
    /// How many deals in review they have, from whatever queue.
    pub open: i64,
    /// How many this queue has dealt to them, or to whoever stood in.
    pub dealt: i64,
    /// Whether they are out of office.
    pub away: bool,
}

/// Who has how much in a queue.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"members": [{"person_id": "per_01jd3k7x2mfq8t9v5w6y0zabcd", "open": 3, "dealt": 41, "away": false}], "waiting": 0}))]
pub struct QueueLoad {
    /// The members, in the queue's order.
    pub members: Vec<QueueMember>,
    /// How many deals wait in it, counted to 1000.
    pub waiting: u64,
}
