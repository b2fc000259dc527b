//! Handlers, one file for each resource.

mod automations;
mod runs;

use kernel::App;
use utoipa_axum::router::OpenApiRouter;

/// Every route of this crate under `/v1`.
pub fn router() -> OpenApiRouter<App> {
    automations::router().merge(runs::router())
}
