//! What goes over the wire of requests to check providers: requests, and what a provider answers.

use super::CheckRequestId;
use crate::applications::ApplicationId;
use crate::vetting::VettingCheckId;
use crate::vetting::checks::types::VettingSubjectKind;
use crate::vetting::providers::CheckProviderId;
use crate::vetting::providers::types::CheckProviderKind;
use chrono::{DateTime, Utc};
use kernel::app::Resource;
use kernel::id::PartnerId;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};
use validator::{Validate, ValidationError, ValidationErrors};

/// Bytes of evidence that are kept.
const MOST_EVIDENCE: usize = 8 * 1024;

/// Where a request stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CheckRequestStatus {
    /// The provider is asked.
    Requested,
    /// The provider works on it and answers later.
    Pending,
    /// It was answered.
    Answered,
    /// It was refused, or not answered in time.
    Unanswered,
    /// Nobody needs the answer any more.
    Cancelled,
}

impl CheckRequestStatus {
    /// Every status.
    pub const ALL: &[Self] = &[Self::Requested, Self::Pending, Self::Answered, Self::Unanswered, Self::Cancelled];

    /// Its name in the database.
    pub fn wire(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Pending => "pending",
            Self::Answered => "answered",
            Self::Unanswered => "unanswered",
            Self::Cancelled => "cancelled",
        }
    }

    pub(crate) fn stored(text: &str) -> Self {
        Self::ALL.iter().copied().find(|status| status.wire() == text).unwrap_or(Self::Cancelled)
    }

    /// Whether an answer may still come.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Requested | Self::Pending)
    }
}

/// What may be done with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CheckRequestAction {
    /// Ask once more.
    Retry,
}

/// What a provider was asked.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"id": "chq_01jd3k7x2mfq8t9v5w6y0zabcd", "provider_id": "chp_01jd3k7x2mfq8t9v5w6y0zabcd", "kind": "credit", "subject_kind": "partner",
    "partner_id": "ptn_01jd3k7x2mfq8t9v5w6y0zabcd", "status": "answered", "result": "clear", "check_id": "vck_01jd3k7x2mfq8t9v5w6y0zabcd", "attempts": 1,
    "requested_at": "2026-11-20T12:00:00Z", "answered_at": "2026-11-20T12:00:03Z", "revision": 2, "updated_at": "2026-11-20T12:00:03Z",
    "available_actions": []}))]
pub struct CheckRequest {
    /// Its id.
    pub id: CheckRequestId,
    /// The provider.
    pub provider_id: CheckProviderId,
    /// What it checks.
    pub kind: CheckProviderKind,
    /// Who is checked; of an application, the company is the `partner` and the contact the `person`.
    pub subject_kind: VettingSubjectKind,
    /// The partner that they are, or belong to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partner_id: Option<PartnerId>,
    /// The application that it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub application_id: Option<ApplicationId>,
    /// Where it stands.
    pub status: CheckRequestStatus,
    /// What it was answered with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<CheckAnswerResult>,
    /// The check in the register that came of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub check_id: Option<VettingCheckId>,
    /// How often the provider was called for it.
    pub attempts: i64,
    /// What went wrong last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
    /// The status that the provider answered with last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_status: Option<i64>,
    /// When the provider is called again, or its time is over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_at: Option<DateTime<Utc>>,
    /// When it was asked for.
    pub requested_at: DateTime<Utc>,
    /// Until when it has to be answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer_by: Option<DateTime<Utc>>,
    /// When it was answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answered_at: Option<DateTime<Utc>>,
    /// Raised with every change.
    pub revision: i64,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// What the caller may do with it now.
    pub available_actions: Vec<CheckRequestAction>,
}

impl Resource for CheckRequest {
    fn revision(&self) -> Option<i64> {
        Some(self.revision)
    }
}

/// What a provider found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CheckAnswerResult {
    /// Nothing speaks against it.
    Clear,
    /// A person has to look.
    Review,
    /// Something speaks against it.
    Fail,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Validate)]
pub struct CheckFound {
    /// What it comes to.
    pub result: CheckAnswerResult,
    /// The provider's own score.
    #[validate(range(min = 0, max = 1_000_000))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<i64>,
    /// Its name there.
    #[validate(length(min = 1, max = 500))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// Why, in a sentence.
    #[validate(length(min = 1, max = 500))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// What it rests on: at most 8 KB.
    #[validate(custom(function = fits))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Map<String, Value>>,
    /// How long it is good for; if absent, as long as the provider's answers are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<DateTime<Utc>>,
}

fn fits(evidence: &Map<String, Value>) -> Result<(), ValidationError> {
    let bytes = serde_json::to_vec(evidence).map_or(usize::MAX, |bytes| bytes.len());
    if bytes <= MOST_EVIDENCE { Ok(()) } else { Err(ValidationError::new("too_large").with_message("At most 8 KB.".into())) }
}

/// What a provider answers to a request, at once: what was found, or `{"status": "pending"}`. Members that are not known here are passed over.
#[derive(Debug, Clone, PartialEq)]
pub enum CheckAnswer {
    /// It takes longer: a callback follows.
    Pending,
    /// Here it is.
    Found(CheckFound),
}

impl<'de> Deserialize<'de> for CheckAnswer {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let answer = Value::deserialize(from)?;
        match answer["status"].as_str() {
            Some("pending") => Ok(Self::Pending),
            _ => CheckFound::deserialize(answer).map(Self::Found).map_err(D::Error::custom),
        }
    }
}

impl Validate for CheckAnswer {
    fn validate(&self) -> Result<(), ValidationErrors> {
        match self {
            Self::Pending => Ok(()),
            Self::Found(found) => found.validate(),
        }
    }
}

/// A provider's later answer.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"token": "vnd_01jd3k7x2mfq8t9v5w6y0zabcd.chq_01jd3k7x2mfq8t9v5w6y0zabcd.00112233", "result": "review", "score": 42,
    "reference": "CW-4711", "summary": "Two late payments.", "evidence": {"late_payments": 2}, "valid_until": "2027-05-20T00:00:00Z"}))]
pub struct CheckCallback {
    /// The token that came with the request; it answers once.
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    pub token: String,
    /// What it comes to.
    pub result: CheckAnswerResult,
    /// The provider's own score.
    #[validate(range(min = 0, max = 1_000_000))]
    #[schema(minimum = 0, maximum = 1_000_000)]
    #[serde(default)]
    pub score: Option<i64>,
    /// Its name there.
    #[validate(length(min = 1, max = 500))]
    #[schema(min_length = 1, max_length = 500)]
    #[serde(default)]
    pub reference: Option<String>,
    /// Why, in a sentence.
    #[validate(length(min = 1, max = 500))]
    #[schema(min_length = 1, max_length = 500)]
    #[serde(default)]
    pub summary: Option<String>,
    /// What it rests on: at most 8 KB.
    #[validate(custom(function = fits))]
    #[schema(value_type = Option<std::collections::HashMap<String, Value>>)]
    #[serde(default)]
    pub evidence: Option<Map<String, Value>>,
    /// How long it is good for; if absent, as long as the provider's answers are.
    #[serde(default)]
    pub valid_until: Option<DateTime<Utc>>,
}

impl CheckCallback {
    /// What it says was found.
    pub fn found(self) -> CheckFound {
        let Self { token: _, result, score, reference, summary, evidence, valid_until } = self;
        CheckFound { result, score, reference, summary, evidence, valid_until }
    }
}

/// That a callback was taken.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"received": true}))]
pub struct CheckReceipt {
    /// Always true.
    pub received: bool,
}

impl Resource for CheckReceipt {}

/// Filters of the list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CheckRequestQuery {
    /// Only about this partner, its owners and its people.
    pub partner_id: Option<PartnerId>,
    /// Only about this application.
    pub application_id: Option<ApplicationId>,
    /// Only to this provider.
    pub provider_id: Option<CheckProviderId>,
    /// Only those that stand there.
    #[param(inline)]
    pub status: Option<CheckRequestStatus>,
    /// Rows on the page, 1 to 200; 25 if absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}
