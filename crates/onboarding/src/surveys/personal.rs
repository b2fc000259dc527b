//! What is kept about people in surveys: what they answered.

use super::invitations;
use super::store::{self, InvitationRow};
use kernel::personal::{ERASED, Holder, Known};
use kernel::{App, Problem, Scope, Tx};
use sea_orm::ConnectionTrait;
use serde_json::{Map, Value};
use uuid::Uuid;

/// Their own invitations, and answers in which they are named.
pub fn holder() -> Holder {
    Holder { name: "survey_answers", export: |app, known| Box::pin(export(app, known)), erase: |tx, known| Box::pin(erase(tx, known)) }
}

async fn theirs(db: &impl ConnectionTrait, known: &Known) -> Result<Vec<InvitationRow>, Problem> {
    let mut found = match known.person {
        Some(person) => store::of_person(db, known.vendor, person).await?,
        None => Vec::new(),
    };
    let mut after = Uuid::nil();
    loop {
        let rows = store::answered(db, Scope::vendor_wide(known.vendor), after, 500).await?;
        let Some(last) = rows.last() else { return Ok(found) };
        after = last.id;
        let named = |row: &InvitationRow| row.answers.as_deref().is_some_and(|answers| known.is_in(answers));
        let others: Vec<_> = rows.into_iter().filter(|row| named(row) && found.iter().all(|one| one.id != row.id)).collect();
        found.extend(others);
    }
}

async fn export(app: &App, known: &Known) -> Result<Vec<Value>, Problem> {
    let rows = theirs(&app.db().read_of(known.vendor).await?, known).await?;
    rows.iter().map(|row| serde_json::to_value(row.shown(app.clock().now(), 0, true)?).map_err(Problem::internal)).collect()
}

/// Figures stay, and are nobody's: what was written goes, and so do links.
async fn erase(tx: &mut Tx, known: &Known) -> Result<(), Problem> {
    for mut row in theirs(tx, known).await? {
        let own = known.person.is_some_and(|person| person.0 == row.person_id);
        if own {
            invitations::LINKS.forget(tx, row.id).await?;
        }
        let Some(answers) = row.answers.as_deref() else { continue };
        let answers: Map<String, Value> = crate::vetting::json(answers)?;
        let cleaned = |value: Value| match value {
            Value::String(text) if own || known.is_in(&text) => Value::from(ERASED),
            other => other,
        };
        let answers: Map<String, Value> = answers.into_iter().map(|(key, value)| (key, cleaned(value))).collect();
        row.answers = Some(crate::vetting::text(&answers));
        store::keep(tx, &mut row).await?;
    }
    Ok(())
}
