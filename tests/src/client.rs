//! Callers: requests that read like sentences, replies that explain themselves when they disappoint.

use crate::document::Document;
use crate::world::Instance;
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Request, header};
use http_body_util::BodyExt as _;
use serde_json::Value;
use std::future::{Future, IntoFuture};
use std::net::IpAddr;
use std::ops::Index;
use std::pin::Pin;
use tower::ServiceExt as _;

/// A caller of one instance with at most one credential.
#[derive(Clone)]
pub struct Client {
    router: Router,
    document: &'static Document,
    /// The API key or access token that it sends.
    pub credential: Option<String>,
}

impl Client {
    /// A caller of `instance`.
    pub fn new(instance: &Instance, credential: Option<String>) -> Self {
        Self { router: instance.router.clone(), document: instance.document, credential }
    }

    /// The same caller, at another instance.
    pub fn at(&self, instance: &Instance) -> Self {
        Self::new(instance, self.credential.clone())
    }

    /// The same place, with another credential.
    pub fn bearing(&self, credential: &str) -> Self {
        Self { credential: Some(credential.to_owned()), ..self.clone() }
    }

    /// `GET path`.
    pub fn get(&self, path: impl AsRef<str>) -> Call {
        self.call(Method::GET, path)
    }

    /// `POST path` with a JSON body; `json!(null)` sends none.
    pub fn post(&self, path: impl AsRef<str>, body: Value) -> Call {
        self.call(Method::POST, path).json(body)
    }

    /// `PUT path` with a JSON body.
    pub fn put(&self, path: impl AsRef<str>, body: Value) -> Call {
        self.call(Method::PUT, path).json(body)
    }

    /// `PATCH path` with a JSON body; say also [`Call::if_match`].
    pub fn patch(&self, path: impl AsRef<str>, body: Value) -> Call {
        self.call(Method::PATCH, path).json(body)
    }

    /// `DELETE path`.
    pub fn delete(&self, path: impl AsRef<str>) -> Call {
        self.call(Method::DELETE, path)
    }

    /// Any method, no body yet.
    pub fn call(&self, method: Method, path: impl AsRef<str>) -> Call {
        let mut headers = HeaderMap::new();
        if let Some(credential) = &self.credential {
            let value = HeaderValue::from_bytes(format!("Bearer {credential}").as_bytes());
            headers.insert(header::AUTHORIZATION, value.expect("a header"));
        }
        Call { client: self.clone(), method, path: path.as_ref().to_owned(), headers, peer: None, body: Vec::new() }
    }

    /// Every row of a list, page by page.
    pub async fn all(&self, path: &str) -> Vec<Value> {
        let (mut rows, mut cursor, joint) = (Vec::new(), None::<String>, if path.contains('?') { '&' } else { '?' });
        loop {
            let path = cursor.map_or(path.to_owned(), |cursor| format!("{path}{joint}cursor={cursor}"));
            let page = self.get(path).await.expect(200);
            rows.extend(page["data"].as_array().expect("a page").iter().cloned());
            cursor = page["next_cursor"].as_str().map(str::to_owned);
            if cursor.is_none() {
                return rows;
            }
        }
    }
}

/// A request that is sent when it is awaited.
#[must_use = "a call is sent when it is awaited"]
#[derive(Clone)]
pub struct Call {
    client: Client,
    method: Method,
    path: String,
    headers: HeaderMap,
    peer: Option<IpAddr>,
    body: Vec<u8>,
}

impl Call {
    /// Carry this JSON body; `null` means none.
    pub fn json(self, body: Value) -> Self {
        if body.is_null() { self } else { self.raw("application/json", body.to_string()) }
    }

    /// Carry this body, whatever it is.
    pub fn raw(self, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self { body: body.into(), ..self }.header("content-type", content_type)
    }

    /// Send `Idempotency-Key`.
    pub fn idempotency_key(self, key: &str) -> Self {
        self.header("idempotency-key", key)
    }

    /// Send `If-Match`: a revision or an ETag.
    pub fn if_match(self, revision: impl ToString) -> Self {
        let text = revision.to_string();
        let etag = if text.starts_with('"') { text } else { format!("\"{text}\"") };
        self.header("if-match", &etag)
    }

    /// Send any header.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        let name: HeaderName = name.parse().expect("a header's name");
        self.headers.insert(name, HeaderValue::from_bytes(value.as_bytes()).expect("a header's value"));
        self
    }

    /// Come from this address, as if over a socket.
    pub fn from(self, address: &str) -> Self {
        Self { peer: Some(address.parse().expect("an address")), ..self }
    }

    /// Send it and leave the answer unread.
    pub async fn open(self) -> axum::response::Response {
        let Self { client, method, path, headers, peer, body } = self;
        let mut request = Request::builder().method(method).uri(&path).body(Body::from(body)).expect("a request");
        *request.headers_mut() = headers;
        if let Some(address) = peer {
            request.extensions_mut().insert(server::frame::Peer((address, 4_711).into()));
        }
        let Ok(response) = client.router.oneshot(request).await;
        response
    }

    async fn send(self) -> Reply {
        let (document, method, path, body) = (self.client.document, self.method.clone(), self.path.clone(), self.body.clone());
        let (parts, answer) = self.open().await.into_parts();
        let kind = parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        assert!(!kind.starts_with("text/event-stream"), "{method} {path} answers with a stream that does not end: read it with `.stream()`");
        let bytes = answer.collect().await.expect("a whole body").to_bytes().to_vec();
        let value = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        let reply = Reply { asked: asked(&method, &path, &body), status: parts.status.as_u16(), headers: parts.headers, bytes, body: value };
        if let Err(lie) = document.check(&method, &path, &reply) {
            panic!("the document does not tell the truth: {lie}\n{reply}");
        }
        reply
    }
}

fn asked(method: &Method, path: &str, body: &[u8]) -> String {
    const SHOWN: usize = 2_000;
    let shown = String::from_utf8_lossy(&body[..body.len().min(SHOWN)]).into_owned();
    format!("{method} {path}\n{shown}")
}

impl IntoFuture for Call {
    type Output = Reply;
    type IntoFuture = Pin<Box<dyn Future<Output = Reply> + Send>>;
    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}

/// What came back.
#[derive(Clone)]
pub struct Reply {
    asked: String,
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as sent.
    pub bytes: Vec<u8>,
    /// The body as JSON; null if it is not.
    pub body: Value,
}

impl Reply {
    /// This reply, which must have this status.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert!(self.status == status, "expected {status}\n{self}");
        self
    }

    /// This reply, which must be a problem of this status and code.
    #[track_caller]
    pub fn refused(self, status: u16, code: &str) -> Self {
        assert!(self.status == status && self.body["code"] == code, "expected {status} {code}\n{self}");
        self
    }

    /// This reply, which must be a 422 that names this place (`/customer/name`).
    #[track_caller]
    pub fn invalid_at(self, pointer: &str) -> Self {
        let named = self.body["errors"].as_array().is_some_and(|errors| errors.iter().any(|error| error["pointer"] == pointer));
        assert!(self.status == 422 && named, "expected 422 at {pointer}\n{self}");
        self
    }

    /// What was asked: method, path and body.
    pub fn asked(&self) -> &str {
        &self.asked
    }

    /// A header's text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The `ETag`, which must be there.
    #[track_caller]
    pub fn etag(&self) -> String {
        self.header("etag").unwrap_or_else(|| panic!("expected an ETag\n{self}")).to_owned()
    }

    /// The body's `id`, which must be there.
    #[track_caller]
    pub fn id(&self) -> String {
        self.text("id")
    }

    /// A text member of the body, which must be there.
    #[track_caller]
    pub fn text(&self, member: &str) -> String {
        self.body[member].as_str().unwrap_or_else(|| panic!("expected a text `{member}`\n{self}")).to_owned()
    }

    /// The rows of a list.
    #[track_caller]
    pub fn rows(&self) -> &[Value] {
        self.body["data"].as_array().unwrap_or_else(|| panic!("expected a list\n{self}"))
    }

    /// Status and body with ids, secrets and the like replaced, for [`assert_snapshot!`](crate::assert_reply_snapshot).
    pub fn told(&self) -> Value {
        crate::snapshot::told(self.status, &self.body)
    }
}

impl Index<&str> for Reply {
    type Output = Value;
    fn index(&self, member: &str) -> &Value {
        &self.body[member]
    }
}

impl std::fmt::Display for Reply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let body = match &self.body {
            Value::Null => String::from_utf8_lossy(&self.bytes).into_owned(),
            value => serde_json::to_string_pretty(value).unwrap_or_default(),
        };
        write!(f, "asked: {}\nanswered: {} {:?}\n{body}", self.asked, self.status, self.headers)
    }
}

impl std::fmt::Debug for Reply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}
