//! Durable timers: claimed by an expiring lease, fired in a write of their own.
//!
//! A timer carries no input but its kind and subject: the worker reads what is so now and does what
//! is due, so firing twice, late, or after a crash does no harm.

use crate::actor::Actor;
use crate::app::App;
use crate::id::VendorId;
use crate::problem::Problem;
use crate::tx::Tx;
use chrono::{DateTime, Duration, Utc};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use sea_orm::{ConnectionTrait, DbErr, Statement};
use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use uuid::Uuid;

/// A claimed timer is another instance's to take when its lease has run out.
const LEASE: Duration = Duration::seconds(30);
/// Timers claimed at once.
const BATCH: i64 = 64;
/// Timers fired at the same time.
const AT_ONCE: usize = 16;
/// After a failure the timer rests: 5 s, doubling, at most an hour.
const REST: i64 = 5;

/// What is done when a timer of some kind fires for a subject.
pub type Fire = for<'a> fn(&'a mut Tx, &'a str) -> BoxFuture<'a, Result<(), Problem>>;

/// The kinds of timers and what each does.
#[derive(Default)]
pub struct Timers(HashMap<&'static str, Fire>);

impl Timers {
    /// When a timer of `kind` fires, do `fire`.
    pub fn on(mut self, kind: &'static str, fire: Fire) -> Self {
        assert!(self.0.insert(kind, fire).is_none(), "two workers for timer {kind}");
        self
    }

    /// Fire what is due; returns how many fired.
    pub async fn run(&self, app: &App) -> Result<usize, Problem> {
        let now = app.clock().now();
        let claimed = claim(app, now).await?;
        let count = claimed.len();
        // Several at once, so that they share commits.
        let fired = stream::iter(claimed).map(|timer| self.fire_or_rest(app, timer, now)).buffer_unordered(AT_ONCE);
        fired.try_collect::<()>().await?;
        Ok(count)
    }

    async fn fire_or_rest(&self, app: &App, timer: Timer, now: DateTime<Utc>) -> Result<(), Problem> {
        // A panic is a failure like any other: it must not keep the rest of the batch from firing.
        let fired = AssertUnwindSafe(self.fire(app, &timer)).catch_unwind().await;
        let Err(problem) = fired.unwrap_or_else(|_| Err(Problem::internal("a timer's worker panicked"))) else { return Ok(()) };
        tracing::warn!(kind = timer.kind, subject = timer.subject, ?problem, "a timer failed and will be tried again");
        rest(app, &timer, now).await
    }

    async fn fire(&self, app: &App, timer: &Timer) -> Result<(), Problem> {
        let Some(fire) = self.0.get(timer.kind.as_str()) else {
            return Err(Problem::internal(format!("no worker for timer {}", timer.kind)));
        };
        let actor = Actor::system("timer", VendorId(timer.vendor));
        app.write(&actor, async |tx| {
            // First: a worker may set the same timer anew. If it is not ours any more, it was set anew already.
            if delete(tx, timer).await? { fire(tx, &timer.subject).await } else { Ok(()) }
        })
        .await
    }
}

struct Timer {
    vendor: Uuid,
    kind: String,
    subject: String,
    attempts: i64,
    due: DateTime<Utc>,
    /// The claim: whoever sets the timer anew, or claims it later, changes it.
    lease_until: DateTime<Utc>,
}

pub(crate) async fn set(tx: &Tx, vendor: VendorId, kind: &str, subject: &str, due: DateTime<Utc>) -> Result<(), DbErr> {
    let sql = "INSERT INTO timers (vendor_id, kind, subject, due_at, attempts) VALUES ($1, $2, $3, $4, 0) \
        ON CONFLICT (vendor_id, kind, subject) DO UPDATE SET due_at = excluded.due_at, lease_until = NULL, attempts = 0";
    run(tx, sql, [vendor.0.into(), kind.into(), subject.into(), due.into()]).await
}

pub(crate) async fn clear(tx: &Tx, vendor: VendorId, kind: &str, subject: &str) -> Result<(), DbErr> {
    let sql = "DELETE FROM timers WHERE vendor_id = $1 AND kind = $2 AND subject = $3";
    run(tx, sql, [vendor.0.into(), kind.into(), subject.into()]).await
}

/// Take a claimed timer out; `false` if it is no longer the one that was claimed.
async fn delete(tx: &Tx, timer: &Timer) -> Result<bool, DbErr> {
    let sql = "DELETE FROM timers WHERE vendor_id = $1 AND kind = $2 AND subject = $3 AND lease_until = $4";
    let values = [timer.vendor.into(), timer.kind.clone().into(), timer.subject.clone().into(), timer.lease_until.into()];
    let done = tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await?;
    Ok(done.rows_affected() == 1)
}

async fn run<const N: usize>(tx: &Tx, sql: &str, values: [sea_orm::Value; N]) -> Result<(), DbErr> {
    tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await.map(|_| ())
}

async fn claim(app: &App, now: DateTime<Utc>) -> Result<Vec<Timer>, Problem> {
    // Look with a reader first, so that an idle instance never takes the write lock.
    if next_due(app).await?.is_none_or(|due| due > now) {
        return Ok(Vec::new());
    }
    app.write_across_vendors("timer", async |tx| {
        let backend = tx.get_database_backend();
        let skip = if backend == sea_orm::DbBackend::Postgres { "FOR UPDATE SKIP LOCKED" } else { "" };
        let sql = format!(
            "UPDATE timers SET lease_until = $1 WHERE (vendor_id, kind, subject) IN \
             (SELECT vendor_id, kind, subject FROM timers WHERE due_at <= $2 AND (lease_until IS NULL OR lease_until <= $2) \
             ORDER BY due_at LIMIT {BATCH} {skip}) RETURNING vendor_id, kind, subject, attempts, due_at"
        );
        let rows = tx.query_all_raw(Statement::from_sql_and_values(backend, sql, [(now + LEASE).into(), now.into()])).await?;
        let read = |row: sea_orm::QueryResult| {
            Ok(Timer {
                vendor: row.try_get("", "vendor_id")?,
                kind: row.try_get("", "kind")?,
                subject: row.try_get("", "subject")?,
                attempts: row.try_get("", "attempts")?,
                due: row.try_get("", "due_at")?,
                lease_until: now + LEASE,
            })
        };
        let mut claimed = rows.into_iter().map(read).collect::<Result<Vec<_>, DbErr>>()?;
        // An UPDATE returns its rows in whatever order it came upon them.
        claimed.sort_by_key(|timer: &Timer| timer.due);
        Ok::<_, DbErr>(claimed)
    })
    .await
}

async fn rest(app: &App, timer: &Timer, now: DateTime<Utc>) -> Result<(), Problem> {
    let pause = Duration::seconds((REST << timer.attempts.min(10)).min(3_600));
    let actor = Actor::system("timer", VendorId(timer.vendor));
    app.write(&actor, async |tx| {
        let sql = "UPDATE timers SET due_at = $4, lease_until = NULL, attempts = attempts + 1 \
            WHERE vendor_id = $1 AND kind = $2 AND subject = $3 AND lease_until = $5";
        let values = [timer.vendor.into(), timer.kind.clone().into(), timer.subject.clone().into(), (now + pause).into(), timer.lease_until.into()];
        run(tx, sql, values).await
    })
    .await
}

/// When the next timer is due that nobody holds, if there is one.
pub async fn next_due(app: &App) -> Result<Option<DateTime<Utc>>, DbErr> {
    let now = app.clock().now();
    let sql = "SELECT due_at FROM timers WHERE lease_until IS NULL OR lease_until <= $1 ORDER BY due_at LIMIT 1";
    let row = app.db().read_across_vendors().await?.query_one_raw(Statement::from_sql_and_values(app.db().backend(), sql, [now.into()])).await?;
    row.map(|row| row.try_get("", "due_at")).transpose()
}
