//! What happens to an application that nobody touches: reminded of, then ended.

use super::events::{ApplicationExpired, ApplicationExpiring, ApplicationLapsed};
use super::rules::ApplicationStatus;
use super::store::{self, ApplicationRow};
use super::{ApplicationId, versions};
use chrono::{DateTime, Duration, Utc};
use kernel::{Problem, Tx};

/// The timer that looks at a draft, or at a question.
pub const TIMER: &str = "application.due";

/// The application ends at `until` unless its applicant acts.
pub async fn schedule(tx: &mut Tx, row: &mut ApplicationRow, until: DateTime<Utc>) -> Result<(), Problem> {
    row.expires_at = Some(until);
    let remind = reminder(tx, until).await?;
    let due = if remind > tx.now() { remind } else { until };
    Ok(tx.set_timer(TIMER, &row.id().to_string(), due).await?)
}

/// When the applicant is reminded; the end itself, if never.
async fn reminder(tx: &Tx, until: DateTime<Utc>) -> Result<DateTime<Utc>, Problem> {
    Ok(until - Duration::days(versions::in_force_within(tx).await?.rules.remind_days))
}

/// Remind or end, whichever is due.
pub async fn fire(tx: &mut Tx, subject: &str) -> Result<(), Problem> {
    let Ok(id) = subject.parse::<ApplicationId>() else { return Ok(()) };
    let Some(mut row) = store::find_to_change(tx, id).await? else { return Ok(()) };
    let Some(until) = row.expires_at else { return Ok(()) };
    let status = row.status()?;
    if !matches!(status, ApplicationStatus::Draft | ApplicationStatus::InformationRequested) {
        return Ok(());
    }
    if tx.now() < until {
        if reminder(tx, until).await? <= tx.now() {
            tx.emit(ApplicationExpiring { application: row.told()? });
        }
        let reminded = reminder(tx, until).await?;
        let due = if reminded > tx.now() { reminded } else { until };
        return Ok(tx.set_timer(TIMER, subject, due).await?);
    }
    let draft = status == ApplicationStatus::Draft;
    row.stand(if draft { ApplicationStatus::Expired } else { ApplicationStatus::Lapsed });
    store::update(tx, &mut row).await?;
    let application = row.told()?;
    if draft {
        tx.emit(ApplicationExpired { application })
    } else {
        tx.emit(ApplicationLapsed { application })
    }
    Ok(())
}
