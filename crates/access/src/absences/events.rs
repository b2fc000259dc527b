//! What happens to absences, as the log tells it.

use super::http::Absence;
use kernel::log::EventKind;
use kernel::{Event, Subject};
use serde::Serialize;
use utoipa::ToSchema;

macro_rules! absence_events {
    ($($name:ident = $kind:literal $summary:literal;)+) => {
        $(#[doc = $summary]
        #[derive(Debug, Clone, Serialize, ToSchema)]
        pub struct $name {
            /// The absence as it now is.
            pub absence: Absence,
        }

        impl Event for $name {
            const TYPE: &'static str = $kind;
            fn subject(&self) -> Subject {
                Subject::new("absence", self.absence.id, self.absence.revision)
            }
        })+

        pub(crate) fn event_kinds() -> Vec<EventKind> {
            vec![$(EventKind::of::<$name>($summary)),+]
        }
    };
}

absence_events! {
    AbsenceCreatedEvent = "absence.created" "An absence of a person of the vendor was entered.";
    AbsenceUpdatedEvent = "absence.updated" "An absence was changed.";
    AbsenceBeganEvent = "absence.began" "A person of the vendor is out of office from now on.";
    AbsenceEndedEvent = "absence.ended" "An absence is over.";
    AbsenceDeletedEvent = "absence.deleted" "An absence was taken out.";
}
