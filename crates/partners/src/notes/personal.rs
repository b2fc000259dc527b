//! What is kept of people in notes: what they said, and what is said of them.

use super::service;
use super::store::{self, NoteRow};
use super::types::PartnerNote;
use kernel::personal::{ERASED, Holder, Known};
use kernel::{App, Problem, Scope, Tx};
use sea_orm::ConnectionTrait;
use serde_json::Value;
use uuid::Uuid;

/// Notes that somebody made, or that name them.
pub(crate) fn holder() -> Holder {
    Holder { name: "partner_notes", export: |app, known| Box::pin(export(app, known)), erase: |tx, known| Box::pin(erase(tx, known)) }
}

async fn theirs(db: &impl ConnectionTrait, known: &Known) -> Result<Vec<NoteRow>, Problem> {
    let author = known.person.map(|person| person.to_string());
    let (mut found, mut after) = (Vec::new(), Uuid::nil());
    loop {
        let rows = store::after(db, Scope::vendor_wide(known.vendor), after, 500).await?;
        let Some(last) = rows.last() else { return Ok(found) };
        after = last.id;
        found.extend(rows.into_iter().filter(|row| Some(&row.author_id) == author.as_ref() || known.is_in(&row.text)));
    }
}

async fn export(app: &App, known: &Known) -> Result<Vec<Value>, Problem> {
    let rows = theirs(&app.db().read_of(known.vendor).await?, known).await?;
    rows.iter().map(|row| serde_json::to_value(PartnerNote::from(row)).map_err(Problem::internal)).collect()
}

async fn erase(tx: &mut Tx, known: &Known) -> Result<(), Problem> {
    for mut row in theirs(tx, known).await? {
        if row.text != ERASED {
            service::rewrite(tx, &mut row, ERASED.to_owned()).await?;
        }
    }
    Ok(())
}
