//! SCIM 2.0 (RFC 7643, RFC 7644): a company's directory provisions people and groups.
//!
//! A **directory** is one company's: the vendor's own, or a partner's. Which one a credential provisions follows from whom it belongs to;
//! nothing of another directory can be seen or named. A directory's **users** are the people of the program ([`users`]); its **groups** exist
//! here only, and may give people their role ([`groups`]).
//!
//! SCIM is a protocol of its own: own paths (`/scim/v2`), media type, errors ([`error`]), paging by index and a filter language
//! ([`filter`]). It lies beside the domains and asks `access` for every change of a person, so that rules, events and what
//! follows from a leaver are the same whoever makes the change.
//!
//! Supported: PATCH (also as Okta and Entra write it, [`patch`]), filters, ETags, `attributes` and `excludedAttributes`, `/.search`. Not supported
//! and said so: Bulk, sorting, passwords, `/Me`.

pub mod discovery;
pub mod document;
pub mod error;
pub mod filter;
pub mod groups;
pub mod patch;
mod personal;
pub mod project;
pub mod request;
pub mod schema;
mod search;
pub mod store;
pub mod users;
pub mod value;

pub use personal::holders;

use kernel::App;
use kernel::app::Resource;
use kernel::log::EventKind;
use serde::Serialize;
use utoipa_axum::router::OpenApiRouter;

/// What the body of a PATCH says that it is.
pub const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// Where SCIM is served.
pub const ROOT: &str = "/scim/v2";

/// Every route under [`ROOT`].
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().merge(discovery::router()).merge(users::http::router()).merge(groups::http::router()).merge(search::router())
}

/// Every route of this crate under `/v1`.
pub fn v1_router() -> OpenApiRouter<App> {
    groups::mapping_router()
}

/// Every event that this crate publishes.
pub fn event_kinds() -> Vec<EventKind> {
    groups::event_kinds()
}

/// An answer without a body.
#[derive(Serialize)]
pub(crate) struct NoContent;

impl Resource for NoContent {}
