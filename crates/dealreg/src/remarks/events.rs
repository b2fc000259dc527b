//! What remarks publish. Of the text, whoever wrote it is the data subject: their erasure takes it out of the log.

use super::http::{DealComment, DealInternalNote};
use crate::types::Deal;
use kernel::actor::ActorRef;
use kernel::log::EventKind;
use kernel::personal::{DataSubject, Personal};
use kernel::{Event, Subject};
use serde::Serialize;
use utoipa::ToSchema;

macro_rules! comment_events {
    ($($name:ident = $kind:literal $summary:literal;)+) => {
        $(#[doc = $summary]
        #[derive(Debug, Serialize, ToSchema)]
        pub struct $name {
            /// The comment as it now is.
            pub comment: DealComment,
            /// The deal that it is about, as it now is.
            pub deal: Deal,
        }

        impl Event for $name {
            const TYPE: &'static str = $kind;
            fn subject(&self) -> Subject {
                Subject::new("deal_comment", self.comment.id, self.comment.revision)
            }
            fn personal(&self) -> Vec<Personal> {
                let text = author(&self.comment.author).map(|whose| Personal { whose, members: &["/comment/text"] });
                text.into_iter().chain(crate::events::contact(&self.deal)).collect()
            }
        })+

        fn comments() -> Vec<EventKind> {
            vec![$(EventKind::of::<$name>($summary)),+]
        }
    };
}

comment_events! {
    DealCommented = "deal.commented" "Somebody commented on a deal, for its partner and the vendor to read.";
    DealCommentEdited = "deal.comment_edited" "A comment on a deal was corrected by its author.";
    DealCommentDeleted = "deal.comment_deleted" "A comment on a deal was taken back by its author.";
}

macro_rules! note_events {
    ($($name:ident = $kind:literal $summary:literal;)+) => {
        // Neither the deal nor its partner is in them: so no notification can be addressed to a partner's people by what they hold.
        $(#[doc = $summary]
        #[derive(Debug, Serialize, ToSchema)]
        pub struct $name {
            /// The note as it now is.
            pub internal_note: DealInternalNote,
        }

        impl Event for $name {
            const TYPE: &'static str = $kind;
            fn subject(&self) -> Subject {
                Subject::new("deal_note", self.internal_note.id, self.internal_note.revision)
            }
            fn personal(&self) -> Vec<Personal> {
                author(&self.internal_note.author).map(|whose| Personal { whose, members: &["/internal_note/text"] }).into_iter().collect()
            }
        })+

        fn notes() -> Vec<EventKind> {
            vec![$(EventKind::of::<$name>($summary)),+]
        }
    };
}

note_events! {
    DealNoted = "deal.noted" "Somebody of the vendor made an internal note about a deal.";
    DealNoteEdited = "deal.note_edited" "An internal note about a deal was corrected by its author.";
    DealNoteDeleted = "deal.note_deleted" "An internal note about a deal was taken back by its author.";
}

fn author(author: &ActorRef) -> Option<DataSubject> {
    let person = (author.kind == "person").then(|| author.id.parse().ok())?;
    person.map(DataSubject::Person)
}

/// Every event of remarks.
pub fn event_kinds() -> Vec<EventKind> {
    comments().into_iter().chain(notes()).collect()
}
