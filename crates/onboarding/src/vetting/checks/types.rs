//! What goes over the wire.

use crate::vetting::ScreeningListId;
use crate::vetting::VettingCheckId;
use crate::vetting::policy::VettingResult;
use crate::vetting::providers::CheckProviderId;
use crate::vetting::rules::{VettingCheckAction, VettingKind};
use crate::vetting::screen::SanctionMatch;
use chrono::{DateTime, Utc};
use kernel::actor::ActorRef;
use kernel::app::Resource;
use kernel::id::PartnerId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

/// Who is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum VettingSubjectKind {
    /// A partner.
    Partner,
    /// An owner of a partner.
    Owner,
    /// A person of a partner.
    Person,
}

impl VettingSubjectKind {
    /// Its name in the database and on the wire.
    pub fn wire(self) -> &'static str {
        match self {
            Self::Partner => "partner",
            Self::Owner => "owner",
            Self::Person => "person",
        }
    }

    pub(crate) fn stored(text: &str) -> Self {
        match text {
            "owner" => Self::Owner,
            "person" => Self::Person,
            _ => Self::Partner,
        }
    }
}

/// A version of a list that a check rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"list_id": "scl_01jd3k7x2mfq8t9v5w6y0zabcd", "list": "OFAC SDN", "version": 3}))]
pub struct VettingList {
    /// The list.
    pub list_id: ScreeningListId,
    /// Its name.
    pub list: String,
    /// The version.
    pub version: i64,
}

/// A record of a check.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"id": "vck_01jd3k7x2mfq8t9v5w6y0zabcd", "kind": "sanctions", "subject_kind": "partner", "subject_id": "ptn_01jd3k7x2mfq8t9v5w6y0zabcd",
    "partner_id": "ptn_01jd3k7x2mfq8t9v5w6y0zabcd", "subject_name": "Northwind Systems GmbH", "result": "clear", "latest": true,
    "summary": "No list names anything like it.", "policy_version": 0, "lists": [{"list_id": "scl_01jd3k7x2mfq8t9v5w6y0zabcd", "list": "OFAC SDN", "version": 3}],
    "matches": [], "valid_until": "2027-11-20T12:00:00Z", "revision": 1, "created_at": "2026-11-20T12:00:00Z", "updated_at": "2026-11-20T12:00:00Z",
    "available_actions": []}))]
pub struct VettingCheck {
    /// Its id.
    pub id: VettingCheckId,
    /// What was checked.
    pub kind: VettingKind,
    /// Who was checked.
    pub subject_kind: VettingSubjectKind,
    /// Their id.
    pub subject_id: String,
    /// The partner that they are, or belong to.
    pub partner_id: PartnerId,
    /// What they were called then.
    pub subject_name: String,
    /// What it came to.
    pub result: VettingResult,
    /// Whether it is the latest of its kind (and provider) for them: only that counts.
    pub latest: bool,
    /// Why, in a sentence.
    pub summary: String,
    /// The version of the policy that decided.
    pub policy_version: i64,
    /// The versions of the lists that it rests on.
    pub lists: Vec<VettingList>,
    /// Entries that resemble them, the best first.
    pub matches: Vec<SanctionMatch>,
    /// What else was looked at.
    #[serde(skip_serializing_if = "serde_json::Value::is_null")]
    #[schema(value_type = Option<std::collections::HashMap<String, serde_json::Value>>, nullable = false)]
    pub evidence: serde_json::Value,
    /// Who reviewed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reviewer: Option<ActorRef>,
    /// Why they decided so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reviewed_at: Option<DateTime<Utc>>,
    /// How long it is good for.
    pub valid_until: DateTime<Utc>,
    /// The provider that answered it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider_id: Option<CheckProviderId>,
    /// The provider's own score.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<i64>,
    /// The provider's own name of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// Raised with every change.
    pub revision: i64,
    /// When it was checked.
    pub created_at: DateTime<Utc>,
    /// When the record last changed: it was reviewed, or is not the latest any more.
    pub updated_at: DateTime<Utc>,
    /// What the caller may do with it now.
    pub available_actions: Vec<VettingCheckAction>,
}

impl Resource for VettingCheck {
    fn revision(&self) -> Option<i64> {
        Some(self.revision)
    }
}

/// What events tell of a check.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"id": "vck_01jd3k7x2mfq8t9v5w6y0zabcd", "kind": "sanctions", "subject_kind": "partner", "subject_id": "ptn_01jd3k7x2mfq8t9v5w6y0zabcd",
    "partner_id": "ptn_01jd3k7x2mfq8t9v5w6y0zabcd", "result": "clear", "revision": 1}))]
pub struct VettingCheckNews {
    /// The check.
    pub id: VettingCheckId,
    /// What was checked.
    pub kind: VettingKind,
    /// Who was checked.
    pub subject_kind: VettingSubjectKind,
    /// Their id.
    pub subject_id: String,
    /// The partner that they are, or belong to.
    pub partner_id: PartnerId,
    /// What it came to.
    pub result: VettingResult,
    /// Raised with every change.
    pub revision: i64,
}

/// Why a person decides so.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "Born in another year, and in another country."}))]
pub struct VettingReason {
    /// A sentence, for the register.
    #[validate(length(min = 1, max = 2000), custom(function = kernel::text::not_blank))]
    #[schema(min_length = 1, max_length = 2000, pattern = r"\S")]
    pub reason: String,
}

/// Facts about a partner that are not kept with it.
#[derive(Debug, Clone, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"tax_id": "DE136695976"}))]
pub struct VettingRun {
    /// Its tax number; checked against the forms of its country.
    #[validate(length(min = 1, max = 60))]
    #[schema(min_length = 1, max_length = 60)]
    pub tax_id: Option<String>,
    /// Its mail address; only the domain is looked at, and kept.
    #[validate(email, length(max = 254))]
    #[schema(format = "email", max_length = 254)]
    pub email: Option<String>,
}

/// How a vetting stands, in plain words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum VettingStanding {
    /// Nothing speaks against it.
    Passed,
    /// It is being looked at, or was not checked yet.
    Pending,
    /// One does not do business with it.
    Failed,
}

/// How one kind of check stands.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"kind": "sanctions", "status": "pending"}))]
pub struct VettingKindStanding {
    /// What is checked.
    pub kind: VettingKind,
    /// How it stands, over the partner, its owners and its people.
    pub status: VettingStanding,
}

/// How a partner's vetting stands. The partner's own people see this without `checks`.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"partner_id": "ptn_01jd3k7x2mfq8t9v5w6y0zabcd", "status": "pending", "kinds": [{"kind": "sanctions", "status": "pending"}]}))]
pub struct PartnerVetting {
    /// The partner.
    pub partner_id: PartnerId,
    /// How it stands, all together.
    pub status: VettingStanding,
    /// How each kind of check stands.
    pub kinds: Vec<VettingKindStanding>,
    /// The latest checks of the partner, its owners and its people, those that speak against it first; at most 100. For those who may read the register.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checks: Option<Vec<VettingCheck>>,
}

impl Resource for PartnerVetting {}
