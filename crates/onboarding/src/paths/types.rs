//! What goes over the wire.

use super::body::{OnboardingPathDraft, PathEvidence, PathOwner};
use super::rules::{OnboardingAction, OnboardingStatus, OnboardingTaskAction, OnboardingTaskStatus};
use super::{OnboardingId, OnboardingPathId, OnboardingTaskId};
use chrono::{DateTime, Utc};
use kernel::actor::ActorRef;
use kernel::app::Resource;
use kernel::id::PartnerId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

/// Whether a version of a path is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnboardingPathStatus {
    /// Nobody is put on it.
    Draft,
    /// Never changes again; the latest published version of a name is taken.
    Published,
    /// Nobody new is put on it; whoever is on it goes on.
    Retired,
}

/// A version of a path.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"id": "pth_01jd3k7x2mfq8t9v5w6y0zabcd", "version": 1, "status": "draft", "revision": 1,
    "created_at": "2026-11-20T12:00:00Z", "updated_at": "2026-11-20T12:00:00Z", "available_actions": ["publish"],
    "path": {"name": "reseller", "title": {"en": "Your way to the first deal"}, "when": "partner.type == \"reseller\"", "rank": 10, "milestones": [
        {"key": "ready", "title": {"en": "Ready to sell"}, "on_reached": "activate", "tasks": [
            {"key": "training", "title": {"en": "Take the sales course"}, "owner": "partner", "due_days": 30, "after": [], "evidence": "none",
                "required": true}]}]}}))]
pub struct OnboardingPath {
    /// Its id.
    pub id: OnboardingPathId,
    /// Its number among those of its name.
    pub version: i64,
    /// Whether it is taken.
    pub status: OnboardingPathStatus,
    /// What it says.
    pub path: OnboardingPathDraft,
    /// Raised with every change.
    pub revision: i64,
    /// When it was drafted.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// What the caller may do with it now: `publish`, `retire`.
    pub available_actions: Vec<String>,
}

impl Resource for OnboardingPath {
    fn revision(&self) -> Option<i64> {
        Some(self.revision)
    }
    fn location(&self) -> Option<String> {
        Some(format!("/v1/onboarding-paths/{}", self.id))
    }
}

/// A task of a partner's onboarding.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"id": "otk_01jd3k7x2mfq8t9v5w6y0zabcd", "onboarding_id": "onb_01jd3k7x2mfq8t9v5w6y0zabcd",
    "partner_id": "ptn_01jd3k7x2mfq8t9v5w6y0zabcd", "milestone": "ready", "key": "training", "title": "Take the sales course", "language": "en",
    "owner": "partner", "status": "open", "required": true, "evidence": "none", "after": [], "opened_at": "2026-11-20T12:00:00Z",
    "due_at": "2026-12-20T12:00:00Z", "overdue": false, "revision": 1, "updated_at": "2026-11-20T12:00:00Z", "available_actions": ["complete"]}))]
pub struct OnboardingTask {
    /// Its id.
    pub id: OnboardingTaskId,
    /// The onboarding that it belongs to.
    pub onboarding_id: OnboardingId,
    /// The partner.
    pub partner_id: PartnerId,
    /// The milestone that it is for, by key.
    pub milestone: String,
    /// Its name in the path.
    pub key: String,
    /// What is to be done.
    pub title: String,
    /// How.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The language of the title.
    pub language: String,
    /// Who owes it.
    pub owner: PathOwner,
    /// Where it stands.
    pub status: OnboardingTaskStatus,
    /// Whether its milestone waits for it.
    pub required: bool,
    /// What is shown when it is done by hand.
    pub evidence: PathEvidence,
    /// Tasks that have to be done before it opens.
    pub after: Vec<String>,
    /// Since when it can be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opened_at: Option<DateTime<Utc>>,
    /// By when it is to be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_at: Option<DateTime<Utc>>,
    /// Whether that time has passed while it was open.
    pub overdue: bool,
    /// When it was done or skipped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<DateTime<Utc>>,
    /// Who said so; `system` if an event did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_by: Option<ActorRef>,
    /// The sequence of the event that ended it by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_by_event: Option<i64>,
    /// What was said about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Where it can be seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// Raised with every change; send it as If-Match.
    pub revision: i64,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// What the caller may do with it now.
    pub available_actions: Vec<OnboardingTaskAction>,
}

impl Resource for OnboardingTask {
    fn revision(&self) -> Option<i64> {
        Some(self.revision)
    }
}

/// A milestone of a partner's onboarding.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OnboardingMilestone {
    /// Its name in the path.
    pub key: String,
    /// What is reached.
    pub title: String,
    /// When it was reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reached_at: Option<DateTime<Utc>>,
    /// What has to be done for it.
    pub tasks: Vec<OnboardingTask>,
}

/// How far a partner has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(example = json!({"done": 3, "required": 8, "percent": 37, "open_for_partner": 2, "open_for_vendor": 1, "overdue": 0}))]
pub struct OnboardingProgress {
    /// Required tasks that are done or skipped.
    pub done: i64,
    /// All required tasks.
    pub required: i64,
    /// Their share in whole percent, rounded down: 100 means all.
    pub percent: i64,
    /// Open tasks that the partner owes.
    pub open_for_partner: i64,
    /// Open tasks that the vendor owes.
    pub open_for_vendor: i64,
    /// Open tasks whose time has passed.
    pub overdue: i64,
}

/// A partner on a path, as events tell of it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"id": "onb_01jd3k7x2mfq8t9v5w6y0zabcd", "partner_id": "ptn_01jd3k7x2mfq8t9v5w6y0zabcd",
    "path_id": "pth_01jd3k7x2mfq8t9v5w6y0zabcd", "path": "reseller", "path_version": 1, "title": "Your way to the first deal", "status": "running",
    "progress": {"done": 0, "required": 3, "percent": 0, "open_for_partner": 0, "open_for_vendor": 1, "overdue": 0},
    "started_at": "2026-11-20T12:00:00Z", "revision": 1, "updated_at": "2026-11-20T12:00:00Z"}))]
pub struct OnboardingSummary {
    /// Its id.
    pub id: OnboardingId,
    /// The partner.
    pub partner_id: PartnerId,
    /// The version of the path that it is on.
    pub path_id: OnboardingPathId,
    /// The path's name.
    pub path: String,
    /// The version's number.
    pub path_version: i64,
    /// What the partner reads above it.
    pub title: String,
    /// Where it stands.
    pub status: OnboardingStatus,
    /// The milestone that is next, by key; absent when all are reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub milestone: Option<String>,
    /// How far it has come.
    pub progress: OnboardingProgress,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it was completed or stopped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<DateTime<Utc>>,
    /// Why it was stopped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Raised with every change.
    pub revision: i64,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

/// Where a partner stands, what is next, and who owes it: what a portal shows.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"id": "onb_01jd3k7x2mfq8t9v5w6y0zabcd", "partner_id": "ptn_01jd3k7x2mfq8t9v5w6y0zabcd",
    "path_id": "pth_01jd3k7x2mfq8t9v5w6y0zabcd", "path": "reseller", "path_version": 1, "title": "Your way to the first deal", "status": "running",
    "milestone": "ready", "progress": {"done": 0, "required": 3, "percent": 0, "open_for_partner": 0, "open_for_vendor": 1, "overdue": 0},
    "started_at": "2026-11-20T12:00:00Z", "revision": 1, "updated_at": "2026-11-20T12:00:00Z", "days": 3, "next": [], "milestones": [],
    "available_actions": ["move", "stop"]}))]
pub struct Onboarding {
    /// What it is.
    #[serde(flatten)]
    pub summary: OnboardingSummary,
    /// Whole days since it began, or between its beginning and its end.
    pub days: i64,
    /// What can be done now, soonest due first.
    pub next: Vec<OnboardingTask>,
    /// The whole way.
    pub milestones: Vec<OnboardingMilestone>,
    /// What the caller may do with it now.
    pub available_actions: Vec<OnboardingAction>,
}

impl Resource for Onboarding {
    fn revision(&self) -> Option<i64> {
        Some(self.summary.revision)
    }
    fn location(&self) -> Option<String> {
        Some(format!("/v1/partners/{}/onboarding", self.summary.partner_id))
    }
}

/// What becomes of a partner's tasks on another path.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"path_id": "pth_01jd3k7x2mfq8t9v5w6y0zabcd", "kept": ["kick-off"], "dropped": ["demo"], "added": ["training"], "applied": false}))]
pub struct OnboardingMoved {
    /// The version that it is moved to.
    pub path_id: OnboardingPathId,
    /// Keys of tasks that both have: they stay as they are.
    pub kept: Vec<String>,
    /// Keys of tasks that were not done and that the other version does not have.
    pub dropped: Vec<String>,
    /// Keys of tasks that are new.
    pub added: Vec<String>,
    /// Whether it was done, or only looked at.
    pub applied: bool,
}

impl Resource for OnboardingMoved {}

/// On which path a partner is put.
#[derive(Debug, Clone, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"path_id": "pth_01jd3k7x2mfq8t9v5w6y0zabcd"}))]
pub struct OnboardingStart {
    /// A published version; the one that is for the partner if absent.
    pub path_id: Option<OnboardingPathId>,
}

/// To which path a partner is moved.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"path_id": "pth_01jd3k7x2mfq8t9v5w6y0zabcd", "preview": true}))]
pub struct OnboardingMove {
    /// A published version, of the same path or another.
    pub path_id: OnboardingPathId,
    /// Only say what it would mean.
    #[serde(default)]
    pub preview: bool,
}

/// Why something is done that the partner would ask about.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "They did this with us last year."}))]
pub struct OnboardingReason {
    /// A sentence for the other side.
    #[validate(length(min = 1, max = 1000), custom(function = kernel::text::not_blank))]
    #[schema(min_length = 1, max_length = 1000, pattern = r"\S")]
    pub reason: String,
}

/// What somebody shows for a task that is done.
#[derive(Debug, Clone, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"note": "Held on Monday, with both sellers.", "link": "https://drive.example/kick-off"}))]
pub struct OnboardingTaskComplete {
    /// A sentence.
    #[validate(length(min = 1, max = 1000), custom(function = kernel::text::not_blank))]
    #[schema(min_length = 1, max_length = 1000, pattern = r"\S")]
    pub note: Option<String>,
    /// Where it can be seen: an http or https URL.
    #[validate(length(min = 8, max = 2000), custom(function = super::written::web))]
    #[schema(min_length = 8, max_length = 2000, format = "uri")]
    pub link: Option<String>,
}
