//! What is told of documents: that there are some, never what is in them.

use super::types::PartnerDocument;
use kernel::log::EventKind;
use kernel::{Event, Subject};
use serde::Serialize;
use utoipa::ToSchema;

macro_rules! document_events {
    ($($name:ident = $kind:literal $summary:literal;)+) => {
        $(#[doc = $summary]
        #[derive(Debug, Serialize, ToSchema)]
        pub struct $name {
            /// The document as it now is, or last was.
            pub partner_document: PartnerDocument,
        }

        impl Event for $name {
            const TYPE: &'static str = $kind;
            fn subject(&self) -> Subject {
                Subject::new("partner_document", self.partner_document.id, self.partner_document.revision)
            }
        })+

        pub(crate) fn event_kinds() -> Vec<EventKind> {
            vec![$(EventKind::of::<$name>($summary)),+]
        }
    };
}

document_events! {
    PartnerDocumentCreatedEvent = "partner_document.created" "A document about a partner was kept.";
    PartnerDocumentUpdatedEvent = "partner_document.updated" "A document about a partner was changed.";
    PartnerDocumentReplacedEvent = "partner_document.replaced" "A document about a partner has a new version.";
    PartnerDocumentDeletedEvent = "partner_document.deleted" "A document about a partner was deleted, with all its versions.";
}
