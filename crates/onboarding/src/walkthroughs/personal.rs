//! What is kept of people in walkthroughs: how far they came.

use super::{WalkthroughId, store};
use kernel::personal::{Holder, Known};
use kernel::{App, Problem, Tx};
use serde_json::Value;

/// A person's progress.
pub fn holder() -> Holder {
    Holder { name: "walkthrough_progress", export: |app, known| Box::pin(export(app, known)), erase: |tx, known| Box::pin(erase(tx, known)) }
}

async fn export(app: &App, known: &Known) -> Result<Vec<Value>, Problem> {
    let Some(person) = known.person else { return Ok(Vec::new()) };
    let db = app.db().read_of(known.vendor).await?;
    let mut found = Vec::new();
    for row in store::of_person(&db, known.vendor, person).await? {
        let Some(version) = store::find(&db, known.vendor, WalkthroughId(row.walkthrough_id)).await? else { continue };
        found.push(serde_json::to_value(row.told(version.version, &version.body()?)?).map_err(Problem::internal)?);
    }
    Ok(found)
}

async fn erase(tx: &mut Tx, known: &Known) -> Result<(), Problem> {
    let Some(person) = known.person else { return Ok(()) };
    Ok(store::forget(tx, person).await?)
}
