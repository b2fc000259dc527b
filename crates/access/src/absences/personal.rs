//! What absences tell about people: when somebody was away, and for whom they stood in.

use super::AbsenceId;
use super::TURN;
use super::events::{AbsenceDeletedEvent, AbsenceUpdatedEvent};
use super::http::Absence;
use super::store;
use kernel::personal::{Holder, Known};
use kernel::{App, Problem, Tx};
use serde_json::Value;

pub(crate) fn holders() -> Vec<Holder> {
    vec![Holder { name: "absences", export: |app, known| Box::pin(export(app, known)), erase: |tx, known| Box::pin(erase(tx, known)) }]
}

async fn export(app: &App, known: &Known) -> Result<Vec<Value>, Problem> {
    let Some(person) = known.person else { return Ok(Vec::new()) };
    let rows = store::about(&app.db().read_of(known.vendor).await?, known.vendor, person).await?;
    rows.into_iter().map(|row| serde_json::to_value(Absence::from(row)).map_err(Problem::internal)).collect()
}

async fn erase(tx: &mut Tx, known: &Known) -> Result<(), Problem> {
    let Some(person) = known.person else { return Ok(()) };
    for mut row in store::about(tx, known.vendor, person).await? {
        row.revision += 1;
        if row.person_id == person.0 {
            store::delete(tx, &row).await?;
            tx.clear_timer(TURN, &AbsenceId(row.id).to_string()).await?;
            tx.emit(AbsenceDeletedEvent { absence: row.into() });
        } else {
            (row.cover_id, row.updated_at) = (None, tx.now());
            store::update(tx, &row).await?;
            tx.emit(AbsenceUpdatedEvent { absence: row.into() });
        }
    }
    Ok(())
}
