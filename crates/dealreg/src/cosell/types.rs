//! What of co-sell requests goes over the wire.

use super::rules::{CosellAction, CosellSide, CosellStatus};
use super::terms::CosellHelp;
use super::{CosellContributionId, CosellRequestId};
use crate::DealId;
use crate::engagement::RuleOutcome;
use chrono::{DateTime, Utc};
use kernel::app::Resource;
use kernel::body::{not_null, present};
use kernel::id::{PartnerId, PersonId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

/// Declares an enum whose names in the database are those on the wire: a variant's in snake case.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $wire:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$variant_doc])* $variant,)+ }

        impl $name {
            /// Its name in the database and on the wire.
            pub fn wire(self) -> &'static str {
                match self { $(Self::$variant => $wire,)+ }
            }
        }

        impl std::str::FromStr for $name {
            type Err = ();
            fn from_str(text: &str) -> Result<Self, ()> {
                match text { $($wire => Ok(Self::$variant),)+ _ => Err(()) }
            }
        }
    };
}

words! {
    /// How soon help is needed.
    CosellUrgency {
        /// In the usual time.
        Normal = "normal",
        /// As soon as can be.
        Urgent = "urgent",
    }
}

words! {
    /// Whether the vendor's sellers may contact the customer.
    CosellCustomerContact {
        /// By themselves.
        Free = "free",
        /// Only together with the partner.
        WithPartner = "with_partner",
        /// Not at all.
        Never = "never",
    }
}

words! {
    /// How the deal of a request ended.
    CosellOutcome {
        /// The sale was made.
        Won = "won",
        /// The sale was lost.
        Lost = "lost",
        /// The deal was taken back.
        Withdrawn = "withdrawn",
        /// The deal's protection ran out.
        Expired = "expired",
        /// The deal was released, for want of progress.
        Released = "released",
        /// The deal was refused.
        Rejected = "rejected",
    }
}

words! {
    /// How it was settled who contributed what.
    CosellSettled {
        /// The other side agreed to what one said.
        Confirmed = "confirmed",
        /// The vendor settled it.
        ByVendor = "by_vendor",
        /// Nobody objected to what one side said, in time.
        Unanswered = "unanswered",
        /// Nobody said anything, in time: there is no record.
        Unsaid = "unsaid",
    }
}

words! {
    /// What brought somebody in.
    CosellBroughtInBy {
        /// They asked.
        Asked = "asked",
        /// A rule named them.
        Rule = "rule",
        /// It was their turn in the queue that a rule named.
        Queue = "queue",
        /// They stand in for whom a rule named.
        Cover = "cover",
        /// They are the deal's channel manager.
        ChannelManager = "channel_manager",
        /// Nobody else was there, and they have least to do.
        Fallback = "fallback",
        /// They answered the request.
        Answered = "answered",
        /// Somebody brought them in.
        Hand = "hand",
        /// It was escalated to them.
        Escalation = "escalation",
    }
}

/// Help to be asked for with a deal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"helps": ["demo", "pricing"], "urgency": "urgent", "needs": "They want to see it run with their own data.",
    "brings": "We know their head of production.", "customer_contact": "with_partner"}))]
pub struct CosellAsk {
    /// The kinds of help, out of the vendor's catalogue (`GET /v1/cosell-helps`).
    #[validate(length(min = 1, max = 10))]
    #[schema(min_items = 1, max_items = 10)]
    pub helps: Vec<String>,
    /// How soon it is needed; `normal` if absent.
    #[serde(default = "usual")]
    pub urgency: CosellUrgency,
    /// What is needed, in words.
    #[validate(length(min = 1, max = 5000))]
    #[schema(min_length = 1, max_length = 5000)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub needs: Option<String>,
    /// What the partner brings.
    #[validate(length(min = 1, max = 5000))]
    #[schema(min_length = 1, max_length = 5000)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brings: Option<String>,
    /// Whether the vendor's sellers may contact the customer; `with_partner` if absent.
    #[serde(default = "together")]
    pub customer_contact: CosellCustomerContact,
}

fn usual() -> CosellUrgency {
    CosellUrgency::Normal
}

fn together() -> CosellCustomerContact {
    CosellCustomerContact::WithPartner
}

/// Changes to what is asked, as a JSON merge patch.
#[derive(Debug, Clone, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"urgency": "urgent", "needs": "They decide on Friday."}))]
pub struct CosellRequestPatch {
    /// How soon it is needed.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(nullable = false)]
    pub urgency: Option<CosellUrgency>,
    /// What is needed, in words; null takes it out.
    #[serde(default, deserialize_with = "present")]
    #[validate(length(min = 1, max = 5000))]
    #[schema(min_length = 1, max_length = 5000)]
    pub needs: Option<Option<String>>,
    /// What the partner brings; null takes it out.
    #[serde(default, deserialize_with = "present")]
    #[validate(length(min = 1, max = 5000))]
    #[schema(min_length = 1, max_length = 5000)]
    pub brings: Option<Option<String>>,
    /// Whether the vendor's sellers may contact the customer; the partner's to say.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(nullable = false)]
    pub customer_contact: Option<CosellCustomerContact>,
}

/// How a request was answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"outcome": "approve", "code": "accepted_by_hand", "sentence": "Ada will show it on Friday.", "answered_at": "2026-11-20T12:00:00Z"}))]
pub struct CosellAnswer {
    /// `approve` or `reject`.
    pub outcome: RuleOutcome,
    /// Stable code of the reason.
    pub code: String,
    /// The reason, as the partner reads it.
    pub sentence: String,
    /// The rule that answered; the vendor's callers only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// When.
    pub answered_at: DateTime<Utc>,
}

/// Why somebody takes part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"by": "cover", "rule": "demos-dach", "cover_for": "per_01jd3k7x2mfq8t9v5w6y0zabcd"}))]
pub struct CosellBroughtIn {
    /// What brought them in. More may come.
    pub by: CosellBroughtInBy,
    /// The rule that named them, or for whom they stand in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// For whom they stand in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cover_for: Option<PersonId>,
    /// Whom they replace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<PersonId>,
    /// The reason that was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl CosellBroughtIn {
    /// Nothing but what brought them in.
    pub fn by(by: CosellBroughtInBy) -> Self {
        Self { by, rule: None, cover_for: None, replaces: None, reason: None }
    }
}

/// Somebody who takes part, or did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(example = json!({"person_id": "per_01jd3k7x2mfq8t9v5w6y0zabcd", "name": "Ada Byron", "side": "vendor", "helps": ["demo"], "active": true,
    "joined_at": "2026-11-20T12:00:00Z"}))]
pub struct CosellParticipant {
    /// Who.
    pub person_id: PersonId,
    /// Their name; absent in events.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// On which side.
    pub side: CosellSide,
    /// For which helps.
    pub helps: Vec<String>,
    /// Whether they still take part.
    pub active: bool,
    /// Since when.
    pub joined_at: DateTime<Utc>,
    /// Until when they did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left_at: Option<DateTime<Utc>>,
    /// Why they take part; the vendor's callers only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub brought_in: Option<CosellBroughtIn>,
    /// Why they no longer do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left_reason: Option<String>,
}

/// What somebody contributed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"side": "vendor", "help": "demo", "what": "Showed it with their data.", "basis_points": 3000}))]
pub struct CosellShare {
    /// On which side.
    pub side: CosellSide,
    /// Who; the side as a whole if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person_id: Option<PersonId>,
    /// With which help.
    #[validate(length(min = 1, max = 40))]
    #[schema(min_length = 1, max_length = 40)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// What.
    #[validate(length(min = 1, max = 2000))]
    #[schema(min_length = 1, max_length = 2000)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub what: Option<String>,
    /// Which part of the whole it was, in hundredths of a percent; all together are 10,000.
    #[validate(range(min = 0, max = 10000))]
    #[schema(minimum = 0, maximum = 10000)]
    pub basis_points: i64,
}

/// Who contributed what, as one side says it.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"contributions": [{"side": "vendor", "help": "demo", "what": "Showed it with their data.", "basis_points": 3000},
    {"side": "partner", "what": "Found them, and closed.", "basis_points": 7000}], "reason": "As agreed on the phone."}))]
pub struct CosellContributionsSay {
    /// What each contributed.
    #[validate(length(min = 1, max = 20), nested)]
    #[schema(min_items = 1, max_items = 20)]
    pub contributions: Vec<CosellShare>,
    /// A sentence for the other side.
    #[validate(length(min = 1, max = 2000))]
    #[schema(min_length = 1, max_length = 2000)]
    #[serde(default)]
    pub reason: Option<String>,
}

/// A proposal that waits for the other side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"side": "partner", "proposed_at": "2026-11-20T12:00:00Z", "contributions": [{"side": "partner", "basis_points": 10000}]}))]
pub struct CosellProposal {
    /// Which side says so.
    pub side: CosellSide,
    /// Who, if it was a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person_id: Option<PersonId>,
    /// What each contributed.
    pub contributions: Vec<CosellShare>,
    /// When.
    pub proposed_at: DateTime<Utc>,
}

/// What each side has together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[schema(example = json!({"vendor_basis_points": 3000, "partner_basis_points": 7000}))]
pub struct CosellShares {
    /// The vendor's, in hundredths of a percent.
    pub vendor_basis_points: i64,
    /// The partner's.
    pub partner_basis_points: i64,
}

/// A record of what somebody contributed. It is never changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(example = json!({"id": "csc_01jd3k7x2mfq8t9v5w6y0zabcd", "cosell_request_id": "csr_01jd3k7x2mfq8t9v5w6y0zabcd",
    "deal_id": "deal_01jd3k7x2mfq8t9v5w6y0zabcd", "side": "vendor", "help": "demo", "what": "Showed it with their data.", "basis_points": 3000,
    "settled": "confirmed", "created_at": "2026-11-20T12:00:00Z"}))]
pub struct CosellContribution {
    /// Its id.
    pub id: CosellContributionId,
    /// The request that it was settled in.
    pub cosell_request_id: CosellRequestId,
    /// The deal.
    pub deal_id: DealId,
    /// On which side.
    pub side: CosellSide,
    /// Who; the side as a whole if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person_id: Option<PersonId>,
    /// With which help.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// What.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub what: Option<String>,
    /// Which part of the whole it was, in hundredths of a percent.
    pub basis_points: i64,
    /// How it was settled.
    pub settled: CosellSettled,
    /// When it was recorded.
    pub created_at: DateTime<Utc>,
}

/// Help that was asked for with a deal.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"id": "csr_01jd3k7x2mfq8t9v5w6y0zabcd", "deal_id": "deal_01jd3k7x2mfq8t9v5w6y0zabcd",
    "partner_id": "ptn_01jd3k7x2mfq8t9v5w6y0zabcd", "customer_name": "Fabrikam GmbH", "status": "requested", "helps": ["demo"], "urgency": "normal",
    "customer_contact": "with_partner", "asked_by_side": "partner", "overdue": false, "contributions": [], "rules_version": 1,
    "participants": [{"person_id": "per_01jd3k7x2mfq8t9v5w6y0zabcd", "name": "Ada Byron", "side": "vendor", "helps": ["demo"], "active": true,
        "joined_at": "2026-11-20T12:00:00Z"}],
    "revision": 1, "created_at": "2026-11-20T12:00:00Z", "updated_at": "2026-11-20T12:00:00Z", "available_actions": ["cancel", "update"]}))]
pub struct CosellRequest {
    /// Its id.
    pub id: CosellRequestId,
    /// The deal.
    pub deal_id: DealId,
    /// The partner.
    pub partner_id: PartnerId,
    /// The customer's name, when help was asked for.
    pub customer_name: String,
    /// Where it stands.
    pub status: CosellStatus,
    /// The kinds of help.
    pub helps: Vec<String>,
    /// How soon it is needed.
    pub urgency: CosellUrgency,
    /// What is needed, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub needs: Option<String>,
    /// What the partner brings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub brings: Option<String>,
    /// Whether the vendor's sellers may contact the customer.
    pub customer_contact: CosellCustomerContact,
    /// Which side asked.
    pub asked_by_side: CosellSide,
    /// Who asked, if it was a person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asked_by_id: Option<PersonId>,
    /// How it was answered; absent until it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<CosellAnswer>,
    /// Until when what it waits for is due: the answer, or, while it is closing, that it is settled who contributed what.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_at: Option<DateTime<Utc>>,
    /// Whether that time is over.
    pub overdue: bool,
    /// Who takes part, or did; those who came first first.
    pub participants: Vec<CosellParticipant>,
    /// How the deal ended, if the request ended with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<CosellOutcome>,
    /// Why it was cancelled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Who contributed what as one side said it last; while it is closing, it waits for the other.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proposal: Option<CosellProposal>,
    /// Who contributed what, once it is settled.
    pub contributions: Vec<CosellContribution>,
    /// What each side has of that together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shares: Option<CosellShares>,
    /// How it was settled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settled: Option<CosellSettled>,
    /// The version of the rules of engagement that it was asked under.
    pub rules_version: i64,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed_at: Option<DateTime<Utc>>,
    /// Raised with every change; send it as If-Match.
    pub revision: i64,
    /// When it was asked.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// What the caller may do with it now: the last segment of a path each, but for `update` (`PATCH`) and `add-task` (`POST …/tasks`).
    pub available_actions: Vec<CosellAction>,
}

impl Resource for CosellRequest {
    fn revision(&self) -> Option<i64> {
        Some(self.revision)
    }
    fn location(&self) -> Option<String> {
        Some(format!("/v1/cosell-requests/{}", self.id))
    }
}

/// Why: where a reason may be given.
#[derive(Debug, Clone, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "Ada will show it on Friday."}))]
pub struct CosellNote {
    /// A sentence for the other side.
    #[validate(length(min = 1, max = 2000))]
    #[schema(min_length = 1, max_length = 2000)]
    pub reason: Option<String>,
}

/// Why, where a reason is needed.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "We have nobody in that country."}))]
pub struct CosellReason {
    /// A sentence for the other side.
    #[validate(length(min = 1, max = 2000), custom(function = kernel::text::not_blank))]
    #[schema(min_length = 1, max_length = 2000, pattern = r"\S")]
    pub reason: String,
}

/// Somebody to bring in.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"person_id": "per_01jd3k7x2mfq8t9v5w6y0zabcd", "helps": ["demo"], "reason": "Knows their plant."}))]
pub struct CosellParticipantAdd {
    /// Who: a person of the vendor or of the partner; a partner's callers bring in their own.
    pub person_id: PersonId,
    /// For which helps of the request.
    #[validate(length(max = 10))]
    #[schema(max_items = 10)]
    #[serde(default)]
    pub helps: Vec<String>,
    /// Why.
    #[validate(length(min = 1, max = 2000), custom(function = kernel::text::not_blank))]
    #[schema(min_length = 1, max_length = 2000, pattern = r"\S")]
    pub reason: String,
}

/// Somebody to let out.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"person_id": "per_01jd3k7x2mfq8t9v5w6y0zabcd", "reason": "Works on another deal now."}))]
pub struct CosellParticipantRemove {
    /// Who; a partner's callers let out their own.
    pub person_id: PersonId,
    /// Why.
    #[validate(length(min = 1, max = 2000), custom(function = kernel::text::not_blank))]
    #[schema(min_length = 1, max_length = 2000, pattern = r"\S")]
    pub reason: String,
}

/// The helps that can be asked for now.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"rules_version": 1, "data": [{"name": "demo", "title": "A demonstration"}], "answer_hours": 16}))]
pub struct CosellHelps {
    /// The version of the rules of engagement that says so; 0 for the standard ones.
    pub rules_version: i64,
    /// The helps, in the vendor's order.
    pub data: Vec<CosellHelp>,
    /// Business hours within which the vendor answers; absent if it promises none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer_hours: Option<i64>,
    /// The same for an urgent request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub urgent_answer_hours: Option<i64>,
}
