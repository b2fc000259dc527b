//! Notes on the wire.

use super::PartnerNoteId;
use super::store::NoteRow;
use chrono::{DateTime, Utc};
use kernel::actor::ActorRef;
use kernel::app::Resource;
use kernel::body::not_null;
use kernel::id::PartnerId;
use kernel::text::not_blank;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

/// Something to remember of a partner.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"text": "They plan to hire two engineers in spring."}))]
pub struct PartnerNoteCreate {
    /// What it says.
    #[validate(length(min = 1, max = 5000), custom(function = not_blank))]
    #[schema(min_length = 1, max_length = 5000, pattern = r"\S")]
    pub text: String,
}

/// What is to change of a note (JSON merge patch).
#[derive(Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"text": "They have hired two engineers."}))]
pub struct PartnerNotePatch {
    /// What it says.
    #[serde(default, deserialize_with = "not_null")]
    #[validate(length(min = 1, max = 5000), custom(function = not_blank))]
    #[schema(min_length = 1, max_length = 5000, pattern = r"\S", nullable = false)]
    pub text: Option<String>,
}

/// A note about a partner, which is the vendor's own.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({"id": "pnt_01jd3k7x2mfq8t9v5w6y0zabcd", "partner_id": "ptn_01jd3k7x2mfq8t9v5w6y0zabcd",
    "author": {"type": "person", "id": "per_01jd3k7x2mfq8t9v5w6y0zabcd"}, "text": "They plan to hire two engineers in spring.", "revision": 1,
    "created_at": "2026-11-20T12:00:00Z", "updated_at": "2026-11-20T12:00:00Z"}))]
pub struct PartnerNote {
    /// Its id.
    pub id: PartnerNoteId,
    /// The partner.
    pub partner_id: PartnerId,
    /// Who made it.
    pub author: ActorRef,
    /// What it says.
    pub text: String,
    /// Raised with every change; send it as If-Match.
    pub revision: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

impl From<&NoteRow> for PartnerNote {
    fn from(row: &NoteRow) -> Self {
        Self {
            id: PartnerNoteId(row.id),
            partner_id: PartnerId(row.partner_id),
            author: ActorRef { kind: row.author_kind.clone(), id: row.author_id.clone() },
            text: row.text.clone(),
            revision: row.revision,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

impl Resource for PartnerNote {
    fn revision(&self) -> Option<i64> {
        Some(self.revision)
    }
    fn location(&self) -> Option<String> {
        Some(format!("/v1/partners/{}/notes/{}", self.partner_id, self.id))
    }
}
