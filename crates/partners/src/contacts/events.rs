//! What is told of contacts.

use super::types::PartnerContact;
use kernel::log::EventKind;
use kernel::personal::{DataSubject, Personal};
use kernel::{Event, Subject};
use serde::Serialize;
use utoipa::ToSchema;

macro_rules! contact_events {
    ($($name:ident = $kind:literal $summary:literal;)+) => {
        $(#[doc = $summary]
        #[derive(Debug, Serialize, ToSchema)]
        pub struct $name {
            /// The contact as it now is, or last was.
            pub partner_contact: PartnerContact,
        }

        impl Event for $name {
            const TYPE: &'static str = $kind;
            fn subject(&self) -> Subject {
                Subject::new("partner_contact", self.partner_contact.id, self.partner_contact.revision)
            }
            fn personal(&self) -> Vec<Personal> {
                let (contact, members) = (&self.partner_contact, &["/partner_contact/name", "/partner_contact/email", "/partner_contact/phone",
                    "/partner_contact/job_title"]);
                vec![Personal { whose: DataSubject::contact(contact.email.as_deref(), &contact.name), members }]
            }
        })+

        pub(crate) fn event_kinds() -> Vec<EventKind> {
            vec![$(EventKind::of::<$name>($summary)),+]
        }
    };
}

contact_events! {
    PartnerContactCreatedEvent = "partner_contact.created" "A contact at a partner was added.";
    PartnerContactUpdatedEvent = "partner_contact.updated" "A contact at a partner was changed.";
    PartnerContactDeletedEvent = "partner_contact.deleted" "A contact at a partner was taken out.";
}
