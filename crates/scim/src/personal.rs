//! What directories say of people beyond what a person is here, and how it goes.

use kernel::personal::{Holder, Known};
use kernel::{App, Problem, Tx};
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};

/// Names, addresses and attributes as a directory sent them, and memberships.
pub fn holders() -> Vec<Holder> {
    vec![Holder { name: "directory", export: |app, known| Box::pin(export(app, known)), erase: |tx, known| Box::pin(erase(tx, known)) }]
}

async fn export(app: &App, known: &Known) -> Result<Vec<Value>, Problem> {
    let Some(person) = known.person else { return Ok(Vec::new()) };
    let db = app.db().read_of(known.vendor).await?;
    let sql = "SELECT user_name, external_id, given_name, family_name, attributes FROM scim_users WHERE vendor_id = $1 AND person_id = $2";
    let values = [known.vendor.0.into(), person.0.into()];
    let rows = db.query_all_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, values)).await?;
    let read = |row: sea_orm::QueryResult| {
        let text = |column: &str| row.try_get::<Option<String>>("", column);
        let attributes: Value = serde_json::from_str(&text("attributes")?.unwrap_or_default()).unwrap_or_default();
        Ok(json!({ "user_name": text("user_name")?, "external_id": text("external_id")?, "given_name": text("given_name")?,
            "family_name": text("family_name")?, "attributes": attributes }))
    };
    rows.into_iter().map(read).collect()
}

/// Deleted, not marked: a directory that provisions the same human again makes another person.
async fn erase(tx: &mut Tx, known: &Known) -> Result<(), Problem> {
    let Some(person) = known.person else { return Ok(()) };
    for table in ["scim_members", "scim_emails", "scim_users"] {
        let sql = format!("DELETE FROM {table} WHERE vendor_id = $1 AND person_id = $2");
        let values = [known.vendor.0.into(), person.0.into()];
        tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await?;
    }
    Ok(())
}
