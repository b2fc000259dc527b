//! Instant access: what a new partner needs to begin, asked for in the moment in which it is accepted.
//!
//! The vendor's **policy**, versioned, says who gets what: rules (`when`, CEL over `partner`) name **environments** (sandbox, demo) and which of the partner's
//! contacts become people with which role. When a partner's status becomes `onboarding` (an approved application makes one), every rule that holds counts.
//! Each thing asked for is an **access grant**, kept and shown: what, for whom, where it stands, when, and what went wrong.
//!
//! Environments are asked of the vendor's **provisioner** ([`crate::asking`]), again with growing pauses until a time limit. It answers at once, or says
//! `pending` and answers later by a **callback**; an answer voids all tokens. Life: `requested → pending → granted | failed`;
//! `granted → revoking → revoked | revocation_failed`. When a partner has ended, all that it was given is revoked.

pub mod ask;
mod callback;
pub mod events;
mod follow;
mod grants;
mod http;
mod keys;
mod people;
pub mod policy;
pub mod rules;
mod store;
pub mod told;
pub mod types;

pub use keys::SEALED;

use kernel::App;
use kernel::readers::Reader;
use utoipa_axum::router::OpenApiRouter;

kernel::define_id!(
    /// Something that a partner was given access to.
    AccessGrantId, "agr");

/// Every route of instant access.
pub fn router() -> OpenApiRouter<App> {
    policy::router().merge(http::router()).merge(callback::router())
}

/// What follows the log: partners that come and go.
pub fn readers() -> Vec<Reader> {
    vec![follow::reader()]
}
