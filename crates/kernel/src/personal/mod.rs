//! Personal data in the log: sealed with a key for each data subject, so that destroying the key erases it.
//!
//! The log is never edited: its chain of hashes covers what is stored, and what is stored of a person is ciphertext beside a
//! `data` that already holds the markers. While the key lives, whoever reads an event through [`crate::log::read`] sees the
//! plain values; afterwards the markers. A key belongs to a vendor and one [`DataSubject`]. Written at the very moment of an
//! erasure, an event may be sealed with the key that is being destroyed: it then reads as erased, which is the safe side.

mod holder;
mod keys;
mod sealed;

pub use holder::{Holder, Known, ShreddedAnswers, shred_answers};
pub(crate) use keys::Key;
pub use keys::{SEALED, destroy, follow, key_ids};
pub(crate) use sealed::{Secret, drop_erased, keys_named, open, seal, take};

use crate::id::{PersonId, VendorId};
use sha2::{Digest, Sha256};

/// Stands where a text was erased.
pub const ERASED: &str = "[erased]";
/// Stands where an e-mail address was erased, so that it still reads as one (RFC 2606: `.invalid` never resolves).
pub const ERASED_EMAIL: &str = "erased@erased.invalid";
/// The domain of every address that stands for an erased one.
const ERASED_DOMAIN: &str = "@erased.invalid";

/// Whose data something is. The same human may be several of them: a person here, an address in a deal, a name in the CRM.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DataSubject {
    /// A person of the vendor or of a partner.
    Person(PersonId),
    /// Somebody of whom the e-mail address is known; in the form of [`crate::text::canonical_email`].
    Email(String),
    /// Somebody of whom only a name is known; folded.
    Name(String),
}

impl DataSubject {
    /// Somebody who is no person here: known by the address if there is one, else by the name.
    pub fn contact(email: Option<&str>, name: &str) -> Self {
        match email {
            Some(email) => Self::Email(crate::text::canonical_email(email)),
            None if name.contains('@') => Self::Email(crate::text::canonical_email(name)),
            None => Self::Name(crate::text::fold(name)),
        }
    }

    /// What a key is found by: tells nothing to who does not know the subject already.
    pub(crate) fn digest(&self, vendor: VendorId) -> [u8; 32] {
        let (kind, value) = match self {
            Self::Person(id) => ("person", id.to_string()),
            Self::Email(email) => ("email", email.clone()),
            Self::Name(name) => ("name", name.clone()),
        };
        let mut hash = Sha256::new();
        for part in [vendor.0.as_bytes().as_slice(), kind.as_bytes(), value.as_bytes()] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        hash.finalize().into()
    }
}

/// Members of an event's data that are about one data subject.
#[derive(Debug, Clone)]
pub struct Personal {
    /// Whose they are.
    pub whose: DataSubject,
    /// JSON pointers to them (RFC 6901); one that is absent or null is passed over.
    pub members: &'static [&'static str],
}

/// What stands for the member at `pointer` once it is erased.
pub(crate) fn marker(pointer: &str) -> &'static str {
    if pointer.ends_with("/email") { ERASED_EMAIL } else { ERASED }
}

/// Whether `text` stands for something that was erased.
pub fn is_marker(text: &str) -> bool {
    text == ERASED || text.ends_with(ERASED_DOMAIN)
}

/// The address that stands for the erased one of the person `id`: no other has it.
pub fn erased_address(id: PersonId) -> String {
    format!("{id}{ERASED_DOMAIN}")
}
