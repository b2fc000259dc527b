//! What is kept of people in onboardings: what they said of tasks.

use super::store::{self, TaskRow};
use kernel::personal::{ERASED, Holder, Known};
use kernel::{App, Problem, Tx};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use uuid::Uuid;

/// Tasks that somebody did, or that name them.
pub fn holder() -> Holder {
    Holder { name: "onboarding_tasks", export: |app, known| Box::pin(export(app, known)), erase: |tx, known| Box::pin(erase(tx, known)) }
}

/// Tasks that they ended, or in whose sentence or link they stand.
async fn theirs(db: &impl ConnectionTrait, known: &Known) -> Result<Vec<TaskRow>, Problem> {
    let (mut found, mut after) = (Vec::new(), Uuid::nil());
    loop {
        let rows = store::said(db, known.vendor, known.person, after, 500).await?;
        let Some(last) = rows.last() else { return Ok(found) };
        after = last.id;
        found.extend(rows.into_iter().filter(|row| is_theirs(row, known)));
    }
}

fn is_theirs(row: &TaskRow, known: &Known) -> bool {
    let by = known.person.is_some_and(|person| row.ended_by.as_deref().is_some_and(|by| by.contains(&person.to_string())));
    by || [&row.note, &row.link].into_iter().flatten().any(|text| known.is_in(text))
}

async fn export(app: &App, known: &Known) -> Result<Vec<Value>, Problem> {
    let rows = theirs(&app.db().read_of(known.vendor).await?, known).await?;
    let shown =
        |row: TaskRow| json!({"id": row.id(), "key": row.task, "status": row.status, "note": row.note, "link": row.link, "ended_at": row.ended_at});
    Ok(rows.into_iter().map(shown).collect())
}

async fn erase(tx: &mut Tx, known: &Known) -> Result<(), Problem> {
    for mut row in theirs(tx, known).await? {
        for text in [&mut row.note, &mut row.link] {
            if text.is_some() {
                *text = Some(ERASED.to_owned());
            }
        }
        store::update_task(tx, &mut row).await?;
    }
    Ok(())
}
