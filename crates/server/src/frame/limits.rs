//! How large, how long, how many, and from which pages.

use axum::http::{HeaderName, HeaderValue, Method, header};
use std::time::Duration;
use tower_http::cors::{AllowOrigin, CorsLayer};

/// What a request may cost.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Bytes of a body.
    pub body: usize,
    /// Time until the answer begins.
    pub time: Duration,
    /// Requests carried out at once.
    pub concurrency: usize,
    /// Origins of web pages that may call from a browser; none if empty.
    pub origins: Vec<HeaderValue>,
}

impl Default for Limits {
    fn default() -> Self {
        Self { body: 1 << 20, time: Duration::from_secs(30), concurrency: 1024, origins: Vec::new() }
    }
}

/// The limits of one route.
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

    pub(super) fn cors(&self) -> Option<CorsLayer> {
        let exposed = ["x-request-id", "idempotent-replayed"].map(HeaderName::from_static);
        let layer = || {
            CorsLayer::new()
                .allow_origin(AllowOrigin::list(self.origins.iter().cloned()))
                .allow_methods([Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
                .allow_headers([header::AUTHORIZATION, header::CONTENT_TYPE, header::IF_MATCH, HeaderName::from_static("idempotency-key")])
                .expose_headers(exposed.into_iter().chain([header::ETAG, header::LOCATION, header::RETRY_AFTER]).collect::<Vec<_>>())
                .max_age(Duration::from_secs(3_600))
        };
        (!self.origins.is_empty()).then(layer)
    }
}
