//! `/docs`, the reference page, and `/openapi.json` beneath it. The page's files are in the binary: it works offline.

use axum::Router;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;
use bytes::Bytes;
use kernel::App;
use utoipa::openapi::OpenApi;
use utoipa_swagger_ui::{Config, SwaggerUi};

pub(crate) fn router(document: &OpenApi) -> Router<App> {
    let text = Bytes::from(serde_json::to_string(document).expect("a document is plain data"));
    let document = get(move || async move { ([(header::CONTENT_TYPE, "application/json")], text).into_response() });
    let page = SwaggerUi::new("/docs").config(Config::new(["/openapi.json"]).try_it_out_enabled(true).persist_authorization(true).filter(true));
    Router::new().route("/openapi.json", document).merge(page)
}
