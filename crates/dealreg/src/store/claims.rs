//! Claims: the exact keys of customers that deals hold. One deal holds a key, whoever races for it.

use crate::DealId;
use chrono::{DateTime, Utc};
use kernel::id::PartnerId;
use kernel::{Scope, Tx};
use sea_orm::{ConnectionTrait, DbErr, Statement, Value};
use uuid::Uuid;

/// A deal that shares exact keys with another customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// The deal.
    pub deal: Uuid,
    /// Whether it holds a key under protection, rather than waiting for a decision.
    pub protected: bool,
}

/// The deals that hold or wait for any of these keys.
pub async fn holders(db: &impl ConnectionTrait, scope: Scope, keys: &[String]) -> Result<Vec<Holder>, DbErr> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let list = placeholders(2, keys.len());
    let sql = format!(
        "SELECT deal_id, MAX(protected) AS protected FROM (\
         SELECT deal_id, 1 AS protected FROM deal_claims WHERE vendor_id = $1 AND key IN ({list}) \
         UNION ALL SELECT deal_id, 0 AS protected FROM deal_keys WHERE vendor_id = $1 AND key IN ({list})) held GROUP BY deal_id"
    );
    let values = std::iter::once(Value::from(scope.vendor().0)).chain(keys.iter().map(|key| key.as_str().into()));
    let rows = db.query_all_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, values)).await?;
    let holder = |row: sea_orm::QueryResult| {
        let protected = row.try_get::<i64>("", "protected").or_else(|_| row.try_get::<i32>("", "protected").map(i64::from))?;
        Ok(Holder { deal: row.try_get("", "deal_id")?, protected: protected == 1 })
    };
    rows.into_iter().map(holder).collect()
}

/// Hold these keys until `until`; returns how many could be had. A key whose time has run out is free.
pub async fn claim(tx: &Tx, deal: DealId, partner: PartnerId, keys: &[String], until: DateTime<Utc>) -> Result<u64, DbErr> {
    if keys.is_empty() {
        return Ok(0);
    }
    // Sorted, so that two writers that want the same keys wait for one another in one order.
    let mut keys = keys.to_vec();
    keys.sort();
    let rows: Vec<String> = (0..keys.len()).map(|at| format!("($1, ${}, $2, $3, $4)", at + 6)).collect();
    let sql = format!(
        "INSERT INTO deal_claims (vendor_id, key, deal_id, partner_id, until) VALUES {} \
         ON CONFLICT (vendor_id, key) DO UPDATE SET deal_id = excluded.deal_id, partner_id = excluded.partner_id, until = excluded.until \
         WHERE deal_claims.until <= $5 OR deal_claims.deal_id = excluded.deal_id",
        rows.join(", ")
    );
    let fixed = [tx.vendor().0.into(), deal.0.into(), partner.0.into(), until.into(), tx.now().into()];
    let values = fixed.into_iter().chain(keys.into_iter().map(Value::from));
    tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await.map(|done| done.rows_affected())
}

/// Let a deal's keys wait for its decision, so that others see that it is there.
pub async fn wait(tx: &Tx, deal: DealId, partner: PartnerId, keys: &[String]) -> Result<(), DbErr> {
    if keys.is_empty() {
        return Ok(());
    }
    let rows: Vec<String> = (0..keys.len()).map(|at| format!("($1, ${}, $2, $3)", at + 4)).collect();
    let sql = format!("INSERT INTO deal_keys (vendor_id, key, deal_id, partner_id) VALUES {} ON CONFLICT DO NOTHING", rows.join(", "));
    let fixed = [tx.vendor().0.into(), deal.0.into(), partner.0.into()];
    let values = fixed.into_iter().chain(keys.iter().map(|key| key.as_str().into()));
    tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await.map(|_| ())
}

/// Let a deal that shares the protection take over what another holds of these keys. Who asked for them meanwhile waits, and finds them held.
pub async fn hand_over(tx: &Tx, from: DealId, to: DealId, partner: PartnerId, keys: &[String], until: DateTime<Utc>) -> Result<u64, DbErr> {
    if keys.is_empty() {
        return Ok(0);
    }
    let list = placeholders(6, keys.len());
    let sql = format!("UPDATE deal_claims SET deal_id = $3, partner_id = $4, until = $5 WHERE vendor_id = $1 AND deal_id = $2 AND key IN ({list})");
    let fixed = [tx.vendor().0.into(), from.0.into(), to.0.into(), partner.0.into(), until.into()];
    let values = fixed.into_iter().chain(keys.iter().map(|key| key.as_str().into()));
    tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await.map(|done| done.rows_affected())
}

/// Which of these keys other deals hold now, each with the deal.
pub async fn held_by_others(tx: &Tx, deal: DealId, keys: &[String]) -> Result<Vec<(String, Uuid)>, DbErr> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let list = placeholders(4, keys.len());
    let sql = format!("SELECT key, deal_id FROM deal_claims WHERE vendor_id = $1 AND deal_id <> $2 AND until > $3 AND key IN ({list})");
    let fixed = [tx.vendor().0.into(), deal.0.into(), tx.now().into()];
    let values = fixed.into_iter().chain(keys.iter().map(|key| key.as_str().into()));
    let rows = tx.query_all_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await?;
    rows.into_iter().map(|row| Ok((row.try_get("", "key")?, row.try_get("", "deal_id")?))).collect()
}

/// Hold until `until` what a deal holds already, and never for less than that.
pub async fn prolong(tx: &Tx, deal: Uuid, until: DateTime<Utc>) -> Result<(), DbErr> {
    let sql = "UPDATE deal_claims SET until = $3 WHERE vendor_id = $1 AND deal_id = $2 AND until < $3";
    let values = [tx.vendor().0.into(), deal.into(), until.into()];
    tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await.map(|_| ())
}

/// Hold what a deal holds until exactly `until`.
pub async fn hold_until(tx: &Tx, deal: DealId, until: DateTime<Utc>) -> Result<(), DbErr> {
    let sql = "UPDATE deal_claims SET until = $3 WHERE vendor_id = $1 AND deal_id = $2";
    let values = [tx.vendor().0.into(), deal.0.into(), until.into()];
    tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await.map(|_| ())
}

/// The keys that a deal holds.
pub async fn held(db: &impl ConnectionTrait, vendor: Uuid, deal: DealId) -> Result<Vec<String>, DbErr> {
    let sql = "SELECT key FROM deal_claims WHERE vendor_id = $1 AND deal_id = $2";
    let rows = db.query_all_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, [vendor.into(), deal.0.into()])).await?;
    rows.into_iter().map(|row| row.try_get("", "key")).collect()
}

/// Let go of every key that a deal holds or waits for.
pub async fn release(tx: &Tx, deal: DealId) -> Result<(), DbErr> {
    for table in ["deal_claims", "deal_keys"] {
        let sql = format!("DELETE FROM {table} WHERE vendor_id = $1 AND deal_id = $2");
        let values = [tx.vendor().0.into(), deal.0.into()];
        tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await?;
    }
    Ok(())
}

fn placeholders(first: usize, count: usize) -> String {
    (first..first + count).map(|at| format!("${at}")).collect::<Vec<_>>().join(", ")
}
