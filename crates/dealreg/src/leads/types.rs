//! What goes over the wire.

use super::rules::{LeadAction, LeadStatus};
use super::{LeadFormId, LeadId};
use crate::DealId;
use crate::types::{DealContact, DealCustomer, DealLine, DealType};
use chrono::{DateTime, Datelike, NaiveDate, Utc};
use kernel::Money;
use kernel::app::Resource;
use kernel::body::{not_null, present};
use kernel::id::PartnerId;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use validator::{Validate, ValidationError};

/// The company behind a lead or a referral.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Fabrikam GmbH", "country": "DE", "domain": "fabrikam.example"}))]
pub struct LeadCompany {
    /// Its name, as it writes itself.
    #[validate(length(min = 1, max = 300), custom(function = kernel::text::not_blank))]
    #[schema(min_length = 1, max_length = 300, pattern = r"\S")]
    pub name: String,
    /// Where it sits: ISO 3166-1 alpha-2.
    #[validate(custom(function = kernel::country::country))]
    #[schema(pattern = "^[A-Z]{2}$")]
    pub country: String,
    /// Its web domain.
    #[validate(length(min = 1, max = 253))]
    #[schema(min_length = 1, max_length = 253)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
    /// Its postal address.
    #[validate(length(min = 1, max = 500))]
    #[schema(min_length = 1, max_length = 500)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Its tax or VAT number.
    #[validate(length(min = 1, max = 50))]
    #[schema(min_length = 1, max_length = 50)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax_id: Option<String>,
}

impl LeadCompany {
    /// What the matching compares.
    pub fn profile(&self) -> matching::Profile<'_> {
        matching::Profile {
            name: &self.name,
            domain: self.domain.as_deref(),
            tax_id: self.tax_id.as_deref(),
            country: Some(&self.country),
            address: self.address.as_deref(),
            phone: None,
        }
    }

    /// As the customer of a deal.
    pub fn customer(self, contact: Option<DealContact>) -> DealCustomer {
        DealCustomer { name: self.name, country: self.country, domain: self.domain, address: self.address, tax_id: self.tax_id, phone: None, contact }
    }
}

/// A lead to be captured.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"company": {"name": "Fabrikam GmbH", "country": "DE", "domain": "fabrikam.example"},
    "contact": {"name": "Ada Byron", "email": "ada@fabrikam.example"}, "interests": ["robots"], "region": "DACH", "segment": "industry",
    "amount": {"amount": 4821000, "currency": "EUR"}, "campaign": "Hannover fair", "message": "We need ten robots by March."}))]
pub struct LeadCapture {
    /// The company.
    #[validate(nested)]
    pub company: LeadCompany,
    /// Whom to talk to there.
    #[validate(nested)]
    #[serde(default)]
    pub contact: Option<DealContact>,
    /// What they wrote.
    #[validate(length(min = 1, max = 5000))]
    #[schema(min_length = 1, max_length = 5000)]
    #[serde(default)]
    pub message: Option<String>,
    /// The sales region, in the vendor's own words.
    #[validate(length(min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100)]
    #[serde(default)]
    pub region: Option<String>,
    /// The segment, in the vendor's own words.
    #[validate(length(min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100)]
    #[serde(default)]
    pub segment: Option<String>,
    /// What they are interested in: products, or what a partner has to be good at.
    #[validate(length(max = 50), custom(function = each_fits))]
    #[schema(max_items = 50)]
    #[serde(default)]
    pub interests: Vec<String>,
    /// What it may be worth.
    #[serde(default)]
    pub amount: Option<Money>,
    /// Where it came up.
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    #[serde(default)]
    pub campaign: Option<String>,
    /// Your own id of it; a lead of an id that is there already is not captured again.
    #[validate(length(min = 1, max = 200), custom(function = kernel::text::not_blank))]
    #[schema(min_length = 1, max_length = 200, pattern = r"\S")]
    #[serde(default)]
    pub external_id: Option<String>,
    /// Keep it for the vendor, rather than offer it to a partner at once.
    #[serde(default)]
    pub hold: bool,
}

/// Each interest is a short text.
pub fn each_fits(texts: &[String]) -> Result<(), ValidationError> {
    if texts.iter().all(|one| !one.trim().is_empty() && one.chars().count() <= 100) {
        return Ok(());
    }
    Err(ValidationError::new("interest").with_message("Each has 1 to 100 characters.".into()))
}

/// Changes to a lead (JSON merge patch): what is absent stays, null clears.
#[derive(Debug, Clone, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"segment": "public sector", "region": null}))]
pub struct LeadPatch {
    /// The company; replaces it as a whole.
    #[serde(default, deserialize_with = "not_null")]
    #[validate(nested)]
    #[schema(nullable = false)]
    pub company: Option<LeadCompany>,
    /// Whom to talk to there; replaces them as a whole.
    #[serde(default, deserialize_with = "not_null")]
    #[validate(nested)]
    #[schema(nullable = false)]
    pub contact: Option<DealContact>,
    /// The sales region.
    #[serde(default, deserialize_with = "present")]
    #[validate(length(min = 1, max = 100))]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 100)]
    pub region: Option<Option<String>>,
    /// The segment.
    #[serde(default, deserialize_with = "present")]
    #[validate(length(min = 1, max = 100))]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 100)]
    pub segment: Option<Option<String>>,
    /// What they are interested in; the whole list.
    #[serde(default, deserialize_with = "not_null")]
    #[validate(length(max = 50), custom(function = each_fits))]
    #[schema(nullable = false, max_items = 50)]
    pub interests: Option<Vec<String>>,
    /// What it may be worth.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(nullable = false)]
    pub amount: Option<Money>,
}

/// Where a lead came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"type": "form", "form_id": "lfm_01jd3k7x2mfq8t9v5w6y0zabcd"}))]
pub struct LeadSource {
    /// `api`, `form` or `import`. More may come.
    #[serde(rename = "type")]
    pub kind: String,
    /// The form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub form_id: Option<LeadFormId>,
}

/// Points that a rule gave.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"rule": "large", "points": 30, "sentence": "A large project.", "facts": {"lead.amount.amount": 6000000}}))]
pub struct LeadScoreReason {
    /// The rule.
    pub rule: String,
    /// What it added; 0 if it could not be told.
    pub points: i64,
    /// Why, in a sentence.
    pub sentence: String,
    /// The facts that it saw, by path.
    #[schema(value_type = std::collections::HashMap<String, Value>)]
    pub facts: Map<String, Value>,
}

/// What a lead is worth, and why.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"points": 30, "rules_version": 1, "reasons": [{"rule": "large", "points": 30, "sentence": "A large project.", "facts": {}}]}))]
pub struct LeadScore {
    /// The sum.
    pub points: i64,
    /// The version of the rules that gave them; 0 for the standard rules.
    pub rules_version: i64,
    /// Rule by rule.
    pub reasons: Vec<LeadScoreReason>,
}

/// Something that was here before and is, or resembles, the same prospect.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"kind": "lead", "id": "lead_01jd3k7x2mfq8t9v5w6y0zabcd", "by": "company", "since": "2026-11-20T12:00:00Z"}))]
pub struct LeadDuplicate {
    /// `lead`, `referral`, `deal` or `account`.
    pub kind: String,
    /// Its id here.
    pub id: String,
    /// `company` (an exact key: name, domain or tax number), `resemblance` or `email`.
    pub by: String,
    /// Since when it is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<DateTime<Utc>>,
}

/// A lead. Before it has accepted, a partner sees of it what the vendor chose, and never the contact.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"id": "lead_01jd3k7x2mfq8t9v5w6y0zabcd", "status": "offered", "partner_id": "ptn_01jd3k7x2mfq8t9v5w6y0zabcd",
    "company": {"name": "Fabrikam GmbH", "country": "DE", "domain": "fabrikam.example"}, "country": "DE", "interests": ["robots"],
    "amount": {"amount": 4821000, "currency": "EUR"}, "offer_until": "2026-11-22T12:00:00Z", "revision": 2,
    "created_at": "2026-11-20T12:00:00Z", "updated_at": "2026-11-20T12:00:00Z", "available_actions": ["accept", "decline"]}))]
pub struct Lead {
    /// Its id.
    pub id: LeadId,
    /// Where it stands.
    pub status: LeadStatus,
    /// The partner that is asked, or has taken it; absent if none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partner_id: Option<PartnerId>,
    /// The company.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub company: Option<LeadCompany>,
    /// Whom to talk to there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact: Option<DealContact>,
    /// What they wrote.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Where the company sits.
    pub country: String,
    /// The sales region.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// The segment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub segment: Option<String>,
    /// What they are interested in.
    pub interests: Vec<String>,
    /// What it may be worth.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
    /// Where it came up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub campaign: Option<String>,
    /// Where it came from; the vendor's callers only, like the next four.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<LeadSource>,
    /// The vendor's own id of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// What it is worth, and why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<LeadScore>,
    /// What was here before and is, or resembles, the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duplicates: Option<Vec<LeadDuplicate>>,
    /// How many partners were asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offers: Option<i64>,
    /// Until when the partner may accept; absent unless it is offered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offer_until: Option<DateTime<Utc>>,
    /// When it was accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accepted_at: Option<DateTime<Utc>>,
    /// How far the partner has come, in its own words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<String>,
    /// Why it ended, or came back; of what came before its partner took it, the vendor's callers only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The deal that it became.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deal_id: Option<DealId>,
    /// Raised with every change; send it as If-Match.
    pub revision: i64,
    /// When it was captured.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// What the caller may do with it now.
    pub available_actions: Vec<LeadAction>,
}

impl Resource for Lead {
    fn revision(&self) -> Option<i64> {
        Some(self.revision)
    }
    fn location(&self) -> Option<String> {
        Some(format!("/v1/leads/{}", self.id))
    }
}

/// Why: for actions that may carry a reason.
#[derive(Debug, Clone, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "Known from last year's fair."}))]
pub struct LeadNote {
    /// A sentence.
    #[validate(length(min = 1, max = 2000))]
    #[schema(min_length = 1, max_length = 2000)]
    pub reason: Option<String>,
}

/// Why, where a reason is needed.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "We have nobody free before March."}))]
pub struct LeadReason {
    /// A sentence.
    #[validate(length(min = 1, max = 2000), custom(function = kernel::text::not_blank))]
    #[schema(min_length = 1, max_length = 2000, pattern = r"\S")]
    pub reason: String,
}

/// To whom it is offered by hand.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"partner_id": "ptn_01jd3k7x2mfq8t9v5w6y0zabcd", "reason": "They asked for them."}))]
pub struct LeadAssign {
    /// The partner.
    pub partner_id: PartnerId,
    /// Why.
    #[validate(length(min = 1, max = 2000))]
    #[schema(min_length = 1, max_length = 2000)]
    #[serde(default)]
    pub reason: Option<String>,
}

/// How far a lead has come.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"stage": "demo held", "reason": "They liked it."}))]
pub struct LeadAdvance {
    /// The stage, in the partner's own words.
    #[validate(length(min = 1, max = 100), custom(function = kernel::text::not_blank))]
    #[schema(min_length = 1, max_length = 100, pattern = r"\S")]
    pub stage: String,
    /// A sentence for the vendor.
    #[validate(length(min = 1, max = 2000))]
    #[schema(min_length = 1, max_length = 2000)]
    #[serde(default)]
    pub reason: Option<String>,
}

/// The deal that a lead becomes; its customer is the lead's company.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"type": "resale", "amount": {"amount": 4821000, "currency": "EUR"}, "expected_close": "2027-03-31"}))]
pub struct LeadConvert {
    /// What kind of sale it is.
    #[serde(rename = "type")]
    pub kind: DealType,
    /// What it is worth; the lead's own amount if absent.
    #[serde(default)]
    pub amount: Option<Money>,
    /// When the sale is expected, `YYYY-MM-DD`.
    #[validate(custom(function = plausible_day))]
    pub expected_close: NaiveDate,
    /// What is sold.
    #[serde(default)]
    #[validate(length(max = 100), nested)]
    #[schema(max_items = 100)]
    pub lines: Vec<DealLine>,
    /// The vendor's own fields for deals.
    #[serde(default)]
    #[schema(value_type = HashMap<String, Value>)]
    pub custom_fields: Map<String, Value>,
}

fn plausible_day(day: &NaiveDate) -> Result<(), ValidationError> {
    if (1900..2200).contains(&day.year()) {
        return Ok(());
    }
    Err(ValidationError::new("date").with_message("Send a day between 1900-01-01 and 2199-12-31.".into()))
}

/// How an offer ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LeadOfferOutcome {
    /// The partner has not answered yet.
    Open,
    /// It took the lead.
    Accepted,
    /// It did not want it.
    Declined,
    /// It did not answer in time.
    Lapsed,
    /// It took it and gave it back.
    Returned,
    /// The vendor took it back.
    Recalled,
}

/// Whom a lead was offered to, why, and what became of it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"number": 1, "partner_id": "ptn_01jd3k7x2mfq8t9v5w6y0zabcd", "by": "ranking", "score": 87.5, "rules_version": 0,
    "outcome": "declined", "reason": "We have nobody free.", "offered_at": "2026-11-20T12:00:00Z", "until": "2026-11-22T12:00:00Z", "answered_at": "2026-11-20T14:00:00Z"}))]
pub struct LeadOffer {
    /// Its place among the lead's offers.
    pub number: i64,
    /// To whom.
    pub partner_id: PartnerId,
    /// Why them: `ranking`, `named_account`, `pin`, `protected` or `hand`.
    pub by: String,
    /// The pin, or the sentence of whoever chose by hand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// What the ranking said of them then, 0 to 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<f64>,
    /// The version of the rules; 0 for the standard rules.
    pub rules_version: i64,
    /// How it ended.
    pub outcome: LeadOfferOutcome,
    /// Why it was declined or given back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When it was made.
    pub offered_at: DateTime<Utc>,
    /// Until when it held.
    pub until: DateTime<Utc>,
    /// When it was answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answered_at: Option<DateTime<Utc>>,
}
