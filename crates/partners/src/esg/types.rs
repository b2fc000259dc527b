//! Facts about sustainability on the wire.

use super::PartnerEsgFactId;
use super::rules::{PartnerEsgFactAction, PartnerEsgFactStatus};
use super::store::FactRow;
use crate::documents::PartnerDocumentId;
use access::{Field, Permission};
use chrono::{DateTime, NaiveDate, Utc};
use kernel::Actor;
use kernel::actor::ActorRef;
use kernel::app::Resource;
use kernel::id::PartnerId;
use kernel::text::not_blank;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

/// What kind of fact it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PartnerEsgFactKind {
    /// Somebody attests that a standard is met: ISO 14001, SA8000.
    Certificate,
    /// A report was published: GRI, CSRD.
    Report,
    /// Somebody rates it: EcoVadis, CDP.
    Rating,
    /// It has committed itself: SBTi, the UN Global Compact.
    Pledge,
    /// A rule that it has given itself: a code of conduct.
    Policy,
}

impl PartnerEsgFactKind {
    /// Every kind.
    pub const ALL: &[Self] = &[Self::Certificate, Self::Report, Self::Rating, Self::Pledge, Self::Policy];

    /// Its name in the database.
    pub fn wire(self) -> &'static str {
        match self {
            Self::Certificate => "certificate",
            Self::Report => "report",
            Self::Rating => "rating",
            Self::Pledge => "pledge",
            Self::Policy => "policy",
        }
    }

    pub(crate) fn stored(text: &str) -> Self {
        Self::ALL.iter().copied().find(|kind| kind.wire() == text).unwrap_or(Self::Policy)
    }
}

/// A fact to be handed in.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"kind": "rating", "standard": "EcoVadis", "issuer": "EcoVadis SAS", "level": "Gold", "score": 74, "issued_on": "2026-06-01",
    "expires_on": "2027-05-31"}))]
pub struct PartnerEsgFactCreate {
    /// What kind of fact it is.
    pub kind: PartnerEsgFactKind,
    /// The standard, or what the report, pledge or policy is called.
    #[validate(length(min = 1, max = 200), custom(function = not_blank))]
    #[schema(min_length = 1, max_length = 200, pattern = r"\S")]
    pub standard: String,
    /// Who issued it.
    #[validate(length(min = 1, max = 200), custom(function = not_blank))]
    #[schema(min_length = 1, max_length = 200, pattern = r"\S")]
    pub issuer: Option<String>,
    /// The level that was reached, in the issuer's words.
    #[validate(length(min = 1, max = 100), custom(function = not_blank))]
    #[schema(min_length = 1, max_length = 100, pattern = r"\S")]
    pub level: Option<String>,
    /// The score that was reached.
    #[validate(range(min = 0, max = 1_000_000))]
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub score: Option<i64>,
    /// The day on which it was issued.
    pub issued_on: NaiveDate,
    /// Its last day.
    pub expires_on: Option<NaiveDate>,
    /// The document that shows it, of the partner's documents.
    pub document_id: Option<PartnerDocumentId>,
}

/// Why a fact is refused.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "The certificate is that of another site."}))]
pub struct PartnerEsgFactRefuse {
    /// A sentence, for the partner.
    #[validate(length(min = 1, max = 1000), custom(function = not_blank))]
    #[schema(min_length = 1, max_length = 1000, pattern = r"\S")]
    pub reason: String,
}

/// What is for the vendor's people alone.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({"submitted_by": {"type": "person", "id": "per_01jd3k7x2mfq8t9v5w6y0zabcd"}}))]
pub struct PartnerEsgFactInternal {
    /// Who handed it in.
    pub submitted_by: ActorRef,
    /// Who of the vendor verified or refused it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub decided_by: Option<ActorRef>,
}

/// A fact about a partner's sustainability.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({"id": "esg_01jd3k7x2mfq8t9v5w6y0zabcd", "partner_id": "ptn_01jd3k7x2mfq8t9v5w6y0zabcd", "kind": "rating", "standard": "EcoVadis",
    "issuer": "EcoVadis SAS", "level": "Gold", "score": 74, "issued_on": "2026-06-01", "expires_on": "2027-05-31", "status": "valid", "warn_days": 60,
    "decided_at": "2026-11-20T12:00:00Z", "revision": 2, "created_at": "2026-11-19T12:00:00Z", "updated_at": "2026-11-20T12:00:00Z",
    "available_actions": ["refuse"]}))]
pub struct PartnerEsgFact {
    /// Its id.
    pub id: PartnerEsgFactId,
    /// The partner.
    pub partner_id: PartnerId,
    /// What kind of fact it is. More kinds may come.
    pub kind: PartnerEsgFactKind,
    /// The standard, or what the report, pledge or policy is called.
    pub standard: String,
    /// Who issued it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub issuer: Option<String>,
    /// The level that was reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub level: Option<String>,
    /// The score that was reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub score: Option<i64>,
    /// The day on which it was issued.
    pub issued_on: NaiveDate,
    /// Its last day.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub expires_on: Option<NaiveDate>,
    /// The document that shows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub document_id: Option<PartnerDocumentId>,
    /// Where it stands today. More statuses may come.
    pub status: PartnerEsgFactStatus,
    /// From so many days before its last day it is expiring.
    pub warn_days: i64,
    /// Why it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub reason: Option<String>,
    /// When it was verified or refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub decided_at: Option<DateTime<Utc>>,
    /// What is for the vendor's people alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub internal: Option<PartnerEsgFactInternal>,
    /// Raised with every change.
    pub revision: i64,
    /// When it was handed in.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// What the caller may do with it now.
    pub available_actions: Vec<PartnerEsgFactAction>,
}

impl PartnerEsgFact {
    /// All of it, as it stands on this day.
    pub fn whole(row: &FactRow, today: NaiveDate) -> Self {
        Self {
            id: row.id(),
            partner_id: PartnerId(row.partner_id),
            kind: PartnerEsgFactKind::stored(&row.kind),
            standard: row.standard.clone(),
            issuer: row.issuer.clone(),
            level: row.level.clone(),
            score: row.score,
            issued_on: row.issued_on,
            expires_on: row.expires_on,
            document_id: row.document_id.map(PartnerDocumentId),
            status: row.dates().status(today),
            warn_days: row.warn_days,
            reason: row.reason.clone(),
            decided_at: row.decided_at,
            internal: Some(PartnerEsgFactInternal { submitted_by: row.submitted_by(), decided_by: row.decided_by() }),
            revision: row.revision,
            created_at: row.created_at,
            updated_at: row.updated_at,
            available_actions: row.dates().standing.legal_actions().to_vec(),
        }
    }

    /// As this caller sees it.
    pub fn seen_by(who: &Actor, row: &FactRow, today: NaiveDate) -> Self {
        let mut fact = Self::whole(row, today);
        if !Field::VendorsActors.shown_to(who) {
            fact.internal = None;
        }
        if who.grants & Permission::ManagePartners.bit() == 0 {
            fact.available_actions.clear();
        }
        fact
    }
}

impl Resource for PartnerEsgFact {
    fn revision(&self) -> Option<i64> {
        Some(self.revision)
    }
    fn location(&self) -> Option<String> {
        Some(format!("/v1/esg-facts/{}", self.id))
    }
}

/// Filters of a partner's list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PartnerEsgFactQuery {
    /// Only of this kind.
    #[param(inline)]
    pub kind: Option<PartnerEsgFactKind>,
    /// Only those that stand there today.
    #[param(inline)]
    pub status: Option<PartnerEsgFactStatus>,
    /// Rows on the page, 1 to 200; 25 if absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// Filters of the list of all.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct EsgFactQuery {
    /// Only of this partner.
    pub partner_id: Option<PartnerId>,
    /// Only of this kind.
    #[param(inline)]
    pub kind: Option<PartnerEsgFactKind>,
    /// Only those that stand there today.
    #[param(inline)]
    pub status: Option<PartnerEsgFactStatus>,
    /// Only those whose last day is before this one.
    pub expiring_before: Option<NaiveDate>,
    /// Rows on the page, 1 to 200; 25 if absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}
