//! What of next steps goes over the wire.

use super::rules::CosellSide;
use super::{CosellRequestId, CosellTaskId};
use chrono::{DateTime, Utc};
use kernel::app::Resource;
use kernel::body::{not_null, present};
use kernel::id::{PartnerId, PersonId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

/// What can be done with a next step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CosellTaskAction {
    /// Say that it is done.
    Complete,
    /// Say that it is not.
    Reopen,
    /// Change it.
    Update,
    /// Take it out.
    Delete,
}

/// A next step to be put down, after the others.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"title": "Show it with their own data", "due_at": "2026-12-04T16:00:00Z"}))]
pub struct CosellTaskAdd {
    /// What is to be done.
    #[validate(length(min = 1, max = 300), custom(function = kernel::text::not_blank))]
    #[schema(min_length = 1, max_length = 300, pattern = r"\S")]
    pub title: String,
    /// What is worth knowing.
    #[validate(length(min = 1, max = 5000))]
    #[schema(min_length = 1, max_length = 5000)]
    #[serde(default)]
    pub note: Option<String>,
    /// Who does it: somebody who takes part, on either side.
    #[serde(default)]
    pub owner_id: Option<PersonId>,
    /// Until when.
    #[serde(default)]
    pub due_at: Option<DateTime<Utc>>,
}

/// Changes to a next step, as a JSON merge patch.
#[derive(Debug, Clone, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"title": "Show it with their own data, on site", "due_at": "2026-12-11T16:00:00Z"}))]
pub struct CosellTaskPatch {
    /// What is to be done.
    #[serde(default, deserialize_with = "not_null")]
    #[validate(length(min = 1, max = 300), custom(function = kernel::text::not_blank))]
    #[schema(min_length = 1, max_length = 300, pattern = r"\S", nullable = false)]
    pub title: Option<String>,
    /// What is worth knowing; null takes it out.
    #[serde(default, deserialize_with = "present")]
    #[validate(length(min = 1, max = 5000))]
    #[schema(min_length = 1, max_length = 5000)]
    pub note: Option<Option<String>>,
    /// Who does it: somebody who takes part, on either side; null for nobody yet.
    #[serde(default, deserialize_with = "present")]
    pub owner_id: Option<Option<PersonId>>,
    /// Until when; null for no time.
    #[serde(default, deserialize_with = "present")]
    pub due_at: Option<Option<DateTime<Utc>>>,
    /// Move it: the task that it comes after; null puts it first.
    #[serde(default, deserialize_with = "present")]
    pub after: Option<Option<CosellTaskId>>,
}

/// A next step of a co-sell request, for both sides to read.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"id": "cst_01jd3k7x2mfq8t9v5w6y0zabcd", "cosell_request_id": "csr_01jd3k7x2mfq8t9v5w6y0zabcd",
    "partner_id": "ptn_01jd3k7x2mfq8t9v5w6y0zabcd", "title": "Show it with their own data", "owner_id": "per_01jd3k7x2mfq8t9v5w6y0zabcd",
    "due_at": "2026-12-04T16:00:00Z", "overdue": false, "done": false, "place": 1048576, "revision": 1, "created_at": "2026-11-20T12:00:00Z",
    "updated_at": "2026-11-20T12:00:00Z", "available_actions": ["complete", "update", "delete"]}))]
pub struct CosellTask {
    /// Its id.
    pub id: CosellTaskId,
    /// The request that it belongs to.
    pub cosell_request_id: CosellRequestId,
    /// The partner.
    pub partner_id: PartnerId,
    /// What is to be done.
    pub title: String,
    /// What is worth knowing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Who does it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner_id: Option<PersonId>,
    /// Until when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_at: Option<DateTime<Utc>>,
    /// Whether it was not done in time.
    pub overdue: bool,
    /// Whether it is done.
    pub done: bool,
    /// When it was done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub done_at: Option<DateTime<Utc>>,
    /// Which side said so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub done_by_side: Option<CosellSide>,
    /// Tasks of a request come in the order of this number.
    pub place: i64,
    /// Raised with every change; send it as If-Match.
    pub revision: i64,
    /// When it was put down.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// What the caller may do with it now.
    pub available_actions: Vec<CosellTaskAction>,
}

impl Resource for CosellTask {
    fn revision(&self) -> Option<i64> {
        Some(self.revision)
    }
    fn location(&self) -> Option<String> {
        Some(format!("/v1/cosell-tasks/{}", self.id))
    }
}
