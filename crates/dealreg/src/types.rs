//! What goes over the wire.

use crate::DealId;
use crate::commercial::estimated::DealEstimate;
use crate::conflict::Conflict;
use crate::decide::Decision;
use crate::incumbency::IncumbencyId;
use crate::review::types::{DealApproval, DealReview};
use crate::rules::{Action, Status};
use chrono::{DateTime, Datelike, NaiveDate, Utc};
use kernel::Money;
use kernel::app::Resource;
use kernel::body::not_null;
use kernel::id::PartnerId;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use validator::{Validate, ValidationError};

/// What kind of sale a deal is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DealType {
    /// The partner buys and sells on.
    Resale,
    /// The partner hands the customer over.
    Referral,
    /// Partner and vendor sell together.
    CoSell,
    /// The partner sells its services around the product.
    Service,
}

impl DealType {
    /// Every type.
    pub const ALL: &[DealType] = &[DealType::Resale, DealType::Referral, DealType::CoSell, DealType::Service];

    /// Its name in the database and on the wire.
    pub fn wire(self) -> &'static str {
        match self {
            Self::Resale => "resale",
            Self::Referral => "referral",
            Self::CoSell => "co_sell",
            Self::Service => "service",
        }
    }
}

/// The person to talk to at the customer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Ada Byron", "email": "ada@fabrikam.example", "phone": "+49 30 1234567"}))]
pub struct DealContact {
    /// Name.
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// E-mail address.
    #[validate(length(max = 254), email)]
    #[schema(max_length = 254)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Telephone number.
    #[validate(length(max = 50))]
    #[schema(max_length = 50)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
}

/// To whom the sale is made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Fabrikam GmbH", "country": "DE", "domain": "fabrikam.example", "address": "Unter den Linden 1, Berlin", "tax_id": "DE811569869"}))]
pub struct DealCustomer {
    /// The company's name, as it writes itself.
    #[validate(length(min = 1, max = 300), custom(function = kernel::text::not_blank))]
    #[schema(min_length = 1, max_length = 300, pattern = r"\S")]
    pub name: String,
    /// Where it sits: ISO 3166-1 alpha-2.
    #[validate(custom(function = kernel::country::country))]
    #[schema(pattern = "^[A-Z]{2}$")]
    pub country: String,
    /// Its web domain; the surest way to tell companies apart, after the tax number.
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
    /// Its telephone number.
    #[validate(length(min = 1, max = 50))]
    #[schema(min_length = 1, max_length = 50)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Whom to talk to there.
    #[validate(nested)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<DealContact>,
}

impl DealCustomer {
    /// What the matching compares.
    pub fn profile(&self) -> matching::Profile<'_> {
        matching::Profile {
            name: &self.name,
            domain: self.domain.as_deref(),
            tax_id: self.tax_id.as_deref(),
            country: Some(&self.country),
            address: self.address.as_deref(),
            phone: self.phone.as_deref(),
        }
    }
}

/// One product in a deal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"product": "GTX Pro", "quantity": 10, "unit_price": {"amount": 482100, "currency": "EUR"}}))]
pub struct DealLine {
    /// The product's name or number.
    #[validate(length(min = 1, max = 200), custom(function = kernel::text::not_blank))]
    #[schema(min_length = 1, max_length = 200, pattern = r"\S")]
    pub product: String,
    /// How many.
    #[validate(range(min = 1, max = 1_000_000))]
    #[schema(minimum = 1, maximum = 1_000_000)]
    pub quantity: i64,
    /// What one costs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit_price: Option<Money>,
    /// How the vendor pays the partner for it; `resale` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<DealLineModel>,
    /// For how many months it is sold: of a subscription or a share of revenue.
    #[validate(range(min = 1, max = 120))]
    #[schema(minimum = 1, maximum = 120)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub term_months: Option<i64>,
    /// When a subscription is to be renewed, `YYYY-MM-DD`; the end of its term from the day on which it was won, if absent.
    #[validate(custom(function = plausible_day))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renews_on: Option<NaiveDate>,
    /// What the customer pays for the whole line, again and again: of a subscription or a share of revenue.
    #[validate(nested)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recurring: Option<DealRecurring>,
    /// What the customer commits to consume in all, of the model consumption; what it does consume is recorded later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub committed: Option<Money>,
}

impl DealLine {
    /// How the vendor pays for it.
    pub fn model(&self) -> DealLineModel {
        self.model.unwrap_or(DealLineModel::Resale)
    }
}

/// How the vendor pays a partner for a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DealLineModel {
    /// A margin off the list price, or of the amount.
    Resale,
    /// A part of what recurs, for a term, at whose end it is renewed.
    Subscription,
    /// A part of what is consumed: of what was committed at first, of what was measured later.
    Consumption,
    /// A part of what the customer pays, for a number of months.
    RevenueShare,
}

/// How often something is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DealPeriod {
    /// Every month.
    Month,
    /// Every three months.
    Quarter,
    /// Every twelve months.
    Year,
}

impl DealPeriod {
    /// Its length in months.
    pub fn months(self) -> i64 {
        match self {
            Self::Month => 1,
            Self::Quarter => 3,
            Self::Year => 12,
        }
    }
}

/// What the customer pays again and again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"amount": {"amount": 99000, "currency": "EUR"}, "every": "month"}))]
pub struct DealRecurring {
    /// How much each time.
    pub amount: Money,
    /// How often.
    pub every: DealPeriod,
}

/// A deal to register or to check.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "type": "resale", "customer": {"name": "Fabrikam GmbH", "country": "DE", "domain": "fabrikam.example"},
    "amount": {"amount": 4821000, "currency": "EUR"}, "expected_close": "2027-03-31",
    "lines": [{"product": "GTX Pro", "quantity": 10, "unit_price": {"amount": 482100, "currency": "EUR"}}]}))]
pub struct DealRegister {
    /// The partner that registers; needed from the vendor's callers, known from a partner's own.
    pub partner_id: Option<PartnerId>,
    /// What kind of sale it is.
    #[serde(rename = "type")]
    pub kind: DealType,
    /// To whom.
    #[validate(nested)]
    pub customer: DealCustomer,
    /// What it is worth.
    pub amount: Money,
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
    /// Keep it as a draft: nothing is decided until it is submitted.
    #[serde(default)]
    pub draft: bool,
    /// The incumbency of the partner's own that it renews. Without it a registration for a product whose renewal is due is recognised as well.
    #[serde(default)]
    pub renews: Option<IncumbencyId>,
    /// Ask for help with it at once, unless it is refused; not for a draft. Takes the permission `cosell:work`.
    #[validate(nested)]
    #[serde(default)]
    pub cosell: Option<crate::cosell::CosellAsk>,
}

fn plausible_day(day: &NaiveDate) -> Result<(), ValidationError> {
    if (1900..2200).contains(&day.year()) {
        return Ok(());
    }
    Err(ValidationError::new("date").with_message("Send a day between 1900-01-01 and 2199-12-31.".into()))
}

/// Changes to a deal, as a JSON merge patch.
///
/// Customer and type can be changed while it is a draft, a question is open or it was rejected: before it is handed
/// in (again). The rest also while it is in review or approved.
#[derive(Debug, Clone, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"amount": {"amount": 5200000, "currency": "EUR"}, "expected_close": "2027-04-30"}))]
pub struct DealPatch {
    /// What kind of sale it is.
    #[serde(rename = "type", default, deserialize_with = "not_null")]
    #[schema(nullable = false)]
    pub kind: Option<DealType>,
    /// To whom; replaces the customer as a whole.
    #[serde(default, deserialize_with = "not_null")]
    #[validate(nested)]
    #[schema(nullable = false)]
    pub customer: Option<DealCustomer>,
    /// What it is worth.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(nullable = false)]
    pub amount: Option<Money>,
    /// When the sale is expected, `YYYY-MM-DD`.
    #[serde(default, deserialize_with = "not_null")]
    #[validate(custom(function = plausible_day))]
    #[schema(nullable = false)]
    pub expected_close: Option<NaiveDate>,
    /// What is sold; replaces the lines as a whole.
    #[serde(default, deserialize_with = "not_null")]
    #[validate(length(max = 100), nested)]
    #[schema(nullable = false, max_items = 100)]
    pub lines: Option<Vec<DealLine>>,
    /// The vendor's own fields; merged member by member, null takes one out.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(value_type = HashMap<String, Value>, nullable = false)]
    pub custom_fields: Option<Map<String, Value>>,
}

/// A deal registration.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "deal_01jd3k7x2mfq8t9v5w6y0zabcd", "partner_id": "ptn_01jd3k7x2mfq8t9v5w6y0zabcd", "type": "resale", "status": "approved",
    "customer": {"name": "Fabrikam GmbH", "country": "DE", "domain": "fabrikam.example"}, "amount": {"amount": 4821000, "currency": "EUR"},
    "expected_close": "2027-03-31", "lines": [{"product": "GTX Pro", "quantity": 10}], "custom_fields": {},
    "decision": {"outcome": "approved", "rules_version": 0, "conflicts": [], "decided_at": "2026-11-20T12:00:00Z",
        "reasons": [{"code": "no_objection", "sentence": "Nothing stands against this registration.", "facts": {}}]},
    "protected_until": "2027-02-18T12:00:00Z", "extensions": 0, "revision": 1, "created_at": "2026-11-20T12:00:00Z",
    "updated_at": "2026-11-20T12:00:00Z", "available_actions": ["extend", "withdraw"]}))]
pub struct Deal {
    /// Its id.
    pub id: DealId,
    /// The partner that registered it.
    pub partner_id: PartnerId,
    /// What kind of sale it is.
    #[serde(rename = "type")]
    pub kind: DealType,
    /// Where it stands.
    pub status: Status,
    /// To whom.
    pub customer: DealCustomer,
    /// What it is worth; the CRM's figure once an opportunity is linked.
    pub amount: Money,
    /// When the sale is expected.
    pub expected_close: NaiveDate,
    /// What is sold.
    pub lines: Vec<DealLine>,
    /// The vendor's own fields.
    #[schema(value_type = HashMap<String, Value>)]
    pub custom_fields: Map<String, Value>,
    /// How it was decided, and why; absent on a draft.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision: Option<Decision>,
    /// Until when no other partner can register the same; absent unless approved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub protected_until: Option<DateTime<Utc>>,
    /// Which part of a protection is its own that a dispute split; absent unless one did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub share: Option<crate::disputes::DealShare>,
    /// How often its protection was prolonged.
    pub extensions: i32,
    /// What the vendor asked; absent unless a question is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub question: Option<String>,
    /// The stage of the linked opportunity in the vendor's CRM, in the CRM's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<String>,
    /// How its review goes, if the rules of engagement set a time for it; kept after its end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub review: Option<DealReview>,
    /// The approvals that it needs, if the rules ask for several; the vendor's callers only.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub approvals: Vec<DealApproval>,
    /// The CRM's id of the linked opportunity; the vendor's callers only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opportunity_external_id: Option<String>,
    /// What it came from; absent if it was registered by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<DealSource>,
    /// The incumbency that it renews; absent if it is no renewal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub renews: Option<IncumbencyId>,
    /// The latest request for help with it; absent if there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cosell_request_id: Option<crate::cosell::CosellRequestId>,
    /// The channel manager in charge, as rules or the partner named them when it was decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel_manager_id: Option<kernel::id::PersonId>,
    /// Who reviews it, or did; the vendor's callers only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assignee_id: Option<kernel::id::PersonId>,
    /// The queue that it came through or waits in; the vendor's callers only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue: Option<String>,
    /// Since when it is where it is; the vendor's callers only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assigned_at: Option<DateTime<Utc>>,
    /// Why it is there; the vendor's callers only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assignment: Option<crate::assignment::types::Assignment>,
    /// Raised with every change; send it as If-Match.
    pub revision: i64,
    /// When it was registered.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// What the caller may do with it now.
    pub available_actions: Vec<Action>,
}

/// What a deal came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(example = json!({"type": "lead", "id": "lead_01jd3k7x2mfq8t9v5w6y0zabcd"}))]
pub struct DealSource {
    /// `lead`. More may come.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its id.
    pub id: String,
}

impl DealSource {
    /// As it is stored.
    pub fn read(kind: Option<&str>, id: Option<uuid::Uuid>) -> Option<Self> {
        match (kind, id) {
            (Some("lead"), Some(id)) => Some(Self { kind: "lead".into(), id: crate::LeadId(id).to_string() }),
            _ => None,
        }
    }
}

impl Resource for Deal {
    fn revision(&self) -> Option<i64> {
        Some(self.revision)
    }
    fn location(&self) -> Option<String> {
        Some(format!("/v1/deals/{}", self.id))
    }
}

/// What registering a deal would be answered with now.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"status": "in_review", "decision": {"outcome": "in_review", "rules_version": 0, "decided_at": "2026-11-20T12:00:00Z",
    "conflicts": [{"kind": "open_opportunity", "same": true}],
    "reasons": [{"code": "open_opportunity", "sentence": "The vendor is already in talks with this customer.", "rule": "open-opportunity", "facts": {}}]},
    "estimate": {"partner_id": "ptn_01jd3k7x2mfq8t9v5w6y0zabcd", "terms_version": 0, "complete": false, "totals": [], "remainder": 0, "lines": [],
        "calculated_at": "2026-11-20T12:00:00Z"}}))]
pub struct DealCheck {
    /// The status that the deal would get.
    pub status: Status,
    /// The decision that it would get.
    pub decision: Decision,
    /// Until when it would be protected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub protected_until: Option<DateTime<Utc>>,
    /// What the partner would earn by it, line by line, by the commercial terms in force.
    pub estimate: DealEstimate,
}

impl Resource for DealCheck {}

/// Why: for actions that may carry a reason.
#[derive(Debug, Clone, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "Agreed with the account team."}))]
pub struct DealNote {
    /// A sentence for the other side; kept in the timeline.
    #[validate(length(min = 1, max = 2000))]
    #[schema(min_length = 1, max_length = 2000)]
    pub reason: Option<String>,
}

/// Why a deal is rejected.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "This customer buys direct."}))]
pub struct DealReject {
    /// A sentence for the partner.
    #[validate(length(min = 1, max = 2000))]
    #[schema(min_length = 1, max_length = 2000)]
    pub reason: String,
}

/// What the vendor wants to know.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"question": "Who is the economic buyer?"}))]
pub struct DealQuestion {
    /// The question, as the partner will read it.
    #[validate(length(min = 1, max = 2000))]
    #[schema(min_length = 1, max_length = 2000)]
    pub question: String,
}

/// How a sale ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SaleOutcome {
    /// It was made.
    Won,
    /// It was lost.
    Lost,
}

/// How a deal ended.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"outcome": "won"}))]
pub struct DealClose {
    /// Won or lost.
    pub outcome: SaleOutcome,
    /// Why.
    #[validate(length(min = 1, max = 2000))]
    #[schema(min_length = 1, max_length = 2000)]
    pub reason: Option<String>,
}

/// One step in a deal's history.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"sequence": 42, "type": "deal.approved", "occurred_at": "2026-11-20T12:00:00Z", "revision": 1, "status": "approved",
    "actor": {"type": "person", "id": "per_01jd3k7x2mfq8t9v5w6y0zabcd"}}))]
pub struct DealStep {
    /// Its place in the vendor's log.
    pub sequence: i64,
    /// The event, e.g. `deal.approved`.
    #[serde(rename = "type")]
    pub kind: String,
    /// When.
    pub occurred_at: DateTime<Utc>,
    /// Who; to a partner, the vendor's side is just `vendor`.
    pub actor: kernel::actor::ActorRef,
    /// The deal's revision after it.
    pub revision: i64,
    /// The deal's status after it.
    pub status: Status,
    /// The reason, question or answer that came with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// The conflicts as a partner sees them: that there is one and of what kind.
pub fn hidden(conflicts: Vec<Conflict>) -> Vec<Conflict> {
    conflicts.into_iter().map(Conflict::hidden).collect()
}
