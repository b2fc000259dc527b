//! What is told of an offboarding.

use super::types::PartnerOffboarding;
use crate::resource::Partner;
use kernel::log::EventKind;
use kernel::{Event, Subject};
use serde::Serialize;
use utoipa::ToSchema;

macro_rules! offboarding_events {
    ($($name:ident = $kind:literal $summary:literal;)+) => {
        $(#[doc = $summary]
        #[derive(Debug, Serialize, ToSchema)]
        pub struct $name {
            /// The partner as it now is.
            pub partner: Partner,
            /// How it leaves.
            pub offboarding: PartnerOffboarding,
        }

        impl Event for $name {
            const TYPE: &'static str = $kind;
            fn subject(&self) -> Subject {
                Subject::new("partner", self.partner.id, self.partner.revision)
            }
        })+

        pub(crate) fn event_kinds() -> Vec<EventKind> {
            vec![$(EventKind::of::<$name>($summary)),+]
        }
    };
}

offboarding_events! {
    PartnerOffboardingScheduledEvent = "partner.offboarding_scheduled" "A day was set on which a partner leaves.";
    PartnerOffboardingUndoneEvent = "partner.offboarding_undone" "The parting from a partner was taken back before its day.";
    PartnerOffboardedEvent = "partner.offboarded" "A partner has left: its people are out, and what it has is being handed over.";
    PartnerOffboardingDoneEvent = "partner.offboarding_done" "What a partner had that has left is handed over, but for what is left for a person to look at.";
}
