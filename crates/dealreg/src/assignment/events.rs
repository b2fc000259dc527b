//! What is published of assignments and queues.

use super::queues::Queue;
use crate::events::contact;
use crate::types::Deal;
use kernel::id::PersonId;
use kernel::log::EventKind;
use kernel::personal::Personal;
use kernel::{Event, Subject};
use serde::Serialize;
use utoipa::ToSchema;

macro_rules! assignment_events {
    ($($name:ident = $kind:literal $summary:literal;)+) => {
        $(#[doc = $summary]
        #[derive(Debug, Serialize, ToSchema)]
        pub struct $name {
            /// The deal as it now is: `assignee_id` has it, or it waits in `queue`; `assignment` says why.
            pub deal: Deal,
            /// Who had it before; absent if nobody did.
            #[serde(skip_serializing_if = "Option::is_none")]
            pub from: Option<PersonId>,
            /// The reason that came with it.
            #[serde(skip_serializing_if = "Option::is_none")]
            pub note: Option<String>,
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

        /// The types of these events: the vendor's own business.
        pub const INTERNAL: &[&str] = &[$($kind),+];

        fn assignment_event_kinds() -> Vec<EventKind> {
            vec![$(EventKind::of::<$name>($summary)),+]
        }
    };
}

assignment_events! {
    DealAssigned = "deal.assigned" "A deal in review was given to a person of the vendor.";
    DealQueued = "deal.queued" "A deal in review waits for somebody to take it, or to whom it can be dealt out.";
    DealEscalated = "deal.escalated" "A deal in review was escalated to somebody else.";
}

macro_rules! queue_events {
    ($($name:ident = $kind:literal $summary:literal;)+) => {
        $(#[doc = $summary]
        #[derive(Debug, Serialize, ToSchema)]
        pub struct $name {
            /// The queue as it now is.
            pub queue: Queue,
        }

        impl Event for $name {
            const TYPE: &'static str = $kind;
            fn subject(&self) -> Subject {
                Subject::new("queue", self.queue.id, self.queue.revision)
            }
        })+

        fn queue_event_kinds() -> Vec<EventKind> {
            vec![$(EventKind::of::<$name>($summary)),+]
        }
    };
}

queue_events! {
    QueueCreatedEvent = "queue.created" "A queue was made.";
    QueueUpdatedEvent = "queue.updated" "A queue was changed.";
    QueueDeletedEvent = "queue.deleted" "A queue was taken out.";
}

/// Every event that is published here.
pub fn event_kinds() -> Vec<EventKind> {
    [assignment_event_kinds(), queue_event_kinds()].into_iter().flatten().collect()
}
