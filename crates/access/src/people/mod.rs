//! People: humans of the vendor or of one of its partners.
//!
//! A person has one **e-mail address**, which no other person of the vendor has, and one **role**: one of the vendor's
//! if it belongs to the vendor itself, one of a partner's if it belongs to a partner. It is `active` or `deactivated`;
//! a deactivated person's tokens stop working at once. People are never deleted, since the log names them.
//!
//! Nobody manages people beyond their own reach or above their own permissions: a partner's admin manages its own
//! partner's people, and a channel manager neither makes nor changes an admin.

mod events;
mod http;
mod service;
mod store;

pub use events::{PersonCreatedEvent, PersonDeactivatedEvent, PersonReactivatedEvent, PersonUpdatedEvent};
pub use http::{Person, PersonCreate, PersonPatch};
pub use service::{create, revoke_access, update};
pub use store::{PersonStatus, find, find_by_email, person};

pub(crate) use events::event_kinds;
pub(crate) use http::router;

use crate::roles::RoleName;
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
}

/// The form in which an e-mail address is kept and compared.
pub fn canonical_email(email: &str) -> String {
    kernel::text::tidy(&kernel::text::tidy(email).to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_the_same_in_any_case_and_composition() {
        assert_eq!(canonical_email("Jose\u{301}@Northwind.Example "), "jos\u{e9}@northwind.example");
    }
}
