//! What queues tell about people: who works in which.

use super::queues::{Queue, service, store};
use kernel::personal::{Holder, Known};
use kernel::{App, Problem, Tx};
use serde_json::{Value, json};

/// The queues that somebody works in.
pub fn holder() -> Holder {
    Holder { name: "queues", export: |app, known| Box::pin(export(app, known)), erase: |tx, known| Box::pin(erase(tx, known)) }
}

async fn export(app: &App, known: &Known) -> Result<Vec<Value>, Problem> {
    let Some(person) = known.person else { return Ok(Vec::new()) };
    let rows = store::of_person(&app.db().read_of(known.vendor).await?, known.vendor, person).await?;
    // Who else works there is not theirs to read.
    rows.into_iter()
        .map(|row| Queue::of(row, vec![person]).map(|queue| json!({"id": queue.id, "name": queue.name, "member_ids": [person]})))
        .collect()
}

async fn erase(tx: &mut Tx, known: &Known) -> Result<(), Problem> {
    let Some(person) = known.person else { return Ok(()) };
    store::lock(tx).await?;
    for row in store::naming(tx, person).await? {
        service::forget(tx, row, person).await?;
    }
    Ok(())
}
