//! The times of co-sell requests and of their tasks: they only tell; automations act.

use super::events::{CosellOverdue, CosellTaskOverdue};
use super::rules::CosellStatus;
use super::store::{self, Case, RequestRow};
use super::terms::CosellTerms;
use super::types::CosellUrgency;
use super::{CosellRequestId, CosellTaskId, task_store};
use crate::service::engagement::in_force_within;
use chrono::{DateTime, Duration, Utc};
use kernel::{Problem, Scope, Tx};

/// The timer that looks at a request when what it waits for is due.
pub const TIMER: &str = "cosell.clock";
/// The timer that looks at a task when it is due.
pub const TASK: &str = "cosell.task";
/// How often it is said again that a request is overdue.
const AGAIN: Duration = Duration::days(3);

/// Until when a request is to be answered, if the rules promise a time.
pub async fn answer_due(tx: &Tx, terms: &CosellTerms, urgency: CosellUrgency) -> Result<Option<DateTime<Utc>>, Problem> {
    let hours = match urgency {
        CosellUrgency::Urgent => terms.urgent_answer_hours.or(terms.answer_hours),
        CosellUrgency::Normal => terms.answer_hours,
    };
    let Some(hours) = hours else { return Ok(None) };
    let calendar = access::calendars::named(tx, Scope::vendor_wide(tx.vendor()), terms.calendar.as_deref()).await?;
    Ok(Some(calendar.after(tx.now(), Duration::hours(hours))))
}

/// The work is over: both sides have the rules' days to settle who contributed what.
pub async fn close(tx: &Tx, case: &mut Case) -> Result<(), Problem> {
    let days = in_force_within(tx).await?.engagement.cosell.closing_days;
    case.row.due_at = Some(crate::disputes::clock::after(tx, tx.now(), days).await?);
    case.row.overdue = 0;
    case.row.stand(CosellStatus::Closing);
    Ok(())
}

/// When a request has to be looked at next.
fn next(row: &RequestRow, status: CosellStatus, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let waits = matches!(status, CosellStatus::Requested | CosellStatus::Closing);
    let due = row.due_at.filter(|_| waits)?;
    Some(if row.overdue > 0 { now + AGAIN } else { due })
}

/// Set the timer to what is due next, or take it away.
pub async fn schedule(tx: &mut Tx, row: &RequestRow) -> Result<(), Problem> {
    let subject = row.id().to_string();
    match next(row, row.status()?, tx.now()) {
        Some(due) => Ok(tx.set_timer(TIMER, &subject, due).await?),
        None => Ok(tx.clear_timer(TIMER, &subject).await?),
    }
}

/// Tell that what a request waits for is overdue.
pub async fn fire(tx: &mut Tx, subject: &str) -> Result<(), Problem> {
    let Ok(id) = subject.parse::<CosellRequestId>() else { return Ok(()) };
    let Some(mut row) = store::find_to_change(tx, tx.scope(), id).await? else { return Ok(()) };
    if next(&row, row.status()?, tx.now()).is_some() && row.due_at.is_some_and(|due| tx.now() >= due) {
        row.overdue += 1;
        store::update(tx, &mut row).await?;
        let told = store::case(tx, row.clone()).await?.whole()?;
        tx.emit(CosellOverdue::of(told, None));
    }
    schedule(tx, &row).await
}

/// Tell, once, that a task was not done in time.
pub async fn fire_task(tx: &mut Tx, subject: &str) -> Result<(), Problem> {
    let Ok(id) = subject.parse::<CosellTaskId>() else { return Ok(()) };
    let Some(found) = task_store::find(tx, tx.scope(), id).await? else { return Ok(()) };
    // The request first, as whoever changes a task does.
    let Some(request) = store::find_to_change(tx, tx.scope(), CosellRequestId(found.request_id)).await? else { return Ok(()) };
    let Some(mut task) = task_store::find(tx, tx.scope(), id).await? else { return Ok(()) };
    let waits = request.status()?.is_open() && task.done_at.is_none() && task.overdue_at.is_none();
    match task.due_at.filter(|_| waits) {
        Some(due) if due <= tx.now() => {
            task.overdue_at = Some(tx.now());
            task_store::update(tx, &mut task).await?;
            tx.emit(CosellTaskOverdue::of(&task, &request)?);
            Ok(())
        }
        Some(due) => Ok(tx.set_timer(TASK, subject, due).await?),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hours: i64) -> DateTime<Utc> {
        "2026-11-20T12:00:00Z".parse::<DateTime<Utc>>().unwrap() + Duration::hours(hours)
    }

    fn row(overdue: i64) -> RequestRow {
        RequestRow {
            vendor_id: uuid::Uuid::nil(),
            id: uuid::Uuid::nil(),
            deal_id: uuid::Uuid::nil(),
            partner_id: uuid::Uuid::nil(),
            customer_name: String::new(),
            status: String::new(),
            helps: "[]".into(),
            urgency: "normal".into(),
            needs: None,
            brings: None,
            customer_contact: "free".into(),
            asked_by_side: "partner".into(),
            asked_by_id: None,
            answer: None,
            rules_version: 0,
            due_at: Some(at(8)),
            overdue,
            outcome: None,
            reason: None,
            proposal: None,
            settled: None,
            closed_at: None,
            revision: 1,
            created_at: at(0),
            updated_at: at(0),
        }
    }

    #[test]
    fn what_waits_is_looked_at_when_it_is_due_and_then_again_and_again() {
        for status in CosellStatus::ALL {
            let waits = matches!(status, CosellStatus::Requested | CosellStatus::Closing);
            assert_eq!(next(&row(0), *status, at(0)), waits.then(|| at(8)), "{status:?}");
            assert_eq!(next(&row(1), *status, at(9)), waits.then(|| at(9 + 72)), "{status:?}");
        }
    }
}
