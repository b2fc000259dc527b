//! What the deliverer writes: leases, and what came of many attempts in one transaction.
//!
//! Everything is written under the lease: who has lost it writes nothing, and whoever took it over
//! sends again what was not written. The cursor moves only from where it was last seen, so that a
//! replay in the meantime is not undone.

use crate::events::WebhookEndpointDisabledEvent;
use crate::http::endpoints::WebhookEndpoint;
use crate::rules;
use crate::send::{Attempt, Target};
use crate::store::{self, endpoint, execute};
use crate::tail::Message;
use chrono::{DateTime, Duration, Utc};
use kernel::id::VendorId;
use kernel::{Actor, App, Problem, Tx};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, EntityTrait, Statement, Value};
use std::fmt::Write as _;
use std::sync::Arc;
use uuid::Uuid;

/// An endpoint is another instance's to take when its lease has run out.
pub(crate) const LEASE: Duration = Duration::seconds(30);
/// An unanswered request that has its row is tried again after this, should this process not live to record its answer.
const ABANDONED: Duration = Duration::seconds(60);
/// Rows in a statement: few sizes, so that few statements are prepared.
const SIZES: [usize; 4] = [64, 16, 4, 1];

/// What became of an event for an endpoint.
pub(crate) enum Outcome {
    /// It was sent.
    Attempted(Attempt),
    /// It is on its way and takes long.
    Slow,
    /// It waits for an earlier event of its subject.
    Held,
}

/// An event and what became of it.
pub(crate) struct Done {
    pub(crate) message: Arc<Message>,
    pub(crate) delivery: Uuid,
    /// Failures in a row before this.
    pub(crate) failures: i64,
    /// Whether it may have a row.
    pub(crate) stored: bool,
    /// Whether it comes from its row and not from the log.
    pub(crate) retry: bool,
    pub(crate) outcome: Outcome,
}

impl Done {
    fn attempt(&self) -> Option<&Attempt> {
        match &self.outcome {
            Outcome::Attempted(attempt) => Some(attempt),
            Outcome::Slow | Outcome::Held => None,
        }
    }

    pub(crate) fn succeeded(&self) -> bool {
        self.attempt().is_some_and(Attempt::succeeded)
    }

    /// Status, failures in a row, and when it is tried next.
    fn state(&self, now: DateTime<Utc>) -> (&'static str, i64, Option<DateTime<Utc>>) {
        match &self.outcome {
            Outcome::Attempted(attempt) if attempt.succeeded() => ("succeeded", 0, None),
            Outcome::Attempted(attempt) => {
                let failures = self.failures + 1;
                let next = rules::next_attempt(self.delivery, failures, now, attempt.retry_after);
                (if next.is_some() { "retrying" } else { "failed" }, failures, next)
            }
            Outcome::Slow => ("pending", self.failures, Some(now + ABANDONED)),
            Outcome::Held => ("pending", self.failures, None),
        }
    }
}

/// The right to drive an endpoint, and where its cursor stands.
#[derive(Clone, Copy)]
pub(crate) struct Lease {
    pub(crate) vendor: VendorId,
    pub(crate) endpoint: Uuid,
    pub(crate) owner: Uuid,
    pub(crate) cursor: i64,
}

/// The endpoint after a record.
pub(crate) struct Saved {
    pub(crate) cursor: i64,
    pub(crate) revision: i64,
    pub(crate) active: bool,
    /// When its next retry is due.
    pub(crate) wake_at: Option<DateTime<Utc>>,
}

fn actor(vendor: VendorId) -> Actor {
    Actor::system("webhooks", vendor)
}

/// Lease an active endpoint that nobody drives.
pub(crate) async fn claim(app: &App, vendor: VendorId, id: Uuid) -> Result<Option<(endpoint::Model, Lease)>, Problem> {
    let sql = "UPDATE webhook_endpoints SET lease_owner = $3, lease_until = $4 WHERE vendor_id = $1 AND id = $2 AND status = 'active' \
        AND (lease_until IS NULL OR lease_until <= $5) RETURNING *";
    let (owner, now) = (kernel::id::fresh(), app.clock().now());
    let values = [vendor.0.into(), id.into(), owner.into(), (now + LEASE).into(), now.into()];
    let statement = Statement::from_sql_and_values(app.db().backend(), sql, values);
    let row = app.write(&actor(vendor), async |tx| endpoint::Entity::find().from_raw_sql(statement).one(tx).await).await?;
    Ok(row.map(|row| {
        let lease = Lease { vendor, endpoint: id, owner, cursor: row.cursor };
        (row, lease)
    }))
}

/// Let others have the endpoint; everything up to `cursor` is settled or has its row.
pub(crate) async fn release(app: &App, lease: Lease, cursor: i64) -> Result<(), Problem> {
    let sql = "UPDATE webhook_endpoints SET lease_owner = NULL, lease_until = NULL, cursor = CASE WHEN cursor = $4 THEN $5 ELSE cursor END \
        WHERE vendor_id = $1 AND id = $2 AND lease_owner = $3";
    let values = vec![lease.vendor.0.into(), lease.endpoint.into(), lease.owner.into(), lease.cursor.into(), cursor.into()];
    app.write(&actor(lease.vendor), async |tx| execute(tx, sql, values).await).await.map(|_| ())
}

/// Write what became of events, move the cursor to `cursor` and extend the lease; `None` if the lease is lost.
pub(crate) async fn record(app: &App, target: &Target, lease: Lease, cursor: i64, done: &[Done]) -> Result<Option<Saved>, Problem> {
    let done = each_once(done);
    let work = async |tx: &mut Tx| {
        wait_for_disk(tx, false).await?;
        let Some((mut saved, failing_since)) = move_cursor(tx, lease, cursor, &done).await? else { return Ok::<_, Problem>(None) };
        archive(tx, &done).await?;
        for chunk in chunks(&done) {
            upsert(tx, lease.endpoint, chunk).await?;
        }
        if target.ordered {
            let subjects = done.iter().filter(|done| done.stored || !done.succeeded()).map(|done| done.message.subject.as_str());
            release_first(tx, lease.endpoint, subjects.collect()).await?;
        }
        if saved.wake_at.is_some() || done.iter().any(|done| !done.succeeded()) {
            saved.wake_at = set_wake_at(tx, lease.endpoint).await?;
        }
        let gone = done.iter().any(|done| done.attempt().is_some_and(Attempt::gone));
        let failing = failing_since.is_some_and(|since| tx.now() - since >= rules::GIVE_UP_AFTER) && !done.is_empty();
        if saved.active && (gone || failing) {
            disable(tx, lease.endpoint, if gone { "gone" } else { "failing" }).await?;
            saved.active = false;
        }
        Ok(Some(saved))
    };
    app.write(&actor(lease.vendor), work).await
}

/// Whether Postgres answers the commit only when it is on the disk. A record that a crash of the database takes back is only
/// sent again; so it need not wait, and does not make others wait. Where an event goes with it, it must.
async fn wait_for_disk(tx: &Tx, wait: bool) -> Result<(), DbErr> {
    if tx.get_database_backend() == DbBackend::Postgres {
        tx.execute_unprepared(if wait { "SET LOCAL synchronous_commit = on" } else { "SET LOCAL synchronous_commit = off" }).await?;
    }
    Ok(())
}

/// In the order of ids, which all writers keep to, and the last of those with the same id.
fn each_once(done: &[Done]) -> Vec<&Done> {
    let mut sorted: Vec<&Done> = done.iter().rev().collect();
    sorted.sort_by_key(|done| done.delivery);
    sorted.dedup_by_key(|done| done.delivery);
    sorted
}

fn chunks<T>(mut rows: &[T]) -> impl Iterator<Item = &[T]> {
    std::iter::from_fn(move || {
        let size = SIZES.into_iter().find(|size| *size <= rows.len())?;
        let (chunk, rest) = rows.split_at(size);
        rows = rest;
        Some(chunk)
    })
}

async fn move_cursor(tx: &Tx, lease: Lease, cursor: i64, done: &[&Done]) -> Result<Option<(Saved, Option<DateTime<Utc>>)>, DbErr> {
    // 1: something got through; 2: something failed and nothing got through.
    let news = match done.iter().filter(|done| done.attempt().is_some()).map(|done| done.succeeded()).max() {
        Some(true) => 1_i64,
        Some(false) => 2,
        None => 0,
    };
    let sql = "UPDATE webhook_endpoints SET cursor = CASE WHEN cursor = $4 THEN $5 ELSE cursor END, lease_until = $6, \
        failing_since = CASE WHEN $7 = 1 THEN NULL WHEN $7 = 2 THEN COALESCE(failing_since, $8) ELSE failing_since END \
        WHERE vendor_id = $1 AND id = $2 AND lease_owner = $3 RETURNING cursor, revision, status, wake_at, failing_since";
    let values: [Value; 8] = [
        lease.vendor.0.into(),
        lease.endpoint.into(),
        lease.owner.into(),
        lease.cursor.into(),
        cursor.into(),
        (tx.now() + LEASE).into(),
        news.into(),
        tx.now().into(),
    ];
    let row = tx.query_one_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await?;
    let Some(row) = row else { return Ok(None) };
    let saved = Saved {
        cursor: row.try_get("", "cursor")?,
        revision: row.try_get("", "revision")?,
        active: row.try_get::<String>("", "status")? == "active",
        wake_at: row.try_get("", "wake_at")?,
    };
    Ok(Some((saved, row.try_get("", "failing_since")?)))
}

/// Put the last attempts of deliveries that are about to get another one to the others.
async fn archive(tx: &Tx, done: &[&Done]) -> Result<(), DbErr> {
    let ids: Vec<Uuid> = done.iter().filter(|done| done.stored && done.attempt().is_some()).map(|done| done.delivery).collect();
    for chunk in chunks(&ids) {
        let sql = format!(
            "INSERT INTO webhook_attempts (vendor_id, delivery_id, number, at, response_status, response_excerpt, error, duration_ms) \
             SELECT vendor_id, id, attempts, attempted_at, response_status, response_excerpt, error, COALESCE(duration_ms, 0) \
             FROM webhook_deliveries WHERE vendor_id = $1 AND id IN ({}) AND attempted_at IS NOT NULL \
             ON CONFLICT (vendor_id, delivery_id, number) DO NOTHING",
            places(2, chunk.len())
        );
        let values = std::iter::once(tx.vendor().0.into()).chain(chunk.iter().map(|id| (*id).into())).collect();
        execute(tx, sql, values).await?;
    }
    Ok(())
}

/// `$from, $from+1, …`
fn places(from: usize, count: usize) -> String {
    (from..from + count).map(|at| format!("${at}")).collect::<Vec<_>>().join(", ")
}

async fn upsert(tx: &Tx, endpoint: Uuid, rows: &[&Done]) -> Result<(), DbErr> {
    /// Columns that differ from row to row; `$1` to `$3` are the same for all.
    const OWN: usize = 14;
    let mut sql = String::with_capacity(1_600 + rows.len() * 100);
    sql.push_str(
        "INSERT INTO webhook_deliveries (vendor_id, endpoint_id, created_at, id, sequence, event_id, event_type, subject_id, status, attempts, \
         failures, next_attempt_at, attempted_at, response_status, response_excerpt, error, duration_ms) VALUES ",
    );
    let mut values: Vec<Value> = Vec::with_capacity(3 + rows.len() * OWN);
    values.extend([tx.vendor().0.into(), endpoint.into(), tx.now().into()]);
    for (at, row) in rows.iter().enumerate() {
        let comma = if at == 0 { "" } else { ", " };
        let _ = write!(sql, "{comma}($1, $2, $3, {})", places(4 + at * OWN, OWN));
        values.extend(own_values(row, tx.now()));
    }
    // A row that is being tried or waits is changed by an attempt only, not by being held once more.
    sql.push_str(
        " ON CONFLICT (vendor_id, id) DO UPDATE SET status = excluded.status, attempts = webhook_deliveries.attempts + excluded.attempts, \
         failures = excluded.failures, next_attempt_at = excluded.next_attempt_at",
    );
    for column in ["attempted_at", "response_status", "response_excerpt", "error", "duration_ms"] {
        let _ = write!(sql, ", {column} = CASE WHEN excluded.attempts = 0 THEN webhook_deliveries.{column} ELSE excluded.{column} END");
    }
    sql.push_str(" WHERE excluded.attempts > 0 OR webhook_deliveries.status IN ('succeeded', 'failed')");
    execute(tx, sql, values).await.map(|_| ())
}

fn own_values(row: &Done, now: DateTime<Utc>) -> [Value; 14] {
    let (status, failures, next) = row.state(now);
    let (message, attempt) = (&row.message, row.attempt());
    [
        row.delivery.into(),
        message.sequence.into(),
        message.id.into(),
        message.kind.clone().into(),
        message.subject.clone().into(),
        status.into(),
        i64::from(attempt.is_some()).into(),
        failures.into(),
        next.into(),
        attempt.map(|attempt| attempt.at).into(),
        attempt.and_then(|attempt| attempt.response_status).into(),
        attempt.and_then(|attempt| attempt.response_excerpt.clone()).into(),
        attempt.and_then(|attempt| attempt.error.clone()).into(),
        attempt.map(|attempt| attempt.duration_ms).into(),
    ]
}

/// Strict order: of each of these subjects, the first delivery that is not settled is let go if it is held back.
async fn release_first(tx: &Tx, endpoint: Uuid, mut subjects: Vec<&str>) -> Result<(), DbErr> {
    subjects.sort_unstable();
    subjects.dedup();
    for chunk in chunks(&subjects) {
        let sql = format!(
            "UPDATE webhook_deliveries SET next_attempt_at = $3 WHERE vendor_id = $1 AND endpoint_id = $2 AND subject_id IN ({}) \
             AND status = 'pending' AND status IN ('pending', 'retrying') AND next_attempt_at IS NULL AND sequence = \
             (SELECT MIN(o.sequence) FROM webhook_deliveries o WHERE o.vendor_id = $1 AND o.endpoint_id = $2 \
             AND o.subject_id = webhook_deliveries.subject_id AND o.status IN ('pending', 'retrying'))",
            places(4, chunk.len())
        );
        let mut values: Vec<Value> = vec![tx.vendor().0.into(), endpoint.into(), tx.now().into()];
        values.extend(chunk.iter().map(|subject| (*subject).into()));
        execute(tx, sql, values).await?;
    }
    Ok(())
}

async fn set_wake_at(tx: &Tx, endpoint: Uuid) -> Result<Option<DateTime<Utc>>, DbErr> {
    let sql = "UPDATE webhook_endpoints SET wake_at = (SELECT MIN(next_attempt_at) FROM webhook_deliveries \
        WHERE vendor_id = $1 AND endpoint_id = $2 AND next_attempt_at IS NOT NULL) WHERE vendor_id = $1 AND id = $2 RETURNING wake_at";
    let values = [tx.vendor().0.into(), endpoint.into()];
    let row = tx.query_one_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await?;
    row.map_or(Ok(None), |row| row.try_get("", "wake_at"))
}

async fn disable(tx: &mut Tx, id: Uuid, reason: &str) -> Result<(), Problem> {
    let Some(row) = store::endpoint(tx, tx.vendor(), id).await? else { return Ok(()) };
    wait_for_disk(tx, true).await?;
    let off = endpoint::Model {
        status: "disabled".to_owned(),
        status_reason: Some(reason.to_owned()),
        revision: row.revision + 1,
        updated_at: tx.now(),
        ..row
    };
    store::change(tx, &off).await?;
    tx.emit(WebhookEndpointDisabledEvent { webhook_endpoint: WebhookEndpoint::from(off) });
    Ok(())
}

/// A delivery that is due.
pub(crate) struct Due {
    pub(crate) delivery: Uuid,
    pub(crate) failures: i64,
    pub(crate) message: Arc<Message>,
}

/// Deliveries of an endpoint that are due, the longest due first, without those in `busy`; and whether there may be more.
pub(crate) async fn due(app: &App, lease: Lease, busy: &[Uuid], limit: usize) -> Result<(Vec<Due>, bool), Problem> {
    let sql = "SELECT * FROM webhook_deliveries WHERE vendor_id = $1 AND endpoint_id = $2 AND next_attempt_at IS NOT NULL AND next_attempt_at <= $3 \
        ORDER BY next_attempt_at, sequence LIMIT $4";
    let values = [lease.vendor.0.into(), lease.endpoint.into(), app.clock().now().into(), ((limit + busy.len()) as i64).into()];
    let statement = Statement::from_sql_and_values(app.db().backend(), sql, values);
    let rows = store::delivery::Entity::find().from_raw_sql(statement).all(&app.db().read_of(lease.vendor).await?).await?;
    let (full, mut found) = (rows.len() == limit + busy.len(), Vec::new());
    for row in rows.into_iter().filter(|row| !busy.contains(&row.id)).take(limit) {
        let message = crate::tail::message(app, lease.vendor, row.sequence).await?;
        let message = message.ok_or_else(|| Problem::internal(format!("event {} of the log is missing", row.sequence)))?;
        found.push(Due { delivery: row.id, failures: row.failures, message });
    }
    Ok((found, full))
}

/// Of these subjects, those with a delivery that is not settled.
pub(crate) async fn unsettled(app: &App, lease: Lease, subjects: &[&str]) -> Result<Vec<String>, DbErr> {
    let (db, mut found) = (app.db().read_of(lease.vendor).await?, Vec::new());
    for chunk in chunks(subjects) {
        let sql = format!(
            "SELECT DISTINCT subject_id FROM webhook_deliveries WHERE vendor_id = $1 AND endpoint_id = $2 AND subject_id IN ({}) \
             AND status IN ('pending', 'retrying')",
            places(3, chunk.len())
        );
        let mut values: Vec<Value> = vec![lease.vendor.0.into(), lease.endpoint.into()];
        values.extend(chunk.iter().map(|subject| (*subject).into()));
        let rows = db.query_all_raw(Statement::from_sql_and_values(app.db().backend(), sql, values)).await?;
        for row in rows {
            found.push(row.try_get("", "subject_id")?);
        }
    }
    Ok(found)
}
