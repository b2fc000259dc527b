//! The log as others read it: page by page, or as a stream.

mod list;
mod query;
mod stream;

use kernel::App;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list::list_events)).routes(routes!(stream::stream_events))
}
