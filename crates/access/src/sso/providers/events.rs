//! What happens to identity providers, as the log tells it; without their secrets.

use super::http::IdentityProvider;
use kernel::log::EventKind;
use kernel::{Event, Subject};
use serde::Serialize;
use utoipa::ToSchema;

macro_rules! provider_event {
    ($(#[$doc:meta])* $name:ident, $kind:literal) => {
        $(#[$doc])*
        #[derive(Serialize, ToSchema)]
        pub struct $name {
            /// The identity provider as it now is, or was.
            pub identity_provider: IdentityProvider,
        }
        impl Event for $name {
            const TYPE: &'static str = $kind;
            fn subject(&self) -> Subject {
                Subject::new("identity_provider", self.identity_provider.id, self.identity_provider.revision)
            }
        }
    };
}

provider_event!(
    /// An identity provider was added.
    IdentityProviderCreatedEvent, "identity_provider.created");
provider_event!(
    /// An identity provider was changed.
    IdentityProviderUpdatedEvent, "identity_provider.updated");
provider_event!(
    /// An identity provider was deleted.
    IdentityProviderDeletedEvent, "identity_provider.deleted");

pub(crate) fn event_kinds() -> Vec<EventKind> {
    vec![
        EventKind::of::<IdentityProviderCreatedEvent>("An identity provider was added."),
        EventKind::of::<IdentityProviderUpdatedEvent>("An identity provider was changed."),
        EventKind::of::<IdentityProviderDeletedEvent>("An identity provider was deleted."),
    ]
}
