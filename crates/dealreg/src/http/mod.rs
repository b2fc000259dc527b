//! The routes of this crate.

pub mod actions;
pub mod deals;
pub mod decision;
pub mod engagement;
pub mod progress;

use kernel::App;
use utoipa_axum::router::OpenApiRouter;

/// Every route of this crate under `/v1`.
pub fn router() -> OpenApiRouter<App> {
    let deals = OpenApiRouter::new().merge(deals::router()).merge(actions::router()).merge(engagement::router());
    deals.merge(decision::router()).merge(progress::router())
}
