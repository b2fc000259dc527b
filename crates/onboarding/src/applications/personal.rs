//! What is kept about people in applications: who applies, and what they wrote.

use super::events::ApplicationUpdated;
use super::links;
use super::store::{self, ApplicationRow};
use super::types::ApplicationContact;
use kernel::personal::{ERASED, ERASED_EMAIL, Holder, Known};
use kernel::{App, Problem, Scope, Tx};
use sea_orm::ConnectionTrait;
use serde_json::{Map, Value};

/// Applications whose contact somebody is, or whose words give them away.
pub fn holder() -> Holder {
    Holder { name: "applications", export: |app, known| Box::pin(export(app, known)), erase: |tx, known| Box::pin(erase(tx, known)) }
}

async fn export(app: &App, known: &Known) -> Result<Vec<Value>, Problem> {
    let rows = about(&app.db().read_of(known.vendor).await?, known).await?;
    rows.iter().map(|row| serde_json::to_value(row.shown(0, true)?).map_err(Problem::internal)).collect()
}

async fn erase(tx: &mut Tx, known: &Known) -> Result<(), Problem> {
    for mut row in about(tx, known).await? {
        if is_contact(&row, known)? {
            row.contact =
                store::text(&ApplicationContact { email: ERASED_EMAIL.to_owned(), name: Some(ERASED.to_owned()), phone: None, job_title: None });
            (row.email_key, row.live_key) = (None, None);
            // Whatever they answered is theirs.
            row.answers = store::text(&Map::new());
            links::LINKS.forget(tx, row.id).await?;
        }
        for kept in [&mut row.company, &mut row.answers, &mut row.prefilled, &mut row.duplicates] {
            *kept = cleaned(known, kept)?;
        }
        if let Some(decision) = &mut row.decision {
            *decision = cleaned(known, decision)?;
        }
        for text in [&mut row.company_name, &mut row.region, &mut row.question, &mut row.reason] {
            if text.as_ref().is_some_and(|text| known.is_in(text)) {
                *text = Some(ERASED.to_owned());
            }
        }
        store::update(tx, &mut row).await?;
        tx.emit(ApplicationUpdated { application: row.told()? });
    }
    Ok(())
}

fn cleaned(known: &Known, kept: &str) -> Result<String, Problem> {
    let value: Value = store::json(kept)?;
    Ok(known.cleaned(&value).map_or_else(|| kept.to_owned(), |cleaned| cleaned.to_string()))
}

fn is_contact(row: &ApplicationRow, known: &Known) -> Result<bool, Problem> {
    let contact = row.contact()?;
    Ok(known.is(Some(&contact.email), contact.name.as_deref().unwrap_or_default()))
}

async fn about(db: &impl ConnectionTrait, known: &Known) -> Result<Vec<ApplicationRow>, Problem> {
    let (mut found, mut after) = (Vec::new(), uuid::Uuid::nil());
    loop {
        let rows = store::every(db, Scope::vendor_wide(known.vendor), after, 500).await?;
        let Some(last) = rows.last() else { return Ok(found) };
        after = last.id;
        for row in rows {
            let kept = [Some(&row.company), Some(&row.answers), row.decision.as_ref(), row.question.as_ref(), row.reason.as_ref()];
            if kept.into_iter().flatten().any(|text| known.is_in(text)) || is_contact(&row, known)? {
                found.push(row);
            }
        }
    }
}
