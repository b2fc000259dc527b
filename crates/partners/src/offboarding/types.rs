//! Offboarding on the wire.

use super::store::OffboardingRow;
use crate::ports::{PartnerDealsGo, PartnerLeftover, PartnerOpenMoney};
use access::Field;
use chrono::{DateTime, Utc};
use kernel::Actor;
use kernel::app::Resource;
use kernel::id::PartnerId;
use kernel::text::not_blank;
use sea_orm::{DeriveActiveEnum, EnumIter};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

/// How to part from a partner.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "The contract was not renewed.", "deals": "release",
    "notice": "Thank you for the years together. Your open deals are released."}))]
pub struct PartnerOffboard {
    /// Why, for the vendor's own people.
    #[validate(length(min = 1, max = 500), custom(function = not_blank))]
    #[schema(min_length = 1, max_length = 500, pattern = r"\S")]
    pub reason: String,
    /// When it ends, at most two years ahead; at once if absent. A suspended partner ends at once.
    pub effective_at: Option<DateTime<Utc>>,
    /// An active partner that takes its open deals over.
    pub successor_id: Option<PartnerId>,
    /// Where its open deals go; to the successor if there is one, else as the vendor's policy says.
    pub deals: Option<PartnerDealsGo>,
    /// What the partner is told.
    #[validate(length(min = 1, max = 2000), custom(function = not_blank))]
    #[schema(min_length = 1, max_length = 2000, pattern = r"\S")]
    pub notice: Option<String>,
}

/// Where an offboarding stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema, EnumIter, DeriveActiveEnum)]
#[serde(rename_all = "snake_case")]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum PartnerOffboardingStatus {
    /// Waits for its day.
    Scheduled,
    /// The partner has ended; what it has is being handed over.
    HandingOver,
    /// All is handed over.
    Done,
    /// It was taken back before its day.
    Undone,
}

/// How far a part has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PartnerPartStatus {
    /// Has not begun.
    Pending,
    /// Is being handed over.
    Running,
    /// Is handed over, but for what is left.
    Done,
}

/// A part of what a leaving partner has.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"part": "deals", "status": "done", "handed_over": 12, "left": []}))]
pub struct PartnerOffboardingPart {
    /// Which: `access`, `deals`, `leads`, `referrals`, `records`. More may come.
    pub part: String,
    /// How far it has come.
    pub status: PartnerPartStatus,
    /// How many were handed over.
    pub handed_over: i64,
    /// What could not be, for a person to look at; the first hundred.
    pub left: Vec<PartnerLeftover>,
    /// The last that was looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(ignore)]
    pub at: Option<uuid::Uuid>,
}

/// The parting from a partner.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({"partner_id": "ptn_01jd3k7x2mfq8t9v5w6y0zabcd", "status": "scheduled", "effective_at": "2026-12-31T23:00:00Z",
    "internal_reason": "The contract was not renewed.", "deals": "release", "parts": [{"part": "deals", "status": "pending", "handed_over": 0, "left": []}],
    "open_money": [], "retain_until": "2036-12-29T23:00:00Z", "created_at": "2026-11-20T12:00:00Z", "updated_at": "2026-11-20T12:00:00Z"}))]
pub struct PartnerOffboarding {
    /// Who leaves.
    pub partner_id: PartnerId,
    /// Where it stands. More statuses may come.
    pub status: PartnerOffboardingStatus,
    /// When it ends, or ended.
    pub effective_at: DateTime<Utc>,
    /// Why; for the vendor's own people only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub internal_reason: Option<String>,
    /// What the partner is told.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub notice: Option<String>,
    /// Where its open deals go.
    pub deals: PartnerDealsGo,
    /// Who takes them over; for the vendor's own people only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub successor_id: Option<PartnerId>,
    /// How far each part has come; for the vendor's own people only.
    pub parts: Vec<PartnerOffboardingPart>,
    /// Money that was open between the two, when it was decided, and again when it ended.
    pub open_money: Vec<PartnerOpenMoney>,
    /// Until when its contracts and documents are kept.
    pub retain_until: DateTime<Utc>,
    /// When it was decided.
    pub created_at: DateTime<Utc>,
    /// When something last changed.
    pub updated_at: DateTime<Utc>,
    /// When all was handed over.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub done_at: Option<DateTime<Utc>>,
}

impl PartnerOffboarding {
    /// All of it.
    pub fn whole(row: &OffboardingRow) -> Self {
        Self {
            partner_id: row.partner(),
            status: row.status,
            effective_at: row.effective_at,
            internal_reason: Some(row.reason.clone()),
            notice: row.notice.clone(),
            deals: row.deals(),
            successor_id: row.successor(),
            parts: row.parts().into_iter().map(|part| PartnerOffboardingPart { at: None, ..part }).collect(),
            open_money: row.open_money(),
            retain_until: row.retain_until,
            created_at: row.created_at,
            updated_at: row.updated_at,
            done_at: row.done_at,
        }
    }

    /// As `who` may see it.
    pub fn seen_by(who: &Actor, row: &OffboardingRow) -> Self {
        let mut seen = Self::whole(row);
        if !Field::InternalReasons.shown_to(who) {
            (seen.internal_reason, seen.successor_id) = (None, None);
            seen.parts.clear();
        }
        seen
    }
}

impl Resource for PartnerOffboarding {}

/// How much of something a leaving partner has.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({"part": "deals", "count": 12}))]
pub struct PartnerPartCount {
    /// Which: `access` (its people), `deals`, `leads`, `referrals`, `records` (contracts and documents). More may come.
    pub part: String,
    /// How many there are.
    pub count: i64,
}

/// What an offboarding would do.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({"effective_at": "2026-12-31T23:00:00Z", "deals": "release", "parts": [{"part": "deals", "count": 12}],
    "open_money": [{"source": "referral_rewards", "count": 3, "amount": {"amount": 150000, "currency": "EUR"}}],
    "retain_until": "2036-12-29T23:00:00Z"}))]
pub struct PartnerOffboardingPreview {
    /// When it would end.
    pub effective_at: DateTime<Utc>,
    /// Where its open deals would go.
    pub deals: PartnerDealsGo,
    /// What there is to hand over now.
    pub parts: Vec<PartnerPartCount>,
    /// Money that is open between the two now.
    pub open_money: Vec<PartnerOpenMoney>,
    /// Until when its contracts and documents would be kept.
    pub retain_until: DateTime<Utc>,
}
