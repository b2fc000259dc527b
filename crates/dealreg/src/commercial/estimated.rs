//! What an estimate looks like.

use crate::DealId;
use crate::decide::is_own;
use crate::pricing::PricingRequestId;
use crate::types::DealLineModel;
use chrono::{DateTime, Utc};
use kernel::Money;
use kernel::app::Resource;
use kernel::id::PartnerId;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// What a partner would earn by a deal, or earns: by the commercial terms, line by line.
///
/// Every number is in whole minor units of its line's own currency, rounded down; nothing is converted. A line without a number says why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"deal_id": "deal_01jd3k7x2mfq8t9v5w6y0zabcd", "partner_id": "ptn_01jd3k7x2mfq8t9v5w6y0zabcd", "terms_version": 1, "complete": true,
    "totals": [{"amount": 1205250, "currency": "EUR"}], "remainder": 0, "calculated_at": "2026-11-20T12:00:00Z",
    "lines": [{"line": 0, "product": "GTX Pro", "model": "resale", "earns": {"amount": 1205250, "currency": "EUR"}, "remainder": 0,
        "of": {"amount": 4821000, "currency": "EUR"}, "basis_points": 2500, "code": "estimated", "rule": "gold-gtx",
        "sentence": "Gold partners earn 25 % off the list price of the GTX family.", "facts": {"partner.tier": "gold", "line.family": "GTX"}}]}))]
pub struct DealEstimate {
    /// The deal; absent in the answer to a check.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deal_id: Option<DealId>,
    /// Who would earn it.
    pub partner_id: PartnerId,
    /// The version of the commercial terms; 0 where the vendor has published none.
    pub terms_version: i64,
    /// Whether every line has a number.
    pub complete: bool,
    /// The sums of the lines, one for each currency.
    pub totals: Vec<Money>,
    /// What rounding down left out of all lines, in 120000ths of a minor unit.
    pub remainder: i64,
    /// The lines, in the deal's order; a deal without lines has one here, for its amount.
    pub lines: Vec<DealEstimateLine>,
    /// When it was worked out.
    pub calculated_at: DateTime<Utc>,
    /// When the deal was won and it was fixed; absent until then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fixed_at: Option<DateTime<Utc>>,
}

/// What one line earns, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"line": 0, "product": "GTX Pro", "model": "resale", "earns": {"amount": 1205250, "currency": "EUR"}, "remainder": 0,
    "of": {"amount": 4821000, "currency": "EUR"}, "basis_points": 2500, "code": "estimated", "rule": "gold-gtx",
    "sentence": "Gold partners earn 25 % off the list price of the GTX family.", "facts": {"partner.tier": "gold"}}))]
pub struct DealEstimateLine {
    /// Its place among the deal's lines, from 0; absent for a deal without lines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<i64>,
    /// The product; absent for a deal without lines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
    /// How the vendor pays for it.
    pub model: DealLineModel,
    /// What it earns, rounded down; absent if that cannot be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub earns: Option<Money>,
    /// What rounding down left out, in 120000ths of a minor unit.
    pub remainder: i64,
    /// What it is a part of, rounded down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<Money>,
    /// The part, in hundredths of a percent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basis_points: Option<i64>,
    /// For how many months it is counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub months: Option<i64>,
    /// `estimated` or `capped`; or why there is no number: `no_terms`, `no_rule`, `rule_failed`, `no_price`, `no_list_price`, `no_recurring_amount`,
    /// `no_term`, `no_commitment`, `out_of_range`. More may come.
    pub code: String,
    /// The same for people: the rule's own sentence, if one decided.
    pub sentence: String,
    /// The rule that decided, or failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// The facts that the rule read, by path; a partner sees its own.
    #[schema(value_type = std::collections::HashMap<String, Value>)]
    pub facts: Map<String, Value>,
    /// The special price that it is worked out with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pricing_request_id: Option<PricingRequestId>,
}

impl Resource for DealEstimate {}

impl DealEstimate {
    /// As somebody sees it who is shown nothing of rivals: without facts about who is the incumbent.
    pub fn without_rivals(mut self) -> Self {
        let own = |path: &str| is_own(path) || path.split('.').next() == Some("line") || path == "now";
        self.lines.iter_mut().for_each(|line| line.facts.retain(|path, _| own(path)));
        self
    }

    /// Whether both say the same, whenever they were worked out.
    pub fn says_the_same_as(&self, other: &Self) -> bool {
        let timeless = |estimate: &Self| Self { calculated_at: DateTime::UNIX_EPOCH, ..estimate.clone().without_rivals() };
        timeless(self) == timeless(other)
    }
}
