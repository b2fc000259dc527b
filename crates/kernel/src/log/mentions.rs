//! Whose personal data an event holds, and which person caused it: an index that the tree's worker keeps.

use super::event;
use crate::id::{PersonId, VendorId};
use crate::personal::keys_named;
use sea_orm::{ConnectionTrait, DbErr, Statement, Value};
use uuid::Uuid;

/// Rows in a statement: SQLite takes no more than 32,766 variables.
const CHUNK: usize = 1_000;

/// Note who is mentioned in these events; noting twice changes nothing.
pub(super) async fn note(tx: &impl ConnectionTrait, vendor: VendorId, events: &[event::Model]) -> Result<(), DbErr> {
    let mut mentions = Vec::new();
    for event in events {
        let actor = event.actor_id.parse::<PersonId>().ok().filter(|_| event.actor_kind == "person").map(|id| id.0);
        let mut who: Vec<_> = event.personal.as_deref().map(keys_named).unwrap_or_default();
        who.extend(actor);
        who.sort();
        who.dedup();
        mentions.extend(who.into_iter().map(|who| (who, event.sequence)));
    }
    for chunk in mentions.chunks(CHUNK) {
        let holes: Vec<_> = (0..chunk.len()).map(|at| format!("($1, ${}, ${})", 2 * at + 2, 2 * at + 3)).collect();
        let sql = format!("INSERT INTO log_mentions (vendor_id, who, sequence) VALUES {} ON CONFLICT DO NOTHING", holes.join(", "));
        let values = std::iter::once(vendor.0.into()).chain(chunk.iter().flat_map(|(who, sequence)| [Value::from(*who), Value::from(*sequence)]));
        tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await?;
    }
    Ok(())
}

/// Up to `limit` sequences after `after` of events that mention one of `who`, in order. The index lags the log by what its
/// worker has not seen yet, at most some seconds.
pub async fn mentioning(db: &impl ConnectionTrait, vendor: VendorId, who: &[Uuid], after: i64, limit: u64) -> Result<Vec<i64>, DbErr> {
    if who.is_empty() {
        return Ok(Vec::new());
    }
    let holes: Vec<_> = (0..who.len()).map(|at| format!("${}", at + 4)).collect();
    let sql = format!(
        "SELECT DISTINCT sequence FROM log_mentions WHERE vendor_id = $1 AND who IN ({}) AND sequence > $2 ORDER BY sequence LIMIT $3",
        holes.join(", ")
    );
    let values = [vendor.0.into(), after.into(), (limit as i64).into()].into_iter().chain(who.iter().map(|who| (*who).into()));
    let rows = db.query_all_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, values)).await?;
    rows.into_iter().map(|row| row.try_get("", "sequence")).collect()
}

/// The ids of up to `limit` resources of a kind whose events the person caused, on the wire.
pub async fn acted_on(db: &impl ConnectionTrait, vendor: VendorId, person: PersonId, kind: &str, limit: u64) -> Result<Vec<String>, DbErr> {
    let sql = "SELECT DISTINCT e.subject_id FROM log_mentions m \
        JOIN events e ON e.vendor_id = m.vendor_id AND e.sequence = m.sequence \
        WHERE m.vendor_id = $1 AND m.who = $2 AND e.subject_kind = $3 ORDER BY e.subject_id LIMIT $4";
    let values = [vendor.0.into(), person.0.into(), kind.into(), (limit as i64).into()];
    let rows = db.query_all_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, values)).await?;
    rows.into_iter().map(|row| row.try_get("", "subject_id")).collect()
}
