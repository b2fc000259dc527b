//! The referrals of a partner that leaves: those that are open are closed, and what was earned stays due.

use super::{BATCH, LEFT};
use crate::referrals::rules::ReferralStatus;
use crate::referrals::{service, store};
use futures::future::BoxFuture;
use kernel::id::PartnerId;
use kernel::{Problem, Scope, Tx};
use partners::ports::{Handed, Handing, Leaving, PartnerOpenMoney};
use uuid::Uuid;

/// A partner's open referrals, and what its won ones have earned.
pub struct Referrals;

const OPEN: &[ReferralStatus] = &[ReferralStatus::Submitted, ReferralStatus::Accepted];

impl Leaving for Referrals {
    fn part(&self) -> &'static str {
        "referrals"
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
                let outcome = tx.attempt(async |tx| service::withdraw(tx, id, Some(LEFT.to_owned())).await.map(|_| ())).await?;
                handed.count(&id.to_string(), outcome)?;
            }
            Ok(handed)
        })
    }

    fn owed<'a>(&'a self, tx: &'a Tx, partner: PartnerId) -> BoxFuture<'a, Result<Vec<PartnerOpenMoney>, Problem>> {
        Box::pin(async move {
            let sums = store::due_to(tx, tx.vendor(), partner).await?;
            Ok(sums.into_iter().map(|(count, amount)| PartnerOpenMoney { source: "referral_rewards".into(), count, amount }).collect())
        })
    }
}
