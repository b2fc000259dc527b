//! What every request passes on its way in and every answer on its way out.
//!
//! One layer, since each costs every request: it gives the request an id, sees to its limits, and turns
//! whatever went wrong into a problem document.

mod answer;
mod incoming;
mod limits;

pub use answer::{ALL, BUSY, NOT_MIGRATED, STOPPING};
pub use limits::Limits;

use crate::telemetry::{Metrics, Observed};
use axum::Router;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use futures::FutureExt;
use kernel::actor::RequestInfo;
use kernel::problem::kinds;
use kernel::{App, Problem};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use tokio::sync::Semaphore;
use tower_http::compression::predicate::{NotForContentType, Predicate, SizeAbove};
use tower_http::compression::{CompressionLayer, CompressionLevel};
use tracing::Instrument;

/// Responses smaller than this are not worth compressing.
const COMPRESSED_ABOVE: u64 = 1024;

struct Frame {
    limits: Limits,
    permits: Semaphore,
    metrics: Arc<Metrics>,
}

/// Put the frame around every route, known or not.
pub fn around(router: Router, app: &App, limits: &Limits) -> Router {
    let frame = Frame { limits: limits.clone(), permits: Semaphore::new(limits.concurrency), metrics: crate::telemetry::metrics(app) };
    let worth_it = SizeAbove::new(COMPRESSED_ABOVE).and(NotForContentType::SSE).and(NotForContentType::IMAGES);
    let compression = CompressionLayer::new().quality(CompressionLevel::Fastest).compress_when(worth_it);
    let framed = router.layer(from_fn_with_state(Arc::new(frame), pass)).layer(compression);
    match limits.cors() {
        Some(cors) => framed.layer(cors),
        None => framed,
    }
}

async fn pass(State(frame): State<Arc<Frame>>, request: Request, next: Next) -> Response {
    let id = incoming::id(request.headers());
    let route = request.extensions().get::<MatchedPath>().cloned();
    let observed = frame.metrics.begin(request.method(), route.as_ref().map(MatchedPath::as_str));
    let span = observed.span(&request, &id);
    let api = request.uri().path().starts_with("/v1/");
    let response = carry_out(&frame, request, &id, &observed, next).instrument(span.clone()).await;
    let response = answer::finish(response, &id, api);
    observed.end(&span, response.status());
    response
}

async fn carry_out(frame: &Frame, mut request: Request, id: &str, observed: &Observed, next: Next) -> Response {
    let Ok(_permit) = frame.permits.try_acquire() else {
        return Problem::new(answer::BUSY).into_response();
    };
    let allowed = frame.limits.of(observed.route());
    let work = async {
        DefaultBodyLimit::max(frame.limits.body).apply(&mut request);
        match incoming::read(request, id, allowed.body).await {
            Ok((request, info)) => run(request, info, next).await,
            Err(problem) => problem.into_response(),
        }
    };
    match tokio::time::timeout(allowed.time, work).await {
        Ok(response) => response,
        Err(_) => Problem::new(kinds::TIMEOUT).into_response(),
    }
}

async fn run(mut request: Request, info: RequestInfo, next: Next) -> Response {
    request.extensions_mut().insert(Arc::new(info));
    match AssertUnwindSafe(next.run(request)).catch_unwind().await {
        Ok(response) => response,
        // The hook that printed the panic knew the place; the span knows the request.
        Err(_) => Problem::internal("a handler panicked").into_response(),
    }
}
