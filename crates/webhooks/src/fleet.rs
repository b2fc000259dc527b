//! Which endpoints have work, and who drives them: found by reading, claimed by lease.

use crate::drive::{Drive, Stay};
use crate::record;
use chrono::{DateTime, Utc};
use futures::FutureExt;
use futures::future::join_all;
use kernel::id::VendorId;
use kernel::workers::{WokenBy, Worker};
use kernel::{App, Problem};
use sea_orm::{ConnectionTrait, DbErr, Statement};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{Notify, mpsc, watch};
use tokio::task::{Id, JoinSet};
use tokio::time::Instant;
use uuid::Uuid;

/// An endpoint is let go after this long without work.
const IDLE: Duration = Duration::from_secs(30);
/// What lost hints left behind is found within this time.
const POLL: Duration = Duration::from_secs(5);
/// A vendor whose endpoints other instances drive is looked at this often.
const ELSEWHERE: Duration = Duration::from_secs(1);

/// An active endpoint, as the fleet sees it.
struct Known {
    vendor: VendorId,
    id: Uuid,
    /// There are events after its cursor, or retries due.
    behind: bool,
    leased_until: Option<DateTime<Utc>>,
}

/// Active endpoints, of one vendor or of all.
async fn known(app: &App, vendor: Option<VendorId>) -> Result<Vec<Known>, DbErr> {
    let only = if vendor.is_some() { "AND e.vendor_id = $2" } else { "" };
    let sql = format!(
        "SELECT e.vendor_id AS vendor_id, e.id AS id, e.lease_until AS lease_until, \
         (h.sequence > e.cursor OR (e.wake_at IS NOT NULL AND e.wake_at <= $1)) AS behind \
         FROM webhook_endpoints e JOIN log_heads h ON h.vendor_id = e.vendor_id WHERE e.status = 'active' {only}"
    );
    let values = std::iter::once(app.clock().now().into()).chain(vendor.map(|vendor| vendor.0.into()));
    let db = match vendor {
        Some(vendor) => app.db().read_of(vendor).await?,
        None => app.db().read_across_vendors().await?,
    };
    let rows = db.query_all_raw(Statement::from_sql_and_values(app.db().backend(), sql, values)).await?;
    let read = |row: sea_orm::QueryResult| {
        Ok(Known {
            vendor: VendorId(row.try_get("", "vendor_id")?),
            id: row.try_get("", "id")?,
            behind: row.try_get("", "behind")?,
            leased_until: row.try_get("", "lease_until")?,
        })
    };
    rows.into_iter().map(read).collect()
}

/// The worker that delivers what is due and returns.
pub(crate) fn deliverer() -> Worker {
    Worker { name: "webhooks", woken_by: WokenBy::Log, poll: POLL, run: Arc::new(|app| deliver_due(app).boxed()) }
}

/// Deliver what is due now, to all endpoints at once; returns the attempts made.
pub async fn deliver_due(app: App) -> Result<usize, Problem> {
    let now = app.clock().now();
    let waiting = known(&app, None).await?.into_iter().filter(|known| known.behind && known.leased_until.is_none_or(|until| until <= now));
    let (_running, stop) = watch::channel(false);
    let drives =
        waiting.map(|known| drive(app.clone(), known.vendor, known.id, Stay { idle: Duration::ZERO, stop: stop.clone(), wake: Arc::default() }));
    let counts: Result<Vec<usize>, Problem> = join_all(drives).await.into_iter().collect();
    Ok(counts?.into_iter().sum())
}

async fn drive(app: App, vendor: VendorId, id: Uuid, stay: Stay) -> Result<usize, Problem> {
    let Some((row, lease)) = record::claim(&app, vendor, id).await? else { return Ok(0) };
    Drive::new(&app, &row, lease)?.run(stay).await
}

/// What this instance knows of one vendor with endpoints.
#[derive(Default)]
struct Vendor {
    /// Endpoints driven here.
    driven: HashMap<Uuid, Arc<Notify>>,
    /// Whether there are active endpoints that are not driven here.
    others: bool,
    /// Other instances drive them: not before this is it worth looking.
    elsewhere: Option<Instant>,
}

struct Fleet {
    app: App,
    stop: watch::Receiver<bool>,
    vendors: HashMap<VendorId, Vendor>,
    drives: JoinSet<Result<usize, Problem>>,
    tasks: HashMap<Id, (VendorId, Uuid)>,
}

/// Deliver until `stop`: woken by every commit, each endpoint in a task of its own.
pub async fn keep_running(app: App, mut stop: watch::Receiver<bool>) {
    let (changed, mut changes) = mpsc::unbounded_channel();
    app.watch(move |vendor, kind, _| {
        if kind == "*" || kind.starts_with("webhook_") {
            // Nobody listens any more: this instance is stopping.
            let _ = changed.send(vendor);
        }
    });
    let mut log = app.hub().listen();
    let mut fleet = Fleet { app, stop: stop.clone(), vendors: HashMap::new(), drives: JoinSet::new(), tasks: HashMap::new() };
    let mut poll = tokio::time::interval(POLL);
    poll.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = told(&mut stop) => break,
            wake = log.recv() => match wake {
                Ok(wake) => fleet.wake(wake.vendor).await,
                Err(RecvError::Lagged(_)) => {
                    fleet.wake_all();
                    fleet.look(None).await;
                }
                Err(RecvError::Closed) => break,
            },
            Some(vendor) = changes.recv() => fleet.look(Some(vendor).filter(|vendor| !vendor.0.is_nil())).await,
            Some(ended) = fleet.drives.join_next_with_id() => fleet.ended(ended).await,
            _ = poll.tick() => fleet.look(None).await,
        }
    }
    while fleet.drives.join_next().await.is_some() {}
}

/// Waits for the stop, and keeps no lock on it afterwards.
async fn told(stop: &mut watch::Receiver<bool>) {
    drop(stop.wait_for(|stop| *stop).await);
}

impl Fleet {
    /// A vendor's log grew.
    async fn wake(&mut self, id: VendorId) {
        let Some(vendor) = self.vendors.get(&id) else { return };
        vendor.driven.values().for_each(|wake| wake.notify_one());
        if vendor.others && vendor.elsewhere.is_none_or(|until| until <= Instant::now()) {
            self.look(Some(id)).await;
        }
    }

    fn wake_all(&self) {
        self.vendors.values().flat_map(|vendor| vendor.driven.values()).for_each(|wake| wake.notify_one());
    }

    /// Find out which endpoints there are, and drive those with work that nobody drives.
    async fn look(&mut self, only: Option<VendorId>) {
        let found = match known(&self.app, only).await {
            Ok(found) => found,
            Err(cause) => return tracing::warn!(%cause, "could not look for webhook endpoints; tries again"),
        };
        match only {
            Some(id) => self.vendors.entry(id).or_default().forget(),
            None => self.vendors.values_mut().for_each(Vendor::forget),
        }
        let now = self.app.clock().now();
        for known in found {
            let vendor = self.vendors.entry(known.vendor).or_default();
            if vendor.driven.contains_key(&known.id) {
                continue;
            }
            let free = known.leased_until.is_none_or(|until| until <= now);
            if known.behind && free {
                let wake = Arc::new(Notify::new());
                vendor.driven.insert(known.id, wake.clone());
                let stay = Stay { idle: IDLE, stop: self.stop.clone(), wake };
                let task = self.drives.spawn(drive(self.app.clone(), known.vendor, known.id, stay));
                self.tasks.insert(task.id(), (known.vendor, known.id));
            } else {
                vendor.others = true;
                // If one of them is free, the next commit may be for it.
                vendor.elsewhere = vendor.elsewhere.filter(|_| !free);
            }
        }
        self.vendors.retain(|_, vendor| vendor.others || !vendor.driven.is_empty());
    }

    async fn ended(&mut self, ended: Result<(Id, Result<usize, Problem>), tokio::task::JoinError>) {
        let task = match &ended {
            Ok((task, _)) => *task,
            Err(failed) => failed.id(),
        };
        let Some((vendor, id)) = self.tasks.remove(&task) else { return };
        if let Some(vendor) = self.vendors.get_mut(&vendor) {
            vendor.driven.remove(&id);
        }
        match ended {
            // Something may have come in the moment between its last look and its end.
            Ok((_, Ok(_))) => self.look(Some(vendor)).await,
            // Its lease runs out by itself, and the poll finds it then.
            Ok((_, Err(problem))) => tracing::warn!(%id, ?problem, "webhook delivery to an endpoint failed; tries again"),
            Err(cause) => tracing::error!(%id, %cause, "webhook delivery to an endpoint panicked; tries again"),
        }
    }
}

impl Vendor {
    fn forget(&mut self) {
        (self.others, self.elsewhere) = (false, Some(Instant::now() + ELSEWHERE));
    }
}
