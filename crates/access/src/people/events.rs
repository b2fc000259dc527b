//! What happens to people, as the log tells it.

use super::http::Person;
use kernel::log::EventKind;
use kernel::{Event, Subject};
use serde::Serialize;
use utoipa::ToSchema;

macro_rules! person_event {
    ($(#[$doc:meta])* $name:ident, $kind:literal $(, $(#[$field_doc:meta])* $field:ident: $type:ty)?) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Serialize, ToSchema)]
        pub struct $name {
            /// The person as it now is.
            pub person: Person,
            $($(#[$field_doc])* pub $field: $type,)?
        }
        impl Event for $name {
            const TYPE: &'static str = $kind;
            fn subject(&self) -> Subject {
                Subject::new("person", self.person.id, self.person.revision)
            }
        }
    };
}

person_event!(
    /// A person was added.
    PersonCreatedEvent, "person.created");
person_event!(
    /// A person's name or role was changed.
    PersonUpdatedEvent, "person.updated",
    /// The fields that changed.
    changed: Vec<String>);
person_event!(
    /// A person was shut out.
    PersonDeactivatedEvent, "person.deactivated");
person_event!(
    /// A person was let in again.
    PersonReactivatedEvent, "person.reactivated");

person_event!(
    /// Every session and token of a person was taken back.
    PersonAccessRevokedEvent, "person.access_revoked");

pub(crate) fn event_kinds() -> Vec<EventKind> {
    vec![
        EventKind::of::<PersonCreatedEvent>("A person was added."),
        EventKind::of::<PersonUpdatedEvent>("A person's name or role was changed."),
        EventKind::of::<PersonDeactivatedEvent>("A person was shut out."),
        EventKind::of::<PersonReactivatedEvent>("A person was let in again."),
        EventKind::of::<PersonAccessRevokedEvent>("Every session and token of a person was taken back."),
    ]
}
