//! What is kept about people in incumbencies: what is written of them as a reason.

use super::events::IncumbencyUpdated;
use super::store::{self, IncumbencyRow};
use kernel::personal::{ERASED, Holder, Known};
use kernel::{App, Problem, Tx};
use sea_orm::ConnectionTrait;
use serde_json::Value;

/// Incumbencies whose reason gives somebody away.
pub fn holder() -> Holder {
    Holder { name: "incumbencies", export: |app, known| Box::pin(export(app, known)), erase: |tx, known| Box::pin(erase(tx, known)) }
}

async fn export(app: &App, known: &Known) -> Result<Vec<Value>, Problem> {
    let rows = about(&app.db().read_of(known.vendor).await?, known).await?;
    rows.iter().map(|row| serde_json::to_value(row.whole(0)?).map_err(Problem::internal)).collect()
}

async fn erase(tx: &mut Tx, known: &Known) -> Result<(), Problem> {
    for mut row in about(tx, known).await? {
        row.reason = Some(ERASED.to_owned());
        store::update(tx, &mut row).await?;
        tx.emit(IncumbencyUpdated { incumbency: row.whole(u64::MAX)? });
    }
    Ok(())
}

async fn about(db: &impl ConnectionTrait, known: &Known) -> Result<Vec<IncumbencyRow>, Problem> {
    let (mut found, mut after) = (Vec::new(), uuid::Uuid::nil());
    loop {
        let rows = store::after(db, known.vendor, after, 500).await?;
        let Some(last) = rows.last() else { return Ok(found) };
        after = last.id;
        found.extend(rows.into_iter().filter(|row| row.reason.as_ref().is_some_and(|text| known.is_in(text))));
    }
}
