//! What is told of check providers.

use super::types::CheckProvider;
use kernel::log::EventKind;
use kernel::{Event, Subject};
use serde::Serialize;
use utoipa::ToSchema;

macro_rules! provider_events {
    ($($name:ident = $kind:literal $summary:literal;)+) => {
        $(#[doc = $summary]
        #[derive(Debug, Serialize, ToSchema)]
        pub struct $name {
            /// The provider as it now is.
            pub check_provider: CheckProvider,
        }

        impl Event for $name {
            const TYPE: &'static str = $kind;
            fn subject(&self) -> Subject {
                Subject::new("check_provider", self.check_provider.id, self.check_provider.revision)
            }
        })+

        /// Every event of check providers.
        pub fn event_kinds() -> Vec<EventKind> {
            vec![$(EventKind::of::<$name>($summary)),+]
        }
    };
}

provider_events! {
    CheckProviderCreated = "check_provider.created" "A provider of checks was added.";
    CheckProviderUpdated = "check_provider.updated" "A provider of checks was changed.";
    CheckProviderPaused = "check_provider.paused" "A provider of checks is asked nothing any more.";
    CheckProviderResumed = "check_provider.resumed" "A provider of checks is asked again.";
    CheckProviderSecretRotated = "check_provider.secret_rotated" "Calls to a provider of checks are signed with new keys.";
}
