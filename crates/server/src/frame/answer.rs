//! What is done to an answer before it leaves.

use access::Admission;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use kernel::Problem;
use kernel::problem::{Kind, kinds};

kernel::problem_kinds! {
    BUSY = 503 "server.busy" "This instance has as many requests in hand as it takes, or as it takes of one vendor; nothing was changed. Try again.";
    NOT_MIGRATED = 503 "database.not_migrated" "The database's schema is not the one that this version needs; run `prm migrate`.";
    STOPPING = 503 "server.stopping" "This instance is stopping; another one, or this one in a moment, will answer.";
    BODY_STALLED = 408 "body.stalled" "The body stopped coming before it was whole.";
    URI_TOO_LONG = 414 "request.uri_too_long" "The path and query are longer than 8 KiB.";
    HEADERS_TOO_LARGE = 431 "request.headers_too_large" "The headers are more than 64, or longer than 16 KiB together.";
}

/// How errors are said under a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// As problem documents, beside the API: `/docs`, `/health`.
    Plain,
    /// As problem documents.
    Api,
    /// As SCIM says them (RFC 7644 §3.12).
    Scim,
}

impl Dialect {
    pub(super) fn of(path: &str) -> Self {
        match path.split('/').nth(1) {
            Some("v1") => Self::Api,
            Some("scim") => Self::Scim,
            _ => Self::Plain,
        }
    }
}

/// Nothing of an answer is a page: should a browser take it for one, it shows nothing, runs nothing and lies in no frame.
const NOT_A_PAGE: &str = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox";
/// The reference page loads its own files and calls this service; its library writes styles into elements.
const PAGE: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; \
    connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The headers that every answer carries.
pub(super) struct Headers {
    api: HeaderMap,
    page: HeaderMap,
}

/// Whether this is the reference page or one of its files.
pub(super) fn is_page(path: &str) -> bool {
    path == "/docs" || path.starts_with("/docs/")
}

impl Headers {
    pub(super) fn of(public_url: &str) -> Self {
        let mut api = HeaderMap::new();
        let always = [
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (header::REFERRER_POLICY, "no-referrer"),
            // Says nothing of pages that call with CORS: those are asked for by `Access-Control-Allow-Origin`.
            (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
            (HeaderName::from_static("x-permitted-cross-domain-policies"), "none"),
            (header::CONTENT_SECURITY_POLICY, NOT_A_PAGE),
            (header::CACHE_CONTROL, "no-store"),
        ];
        api.extend(always.map(|(name, value)| (name, HeaderValue::from_static(value))));
        if public_url.starts_with("https://") {
            api.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000; includeSubDomains"));
        }
        let mut page = api.clone();
        page.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(PAGE));
        page.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        // For pages only: on a redirect it would cut a portal off from the window in which its person signs in.
        page.insert(HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin"));
        Self { api, page }
    }

    /// Give the answer its id and headers; an error becomes a document of the path's dialect that carries the id.
    pub(super) fn finish(&self, response: Response, id: &str, dialect: Dialect, page: bool) -> Response {
        let status = response.status();
        let mut response = if status.is_client_error() || status.is_server_error() { problem(response, id, dialect) } else { response };
        let headers = response.headers_mut();
        if let Ok(id) = HeaderValue::from_str(id) {
            headers.insert("x-request-id", id);
        }
        for (name, value) in if page { &self.page } else { &self.api } {
            // A handler that knows better has said so.
            headers.entry(name).or_insert_with(|| value.clone());
        }
        response
    }
}

/// Tell a caller where it stands with its limits.
pub(super) fn say_quota(response: &mut Response, caller: &Admission) {
    let Admission::Caller { counted, .. } = caller else { return };
    if !counted.is_limited() {
        return;
    }
    for (name, value) in [("ratelimit-policy", counted.policy()), ("ratelimit", counted.limit())] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(name, value);
        }
    }
}

/// The whole answer to a request that could not be read as one: its bytes on the wire.
pub(crate) fn bare(status: u16) -> Vec<u8> {
    let kind = StatusCode::from_u16(status).map_or(kinds::BAD_REQUEST, kind);
    let id = uuid::Builder::from_random_bytes(rand::random()).into_uuid().to_string();
    let body = Problem::new(kind).body(Some(&id));
    let reason = StatusCode::from_u16(kind.status).ok().and_then(|status| status.canonical_reason()).unwrap_or_default();
    let head = format!(
        "HTTP/1.1 {} {reason}\r\ncontent-type: application/problem+json\r\ncontent-length: {}\r\nx-request-id: {id}\r\n\
         cache-control: no-store\r\nx-content-type-options: nosniff\r\ncontent-security-policy: {NOT_A_PAGE}\r\nconnection: close\r\n\r\n",
        kind.status,
        body.len()
    );
    [head.as_bytes(), &body].concat()
}

fn problem(mut response: Response, id: &str, dialect: Dialect) -> Response {
    let status = response.status();
    let problem = response.extensions_mut().remove::<Problem>().unwrap_or_else(|| Problem::new(kind(status)));
    let (mut parts, _) = response.into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    let (media, body) = match dialect {
        Dialect::Scim => {
            let (status, body) = scim::error::document(&problem, id);
            parts.status = StatusCode::from_u16(status).unwrap_or(parts.status);
            (scim::error::MEDIA, body)
        }
        _ => ("application/problem+json", problem.body(Some(id))),
    };
    parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media));
    Response::from_parts(parts, Body::from(body))
}

/// What an error that is not ours (no such route, a wrong method, an extractor of the framework) means.
fn kind(status: StatusCode) -> Kind {
    match status.as_u16() {
        404 => kinds::NOT_FOUND,
        405 => kinds::METHOD_NOT_ALLOWED,
        413 => kinds::TOO_LARGE,
        414 => URI_TOO_LONG,
        415 => kinds::UNSUPPORTED_MEDIA,
        431 => HEADERS_TOO_LARGE,
        status @ 400..500 => Kind { status, ..kinds::BAD_REQUEST },
        status => Kind { status, ..kinds::INTERNAL },
    }
}
