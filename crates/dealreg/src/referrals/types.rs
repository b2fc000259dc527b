//! What goes over the wire.

use super::rules::{ReferralAction, ReferralStatus};
use super::{ReferralId, ReferralRewardId};
use crate::leads::types::{LeadCompany, LeadDuplicate};
use crate::types::{DealContact, SaleOutcome};
use chrono::{DateTime, Utc};
use kernel::Money;
use kernel::app::Resource;
use kernel::id::{PartnerId, PersonId};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use validator::Validate;

/// A prospect to be handed in.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"company": {"name": "Fabrikam GmbH", "country": "DE", "domain": "fabrikam.example"},
    "contact": {"name": "Ada Byron", "email": "ada@fabrikam.example"}, "product": "GTX Pro", "note": "They build a new plant.",
    "amount": {"amount": 4821000, "currency": "EUR"}}))]
pub struct ReferralSubmit {
    /// The partner that hands it in; needed from the vendor's callers, known from a partner's own.
    #[serde(default)]
    pub partner_id: Option<PartnerId>,
    /// The company.
    #[validate(nested)]
    pub company: LeadCompany,
    /// Whom to talk to there.
    #[validate(nested)]
    #[serde(default)]
    pub contact: Option<DealContact>,
    /// What they may want.
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    #[serde(default)]
    pub product: Option<String>,
    /// What it may be worth.
    #[serde(default)]
    pub amount: Option<Money>,
    /// What is worth knowing.
    #[validate(length(min = 1, max = 5000))]
    #[schema(min_length = 1, max_length = 5000)]
    #[serde(default)]
    pub note: Option<String>,
}

/// A prospect that a partner handed in.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"id": "rfl_01jd3k7x2mfq8t9v5w6y0zabcd", "partner_id": "ptn_01jd3k7x2mfq8t9v5w6y0zabcd", "status": "submitted",
    "company": {"name": "Fabrikam GmbH", "country": "DE", "domain": "fabrikam.example"}, "product": "GTX Pro",
    "expires_at": "2027-05-19T12:00:00Z", "revision": 1, "created_at": "2026-11-20T12:00:00Z", "updated_at": "2026-11-20T12:00:00Z",
    "available_actions": ["withdraw"]}))]
pub struct Referral {
    /// Its id.
    pub id: ReferralId,
    /// The partner that handed it in.
    pub partner_id: PartnerId,
    /// Where it stands.
    pub status: ReferralStatus,
    /// The company.
    pub company: LeadCompany,
    /// Whom to talk to there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact: Option<DealContact>,
    /// What they may want.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
    /// What it may be worth; once it is won, what the sale came to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
    /// What is worth knowing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// What it collided with when it came in; the vendor's callers only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conflicts: Option<Vec<LeadDuplicate>>,
    /// The vendor's person who works on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assignee_id: Option<PersonId>,
    /// How far it has come, in the vendor's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<String>,
    /// Why it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The CRM's id of the opportunity that it follows; the vendor's callers only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opportunity_external_id: Option<String>,
    /// When it expires, if no sale comes of it.
    pub expires_at: DateTime<Utc>,
    /// When the sale was made or lost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed_at: Option<DateTime<Utc>>,
    /// Raised with every change; send it as If-Match.
    pub revision: i64,
    /// When it was handed in.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// What the caller may do with it now.
    pub available_actions: Vec<ReferralAction>,
}

impl Resource for Referral {
    fn revision(&self) -> Option<i64> {
        Some(self.revision)
    }
    fn location(&self) -> Option<String> {
        Some(format!("/v1/referrals/{}", self.id))
    }
}

/// Who takes it up.
#[derive(Debug, Clone, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"opportunity_external_id": "O-99", "reason": "Thank you, we call them this week."}))]
pub struct ReferralAccept {
    /// The vendor's person who works on it.
    #[serde(default)]
    pub assignee_id: Option<PersonId>,
    /// The CRM's id of the opportunity that it is to follow.
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    #[serde(default)]
    pub opportunity_external_id: Option<String>,
    /// A sentence for the partner.
    #[validate(length(min = 1, max = 2000))]
    #[schema(min_length = 1, max_length = 2000)]
    #[serde(default)]
    pub reason: Option<String>,
}

/// How far it has come.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"stage": "offer sent", "reason": "They decide in March."}))]
pub struct ReferralAdvance {
    /// The stage, in the vendor's words.
    #[validate(length(min = 1, max = 100), custom(function = kernel::text::not_blank))]
    #[schema(min_length = 1, max_length = 100, pattern = r"\S")]
    pub stage: String,
    /// The CRM's id of the opportunity that it is to follow.
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    #[serde(default)]
    pub opportunity_external_id: Option<String>,
    /// A sentence for the partner.
    #[validate(length(min = 1, max = 2000))]
    #[schema(min_length = 1, max_length = 2000)]
    #[serde(default)]
    pub reason: Option<String>,
}

/// How the sale ended.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"outcome": "won", "amount": {"amount": 4821000, "currency": "EUR"}}))]
pub struct ReferralClose {
    /// Won or lost.
    pub outcome: SaleOutcome,
    /// What the sale came to; what the referral says if absent.
    #[serde(default)]
    pub amount: Option<Money>,
    /// A sentence for the partner.
    #[validate(length(min = 1, max = 2000))]
    #[schema(min_length = 1, max_length = 2000)]
    #[serde(default)]
    pub reason: Option<String>,
}

/// Why, where a reason is needed.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "They buy direct."}))]
pub struct ReferralReason {
    /// A sentence for the partner.
    #[validate(length(min = 1, max = 2000), custom(function = kernel::text::not_blank))]
    #[schema(min_length = 1, max_length = 2000, pattern = r"\S")]
    pub reason: String,
}

/// Why: where a reason may be given.
#[derive(Debug, Clone, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "They went with somebody else."}))]
pub struct ReferralNote {
    /// A sentence.
    #[validate(length(min = 1, max = 2000))]
    #[schema(min_length = 1, max_length = 2000)]
    pub reason: Option<String>,
}

/// Whether a reward is due, or undoes one that was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReferralRewardKind {
    /// It is due to the partner.
    Due,
    /// It undoes the one named in `reverses_id`: as much is not due any more.
    Reversal,
}

/// A record of what a referral earned. It is never changed.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"id": "rwd_01jd3k7x2mfq8t9v5w6y0zabcd", "referral_id": "rfl_01jd3k7x2mfq8t9v5w6y0zabcd",
    "partner_id": "ptn_01jd3k7x2mfq8t9v5w6y0zabcd", "kind": "due", "amount": {"amount": 241050, "currency": "EUR"}, "rules_version": 1,
    "rule": "everybody", "facts": {}, "created_at": "2026-11-20T12:00:00Z"}))]
pub struct ReferralReward {
    /// Its id.
    pub id: ReferralRewardId,
    /// The referral.
    pub referral_id: ReferralId,
    /// The partner that it is due to.
    pub partner_id: PartnerId,
    /// Whether it is due, or undoes one that was.
    pub kind: ReferralRewardKind,
    /// The record that it undoes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reverses_id: Option<ReferralRewardId>,
    /// How much.
    pub amount: Money,
    /// The version of the rules that decided; 0 for the standard rules.
    pub rules_version: i64,
    /// The rule that decided.
    pub rule: String,
    /// The facts that it saw, by path.
    #[schema(value_type = std::collections::HashMap<String, Value>)]
    pub facts: Map<String, Value>,
    /// When it was recorded.
    pub created_at: DateTime<Utc>,
}
