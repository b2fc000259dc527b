//! Protection that stands still while it is disputed.
//!
//! A deal's time stops when the first open dispute takes it in, and goes on when the last one ends: what was left then is left
//! now, and what was added meanwhile by an extension too. It stops for at most the rules' `freeze_days`: a protection that would have lapsed
//! before is held until then, and lapses if nobody has decided.

use super::store::{self, Freeze, PartyRow};
use crate::DealId;
use crate::engagement::Compiled;
use crate::rules::Status;
use crate::service::{engagement, expiry};
use crate::store::{claims, deals};
use chrono::{DateTime, Duration, Utc};
use kernel::{Problem, Scope, Tx};

/// Stop the time of the protected deals among these parties.
pub async fn freeze(tx: &mut Tx, parties: &[PartyRow], rules: &Compiled) -> Result<(), Problem> {
    for id in parties.iter().filter_map(PartyRow::deal) {
        let Some(row) = deals::find(tx, Scope::vendor_wide(tx.vendor()), id).await? else { continue };
        let (Status::Approved, Some(until)) = (row.status()?, row.protected_until) else { continue };
        if until <= tx.now() {
            continue;
        }
        let frozen_until = until.max(tx.now() + Duration::days(rules.engagement.disputes.freeze_days));
        let freeze = Freeze { since: tx.now(), until_before: until, frozen_until };
        if store::insert_freeze(tx, id, &freeze).await? && frozen_until != until {
            set(tx, id, frozen_until, rules).await?;
        }
    }
    Ok(())
}

/// Let the time of these deals go on, unless another dispute holds it. The dispute that ends is no longer open by now.
pub async fn thaw(tx: &mut Tx, parties: &[PartyRow]) -> Result<(), Problem> {
    let rules = engagement::in_force_within(tx).await?;
    for id in parties.iter().filter_map(PartyRow::deal) {
        if store::is_disputed(tx, tx.vendor(), id).await? {
            continue;
        }
        let Some(freeze) = store::take_freeze(tx, id).await? else { continue };
        let Some(row) = deals::find(tx, Scope::vendor_wide(tx.vendor()), id).await? else { continue };
        let (Status::Approved, Some(until)) = (row.status()?, row.protected_until) else { continue };
        set(tx, id, thawed(&freeze, until, tx.now()), &rules).await?;
    }
    Ok(())
}

/// Until when a deal is protected whose time goes on at `now`.
fn thawed(freeze: &Freeze, until: DateTime<Utc>, now: DateTime<Utc>) -> DateTime<Utc> {
    let left = freeze.until_before - freeze.since;
    let added = (until - freeze.frozen_until).max(Duration::zero());
    now + left + added
}

/// Protect a deal until `until`, in its row, its claims and its timer.
async fn set(tx: &mut Tx, id: DealId, until: DateTime<Utc>, rules: &Compiled) -> Result<(), Problem> {
    let Some(mut row) = deals::find(tx, Scope::vendor_wide(tx.vendor()), id).await? else { return Ok(()) };
    row.protected_until = Some(until);
    deals::update(tx, &mut row).await?;
    claims::hold_until(tx, id, until).await?;
    expiry::schedule(tx, id, &rules.engagement.protection.warning_days, until).await?;
    let deal = row.whole(u64::MAX)?;
    tx.emit(crate::events::DealUpdated { deal, note: None });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(at: i64) -> DateTime<Utc> {
        "2026-11-01T00:00:00Z".parse::<DateTime<Utc>>().unwrap() + Duration::days(at)
    }

    #[test]
    fn what_was_left_is_left_and_what_was_added_is_added() {
        let freeze = Freeze { since: day(10), until_before: day(15), frozen_until: day(70) };
        assert_eq!(thawed(&freeze, day(70), day(30)), day(35));
        assert_eq!(thawed(&freeze, day(100), day(30)), day(65), "an extension of 30 days");
    }
}
