//! Use cases: move a partner along, suspend and reinstate it; in the caller's transaction.

use super::events::PartnerStatusChangedEvent;
use super::history;
use super::rules::{self, PartnerAction, PartnerStatus};
use crate::error;
use crate::events::{PartnerReinstatedEvent, PartnerSuspendedEvent, PartnerUpdatedEvent};
use crate::resource::Partner;
use crate::store::{self, partner};
use kernel::id::PartnerId;
use kernel::text::tidy;
use kernel::{Problem, Tx};

/// The partner, if its status allows `action`.
pub async fn find_for(tx: &Tx, id: PartnerId, action: PartnerAction) -> Result<partner::Model, Problem> {
    let row = store::find_to_change(tx, id).await?.ok_or_else(Problem::not_found)?;
    if rules::legal_actions(row.status).contains(&action) { Ok(row) } else { Err(illegal_move(&row)) }
}

/// 409 with the legal moves.
pub fn illegal_move(row: &partner::Model) -> Problem {
    Problem::new(error::ILLEGAL_MOVE).with("legal_actions", rules::legal_actions(row.status))
}

/// Take a plain action.
pub async fn take(tx: &mut Tx, id: PartnerId, action: PartnerAction, reason: Option<String>) -> Result<partner::Model, Problem> {
    let row = find_for(tx, id, action).await?;
    let to = action.leads_to().ok_or_else(|| Problem::internal("no plain move"))?;
    to_status(tx, row, to, action.wire(), reason).await
}

/// Move a partner that was found for it, and tell of it.
pub async fn to_status(tx: &mut Tx, row: partner::Model, to: PartnerStatus, action: &str, reason: Option<String>) -> Result<partner::Model, Problem> {
    let from = row.status;
    let reason = reason.as_deref().map(tidy);
    let row = store::save(tx, partner::Model { status: to, status_reason: reason, suspended_from: None, ..row }).await?;
    let partner = Partner::whole(&row);
    tx.emit(PartnerUpdatedEvent { partner, changed: vec!["status".into()] });
    told(tx, &row, from, action).await?;
    Ok(row)
}

/// Keep and tell that a partner, already stored, has come from `from` to where it now is.
pub async fn told(tx: &mut Tx, row: &partner::Model, from: PartnerStatus, action: &str) -> Result<(), Problem> {
    history::keep(tx, row, Some(from), action).await?;
    tx.emit(PartnerStatusChangedEvent { partner: Partner::whole(row), from, to: row.status, action: action.to_owned() });
    Ok(())
}

/// Shut a partner out; its people's tokens stop working at once.
pub async fn suspend(tx: &mut Tx, id: PartnerId, reason: String) -> Result<Partner, Problem> {
    let row = find_for(tx, id, PartnerAction::Suspend).await?;
    let (reason, before) = (Some(tidy(&reason)), row.status);
    let suspended = partner::Model { status: PartnerStatus::Suspended, status_reason: reason, suspended_from: Some(before), ..row };
    let row = store::save(tx, suspended).await?;
    history::keep(tx, &row, Some(before), PartnerAction::Suspend.wire()).await?;
    tx.emit(PartnerSuspendedEvent { partner: Partner::whole(&row) });
    Ok(Partner::seen_by(tx.actor(), &row))
}

/// Let a suspended partner in again, to where it stood before.
pub async fn reinstate(tx: &mut Tx, id: PartnerId) -> Result<Partner, Problem> {
    let row = find_for(tx, id, PartnerAction::Reinstate).await?;
    let status = rules::reinstated(row.suspended_from);
    let row = store::save(tx, partner::Model { status, status_reason: None, suspended_from: None, ..row }).await?;
    history::keep(tx, &row, Some(PartnerStatus::Suspended), PartnerAction::Reinstate.wire()).await?;
    tx.emit(PartnerReinstatedEvent { partner: Partner::whole(&row) });
    Ok(Partner::seen_by(tx.actor(), &row))
}
