//! Registering a deal: decided, stored and told in one write.

use super::ground::Ground;
use super::{expiry, moves};
use crate::DealId;
use crate::conflict::ranked;
use crate::decide::{self, Decision, Outcome};
use crate::events::{DealApproved, DealDrafted, DealInReview, DealRejected};
use crate::review;
use crate::rules::{Action, Status};
use crate::sight::Sight;
use crate::store::deals::DealRow;
use crate::store::{claims, deals};
use crate::types::{Deal, DealCheck, DealRegister};
use chrono::{DateTime, Utc};
use kernel::{Problem, Tx};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What the machine saw and answered, kept beside the deal so that any rules can be tried on it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Seen {
    /// The facts, as rules see them.
    pub facts: Value,
    /// The machine's own answer, whatever a person decided later.
    pub outcome: Outcome,
    /// Whether another deal held a key.
    pub unclaimable: bool,
}

/// Register: decide at once, or keep as a draft.
pub async fn register(tx: &mut Tx, new: DealRegister, mut ground: Ground) -> Result<Deal, Problem> {
    kernel::fields::check(tx, "deal", &new.custom_fields).await?;
    let mut row = DealRow::of(tx, ground.partner, &new, Status::Draft);
    if !new.draft {
        answer(tx, &mut row, &new, &mut ground).await?;
    }
    deals::insert(tx, &row).await?;
    tell(tx, &row, None)?;
    row.show(tx, tx.actor()).await
}

/// Have a deal that is there decided: a draft handed in, or a question answered.
pub async fn decide_again(tx: &mut Tx, id: DealId, action: Action, mut ground: Ground, note: Option<String>) -> Result<Deal, Problem> {
    let mut row = moves::ready(tx, id, action).await?;
    // The ground was laid for the deal as it was then; what changed since would be decided unseen.
    if ground.itself != Some((id, row.revision)) {
        return Err(Problem::new(kernel::problem::kinds::STALE));
    }
    let new = row.registration()?;
    claims::release(tx, id).await?;
    answer(tx, &mut row, &new, &mut ground).await?;
    deals::update(tx, &mut row).await?;
    tell(tx, &row, note)?;
    row.show(tx, tx.actor()).await
}

/// What would be answered, without registering; run in a write that is thrown away.
pub async fn check(tx: &mut Tx, new: DealRegister, mut ground: Ground) -> Result<DealCheck, Problem> {
    kernel::fields::check(tx, "deal", &new.custom_fields).await?;
    let mut row = DealRow::of(tx, ground.partner, &new, Status::Draft);
    let decision = answer(tx, &mut row, &new, &mut ground).await?;
    let told = Sight::of(tx, tx.actor(), [&decision]).await?.decision(decision);
    Ok(DealCheck { status: row.status()?, decision: told, protected_until: row.protected_until })
}

/// Decide, take or wait for the customer's keys, and write the answer into the row.
async fn answer(tx: &mut Tx, row: &mut DealRow, new: &DealRegister, ground: &mut Ground) -> Result<Decision, Problem> {
    let now = tx.now();
    meet_holders(tx, ground).await?;
    let (mut facts, mut decision) = decided(new, ground, false, now);
    let (mut until, mut unclaimable) = (None, false);
    if decision.outcome == Outcome::Approved {
        until = Some(decide::protected_until(&ground.rules, new, now));
        if !take(tx, row, ground, until).await? {
            // Somebody was faster, between the look and the claim: look again, and never approve.
            claims::release(tx, row.id()).await?;
            meet_holders(tx, ground).await?;
            (unclaimable, until) = (true, None);
            (facts, decision) = decided(new, ground, unclaimable, now);
        }
    }
    if decision.outcome == Outcome::InReview {
        claims::wait(tx, row.id(), ground.partner, &ground.all_keys()).await?;
    }
    let seen = Seen { facts, outcome: decision.outcome, unclaimable };
    row.account_id = ground.account;
    row.decide(&decision, &serde_json::to_value(&seen).map_err(Problem::internal)?, until);
    review::begin_or_end(tx, row, &ground.rules).await?;
    if let Some(until) = until {
        expiry::schedule(tx, row.id(), &ground.rules.engagement.protection.warning_days, until).await?;
    }
    Ok(decision)
}

/// Compare with the deals that hold, or wait for, this customer's exact keys now.
async fn meet_holders(tx: &Tx, ground: &mut Ground) -> Result<(), Problem> {
    let everybody = kernel::Scope::vendor_wide(tx.vendor());
    let holders = claims::holders(tx, everybody, &ground.all_keys()).await?;
    let new: Vec<_> = holders.iter().map(|holder| holder.deal).filter(|deal| !ground.compared.contains(deal)).collect();
    let rivals = deals::by_ids(tx, everybody, &new).await?;
    ground.compare_deals(&rivals, tx.now())
}

async fn take(tx: &Tx, row: &DealRow, ground: &Ground, until: Option<DateTime<Utc>>) -> Result<bool, Problem> {
    let keys = ground.claimed_keys();
    let until = until.unwrap_or(tx.now());
    let had = claims::claim(tx, row.id(), ground.partner, &keys, until).await?;
    Ok(had == keys.len() as u64)
}

fn decided(new: &DealRegister, ground: &Ground, unclaimable: bool, now: DateTime<Utc>) -> (Value, Decision) {
    let conflicts = ranked(ground.conflicts.clone());
    let facts = decide::facts(new, &ground.facts, &conflicts, now);
    let decision = decide::decide(&ground.rules, &facts, conflicts, unclaimable, now);
    (facts, decision)
}

/// Emit the event of the status that a deal was decided into.
pub fn tell(tx: &mut Tx, row: &DealRow, note: Option<String>) -> Result<(), Problem> {
    let deal = row.clone().whole(u64::MAX)?;
    match deal.status {
        Status::Approved => tx.emit(DealApproved { deal, note }),
        Status::Rejected => tx.emit(DealRejected { deal, note }),
        Status::Draft => tx.emit(DealDrafted { deal, note }),
        _ => tx.emit(DealInReview { deal, note }),
    }
    Ok(())
}
