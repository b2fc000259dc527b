//! What providers publish of themselves, discovery documents and keys, kept for a while.
//!
//! They are fetched again when they are old, or when a token names a key that is not among them: that is how keys rotate. Whoever sends
//! tokens with made-up key ids cannot make us ask a provider more often than [`MOST`] times in [`WITHIN`].

use super::outbound::{self, Trouble};
use super::rate::Rate;
use chrono::{DateTime, Duration, Utc};
use kernel::App;
use quick_cache::sync::Cache;
use serde_json::Value;
use std::sync::Arc;
use tokio::sync::Mutex;

/// A document is taken as it was for so long.
const FRESH: Duration = Duration::minutes(10);
/// If the provider is out of reach, for so long.
const STALE: Duration = Duration::hours(12);
/// One document is asked for so many times …
const MOST: usize = 5;
/// … in so long.
const WITHIN: Duration = Duration::minutes(1);

struct Documents(Cache<String, Arc<Mutex<Document>>>);

impl Default for Documents {
    fn default() -> Self {
        Self(Cache::new(5_000))
    }
}

#[derive(Default)]
struct Document {
    kept: Option<(Arc<Value>, DateTime<Utc>)>,
    asked: Rate,
}

impl Document {
    fn kept(&self, now: DateTime<Utc>, age: Duration) -> Option<Arc<Value>> {
        self.kept.as_ref().filter(|(_, at)| now - *at < age).map(|(value, _)| value.clone())
    }
}

/// The document at this URL, from memory if it is fresh.
pub(super) async fn get(app: &App, url: &str) -> Result<Arc<Value>, Trouble> {
    find(app, url, FRESH).await
}

/// The document at this URL as it is now, unless it was asked for too often: then as it was.
pub(super) async fn again(app: &App, url: &str) -> Result<Arc<Value>, Trouble> {
    find(app, url, Duration::zero()).await
}

async fn find(app: &App, url: &str, age: Duration) -> Result<Arc<Value>, Trouble> {
    let documents = app.service::<Documents>();
    let document = documents.0.get_or_insert_with(url, || Ok::<_, Trouble>(Arc::default()))?;
    // One at a time: the others find what the first has fetched.
    let mut document = document.lock().await;
    let now = app.clock().now();
    if let Some(value) = document.kept(now, age) {
        return Ok(value);
    }
    if !document.asked.take(now, MOST, WITHIN) {
        return document.kept(now, STALE).ok_or_else(|| Trouble::new("It was asked too often; try again in a minute."));
    }
    match outbound::get_json(app, url, None).await {
        Ok(value) => {
            let value = Arc::new(value);
            document.kept = Some((value.clone(), now));
            Ok(value)
        }
        Err(trouble) => document.kept(now, STALE).ok_or(trouble),
    }
}
