//! The open deals of a partner that leaves: released, handed over, or shown to its manager.

use super::events::DealHandoverDue;
use super::hand_over::{OPEN, give, open_of};
use super::{BATCH, LEFT};
use crate::DealId;
use crate::events::{DealReleased, DealWithdrawn};
use crate::rules::Status;
use crate::service::moves;
use crate::store::deals::{self, DealRow};
use futures::future::BoxFuture;
use kernel::id::PartnerId;
use kernel::{Problem, Scope, Tx};
use partners::ports::{Handed, Handing, Leaving, PartnerDealsGo};
use uuid::Uuid;

/// A partner's open deals.
pub struct Deals;

impl Leaving for Deals {
    fn part(&self) -> &'static str {
        "deals"
    }

    fn count<'a>(&'a self, tx: &'a Tx, partner: PartnerId) -> BoxFuture<'a, Result<i64, Problem>> {
        Box::pin(async move { Ok(deals::count_of(tx, Scope::vendor_wide(tx.vendor()), partner, OPEN).await? as i64) })
    }

    fn step<'a>(&'a self, tx: &'a mut Tx, handing: &'a Handing, after: Uuid) -> BoxFuture<'a, Result<Handed, Problem>> {
        Box::pin(async move {
            let rows = open_of(tx, handing.partner, after, BATCH).await?;
            let mut handed = Handed { next: rows.last().filter(|_| rows.len() as u64 == BATCH).map(|row| row.id), ..Handed::default() };
            for row in rows {
                let id = row.id();
                let outcome = tx.attempt(async |tx| part_with(tx, id, handing).await).await?;
                handed.count(&id.to_string(), outcome)?;
            }
            Ok(handed)
        })
    }
}

async fn part_with(tx: &mut Tx, id: DealId, handing: &Handing) -> Result<(), Problem> {
    let Some(mut row) = deals::find_to_change(tx, tx.scope(), id).await? else { return Ok(()) };
    let status = row.status()?;
    if !OPEN.contains(&status) || row.partner() != handing.partner {
        return Ok(());
    }
    match (handing.deals, handing.successor) {
        // What was never handed in is nobody's work but the partner's.
        _ if status == Status::Draft => end(tx, &mut row, Status::Withdrawn).await,
        (PartnerDealsGo::ToSuccessor, Some(successor)) => give(tx, row, successor, Some(LEFT.into())).await.map(|_| ()),
        (PartnerDealsGo::Release, _) if status == Status::Approved => end(tx, &mut row, Status::Released).await,
        (PartnerDealsGo::Release, _) => end(tx, &mut row, Status::Withdrawn).await,
        (PartnerDealsGo::ToManager | PartnerDealsGo::ToSuccessor, _) => {
            tx.emit(DealHandoverDue { deal: row.whole(u64::MAX)? });
            Ok(())
        }
    }
}

async fn end(tx: &mut Tx, row: &mut DealRow, status: Status) -> Result<(), Problem> {
    moves::end(tx, row, status).await?;
    let (deal, note) = (row.clone().whole(u64::MAX)?, Some(LEFT.to_owned()));
    match status {
        Status::Released => tx.emit(DealReleased { deal, note }),
        _ => tx.emit(DealWithdrawn { deal, note }),
    }
    Ok(())
}
