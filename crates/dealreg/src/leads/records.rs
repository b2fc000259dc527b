//! What partners did with their leads: a small sum for each of them and month, moved in the write that moves the offer.
//!
//! An offer counts in the month in which it was made. A partner's record is that of the month a year ago and of all since; it is kept as one
//! total, so that the ranking reads one row a partner.

use super::store::OfferRow;
use chrono::{DateTime, Duration, Utc};
use kernel::Tx;
use kernel::id::VendorId;
use sea_orm::{ConnectionTrait, DbErr, QueryResult, Statement, Value};
use std::collections::HashMap;
use uuid::Uuid;

/// How far back a partner's record goes.
const PAST: Duration = Duration::days(365);

/// What one offer adds: [`SUMMED`], in this order.
pub type Part = [i64; 5];
/// The columns of a record.
const SUMMED: [&str; 5] = ["answered", "accepted", "seconds", "converted", "won"];

/// From which month on offers count.
fn since(now: DateTime<Utc>) -> String {
    month(now - PAST)
}

fn month(at: DateTime<Utc>) -> String {
    at.format("%Y-%m").to_string()
}

fn part(offer: &OfferRow) -> Part {
    let accepted = offer.outcome == "accepted";
    let answered = accepted || matches!(offer.outcome.as_str(), "returned" | "declined" | "lapsed");
    let if_accepted = |count: i64| if accepted { count } else { 0 };
    [
        i64::from(answered),
        i64::from(accepted),
        if answered { offer.seconds.unwrap_or(0) } else { 0 },
        if_accepted(offer.converted),
        if_accepted(offer.won),
    ]
}

/// An offer changed: take what it added, and add what it adds now.
pub async fn moved(tx: &Tx, before: &OfferRow, after: &OfferRow) -> Result<(), DbErr> {
    let (was, is) = (part(before), part(after));
    if month(before.offered_at) == month(after.offered_at) {
        return add(tx, after.partner_id, &month(after.offered_at), std::array::from_fn(|at| is[at] - was[at])).await;
    }
    add(tx, before.partner_id, &month(before.offered_at), was.map(|part| -part)).await?;
    add(tx, after.partner_id, &month(after.offered_at), is).await
}

async fn add(tx: &Tx, partner: Uuid, month: &str, part: Part) -> Result<(), DbErr> {
    if part == [0; 5] {
        return Ok(());
    }
    hold(tx, partner).await?;
    let sql = "INSERT INTO lead_records (vendor_id, partner_id, month, answered, accepted, seconds, converted, won) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
        ON CONFLICT (vendor_id, partner_id, month) DO UPDATE SET answered = lead_records.answered + excluded.answered, \
        accepted = lead_records.accepted + excluded.accepted, seconds = lead_records.seconds + excluded.seconds, \
        converted = lead_records.converted + excluded.converted, won = lead_records.won + excluded.won";
    let values = [Value::from(tx.vendor().0), partner.into(), month.into()].into_iter().chain(part.map(Value::from));
    tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await?;
    total(tx, partner).await
}

/// Hold the partner's total until the transaction ends: who adds to another month at the same time must see this one before it sums.
async fn hold(tx: &Tx, partner: Uuid) -> Result<(), DbErr> {
    let sql = "INSERT INTO lead_totals (vendor_id, partner_id, since, answered, accepted, seconds, converted, won) VALUES ($1, $2, $3, 0, 0, 0, 0, 0) \
        ON CONFLICT (vendor_id, partner_id) DO UPDATE SET since = lead_totals.since";
    let values = [tx.vendor().0.into(), partner.into(), since(tx.now()).into()];
    tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await.map(|_| ())
}

/// Make the partner's total anew, of the months that count now.
async fn total(tx: &Tx, partner: Uuid) -> Result<(), DbErr> {
    let sql = format!(
        "UPDATE lead_totals SET since = $3, ({}) = (SELECT {} FROM lead_records WHERE vendor_id = $1 AND partner_id = $2 AND month >= $3) \
         WHERE vendor_id = $1 AND partner_id = $2",
        SUMMED.join(", "),
        SUMMED.map(|column| format!("CAST(COALESCE(SUM({column}), 0) AS bigint)")).join(", "),
    );
    let values = [tx.vendor().0.into(), partner.into(), since(tx.now()).into()];
    tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), &sql, values)).await.map(|_| ())
}

/// What totals still hold of months that no longer count, by partner. Mostly nothing: totals are made anew by every answer.
pub async fn outdated(db: &impl ConnectionTrait, vendor: VendorId, now: DateTime<Utc>) -> Result<HashMap<Uuid, Part>, DbErr> {
    let sql = format!(
        "SELECT t.partner_id, {} FROM lead_totals t JOIN lead_records r ON r.vendor_id = t.vendor_id AND r.partner_id = t.partner_id \
         AND r.month >= t.since AND r.month < $2 WHERE t.vendor_id = $1 AND t.since < $2 GROUP BY t.partner_id",
        SUMMED.map(|column| format!("CAST(SUM(r.{column}) AS bigint)")).join(", ")
    );
    let rows = db.query_all_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, [vendor.0.into(), since(now).into()])).await?;
    let read = |row: &QueryResult| {
        let mut part = [0; 5];
        for (at, into) in part.iter_mut().enumerate() {
            *into = row.try_get_by_index(at + 1)?;
        }
        Ok((row.try_get_by_index(0)?, part))
    };
    rows.iter().map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offer(outcome: &str, converted: i64, won: i64) -> OfferRow {
        let at = "2026-11-20T12:00:00Z".parse().unwrap();
        OfferRow {
            vendor_id: Uuid::nil(),
            lead_id: Uuid::nil(),
            partner_id: Uuid::nil(),
            number: 1,
            outcome: outcome.into(),
            reason: None,
            why: "{}".into(),
            offered_at: at,
            until: at,
            answered_at: None,
            seconds: Some(60),
            converted,
            won,
        }
    }

    #[test]
    fn an_offer_adds_what_was_answered_and_what_came_of_it() {
        assert_eq!(part(&offer("open", 0, 0)), [0; 5]);
        assert_eq!(part(&offer("recalled", 1, 0)), [0; 5]);
        assert_eq!(part(&offer("declined", 0, 0)), [1, 0, 60, 0, 0]);
        assert_eq!(part(&offer("accepted", 1, 1)), [1, 1, 60, 1, 1]);
        assert_eq!(part(&offer("returned", 1, 0)), [1, 0, 60, 0, 0], "what was given back led to nothing");
    }

    #[test]
    fn a_record_goes_back_a_year_by_whole_months() {
        assert_eq!(since("2026-11-20T12:00:00Z".parse().unwrap()), "2025-11");
    }
}
