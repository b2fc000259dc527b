//! Walkthroughs and progress on the wire.

use super::body::{WalkthroughDraft, WalkthroughStep};
use super::rules::{Standing, WalkthroughAction, WalkthroughStatus};
use super::{WalkthroughId, WalkthroughProgressId};
use chrono::{DateTime, Utc};
use kernel::app::Resource;
use kernel::id::{PartnerId, PersonId};
use kernel::locale::Languages;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

/// Where a version stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WalkthroughVersionStatus {
    /// Not shown to anybody yet.
    Draft,
    /// Shown, if it is the latest of its name.
    Published,
    /// Shown no more.
    Retired,
}

/// A version of a walkthrough.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"id": "wlk_01jd3k7x2mfq8t9v5w6y0zabcd", "version": 1, "status": "draft", "revision": 1,
    "created_at": "2026-11-20T12:00:00Z", "updated_at": "2026-11-20T12:00:00Z", "available_actions": ["publish"],
    "walkthrough": {"name": "first-deal", "screen": "deals", "title": {"en": "Your first deal"}, "when": "true", "rank": 0, "again": false,
        "steps": [{"key": "register", "title": {"en": "Register a deal"}}]}}))]
pub struct Walkthrough {
    /// Its id.
    pub id: WalkthroughId,
    /// Its number among the versions of its name.
    pub version: i64,
    /// Where it stands.
    pub status: WalkthroughVersionStatus,
    /// What it says.
    pub walkthrough: WalkthroughDraft,
    /// Raised with every change.
    pub revision: i64,
    /// When it was drafted.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// What the caller may do with it now.
    pub available_actions: Vec<String>,
}

impl Resource for Walkthrough {
    fn revision(&self) -> Option<i64> {
        Some(self.revision)
    }
    fn location(&self) -> Option<String> {
        Some(format!("/v1/walkthroughs/{}", self.id))
    }
}

/// A step, in one language.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"key": "register", "element": "#register-deal", "title": "Register a deal", "text": "Whoever registers first is protected.",
    "language": "en", "seen": true}))]
pub struct WalkthroughStepShown {
    /// Names it.
    pub key: String,
    /// What it points at; the screen as a whole if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub element: Option<String>,
    /// Its title.
    pub title: String,
    /// What it says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The language of its title.
    pub language: String,
    /// A picture or film.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub media_url: Option<String>,
    /// Whether one has seen it.
    pub seen: bool,
}

impl WalkthroughStepShown {
    fn of(step: &WalkthroughStep, languages: &Languages, seen: bool) -> Self {
        let (title, language) = languages.shown(&step.title);
        Self {
            key: step.key.clone(),
            element: step.element.clone(),
            title: title.to_owned(),
            text: step.text.as_ref().map(|text| languages.shown(text).0.to_owned()),
            language: language.to_owned(),
            media_url: step.media_url.clone(),
            seen,
        }
    }
}

/// A walkthrough as somebody is shown it, with how far they are.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"id": "wlk_01jd3k7x2mfq8t9v5w6y0zabcd", "name": "first-deal", "version": 1, "screen": "deals", "title": "Your first deal",
    "language": "en", "status": "started", "seen": 1, "run": 1, "next": "watch", "steps": [
    {"key": "register", "title": "Register a deal", "language": "en", "seen": true},
    {"key": "watch", "title": "Watch it being decided", "language": "en", "seen": false}], "available_actions": ["see", "complete", "dismiss", "restart"]}))]
pub struct WalkthroughShown {
    /// The version.
    pub id: WalkthroughId,
    /// The walkthrough's name.
    pub name: String,
    /// The version's number.
    pub version: i64,
    /// The screen that it is for.
    pub screen: String,
    /// What stands above it.
    pub title: String,
    /// The language of its title.
    pub language: String,
    /// Where one stands in it.
    pub status: WalkthroughStatus,
    /// Steps from the beginning that one has seen.
    pub seen: i64,
    /// How often one has begun it.
    pub run: i64,
    /// The step that comes next; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// Its steps, in order.
    pub steps: Vec<WalkthroughStepShown>,
    /// What one may do now.
    pub available_actions: Vec<WalkthroughAction>,
}

impl Resource for WalkthroughShown {}

impl WalkthroughShown {
    /// A version in the languages of whoever stands so in it.
    pub fn of((id, version): (WalkthroughId, i64), body: &WalkthroughDraft, standing: Standing, languages: &Languages) -> Self {
        let (title, language) = languages.shown(&body.title);
        Self {
            id,
            name: body.name.clone(),
            version,
            screen: body.screen.clone(),
            title: title.to_owned(),
            language: language.to_owned(),
            status: standing.status,
            seen: standing.seen as i64,
            run: standing.run,
            next: body.steps.get(standing.seen).filter(|_| !standing.status.is_over()).map(|step| step.key.clone()),
            steps: body.steps.iter().enumerate().map(|(at, step)| WalkthroughStepShown::of(step, languages, at < standing.seen)).collect(),
            available_actions: standing.status.actions().to_vec(),
        }
    }
}

/// What somebody is to be shown.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"walkthroughs": [{"id": "wlk_01jd3k7x2mfq8t9v5w6y0zabcd", "name": "first-deal", "version": 1, "screen": "deals",
    "title": "Your first deal", "language": "en", "status": "new", "seen": 0, "run": 1, "next": "register", "steps": [
    {"key": "register", "title": "Register a deal", "language": "en", "seen": false}], "available_actions": ["see", "complete", "dismiss"]}]}))]
pub struct WalkthroughsForMe {
    /// What to show, the first first; 50 at most.
    pub walkthroughs: Vec<WalkthroughShown>,
}

/// What somebody did in a walkthrough.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"action": "see", "step": "register"}))]
pub struct WalkthroughDone {
    /// What they did.
    pub action: WalkthroughAction,
    /// The key of the step that they have seen: with `see`, and only with it.
    #[validate(length(min = 1, max = 60))]
    #[serde(default)]
    #[schema(min_length = 1, max_length = 60)]
    pub step: Option<String>,
}

/// How far a person has come, as events tell it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"id": "wpr_01jd3k7x2mfq8t9v5w6y0zabcd", "walkthrough_id": "wlk_01jd3k7x2mfq8t9v5w6y0zabcd", "walkthrough": "first-deal",
    "version": 1, "screen": "deals", "person_id": "per_01jd3k7x2mfq8t9v5w6y0zabcd", "partner_id": "ptn_01jd3k7x2mfq8t9v5w6y0zabcd",
    "role": "sales", "status": "completed", "seen": 2, "steps": 2, "run": 1, "started_at": "2026-11-20T12:00:00Z",
    "ended_at": "2026-11-20T12:05:00Z", "revision": 3}))]
pub struct WalkthroughProgress {
    /// Its id.
    pub id: WalkthroughProgressId,
    /// The version.
    pub walkthrough_id: WalkthroughId,
    /// The walkthrough's name.
    pub walkthrough: String,
    /// The version's number.
    pub version: i64,
    /// The screen that it is for.
    pub screen: String,
    /// Whose it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person_id: Option<PersonId>,
    /// Their partner; absent of the vendor's own people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partner_id: Option<PartnerId>,
    /// Their role.
    pub role: String,
    /// Where they stand.
    pub status: WalkthroughStatus,
    /// Steps from the beginning that they have seen.
    pub seen: i64,
    /// Steps that there are.
    pub steps: i64,
    /// How often they have begun it.
    pub run: i64,
    /// When they first began it.
    pub started_at: DateTime<Utc>,
    /// When they completed or dismissed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<DateTime<Utc>>,
    /// Raised with every change.
    pub revision: i64,
}
