//! Identity providers: who vouches for people, of which domains, and what follows from its claims.

mod check;
mod events;
mod http;
mod service;
mod store;

pub use http::{IdentityProvider, IdentityProviderCreate, Provisioning, SsoStatus};
pub(super) use service::{Gone, check_issuer, words};
pub(super) use store::{Settings, find, find_by_issuer, identity_provider, offered};
pub(crate) use {events::event_kinds, http::router, store::SEALED};

kernel::define_id!(
    /// An identity provider of the vendor or of one of its partners.
    IdentityProviderId, "idp");
