//! What audits and findings look like on the wire.

use super::{HygieneAuditId, HygieneFindingId};
use crate::conflict::FieldEvidence;
use crate::verdicts::MatchVerdictKind;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use kernel::Resource;
use kernel::actor::ActorRef;
use kernel::id::PartnerId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

/// What kind of thing an audit comes upon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HygieneKind {
    /// Two accounts that look like one company.
    DuplicateAccounts,
    /// Two live deals for what looks like one customer, of one partner or of two.
    DuplicateDeals,
    /// An open opportunity that nobody changed for long, or whose closing date is past.
    StaleOpportunity,
    /// A live deal with no active person of the vendor: nobody assigned, no channel manager, no manager of the partner.
    DealWithoutOwner,
    /// An active partner of which nothing was seen for long: no deal or lead that moved, nobody who came in.
    PartnerWithoutActivity,
}

impl HygieneKind {
    /// Every kind, in the order in which an audit goes through them.
    pub const ALL: &[Self] =
        &[Self::DuplicateAccounts, Self::DuplicateDeals, Self::StaleOpportunity, Self::DealWithoutOwner, Self::PartnerWithoutActivity];

    /// Its name on the wire and in the database.
    pub fn wire(self) -> &'static str {
        match self {
            Self::DuplicateAccounts => "duplicate_accounts",
            Self::DuplicateDeals => "duplicate_deals",
            Self::StaleOpportunity => "stale_opportunity",
            Self::DealWithoutOwner => "deal_without_owner",
            Self::PartnerWithoutActivity => "partner_without_activity",
        }
    }

    /// Read back what [`HygieneKind::wire`] wrote.
    pub fn read(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.wire() == text)
    }
}

/// How a finding stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HygieneFindingStatus {
    /// It is so.
    Open,
    /// It is so, and somebody said that it does not matter.
    Dismissed,
    /// It is so no longer.
    Resolved,
}

impl HygieneFindingStatus {
    /// Its name on the wire and in the database.
    pub fn wire(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Dismissed => "dismissed",
            Self::Resolved => "resolved",
        }
    }

    /// Read back what [`HygieneFindingStatus::wire`] wrote.
    pub fn read(text: &str) -> Self {
        match text {
            "dismissed" => Self::Dismissed,
            "resolved" => Self::Resolved,
            _ => Self::Open,
        }
    }
}

/// Something that a finding is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"type": "account", "id": "acc_01jd3k7x2mfq8t9v5w6y0zabcd", "external_id": "A-17", "name": "Fabrikam Inc"}))]
pub struct HygieneSubject {
    /// `account`, `deal`, `opportunity` or `partner`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Our id of it.
    pub id: String,
    /// The CRM's id of it, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// What people call it; of a deal, its customer.
    pub name: String,
}

/// What an audit saw.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Details {
    /// What it is about.
    pub subjects: Vec<HygieneSubject>,
    /// Stable code of why.
    pub code: String,
    /// Why, in a sentence.
    pub detail: String,
    /// Of duplicates: how sure the comparison is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<f32>,
    /// Of duplicates: what a person judged, if anybody did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<MatchVerdictKind>,
    /// Of duplicates: what each field said.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<FieldEvidence>,
}

/// That somebody said that a finding does not matter.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"reason": "Two branches, on purpose.", "by": {"type": "person", "id": "per_01jd3k7x2mfq8t9v5w6y0zabcd"},
    "at": "2026-11-20T12:00:00Z", "until": "2027-05-19T12:00:00Z"}))]
pub struct HygieneDismissal {
    /// Why; left out of events.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Who said so.
    pub by: ActorRef,
    /// When.
    pub at: DateTime<Utc>,
    /// Until when; absent if for good, or rather until the facts are others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<DateTime<Utc>>,
}

/// Something that an audit came upon.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"id": "hyf_01jd3k7x2mfq8t9v5w6y0zabcd", "kind": "stale_opportunity", "status": "open", "code": "past_close_date",
    "detail": "It was to be closed on 2026-10-31 and is still open.", "subjects": [{"type": "opportunity", "id": "opp_01jd3k7x2mfq8t9v5w6y0zabcd",
    "external_id": "0061t00000XyZ", "name": "Müller: 40 robots"}], "across_partners": false, "first_seen_at": "2026-11-08T02:00:00Z",
    "last_seen_at": "2026-11-20T02:00:00Z", "opened_at": "2026-11-08T02:00:00Z", "revision": 1, "created_at": "2026-11-08T02:00:00Z",
    "updated_at": "2026-11-08T02:00:00Z", "available_actions": ["dismiss"]}))]
pub struct HygieneFinding {
    /// Its id: the same every night.
    pub id: HygieneFindingId,
    /// What kind of thing it is.
    pub kind: HygieneKind,
    /// How it stands.
    pub status: HygieneFindingStatus,
    /// Stable code of why: `alike`, `judged_same`, `unchanged`, `past_close_date`, `no_owner`, `no_activity`.
    pub code: String,
    /// Why, in a sentence, as an audit last saw it.
    pub detail: String,
    /// What it is about: two of duplicates, else one.
    pub subjects: Vec<HygieneSubject>,
    /// Of duplicates: how sure the comparison is, 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<f32>,
    /// Of duplicates: what a person judged of the two, which outranks the comparison.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verdict: Option<MatchVerdictKind>,
    /// Of duplicates: what each field said.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<FieldEvidence>,
    /// The partner that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partner_id: Option<PartnerId>,
    /// The other partner, of duplicates across two.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other_partner_id: Option<PartnerId>,
    /// Whether two partners are after one customer: then it is shown only to those who may see rivals.
    pub across_partners: bool,
    /// When an audit first came upon it.
    pub first_seen_at: DateTime<Utc>,
    /// When an audit last came upon it.
    pub last_seen_at: DateTime<Utc>,
    /// When it was last opened: later than `first_seen_at` if it had been resolved or dismissed.
    pub opened_at: DateTime<Utc>,
    /// When it was found to be so no longer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolved_at: Option<DateTime<Utc>>,
    /// That somebody said that it does not matter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dismissal: Option<HygieneDismissal>,
    /// Counts changes of its status; the `ETag`.
    pub revision: i64,
    /// When it came here.
    pub created_at: DateTime<Utc>,
    /// When its status last changed.
    pub updated_at: DateTime<Utc>,
    /// What the caller may do with it now: `dismiss`, `reopen`.
    pub available_actions: Vec<String>,
}

impl Resource for HygieneFinding {
    fn revision(&self) -> Option<i64> {
        Some(self.revision)
    }
    fn location(&self) -> Option<String> {
        Some(format!("/v1/hygiene/findings/{}", self.id))
    }
}

/// Why a finding does not matter, and for how long.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "Two branches, on purpose.", "for_days": 180}))]
pub struct HygieneFindingDismiss {
    /// A sentence.
    #[validate(length(min = 1, max = 2000), custom(function = kernel::text::not_blank))]
    #[schema(min_length = 1, max_length = 2000, pattern = r"\S")]
    pub reason: String,
    /// For how many days; left out: until the facts are others.
    #[validate(range(min = 1, max = 3650))]
    #[schema(minimum = 1, maximum = 3650)]
    pub for_days: Option<i64>,
}

/// Why an audit is carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HygieneAuditOrigin {
    /// It is night.
    Nightly,
    /// Somebody asked for it.
    Requested,
}

/// How an audit stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HygieneAuditStatus {
    /// It is being carried out.
    Running,
    /// It came to its end.
    Completed,
    /// It could not go on; what it found until then is kept, and nothing was resolved that it had not come to.
    Failed,
}

/// What an audit has done about one kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"kind": "duplicate_accounts", "examined": 19876, "opened": 12, "resolved": 3, "open": 140}))]
pub struct HygieneTally {
    /// The kind.
    pub kind: HygieneKind,
    /// How many things were looked at.
    pub examined: i64,
    /// Findings that are new, or open again.
    pub opened: i64,
    /// Findings that are so no longer.
    pub resolved: i64,
    /// Once it has completed: findings that were open then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open: Option<i64>,
}

/// An audit.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"id": "hya_01jd3k7x2mfq8t9v5w6y0zabcd", "origin": "nightly", "status": "completed", "steps": 214, "opened": 12, "resolved": 3,
    "kinds": [{"kind": "duplicate_accounts", "examined": 19876, "opened": 12, "resolved": 3, "open": 140}], "revision": 2,
    "created_at": "2026-11-20T02:00:00Z", "updated_at": "2026-11-20T02:04:00Z", "completed_at": "2026-11-20T02:04:00Z"}))]
pub struct HygieneAudit {
    /// Its id.
    pub id: HygieneAuditId,
    /// Why it is carried out.
    pub origin: HygieneAuditOrigin,
    /// How it stands.
    pub status: HygieneAuditStatus,
    /// Steps that were carried out.
    pub steps: i64,
    /// Findings that are new, or open again, of all kinds.
    pub opened: i64,
    /// Findings that are so no longer, of all kinds.
    pub resolved: i64,
    /// What it has done, kind by kind: those that the settings name.
    pub kinds: Vec<HygieneTally>,
    /// Counts changes of its status; the `ETag`.
    pub revision: i64,
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// When its last step was carried out.
    pub updated_at: DateTime<Utc>,
    /// When it came to its end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completed_at: Option<DateTime<Utc>>,
}

impl Resource for HygieneAudit {
    fn revision(&self) -> Option<i64> {
        Some(self.revision)
    }
    fn location(&self) -> Option<String> {
        Some(format!("/v1/hygiene/audits/{}", self.id))
    }
}

/// An audit as it is answered to whoever asked for it.
#[derive(Serialize)]
#[serde(transparent)]
pub(super) struct Accepted(pub(super) HygieneAudit);

impl Resource for Accepted {
    fn revision(&self) -> Option<i64> {
        self.0.revision()
    }
    fn location(&self) -> Option<String> {
        self.0.location()
    }
    fn status(&self) -> Option<StatusCode> {
        Some(StatusCode::ACCEPTED)
    }
}
