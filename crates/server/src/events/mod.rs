//! The log as others read it: page by page, or as a stream; and what proves that it is what it was.

mod checkpoints;
mod entries;
mod list;
mod query;
pub(crate) mod reach;
mod stream;
pub(crate) mod timeline;

use kernel::App;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list::list_events))
        .routes(routes!(stream::stream_events))
        .routes(routes!(timeline::get_partner_timeline))
        .routes(routes!(entries::get_log_entry))
        .routes(routes!(entries::get_log_inclusion_proof))
        .routes(routes!(checkpoints::list_log_checkpoints))
        .routes(routes!(checkpoints::get_log_checkpoint))
        .routes(routes!(checkpoints::get_log_consistency_proof))
}
