//! Which web pages may call from a browser (the Fetch standard's CORS protocol).
//!
//! A preflight carries no credential, so it is answered for an origin that anybody lists; the answer itself may be read
//! only by pages that its caller's vendor lists, or the operator for everybody.

use access::Admission;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::Response;
use kernel::App;

const METHODS: HeaderValue = HeaderValue::from_static("GET, POST, PUT, PATCH, DELETE");
const HEADERS: HeaderValue = HeaderValue::from_static(
    "authorization, content-type, accept, if-match, if-none-match, idempotency-key, last-event-id, x-request-id, traceparent",
);
const EXPOSED: HeaderValue = HeaderValue::from_static(
    "etag, location, retry-after, x-request-id, idempotent-replayed, ratelimit, ratelimit-policy, www-authenticate, deprecation, sunset, link",
);
/// Seconds that a browser remembers what it was told.
const REMEMBERED: HeaderValue = HeaderValue::from_static("3600");

/// The page's origin, as its browser sends it.
pub(super) fn origin(headers: &HeaderMap) -> Option<HeaderValue> {
    headers.get(header::ORIGIN).filter(|origin| origin.to_str().is_ok()).cloned()
}

/// Whether a request asks for leave only.
pub(super) fn is_preflight(method: &Method, headers: &HeaderMap) -> bool {
    method == Method::OPTIONS && headers.contains_key(header::ORIGIN) && headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

/// What a preflight is answered with.
pub(super) async fn preflight(app: &App, everywhere: &[HeaderValue], origin: Option<&HeaderValue>) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    if let Some(origin) = origin
        && (everywhere.contains(origin) || any_lists(app, origin).await)
    {
        let headers = response.headers_mut();
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, METHODS);
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HEADERS);
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, REMEMBERED);
    }
    vary(response.headers_mut());
    response
}

/// Let pages of this origin read the answer, if they may.
pub(super) async fn allow(app: &App, everywhere: &[HeaderValue], origin: Option<&HeaderValue>, caller: &Admission, headers: &mut HeaderMap) {
    vary(headers);
    let Some(origin) = origin else { return };
    let allowed = everywhere.contains(origin)
        || match caller.vendor() {
            Some(vendor) => of_vendors(app).await.is_some_and(|set| origin.to_str().is_ok_and(|origin| set.lists(vendor, origin))),
            // Without a vendor there is nothing of a vendor's in the answer.
            None => any_lists(app, origin).await,
        };
    if allowed {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
    }
}

async fn any_lists(app: &App, origin: &HeaderValue) -> bool {
    of_vendors(app).await.is_some_and(|set| origin.to_str().is_ok_and(|origin| set.any_lists(origin)))
}

/// Without a database nobody is known to list anything.
async fn of_vendors(app: &App) -> Option<std::sync::Arc<access::edge::OfVendors>> {
    access::edge::of_vendors(app).await.ok()
}

/// Caches keep answers to different origins apart.
fn vary(headers: &mut HeaderMap) {
    headers.append(header::VARY, HeaderValue::from_static("origin"));
}
