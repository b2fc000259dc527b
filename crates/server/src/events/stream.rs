//! `GET /v1/events/stream`: server-sent events, woken by the commit.

use super::query::{self, EventQuery};
use access::{Can, Permission, authenticate, may};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, header};
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use futures::stream;
use kernel::hub::Wake;
use kernel::id::VendorId;
use kernel::log::{self, Envelope, Filter};
use kernel::{App, Problem};
use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::{self, error::RecvError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::Instant;

/// Events read at once.
const BATCH: u64 = 100;
/// Finds what a lost hint left behind.
const POLL: Duration = Duration::from_secs(5);
/// After this silence a comment is sent, so that neither side takes the other for dead.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// Streams are few and long; more than this on one instance is a client in a loop.
struct Places(Arc<Semaphore>);

impl Default for Places {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(1_000)))
    }
}

/// Follow the event log as server-sent events.
///
/// Each message has the event's sequence as `id`, its type as `event` and the whole event, as in the list, as `data`.
/// A browser's `EventSource` resumes by itself (`Last-Event-ID`); other clients send `after`. Without either, the stream
/// begins with what happens from now on. A comment is sent every 15 seconds of silence. The stream ends when the
/// credential loses its meaning or the server stops: connect again.
#[utoipa::path(get, path = "/events/stream", operation_id = "stream_events", tag = "events",
    params(
        ("after" = Option<i64>, Query, description = "Begin after this sequence; 0 is the log's beginning.", minimum = 0),
        ("type" = Option<Vec<String>>, Query, description = "Only these types: exact (`deal.approved`), one resource's (`deal.*`) or all (`*`). Repeat it or separate with commas."),
        ("subject" = Option<String>, Query, description = "Only events about the resource with this id.", max_length = 100),
        ("Last-Event-ID" = Option<i64>, Header, description = "The sequence of the last event received; comes before `after`.", minimum = 0)),
    security(("bearer" = ["events:read"])),
    responses((status = 200, description = "A stream of events that does not end by itself.", body = String, content_type = "text/event-stream",
        example = "id: 7\nevent: deal.approved\ndata: {\"id\":\"evt_01jd3k7x2mfq8t9v5w6y0zabcd\",\"type\":\"deal.approved\"}\n\n")))]
pub(super) async fn stream_events(
    State(app): State<App>,
    who: Can<may::ReadEvents>,
    query: EventQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if query.limit.is_some() {
        return Err(Problem::invalid("limit", "unknown_field", "A stream has no limit."));
    }
    let places = app.service::<Places>();
    let place = places.0.clone().try_acquire_owned().map_err(|_| Problem::new(crate::frame::BUSY))?;
    let vendor = who.scope.vendor();
    // Listening comes first, so that nothing falls between the reading and the waiting.
    let log = app.hub().listen();
    let resumed = headers.get("last-event-id").and_then(|value| value.to_str().ok()).map(query::sequence).transpose()?;
    let position = match resumed.or(query.after) {
        Some(position) => position,
        None => log::head(&app.db().read_of(vendor).await?, vendor).await?,
    };
    let stop = app.service::<crate::stop::Stop>().listen();
    let credential = credential(&headers);
    let begun = VecDeque::from([Event::default().retry(Duration::from_secs(1)).comment("following the log")]);
    let follow = Follow { app, credential, vendor, filter: query.filter, position, log, stop, ready: begun, spoke: Instant::now(), _place: place };
    let events = stream::unfold(follow, |mut follow| async move { follow.next().await.map(|event| (Ok::<_, Infallible>(event), follow)) });
    // Proxies that gather answers before they pass them on are told not to.
    Ok(([(HeaderName::from_static("x-accel-buffering"), "no")], Sse::new(events)).into_response())
}

/// What the caller authenticated with; it was just accepted, so its shape is known.
fn credential(headers: &HeaderMap) -> String {
    let sent = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    sent.split_once(' ').map_or("", |(_, credential)| credential.trim()).to_owned()
}

struct Follow {
    app: App,
    credential: String,
    vendor: VendorId,
    filter: Filter,
    /// All up to here was read.
    position: i64,
    log: broadcast::Receiver<Wake>,
    stop: watch::Receiver<bool>,
    ready: VecDeque<Event>,
    spoke: Instant,
    _place: OwnedSemaphorePermit,
}

enum Woken {
    Look,
    Silence,
    Stop,
}

impl Follow {
    /// The next message, when there is one; `None` ends the stream.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if *self.stop.borrow() {
                return None;
            }
            if let Some(event) = self.ready.pop_front() {
                self.spoke = Instant::now();
                return Some(event);
            }
            match self.read().await {
                Ok(()) if self.ready.is_empty() => {}
                Ok(()) => continue,
                // A database that is away comes back; a caller who lost the right does not stay.
                Err(problem) if problem.kind.status >= 500 => tracing::warn!(?problem, "a stream could not read the log; it tries again"),
                Err(_) => return None,
            }
            match self.wait().await {
                Woken::Look => {}
                Woken::Silence => self.ready.push_back(Event::default().comment("still here")),
                Woken::Stop => return None,
            }
        }
    }

    /// Read what is new, if the caller may still read it.
    async fn read(&mut self) -> Result<(), Problem> {
        let actor = authenticate::caller(&self.app, &self.credential).await?;
        if actor.grants & Permission::ReadEvents.bit() == 0 || actor.scope.vendor() != self.vendor {
            return Err(authenticate::refused());
        }
        let db = self.app.db().read_of(self.vendor).await?;
        let head = log::head(&db, self.vendor).await?;
        let events = log::read(&self.app, &db, self.vendor, self.position, &self.filter, BATCH).await?;
        let last = events.last().map_or(self.position, |event| event.sequence);
        let position = if events.len() as u64 == BATCH { last } else { last.max(head) };
        let events = super::reach::shown(&self.app.db().read_of(self.vendor).await?, actor.scope, events).await?;
        self.position = position;
        self.ready.extend(events.iter().map(message));
        Ok(())
    }

    async fn wait(&mut self) -> Woken {
        let (poll, silence) = (Instant::now() + POLL, self.spoke + HEARTBEAT);
        loop {
            tokio::select! {
                biased;
                _ = self.stop.wait_for(|stop| *stop) => return Woken::Stop,
                heard = self.log.recv() => match heard {
                    Ok(wake) if wake.vendor != self.vendor || wake.sequence <= self.position => {}
                    Ok(_) | Err(RecvError::Lagged(_)) => return Woken::Look,
                    Err(RecvError::Closed) => return Woken::Stop,
                },
                () = tokio::time::sleep_until(silence) => return Woken::Silence,
                () = tokio::time::sleep_until(poll) => return Woken::Look,
            }
        }
    }
}

fn message(event: &Envelope) -> Event {
    let data = serde_json::to_string(event).expect("an event is plain data");
    Event::default().id(event.sequence.to_string()).event(&event.kind).data(data)
}
