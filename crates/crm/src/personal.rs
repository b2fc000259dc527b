//! What is kept about people here: who works on an opportunity for the vendor, and whatever stands in refused rows of imports.

use crate::events::OpportunityUpdated;
use crate::imports::store::{all_refused_rows, refused, rewrite_refused};
use crate::opportunities::Opportunity;
use crate::opportunities::store::{self, opportunity::Model};
use kernel::personal::{ERASED, Holder, Known};
use kernel::{App, Problem, Tx};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use uuid::Uuid;

/// Rows looked at together.
const PAGE: u64 = 500;

/// The places.
pub(crate) fn holders() -> Vec<Holder> {
    vec![
        Holder {
            name: "opportunities",
            export: |app, known| Box::pin(export_opportunities(app, known)),
            erase: |tx, known| Box::pin(erase_opportunities(tx, known)),
        },
        Holder {
            name: "refused_import_rows",
            export: |app, known| Box::pin(export_refused(app, known)),
            erase: |tx, known| Box::pin(erase_refused(tx, known)),
        },
    ]
}

async fn export_opportunities(app: &App, known: &Known) -> Result<Vec<Value>, Problem> {
    let db = app.db().read_of(known.vendor).await?;
    let rows = owned_by(&db, known).await?;
    rows.into_iter().map(|row| serde_json::to_value(Opportunity::from(row)).map_err(Problem::internal)).collect()
}

async fn erase_opportunities(tx: &mut Tx, known: &Known) -> Result<(), Problem> {
    let mut rows = owned_by(tx, known).await?;
    for row in &mut rows {
        row.owner = Some(ERASED.to_owned());
        row.revision += 1;
        row.updated_at = tx.now();
    }
    store::update(tx, &rows).await?;
    for row in rows {
        tx.emit(OpportunityUpdated { opportunity: row.into(), changed: vec!["owner".to_owned()] });
    }
    Ok(())
}

async fn owned_by(db: &impl ConnectionTrait, known: &Known) -> Result<Vec<Model>, Problem> {
    let (mut found, mut after) = (Vec::new(), Uuid::nil());
    loop {
        let rows = store::owned(db, known.vendor, after, PAGE).await?;
        let Some(last) = rows.last() else { return Ok(found) };
        after = last.id;
        found.extend(rows.into_iter().filter(|row| row.owner.as_deref().is_some_and(|owner| known.is(None, owner))));
    }
}

async fn export_refused(app: &App, known: &Known) -> Result<Vec<Value>, Problem> {
    let db = app.db().read_of(known.vendor).await?;
    let rows = mentioning(&db, known).await?;
    let show = |row: refused::Model| json!({ "import_id": crate::ImportId(row.import_id), "line": row.line, "cells": read(&row.cells) });
    Ok(rows.into_iter().map(show).collect())
}

async fn erase_refused(tx: &mut Tx, known: &Known) -> Result<(), Problem> {
    for mut row in mentioning(tx, known).await? {
        for text in [&mut row.cells, &mut row.errors] {
            if let Some(cleaned) = known.cleaned(&read(text)) {
                *text = cleaned.to_string();
            }
        }
        rewrite_refused(tx, row).await?;
    }
    Ok(())
}

async fn mentioning(db: &impl ConnectionTrait, known: &Known) -> Result<Vec<refused::Model>, Problem> {
    let (mut found, mut after) = (Vec::new(), (Uuid::nil(), 0));
    loop {
        let rows = all_refused_rows(db, known.vendor, after, PAGE).await?;
        let Some(last) = rows.last() else { return Ok(found) };
        after = (last.import_id, last.line);
        found.extend(rows.into_iter().filter(|row| [&row.cells, &row.errors].iter().any(|text| known.cleaned(&read(text)).is_some())));
    }
}

/// A stored JSON column; what we wrote ourselves reads back.
fn read(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_default()
}
