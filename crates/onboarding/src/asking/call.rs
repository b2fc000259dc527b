//! One call: signed, to public addresses only, with little time, its answer cut short.

use super::{Attempt, Settings};
use kernel::{App, guard, outbound};
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Client, Response};
use std::sync::OnceLock;

/// Bytes of an answer that are read.
const LONGEST: usize = 16 * 1024;

/// Why there was no answer.
#[derive(Debug, Clone)]
pub struct Trouble {
    /// In a sentence.
    pub sentence: String,
    /// Whether it will not get better by waiting.
    pub for_good: bool,
}

/// What came back.
#[derive(Debug, Clone, Default)]
pub struct Heard {
    /// The status, if there was an answer.
    pub status: Option<u16>,
    /// The beginning of the body.
    pub body: Vec<u8>,
    /// Seconds that it asks to be left alone for.
    pub retry_after: Option<i64>,
    /// Why there was none.
    pub trouble: Option<Trouble>,
}

impl Heard {
    fn trouble(sentence: impl Into<String>, for_good: bool) -> Self {
        Self { trouble: Some(Trouble { sentence: sentence.into(), for_good }), ..Self::default() }
    }
}

/// POST what an attempt says, once.
pub async fn post(app: &App, attempt: &Attempt) -> Heard {
    let Some(keys) = &attempt.keys else { return Heard::trouble("There is nothing to sign with.", true) };
    // What was allowed when it was set may not be now.
    let url = match guard::read_url(&attempt.url, app.service::<Settings>().allow_private) {
        Ok(url) => url,
        Err(sentence) => return Heard::trouble(sentence, true),
    };
    let at = app.clock().now();
    let request = client(app)
        .post(url)
        .header(CONTENT_TYPE, "application/json")
        .header("webhook-id", &attempt.message)
        .header("webhook-timestamp", at.timestamp())
        .header("webhook-signature", keys.signers().sign(&attempt.message, at, &attempt.body))
        .body(attempt.body.clone());
    let mut response = match request.send().await {
        Ok(response) => response,
        Err(cause) => return Heard::trouble(outbound::explain(cause), false),
    };
    let heard = Heard { status: Some(response.status().as_u16()), retry_after: retry_after(&response), ..Heard::default() };
    match read(&mut response, LONGEST).await {
        Ok(body) => Heard { body, ..heard },
        Err(sentence) => Heard::trouble(sentence, false),
    }
}

/// Seconds that an answer asks to be left alone for.
pub fn retry_after(response: &Response) -> Option<i64> {
    response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok())
}

/// The body of an answer of no more than `most` bytes; or why there is none, in a sentence.
pub async fn read(response: &mut Response, most: usize) -> Result<Vec<u8>, String> {
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() > most => return Err("Its answer is too long.".to_owned()),
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => return Ok(body),
            Err(cause) => return Err(outbound::explain(cause)),
        }
    }
}

#[derive(Default)]
struct Caller(OnceLock<Client>);

/// The client of all that are asked.
pub fn client(app: &App) -> Client {
    let made = || {
        let settings = app.service::<Settings>();
        outbound::client(concat!("prm/", env!("CARGO_PKG_VERSION")), settings.patience, settings.allow_private).build()
    };
    app.service::<Caller>().0.get_or_init(|| made().expect("an HTTP client needs nothing but memory")).clone()
}
