//! Walkthroughs: what a front end shows somebody who comes to a screen for the first time, step by step, and how far each person has come.
//!
//! A **walkthrough** is data, versioned and published as paths are: the screen that it is for (the front end's own name of it), for whom it is
//! (`when`, CEL over `person` and `partner`), and its **steps** in order, each with the element that it points at and texts in the vendor's
//! languages. A published version is never changed.
//!
//! **Progress** is one person's in one version: `started → dismissed → completed`, and it only ever goes forward, so that calls may come twice and
//! in any order; `restart` alone begins anew. A later version is shown to those who are through with an earlier one only if it says `again`.
//! Whoever is in the middle of an earlier version goes on in the later one behind the last step that both have.

mod body;
mod events;
mod http;
mod me;
mod personal;
mod published;
mod results;
mod rules;
mod service;
mod store;
mod types;
mod versions;

pub use events::event_kinds;
pub use personal::holder;
pub use published::follow;

use kernel::App;
use utoipa_axum::router::OpenApiRouter;

kernel::define_id!(
    /// A version of a walkthrough.
    WalkthroughId, "wlk");
kernel::define_id!(
    /// How far a person has come in a walkthrough.
    WalkthroughProgressId, "wpr");

/// Every route of walkthroughs under `/v1`.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().merge(versions::router()).merge(http::router()).merge(results::router())
}
