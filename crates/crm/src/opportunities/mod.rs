//! Opportunities: the sales that the vendor's CRM follows.

pub mod http;
pub mod store;
pub(crate) mod upsert;

use crate::sql::path_segment;
use chrono::{DateTime, Datelike, NaiveDate, Utc};
use kernel::{Money, Resource};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use validator::{Validate, ValidationError};

pub use store::opportunity::Model as OpportunityRow;

kernel::define_id!(
    /// A sale in the vendor's CRM.
    OpportunityId, "opp");

/// How a sale stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OpportunityStatus {
    /// Being worked on.
    Open,
    /// Sold.
    Won,
    /// Not sold.
    Lost,
}

impl OpportunityStatus {
    /// Its name on the wire and in the database.
    pub fn wire(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Won => "won",
            Self::Lost => "lost",
        }
    }

    /// What the database holds.
    pub(crate) fn read(text: &str) -> Self {
        match text {
            "won" => Self::Won,
            "lost" => Self::Lost,
            _ => Self::Open,
        }
    }
}

/// A sale as the CRM has it. `PUT` replaces all of it: what is left out is empty afterwards.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "name": "Müller: 40 robots", "status": "open", "stage": "Negotiation", "product": "GTX Pro",
    "amount": {"amount": 1250000, "currency": "EUR"}, "owner": "Anna Snelling", "opened_on": "2026-10-01", "closes_on": "2026-12-31"}))]
pub struct OpportunityPut {
    /// `external_id` of the customer's account, which must be here already; null if the CRM has none.
    #[serde(default)]
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    pub account_external_id: Option<String>,
    /// The deal registration that this sale came from: links the two, so that the deal follows this stage and amount.
    #[serde(default)]
    #[validate(custom(function = "is_deal_id"))]
    #[schema(pattern = "^deal_[0-9a-hjkmnp-tv-z]{26}$")]
    pub deal_id: Option<String>,
    /// Its name.
    #[validate(length(min = 1, max = 300), custom(function = "kernel::text::not_blank"))]
    #[schema(min_length = 1, max_length = 300)]
    pub name: String,
    /// How it stands.
    pub status: OpportunityStatus,
    /// Its stage, in the CRM's words.
    #[serde(default)]
    #[validate(length(min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100)]
    pub stage: Option<String>,
    /// What is sold.
    #[serde(default)]
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    pub product: Option<String>,
    /// What it is worth.
    #[serde(default)]
    pub amount: Option<Money>,
    /// Who works on it for the vendor.
    #[serde(default)]
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    pub owner: Option<String>,
    /// The day it began.
    #[serde(default)]
    #[validate(custom(function = "plausible_day"))]
    pub opened_on: Option<NaiveDate>,
    /// The day it closed or is expected to.
    #[serde(default)]
    #[validate(custom(function = "plausible_day"))]
    pub closes_on: Option<NaiveDate>,
    /// The vendor's own fields, as its schema for `opportunity` allows.
    #[serde(default)]
    #[schema(value_type = std::collections::HashMap<String, serde_json::Value>)]
    pub custom_fields: Map<String, Value>,
}

/// The prefix of a deal's id; the deal itself is another domain's.
pub(crate) const DEAL: &str = "deal";

fn is_deal_id(text: &str) -> Result<(), ValidationError> {
    let bad = |cause: kernel::id::BadId| ValidationError::new("id").with_message(format!("{cause}.").into());
    kernel::id::read(DEAL, text).map(|_| ()).map_err(bad)
}

fn plausible_day(day: &NaiveDate) -> Result<(), ValidationError> {
    if (1900..2200).contains(&day.year()) {
        return Ok(());
    }
    Err(ValidationError::new("date").with_message("Send a day between 1900-01-01 and 2199-12-31.".into()))
}

/// A sale in the vendor's CRM, as mirrored.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "opp_01jd3k7x2mfq8t9v5w6y0zabcd", "external_id": "0061t00000XyZ", "account_external_id": "0011t00000AbCdE",
    "name": "Müller: 40 robots", "status": "open", "stage": "Negotiation", "amount": {"amount": 1250000, "currency": "EUR"},
    "closes_on": "2026-12-31", "custom_fields": {}, "revision": 1,
    "created_at": "2026-11-20T12:00:00.000000Z", "updated_at": "2026-11-20T12:00:00.000000Z"}))]
pub struct Opportunity {
    /// Our id of it.
    pub id: OpportunityId,
    /// The CRM's id of it.
    pub external_id: String,
    /// Our id of the customer's account; absent if the CRM has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account_id: Option<crate::AccountId>,
    /// The CRM's id of the customer's account; absent if it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account_external_id: Option<String>,
    /// The deal registration that it came from.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(pattern = "^deal_[0-9a-hjkmnp-tv-z]{26}$")]
    pub deal_id: Option<String>,
    /// Its name.
    pub name: String,
    /// How it stands.
    pub status: OpportunityStatus,
    /// Its stage, in the CRM's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<String>,
    /// What is sold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
    /// What it is worth.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
    /// Who works on it for the vendor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// The day it began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opened_on: Option<NaiveDate>,
    /// The day it closed or is expected to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closes_on: Option<NaiveDate>,
    /// The vendor's own fields.
    #[schema(value_type = std::collections::HashMap<String, serde_json::Value>)]
    pub custom_fields: Map<String, Value>,
    /// Counts its changes; the `ETag`.
    pub revision: i64,
    /// When it came here.
    pub created_at: DateTime<Utc>,
    /// When it last changed here.
    pub updated_at: DateTime<Utc>,
}

impl Resource for Opportunity {
    fn revision(&self) -> Option<i64> {
        Some(self.revision)
    }
    fn location(&self) -> Option<String> {
        Some(format!("/v1/opportunities/{}", path_segment(&self.external_id)))
    }
}

impl From<OpportunityRow> for Opportunity {
    fn from(row: OpportunityRow) -> Self {
        let put = row.put();
        Self {
            id: OpportunityId(row.id),
            external_id: row.external_id,
            account_id: row.account_id.map(crate::AccountId),
            account_external_id: put.account_external_id,
            deal_id: put.deal_id,
            name: put.name,
            status: put.status,
            stage: put.stage,
            product: put.product,
            amount: put.amount,
            owner: put.owner,
            opened_on: put.opened_on,
            closes_on: put.closes_on,
            custom_fields: put.custom_fields,
            revision: row.revision,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}
