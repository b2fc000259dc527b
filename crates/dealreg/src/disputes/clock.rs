//! The times of a dispute: none is left without somebody, or a timer, that moves it on.

use super::DisputeId;
use super::events::{DisputeClosed, DisputeDueSoon, DisputeOverdue, DisputeUnderReview};
use super::rules::Stage;
use super::service::Case;
use super::store::{self, DisputeRow};
use chrono::{DateTime, Duration, Utc};
use kernel::calendar::Calendar;
use kernel::{Problem, Scope, Tx};

/// The timer that looks at a dispute when something is due.
pub const TIMER: &str = "dispute.clock";
/// How long before the due time the reviewer is reminded.
const WARNING: Duration = Duration::days(1);
/// How often it is said again that a dispute is overdue.
const AGAIN: Duration = Duration::days(3);

/// The time `days` of work after `from`, by the vendor's business calendar; without one, every day counts.
pub async fn after(tx: &Tx, from: DateTime<Utc>, days: i64) -> Result<DateTime<Utc>, Problem> {
    let calendar = access::calendars::named(tx, Scope::vendor_wide(tx.vendor()), None).await?;
    Ok(working_days(&calendar, from, days))
}

/// Days on which nobody works do not count; of those of a year at most.
fn working_days(calendar: &Calendar, from: DateTime<Utc>, days: i64) -> DateTime<Utc> {
    let (mut at, mut left) = (from, days);
    for _ in 0..366 {
        if left <= 0 {
            break;
        }
        let next = at + Duration::days(1);
        left -= i64::from(calendar.between(at, next) > Duration::zero());
        at = next;
    }
    at
}

/// When a dispute has to be looked at next.
fn next(row: &DisputeRow, stage: Stage, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    match stage {
        Stage::Statements => Some(row.statements_until),
        Stage::UnderReview | Stage::Appealed => {
            let due = row.due_at?;
            if row.overdue > 0 {
                return Some(now + AGAIN);
            }
            Some(if row.warned || due - WARNING <= now { due } else { due - WARNING })
        }
        Stage::Decided => row.appeal_until,
        Stage::Closed | Stage::Settled | Stage::Withdrawn => None,
    }
}

/// Set the timer to what is due next, or take it away.
pub async fn schedule(tx: &mut Tx, row: &DisputeRow) -> Result<(), Problem> {
    let subject = row.id().to_string();
    match next(row, row.stage()?, tx.now()) {
        Some(due) => Ok(tx.set_timer(TIMER, &subject, due).await?),
        None => Ok(tx.clear_timer(TIMER, &subject).await?),
    }
}

/// Do what is due.
pub async fn fire(tx: &mut Tx, subject: &str) -> Result<(), Problem> {
    let Ok(id) = subject.parse::<DisputeId>() else { return Ok(()) };
    let Some(mut case) = Case::find(tx, id).await? else { return Ok(()) };
    let now = tx.now();
    match case.row.stage()? {
        Stage::Statements if now >= case.row.statements_until => {
            case.row.stage = Stage::UnderReview.wire().to_owned();
            store::update(tx, &mut case.row).await?;
            let dispute = case.whole()?;
            tx.emit(DisputeUnderReview { dispute });
        }
        Stage::UnderReview | Stage::Appealed => match case.row.due_at {
            Some(due) if now >= due => {
                case.row.overdue += 1;
                store::update(tx, &mut case.row).await?;
                let dispute = case.whole()?;
                tx.emit(DisputeOverdue { dispute, times: case.row.overdue });
            }
            Some(due) if now >= due - WARNING && !case.row.warned => {
                case.row.warned = true;
                store::update(tx, &mut case.row).await?;
                let dispute = case.whole()?;
                tx.emit(DisputeDueSoon { dispute });
            }
            _ => {}
        },
        Stage::Decided if case.row.appeal_until.is_none_or(|until| now >= until) => {
            case.row.stage = Stage::Closed.wire().to_owned();
            case.row.appeal_until = None;
            store::update(tx, &mut case.row).await?;
            let dispute = case.whole()?;
            tx.emit(DisputeClosed { dispute });
        }
        _ => {}
    }
    schedule(tx, &case.row).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hours: i64) -> DateTime<Utc> {
        "2026-11-20T12:00:00Z".parse::<DateTime<Utc>>().unwrap() + Duration::hours(hours)
    }

    fn row() -> DisputeRow {
        DisputeRow {
            vendor_id: uuid::Uuid::nil(),
            id: uuid::Uuid::nil(),
            stage: "statements".into(),
            pair: None,
            opened_by_kind: "person".into(),
            opened_by_id: String::new(),
            opened_by_party: true,
            reviewer_id: None,
            nobody_neutral: true,
            reviewed_before: "[]".into(),
            statements_until: at(120),
            due_at: Some(at(360)),
            warned: false,
            overdue: 0,
            appeal_until: Some(at(600)),
            appealed_by: None,
            proposal: None,
            decision: None,
            first_decision: None,
            rules_version: 0,
            revision: 1,
            created_at: at(0),
            updated_at: at(0),
        }
    }

    #[test]
    fn every_stage_but_an_end_is_looked_at_again() {
        for stage in Stage::ALL {
            let ends = matches!(stage, Stage::Closed | Stage::Settled | Stage::Withdrawn);
            assert_eq!(next(&row(), *stage, at(0)).is_none(), ends, "{stage:?}");
        }
    }

    #[test]
    fn days_on_which_nobody_works_do_not_count() {
        let all = Calendar::default();
        assert_eq!(working_days(&all, at(0), 5), at(120));
        let week = std::array::from_fn(|day| if day < 5 { vec![kernel::calendar::Span { from: 540, until: 1020 }] } else { Vec::new() });
        let office = Calendar::new("Europe/Berlin", week, ["2026-11-23".parse().unwrap()]).unwrap();
        // Friday noon; the Monday after is a holiday.
        assert_eq!(working_days(&office, at(0), 5), at(24 * 7));
    }

    #[test]
    fn a_reminder_comes_before_the_due_time_and_after_it_again_and_again() {
        assert_eq!(next(&row(), Stage::UnderReview, at(0)), Some(at(336)));
        assert_eq!(next(&DisputeRow { warned: true, ..row() }, Stage::UnderReview, at(336)), Some(at(360)));
        assert_eq!(next(&DisputeRow { overdue: 2, ..row() }, Stage::UnderReview, at(400)), Some(at(472)));
    }
}
