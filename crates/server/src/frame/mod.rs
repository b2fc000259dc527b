//! What every request passes on its way in and every answer on its way out.
//!
//! One layer, since each costs every request: it gives the request an id, asks whose it is, sees to its limits before anything
//! of its body is read, and turns whatever went wrong into a problem document.

mod address;
mod answer;
mod body;
mod incoming;
mod limits;
mod origins;
mod turns;

pub use address::{ForwardedBy, Peer, Proxies};
pub use answer::{ALL, BUSY, HEADERS_TOO_LARGE, NOT_MIGRATED, STOPPING, URI_TOO_LONG};
pub use limits::{Connections, Limits};

pub(crate) use answer::bare;

use crate::telemetry::{Metrics, Observed};
use access::Admission;
use axum::Router;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use futures::FutureExt;
use kernel::actor::RequestInfo;
use kernel::id::VendorId;
use kernel::problem::kinds;
use kernel::{App, Problem};
use limits::Allowed;
use std::net::IpAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use tokio::sync::Semaphore;
use tower_http::compression::predicate::{NotForContentType, Predicate, SizeAbove};
use tower_http::compression::{CompressionLayer, CompressionLevel};
use tracing::Instrument;
use turns::Turns;

/// Responses smaller than this are not worth compressing.
const COMPRESSED_ABOVE: u64 = 1024;
/// Refusals that are held back at once; more are given at once.
const HELD_BACK: usize = 4_096;

struct Frame {
    app: App,
    limits: Limits,
    turns: Turns<Option<VendorId>>,
    held_back: Semaphore,
    headers: answer::Headers,
    metrics: Arc<Metrics>,
}

/// Put the frame around every route, known or not.
pub fn around(router: Router, app: &App, limits: &Limits) -> Router {
    let frame = Frame {
        app: app.clone(),
        turns: Turns::new(limits.concurrency, limits.working),
        held_back: Semaphore::new(HELD_BACK),
        headers: answer::Headers::of(app.public_url()),
        metrics: crate::telemetry::metrics(app),
        limits: limits.clone(),
    };
    let worth_it = SizeAbove::new(COMPRESSED_ABOVE).and(NotForContentType::SSE).and(NotForContentType::IMAGES);
    let compression = CompressionLayer::new().quality(CompressionLevel::Fastest).compress_when(worth_it);
    router.layer(from_fn_with_state(Arc::new(frame), pass)).layer(compression)
}

async fn pass(State(frame): State<Arc<Frame>>, request: Request, next: Next) -> Response {
    let id = incoming::id(request.headers());
    let route = request.extensions().get::<MatchedPath>().cloned();
    let observed = frame.metrics.begin(request.method(), route.as_ref().map(MatchedPath::as_str));
    let span = observed.span(&request, &id);
    let (dialect, page) = (answer::Dialect::of(request.uri().path()), answer::is_page(request.uri().path()));
    let origin = origins::origin(request.headers());
    let work = async {
        if origins::is_preflight(request.method(), request.headers()) {
            return origins::preflight(&frame.app, &frame.limits.origins, origin.as_ref()).await;
        }
        let (mut response, caller) = carry_out(&frame, request, &id, &observed, next).await;
        answer::say_quota(&mut response, &caller);
        origins::allow(&frame.app, &frame.limits.origins, origin.as_ref(), &caller, response.headers_mut()).await;
        response
    };
    let response = work.instrument(span.clone()).await;
    let response = frame.headers.finish(response, &id, dialect, page);
    observed.end(&span, response.status());
    response
}

/// The answer, and whose request it was.
async fn carry_out(frame: &Frame, mut request: Request, id: &str, observed: &Observed, next: Next) -> (Response, Arc<Admission>) {
    let nobody = || Arc::new(Admission::Nobody);
    if let Err(problem) = incoming::check_head(&request) {
        return (problem.into_response(), nobody());
    }
    let client = request.extensions().get::<Peer>().map(|peer| frame.limits.proxies.client(peer.0.ip(), request.headers()));
    let allowed = frame.limits.of(observed.route());
    let Ok(caller) = tokio::time::timeout(allowed.time, Admission::of(&frame.app, request.headers())).await else {
        return (Problem::new(kinds::TIMEOUT).into_response(), nobody());
    };
    let caller = Arc::new(caller);
    let response = match &*caller {
        Admission::Caller { exceeded: Some(problem), .. } => problem.clone().into_response(),
        _ => {
            request.extensions_mut().insert(caller.clone());
            let allowed = if caller.vendor().is_some() { allowed } else { Allowed { body: allowed.body.min(frame.limits.body), ..allowed } };
            in_turn(frame, request, &caller, id, client, allowed, next).await
        }
    };
    let response = count_failure(frame, client, response);
    hold_back(frame, response.status()).await;
    (response, caller)
}

/// Carry it out when it is the party's turn.
async fn in_turn(frame: &Frame, request: Request, caller: &Admission, id: &str, client: Option<IpAddr>, allowed: Allowed, next: Next) -> Response {
    // Whoever asks how we are needs an answer most when we are busy.
    if matches!(request.uri().path(), "/health/live" | "/health/ready" | "/metrics") {
        return within(frame, request, id, client, allowed, next).await;
    }
    let Some(place) = frame.turns.place(caller.vendor()) else { return Problem::new(BUSY).into_response() };
    pace(frame, caller).await;
    match tokio::time::timeout(allowed.time, place.turn()).await {
        Ok(_turn) => within(frame, request, id, client, allowed, next).await,
        Err(_) => Problem::new(BUSY).into_response(),
    }
}

/// What a vendor sends at once beyond a little is served at its quota's pace: others are not behind all of it.
async fn pace(frame: &Frame, caller: &Admission) {
    if let Admission::Caller { counted, .. } = caller
        && !frame.limits.hold_back.is_zero()
        && !counted.pace().is_zero()
    {
        tokio::time::sleep(counted.pace()).await;
    }
}

/// Carry it out within its limits of time and size.
async fn within(frame: &Frame, request: Request, id: &str, client: Option<IpAddr>, allowed: Allowed, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let (body, stalled) = body::steady(body, frame.limits.body_pause);
    let mut request = Request::from_parts(parts, body);
    let work = async {
        DefaultBodyLimit::max(frame.limits.body).apply(&mut request);
        match incoming::read(request, id, client, allowed.body).await {
            Ok((request, info)) => run(request, info, next).await,
            Err(problem) => problem.into_response(),
        }
    };
    match tokio::time::timeout(allowed.time, work).await {
        // However the handler took it.
        Ok(response) if stalled.load(Ordering::Relaxed) && !response.status().is_success() => Problem::new(answer::BODY_STALLED).into_response(),
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

/// An address from which no good credential comes is told so only so often. A good one is never affected.
fn count_failure(frame: &Frame, client: Option<IpAddr>, response: Response) -> Response {
    match client {
        Some(client) if response.status() == StatusCode::UNAUTHORIZED => match access::limits::count_failure(&frame.app, client) {
            Some(problem) => problem.into_response(),
            None => response,
        },
        _ => response,
    }
}

/// One who floods waits for each refusal, and so cannot ask for many; each for another time, so that they do not all come back at once.
async fn hold_back(frame: &Frame, status: StatusCode) {
    if status == StatusCode::TOO_MANY_REQUESTS
        && !frame.limits.hold_back.is_zero()
        && let Ok(_held) = frame.held_back.try_acquire()
    {
        tokio::time::sleep(frame.limits.hold_back.mul_f64(1.0 + rand::random::<f64>())).await;
    }
}
