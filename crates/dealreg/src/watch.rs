//! Waiting for a customer to be free: shapes only. Nothing here says who holds it.

use crate::DealId;
use chrono::{DateTime, Utc};
use kernel::app::Resource;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Where somebody who waits stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DealWatchStatus {
    /// The customer is not free.
    Waiting,
    /// It is free, and kept for this deal until `offered_until`: bring the deal again.
    Offered,
    /// The deal was brought again.
    Taken,
    /// It was kept for this deal, which was not brought again in time.
    Passed,
    /// There is nothing left to wait for.
    Closed,
}

impl DealWatchStatus {
    /// Its name in the database and on the wire.
    pub fn wire(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Offered => "offered",
            Self::Taken => "taken",
            Self::Passed => "passed",
            Self::Closed => "closed",
        }
    }
}

/// That a partner waits for the customer of its deal to be free.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"deal_id": "deal_01jd3k7x2mfq8t9v5w6y0zabcd", "status": "waiting", "asked_at": "2026-11-20T12:00:00Z", "ahead": 0}))]
pub struct DealWatch {
    /// The deal that was refused, and may be brought again.
    pub deal_id: DealId,
    /// Where it stands.
    pub status: DealWatchStatus,
    /// When it was asked for: whoever asked first is told first.
    pub asked_at: DateTime<Utc>,
    /// How many who asked before still wait.
    pub ahead: u64,
    /// Until when the customer is kept for this deal; absent unless it is offered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offered_until: Option<DateTime<Utc>>,
}

impl Resource for DealWatch {}
