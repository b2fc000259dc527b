//! The leads that a partner has when it leaves: taken back, and offered to the next.

use super::{BATCH, LEFT};
use crate::leads::rules::LeadStatus;
use crate::leads::{LeadId, moves, place, store};
use futures::future::BoxFuture;
use kernel::id::PartnerId;
use kernel::{Problem, Scope, Tx};
use partners::ports::{Handed, Handing, Leaving};
use uuid::Uuid;

/// A partner's open leads.
pub struct Leads;

/// What a partner is asked about, or works on.
const OPEN: &[LeadStatus] = &[LeadStatus::Offered, LeadStatus::Accepted, LeadStatus::Working];

impl Leaving for Leads {
    fn part(&self) -> &'static str {
        "leads"
    }

    fn count<'a>(&'a self, tx: &'a Tx, partner: PartnerId) -> BoxFuture<'a, Result<i64, Problem>> {
        Box::pin(async move { Ok(store::count_of(tx, Scope::vendor_wide(tx.vendor()), partner, OPEN).await? as i64) })
    }

    fn step<'a>(&'a self, tx: &'a mut Tx, handing: &'a Handing, after: Uuid) -> BoxFuture<'a, Result<Handed, Problem>> {
        Box::pin(async move {
            let rows = store::in_status_of(tx, Scope::vendor_wide(tx.vendor()), handing.partner, OPEN, after, BATCH).await?;
            let mut handed = Handed { next: rows.last().filter(|_| rows.len() as u64 == BATCH).map(|row| row.id), ..Handed::default() };
            for row in rows {
                let id = row.id();
                let outcome = tx.attempt(async |tx| pass_on(tx, id).await).await?;
                handed.count(&id.to_string(), outcome)?;
            }
            Ok(handed)
        })
    }
}

async fn pass_on(tx: &mut Tx, id: LeadId) -> Result<(), Problem> {
    moves::recall(tx, id, LEFT.to_owned()).await?;
    let mut row = store::find(tx, tx.scope(), id).await?.ok_or_else(Problem::not_found)?;
    place::distribute(tx, &mut row).await
}
