//! What is read from a request before its handler runs.

use super::answer::{HEADERS_TOO_LARGE, URI_TOO_LONG};
use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::http::{HeaderMap, Method, header};
use http_body_util::{BodyExt, Limited};
use kernel::Problem;
use kernel::actor::RequestInfo;
use kernel::problem::kinds;
use sha2::{Digest, Sha256};
use std::net::IpAddr;

const LONGEST_ID: usize = 64;
const LONGEST_KEY: usize = 255;
const LONGEST_URI: usize = 8 << 10;
const MOST_HEADERS: usize = 64;
const LONGEST_HEADERS: usize = 16 << 10;

/// A head that is larger than any caller of ours needs is refused before anything is done for it.
pub(super) fn check_head(request: &Request) -> Result<(), Problem> {
    let uri = request.uri().path_and_query().map_or(0, |path| path.as_str().len());
    if uri > LONGEST_URI {
        return Err(Problem::new(URI_TOO_LONG));
    }
    let headers = request.headers();
    // A credential that is too long is a bad credential: 401 like any other.
    let counted = headers.iter().filter(|(name, _)| *name != header::AUTHORIZATION);
    let bytes: usize = counted.map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    if headers.len() > MOST_HEADERS || bytes > LONGEST_HEADERS {
        return Err(Problem::new(HEADERS_TOO_LARGE));
    }
    Ok(())
}

/// The caller's `X-Request-Id` if it is a plain token, else a fresh one.
pub(super) fn id(headers: &HeaderMap) -> String {
    let plain = |id: &str| (1..=LONGEST_ID).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.:".contains(&b));
    let sent = headers.get("x-request-id").and_then(|value| value.to_str().ok()).filter(|id| plain(id));
    // Random, but not secret: the fast generator will do.
    sent.map_or_else(|| uuid::Builder::from_random_bytes(rand::random()).into_uuid().to_string(), str::to_owned)
}

/// Read what a write needs to know of its request. The body is only read here if it came with an `Idempotency-Key`.
pub(super) async fn read(request: Request, id: &str, client: Option<IpAddr>, limit: usize) -> Result<(Request, RequestInfo), Problem> {
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let mut info = RequestInfo { id: id.to_owned(), client, target: format!("{} {path}", request.method()), ..RequestInfo::default() };
    if request.method() == Method::GET || request.method() == Method::HEAD {
        return Ok((request, info));
    }
    info.if_match = request.headers().get(header::IF_MATCH).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let Some(key) = key(request.headers())? else { return Ok((request, info)) };
    let (parts, body) = request.into_parts();
    let body = gather(body, limit).await?;
    info.idempotency = Some((key, Sha256::digest(&body).into()));
    Ok((Request::from_parts(parts, Body::from(body)), info))
}

fn key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let mut sent = headers.get_all("idempotency-key").iter();
    let Some(value) = sent.next() else { return Ok(None) };
    let key = value.to_str().ok().filter(|key| (1..=LONGEST_KEY).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic()));
    match (key, sent.next()) {
        (Some(key), None) => Ok(Some(key.to_owned())),
        _ => Err(Problem::invalid("Idempotency-Key", "invalid_value", "Send one key of 1 to 255 visible ASCII characters, e.g. a UUID.")),
    }
}

async fn gather(body: Body, limit: usize) -> Result<bytes::Bytes, Problem> {
    // Refused by what it says of itself, before anything is read.
    if body.size_hint().lower() > limit as u64 {
        return Err(Problem::new(kinds::TOO_LARGE));
    }
    match Limited::new(body, limit).collect().await {
        Ok(whole) => Ok(whole.to_bytes()),
        Err(cause) if cause.is::<http_body_util::LengthLimitError>() => Err(Problem::new(kinds::TOO_LARGE)),
        Err(cause) => Err(Problem::new(kinds::BAD_REQUEST).detail(format!("The body could not be read: {cause}."))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn headers(name: &'static str, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(axum::http::HeaderName::from_static(name), HeaderValue::from_bytes(value.as_bytes()).unwrap())])
    }

    #[test]
    fn a_plain_request_id_is_kept_and_any_other_replaced() {
        assert_eq!(id(&headers("x-request-id", "trace-1.a:b")), "trace-1.a:b");
        for odd in ["", "two words", "<b>", "é", &"x".repeat(65)] {
            assert_ne!(id(&headers("x-request-id", odd)), odd);
        }
        assert_eq!(id(&HeaderMap::new()).len(), 36);
    }

    #[test]
    fn a_key_is_visible_ascii() {
        assert_eq!(key(&headers("idempotency-key", "a-1")).unwrap().as_deref(), Some("a-1"));
        for odd in ["", "two words", "é", &"x".repeat(256)] {
            assert_eq!(key(&headers("idempotency-key", odd)).unwrap_err().kind.status, 422);
        }
    }
}
