//! A receiver of webhooks on a real socket: it remembers what it was sent and answers as it is told.

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use tokio::sync::watch;

/// Listens on a port of 127.0.0.1 until it is dropped.
pub struct Receiver {
    /// `http://127.0.0.1:port/hook`.
    pub url: String,
    state: Arc<Told>,
    _stop: tokio::sync::oneshot::Sender<()>,
}

#[derive(Default)]
struct Told {
    requests: watch::Sender<Vec<Request>>,
    next: Mutex<VecDeque<Answer>>,
    usual: Mutex<Answer>,
}

/// What it answers.
#[derive(Clone)]
enum Answer {
    Now { status: u16, headers: Vec<(String, String)>, body: String },
    Echo { status: u16 },
    Never,
}

impl Default for Answer {
    fn default() -> Self {
        Self::Now { status: 204, headers: Vec::new(), body: String::new() }
    }
}

/// A request that it got.
#[derive(Clone, Debug)]
pub struct Request {
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body, as sent.
    pub bytes: Bytes,
    /// Its body as JSON.
    pub event: Value,
}

impl Receiver {
    /// A receiver that answers 204.
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}/hook", listener.local_addr().expect("an address"));
        let (state, (stop, stopped)) = (Arc::<Told>::default(), tokio::sync::oneshot::channel::<()>());
        let router = Router::new().fallback(receive).with_state(state.clone());
        tokio::spawn(async move {
            tokio::select! {
                served = axum::serve(listener, router) => served.expect("serve"),
                _ = stopped => {}
            }
        });
        Self { url, state, _stop: stop }
    }

    /// From now on, answer with this status.
    pub fn answers(&self, status: u16) {
        *self.state.usual.lock().expect("the answer") = Answer::Now { status, headers: Vec::new(), body: String::new() };
    }

    /// From now on, answer with this status and with what was sent.
    pub fn echoes(&self, status: u16) {
        *self.state.usual.lock().expect("the answer") = Answer::Echo { status };
    }

    /// From now on, answer nothing at all.
    pub fn hangs(&self) {
        *self.state.usual.lock().expect("the answer") = Answer::Never;
    }

    /// To the next request (after those already told), answer with this.
    pub fn next(&self, status: u16, headers: &[(&str, &str)], body: &str) {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        self.state.next.lock().expect("the answers").push_back(Answer::Now { status, headers, body: body.to_owned() });
    }

    /// What it got so far.
    pub fn requests(&self) -> Vec<Request> {
        self.state.requests.borrow().clone()
    }

    /// What it got so far, which it forgets.
    pub fn take(&self) -> Vec<Request> {
        let mut taken = Vec::new();
        self.state.requests.send_modify(|requests| taken = std::mem::take(requests));
        taken
    }

    /// The types of the events that it got so far, which it forgets.
    pub fn types(&self) -> Vec<String> {
        self.take().iter().map(Request::kind).collect()
    }

    /// Wait until it has got this many.
    pub async fn has_got(&self, count: usize) {
        let mut requests = self.state.requests.subscribe();
        requests.wait_for(|requests| requests.len() >= count).await.expect("a receiver");
    }
}

impl Request {
    /// The event's type.
    pub fn kind(&self) -> String {
        self.event["type"].as_str().expect("a type").to_owned()
    }

    /// The `webhook-id`, which must be the event's id.
    pub fn id(&self) -> String {
        assert_eq!(self.event["id"], self.header("webhook-id"));
        self.header("webhook-id").to_owned()
    }

    /// A header's text.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_else(|| panic!("expected {name} in {:?}", self.headers))
    }

    /// Whether one of its `v1` signatures is what the public library makes of `secret`, whatever the time is.
    pub fn is_signed_with(&self, secret: &str) -> bool {
        let webhook = standardwebhooks::Webhook::new(secret).expect("a secret");
        let at = self.header("webhook-timestamp").parse().expect("seconds");
        let signature = webhook.sign(self.header("webhook-id"), at, &self.bytes).expect("a signature");
        self.header("webhook-signature").split(' ').any(|one| one == signature)
    }
}

async fn receive(State(told): State<Arc<Told>>, headers: HeaderMap, bytes: Bytes) -> Response {
    let event = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
    let answer = told.next.lock().expect("the answers").pop_front();
    let answer = answer.unwrap_or_else(|| told.usual.lock().expect("the answer").clone());
    told.requests.send_modify(|requests| requests.push(Request { headers, bytes: bytes.clone(), event }));
    match answer {
        Answer::Echo { status } => (StatusCode::from_u16(status).expect("a status"), bytes).into_response(),
        Answer::Now { status, headers, body } => {
            let mut response = (StatusCode::from_u16(status).expect("a status"), body).into_response();
            for (name, value) in headers {
                response.headers_mut().append(name.parse::<axum::http::HeaderName>().expect("a name"), value.parse().expect("a value"));
            }
            response
        }
        Answer::Never => std::future::pending().await,
    }
}
