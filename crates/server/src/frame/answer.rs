//! What is done to an answer before it leaves.

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use kernel::Problem;
use kernel::problem::{Kind, kinds};

kernel::problem_kinds! {
    BUSY = 503 "server.busy" "This instance has as many requests in hand as it takes; nothing was changed. Try again.";
    NOT_MIGRATED = 503 "database.not_migrated" "The database's schema is not the one that this version needs; run `prm migrate`.";
    STOPPING = 503 "server.stopping" "This instance is stopping; another one, or this one in a moment, will answer.";
}

/// Give the answer its id and headers; an error becomes a problem document that carries the id.
pub(super) fn finish(response: Response, id: &str, api: bool) -> Response {
    let status = response.status();
    let mut response = if status.is_client_error() || status.is_server_error() { problem(response, id) } else { response };
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::from_str(id) {
        headers.insert("x-request-id", id);
    }
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if api {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}

fn problem(mut response: Response, id: &str) -> Response {
    let status = response.status();
    let problem = response.extensions_mut().remove::<Problem>().unwrap_or_else(|| Problem::new(kind(status)));
    let (mut parts, _) = response.into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    Response::from_parts(parts, Body::from(problem.body(Some(id))))
}

/// What an error that is not ours (no such route, a wrong method, an extractor of the framework) means.
fn kind(status: StatusCode) -> Kind {
    match status.as_u16() {
        404 => kinds::NOT_FOUND,
        405 => kinds::METHOD_NOT_ALLOWED,
        413 => kinds::TOO_LARGE,
        415 => kinds::UNSUPPORTED_MEDIA,
        status @ 400..500 => Kind { status, ..kinds::BAD_REQUEST },
        status => Kind { status, ..kinds::INTERNAL },
    }
}
