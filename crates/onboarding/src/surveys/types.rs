//! Surveys and invitations on the wire.

use super::{SurveyId, SurveyInvitationId};
use chrono::{DateTime, Utc};
use kernel::app::Resource;
use kernel::id::{PartnerId, PersonId};
use kernel::locale::{Texts, each_fits};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::{Validate, ValidationError};

/// What is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SurveyQuestionKind {
    /// How satisfied one is: a whole number from 1 to 5.
    Psat,
    /// How likely one would recommend it: a whole number from 0 to 10.
    Nps,
    /// One of the choices, by key.
    Choice,
    /// A text of at most 4,000 characters.
    Text,
}

/// Something to choose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"key": "price", "text": {"en": "The price"}}))]
pub struct SurveyChoice {
    /// Names it; unique in the question.
    #[validate(length(min = 1, max = 50), custom(function = a_key))]
    #[schema(min_length = 1, max_length = 50, pattern = "^[a-z0-9_-]+$")]
    pub key: String,
    /// Its text by language.
    #[validate(custom(function = each_fits))]
    #[schema(value_type = std::collections::HashMap<String, String>)]
    pub text: Texts,
}

/// A question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"key": "satisfaction", "kind": "psat", "text": {"en": "How satisfied are you?", "de": "Wie zufrieden sind Sie?"}, "required": true}))]
pub struct SurveyQuestion {
    /// Names it; unique in the survey.
    #[validate(length(min = 1, max = 50), custom(function = a_key))]
    #[schema(min_length = 1, max_length = 50, pattern = "^[a-z0-9_-]+$")]
    pub key: String,
    /// What is answered.
    pub kind: SurveyQuestionKind,
    /// Its text by language.
    #[validate(custom(function = each_fits))]
    #[schema(value_type = std::collections::HashMap<String, String>)]
    pub text: Texts,
    /// Whether it has to be answered.
    #[serde(default)]
    pub required: bool,
    /// What may be chosen; of a choice only.
    #[validate(length(max = 30), nested)]
    #[schema(max_items = 30)]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<SurveyChoice>,
}

fn a_key(key: &str) -> Result<(), ValidationError> {
    if key.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'-')) {
        return Ok(());
    }
    Err(ValidationError::new("key").with_message("Use lower-case letters, digits, _ and -.".into()))
}

/// What a survey asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "end-of-onboarding", "title": {"en": "How was your start?"}, "page": "https://portal.example.com/survey",
    "questions": [{"key": "satisfaction", "kind": "psat", "text": {"en": "How satisfied are you?"}, "required": true},
        {"key": "recommend", "kind": "nps", "text": {"en": "Would you recommend us?"}}, {"key": "why", "kind": "text", "text": {"en": "Why?"}}],
    "expires_days": 30, "low_psat": 2, "low_nps": 6}))]
pub struct SurveyContent {
    /// Names the survey for automations; the next survey of the same name is its next version.
    #[validate(length(min = 1, max = 100), custom(function = a_key))]
    #[schema(min_length = 1, max_length = 100, pattern = "^[a-z0-9_-]+$")]
    pub name: String,
    /// Its title by language.
    #[validate(custom(function = each_fits))]
    #[schema(value_type = std::collections::HashMap<String, String>)]
    pub title: Texts,
    /// The vendor's page that asks it; links lead there, with their secret behind `#survey=`.
    #[validate(length(min = 1, max = 500), custom(function = a_page))]
    #[schema(min_length = 1, max_length = 500)]
    pub page: String,
    /// What is asked, in order.
    #[validate(length(min = 1, max = 30), nested)]
    #[schema(min_items = 1, max_items = 30)]
    pub questions: Vec<SurveyQuestion>,
    /// Days after which a link answers no more.
    #[validate(range(min = 1, max = 365))]
    #[schema(minimum = 1, maximum = 365)]
    pub expires_days: i64,
    /// Up to this a PSAT answer is low; 0 for never.
    #[validate(range(min = 0, max = 5))]
    #[schema(minimum = 0, maximum = 5)]
    pub low_psat: i64,
    /// Up to this an NPS answer is low; -1 for never.
    #[validate(range(min = -1, max = 10))]
    #[schema(minimum = -1, maximum = 10)]
    pub low_nps: i64,
}

fn a_page(page: &str) -> Result<(), ValidationError> {
    let fits =
        url::Url::parse(page).is_ok_and(|url| matches!(url.scheme(), "https" | "http") && url.fragment().is_none() && url.password().is_none());
    if fits {
        Ok(())
    } else {
        Err(ValidationError::new("url").with_message("Give an address that begins with https:// or http://, without a #.".into()))
    }
}

/// Whether it is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SurveyStatus {
    /// It may be sent.
    Open,
    /// It is neither sent nor answered any more.
    Closed,
}

/// A version of a survey.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"id": "svy_01jd3k7x2mfq8t9v5w6y0zabcd", "version": 1, "status": "open", "revision": 1, "created_at": "2026-11-20T12:00:00Z",
    "updated_at": "2026-11-20T12:00:00Z", "available_actions": ["send", "close"], "content": {"name": "end-of-onboarding",
    "title": {"en": "How was your start?"}, "page": "https://portal.example.com/survey", "questions": [{"key": "satisfaction", "kind": "psat",
    "text": {"en": "How satisfied are you?"}, "required": true}], "expires_days": 30, "low_psat": 2, "low_nps": 6}}))]
pub struct Survey {
    /// Its id.
    pub id: SurveyId,
    /// Its number among the surveys of its name.
    pub version: i64,
    /// Whether it is asked.
    pub status: SurveyStatus,
    /// What it asks.
    pub content: SurveyContent,
    /// Raised with every change.
    pub revision: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// What the caller may do with it now.
    pub available_actions: Vec<String>,
}

impl Resource for Survey {
    fn revision(&self) -> Option<i64> {
        Some(self.revision)
    }
    fn location(&self) -> Option<String> {
        Some(format!("/v1/surveys/{}", self.id))
    }
}

/// Whom a survey asks.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"partner_ids": ["ptn_01jd3k7x2mfq8t9v5w6y0zabcd"], "roles": ["partner_admin"], "wave": "2026-q4"}))]
pub struct SurveySend {
    /// The partners whose people are asked.
    #[validate(length(min = 1, max = 100))]
    #[schema(min_items = 1, max_items = 100)]
    pub partner_ids: Vec<PartnerId>,
    /// Only people in these roles; all if absent.
    #[validate(length(max = 20))]
    #[schema(max_items = 20)]
    #[serde(default)]
    pub roles: Vec<access::RoleName>,
    /// Names the occasion: each person is asked once for each.
    #[validate(length(min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100)]
    #[serde(default)]
    pub wave: Option<String>,
}

/// How many are asked now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(example = json!({"sent": 12, "passed_over": 1}))]
pub struct SurveySent {
    /// New invitations.
    pub sent: i64,
    /// People who were asked before on the same occasion.
    pub passed_over: i64,
}

impl Resource for SurveySent {}

/// Where an invitation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SurveyInvitationStatus {
    /// It may be answered.
    Sent,
    /// It was answered.
    Answered,
    /// It was not answered in time.
    Expired,
}

/// A person who is asked.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"id": "svi_01jd3k7x2mfq8t9v5w6y0zabcd", "survey_id": "svy_01jd3k7x2mfq8t9v5w6y0zabcd", "survey": "end-of-onboarding",
    "partner_id": "ptn_01jd3k7x2mfq8t9v5w6y0zabcd", "person_id": "per_01jd3k7x2mfq8t9v5w6y0zabcd", "status": "answered", "psat": 4, "nps": 9,
    "sent_at": "2026-11-20T12:00:00Z", "expires_at": "2026-12-20T12:00:00Z", "answered_at": "2026-11-21T12:00:00Z", "revision": 2,
    "available_actions": []}))]
pub struct SurveyInvitation {
    /// Its id.
    pub id: SurveyInvitationId,
    /// The survey.
    pub survey_id: SurveyId,
    /// The survey's name.
    pub survey: String,
    /// The partner.
    pub partner_id: PartnerId,
    /// Who is asked.
    pub person_id: PersonId,
    /// What about: the wave, or the subject of the event that sent it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
    /// Where it stands.
    pub status: SurveyInvitationStatus,
    /// The lowest PSAT answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub psat: Option<i64>,
    /// The lowest NPS answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nps: Option<i64>,
    /// The answers by question; never in events.
    #[schema(value_type = Option<std::collections::HashMap<String, serde_json::Value>>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answers: Option<serde_json::Map<String, serde_json::Value>>,
    /// When it was sent.
    pub sent_at: DateTime<Utc>,
    /// Until when it may be answered.
    pub expires_at: DateTime<Utc>,
    /// When it was answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answered_at: Option<DateTime<Utc>>,
    /// Raised with every change.
    pub revision: i64,
    /// What the caller may do with it now.
    pub available_actions: Vec<String>,
}

impl Resource for SurveyInvitation {
    fn revision(&self) -> Option<i64> {
        Some(self.revision)
    }
}

/// Whether a link is on its way.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"sent": true}))]
pub struct SurveyLink {
    /// Whether it goes out by mail.
    pub sent: bool,
    /// The link, only if this installation sends no mail: hand it over yourself, by a way that nobody else reads.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
}

impl Resource for SurveyLink {}
