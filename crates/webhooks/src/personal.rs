//! What is kept about people here: receivers' answers, which may repeat what they were sent. Events themselves are read from the log
//! for every attempt, so nothing else outlives a data subject's key.

use crate::store::execute;
use kernel::personal::{Holder, Known, key_ids};
use kernel::{App, Problem, Tx};
use sea_orm::{ConnectionTrait as _, DbBackend, Statement, Value as Bound};
use serde_json::{Value, json};
use uuid::Uuid;

/// Excerpts of answers to events about somebody.
pub(crate) fn holder() -> Holder {
    Holder { name: "webhook_responses", export: |app, known| Box::pin(export(app, known)), erase: |tx, known| Box::pin(erase(tx, known)) }
}

/// Which deliveries' answers may show them: those to events that hold their data, and those that name them anyway. A condition on
/// `webhook_deliveries`, and what it is bound to.
fn showing(known: &Known, keys: &[Uuid], backend: DbBackend, excerpt: &str) -> (String, Vec<Bound>) {
    let mut values = vec![known.vendor.0.into()];
    let mut bind = |value: Bound| {
        values.push(value);
        format!("${}", values.len())
    };
    let mut any = Vec::new();
    if !keys.is_empty() {
        let who: Vec<_> = keys.iter().map(|key| bind((*key).into())).collect();
        any.push(format!("sequence IN (SELECT sequence FROM log_mentions WHERE vendor_id = $1 AND who IN ({}))", who.join(", ")));
    }
    let place = if backend == DbBackend::Postgres { "strpos" } else { "instr" };
    for word in known.words() {
        any.push(format!("{place}(lower({excerpt}), lower({})) > 0", bind(word.into())));
    }
    (if any.is_empty() { "1 = 0".to_owned() } else { any.join(" OR ") }, values)
}

async fn export(app: &App, known: &Known) -> Result<Vec<Value>, Problem> {
    let db = app.db().read_of(known.vendor).await?;
    let keys = key_ids(&db, known.vendor, &known.subjects()).await?;
    let (showing, values) = showing(known, &keys, db.get_database_backend(), "response_excerpt");
    let sql = format!(
        "SELECT sequence, response_excerpt FROM webhook_deliveries \
         WHERE vendor_id = $1 AND response_excerpt IS NOT NULL AND ({showing}) ORDER BY sequence LIMIT 1000"
    );
    let rows = db.query_all_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, values)).await?;
    let show = |row: sea_orm::QueryResult| {
        let (sequence, excerpt): (i64, String) = (row.try_get("", "sequence")?, row.try_get("", "response_excerpt")?);
        Ok(json!({ "sequence": sequence, "response_excerpt": excerpt }))
    };
    rows.into_iter().map(show).collect()
}

async fn erase(tx: &mut Tx, known: &Known) -> Result<(), Problem> {
    let keys = key_ids(tx, known.vendor, &known.subjects()).await?;
    let (showing_before, values) = showing(known, &keys, tx.get_database_backend(), "webhook_attempts.response_excerpt");
    let attempts = format!(
        "UPDATE webhook_attempts SET response_excerpt = NULL WHERE vendor_id = $1 AND response_excerpt IS NOT NULL AND delivery_id IN \
         (SELECT id FROM webhook_deliveries WHERE vendor_id = $1 AND ({showing_before}))"
    );
    execute(tx, attempts, values).await?;
    let (showing, values) = showing(known, &keys, tx.get_database_backend(), "response_excerpt");
    let last = format!("UPDATE webhook_deliveries SET response_excerpt = NULL WHERE vendor_id = $1 AND response_excerpt IS NOT NULL AND ({showing})");
    execute(tx, last, values).await?;
    Ok(())
}
