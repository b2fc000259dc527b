//! What is told of notes. They are the vendor's own: no partner hears of them.

use super::types::PartnerNote;
use kernel::id::PersonId;
use kernel::log::EventKind;
use kernel::personal::{DataSubject, Personal};
use kernel::{Event, Subject};
use serde::Serialize;
use utoipa::ToSchema;

macro_rules! note_events {
    ($($name:ident = $kind:literal $summary:literal;)+) => {
        $(#[doc = $summary]
        #[derive(Debug, Serialize, ToSchema)]
        pub struct $name {
            /// The note as it now is, or last was.
            pub partner_note: PartnerNote,
        }

        impl Event for $name {
            const TYPE: &'static str = $kind;
            fn subject(&self) -> Subject {
                Subject::new("partner_note", self.partner_note.id, self.partner_note.revision)
            }
            fn personal(&self) -> Vec<Personal> {
                said(&self.partner_note)
            }
        })+

        pub(crate) fn event_kinds() -> Vec<EventKind> {
            vec![$(EventKind::of::<$name>($summary)),+]
        }
    };
}

note_events! {
    PartnerNoteCreatedEvent = "partner_note.created" "The vendor made a note about a partner.";
    PartnerNoteUpdatedEvent = "partner_note.updated" "A note about a partner was changed.";
    PartnerNoteDeletedEvent = "partner_note.deleted" "A note about a partner was deleted.";
}

/// What somebody says is theirs.
fn said(note: &PartnerNote) -> Vec<Personal> {
    let author = note.author.id.parse::<PersonId>().ok().filter(|_| note.author.kind == "person");
    author.map(|author| Personal { whose: DataSubject::Person(author), members: &["/partner_note/text"] }).into_iter().collect()
}
