//! What happens in access reviews, as the log tells it.

use super::types::{AccessReview, AccessReviewItem};
use kernel::log::EventKind;
use kernel::{Event, Subject};
use serde::Serialize;
use utoipa::ToSchema;

macro_rules! review_event {
    ($(#[$doc:meta])* $name:ident, $kind:literal) => {
        $(#[$doc])*
        #[derive(Serialize, ToSchema)]
        pub struct $name {
            /// The review as it now is.
            pub access_review: AccessReview,
        }
        impl Event for $name {
            const TYPE: &'static str = $kind;
            fn subject(&self) -> Subject {
                Subject::new("access_review", self.access_review.id, self.access_review.revision)
            }
        }
    };
}

review_event!(
    /// An access review was started.
    AccessReviewCreatedEvent, "access_review.created");
review_event!(
    /// It is listed who has access: reviewers may decide.
    AccessReviewOpenedEvent, "access_review.opened");
review_event!(
    /// Everything in an access review is settled.
    AccessReviewClosedEvent, "access_review.closed");

/// Somebody's access was kept or revoked, or nobody decided by the deadline.
#[derive(Serialize, ToSchema)]
pub struct AccessReviewItemDecidedEvent {
    /// The item as it now is.
    pub item: AccessReviewItem,
}

impl Event for AccessReviewItemDecidedEvent {
    const TYPE: &'static str = "access_review_item.decided";
    fn subject(&self) -> Subject {
        Subject::new("access_review_item", self.item.id, self.item.revision)
    }
}

pub(crate) fn event_kinds() -> Vec<EventKind> {
    vec![
        EventKind::of::<AccessReviewCreatedEvent>("An access review was started."),
        EventKind::of::<AccessReviewOpenedEvent>("It is listed who has access: reviewers may decide."),
        EventKind::of::<AccessReviewItemDecidedEvent>("Somebody's access was kept or revoked, or nobody decided by the deadline."),
        EventKind::of::<AccessReviewClosedEvent>("Everything in an access review is settled."),
    ]
}
