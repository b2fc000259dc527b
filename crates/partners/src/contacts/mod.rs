//! Contacts: people at a partner who need not have a login, and what they are there for.
//!
//! Of each function, one contact may be the **primary** one; the database holds that. A contact is linked to a person once one with the same address
//! comes in for the same partner. They are personal data: sealed in events, exported and erased.

pub(crate) mod events;
pub(crate) mod follow;
pub(crate) mod http;
pub(crate) mod personal;
mod service;
pub(crate) mod store;
mod types;

pub use store::{ContactRow, of_partner};
pub use types::{PartnerContact, PartnerFunction};

kernel::define_id!(
    /// A contact at a partner.
    PartnerContactId, "pct");
