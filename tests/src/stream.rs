//! Server-sent events, read as a browser would.

use crate::client::Call;
use axum::body::Body;
use http_body_util::BodyExt as _;
use serde_json::Value;
use std::time::Duration;

/// Longer than anything takes that works: a guard, not a wait.
const PATIENCE: Duration = Duration::from_secs(30);

/// An open stream.
pub struct EventStream {
    body: Body,
    text: String,
}

/// One event of a stream.
#[derive(Debug, Clone, PartialEq)]
pub struct StreamEvent {
    /// What to send as `Last-Event-ID` to go on after it.
    pub id: String,
    /// Its type.
    pub kind: String,
    /// Its data.
    pub data: Value,
}

impl Call {
    /// Send it, expect a stream of events, and leave the stream open.
    pub async fn stream(self) -> EventStream {
        let response = self.open().await;
        assert_eq!(response.status(), 200, "expected a stream of events");
        let kind = response.headers().get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default();
        assert!(kind.starts_with("text/event-stream"), "expected a stream of events, not {kind}");
        EventStream { body: response.into_body(), text: String::new() }
    }
}

impl EventStream {
    /// The next event; fails if none comes for half a minute or the stream ends.
    pub async fn next(&mut self) -> StreamEvent {
        let next = tokio::time::timeout(PATIENCE, self.read()).await;
        next.expect("an event within half a minute").expect("the stream goes on")
    }

    /// Comes back when the stream has ended.
    pub async fn end(&mut self) {
        while tokio::time::timeout(PATIENCE, self.read()).await.expect("an end within half a minute").is_some() {}
    }

    async fn read(&mut self) -> Option<StreamEvent> {
        loop {
            while let Some((block, rest)) = self.text.split_once("\n\n") {
                let event = parse(block);
                self.text = rest.to_owned();
                if let Some(event) = event {
                    return Some(event);
                }
            }
            let frame = self.body.frame().await?.ok()?;
            if let Ok(bytes) = frame.into_data() {
                self.text.push_str(&String::from_utf8_lossy(&bytes).replace("\r\n", "\n"));
            }
        }
    }
}

/// Comments (keep-alives) are no events.
fn parse(block: &str) -> Option<StreamEvent> {
    let field = |name: &str| {
        let lines = block.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        lines.map(|value| value.strip_prefix(' ').unwrap_or(value)).collect::<Vec<_>>().join("\n")
    };
    let data = field("data");
    let event = || StreamEvent { id: field("id"), kind: field("event"), data: serde_json::from_str(&data).unwrap_or(Value::Null) };
    (!data.is_empty()).then(event)
}
