//! One call to a signature service: to public addresses only, with little time, its answer bounded.

use crate::asking::{Settings, call};
use kernel::{App, guard, outbound};
use reqwest::RequestBuilder;
use serde_json::Value;
use std::time::Duration;
use url::Url;

pub use crate::asking::call::client;

/// Bytes of an answer that are read, where it is no file.
pub const SMALL: usize = 2 * 1024 * 1024;
/// Bytes of a file that is kept.
pub const FILE: usize = 32 * 1024 * 1024;

/// Why nothing came of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// In a sentence, without what others wrote: that may name people.
    pub sentence: String,
    /// Whether it will not get better by waiting.
    pub for_good: bool,
    /// Seconds that the service asks to be left alone for.
    pub retry_after: Option<i64>,
    /// The status that it answered with, if it did.
    pub status: Option<u16>,
    /// Its own word for what went wrong.
    pub code: Option<String>,
}

impl Trouble {
    /// Something that may pass.
    pub fn passing(sentence: impl Into<String>) -> Self {
        Self { sentence: sentence.into(), for_good: false, retry_after: None, status: None, code: None }
    }

    /// Something that will not.
    pub fn lasting(sentence: impl Into<String>) -> Self {
        Self { for_good: true, ..Self::passing(sentence) }
    }

    /// Whether the service says that there is no such thing, or none any more.
    pub fn is_gone(&self) -> bool {
        matches!(self.status, Some(404 | 410))
    }
}

/// How long a file may take.
pub fn long(app: &App) -> Duration {
    app.service::<Settings>().patience * 4
}

/// The address of these parts under `base`. What was allowed when it was set may not be now.
pub fn address(app: &App, base: &str, parts: &[&str]) -> Result<Url, Trouble> {
    let mut url = guard::read_url(base, app.service::<Settings>().allow_private).map_err(Trouble::passing)?;
    url.path_segments_mut().map_err(|()| Trouble::lasting("Its address takes no path."))?.pop_if_empty().extend(parts);
    Ok(url)
}

/// Send a request; answers the body of a success. `code` finds the service's own word for what went wrong.
pub async fn send(request: RequestBuilder, most: usize, code: fn(&Value) -> Option<&str>) -> Result<Vec<u8>, Trouble> {
    let mut response = request.send().await.map_err(|cause| Trouble::passing(outbound::explain(cause)))?;
    let status = response.status().as_u16();
    let retry_after = call::retry_after(&response);
    let body = call::read(&mut response, most).await.map_err(Trouble::passing)?;
    if (200..300).contains(&status) {
        return Ok(body);
    }
    let told = serde_json::from_slice::<Value>(&body).ok();
    let code = told.as_ref().and_then(code).map(plain);
    let word = code.as_ref().map(|code| format!(" ({code})")).unwrap_or_default();
    // Credentials can be put right, and what is too much or not ready yet passes.
    let passes = matches!(status, 401..=403 | 408 | 409 | 425 | 429 | 500..);
    Err(Trouble { sentence: format!("It answered with status {status}{word}."), for_good: !passes, retry_after, status: Some(status), code })
}

/// A word of a code, and nothing else.
fn plain(code: &str) -> String {
    code.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').take(60).collect()
}

/// Read a JSON answer.
pub fn json(body: &[u8]) -> Result<Value, Trouble> {
    serde_json::from_slice(body).map_err(|_| Trouble::passing("Its answer could not be read."))
}

/// A file that is a PDF.
pub fn pdf(body: Vec<u8>) -> Result<Vec<u8>, Trouble> {
    if body.starts_with(b"%PDF-") { Ok(body) } else { Err(Trouble::passing("Its file is no PDF.")) }
}
