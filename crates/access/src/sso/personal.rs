//! Who a person is at identity providers, and how that goes.

use kernel::personal::{Holder, Known};
use kernel::{App, Problem, Tx};
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};
use uuid::Uuid;

/// Identities, and what sign-ins through a provider left behind.
pub(crate) fn holders() -> Vec<Holder> {
    vec![Holder { name: "identities", export: |app, known| Box::pin(export(app, known)), erase: |tx, known| Box::pin(erase(tx, known)) }]
}

async fn export(app: &App, known: &Known) -> Result<Vec<Value>, Problem> {
    let Some(person) = known.person else { return Ok(Vec::new()) };
    let db = app.db().read_of(known.vendor).await?;
    let sql = "SELECT id, issuer, subject FROM identities WHERE vendor_id = $1 AND person_id = $2 ORDER BY id";
    let values = [known.vendor.0.into(), person.0.into()];
    let rows = db.query_all_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, values)).await?;
    let read = |row: sea_orm::QueryResult| {
        let id = super::identities::IdentityId(row.try_get::<Uuid>("", "id")?);
        Ok(json!({ "id": id, "issuer": row.try_get::<String>("", "issuer")?, "subject": row.try_get::<String>("", "subject")? }))
    };
    rows.into_iter().map(read).collect()
}

async fn erase(tx: &mut Tx, known: &Known) -> Result<(), Problem> {
    let Some(person) = known.person else { return Ok(()) };
    for sql in [
        "DELETE FROM federated_sessions WHERE vendor_id = $1 AND session_id IN (SELECT id FROM sessions WHERE vendor_id = $1 AND person_id = $2)",
        "DELETE FROM sign_in_codes WHERE vendor_id = $1 AND person_id = $2",
        "DELETE FROM identities WHERE vendor_id = $1 AND person_id = $2",
    ] {
        let values = [known.vendor.0.into(), person.0.into()];
        tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await?;
    }
    Ok(())
}
