//! What this module publishes.

use super::types::MatchVerdict;
use kernel::log::EventKind;
use kernel::{Event, Subject};
use serde::Serialize;
use utoipa::ToSchema;

macro_rules! verdict_events {
    ($($name:ident = $kind:literal $summary:literal;)+) => {
        $(#[doc = $summary]
        #[derive(Debug, Serialize, ToSchema)]
        pub struct $name {
            /// The verdict as it now is, without its reasons.
            pub match_verdict: MatchVerdict,
        }

        impl $name {
            /// Of this verdict; its reasons are people's words, which an erasure must still reach.
            pub fn of(verdict: MatchVerdict) -> Self {
                Self { match_verdict: MatchVerdict { reason: None, revoke_reason: None, ..verdict } }
            }
        }

        impl Event for $name {
            const TYPE: &'static str = $kind;
            fn subject(&self) -> Subject {
                Subject::new("match_verdict", self.match_verdict.id, self.match_verdict.revision)
            }
        })+

        /// Every event that this module publishes.
        pub fn event_kinds() -> Vec<EventKind> {
            vec![$(EventKind::of::<$name>($summary)),+]
        }
    };
}

verdict_events! {
    MatchVerdictMade = "match_verdict.made" "Somebody judged whether two companies are the same.";
    MatchVerdictRevoked = "match_verdict.revoked" "A verdict on two companies was revoked.";
}
