//! Remarks on the wire.

use super::store::RemarkRow;
use crate::{DealId, RemarkId};
use access::Field;
use chrono::{DateTime, Utc};
use kernel::Actor;
use kernel::actor::ActorRef;
use kernel::app::Resource;
use kernel::body::not_null;
use kernel::id::PartnerId;
use kernel::text::not_blank;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

/// Something to say about a deal.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"text": "The customer asked for a demo next week."}))]
pub struct DealRemarkCreate {
    /// What it says.
    #[validate(length(min = 1, max = 5000), custom(function = not_blank))]
    #[schema(min_length = 1, max_length = 5000, pattern = r"\S")]
    pub text: String,
}

/// A correction of one's own words.
#[derive(Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"text": "The customer asked for a demo on Monday."}))]
pub struct DealRemarkPatch {
    /// What it says.
    #[serde(default, deserialize_with = "not_null")]
    #[validate(length(min = 1, max = 5000), custom(function = not_blank))]
    #[schema(min_length = 1, max_length = 5000, pattern = r"\S", nullable = false)]
    pub text: Option<String>,
}

/// Whom a reader is told as the author: a partner is told that its vendor spoke, not who there.
pub struct Sayer {
    vendors: bool,
}

impl Sayer {
    /// As `who` is told.
    pub fn to(who: &Actor) -> Self {
        Self { vendors: Field::VendorsActors.shown_to(who) }
    }

    /// By name, whoever it is: for the log, and for the author.
    pub fn everybody() -> Self {
        Self { vendors: true }
    }

    fn name(&self, row: &RemarkRow) -> ActorRef {
        if self.vendors || row.by_partner != 0 { row.author() } else { ActorRef { kind: "vendor".into(), id: "vendor".into() } }
    }
}

/// A comment on a deal, which its partner and the vendor read.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"id": "rmk_01jd3k7x2mfq8t9v5w6y0zabcd", "deal_id": "deal_01jd3k7x2mfq8t9v5w6y0zabcd",
    "partner_id": "ptn_01jd3k7x2mfq8t9v5w6y0zabcd", "author": {"type": "person", "id": "per_01jd3k7x2mfq8t9v5w6y0zabcd"}, "by_partner": true,
    "text": "The customer asked for a demo next week.", "revision": 1, "created_at": "2026-11-20T12:00:00Z"}))]
pub struct DealComment {
    /// Its id.
    pub id: RemarkId,
    /// The deal.
    pub deal_id: DealId,
    /// The deal's partner.
    pub partner_id: PartnerId,
    /// Who made it; to a partner, the vendor's side is just `vendor`.
    pub author: ActorRef,
    /// Whether somebody of the partner made it.
    pub by_partner: bool,
    /// What it says; absent if it was taken back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Raised with every change; send it as If-Match.
    pub revision: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last corrected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<DateTime<Utc>>,
    /// When it was taken back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<DateTime<Utc>>,
}

impl DealComment {
    /// A stored one, as the caller may see it.
    pub fn of(row: RemarkRow, sayer: &Sayer) -> Self {
        Self {
            id: row.id(),
            deal_id: DealId(row.deal_id),
            partner_id: PartnerId(row.partner_id),
            author: sayer.name(&row),
            by_partner: row.by_partner != 0,
            text: row.text,
            revision: row.revision,
            created_at: row.created_at,
            edited_at: row.edited_at,
            deleted_at: row.deleted_at,
        }
    }
}

impl Resource for DealComment {
    fn revision(&self) -> Option<i64> {
        Some(self.revision)
    }
    fn location(&self) -> Option<String> {
        Some(format!("/v1/deals/{}/comments/{}", self.deal_id, self.id))
    }
}

/// A note about a deal, which is the vendor's own.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"id": "rmk_01jd3k7x2mfq8t9v5w6y0zabcd", "deal_id": "deal_01jd3k7x2mfq8t9v5w6y0zabcd",
    "author": {"type": "person", "id": "per_01jd3k7x2mfq8t9v5w6y0zabcd"},
    "text": "Talk to the account team first.", "revision": 1, "created_at": "2026-11-20T12:00:00Z"}))]
pub struct DealInternalNote {
    /// Its id.
    pub id: RemarkId,
    /// The deal.
    pub deal_id: DealId,
    /// Who made it.
    pub author: ActorRef,
    /// What it says; absent if it was taken back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Raised with every change; send it as If-Match.
    pub revision: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last corrected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<DateTime<Utc>>,
    /// When it was taken back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<DateTime<Utc>>,
}

impl DealInternalNote {
    /// A stored one, as the caller may see it.
    pub fn of(row: RemarkRow, sayer: &Sayer) -> Self {
        Self {
            id: row.id(),
            deal_id: DealId(row.deal_id),
            author: sayer.name(&row),
            text: row.text,
            revision: row.revision,
            created_at: row.created_at,
            edited_at: row.edited_at,
            deleted_at: row.deleted_at,
        }
    }
}

impl Resource for DealInternalNote {
    fn revision(&self) -> Option<i64> {
        Some(self.revision)
    }
    fn location(&self) -> Option<String> {
        Some(format!("/v1/deals/{}/notes/{}", self.deal_id, self.id))
    }
}
