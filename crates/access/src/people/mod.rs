//! People: humans of the vendor or of one of its partners.
//!
//! A person has one **e-mail address**, which no other person of the vendor has, and one **role**: one of the vendor's
//! if it belongs to the vendor itself, one of a partner's if it belongs to a partner. It is `active` or `deactivated`;
//! a deactivated person's tokens stop working at once. People are never deleted, since the log names them; they can be **erased**:
//! deactivated for good, with markers in the place of name and address.
//!
//! A person of the vendor reaches all of its partners, or, once its **reach** is narrowed ([`reach`]), those named and those in the territories named.
//!
//! Nobody manages people beyond their own reach or above their own permissions: a partner's admin manages its own
//! partner's people, and a channel manager neither makes nor changes an admin.

mod events;
mod http;
mod personal;
pub mod reach;
mod seen;
mod service;
mod store;

pub use events::{
    PersonCreatedEvent, PersonDeactivatedEvent, PersonErasedEvent, PersonInvitedEvent, PersonJoinedEvent, PersonReactivatedEvent, PersonUpdatedEvent,
};
pub use http::{Person, PersonCreate, PersonPatch};
pub use personal::{erase, holders, known};
pub use seen::{DORMANT_AFTER_DAYS, is_dormant};
pub(crate) use seen::{seen, worker};
pub use service::{Change, change, check_role, check_standing, create, deactivate, revoke_access, shut_out, update};
pub(crate) use store::update as write;
pub use store::{
    PersonStatus, find, find_by_email, find_many, find_to_change, find_to_refer, find_visible, in_role, of_partner, partners_seen_since, person,
    who_may,
};

pub(crate) use events::event_kinds;
pub(crate) use http::router;

use crate::roles::RoleName;
use kernel::actor::Within;
use kernel::id::{PartnerId, PersonId, VendorId};

/// What an active person's permissions follow from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Who it is.
    pub id: PersonId,
    /// Of which vendor.
    pub vendor: VendorId,
    /// Of which partner, if not of the vendor itself.
    pub partner: Option<PartnerId>,
    /// In which role.
    pub role: RoleName,
    /// Whether it is the vendor's and reaches some partners only.
    pub narrowed: bool,
}

impl Standing {
    /// What it sees of its vendor.
    pub fn within(&self) -> Within {
        match self.partner {
            Some(own) => Within::Partner(own),
            None if self.narrowed => Within::Reach(self.id),
            None => Within::Everything,
        }
    }
}

/// The form in which an e-mail address is kept and compared.
pub fn canonical_email(email: &str) -> String {
    kernel::text::canonical_email(email)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_the_same_in_any_case_and_composition() {
        assert_eq!(canonical_email("Jose\u{301}@Northwind.Example "), "jos\u{e9}@northwind.example");
    }
}
