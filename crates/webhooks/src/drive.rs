//! One endpoint at work: read the log, send, record; many at once, none waiting for another.
//!
//! Three positions, never out of order: the durable `cursor` ≤ everything in `open` (read, but its outcome
//! not written) ≤ `position` (read). What becomes of events is gathered and written together.
//!
//! Here is the loop; `reading`, `sending` and `writing` are its three occupations.

mod reading;
mod sending;
mod writing;

use crate::Settings;
use crate::order::Order;
use crate::record::{self, Done, Due, Lease, Saved};
use crate::send::{Attempt, Sender, Target};
use crate::store::endpoint;
use crate::tail::{Batch, Message, Tail, Tails};
use chrono::{DateTime, Utc};
use futures::StreamExt;
use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use kernel::{App, Problem};
use std::collections::{BTreeMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, watch};
use tokio::time::Instant;
use uuid::Uuid;

/// What came back is written together with what comes back within this time.
const GATHER: Duration = Duration::from_millis(20);
/// … or as soon as it is this much.
const FULL: usize = 192;
/// Events whose outcome is not written; beyond, nothing more is sent.
const MOST_OPEN: usize = 1_024;
/// The log is read on when fewer than this wait to be sent.
const FEW: usize = 32;
/// How often a lease is renewed and the log looked at unasked.
const RENEW: Duration = Duration::from_secs(10);
const POLL: Duration = Duration::from_secs(5);
/// After the database failed.
const PAUSE: Duration = Duration::from_secs(1);
/// What is under way when the process stops has this long to come back.
const CLOSING: Duration = Duration::from_secs(5);
/// An endpoint is kept if a retry is due within this time.
const SOON: chrono::Duration = chrono::Duration::seconds(30);

/// How long to drive an endpoint.
pub(crate) struct Stay {
    /// For as long after its last work.
    pub(crate) idle: Duration,
    /// Or until this is true.
    pub(crate) stop: watch::Receiver<bool>,
    /// What tells that there may be more to do.
    pub(crate) wake: Arc<Notify>,
}

struct Flight {
    message: Arc<Message>,
    delivery: Uuid,
    failures: i64,
    retry: bool,
}

struct Open {
    message: Arc<Message>,
    /// When it was sent; not yet if it waits for its turn.
    began: Option<Instant>,
    /// It took long and has, or is about to have, its row.
    slow: bool,
}

type Slot<T> = Option<BoxFuture<'static, T>>;
type Read = Result<(Batch, Vec<String>), Problem>;
type Record = (Vec<Done>, i64, Result<Option<(Saved, Option<Target>)>, Problem>);

async fn finish<T>(slot: &mut Slot<T>) -> T {
    match slot {
        Some(work) => work.await,
        None => std::future::pending().await,
    }
}

pub(crate) struct Drive {
    app: App,
    settings: Arc<Settings>,
    client: reqwest::Client,
    tail: Arc<Tail>,
    target: Arc<Target>,
    lease: Lease,
    /// How long to stay without work; nothing means that somebody waits for the end.
    idle: Duration,
    /// Everything up to here was read.
    position: i64,
    /// Events up to here may have a row: they were sent before a replay.
    sent_before: i64,
    ready: VecDeque<Arc<Message>>,
    due: VecDeque<Due>,
    flying: FuturesUnordered<BoxFuture<'static, (Flight, Attempt)>>,
    retries_flying: usize,
    open: BTreeMap<i64, Open>,
    /// Deliveries with a row whose outcome is not written.
    busy: HashSet<Uuid>,
    results: Vec<Done>,
    order: Order,
    reading: Slot<Read>,
    fetching: Slot<Result<(Vec<Due>, bool), Problem>>,
    recording: Slot<Record>,
    /// Whether the log may hold more.
    more: bool,
    /// Whether retries may be due.
    look_due: bool,
    /// Whether to ask the database how the endpoint stands.
    check: bool,
    /// The cursor was set back: begin again from it when everything under way is written.
    rewind: bool,
    /// The lease is lost.
    lost: bool,
    next_due: Option<DateTime<Utc>>,
    closing: Option<Instant>,
    paused: Option<Instant>,
    first_result: Instant,
    worked: Instant,
    polled: Instant,
    renewed: Instant,
    count: usize,
}

impl Drive {
    pub(crate) fn new(app: &App, row: &endpoint::Model, lease: Lease) -> Result<Self, Problem> {
        let now = Instant::now();
        Ok(Self {
            settings: Settings::of(app),
            client: Sender::client(app)?,
            tail: Tails::of(app, lease.vendor),
            target: Arc::new(Target::of(app, row)?),
            app: app.clone(),
            lease,
            idle: Duration::ZERO,
            position: row.cursor,
            sent_before: row.rewound_from,
            ready: VecDeque::new(),
            due: VecDeque::new(),
            flying: FuturesUnordered::new(),
            retries_flying: 0,
            open: BTreeMap::new(),
            busy: HashSet::new(),
            results: Vec::new(),
            order: Order::default(),
            reading: None,
            fetching: None,
            recording: None,
            more: true,
            look_due: row.wake_at.is_some(),
            check: false,
            rewind: false,
            lost: false,
            next_due: None,
            closing: None,
            paused: None,
            first_result: now,
            worked: now,
            polled: now,
            renewed: now,
            count: 0,
        })
    }

    /// Work until there is nothing more to do for a while; returns the attempts made.
    pub(crate) async fn run(mut self, mut stay: Stay) -> Result<usize, Problem> {
        self.idle = stay.idle;
        loop {
            if *stay.stop.borrow() {
                self.close();
            }
            self.launch();
            self.read_on();
            if self.should_record() {
                self.record();
            }
            if self.lost {
                return Ok(self.count);
            }
            if self.is_over() {
                break;
            }
            let until = self.next_look();
            let due = self.next_due;
            tokio::select! {
                Some((flight, attempt)) = self.flying.next(), if !self.flying.is_empty() => self.landed(flight, attempt),
                read = finish(&mut self.reading) => self.took(read)?,
                found = finish(&mut self.fetching) => self.fetched(found)?,
                recorded = finish(&mut self.recording) => self.recorded(recorded)?,
                () = stay.wake.notified() => self.more = true,
                () = at(&self.app, due) => (self.look_due, self.next_due) = (true, None),
                _ = stay.stop.wait_for(|stop| *stop), if self.closing.is_none() => self.close(),
                () = tokio::time::sleep_until(until) => self.looked(),
            }
        }
        record::release(&self.app, self.lease, self.settled_to(&[])).await?;
        Ok(self.count)
    }

    fn close(&mut self) {
        self.closing.get_or_insert_with(Instant::now);
    }

    /// The database failed: try again later, or say so if nobody waits.
    fn pause(&mut self, problem: Problem) -> Result<(), Problem> {
        if self.idle.is_zero() || self.closing.is_some() {
            return Err(problem);
        }
        tracing::warn!(endpoint = self.target.name, ?problem, "webhook delivery pauses");
        self.paused = Some(Instant::now() + PAUSE);
        Ok(())
    }

    fn is_written(&self) -> bool {
        self.flying.is_empty() && self.results.is_empty() && self.recording.is_none()
    }

    fn is_over(&self) -> bool {
        if let Some(since) = self.closing {
            return self.is_written() || since.elapsed() >= CLOSING && self.results.is_empty() && self.recording.is_none();
        }
        let asked = self.more || self.look_due || self.check || self.rewind || self.paused.is_some();
        let waiting = self.reading.is_some() || self.fetching.is_some() || !self.ready.is_empty() || !self.due.is_empty();
        let now = self.app.clock().now();
        let soon = self.next_due.is_some_and(|due| due <= now || !self.idle.is_zero() && due <= now + SOON);
        self.is_written() && !asked && !waiting && !soon && self.worked.elapsed() >= self.idle
    }

    /// When to look around if nothing happens before.
    fn next_look(&self) -> Instant {
        let now = Instant::now();
        let gathered = (!self.results.is_empty()).then(|| self.first_result + GATHER);
        let to_record = [gathered, self.next_slow(), Some(self.renewed + RENEW)].into_iter().flatten().filter(|_| self.recording.is_none());
        let to_end = [self.closing.map(|since| since + CLOSING), Some(self.worked + self.idle)].into_iter().flatten().filter(|at| *at > now);
        let soonest = to_record.chain(to_end).min().unwrap_or(now + POLL);
        self.paused.unwrap_or(soonest.min(self.polled + POLL))
    }

    fn looked(&mut self) {
        let now = Instant::now();
        self.paused = self.paused.filter(|until| *until > now);
        if self.polled + POLL <= now {
            (self.polled, self.more) = (now, true);
        }
    }
}

async fn at(app: &App, due: Option<DateTime<Utc>>) {
    match due {
        Some(due) => app.clock().wait_until(due).await,
        None => std::future::pending().await,
    }
}
