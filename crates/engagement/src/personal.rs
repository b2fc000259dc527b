//! What is kept about people here: what each was told, and how they want it. Texts are not kept at all.

use crate::inbox::{shown, store};
use crate::ports::Rows;
use crate::preferences::{self, NotificationPreferences};
use access::people;
use kernel::personal::{Holder, Known};
use kernel::{App, Problem, Tx};
use serde_json::Value;

/// Notifications of an export; older ones are in the log.
const MOST: u64 = 5_000;

/// Notifications and preferences of a person.
pub(crate) fn holder() -> Holder {
    Holder { name: "notifications", export: |app, known| Box::pin(export(app, known)), erase: |tx, known| Box::pin(erase(tx, known)) }
}

async fn export(app: &App, known: &Known) -> Result<Vec<Value>, Problem> {
    let Some(id) = known.person else { return Ok(Vec::new()) };
    let db = app.db().read_of(known.vendor).await?;
    let Some(person) = people::find(&db, known.vendor, id).await? else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    if let Some(row) = preferences::store::find(&db, known.vendor, id).await? {
        found.push(serde_json::to_value(NotificationPreferences::of(&db, known.vendor, id, Some(&row)).await?).map_err(Problem::internal)?);
    }
    let rows = store::of(&db, known.vendor, id, MOST).await?;
    for some in rows.chunks(200) {
        for one in shown(app, Rows::Reading(&db), &person, some.to_vec()).await? {
            found.push(serde_json::to_value(one).map_err(Problem::internal)?);
        }
    }
    Ok(found)
}

async fn erase(tx: &mut Tx, known: &Known) -> Result<(), Problem> {
    let Some(id) = known.person else { return Ok(()) };
    store::forget(tx, id).await?;
    preferences::store::delete(tx, id).await?;
    tx.clear_timer(crate::mailing::TIMER, &id.to_string()).await?;
    Ok(())
}
