//! What this crate publishes.

use crate::conflict::Conflict;
use crate::http::engagement::RulesOfEngagement;
use crate::types::Deal;
use kernel::log::EventKind;
use kernel::personal::{DataSubject, Personal};
use kernel::{Event, Subject};
use serde::Serialize;
use utoipa::ToSchema;

macro_rules! deal_events {
    ($($name:ident = $kind:literal $summary:literal;)+) => {
        $(#[doc = $summary]
        #[derive(Debug, Serialize, ToSchema)]
        pub struct $name {
            /// The deal as it now is.
            pub deal: Deal,
            /// The reason, question or answer that came with it.
            #[serde(skip_serializing_if = "Option::is_none")]
            pub note: Option<String>,
        }

        impl $name {
            /// The type of the event.
            pub const KIND: &'static str = $kind;
        }

        impl Event for $name {
            const TYPE: &'static str = $kind;
            fn subject(&self) -> Subject {
                Subject::new("deal", self.deal.id, self.deal.revision)
            }
            fn personal(&self) -> Vec<Personal> {
                contact(&self.deal)
            }
        })+

        fn deal_event_kinds() -> Vec<EventKind> {
            vec![$(EventKind::of::<$name>($summary)),+]
        }
    };
}

deal_events! {
    DealDrafted = "deal.drafted" "A draft of a deal was made.";
    DealUpdated = "deal.updated" "A deal's own figures were changed.";
    DealApproved = "deal.approved" "A deal was approved, by rule or by hand, and is protected.";
    DealInReview = "deal.in_review" "A deal waits for a person of the vendor to decide.";
    DealRejected = "deal.rejected" "A deal was rejected, by rule or by hand.";
    DealInformationRequested = "deal.information_requested" "The vendor asked the partner about a deal.";
    DealExtended = "deal.extended" "A deal's protection was prolonged.";
    DealExpiring = "deal.expiring" "A deal's protection ends soon.";
    DealExpired = "deal.expired" "A deal's protection ended; its customer is free.";
    DealWithdrawn = "deal.withdrawn" "A deal was taken back by its partner.";
    DealWon = "deal.won" "A deal's sale was made.";
    DealLost = "deal.lost" "A deal's sale was lost.";
    DealStalled = "deal.stalled" "A protected deal shows no progress and will be released.";
    DealReleased = "deal.released" "A deal showed no progress in time: its protection ended, and its customer is free.";
    DealStageChanged = "deal.stage_changed" "The vendor's CRM moved the opportunity of a deal.";
}

/// A conflict was found after a deal had been decided.
#[derive(Debug, Serialize, ToSchema)]
pub struct DealConflictFound {
    /// The deal as it now is.
    pub deal: Deal,
    /// What it collides with.
    pub conflict: Conflict,
}

impl Event for DealConflictFound {
    const TYPE: &'static str = "deal.conflict_found";
    fn subject(&self) -> Subject {
        Subject::new("deal", self.deal.id, self.deal.revision)
    }
    fn personal(&self) -> Vec<Personal> {
        contact(&self.deal)
    }
}

/// The person to talk to at the customer is no person here, and yet one.
pub(crate) fn contact(deal: &Deal) -> Vec<Personal> {
    let members = &["/deal/customer/contact/name", "/deal/customer/contact/email", "/deal/customer/contact/phone"];
    let whose = deal.customer.contact.iter().map(|contact| DataSubject::contact(contact.email.as_deref(), &contact.name));
    whose.map(|whose| Personal { whose, members }).collect()
}

macro_rules! rules_events {
    ($($name:ident = $kind:literal $summary:literal;)+) => {
        $(#[doc = $summary]
        #[derive(Debug, Serialize, ToSchema)]
        pub struct $name {
            /// The version as it now is.
            pub rules_of_engagement: RulesOfEngagement,
        }

        impl Event for $name {
            const TYPE: &'static str = $kind;
            fn subject(&self) -> Subject {
                Subject::new("rules_of_engagement", self.rules_of_engagement.id, self.rules_of_engagement.revision)
            }
        })+

        fn rules_event_kinds() -> Vec<EventKind> {
            vec![$(EventKind::of::<$name>($summary)),+]
        }
    };
}

rules_events! {
    RulesDrafted = "rules_of_engagement.drafted" "A version of the rules of engagement was drafted.";
    RulesUpdated = "rules_of_engagement.updated" "A draft of the rules of engagement was changed.";
    RulesPublished = "rules_of_engagement.published" "A version of the rules of engagement was published.";
}

/// Every event that this crate publishes.
pub fn event_kinds() -> Vec<EventKind> {
    let found = EventKind::of::<DealConflictFound>("A conflict was found after a deal had been decided: two spellings of one customer, at once.");
    let kinds = [
        deal_event_kinds(),
        vec![found],
        rules_event_kinds(),
        crate::assignment::events::event_kinds(),
        crate::progress::event_kinds(),
        crate::review::events::event_kinds(),
        crate::remarks::events::event_kinds(),
    ];
    kinds.into_iter().flatten().collect()
}

/// The events about deals that a partner reads in a deal's history.
pub fn told_to_partners() -> &'static [String] {
    static TOLD: std::sync::OnceLock<Vec<String>> = std::sync::OnceLock::new();
    TOLD.get_or_init(|| {
        let all = event_kinds().into_iter().map(|event| event.kind).filter(|kind| kind.starts_with("deal."));
        // Who has it is the vendor's own business, and so is that it changed hands.
        let internal = |kind: &&str| {
            crate::review::events::INTERNAL.contains(kind)
                || crate::assignment::events::INTERNAL.contains(kind)
                || crate::parting::events::INTERNAL.contains(kind)
        };
        all.filter(|kind| !internal(kind) && !kind.starts_with("deal.note")).map(str::to_owned).collect()
    })
}
