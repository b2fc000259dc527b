//! What the ideal partner profile publishes.

use super::types::IdealProfileVersion;
use kernel::log::EventKind;
use kernel::{Event, Subject};
use serde::Serialize;
use utoipa::ToSchema;

macro_rules! profile_events {
    ($($name:ident = $kind:literal $summary:literal;)+) => {
        $(#[doc = $summary]
        #[derive(Debug, Serialize, ToSchema)]
        pub struct $name {
            /// The version as it now is.
            pub ideal_profile: IdealProfileVersion,
        }
        impl Event for $name {
            const TYPE: &'static str = $kind;
            fn subject(&self) -> Subject {
                Subject::new("ideal_profile", self.ideal_profile.id, self.ideal_profile.revision)
            }
        })+
        /// Every event of the profile.
        pub fn event_kinds() -> Vec<EventKind> {
            vec![$(EventKind::of::<$name>($summary)),+]
        }
    };
}

profile_events! {
    IdealProfileDrafted = "ideal_profile.drafted" "A version of the ideal partner profile was drafted.";
    IdealProfilePublished = "ideal_profile.published" "A version of the ideal partner profile was published.";
}
