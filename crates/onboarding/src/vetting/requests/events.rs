//! What is told of requests to check providers: who was asked what and what it came to, never what was found.

use super::types::CheckRequest;
use kernel::log::EventKind;
use kernel::{Event, Subject};
use serde::Serialize;
use utoipa::ToSchema;

macro_rules! request_events {
    ($($name:ident = $kind:literal $summary:literal;)+) => {
        $(#[doc = $summary]
        #[derive(Debug, Serialize, ToSchema)]
        pub struct $name {
            /// The request as it now is.
            pub check_request: CheckRequest,
        }

        impl Event for $name {
            const TYPE: &'static str = $kind;
            fn subject(&self) -> Subject {
                Subject::new("check_request", self.check_request.id, self.check_request.revision)
            }
        })+

        /// Every event of requests to check providers.
        pub fn event_kinds() -> Vec<EventKind> {
            vec![$(EventKind::of::<$name>($summary)),+]
        }
    };
}

request_events! {
    CheckRequestRequested = "check_request.requested" "A provider of checks is asked about somebody.";
    CheckRequestPending = "check_request.pending" "A provider of checks works on a request and answers later.";
    CheckRequestAnswered = "check_request.answered" "A provider of checks has answered a request.";
    CheckRequestUnanswered = "check_request.unanswered" "A provider of checks refused a request, or did not answer in time.";
    CheckRequestCancelled = "check_request.cancelled" "Nobody needs the answer to a request any more.";
}
