//! The end of a vendor's log, read and serialised once for all of the vendor's endpoints.

use crate::send::Target;
use bytes::Bytes;
use kernel::App;
use kernel::id::VendorId;
use kernel::log::{self, Envelope, Filter};
use sea_orm::DbErr;
use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, Weak};
use tokio::sync::Mutex;
use uuid::Uuid;

/// Events read at once.
pub(crate) const BATCH: usize = 128;
/// Events kept for endpoints that are a little behind.
const KEPT: usize = 512;
/// Bytes of events kept, whatever their number.
const KEPT_BYTES: usize = 1 << 20;

/// An event as it is sent.
pub(crate) struct Message {
    pub(crate) sequence: i64,
    pub(crate) id: Uuid,
    /// The `webhook-id`.
    pub(crate) id_text: String,
    pub(crate) kind: String,
    pub(crate) subject: String,
    pub(crate) body: Bytes,
}

impl From<Envelope> for Message {
    fn from(event: Envelope) -> Self {
        Self {
            sequence: event.sequence,
            id: event.id.0,
            id_text: event.id.to_string(),
            body: serde_json::to_vec(&event).expect("an event is plain data").into(),
            kind: event.kind,
            subject: event.subject.id,
        }
    }
}

/// What a read found for an endpoint.
pub(crate) struct Batch {
    /// The events that it takes.
    pub(crate) messages: Vec<Arc<Message>>,
    /// Everything up to this sequence was looked at.
    pub(crate) reached: i64,
    /// Whether there may be more beyond.
    pub(crate) more: bool,
    /// Whether something happened to endpoints or deliveries themselves.
    pub(crate) control: bool,
}

/// The events of one vendor that were read last.
pub(crate) struct Tail {
    app: App,
    vendor: VendorId,
    kept: Mutex<Kept>,
    /// Somebody was erased: what is kept may show them.
    stale: AtomicBool,
}

#[derive(Default)]
struct Kept {
    events: VecDeque<Arc<Message>>,
    bytes: usize,
    /// The sequence of the last event kept, and of the last one dropped if none is.
    end: i64,
}

/// The tails in use, one a vendor.
#[derive(Default)]
pub(crate) struct Tails(std::sync::Mutex<HashMap<VendorId, Weak<Tail>>>);

impl Tails {
    /// The tail of `vendor`, shared with whoever else uses it now.
    pub(crate) fn of(app: &App, vendor: VendorId) -> Arc<Tail> {
        let tails = app.service::<Self>();
        let mut tails = tails.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(tail) = tails.get(&vendor).and_then(Weak::upgrade) {
            return tail;
        }
        tails.retain(|_, tail| tail.strong_count() > 0);
        let tail = Arc::new(Tail { app: app.clone(), vendor, kept: Mutex::default(), stale: AtomicBool::new(false) });
        tails.insert(vendor, Arc::downgrade(&tail));
        tail
    }
}

/// Drop the events at hand when somebody was erased. Once, at start.
pub(crate) fn follow(app: &App) {
    let tails = app.service::<Tails>();
    app.watch(move |_, kind, _| {
        if matches!(kind, "*" | "erasure.created" | "person.erased") {
            let tails = tails.0.lock().unwrap_or_else(PoisonError::into_inner);
            tails.values().filter_map(Weak::upgrade).for_each(|tail| tail.stale.store(true, Ordering::SeqCst));
        }
    });
}

impl Kept {
    /// The sequence before the first event kept.
    fn start(&self) -> i64 {
        self.end - self.events.len() as i64
    }

    fn push(&mut self, message: Arc<Message>) {
        self.end = message.sequence;
        self.bytes += message.body.len();
        self.events.push_back(message);
    }

    /// Let go of the oldest beyond what is kept; only after what was just read has been handed on.
    fn trim(&mut self) {
        while self.events.len() > KEPT || self.bytes > KEPT_BYTES && self.events.len() > 1 {
            let Some(oldest) = self.events.pop_front() else { break };
            self.bytes -= oldest.body.len();
        }
    }

    fn after(&self, after: i64) -> impl Iterator<Item = &Arc<Message>> {
        let skip = usize::try_from(after - self.start()).unwrap_or_default();
        self.events.iter().skip(skip).take(BATCH)
    }
}

impl Tail {
    /// What `target` gets of the events after `after`.
    pub(crate) async fn read(&self, target: &Target, after: i64) -> Result<Batch, DbErr> {
        let mut kept = self.kept.lock().await;
        if self.stale.swap(false, Ordering::SeqCst) {
            *kept = Kept::default();
        }
        if after < kept.start() {
            drop(kept);
            return self.catch_up(target, after).await;
        }
        if after > kept.end {
            *kept = Kept { end: after, ..Kept::default() };
        }
        if after == kept.end {
            let new = log::read(&self.app, &self.app.db().read_of(self.vendor).await?, self.vendor, after, &Filter::default(), BATCH as u64).await?;
            new.into_iter().for_each(|event| kept.push(Arc::new(event.into())));
        }
        let found: Vec<_> = kept.after(after).cloned().collect();
        let reached = found.last().map_or(after, |message| message.sequence);
        kept.trim();
        Ok(sift(target, found, reached, reached < kept.end))
    }

    /// Far behind: let the database pick the types.
    async fn catch_up(&self, target: &Target, after: i64) -> Result<Batch, DbErr> {
        let db = &self.app.db().read_of(self.vendor).await?;
        let head = log::head(db, self.vendor).await?;
        let mut types = target.types.clone();
        types.extend(["webhook.*", "webhook_endpoint.*", "webhook_delivery.*"].map(str::to_owned));
        let events = log::read(&self.app, db, self.vendor, after, &Filter { types, subject: None }, BATCH as u64).await?;
        let full = events.len() == BATCH;
        let reached = if full { events.last().map_or(head, |event| event.sequence) } else { head.max(after) };
        Ok(sift(target, events.into_iter().map(|event| Arc::new(event.into())).collect(), reached, true))
    }
}

fn sift(target: &Target, mut found: Vec<Arc<Message>>, reached: i64, more: bool) -> Batch {
    let control = found.iter().any(|message| message.kind.starts_with("webhook_"));
    let more = more || found.len() == BATCH;
    found.retain(|message| target.takes(message));
    Batch { messages: found, reached, more, control }
}

/// One event of the vendor's log again, for a retry.
pub(crate) async fn message(app: &App, vendor: VendorId, sequence: i64) -> Result<Option<Arc<Message>>, DbErr> {
    let events = log::read(app, &app.db().read_of(vendor).await?, vendor, sequence - 1, &Filter::default(), 1).await?;
    Ok(events.into_iter().next().filter(|event| event.sequence == sequence).map(|event| Arc::new(event.into())))
}
