//! What is kept about people in requests for special prices: what they wrote, and what is written of them.

use super::events::PricingRequestUpdated;
use super::store::{self, PricingRow};
use kernel::personal::{ERASED, Holder, Known};
use kernel::{App, Problem, Tx};
use sea_orm::ConnectionTrait;
use serde_json::Value;

/// Requests that somebody made, or whose words give them away.
pub fn holder() -> Holder {
    Holder { name: "pricing_requests", export: |app, known| Box::pin(export(app, known)), erase: |tx, known| Box::pin(erase(tx, known)) }
}

async fn export(app: &App, known: &Known) -> Result<Vec<Value>, Problem> {
    let (db, now) = (app.db().read_of(known.vendor).await?, app.clock().now());
    let rows = about(&db, known).await?;
    rows.iter().map(|row| serde_json::to_value(row.whole(0, now)?.without_rivals()).map_err(Problem::internal)).collect()
}

async fn erase(tx: &mut Tx, known: &Known) -> Result<(), Problem> {
    for mut row in about(tx, known).await? {
        let own = is_theirs(&row, known);
        if own {
            row.requested_by = None;
        }
        if own || known.is_in(&row.reason) {
            row.reason = ERASED.to_owned();
        }
        if row.competitor.as_ref().is_some_and(|text| own || known.is_in(text)) {
            row.competitor = Some(ERASED.to_owned());
        }
        if known.is_in(&row.sentence) {
            row.sentence = ERASED.to_owned();
        }
        store::update(tx, &mut row).await?;
        tx.emit(PricingRequestUpdated { pricing_request: row.whole(u64::MAX, tx.now())?, note: None });
    }
    Ok(())
}

fn is_theirs(row: &PricingRow, known: &Known) -> bool {
    known.person.is_some_and(|person| row.requested_by == Some(person.0))
}

async fn about(db: &impl ConnectionTrait, known: &Known) -> Result<Vec<PricingRow>, Problem> {
    let (mut found, mut after) = (Vec::new(), uuid::Uuid::nil());
    loop {
        let rows = store::after(db, known.vendor, after, 500).await?;
        let Some(last) = rows.last() else { return Ok(found) };
        after = last.id;
        let words =
            |row: &PricingRow| [Some(&row.reason), row.competitor.as_ref(), Some(&row.sentence)].into_iter().flatten().any(|text| known.is_in(text));
        found.extend(rows.into_iter().filter(|row| is_theirs(row, known) || words(row)));
    }
}
