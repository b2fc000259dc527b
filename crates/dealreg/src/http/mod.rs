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
    OpenApiRouter::new()
        .merge(deals::router())
        .merge(actions::router())
        .merge(decision::router())
        .merge(progress::router())
        .merge(engagement::router())
        .merge(crate::assignment::router())
        .merge(crate::remarks::http::router())
        .merge(crate::disputes::router())
        .merge(crate::verdicts::router())
}
