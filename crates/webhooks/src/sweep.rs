//! Old deliveries go, and those of deleted endpoints, a few at a time.

use crate::Settings;
use crate::store::execute;
use chrono::{DateTime, Duration, Utc};
use futures::FutureExt;
use kernel::id::VendorId;
use kernel::workers::{WokenBy, Worker};
use kernel::{Actor, App, Problem, Tx};
use sea_orm::{ConnectionTrait, DbErr, Statement, Value};
use std::sync::Arc;
use uuid::Uuid;

/// Deliveries in one transaction.
const STEP: u64 = 500;

/// The worker that sweeps.
pub fn sweeper() -> Worker {
    let hourly = std::time::Duration::from_secs(3_600);
    Worker { name: "webhooks.sweep", woken_by: WokenBy::Nothing, poll: hourly, run: Arc::new(|app| sweep(app).boxed()) }
}

/// Take away a step of every endpoint; returns how many deliveries went.
pub async fn sweep(app: App) -> Result<usize, Problem> {
    let before = lowest(app.clock().now() - Duration::days(Settings::of(&app).keep_days));
    let mut swept = 0;
    for (vendor, endpoint, deleted) in endpoints(&app, before).await? {
        let actor = Actor::system("webhooks.sweep", vendor);
        swept += app.write(&actor, async |tx| step(tx, endpoint, if deleted { Uuid::max() } else { before }, deleted).await).await?;
    }
    Ok(swept as usize)
}

/// The lowest id that a delivery of an event of this time can have.
fn lowest(at: DateTime<Utc>) -> Uuid {
    Uuid::from_u128(u128::from(at.timestamp_millis().unsigned_abs()) << 80)
}

/// Endpoints with something to sweep.
async fn endpoints(app: &App, before: Uuid) -> Result<Vec<(VendorId, Uuid, bool)>, DbErr> {
    let sql = "SELECT e.vendor_id AS vendor_id, e.id AS id, e.status AS status FROM webhook_endpoints e \
        WHERE (e.status = 'deleted' AND (e.lease_until IS NULL OR e.lease_until <= $2)) \
        OR EXISTS (SELECT 1 FROM webhook_deliveries d WHERE d.vendor_id = e.vendor_id AND d.endpoint_id = e.id AND d.id < $1 \
        AND d.status IN ('succeeded', 'failed'))";
    let rows = app
        .db()
        .read_across_vendors()
        .await?
        .query_all_raw(Statement::from_sql_and_values(app.db().backend(), sql, [before.into(), app.clock().now().into()]))
        .await?;
    let read = |row: sea_orm::QueryResult| {
        let deleted = row.try_get::<String>("", "status")? == "deleted";
        Ok((VendorId(row.try_get("", "vendor_id")?), row.try_get("", "id")?, deleted))
    };
    rows.into_iter().map(read).collect()
}

async fn step(tx: &mut Tx, endpoint: Uuid, before: Uuid, deleted: bool) -> Result<u64, DbErr> {
    let settled = if deleted { "" } else { "AND status IN ('succeeded', 'failed')" };
    let which = format!("SELECT id FROM webhook_deliveries WHERE vendor_id = $1 AND endpoint_id = $2 AND id < $3 {settled} ORDER BY id LIMIT {STEP}");
    let values = || -> Vec<Value> { vec![tx.vendor().0.into(), endpoint.into(), before.into()] };
    execute(tx, format!("DELETE FROM webhook_attempts WHERE vendor_id = $1 AND delivery_id IN ({which})"), values()).await?;
    let gone = execute(tx, format!("DELETE FROM webhook_deliveries WHERE vendor_id = $1 AND id IN ({which})"), values()).await?;
    if deleted && gone < STEP {
        let sql = "DELETE FROM webhook_endpoints WHERE vendor_id = $1 AND id = $2";
        execute(tx, sql, vec![tx.vendor().0.into(), endpoint.into()]).await?;
    }
    Ok(gone)
}
