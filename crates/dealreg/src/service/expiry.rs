//! The end of protection: warned of, then kept.

use super::{engagement, moves};
use crate::DealId;
use crate::decide::next_look;
use crate::events::{DealExpired, DealExpiring};
use crate::rules::Status;
use crate::store::deals;
use chrono::{DateTime, Utc};
use kernel::{Problem, Tx};
use sea_orm::DbErr;

/// The timer that looks at a protected deal: at each warning, and at the end.
pub const TIMER: &str = "deal.protection";

/// Look again at the next warning, or at the end.
pub async fn schedule(tx: &mut Tx, deal: DealId, warning_days: &[i64], until: DateTime<Utc>) -> Result<(), DbErr> {
    let due = next_look(warning_days, until, tx.now());
    tx.set_timer(TIMER, &deal.to_string(), due).await
}

/// Warn, or expire, whichever is due.
pub async fn fire(tx: &mut Tx, subject: &str) -> Result<(), Problem> {
    let Ok(id) = subject.parse::<DealId>() else { return Ok(()) };
    let Some(mut row) = deals::find(tx, tx.scope(), id).await? else { return Ok(()) };
    let (Status::Approved, Some(until)) = (row.status()?, row.protected_until) else { return Ok(()) };
    if tx.now() >= until {
        moves::end(tx, &mut row, Status::Expired).await?;
        let deal = row.whole(u64::MAX)?;
        tx.emit(DealExpired { deal, note: None });
        return Ok(());
    }
    let rules = engagement::in_force_within(tx).await?;
    let days = &rules.engagement.protection.warning_days;
    // A rules change may have moved the warnings: only a day that has come is told of.
    if days.iter().any(|days| tx.now() >= until - chrono::Duration::days(*days)) {
        let deal = row.whole(u64::MAX)?;
        tx.emit(DealExpiring { deal, note: None });
    }
    Ok(schedule(tx, id, days, until).await?)
}
