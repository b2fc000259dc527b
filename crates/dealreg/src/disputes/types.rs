//! What goes over the wire.

use super::rules::{Action, Stage};
use super::{DisputeEvidenceId, DisputeId};
use crate::DealId;
use crate::store::deals::DealRow;
use chrono::{DateTime, Utc};
use kernel::actor::ActorRef;
use kernel::app::Resource;
use kernel::id::{EventId, PartnerId, PersonId};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use validator::{Validate, ValidationError};

/// Which part of a protection is a deal's own, since a dispute split it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(example = json!({"percent": 60, "dispute_id": "dsp_01jd3k7x2mfq8t9v5w6y0zabcd"}))]
pub struct DealShare {
    /// Of a hundred.
    pub percent: i32,
    /// The dispute that split it.
    pub dispute_id: DisputeId,
}

impl DealShare {
    /// The share that a row holds.
    pub fn of(row: &DealRow) -> Option<Self> {
        Some(Self { percent: row.share_percent?, dispute_id: DisputeId(row.share_dispute_id?) })
    }
}

/// How long the steps of a dispute take, in days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(example = json!({"statement_days": 5, "review_days": 10, "appeal_days": 10, "freeze_days": 60}))]
pub struct DisputeTerms {
    /// For the parties' statements.
    #[validate(range(min = 1, max = 90))]
    #[schema(minimum = 1, maximum = 90)]
    pub statement_days: i64,
    /// For the reviewer.
    #[validate(range(min = 1, max = 90))]
    #[schema(minimum = 1, maximum = 90)]
    pub review_days: i64,
    /// For an appeal after the decision; 0 allows none.
    #[validate(range(min = 0, max = 90))]
    #[schema(minimum = 0, maximum = 90)]
    pub appeal_days: i64,
    /// For which the protection of the parties' deals stands still at most.
    #[validate(range(min = 1, max = 365))]
    #[schema(minimum = 1, maximum = 365)]
    pub freeze_days: i64,
}

impl Default for DisputeTerms {
    fn default() -> Self {
        Self { statement_days: 5, review_days: 10, appeal_days: 10, freeze_days: 60 }
    }
}

/// A dispute to open.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"deal_id": "deal_01jd3k7x2mfq8t9v5w6y0zabcd", "reason": "We have worked with this customer since March and were told that it is taken."}))]
pub struct DisputeOpen {
    /// The deal of who claims: a partner's own.
    pub deal_id: DealId,
    /// The deal that stands against it; the vendor's callers only. Without it the machine finds who is after the same customer.
    pub against_deal_id: Option<DealId>,
    /// That the vendor's own sales stand against it; the vendor's callers only.
    #[serde(default)]
    pub against_direct_sales: bool,
    /// Why: the first statement of who opens it.
    #[validate(length(min = 1, max = 10000), custom(function = kernel::text::not_blank))]
    #[schema(min_length = 1, max_length = 10000, pattern = r"\S")]
    pub reason: String,
}

/// Another party of a dispute.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"deal_id": "deal_01jd3k7x2mfq8t9v5w6y0zabcd"}))]
pub struct DisputePartyAdd {
    /// The deal of a further partner; without it, the vendor's direct sales.
    pub deal_id: Option<DealId>,
}

/// Where something can be looked up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"title": "Minutes of the first meeting", "url": "https://files.northwind.example/minutes.pdf"}))]
pub struct DisputeLink {
    /// What it is.
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    pub title: String,
    /// Where: `https://…`.
    #[validate(length(min = 9, max = 2000), custom(function = secure))]
    #[schema(min_length = 9, max_length = 2000, pattern = "^https://")]
    pub url: String,
}

fn secure(url: &str) -> Result<(), ValidationError> {
    if url.starts_with("https://") && !url.contains(char::is_whitespace) {
        return Ok(());
    }
    Err(ValidationError::new("url").with_message("Send an https:// address.".into()))
}

/// What a party has to say.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"text": "The customer asked us for an offer on 3 March; the minutes are attached.",
    "links": [{"title": "Minutes of the first meeting", "url": "https://files.northwind.example/minutes.pdf"}]}))]
pub struct DisputeStatement {
    /// The text.
    #[validate(length(min = 1, max = 10000), custom(function = kernel::text::not_blank))]
    #[schema(min_length = 1, max_length = 10000, pattern = r"\S")]
    pub text: String,
    /// What supports it.
    #[serde(default)]
    #[validate(length(max = 20), nested)]
    #[schema(max_items = 20)]
    pub links: Vec<DisputeLink>,
}

/// A question to a party.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"party": "A", "question": "When did the customer first ask you for an offer?"}))]
pub struct DisputeQuestion {
    /// The party's label.
    #[validate(length(min = 1, max = 2))]
    #[schema(min_length = 1, max_length = 2)]
    pub party: String,
    /// The question, as the party will read it.
    #[validate(length(min = 1, max = 2000), custom(function = kernel::text::not_blank))]
    #[schema(min_length = 1, max_length = 2000, pattern = r"\S")]
    pub question: String,
}

/// Who is to lead a dispute.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reviewer_id": "per_01jd3k7x2mfq8t9v5w6y0zabcd", "reason": "Knows the region and neither party."}))]
pub struct DisputeAssign {
    /// A person of the vendor who may decide disputes.
    pub reviewer_id: PersonId,
    /// Why.
    #[validate(length(min = 1, max = 2000))]
    #[schema(min_length = 1, max_length = 2000)]
    pub reason: String,
    /// That it is known that this person is not neutral; taken from admins only, while nobody neutral can be found.
    #[serde(default)]
    pub despite_partiality: bool,
}

/// What is to be shown to whom.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"evidence_id": "dse_01jd3k7x2mfq8t9v5w6y0zabcd", "to": ["B"]}))]
pub struct DisputeDisclose {
    /// The statement or exhibit.
    pub evidence_id: DisputeEvidenceId,
    /// The labels of the parties that may see it from now on.
    #[validate(length(min = 1, max = 10))]
    #[schema(min_items = 1, max_items = 10)]
    pub to: Vec<String>,
}

/// How a dispute ends for the protection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DisputeOutcome {
    /// Nothing changes.
    Stands,
    /// It goes to one party; the deals of the others end.
    Moves,
    /// It is shared.
    Splits,
}

/// A party's share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"party": "A", "percent": 60}))]
pub struct DisputePartyShare {
    /// The party's label.
    #[validate(length(min = 1, max = 2))]
    #[schema(min_length = 1, max_length = 2)]
    pub party: String,
    /// Of a hundred.
    #[validate(range(min = 1, max = 99))]
    #[schema(minimum = 1, maximum = 99)]
    pub percent: i32,
}

/// What becomes of the protection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"outcome": "stands"}))]
pub struct DisputeEffect {
    /// How it ends.
    pub outcome: DisputeOutcome,
    /// The label of the party that it moves to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[validate(length(min = 1, max = 2))]
    #[schema(min_length = 1, max_length = 2)]
    pub to: Option<String>,
    /// The shares of a split, a hundred together.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[validate(length(max = 10), nested)]
    #[schema(max_items = 10)]
    pub shares: Vec<DisputePartyShare>,
}

/// A decision to make.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"outcome": "stands", "public_reason": "The protected registration came first, and the customer confirmed it."}))]
pub struct DisputeDecide {
    /// How it ends.
    pub outcome: DisputeOutcome,
    /// The label of the party that the protection moves to.
    #[validate(length(min = 1, max = 2))]
    #[schema(min_length = 1, max_length = 2)]
    pub to: Option<String>,
    /// The shares of a split, a hundred together.
    #[serde(default)]
    #[validate(length(max = 10), nested)]
    #[schema(max_items = 10)]
    pub shares: Vec<DisputePartyShare>,
    /// The reason that every party reads; name nobody.
    #[validate(length(min = 1, max = 5000), custom(function = kernel::text::not_blank))]
    #[schema(min_length = 1, max_length = 5000, pattern = r"\S")]
    pub public_reason: String,
    /// What else is to be remembered; the vendor's callers only.
    #[validate(length(min = 1, max = 5000))]
    #[schema(min_length = 1, max_length = 5000)]
    pub internal_note: Option<String>,
    /// That it is known that the caller is not neutral; taken from admins only, while nobody neutral can be found.
    #[serde(default)]
    pub despite_partiality: bool,
}

impl DisputeDecide {
    /// What becomes of the protection.
    pub fn effect(&self) -> DisputeEffect {
        DisputeEffect { outcome: self.outcome, to: self.to.clone(), shares: self.shares.clone() }
    }
}

/// Why.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "The minutes of March were not considered."}))]
pub struct DisputeReason {
    /// A sentence; kept as a statement of who says it.
    #[validate(length(min = 1, max = 10000), custom(function = kernel::text::not_blank))]
    #[schema(min_length = 1, max_length = 10000, pattern = r"\S")]
    pub reason: String,
}

/// What kind of party it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DisputePartyKind {
    /// A partner with a deal.
    Partner,
    /// The vendor's own sales.
    DirectSales,
}

/// A party.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"label": "A", "kind": "partner", "claimant": true, "own": true, "stated": true, "agreed": false,
    "partner_id": "ptn_01jd3k7x2mfq8t9v5w6y0zabcd", "deal_id": "deal_01jd3k7x2mfq8t9v5w6y0zabcd"}))]
pub struct DisputeParty {
    /// How it is called in this dispute: `A` is who claims.
    pub label: String,
    /// What kind of party it is.
    pub kind: DisputePartyKind,
    /// Whether it claims, rather than being claimed against.
    pub claimant: bool,
    /// Whether it is the caller's own side.
    pub own: bool,
    /// Whether it has agreed to the settlement that was offered.
    pub agreed: bool,
    /// Whether it has made a statement; of one's own side, and to the vendor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stated: Option<bool>,
    /// The partner; of one's own side, and to the vendor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partner_id: Option<PartnerId>,
    /// Its deal; of one's own side, and to the vendor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deal_id: Option<DealId>,
}

/// A decision.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"outcome": "moves", "to": "A", "public_reason": "It was there first.", "by_agreement": false, "on_appeal": false,
    "decided_at": "2026-11-20T12:00:00Z"}))]
pub struct DisputeDecision {
    /// How it ended.
    pub outcome: DisputeOutcome,
    /// The label of the party that the protection moved to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// The shares of a split.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shares: Vec<DisputePartyShare>,
    /// The reason that every party reads.
    pub public_reason: String,
    /// What else is to be remembered; the vendor's callers only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub internal_note: Option<String>,
    /// Whether the parties agreed to it.
    pub by_agreement: bool,
    /// Whether it was made on appeal, and is the last.
    pub on_appeal: bool,
    /// Whether it was made by somebody who was known not to be neutral, since nobody was; the vendor's callers only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub despite_partiality: Option<bool>,
    /// Who decided; the vendor's callers only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<ActorRef>,
    /// When.
    pub decided_at: DateTime<Utc>,
}

/// An end that a party has offered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"by": "A", "effect": {"outcome": "splits", "shares": [{"party": "A", "percent": 60}, {"party": "B", "percent": 40}]},
    "at": "2026-11-20T12:00:00Z"}))]
pub struct DisputeProposal {
    /// The party's label.
    pub by: String,
    /// What it would mean.
    pub effect: DisputeEffect,
    /// When it was offered.
    pub at: DateTime<Utc>,
}

/// A dispute about who holds a customer.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"id": "dsp_01jd3k7x2mfq8t9v5w6y0zabcd", "stage": "statements", "own_label": "A",
    "parties": [{"label": "A", "kind": "partner", "claimant": true, "own": true, "stated": true, "agreed": false,
            "partner_id": "ptn_01jd3k7x2mfq8t9v5w6y0zabcd", "deal_id": "deal_01jd3k7x2mfq8t9v5w6y0zabcd"},
        {"label": "B", "kind": "partner", "claimant": false, "own": false, "agreed": false}],
    "statements_until": "2026-11-25T12:00:00Z", "due_at": "2026-12-05T12:00:00Z", "overdue": false, "appealed": false, "rules_version": 0,
    "revision": 1, "created_at": "2026-11-20T12:00:00Z", "updated_at": "2026-11-20T12:00:00Z",
    "available_actions": ["add-statement", "propose-settlement", "withdraw"]}))]
pub struct Dispute {
    /// Its id.
    pub id: DisputeId,
    /// Where it stands.
    pub stage: Stage,
    /// The parties, who claims first.
    pub parties: Vec<DisputeParty>,
    /// The label of the caller's own side, if it is on one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub own_label: Option<String>,
    /// Until when the parties may make statements.
    pub statements_until: DateTime<Utc>,
    /// Until when it is to be decided; absent once it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_at: Option<DateTime<Utc>>,
    /// Whether that time has passed.
    pub overdue: bool,
    /// Who leads it; the vendor's callers only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reviewer_id: Option<PersonId>,
    /// Whether nobody could be found who takes no side, so that an admin has to act; the vendor's callers only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nobody_neutral: Option<bool>,
    /// The end that a party has offered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proposal: Option<DisputeProposal>,
    /// The decision.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision: Option<DisputeDecision>,
    /// The decision before the appeal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_decision: Option<DisputeDecision>,
    /// Until when a party may appeal; absent unless one may.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub appeal_until: Option<DateTime<Utc>>,
    /// Whether there was an appeal.
    pub appealed: bool,
    /// The version of the rules of engagement that its terms are from.
    pub rules_version: i64,
    /// Raised with every change; send it as If-Match.
    pub revision: i64,
    /// When it was opened.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// What the caller may do with it now.
    pub available_actions: Vec<Action>,
}

impl Resource for Dispute {
    fn revision(&self) -> Option<i64> {
        Some(self.revision)
    }
    fn location(&self) -> Option<String> {
        Some(format!("/v1/disputes/{}", self.id))
    }
}

/// Where a piece of evidence is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DisputeEvidenceKind {
    /// Said by a party, or by who opened the dispute.
    Statement,
    /// Asked of a party.
    Question,
    /// Taken from the log by the machine.
    Exhibit,
    /// What comparing the parties' customers gave; the vendor's callers only.
    Comparison,
}

impl DisputeEvidenceKind {
    /// Its name in the database and on the wire.
    pub fn wire(self) -> &'static str {
        match self {
            Self::Statement => "statement",
            Self::Question => "question",
            Self::Exhibit => "exhibit",
            Self::Comparison => "comparison",
        }
    }
}

/// What a piece of evidence says.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Content {
    /// A heading.
    pub title: String,
    /// A party's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// What supports them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<DisputeLink>,
    /// What the machine knows.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub facts: Map<String, Value>,
}

/// Something that was said or found in a dispute. It is never changed.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"id": "dse_01jd3k7x2mfq8t9v5w6y0zabcd", "kind": "exhibit", "party": "A", "title": "A deal was rejected, by rule or by hand.",
    "links": [], "facts": {"deal_id": "deal_01jd3k7x2mfq8t9v5w6y0zabcd", "status": "rejected", "rules_version": 3},
    "event_id": "evt_01jd3k7x2mfq8t9v5w6y0zabcd", "sequence": 42, "occurred_at": "2026-11-20T12:00:00Z", "created_at": "2026-11-20T12:00:00Z"}))]
pub struct DisputeEvidence {
    /// Its id.
    pub id: DisputeEvidenceId,
    /// Where it is from.
    pub kind: DisputeEvidenceKind,
    /// The label of the party that said it or that it is about; absent on what is about all, or said by the vendor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub party: Option<String>,
    /// A heading.
    pub title: String,
    /// A party's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// What supports them.
    pub links: Vec<DisputeLink>,
    /// What the machine knows.
    #[schema(value_type = std::collections::HashMap<String, Value>)]
    pub facts: Map<String, Value>,
    /// The event that it was taken from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_id: Option<EventId>,
    /// That event's place in the vendor's log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sequence: Option<i64>,
    /// Where it is proved that the log holds it; the vendor's callers only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inclusion_proof: Option<String>,
    /// When it happened or was said.
    pub occurred_at: DateTime<Utc>,
    /// Who said it; to one's own side, and to the vendor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<ActorRef>,
    /// The labels of the parties that it was disclosed to; the vendor's callers only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disclosed_to: Option<Vec<String>>,
    /// When it came in.
    pub created_at: DateTime<Utc>,
}

impl Resource for DisputeEvidence {}
