//! What the hub tells about people in words: the reasons of moves and partings, and what is agreed.

use kernel::personal::{ERASED, Holder, Known};
use kernel::{App, Problem, Tx};
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};
use uuid::Uuid;

/// Words in which somebody is named.
pub(crate) fn holder() -> Holder {
    Holder { name: "partner_records", export: |app, known| Box::pin(export(app, known)), erase: |tx, known| Box::pin(erase(tx, known)) }
}

/// The columns with words: the table, and the column.
const WORDS: &[(&str, &str)] = &[
    ("partners", "status_reason"),
    ("partner_status_changes", "reason"),
    ("partner_offboardings", "reason"),
    ("partner_offboardings", "notice"),
    ("partner_contracts", "terms"),
    ("partner_contracts", "reason"),
    ("partner_contracts", "title"),
    ("partner_documents", "title"),
    ("partner_esg_facts", "standard"),
    ("partner_esg_facts", "issuer"),
    ("partner_esg_facts", "level"),
    ("partner_esg_facts", "reason"),
];

/// The rows of a column that name somebody, with their words.
async fn naming(db: &impl ConnectionTrait, known: &Known, table: &str, column: &str) -> Result<Vec<(Uuid, String)>, Problem> {
    const PAGE: usize = 500;
    let (mut found, mut after) = (Vec::new(), Uuid::nil());
    loop {
        let sql = format!("SELECT id, {column} FROM {table} WHERE vendor_id = $1 AND id > $2 AND {column} IS NOT NULL ORDER BY id LIMIT {PAGE}");
        let values = [known.vendor.0.into(), after.into()];
        let rows = db.query_all_raw(Statement::from_sql_and_values(db.get_database_backend(), &sql, values)).await?;
        let last = rows.len() < PAGE;
        for row in rows {
            after = row.try_get("", "id")?;
            let words: String = row.try_get("", column)?;
            if known.is_in(&words) {
                found.push((after, words));
            }
        }
        if last {
            return Ok(found);
        }
    }
}

async fn export(app: &App, known: &Known) -> Result<Vec<Value>, Problem> {
    let db = app.db().read_of(known.vendor).await?;
    let mut told = Vec::new();
    for (table, column) in WORDS {
        let rows = naming(&db, known, table, column).await?;
        told.extend(rows.into_iter().map(|(_, words)| json!({ "kept_in": table, "field": column, "text": words })));
    }
    Ok(told)
}

async fn erase(tx: &mut Tx, known: &Known) -> Result<(), Problem> {
    for (table, column) in WORDS {
        for (id, _) in naming(tx, known, table, column).await? {
            let sql = format!("UPDATE {table} SET {column} = $3 WHERE vendor_id = $1 AND id = $2");
            let values = [known.vendor.0.into(), id.into(), ERASED.into()];
            tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), &sql, values)).await?;
        }
    }
    Ok(())
}
