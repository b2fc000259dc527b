//! The reader that keeps facts, cells and tallies true to the log.

use crate::facts::{self, Cell, Fact, Tally, Told};
use crate::segments;
use crate::store::{COUNTS, counts, high, low};
use kernel::id::PartnerId;
use kernel::log::Envelope;
use kernel::readers::{React, Reader};
use kernel::{Problem, Tx};
use sea_orm::{ConnectionTrait, DbErr, QueryResult, Statement, Value};
use uuid::Uuid;

/// Names the cursor.
pub const READER: &str = "analytics.deals";

/// The events that carry a deal as it then was, and those that say where its partner is counted: one reader for both, so that no partner moves while
/// a deal of its is counted.
pub const TYPES: &[&str] = &[
    "deal.drafted",
    "deal.updated",
    "deal.approved",
    "deal.in_review",
    "deal.rejected",
    "deal.information_requested",
    "deal.expired",
    "deal.released",
    "deal.withdrawn",
    "deal.won",
    "deal.lost",
    "deal.stage_changed",
    "deal.conflict_found",
    "partner.created",
    "partner.updated",
    "deal.handed_over",
];

/// Follows every deal, and the segments of partners.
pub fn reader() -> Reader {
    Reader { name: READER, types: TYPES, relevant: None, react: React::Each(|tx, event| Box::pin(follow(tx, event))) }
}

async fn follow(tx: &mut Tx, event: &Envelope) -> Result<(), Problem> {
    if segments::TYPES.contains(&event.kind.as_str()) {
        return segments::follow(tx, event).await;
    }
    let (Ok(told), Some(deal)) = (serde_json::from_str::<Told>(event.data.get()), deal_id(&event.subject.id)) else {
        return Err(Problem::internal(format!("{} {} does not carry a deal", event.kind, event.sequence)));
    };
    let before = fact(tx, deal).await?;
    let (after, tally) = facts::next(before.as_ref(), &told.deal, event.occurred_at);
    let keys = segments::of(tx, after.cell.partner.0).await?;
    if before.as_ref() != Some(&after) {
        write(tx, deal, &after).await?;
        for (fact, sign) in before.iter().map(|fact| (fact, -1)).chain([(&after, 1)]) {
            if fact.is_open() {
                add_to_cell(tx, &fact.cell, sign, fact.amount).await?;
                add_to_partner(tx, &fact.cell, sign, fact.amount).await?;
                segments::add_to_cells(tx, &keys, &fact.cell, sign, fact.amount).await?;
            }
        }
    }
    if tally != Tally::default() {
        let month = event.occurred_at.format("%Y-%m").to_string();
        add_to_tally(tx, &after.cell, &month, &tally).await?;
        segments::add_to_tallies(tx, &keys, &after.cell, &month, &tally).await?;
    }
    Ok(())
}

/// The deal of a wire id; its crate alone knows the type.
fn deal_id(wire: &str) -> Option<Uuid> {
    kernel::id::read("deal", wire).ok()
}

async fn fact(tx: &Tx, deal: Uuid) -> Result<Option<Fact>, DbErr> {
    let sql = "SELECT partner_id, kind, status, stage, month, currency, amount, waiting_since, approved_at FROM deal_facts \
        WHERE vendor_id = $1 AND deal_id = $2";
    let row = tx.query_one_raw(statement(tx, sql, vec![tx.vendor().0.into(), deal.into()])).await?;
    let read = |row: QueryResult| {
        let status: String = row.try_get("", "status")?;
        let cell = Cell {
            partner: PartnerId(row.try_get("", "partner_id")?),
            kind: row.try_get("", "kind")?,
            status: status.clone(),
            stage: row.try_get("", "stage")?,
            month: row.try_get("", "month")?,
            currency: row.try_get("", "currency")?,
        };
        let (waiting_since, approved_at) = (row.try_get("", "waiting_since")?, row.try_get("", "approved_at")?);
        Ok(Fact { status, cell, amount: row.try_get("", "amount")?, waiting_since, approved_at })
    };
    row.map(read).transpose()
}

async fn write(tx: &Tx, deal: Uuid, fact: &Fact) -> Result<(), DbErr> {
    let sql = "INSERT INTO deal_facts (vendor_id, deal_id, partner_id, kind, status, stage, month, currency, amount, waiting_since, approved_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) \
        ON CONFLICT (vendor_id, deal_id) DO UPDATE SET partner_id = $3, kind = $4, status = $5, stage = $6, month = $7, currency = $8, amount = $9, \
        waiting_since = $10, approved_at = $11";
    let mut values = vec![tx.vendor().0.into(), deal.into()];
    values.extend(of_cell(&fact.cell));
    values.extend([fact.amount.into(), fact.waiting_since.into(), fact.approved_at.into()]);
    tx.execute_raw(statement(tx, sql, values)).await.map(|_| ())
}

fn of_cell(cell: &Cell) -> [Value; 6] {
    let text = |text: &String| Value::from(text.clone());
    [cell.partner.0.into(), text(&cell.kind), text(&cell.status), text(&cell.stage), text(&cell.month), text(&cell.currency)]
}

async fn add_to_cell(tx: &Tx, cell: &Cell, sign: i64, amount: i64) -> Result<(), DbErr> {
    let sql = "INSERT INTO pipeline_cells (vendor_id, partner_id, kind, status, stage, month, currency, deals, amount_high, amount_low) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
        ON CONFLICT (vendor_id, partner_id, kind, status, stage, month, currency) DO UPDATE SET deals = pipeline_cells.deals + $8, \
        amount_high = pipeline_cells.amount_high + $9, amount_low = pipeline_cells.amount_low + $10";
    let mut values = vec![tx.vendor().0.into()];
    values.extend(of_cell(cell));
    values.extend([sign.into(), (sign * high(amount)).into(), (sign * low(amount)).into()]);
    tx.execute_raw(statement(tx, sql, values)).await.map(|_| ())
}

/// The cells of a partner as one sum: what tells which partners' deals are worth most.
async fn add_to_partner(tx: &Tx, cell: &Cell, sign: i64, amount: i64) -> Result<(), DbErr> {
    let sql = "INSERT INTO pipeline_partners (vendor_id, partner_id, kind, currency, deals, amount_high, amount_low) VALUES ($1, $2, $3, $4, $5, $6, $7) \
        ON CONFLICT (vendor_id, partner_id, currency, kind) DO UPDATE SET deals = pipeline_partners.deals + $5, \
        amount_high = pipeline_partners.amount_high + $6, amount_low = pipeline_partners.amount_low + $7";
    let (kind, currency) = (cell.kind.clone().into(), cell.currency.clone().into());
    let mut values: Vec<Value> = vec![tx.vendor().0.into(), cell.partner.0.into(), kind, currency];
    values.extend([sign.into(), (sign * high(amount)).into(), (sign * low(amount)).into()]);
    tx.execute_raw(statement(tx, sql, values)).await.map(|_| ())
}

async fn add_to_tally(tx: &Tx, cell: &Cell, month: &str, tally: &Tally) -> Result<(), DbErr> {
    let places: Vec<_> = (6..6 + COUNTS.len()).map(|place| format!("${place}")).collect();
    let sums: Vec<_> = COUNTS.iter().zip(&places).map(|(name, place)| format!("{name} = deal_tallies.{name} + {place}")).collect();
    let sql = format!(
        "INSERT INTO deal_tallies (vendor_id, partner_id, kind, month, currency, {}) VALUES ($1, $2, $3, $4, $5, {}) \
        ON CONFLICT (vendor_id, partner_id, kind, month, currency) DO UPDATE SET {}",
        COUNTS.join(", "),
        places.join(", "),
        sums.join(", ")
    );
    let mut values: Vec<Value> =
        vec![tx.vendor().0.into(), cell.partner.0.into(), cell.kind.clone().into(), month.into(), cell.currency.clone().into()];
    values.extend(counts(tally).map(Value::from));
    tx.execute_raw(statement(tx, &sql, values)).await.map(|_| ())
}

fn statement(tx: &Tx, sql: &str, values: Vec<Value>) -> Statement {
    Statement::from_sql_and_values(tx.get_database_backend(), sql, values)
}
