//! What happens to people, as the log tells it.

use super::http::Person;
use kernel::log::EventKind;
use kernel::personal::{DataSubject, Personal};
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
            fn personal(&self) -> Vec<Personal> {
                vec![Personal { whose: DataSubject::Person(self.person.id), members: &["/person/name", "/person/email"] }]
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
    /// A person was erased: name and address stand for nobody from now on, here and in every event before.
    PersonErasedEvent, "person.erased");

person_event!(
    /// Every session and token of a person was taken back.
    PersonAccessRevokedEvent, "person.access_revoked");

person_event!(
    /// What a person of the vendor reaches was changed.
    PersonReachChangedEvent, "person.reach_changed");
person_event!(
    /// A person was sent, or is to be handed, a link to come in with.
    PersonInvitedEvent, "person.invited");
person_event!(
    /// A person came in by the link of an invitation for the first time.
    PersonJoinedEvent, "person.joined");

pub(crate) fn event_kinds() -> Vec<EventKind> {
    vec![
        EventKind::of::<PersonCreatedEvent>("A person was added."),
        EventKind::of::<PersonUpdatedEvent>("A person's name or role was changed."),
        EventKind::of::<PersonDeactivatedEvent>("A person was shut out."),
        EventKind::of::<PersonReactivatedEvent>("A person was let in again."),
        EventKind::of::<PersonErasedEvent>("A person was erased: drop what you keep of its name and address."),
        EventKind::of::<PersonAccessRevokedEvent>("Every session and token of a person was taken back."),
        EventKind::of::<PersonReachChangedEvent>("What a person of the vendor reaches was changed."),
        EventKind::of::<PersonInvitedEvent>("A person was invited."),
        EventKind::of::<PersonJoinedEvent>("A person came in by an invitation for the first time."),
    ]
}
