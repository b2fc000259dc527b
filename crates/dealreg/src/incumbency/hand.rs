//! What the vendor does with incumbencies by hand: move one to another partner, or end it.

use super::IncumbencyId;
use super::service::{end, start};
use super::store::{self, IncumbencyRow};
use super::types::{Incumbency, IncumbencyEnd, IncumbencyMove, IncumbencyStatus as Status};
use crate::error;
use kernel::{Problem, Tx};

/// The incumbency, if it still stands.
async fn standing(tx: &Tx, id: IncumbencyId) -> Result<IncumbencyRow, Problem> {
    let row = store::find(tx, tx.scope(), id).await?.ok_or_else(Problem::not_found)?;
    if tx.actor().request.if_match.is_some() {
        tx.actor().require_match(row.revision)?;
    }
    if row.status()?.is_live() { Ok(row) } else { Err(Problem::new(error::INCUMBENCY_OVER)) }
}

/// Move it: one partner's ends, another's begins with the same dates, and neither reads of the other.
pub async fn move_on(tx: &mut Tx, id: IncumbencyId, body: IncumbencyMove) -> Result<Incumbency, Problem> {
    let mut row = standing(tx, id).await?;
    let partner = partners::find(tx, tx.scope(), body.partner_id).await?;
    let partner = partner.ok_or_else(|| Problem::invalid("/partner_id", "no_such_partner", "There is no such partner."))?;
    if partner.status != partners::PartnerStatus::Active {
        return Err(Problem::new(error::PARTNER_INACTIVE));
    }
    if row.partner() == body.partner_id {
        return Err(Problem::new(error::INCUMBENCY_SAME));
    }
    let (held, found) = store::keys(tx, &row).await?;
    let next = IncumbencyRow {
        id: IncumbencyId::fresh().0,
        partner_id: body.partner_id.0,
        moved_from: Some(row.id),
        renewal_deal_id: None,
        status: Status::Holding.wire().to_owned(),
        reason: Some(body.reason.clone()),
        revision: 1,
        created_at: tx.now(),
        updated_at: tx.now(),
        ..row.clone()
    };
    end(tx, &mut row, Status::Ended, Some(&body.reason)).await?;
    store::insert(tx, &next).await?;
    if store::hold(tx, &next, &held, &found).await? < held.len() as u64 {
        return Err(Problem::new(kernel::problem::kinds::CONFLICT).detail("Another partner became the incumbent at the same moment."));
    }
    let id = next.id();
    start(tx, next).await?;
    let moved = store::find(tx, tx.scope(), id).await?.ok_or_else(|| Problem::internal("an incumbency that was just begun is not there"))?;
    moved.seen_by(tx.actor())
}

/// End it.
pub async fn end_by_hand(tx: &mut Tx, id: IncumbencyId, body: IncumbencyEnd) -> Result<Incumbency, Problem> {
    let mut row = standing(tx, id).await?;
    row.renewal_deal_id = None;
    end(tx, &mut row, Status::Ended, Some(&body.reason)).await?;
    row.seen_by(tx.actor())
}
