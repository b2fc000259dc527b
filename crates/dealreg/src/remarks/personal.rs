//! What is kept of people in remarks: what they said.

use super::{service, store};
use kernel::personal::{ERASED, Holder, Known};
use kernel::{App, Problem, Scope, Tx};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use uuid::Uuid;

/// Comments and notes that somebody made.
pub fn holder() -> Holder {
    Holder { name: "deal_remarks", export: |app, known| Box::pin(export(app, known)), erase: |tx, known| Box::pin(erase(tx, known)) }
}

async fn said(db: &impl ConnectionTrait, known: &Known) -> Result<Vec<store::RemarkRow>, Problem> {
    let Some(person) = known.person else { return Ok(Vec::new()) };
    let (mut found, mut after) = (Vec::new(), Uuid::nil());
    loop {
        let rows = store::by_author(db, Scope::vendor_wide(known.vendor), person, after, 500).await?;
        let Some(last) = rows.last() else { return Ok(found) };
        after = last.id;
        found.extend(rows);
    }
}

async fn export(app: &App, known: &Known) -> Result<Vec<Value>, Problem> {
    let rows = said(&app.db().read_of(known.vendor).await?, known).await?;
    let shown = |row: store::RemarkRow| {
        let kind = if row.internal == 0 { "comment" } else { "note" };
        json!({"id": row.id(), "deal_id": crate::DealId(row.deal_id), "kind": kind, "text": row.text, "created_at": row.created_at})
    };
    Ok(rows.into_iter().map(shown).collect())
}

async fn erase(tx: &mut Tx, known: &Known) -> Result<(), Problem> {
    for row in said(tx, known).await? {
        if row.text.as_deref() != Some(ERASED) {
            service::erase(tx, row).await?;
        }
    }
    Ok(())
}
