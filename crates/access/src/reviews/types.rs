//! Access reviews on the wire.

use super::{AccessReviewId, AccessReviewItemId};
use crate::RoleName;
use crate::people::reach::Reach;
use crate::roles::RoleSide;
use chrono::{DateTime, Utc};
use kernel::actor::ActorRef;
use kernel::app::Resource;
use kernel::id::{ApiKeyId, PartnerId, PersonId};
use kernel::text::not_blank;
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::{Validate, ValidationError};

/// Whose access is reviewed; all that is said must hold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"side": "partner", "roles": ["partner_admin"], "partner_ids": [], "people": true, "api_keys": false, "dormant_only": false}))]
pub struct AccessReviewScope {
    /// Only people of the vendor, or only people of partners; both if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub side: Option<RoleSide>,
    /// Only who has one of these roles; any if empty.
    #[serde(default)]
    #[validate(length(max = 50))]
    #[schema(max_items = 50)]
    pub roles: Vec<RoleName>,
    /// Only people of these partners; any if empty.
    #[serde(default)]
    #[validate(length(max = 500))]
    #[schema(max_items = 500)]
    pub partner_ids: Vec<PartnerId>,
    /// Whether people are reviewed; `true` if absent.
    #[serde(default = "yes")]
    pub people: bool,
    /// Whether the vendor's API keys are reviewed too; `false` if absent.
    #[serde(default)]
    pub api_keys: bool,
    /// Only who, or what, is dormant.
    #[serde(default)]
    pub dormant_only: bool,
}

impl Default for AccessReviewScope {
    fn default() -> Self {
        Self { side: None, roles: Vec::new(), partner_ids: Vec::new(), people: true, api_keys: false, dormant_only: false }
    }
}

fn yes() -> bool {
    true
}

/// How reviewers are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema, EnumIter, DeriveActiveEnum)]
#[serde(rename_all = "snake_case")]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum AccessReviewersBy {
    /// The channel manager in charge of each partner.
    ChannelManagers,
    /// Each partner's own people who may review.
    PartnerAdmins,
    /// These people, any of them for everything.
    People,
}

/// Who decides. What falls to nobody is left to those who manage access, who may decide on everything anyway.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[validate(schema(function = names_people))]
#[schema(example = json!({"by": "channel_managers", "person_ids": []}))]
pub struct AccessReviewers {
    /// How they are found.
    pub by: AccessReviewersBy,
    /// With `people`: who; at most 50.
    #[serde(default)]
    #[validate(length(max = 50))]
    #[schema(max_items = 50)]
    pub person_ids: Vec<PersonId>,
}

fn names_people(reviewers: &AccessReviewers) -> Result<(), ValidationError> {
    if (reviewers.by == AccessReviewersBy::People) != reviewers.person_ids.is_empty() {
        return Ok(());
    }
    Err(ValidationError::new("person_ids").with_message("Name people with `people`, and only then.".into()))
}

/// What becomes of what nobody decided by the deadline.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema, EnumIter, DeriveActiveEnum)]
#[serde(rename_all = "snake_case")]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum OnDeadline {
    /// Access stays, and the item says that it is unanswered.
    #[default]
    Keep,
    /// Access is revoked.
    Revoke,
}

/// An access review to be started.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Fourth quarter", "scope": {"side": "partner"}, "reviewers": {"by": "partner_admins"},
    "deadline": "2099-12-31T00:00:00Z", "on_deadline": "revoke"}))]
pub struct AccessReviewCreate {
    /// What people know it as.
    #[validate(length(min = 1, max = 200), custom(function = not_blank))]
    #[schema(min_length = 1, max_length = 200, pattern = r"\S")]
    pub name: String,
    /// Whose access is reviewed; that of all people if absent.
    #[serde(default)]
    #[validate(nested)]
    pub scope: AccessReviewScope,
    /// Who decides.
    #[validate(nested)]
    pub reviewers: AccessReviewers,
    /// Until when.
    pub deadline: DateTime<Utc>,
    /// What becomes of what nobody decided; `keep` if absent.
    #[serde(default)]
    pub on_deadline: OnDeadline,
    /// After how many days without use somebody counts as dormant in this review; 90 if absent.
    #[validate(range(min = 1, max = 3650))]
    #[schema(minimum = 1, maximum = 3650)]
    pub dormant_after_days: Option<i64>,
}

/// Where a review stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema, EnumIter, DeriveActiveEnum)]
#[serde(rename_all = "snake_case")]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum AccessReviewStatus {
    /// It is being listed who has access.
    Preparing,
    /// Reviewers decide.
    Open,
    /// What is undecided is being settled.
    Closing,
    /// Everything is settled.
    Closed,
}

/// What was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema, EnumIter, DeriveActiveEnum)]
#[serde(rename_all = "snake_case")]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum AccessDecision {
    /// Nothing yet.
    Pending,
    /// Access stays.
    Kept,
    /// Access was revoked.
    Revoked,
    /// Nobody decided by the deadline; access stays.
    Unanswered,
}

/// How many items are where, of those that the caller sees.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(example = json!({"pending": 3, "kept": 40, "revoked": 2, "unanswered": 0}))]
pub struct AccessReviewProgress {
    /// Not decided.
    pub pending: i64,
    /// Kept.
    pub kept: i64,
    /// Revoked.
    pub revoked: i64,
    /// Unanswered at the deadline, and kept.
    pub unanswered: i64,
}

/// A review of who has access and whether they still should.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"id": "arv_01jd3k7x2mfq8t9v5w6y0zabcd", "name": "Fourth quarter",
    "scope": {"side": "partner", "roles": [], "partner_ids": [], "people": true, "api_keys": false, "dormant_only": false},
    "reviewers": {"by": "partner_admins", "person_ids": []}, "deadline": "2026-12-31T00:00:00Z", "on_deadline": "revoke", "dormant_after_days": 90,
    "status": "open", "progress": {"pending": 3, "kept": 40, "revoked": 2, "unanswered": 0}, "opened_at": "2026-11-20T12:00:01Z", "revision": 2,
    "created_at": "2026-11-20T12:00:00Z", "updated_at": "2026-11-20T12:00:01Z", "available_actions": ["close"]}))]
pub struct AccessReview {
    /// Its id.
    pub id: AccessReviewId,
    /// What people know it as.
    pub name: String,
    /// Whose access is reviewed: of those who had it when the review was started.
    pub scope: AccessReviewScope,
    /// Who decides.
    pub reviewers: AccessReviewers,
    /// Until when.
    pub deadline: DateTime<Utc>,
    /// What becomes of what nobody decided.
    pub on_deadline: OnDeadline,
    /// After how many days without use somebody counts as dormant here.
    pub dormant_after_days: i64,
    /// Where it stands. More statuses may come.
    pub status: AccessReviewStatus,
    /// How many items are where; absent in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub progress: Option<AccessReviewProgress>,
    /// Since when reviewers decide.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opened_at: Option<DateTime<Utc>>,
    /// Since when everything is settled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed_at: Option<DateTime<Utc>>,
    /// Raised with every change of the review itself.
    pub revision: i64,
    /// When it was started.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
    /// What the caller may do with it now: `close`.
    pub available_actions: Vec<String>,
}

impl Resource for AccessReview {
    fn revision(&self) -> Option<i64> {
        Some(self.revision)
    }
    fn location(&self) -> Option<String> {
        Some(format!("/v1/access-reviews/{}", self.id))
    }
}

/// What is told of somebody's access, as it was when the review was started.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Facts {
    #[serde(default)]
    pub(super) added_by: Option<ActorRef>,
    pub(super) added_at: Option<DateTime<Utc>>,
    #[serde(default)]
    pub(super) last_used_at: Option<DateTime<Utc>>,
    #[serde(default)]
    pub(super) open_sessions: i64,
    #[serde(default)]
    pub(super) reach: Option<Reach>,
    #[serde(default)]
    pub(super) scopes: Vec<String>,
    #[serde(default)]
    pub(super) note: Option<String>,
}

/// Somebody, or some key, that has access, and what was decided. What is told of the access is as it was when the review was started.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"id": "ari_01jd3k7x2mfq8t9v5w6y0zabcd", "access_review_id": "arv_01jd3k7x2mfq8t9v5w6y0zabcd",
    "person_id": "per_01jd3k7x2mfq8t9v5w6y0zabcd", "partner_id": "ptn_01jd3k7x2mfq8t9v5w6y0zabcd", "name": "Sam Okafor", "email": "sam@northwind.example",
    "role": "sales", "scopes": [], "added_by": {"type": "api_key", "id": "key_01jd3k7x2mfq8t9v5w6y0zabcd"}, "added_at": "2026-01-20T12:00:00Z",
    "last_used_at": "2026-11-19T12:00:00Z", "open_sessions": 1, "dormant": false, "decision": "kept", "reason": "Still with us.",
    "decided_by": {"type": "person", "id": "per_01jd3k7x2mfq8t9v5w6y0zabcd"}, "decided_at": "2026-11-20T12:00:00Z", "revision": 2,
    "available_actions": ["revoke"]}))]
pub struct AccessReviewItem {
    /// Its id.
    pub id: AccessReviewItemId,
    /// The review that it is part of.
    pub access_review_id: AccessReviewId,
    /// The person who has access.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person_id: Option<PersonId>,
    /// The API key that has access.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_key_id: Option<ApiKeyId>,
    /// The person's partner; absent for the vendor's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partner_id: Option<PartnerId>,
    /// Who is asked to decide, if it is one person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reviewer_id: Option<PersonId>,
    /// The person's name, or what the key is for.
    pub name: String,
    /// The person's e-mail address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The role: why they may do what they may.
    pub role: RoleName,
    /// What a person of the vendor reached, if not everything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reach: Option<Reach>,
    /// The permissions of a key.
    pub scopes: Vec<String>,
    /// How they got in: the caller who added the person or made the key, or the worker that did (single sign-on, SCIM).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub added_by: Option<ActorRef>,
    /// Since when they have been there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub added_at: Option<DateTime<Utc>>,
    /// When the person was last seen or the key last used; absent if never.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_used_at: Option<DateTime<Utc>>,
    /// How many sessions of the person were open.
    pub open_sessions: i64,
    /// Whether they had not been seen for the days that the review says.
    pub dormant: bool,
    /// What was decided. More decisions may come.
    pub decision: AccessDecision,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Who decided; `system` for the deadline.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<ActorRef>,
    /// When.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided_at: Option<DateTime<Utc>>,
    /// Why what was due could not be done: `last_admin_key`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Raised with every change.
    pub revision: i64,
    /// What may be decided now: `keep`, `revoke`.
    pub available_actions: Vec<String>,
}

impl Resource for AccessReviewItem {
    fn revision(&self) -> Option<i64> {
        Some(self.revision)
    }
}

/// Why it was decided so.
#[derive(Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "Left the company in October."}))]
pub struct AccessReviewReason {
    /// The reason.
    #[validate(length(min = 1, max = 500), custom(function = not_blank))]
    #[schema(min_length = 1, max_length = 500, pattern = r"\S")]
    pub reason: Option<String>,
}

/// What a reviewer says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AccessVerdict {
    /// Access stays.
    Keep,
    /// Access goes, at once.
    Revoke,
}

/// One of many decisions.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"item_id": "ari_01jd3k7x2mfq8t9v5w6y0zabcd", "decision": "keep", "reason": "Still with us."}))]
pub struct AccessReviewDecision {
    /// The item.
    pub item_id: AccessReviewItemId,
    /// Keep or revoke.
    pub decision: AccessVerdict,
    /// Why.
    #[validate(length(min = 1, max = 500), custom(function = not_blank))]
    #[schema(min_length = 1, max_length = 500, pattern = r"\S")]
    pub reason: Option<String>,
}

/// Many decisions at once: all of them, or none.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"decisions": [{"item_id": "ari_01jd3k7x2mfq8t9v5w6y0zabcd", "decision": "keep"}]}))]
pub struct AccessReviewDecide {
    /// The decisions, 1 to 200.
    #[validate(length(min = 1, max = 200), nested)]
    #[schema(min_items = 1, max_items = 200)]
    pub decisions: Vec<AccessReviewDecision>,
}

/// What was decided at once.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"data": []}))]
pub struct AccessReviewDecided {
    /// The items as they now are, in the order in which they were sent.
    pub data: Vec<AccessReviewItem>,
}

impl Resource for AccessReviewDecided {}
