//! One attempt: sign, POST, and say what came back.

use crate::Settings;
use crate::rules;
use crate::sign::{Keyring, Signers, purpose};
use crate::store::endpoint;
use crate::tail::Message;
use chrono::{DateTime, Duration, Utc};
use kernel::{App, Problem, guard, outbound};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::{Client, Response};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;
use url::Url;
use uuid::Uuid;

/// Bytes of an answer that are kept.
const EXCERPT: usize = 1_024;

/// The HTTP client of all endpoints, made at first use.
#[derive(Default)]
pub(crate) struct Sender(Mutex<Option<Client>>);

impl Sender {
    /// The client, which keeps connections alive; cheap to clone.
    pub(crate) fn client(app: &App) -> Result<Client, Problem> {
        let this = app.service::<Self>();
        let mut made = this.0.lock().unwrap_or_else(PoisonError::into_inner);
        if made.is_none() {
            *made = Some(client(&Settings::of(app)).map_err(Problem::internal)?);
        }
        Ok(made.clone().expect("a client was just made"))
    }
}

fn client(settings: &Settings) -> reqwest::Result<Client> {
    let always = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
    outbound::client(concat!("prm-webhooks/", env!("CARGO_PKG_VERSION")), settings.timeout, settings.allow_private)
        .default_headers(always)
        .connect_timeout(settings.connect_timeout)
        .pool_max_idle_per_host(settings.in_flight * 2)
        .build()
}

/// An endpoint as the deliverer uses it: settings read, URL checked, secrets open.
pub(crate) struct Target {
    pub(crate) id: Uuid,
    /// The id on the wire.
    pub(crate) name: String,
    pub(crate) types: Vec<String>,
    pub(crate) ordered: bool,
    pub(crate) revision: i64,
    /// Events up to here may have been sent before a replay.
    pub(crate) rewound_from: i64,
    /// The URL, or why nothing is sent to it: what was allowed when it was set may not be now.
    url: Result<Url, &'static str>,
    signers: Signers,
}

impl Target {
    pub(crate) fn of(app: &App, row: &endpoint::Model) -> Result<Self, Problem> {
        Ok(Self {
            id: row.id,
            name: crate::http::endpoints::WebhookEndpointId(row.id).to_string(),
            types: row.types(),
            ordered: row.ordered,
            revision: row.revision,
            rewound_from: row.rewound_from,
            url: guard::read_url(&row.url, Settings::of(app).allow_private),
            signers: Keyring::open(app.sealer(), &purpose(row.id), &row.secrets)?.signers(),
        })
    }

    /// Whether it gets this event.
    pub(crate) fn takes(&self, message: &Message) -> bool {
        rules::takes(&self.name, &self.types, &message.kind, &message.subject)
    }
}

/// What came of one POST.
#[derive(Debug, Clone)]
pub(crate) struct Attempt {
    pub(crate) at: DateTime<Utc>,
    pub(crate) duration_ms: i64,
    pub(crate) response_status: Option<i32>,
    pub(crate) response_excerpt: Option<String>,
    pub(crate) error: Option<String>,
    pub(crate) retry_after: Option<Duration>,
}

impl Attempt {
    pub(crate) fn succeeded(&self) -> bool {
        self.error.is_none() && self.response_status.is_some_and(|status| (200..300).contains(&status))
    }

    pub(crate) fn gone(&self) -> bool {
        self.response_status == Some(410)
    }
}

/// POST `message` to `target` once.
pub(crate) async fn attempt(app: &App, client: &Client, target: &Target, message: &Message) -> Attempt {
    let (at, began) = (app.clock().now(), Instant::now());
    let mut attempt = Attempt { at, duration_ms: 0, response_status: None, response_excerpt: None, error: None, retry_after: None };
    match post(client, target, message, at).await {
        Ok(response) => take(&mut attempt, response, app.clock().now()).await,
        Err(cause) => attempt.error = Some(cause),
    }
    attempt.duration_ms = began.elapsed().as_millis().try_into().unwrap_or(i64::MAX);
    attempt
}

async fn post(client: &Client, target: &Target, message: &Message, at: DateTime<Utc>) -> Result<Response, String> {
    let url = target.url.clone()?;
    let request = client
        .post(url)
        .header("webhook-id", &message.id_text)
        .header("webhook-timestamp", at.timestamp())
        .header("webhook-signature", target.signers.sign(&message.id_text, at, &message.body))
        .body(message.body.clone());
    request.send().await.map_err(explain)
}

async fn take(attempt: &mut Attempt, mut response: Response, now: DateTime<Utc>) {
    let status = response.status();
    attempt.response_status = Some(status.as_u16().into());
    let asked = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
    attempt.retry_after = asked.and_then(|text| rules::retry_after(text, now));
    if status.is_redirection() {
        attempt.error = Some("redirects are not followed".to_owned());
    }
    let mut body = Vec::new();
    while body.len() < EXCERPT {
        match response.chunk().await {
            Ok(Some(chunk)) => body.extend_from_slice(&chunk[..chunk.len().min(EXCERPT - body.len())]),
            Ok(None) => break,
            // The status is the answer; a body that breaks off does not undo it.
            Err(_) => break,
        }
    }
    if !body.is_empty() {
        attempt.response_excerpt = Some(excerpt(&body));
    }
}

/// At most 1 KiB of text without control characters (Postgres takes no NUL).
fn excerpt(body: &[u8]) -> String {
    let mut text: String = String::from_utf8_lossy(body).chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect();
    text.truncate(text.floor_char_boundary(EXCERPT));
    text
}

/// The cause of a failed request in a few words, without the URL.
fn explain(error: reqwest::Error) -> String {
    if error.is_timeout() {
        return if error.is_connect() { "timed out while connecting".to_owned() } else { "timed out".to_owned() };
    }
    outbound::cause(error)
}
