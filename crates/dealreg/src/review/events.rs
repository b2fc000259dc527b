//! What a review publishes.

use super::policy::AtEnd;
use crate::types::Deal;
use kernel::log::EventKind;
use kernel::personal::Personal;
use kernel::{Event, Subject};
use serde::Serialize;
use utoipa::ToSchema;

/// Events that are not told to partners, in no history.
pub const INTERNAL: &[&str] = &[DealReviewWarning::TYPE, DealReviewOverdue::TYPE, DealReviewEnded::TYPE, DealApprovalGiven::TYPE];

macro_rules! review_events {
    ($($name:ident = $kind:literal $summary:literal;)+) => {
        $(#[doc = $summary]
        #[derive(Debug, Serialize, ToSchema)]
        pub struct $name {
            /// The deal as it now is.
            pub deal: Deal,
            /// The business hours of the review at which this happens.
            pub hours: i64,
            /// What happens, or is to happen, when the time has run out.
            pub at_end: AtEnd,
        }

        impl Event for $name {
            const TYPE: &'static str = $kind;
            fn subject(&self) -> Subject {
                Subject::new("deal", self.deal.id, self.deal.revision)
            }
            fn personal(&self) -> Vec<Personal> {
                crate::events::contact(&self.deal)
            }
        })+

        fn marks() -> Vec<EventKind> {
            vec![$(EventKind::of::<$name>($summary)),+]
        }
    };
}

review_events! {
    DealReviewWarning = "deal.review_warning" "A deal's review ought to be looked at: it is due soon.";
    DealReviewOverdue = "deal.review_overdue" "A deal's review is overdue.";
    DealReviewEnded = "deal.review_ended" "The time of a deal's review has run out: what the rules say of that follows.";
}

/// One of several approvals was given; the deal waits for the next.
#[derive(Debug, Serialize, ToSchema)]
pub struct DealApprovalGiven {
    /// The deal as it now is.
    pub deal: Deal,
    /// Why it was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

impl Event for DealApprovalGiven {
    const TYPE: &'static str = "deal.approval_given";
    fn subject(&self) -> Subject {
        Subject::new("deal", self.deal.id, self.deal.revision)
    }
    fn personal(&self) -> Vec<Personal> {
        crate::events::contact(&self.deal)
    }
}

/// Every event of reviews.
pub fn event_kinds() -> Vec<EventKind> {
    let given = EventKind::of::<DealApprovalGiven>("One of several approvals of a deal was given; it waits for the next.");
    marks().into_iter().chain([given]).collect()
}
