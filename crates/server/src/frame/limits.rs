//! How large, how long, how many, and from which pages.

use super::Proxies;
use axum::http::HeaderValue;
use std::time::Duration;

/// What a request may cost.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Bytes of a body.
    pub body: usize,
    /// Time until the answer begins.
    pub time: Duration,
    /// Longest time in which nothing of a body comes.
    pub body_pause: Duration,
    /// Requests in hand; one vendor has at most as many of them as are free.
    pub concurrency: usize,
    /// Requests carried out at once, the others wait; one vendor has at most as many turns as are free.
    pub working: usize,
    /// How long a refusal for too many requests is held back at least; at most twice as long. Zero: nobody waits for a quota's sake,
    /// nor for its pace.
    pub hold_back: Duration,
    /// Origins of web pages that may call from a browser for every vendor.
    pub origins: Vec<HeaderValue>,
    /// The proxies in front.
    pub proxies: Proxies,
    /// What a connection may cost.
    pub connections: Connections,
}

/// What a connection may cost.
#[derive(Debug, Clone)]
pub struct Connections {
    /// Time from a connection's beginning, or from the first byte of a further request, to the end of the request's head.
    pub head: Duration,
    /// How long it may rest between two requests.
    pub idle: Duration,
    /// How long the caller may take nothing of an answer.
    pub write: Duration,
    /// Connections at once.
    pub most: usize,
    /// Of these, from one address that is no trusted proxy's; 0 is no limit.
    pub per_address: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body: 1 << 20,
            time: Duration::from_secs(30),
            body_pause: Duration::from_secs(10),
            concurrency: 1024,
            working: 64,
            hold_back: Duration::from_millis(250),
            origins: Vec::new(),
            proxies: Proxies::default(),
            connections: Connections::default(),
        }
    }
}

impl Default for Connections {
    fn default() -> Self {
        Self {
            head: Duration::from_secs(10),
            // Longer than the usual balancer keeps a connection, which must be the one to close it.
            idle: Duration::from_secs(75),
            write: Duration::from_secs(30),
            most: 10_000,
            per_address: 512,
        }
    }
}

/// The limits of one route.
#[derive(Clone, Copy)]
pub(super) struct Allowed {
    pub(super) body: usize,
    pub(super) time: Duration,
}

/// Routes that take more than others: bytes and seconds. The route's own crate enforces the bytes; here they
/// bound what is held in memory for the sake of an `Idempotency-Key`.
const LARGER: &[(&str, usize, u64)] = &[("/v1/imports/{id}/content", 64 << 20, 600), ("/v1/imports", 17 << 20, 120)];

impl Limits {
    pub(super) fn of(&self, route: &str) -> Allowed {
        match LARGER.iter().find(|(larger, ..)| *larger == route) {
            Some((_, body, seconds)) => Allowed { body: *body, time: Duration::from_secs(*seconds).max(self.time) },
            None => Allowed { body: self.body, time: self.time },
        }
    }
}
