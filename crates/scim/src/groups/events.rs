//! What happens to groups, as the log tells it.

use super::mapping::DirectoryGroup;
use kernel::id::PersonId;
use kernel::log::EventKind;
use kernel::{Event, Subject};
use serde::Serialize;
use utoipa::ToSchema;

macro_rules! group_event {
    ($(#[$doc:meta])* $name:ident, $kind:literal $(, $(#[$field_doc:meta])* $field:ident: $type:ty)*) => {
        $(#[$doc])*
        #[derive(Serialize, ToSchema)]
        pub struct $name {
            /// The group as it now is, without its members.
            pub group: DirectoryGroup,
            $($(#[$field_doc])* pub $field: $type,)*
        }
        impl Event for $name {
            const TYPE: &'static str = $kind;
            fn subject(&self) -> Subject {
                Subject::new("directory_group", self.group.id, self.group.revision)
            }
        }
    };
}

group_event!(
    /// A directory added a group.
    DirectoryGroupCreatedEvent, "directory_group.created",
    /// Its first members.
    added: Vec<PersonId>);
group_event!(
    /// A group, its members or its role were changed.
    DirectoryGroupUpdatedEvent, "directory_group.updated",
    /// The fields that changed.
    changed: Vec<String>,
    /// Who came in.
    added: Vec<PersonId>,
    /// Who left.
    removed: Vec<PersonId>);
group_event!(
    /// A directory deleted a group.
    DirectoryGroupDeletedEvent, "directory_group.deleted");

pub(crate) fn event_kinds() -> Vec<EventKind> {
    vec![
        EventKind::of::<DirectoryGroupCreatedEvent>("A directory added a group."),
        EventKind::of::<DirectoryGroupUpdatedEvent>("A group, its members or its role were changed."),
        EventKind::of::<DirectoryGroupDeletedEvent>("A directory deleted a group."),
    ]
}
