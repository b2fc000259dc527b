//! What findings keep about people: why somebody dismissed them. Who did stays, by their id.

use super::HygieneFindingId;
use super::store;
use kernel::personal::{ERASED, Holder, Known};
use kernel::{App, Problem, Tx};
use serde_json::{Value, json};
use uuid::Uuid;

/// Rows looked at together.
const PAGE: u64 = 500;

/// The place.
pub fn holder() -> Holder {
    Holder { name: "hygiene_findings", export: |app, known| Box::pin(export(app, known)), erase: |tx, known| Box::pin(erase(tx, known)) }
}

async fn export(app: &App, known: &Known) -> Result<Vec<Value>, Problem> {
    let db = app.db().read_of(known.vendor).await?;
    let (mut found, mut after) = (Vec::new(), Uuid::nil());
    let person = known.person.map(|person| person.to_string());
    loop {
        let rows = store::with_reasons(&db, known.vendor, after, PAGE).await?;
        let Some(last) = rows.last() else { return Ok(found) };
        after = last.id;
        let theirs = rows.iter().filter(|row| {
            let made = person.is_some() && person == row.dismissed_by_id;
            made || row.dismiss_reason.as_deref().is_some_and(|reason| known.is_in(reason))
        });
        found.extend(theirs.map(|row| json!({ "id": HygieneFindingId(row.id), "dismiss_reason": row.dismiss_reason })));
    }
}

async fn erase(tx: &mut Tx, known: &Known) -> Result<(), Problem> {
    let mut after = Uuid::nil();
    loop {
        let rows = store::with_reasons(tx, known.vendor, after, PAGE).await?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = last.id;
        for mut row in rows {
            if row.dismiss_reason.as_deref().is_some_and(|reason| known.is_in(reason)) {
                row.dismiss_reason = Some(ERASED.to_owned());
                row.revision += 1;
                store::update(tx, &row).await?;
            }
        }
    }
}
