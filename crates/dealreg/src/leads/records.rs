//! What partners did with their leads: a small sum for each of them and month, moved in the write that moves the offer.
//!
//! An offer counts in the month in which it was made. A partner's record is that of the month a year ago and of all since.

use super::store::OfferRow;
use chrono::{DateTime, Duration, Utc};
use kernel::Tx;
use sea_orm::{ConnectionTrait, DbErr, Statement, Value};
use uuid::Uuid;

/// How far back a partner's record goes.
const PAST: Duration = Duration::days(365);

/// What one offer adds: answered, accepted, seconds, converted, won.
type Part = [i64; 5];

/// From which month on offers count.
pub fn since(now: DateTime<Utc>) -> String {
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
    let sql = "INSERT INTO lead_records (vendor_id, partner_id, month, answered, accepted, seconds, converted, won) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
        ON CONFLICT (vendor_id, partner_id, month) DO UPDATE SET answered = lead_records.answered + excluded.answered, \
        accepted = lead_records.accepted + excluded.accepted, seconds = lead_records.seconds + excluded.seconds, \
        converted = lead_records.converted + excluded.converted, won = lead_records.won + excluded.won";
    let values = [Value::from(tx.vendor().0), partner.into(), month.into()].into_iter().chain(part.map(Value::from));
    tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await.map(|_| ())
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
