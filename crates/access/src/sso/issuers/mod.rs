//! Trusted issuers: a vendor's own token service, whose JWTs we take as they are or exchange for ours (RFC 8693).
//!
//! A token's `iss` and `aud` find the registration, and with it the vendor; nothing else in a token chooses anything. Keys are fetched only
//! for what is registered.

mod exchange;
mod http;
mod service;
mod store;
mod types;
mod verify;

pub(super) use exchange::{TOKEN_EXCHANGE, exchange};
pub(crate) use http::{event_kinds, router};
pub use types::{TrustedIssuer, TrustedIssuerCreate};
pub(crate) use verify::bearer;
pub(super) use verify::{algorithm, signed_by};

kernel::define_id!(
    /// A token service of the vendor's own.
    TrustedIssuerId, "tis");
