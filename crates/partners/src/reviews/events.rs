//! What is told of reviews and their actions.

use super::actions::types::PartnerReviewAction;
use super::types::PartnerReview;
use kernel::log::EventKind;
use kernel::{Event, Subject};
use serde::Serialize;
use utoipa::ToSchema;

macro_rules! review_events {
    ($of:ident: $type:ty; $($name:ident = $kind:literal $summary:literal;)+) => {
        $(#[doc = $summary]
        #[derive(Debug, Serialize, ToSchema)]
        pub struct $name {
            /// As it now is.
            pub $of: $type,
            /// Whether the partner's people read the review.
            pub shared: bool,
        }

        impl Event for $name {
            const TYPE: &'static str = $kind;
            fn subject(&self) -> Subject {
                Subject::new(stringify!($of), self.$of.id, self.$of.revision)
            }
        })+

        fn $of() -> Vec<EventKind> {
            vec![$(EventKind::of::<$name>($summary)),+]
        }
    };
}

review_events! { partner_review: PartnerReview;
    PartnerReviewCreatedEvent = "partner_review.created" "A partner was reviewed, or will be.";
    PartnerReviewUpdatedEvent = "partner_review.updated" "A review of a partner was changed.";
    PartnerReviewDueEvent = "partner_review.due" "The day has come on which the review after this one is due.";
}

review_events! { partner_review_action: PartnerReviewAction;
    PartnerReviewActionAddedEvent = "partner_review_action.added" "An action was agreed in a review.";
    PartnerReviewActionUpdatedEvent = "partner_review_action.updated" "An action of a review was changed.";
    PartnerReviewActionDoneEvent = "partner_review_action.done" "An action of a review was done.";
    PartnerReviewActionDroppedEvent = "partner_review_action.dropped" "An action of a review was dropped.";
    PartnerReviewActionReopenedEvent = "partner_review_action.reopened" "An action of a review is open again.";
    PartnerReviewActionOverdueEvent = "partner_review_action.overdue" "The last day of an action of a review is over, and it is still open.";
}

pub(crate) fn event_kinds() -> Vec<EventKind> {
    [partner_review(), partner_review_action()].into_iter().flatten().collect()
}
