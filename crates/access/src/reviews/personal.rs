//! What access reviews keep about people: names and addresses as they were when the review began.

use kernel::personal::{ERASED, Holder, Known, erased_address};
use kernel::{App, Problem, Tx};
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};

/// The items about a person; their reasons are free text and stay.
pub(crate) fn holders() -> Vec<Holder> {
    vec![Holder { name: "access_reviews", export: |app, known| Box::pin(export(app, known)), erase: |tx, known| Box::pin(erase(tx, known)) }]
}

async fn export(app: &App, known: &Known) -> Result<Vec<Value>, Problem> {
    let Some(person) = known.person else { return Ok(Vec::new()) };
    let db = app.db().read_of(known.vendor).await?;
    let sql = "SELECT name, email, role, decision, reason FROM access_review_items WHERE vendor_id = $1 AND person_id = $2 ORDER BY id";
    let values = [known.vendor.0.into(), person.0.into()];
    let rows = db.query_all_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, values)).await?;
    let read = |row: sea_orm::QueryResult| {
        let text = |column: &str| row.try_get::<Option<String>>("", column);
        Ok(json!({ "name": text("name")?, "email": text("email")?, "role": text("role")?, "decision": text("decision")?, "reason": text("reason")? }))
    };
    rows.into_iter().map(read).collect()
}

async fn erase(tx: &mut Tx, known: &Known) -> Result<(), Problem> {
    let Some(person) = known.person else { return Ok(()) };
    let sql = "UPDATE access_review_items SET name = $3, email = $4 WHERE vendor_id = $1 AND person_id = $2";
    let values = [known.vendor.0.into(), person.0.into(), ERASED.into(), erased_address(person).into()];
    tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await?;
    Ok(())
}
