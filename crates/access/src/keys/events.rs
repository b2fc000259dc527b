//! What happens to keys, as the log tells it.

use super::http::ApiKey;
use kernel::log::EventKind;
use kernel::{Event, Subject};
use serde::Serialize;
use utoipa::ToSchema;

macro_rules! key_event {
    ($(#[$doc:meta])* $name:ident, $kind:literal) => {
        $(#[$doc])*
        #[derive(Serialize, ToSchema)]
        pub struct $name {
            /// The key, without its secret.
            pub api_key: ApiKey,
        }
        impl Event for $name {
            const TYPE: &'static str = $kind;
            fn subject(&self) -> Subject {
                Subject::new("api_key", self.api_key.id, self.api_key.revision)
            }
        }
    };
}

key_event!(
    /// An API key was made.
    ApiKeyCreatedEvent, "api_key.created");
key_event!(
    /// An API key was revoked.
    ApiKeyRevokedEvent, "api_key.revoked");

pub(crate) fn event_kinds() -> Vec<EventKind> {
    vec![EventKind::of::<ApiKeyCreatedEvent>("An API key was made."), EventKind::of::<ApiKeyRevokedEvent>("An API key was revoked.")]
}
