//! A sign-in: from the portal to the person's identity provider and back, with a one-time code for the portal.
//!
//! `authorize` → the provider → `callback` → the portal → `code` (at the token endpoint). What the browser carries proves nothing by
//! itself: the state is unguessable, belongs to one browser and works once; the code works once, within a minute, for the portal that
//! began, at the address that it named, and only with the verifier that it kept (RFC 7636).

mod admit;
mod authorize;
mod back;
mod callback;
mod code;
mod options;
mod store;

pub(crate) use authorize::SEALED;

pub(super) use code::exchange;

use kernel::App;
use utoipa_axum::router::OpenApiRouter;

pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().merge(authorize::router()).merge(callback::router()).merge(options::router())
}

/// 256 random bits as text.
pub(super) fn unguessable() -> String {
    kernel::text::hex(&kernel::seal::random::<32>())
}
