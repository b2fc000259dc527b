//! Incumbencies on the wire.

use super::IncumbencyId;
use crate::DealId;
use crate::commercial::terms::CommercialRivals;
use chrono::{DateTime, NaiveDate, Utc};
use kernel::app::Resource;
use kernel::id::PartnerId;
use serde::{Deserialize, Serialize};
use std::str::FromStr;
use utoipa::ToSchema;
use validator::Validate;

/// Where an incumbency stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum IncumbencyStatus {
    /// The window for the renewal is not open yet.
    Holding,
    /// Only the incumbent may register the renewal.
    Open,
    /// The renewal was won, or the product sold to the customer again.
    Renewed,
    /// The incumbent did nothing in time.
    Lapsed,
    /// The renewal was lost, or another partner has sold the product to the customer.
    Lost,
    /// The vendor ended it, or moved it to another partner.
    Ended,
}

impl IncumbencyStatus {
    /// Every status.
    pub const ALL: &[IncumbencyStatus] = {
        use IncumbencyStatus::*;
        &[Holding, Open, Renewed, Lapsed, Lost, Ended]
    };

    /// Its name in the database and on the wire.
    pub fn wire(self) -> &'static str {
        match self {
            Self::Holding => "holding",
            Self::Open => "open",
            Self::Renewed => "renewed",
            Self::Lapsed => "lapsed",
            Self::Lost => "lost",
            Self::Ended => "ended",
        }
    }

    /// Whether there still is an incumbent.
    pub fn is_live(self) -> bool {
        matches!(self, Self::Holding | Self::Open)
    }
}

impl FromStr for IncumbencyStatus {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.iter().copied().find(|status| status.wire() == text).ok_or(())
    }
}

/// A partner's right to renew what it sold to a customer.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"id": "inc_01jd3k7x2mfq8t9v5w6y0zabcd", "partner_id": "ptn_01jd3k7x2mfq8t9v5w6y0zabcd", "deal_id": "deal_01jd3k7x2mfq8t9v5w6y0zabcd",
    "status": "holding", "customer_name": "Fabrikam GmbH", "country": "DE", "product": "GTX Cloud", "renews_on": "2027-11-20",
    "opens_at": "2027-08-22T00:00:00Z", "ends_at": "2027-12-20T00:00:00Z", "rivals": "refuse", "rule": "everybody", "terms_version": 1, "revision": 1,
    "created_at": "2026-11-20T12:00:00Z", "updated_at": "2026-11-20T12:00:00Z", "available_actions": ["end", "move"]}))]
pub struct Incumbency {
    /// Its id: what a renewal names as `renews`.
    pub id: IncumbencyId,
    /// The incumbent.
    pub partner_id: PartnerId,
    /// The deal that it came from; absent if the vendor gave it to this partner by hand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deal_id: Option<DealId>,
    /// The incumbency that the vendor moved to this partner; the vendor's callers only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub moved_from: Option<IncumbencyId>,
    /// The deal by which it is being renewed, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub renewal_deal_id: Option<DealId>,
    /// Where it stands.
    pub status: IncumbencyStatus,
    /// The customer.
    pub customer_name: String,
    /// Where the customer sits.
    pub country: String,
    /// The product.
    pub product: String,
    /// When it is to be renewed.
    pub renews_on: NaiveDate,
    /// From when on only the incumbent may register the renewal.
    pub opens_at: DateTime<Utc>,
    /// Until when; longer while a renewal is being worked on.
    pub ends_at: DateTime<Utc>,
    /// What others' registrations meet meanwhile.
    pub rivals: CommercialRivals,
    /// The rule of the commercial terms that gave it.
    pub rule: String,
    /// Their version.
    pub terms_version: i64,
    /// Why it ended, or was moved here, if somebody said so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Raised with every change.
    pub revision: i64,
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// What the caller may do with it now: `move`, `end`.
    pub available_actions: Vec<String>,
}

impl Resource for Incumbency {
    fn revision(&self) -> Option<i64> {
        Some(self.revision)
    }
}

/// To whom an incumbency goes, and why.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"partner_id": "ptn_01jd3k7x2mfq8t9v5w6y0zabcd", "reason": "They look after this customer now."}))]
pub struct IncumbencyMove {
    /// The partner that is to be the incumbent.
    pub partner_id: PartnerId,
    /// A sentence that both partners read.
    #[validate(length(min = 1, max = 500))]
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
}

/// Why an incumbency ends.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "The customer asked for another partner."}))]
pub struct IncumbencyEnd {
    /// A sentence for the partner.
    #[validate(length(min = 1, max = 500))]
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
}
