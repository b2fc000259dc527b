//! What happens to an agreement that waits: whose turn it is gets reminded, and in the end it expires.

use super::events::{AgreementExpired, AgreementReminded};
use super::rules::AgreementStatus;
use super::service::Whole;
use super::store::{self, AgreementRow};
use super::{AgreementId, AgreementTemplateId, outside};
use chrono::Duration;
use kernel::{Problem, Tx};

/// The timer that looks at an agreement that waits.
pub const TIMER: &str = "agreement.due";

/// Look again after the time between reminders, or when it expires.
pub async fn schedule(tx: &mut Tx, row: &AgreementRow, remind_every: Option<i64>) -> Result<(), Problem> {
    let Some(until) = row.expires_at else { return Ok(()) };
    let next = remind_every.map(|days| tx.now() + Duration::days(days)).filter(|next| *next < until);
    Ok(tx.set_timer(TIMER, &row.id().to_string(), next.unwrap_or(until)).await?)
}

/// Remind or expire, whichever is due.
pub async fn fire(tx: &mut Tx, subject: &str) -> Result<(), Problem> {
    let Ok(id) = subject.parse::<AgreementId>() else { return Ok(()) };
    let Some(row) = store::hold(tx, id).await? else { return Ok(()) };
    if !row.status()?.is_live() {
        return Ok(());
    }
    let mut whole = Whole::of(tx, row).await?;
    if whole.row.expires_at.is_some_and(|until| until <= tx.now()) {
        // Until the service outside has ended it, somebody may sign it there.
        if outside::take_back(tx, &mut whole, AgreementStatus::Expired, None).await? {
            return Ok(());
        }
        whole.end(tx, AgreementStatus::Expired, None).await?;
        tx.emit(AgreementExpired { agreement: whole.told()? });
        return Ok(());
    }
    if whole.request.is_some() {
        return schedule(tx, &whole.row, None).await;
    }
    let template = store::template(tx, tx.vendor(), AgreementTemplateId(whole.row.template_id)).await?;
    let every = match template {
        Some(template) => template.body()?.remind_every_days,
        None => None,
    };
    tx.emit(AgreementReminded { agreement: whole.told()? });
    schedule(tx, &whole.row, every).await
}
