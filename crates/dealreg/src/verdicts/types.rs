//! What goes over the wire.

use super::MatchVerdictId;
use crate::DealId;
use crate::disputes::DisputeId;
use chrono::{DateTime, Utc};
use kernel::actor::ActorRef;
use kernel::app::Resource;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::{Validate, ValidationError};

/// What is judged of two companies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MatchVerdictKind {
    /// They are one.
    Same,
    /// They are two.
    Different,
}

impl MatchVerdictKind {
    /// Its name in the database and on the wire.
    pub fn wire(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Different => "different",
        }
    }
}

/// A company, by a record of it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[validate(schema(function = one_record))]
#[schema(example = json!({"deal_id": "deal_01jd3k7x2mfq8t9v5w6y0zabcd"}))]
pub struct MatchCompany {
    /// The customer of this deal; or say an account.
    pub deal_id: Option<DealId>,
    /// This account of the vendor's CRM; or say a deal.
    #[validate(length(min = 1, max = 255))]
    #[schema(min_length = 1, max_length = 255)]
    pub account_external_id: Option<String>,
}

fn one_record(company: &MatchCompany) -> Result<(), ValidationError> {
    if company.deal_id.is_some() != company.account_external_id.is_some() {
        return Ok(());
    }
    Err(ValidationError::new("one_of").with_message("Send a deal or an account, and not both.".into()))
}

/// A verdict to make.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"verdict": "different", "one": {"deal_id": "deal_01jd3k7x2mfq8t9v5w6y0zabcd"}, "other": {"account_external_id": "A-17"},
    "reason": "A family name; the two have nothing to do with one another."}))]
pub struct MatchVerdictCreate {
    /// What is judged.
    pub verdict: MatchVerdictKind,
    /// The one company.
    #[validate(nested)]
    pub one: MatchCompany,
    /// The other.
    #[validate(nested)]
    pub other: MatchCompany,
    /// That it outranks an equal tax number or domain as well.
    #[serde(default)]
    pub overrides_exact: bool,
    /// The dispute in which it was judged.
    pub dispute_id: Option<DisputeId>,
    /// Why.
    #[validate(length(min = 1, max = 2000), custom(function = kernel::text::not_blank))]
    #[schema(min_length = 1, max_length = 2000, pattern = r"\S")]
    pub reason: String,
}

/// Why a verdict no longer counts.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "The two have merged."}))]
pub struct MatchVerdictRevoke {
    /// A sentence.
    #[validate(length(min = 1, max = 2000), custom(function = kernel::text::not_blank))]
    #[schema(min_length = 1, max_length = 2000, pattern = r"\S")]
    pub reason: String,
}

/// A company as it was when it was judged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"name": "Nordlicht AG", "country": "DE", "domain": "nordlicht.example", "deal_id": "deal_01jd3k7x2mfq8t9v5w6y0zabcd"}))]
pub struct MatchedCompany {
    /// Its name.
    pub name: String,
    /// Its country.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// Its domain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
    /// Its tax number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax_id: Option<String>,
    /// The deal that it was taken from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deal_id: Option<DealId>,
    /// The account that it was taken from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_external_id: Option<String>,
}

impl MatchedCompany {
    /// What the matching compares.
    pub fn profile(&self) -> matching::Profile<'_> {
        matching::Profile {
            name: &self.name,
            domain: self.domain.as_deref(),
            tax_id: self.tax_id.as_deref(),
            country: self.country.as_deref(),
            ..matching::Profile::default()
        }
    }
}

/// What a person has judged of two companies.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"id": "mvd_01jd3k7x2mfq8t9v5w6y0zabcd", "verdict": "different", "one": {"name": "Nordlicht AG", "country": "DE"},
    "other": {"name": "Nordlicht GmbH", "country": "DE"}, "overrides_exact": false, "reason": "Two companies of one name.",
    "made_by": {"type": "person", "id": "per_01jd3k7x2mfq8t9v5w6y0zabcd"}, "revision": 1, "created_at": "2026-11-20T12:00:00Z",
    "updated_at": "2026-11-20T12:00:00Z", "available_actions": ["revoke"]}))]
pub struct MatchVerdict {
    /// Its id.
    pub id: MatchVerdictId,
    /// What was judged.
    pub verdict: MatchVerdictKind,
    /// The one company.
    pub one: MatchedCompany,
    /// The other.
    pub other: MatchedCompany,
    /// Whether it outranks an equal tax number or domain.
    pub overrides_exact: bool,
    /// The dispute in which it was judged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dispute_id: Option<DisputeId>,
    /// Why; left out of events.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Who judged.
    pub made_by: ActorRef,
    /// When it was revoked; absent while it counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<DateTime<Utc>>,
    /// Who revoked it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revoked_by: Option<ActorRef>,
    /// Why it was revoked; left out of events.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revoke_reason: Option<String>,
    /// Raised with every change.
    pub revision: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// What the caller may do with it now: `revoke`.
    pub available_actions: Vec<String>,
}

impl Resource for MatchVerdict {
    fn revision(&self) -> Option<i64> {
        Some(self.revision)
    }
    fn location(&self) -> Option<String> {
        Some(format!("/v1/match-verdicts/{}", self.id))
    }
}
