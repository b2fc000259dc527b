//! What walkthroughs publish. Progress is named by ids alone.

use super::types::{Walkthrough, WalkthroughProgress};
use kernel::log::EventKind;
use kernel::{Event, Subject};
use serde::Serialize;
use utoipa::ToSchema;

macro_rules! walkthrough_events {
    ($function:ident, $field:ident: $type:ty; $($name:ident = $kind:literal $summary:literal;)+) => {
        $(#[doc = $summary]
        #[derive(Debug, Serialize, ToSchema)]
        pub struct $name {
            /// As it now is.
            pub $field: $type,
        }
        impl Event for $name {
            const TYPE: &'static str = $kind;
            fn subject(&self) -> Subject {
                Subject::new(stringify!($field), self.$field.id, self.$field.revision)
            }
        })+
        fn $function() -> Vec<EventKind> {
            vec![$(EventKind::of::<$name>($summary)),+]
        }
    };
}

walkthrough_events! { version_kinds, walkthrough: Walkthrough;
    WalkthroughDrafted = "walkthrough.drafted" "A version of a walkthrough was drafted.";
    WalkthroughPublished = "walkthrough.published" "A version of a walkthrough was published.";
    WalkthroughRetired = "walkthrough.retired" "A version of a walkthrough is shown no more.";
}

walkthrough_events! { progress_kinds, walkthrough_progress: WalkthroughProgress;
    WalkthroughStarted = "walkthrough_progress.started" "A person has begun a walkthrough, for the first time or anew.";
    WalkthroughCompleted = "walkthrough_progress.completed" "A person has come to the end of a walkthrough.";
    WalkthroughDismissed = "walkthrough_progress.dismissed" "A person has put a walkthrough away before its end.";
}

/// Every event of walkthroughs.
pub fn event_kinds() -> Vec<EventKind> {
    [version_kinds(), progress_kinds()].into_iter().flatten().collect()
}
