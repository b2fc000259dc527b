//! Requests for special prices on the wire.

use super::PricingRequestId;
use super::rules::{PricingRequestAction, PricingRequestStatus};
use crate::DealId;
use chrono::{DateTime, Utc};
use kernel::Money;
use kernel::actor::ActorRef;
use kernel::app::Resource;
use kernel::id::{PartnerId, PersonId};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use validator::Validate;

/// A discount on one line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"line": 0, "basis_points": 1000}))]
pub struct PricingAskLine {
    /// The deal's line, from 0.
    #[validate(range(min = 0, max = 99))]
    #[schema(minimum = 0, maximum = 99)]
    pub line: i64,
    /// The discount, in hundredths of a percent.
    #[validate(range(min = 1, max = 10000))]
    #[schema(minimum = 1, maximum = 10000)]
    pub basis_points: i64,
}

/// A request for a special price.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"lines": [{"line": 0, "basis_points": 1000}], "reason": "They compare us with a cheaper offer.", "competitor": "Contoso"}))]
pub struct PricingAsk {
    /// The discounts, at most one for each line.
    #[validate(length(min = 1, max = 100), nested)]
    #[schema(min_items = 1, max_items = 100)]
    pub lines: Vec<PricingAskLine>,
    /// Why.
    #[validate(length(min = 1, max = 2000), custom(function = kernel::text::not_blank))]
    #[schema(min_length = 1, max_length = 2000, pattern = r"\S")]
    pub reason: String,
    /// Against whom, if that is known.
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    pub competitor: Option<String>,
    /// Until when it is needed; as long as the terms say, if absent.
    pub valid_until: Option<DateTime<Utc>>,
}

/// How a request is approved.
#[derive(Debug, Clone, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "For this quarter."}))]
pub struct PricingApprove {
    /// The discounts: as asked for, or as approved before, if absent; never more than was asked for.
    #[validate(length(min = 1, max = 100), nested)]
    #[schema(min_items = 1, max_items = 100)]
    pub lines: Option<Vec<PricingAskLine>>,
    /// Until when; as asked for, or as long as the terms say, if absent.
    pub valid_until: Option<DateTime<Utc>>,
    /// A sentence for the partner.
    #[validate(length(min = 1, max = 500))]
    #[schema(min_length = 1, max_length = 500)]
    pub reason: Option<String>,
}

/// Another price.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"lines": [{"line": 0, "basis_points": 600}], "reason": "That is what we can do."}))]
pub struct PricingCounter {
    /// The discounts that are offered.
    #[validate(length(min = 1, max = 100), nested)]
    #[schema(min_items = 1, max_items = 100)]
    pub lines: Vec<PricingAskLine>,
    /// Until when; as asked for, or as long as the terms say, if absent.
    pub valid_until: Option<DateTime<Utc>>,
    /// A sentence for the partner.
    #[validate(length(min = 1, max = 500))]
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
}

/// Why a request is declined, or a price taken back.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "The price is good as it is."}))]
pub struct PricingReason {
    /// A sentence for the partner.
    #[validate(length(min = 1, max = 500))]
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
}

/// One line of a request or of an offer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"line": 0, "product": "GTX Pro", "basis_points": 1000, "price": {"amount": 433890, "currency": "EUR"}}))]
pub struct PricingLine {
    /// The deal's line.
    pub line: i64,
    /// Its product: the price is for this one.
    pub product: String,
    /// The discount, in hundredths of a percent.
    pub basis_points: i64,
    /// What one, or one period, or the commitment then costs; absent if the line says no price of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Money>,
}

/// An approval that was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"by": {"type": "person", "id": "per_01jd3k7x2mfq8t9v5w6y0zabcd"}, "at": "2026-11-20T12:00:00Z"}))]
pub struct PricingApproval {
    /// Who.
    pub by: ActorRef,
    /// When.
    pub at: DateTime<Utc>,
}

/// A request for a special price, and what became of it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"id": "spr_01jd3k7x2mfq8t9v5w6y0zabcd", "deal_id": "deal_01jd3k7x2mfq8t9v5w6y0zabcd", "partner_id": "ptn_01jd3k7x2mfq8t9v5w6y0zabcd",
    "status": "open", "asked": [{"line": 0, "product": "GTX Pro", "basis_points": 1000, "price": {"amount": 433890, "currency": "EUR"}}],
    "reason": "They compare us with a cheaper offer.", "competitor": "Contoso", "code": "review", "sentence": "A person decides.", "terms_version": 1,
    "facts": {}, "revision": 1, "created_at": "2026-11-20T12:00:00Z", "updated_at": "2026-11-20T12:00:00Z", "available_actions": ["withdraw"]}))]
pub struct PricingRequest {
    /// Its id.
    pub id: PricingRequestId,
    /// The deal.
    pub deal_id: DealId,
    /// Whose deal it is.
    pub partner_id: PartnerId,
    /// Where it stands.
    pub status: PricingRequestStatus,
    /// What was asked for.
    pub asked: Vec<PricingLine>,
    /// What is offered or was approved; absent until then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offered: Option<Vec<PricingLine>>,
    /// Why, as its partner said.
    pub reason: String,
    /// Against whom, as its partner said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub competitor: Option<String>,
    /// The person who asked; the vendor's callers only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requested_by: Option<PersonId>,
    /// Until when the price is valid, or was asked or offered to be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<DateTime<Utc>>,
    /// Stable code of what became of it: `review`, `second_approval`, `approved_by_rule`, `approved_by_hand`, `countered`, `declined`, `withdrawn`,
    /// `expired`, `revoked`, `deal_ended`, `deal_won`, `lines_changed` or `superseded`. More may come.
    pub code: String,
    /// The same for people.
    pub sentence: String,
    /// The rule of the terms that says whose approval it needs; absent if none did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// The version of the commercial terms; 0 where the vendor had published none.
    pub terms_version: i64,
    /// The facts that the rule read, by path; a partner sees its own.
    #[schema(value_type = std::collections::HashMap<String, Value>)]
    pub facts: Map<String, Value>,
    /// Who has approved what is offered; the vendor's callers only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approvals: Option<Vec<PricingApproval>>,
    /// How many people have to; the vendor's callers only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approvals_needed: Option<usize>,
    /// Raised with every change.
    pub revision: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// What the caller may do with it now.
    pub available_actions: Vec<PricingRequestAction>,
}

impl Resource for PricingRequest {
    fn revision(&self) -> Option<i64> {
        Some(self.revision)
    }
    fn location(&self) -> Option<String> {
        Some(format!("/v1/pricing-requests/{}", self.id))
    }
}

impl PricingRequest {
    /// The only facts in it that are its partner's own.
    pub fn without_rivals(mut self) -> Self {
        self.facts.retain(|path, _| crate::decide::is_own(path) || path.split('.').next() == Some("request"));
        self
    }
}
