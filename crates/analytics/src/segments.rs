//! Sums over all partners, and over those of one type, tier, region, country or manager: kept beside the sums of each partner, so that a
//! question about the whole program adds up hundreds of rows, and not what ten thousand partners have.
//!
//! A partner is counted in the segments that it was last told to be in; when it changes, all that is counted of it moves.

use crate::facts::{Cell, Tally};
use crate::store::{COUNTS, counts, high, low};
use kernel::log::Envelope;
use kernel::{Problem, Tx};
use sea_orm::{ConnectionTrait, DbErr, Statement, Value};
use serde::Deserialize;
use uuid::Uuid;

/// The events that tell of a partner's segments.
pub const TYPES: [&str; 2] = ["partner.created", "partner.updated"];

/// What partners are put together by; the first is all of them.
pub const DIMENSIONS: [&str; 6] = ["all", "type", "tier", "region", "country", "manager"];

/// The keys of a partner's segments, as [`DIMENSIONS`] are ordered; empty where it has none.
type Keys = [String; 6];

/// What an event says of a partner.
#[derive(Deserialize)]
struct Told {
    partner: ToldPartner,
}

#[derive(Deserialize)]
struct ToldPartner {
    id: kernel::id::PartnerId,
    #[serde(rename = "type")]
    kind: String,
    tier: Option<String>,
    region: Option<String>,
    country: Option<String>,
    manager_id: Option<String>,
}

fn keys([kind, tier, region, country, manager]: [Option<String>; 5]) -> Keys {
    [None, kind, tier, region, country, manager].map(Option::unwrap_or_default)
}

/// A partner was told of: what is counted of it moves to where it is now.
pub async fn follow(tx: &mut Tx, event: &Envelope) -> Result<(), Problem> {
    let told: Told = serde_json::from_str(event.data.get()).map_err(Problem::internal)?;
    let partner = told.partner.id.0;
    let now = keys([Some(told.partner.kind), told.partner.tier, told.partner.region, told.partner.country, told.partner.manager_id]);
    let Some(before) = known(tx, partner).await? else { return Ok(keep(tx, partner, &now).await?) };
    for (at, dimension) in DIMENSIONS.iter().enumerate().filter(|(at, _)| before[*at] != now[*at]) {
        for (key, sign) in [(&before[at], -1), (&now[at], 1)] {
            add_all(tx, partner, dimension, key, sign).await?;
        }
    }
    if before != now {
        keep(tx, partner, &now).await?;
    }
    Ok(())
}

/// The segments that a partner is counted in.
pub async fn of(tx: &Tx, partner: Uuid) -> Result<Keys, DbErr> {
    if let Some(keys) = known(tx, partner).await? {
        return Ok(keys);
    }
    let sql = "SELECT kind, tier, region, country, manager_id FROM partners WHERE vendor_id = $1 AND id = $2";
    let Some(row) = tx.query_one_raw(statement(tx, sql, vec![tx.vendor().0.into(), partner.into()])).await? else { return Ok(Keys::default()) };
    let text = |at: usize| row.try_get_by_index::<Option<String>>(at);
    let manager = row.try_get_by_index::<Option<Uuid>>(4)?.map(|id| kernel::id::PersonId(id).to_string());
    let now = keys([text(0)?, text(1)?, text(2)?, text(3)?, manager]);
    keep(tx, partner, &now).await?;
    Ok(now)
}

async fn known(tx: &Tx, partner: Uuid) -> Result<Option<Keys>, DbErr> {
    let sql = "SELECT kind, tier, region, country, manager FROM figure_partners WHERE vendor_id = $1 AND partner_id = $2";
    let row = tx.query_one_raw(statement(tx, sql, vec![tx.vendor().0.into(), partner.into()])).await?;
    let Some(row) = row else { return Ok(None) };
    let text = |at: usize| row.try_get_by_index::<String>(at).map(Some);
    Ok(Some(keys([text(0)?, text(1)?, text(2)?, text(3)?, text(4)?])))
}

async fn keep(tx: &Tx, partner: Uuid, keys: &Keys) -> Result<(), DbErr> {
    let sql = "INSERT INTO figure_partners (vendor_id, partner_id, kind, tier, region, country, manager) VALUES ($1, $2, $3, $4, $5, $6, $7) \
        ON CONFLICT (vendor_id, partner_id) DO UPDATE SET kind = $3, tier = $4, region = $5, country = $6, manager = $7";
    let values = [tx.vendor().0.into(), partner.into()].into_iter().chain(keys[1..].iter().map(|key| key.as_str().into())).collect();
    tx.execute_raw(statement(tx, sql, values)).await.map(|_| ())
}

/// Count open deals of one cell in all segments of their partner.
pub async fn add_to_cells(tx: &Tx, keys: &Keys, cell: &Cell, sign: i64, amount: i64) -> Result<(), DbErr> {
    let places = |at: usize| format!("($1, ${}, ${}, $2, $3, $4, $5, $6, $7, $8, $9)", 2 * at + 10, 2 * at + 11);
    let rows: Vec<_> = (0..DIMENSIONS.len()).map(places).collect();
    let sql = format!("{CELLS} VALUES {} {}", rows.join(", "), on_conflict("pipeline_sums", &AMOUNTS, CELL));
    let text = |text: &str| Value::from(text);
    let mut values = vec![tx.vendor().0.into(), text(&cell.status), text(&cell.stage), text(&cell.month), text(&cell.currency), text(&cell.kind)];
    values.extend([sign.into(), (sign * high(amount)).into(), (sign * low(amount)).into()]);
    values.extend(DIMENSIONS.iter().zip(keys).flat_map(|(dimension, key)| [text(dimension), text(key)]));
    tx.execute_raw(statement(tx, &sql, values)).await.map(|_| ())
}

/// Count what happened in all segments of the partner.
pub async fn add_to_tallies(tx: &Tx, keys: &Keys, cell: &Cell, month: &str, tally: &Tally) -> Result<(), DbErr> {
    let counted: Vec<_> = (5..5 + COUNTS.len()).map(|place| format!("${place}")).collect();
    let first = 5 + COUNTS.len();
    let places = |at: usize| format!("($1, ${}, ${}, $2, $3, $4, {})", first + 2 * at, first + 2 * at + 1, counted.join(", "));
    let rows: Vec<_> = (0..DIMENSIONS.len()).map(places).collect();
    let sql = format!("{} VALUES {} {}", tallies(), rows.join(", "), on_conflict("tally_sums", &COUNTS, TALLY));
    let text = |text: &str| Value::from(text);
    let mut values = vec![tx.vendor().0.into(), text(&cell.currency), text(month), text(&cell.kind)];
    values.extend(counts(tally).map(Value::from));
    values.extend(DIMENSIONS.iter().zip(keys).flat_map(|(dimension, key)| [text(dimension), text(key)]));
    tx.execute_raw(statement(tx, &sql, values)).await.map(|_| ())
}

/// Count all that a partner has in a segment, or take it out.
async fn add_all(tx: &Tx, partner: Uuid, dimension: &str, key: &str, sign: i64) -> Result<(), DbErr> {
    let signed = |columns: &[&str]| columns.iter().map(|column| format!("{column} * $5")).collect::<Vec<_>>().join(", ");
    // `WHERE` ends the selection: without one, SQLite takes what follows for a join.
    let cells = format!(
        "{CELLS} SELECT vendor_id, CAST($3 AS text), CAST($4 AS text), status, stage, month, currency, kind, {} FROM pipeline_cells \
         WHERE vendor_id = $1 AND partner_id = $2 {}",
        signed(&AMOUNTS),
        on_conflict("pipeline_sums", &AMOUNTS, CELL)
    );
    let tallies = format!(
        "{} SELECT vendor_id, CAST($3 AS text), CAST($4 AS text), currency, month, kind, {} FROM deal_tallies WHERE vendor_id = $1 AND partner_id = $2 {}",
        tallies(),
        signed(&COUNTS),
        on_conflict("tally_sums", &COUNTS, TALLY)
    );
    for sql in [cells, tallies] {
        let values = vec![tx.vendor().0.into(), partner.into(), dimension.into(), key.into(), sign.into()];
        tx.execute_raw(statement(tx, &sql, values)).await?;
    }
    Ok(())
}

const AMOUNTS: [&str; 3] = ["deals", "amount_high", "amount_low"];
const CELL: &str = "vendor_id, dimension, key, status, stage, month, currency, kind";
const CELLS: &str = "INSERT INTO pipeline_sums (vendor_id, dimension, key, status, stage, month, currency, kind, deals, amount_high, amount_low)";
const TALLY: &str = "vendor_id, dimension, key, currency, month, kind";

fn tallies() -> String {
    format!("INSERT INTO tally_sums ({TALLY}, {})", COUNTS.join(", "))
}

fn on_conflict(table: &str, columns: &[&str], key: &str) -> String {
    let sums: Vec<_> = columns.iter().map(|column| format!("{column} = {table}.{column} + excluded.{column}")).collect();
    format!("ON CONFLICT ({key}) DO UPDATE SET {}", sums.join(", "))
}

fn statement(tx: &Tx, sql: &str, values: Vec<Value>) -> Statement {
    Statement::from_sql_and_values(tx.get_database_backend(), sql, values)
}
