//! `/docs`, the reference page, and `/openapi.json` beneath it. The page's files are in the binary: it works offline.

use axum::Router;
use axum::http::{HeaderValue, header};
use axum::middleware::map_response;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use kernel::App;
use utoipa::openapi::OpenApi;
use utoipa_swagger_ui::{Config, SwaggerUi};

pub(crate) fn router(document: &OpenApi) -> Router<App> {
    let text = Bytes::from(serde_json::to_string(document).expect("a document is plain data"));
    let document = get(move || async move { ([(header::CONTENT_TYPE, "application/json")], text).into_response() });
    // A credential that was typed in is forgotten with the page: a browser's storage is no place for it.
    let page = SwaggerUi::new("/docs").config(Config::new(["/openapi.json"]).try_it_out_enabled(true).persist_authorization(false).filter(true));
    Router::new().route("/openapi.json", document).merge(Router::from(page).layer(map_response(say_charset)))
}

/// The page's files are UTF-8, and so they say.
async fn say_charset(mut response: Response) -> Response {
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let said = kind.filter(|kind| kind.starts_with("text/") && !kind.contains("charset")).map(|kind| format!("{kind}; charset=utf-8"));
    if let Some(said) = said.and_then(|said| HeaderValue::from_str(&said).ok()) {
        response.headers_mut().insert(header::CONTENT_TYPE, said);
    }
    response
}
