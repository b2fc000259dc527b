//! What remarks publish. Of the text, whoever wrote it is the data subject: their erasure takes it out of the log.

use super::http::{DealComment, DealInternalNote};
use crate::types::Deal;
use kernel::actor::ActorRef;
use kernel::log::EventKind;
use kernel::personal::{DataSubject, Personal};
use kernel::{Event, Subject};
use serde::Serialize;
use utoipa::ToSchema;

macro_rules! remark_events {
    ($list:ident, $member:ident: $what:ty, $subject:literal, $text:literal; $($name:ident = $kind:literal $summary:literal;)+) => {
        $(#[doc = $summary]
        #[derive(Debug, Serialize, ToSchema)]
        pub struct $name {
            /// The remark as it now is.
            pub $member: $what,
            /// The deal that it is about, as it now is.
            pub deal: Deal,
        }

        impl Event for $name {
            const TYPE: &'static str = $kind;
            fn subject(&self) -> Subject {
                Subject::new($subject, self.$member.id, self.$member.revision)
            }
            fn personal(&self) -> Vec<Personal> {
                let text = author(&self.$member.author).map(|whose| Personal { whose, members: &[$text] });
                text.into_iter().chain(crate::events::contact(&self.deal)).collect()
            }
        })+

        fn $list() -> Vec<EventKind> {
            vec![$(EventKind::of::<$name>($summary)),+]
        }
    };
}

remark_events! { comments, comment: DealComment, "deal_comment", "/comment/text";
    DealCommented = "deal.commented" "Somebody commented on a deal, for its partner and the vendor to read.";
    DealCommentEdited = "deal.comment_edited" "A comment on a deal was corrected by its author.";
    DealCommentDeleted = "deal.comment_deleted" "A comment on a deal was taken back by its author.";
}

remark_events! { notes, internal_note: DealInternalNote, "deal_note", "/internal_note/text";
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
