//! What is told of facts about sustainability.

use super::types::PartnerEsgFact;
use kernel::log::EventKind;
use kernel::{Event, Subject};
use serde::Serialize;
use utoipa::ToSchema;

macro_rules! esg_events {
    ($($name:ident = $kind:literal $summary:literal;)+) => {
        $(#[doc = $summary]
        #[derive(Debug, Serialize, ToSchema)]
        pub struct $name {
            /// The fact as it now is.
            pub partner_esg_fact: PartnerEsgFact,
        }

        impl Event for $name {
            const TYPE: &'static str = $kind;
            fn subject(&self) -> Subject {
                Subject::new("partner_esg_fact", self.partner_esg_fact.id, self.partner_esg_fact.revision)
            }
        })+

        pub(crate) fn event_kinds() -> Vec<EventKind> {
            vec![$(EventKind::of::<$name>($summary)),+]
        }
    };
}

esg_events! {
    PartnerEsgFactSubmittedEvent = "partner_esg_fact.submitted" "A fact about a partner's sustainability was handed in.";
    PartnerEsgFactVerifiedEvent = "partner_esg_fact.verified" "The vendor has verified a fact about a partner's sustainability.";
    PartnerEsgFactRefusedEvent = "partner_esg_fact.refused" "The vendor has refused a fact about a partner's sustainability.";
    PartnerEsgFactExpiringEvent = "partner_esg_fact.expiring" "A fact about a partner's sustainability expires soon.";
    PartnerEsgFactExpiredEvent = "partner_esg_fact.expired" "The last day of a fact about a partner's sustainability is over.";
}
