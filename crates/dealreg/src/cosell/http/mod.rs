//! Co-sell requests over HTTP.

mod moves;
mod requests;
mod tasks;

use kernel::App;
use utoipa_axum::router::OpenApiRouter;

/// Every route of co-sell requests.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().merge(requests::router()).merge(moves::router()).merge(tasks::router())
}
