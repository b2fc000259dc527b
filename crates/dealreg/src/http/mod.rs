//! The routes of this crate.

pub mod actions;
pub mod deals;
pub mod engagement;

use kernel::App;
use utoipa_axum::router::OpenApiRouter;

/// Every route of this crate under `/v1`.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().merge(deals::router()).merge(actions::router()).merge(engagement::router()).merge(crate::remarks::http::router())
}
