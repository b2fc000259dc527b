//! What incumbencies publish.

use super::types::Incumbency;
use kernel::log::EventKind;
use kernel::{Event, Subject};
use serde::Serialize;
use utoipa::ToSchema;

macro_rules! incumbency_events {
    ($($name:ident = $kind:literal $summary:literal;)+) => {
        $(#[doc = $summary]
        #[derive(Debug, Serialize, ToSchema)]
        pub struct $name {
            /// The incumbency as it now is.
            pub incumbency: Incumbency,
        }

        impl Event for $name {
            const TYPE: &'static str = $kind;
            fn subject(&self) -> Subject {
                Subject::new("incumbency", self.incumbency.id, self.incumbency.revision)
            }
        })+

        /// Everything that incumbencies publish.
        pub fn event_kinds() -> Vec<EventKind> {
            vec![$(EventKind::of::<$name>($summary)),+]
        }
    };
}

incumbency_events! {
    IncumbencyBegun = "incumbency.begun" "A partner may renew what it sold to a customer, or what was moved to it.";
    IncumbencyOpened = "incumbency.opened" "A renewal is due soon: until its window ends only the incumbent may register it.";
    IncumbencyRenewed = "incumbency.renewed" "The incumbent sold the product to the customer again.";
    IncumbencyLapsed = "incumbency.lapsed" "The incumbent did not renew in time; anybody may sell to the customer.";
    IncumbencyLost = "incumbency.lost" "The renewal was lost, or another partner sold the product to the customer.";
    IncumbencyEnded = "incumbency.ended" "The vendor ended a partner's right to renew.";
    IncumbencyUpdated = "incumbency.updated" "What is kept of an incumbency was changed.";
}
