//! Identities: who a person is to an issuer. (issuer, subject), never an e-mail address.
//!
//! The first sign-in links one, or whoever manages access does, for issuers whose subjects they know.

mod http;
mod store;

pub use http::Identity;
pub(super) use http::link;
pub(crate) use http::{event_kinds, router};
pub(super) use store::find_person;

kernel::define_id!(
    /// An identity of a person.
    IdentityId, "idt");
