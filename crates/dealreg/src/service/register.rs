//! Registering a deal: decided, stored and told in one write.

use super::ground::Ground;
use super::{expiry, moves, watch};
use crate::DealId;
use crate::assignment;
use crate::commercial::estimates;
use crate::conflict::{ConflictKind, ranked};
use crate::cosell::{self, CosellRequestId};
use crate::decide::{self, Decision, Outcome};
use crate::events::{DealApproved, DealDrafted, DealInReview, DealRejected};
use crate::incumbency;
use crate::pricing;
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
    #[serde(deserialize_with = "incumbency::completed")]
    pub facts: Value,
    /// The machine's own answer, whatever a person decided later.
    pub outcome: Outcome,
    /// Whether another deal held a key.
    pub unclaimable: bool,
}

/// Register: decide at once, or keep as a draft.
pub async fn register(tx: &mut Tx, new: DealRegister, ground: Ground) -> Result<Deal, Problem> {
    register_from(tx, new, ground, None).await
}

/// The same for a deal that comes from something: its kind and id.
pub async fn register_from(tx: &mut Tx, new: DealRegister, mut ground: Ground, source: Option<(&str, uuid::Uuid)>) -> Result<Deal, Problem> {
    kernel::fields::check(tx, "deal", &new.custom_fields).await?;
    check_help(tx, &new, &ground)?;
    let mut row = DealRow::of(tx, ground.partner, &new, Status::Draft);
    (row.source_kind, row.source_id) = (source.map(|(kind, _)| kind.to_owned()), source.map(|(_, id)| id));
    if !new.draft {
        answer(tx, &mut row, &new, &mut ground).await?;
    }
    let help = new.cosell.filter(|_| row.status().is_ok_and(Status::is_live)).map(|ask| (CosellRequestId::fresh(), ask));
    row.cosell_request_id = help.as_ref().map(|(id, _)| id.0);
    deals::insert(tx, &row).await?;
    tell(tx, &row, None)?;
    incumbency::registered(tx, &row, &ground.incumbent.renews).await?;
    estimates::give(tx, &row).await?;
    if let Some((id, ask)) = help {
        cosell::ask_with(tx, &row, id, ask).await?;
    }
    row.show(tx, tx.actor()).await
}

/// 422 unless the help that is asked for with it can be.
fn check_help(tx: &Tx, new: &DealRegister, ground: &Ground) -> Result<(), Problem> {
    match &new.cosell {
        None => Ok(()),
        Some(_) if new.draft => Err(Problem::invalid("/cosell", "not_allowed", "Nothing is asked with a draft; ask for help once it is submitted.")),
        Some(ask) => cosell::check_asked(tx.actor(), &ground.rules.engagement.cosell, ask, "/cosell"),
    }
}

/// Have a deal that is there decided: a draft handed in, or a question answered.
pub async fn decide_again(tx: &mut Tx, id: DealId, action: Action, mut ground: Ground, note: Option<String>) -> Result<Deal, Problem> {
    let mut row = moves::ready(tx, id, action).await?;
    // The ground was laid for the deal as it was then; what changed since would be decided unseen.
    if ground.itself != Some((id, row.revision)) {
        return Err(Problem::new(kernel::problem::kinds::STALE));
    }
    let new = row.registration()?;
    ground.reserved = watch::is_offered(tx, id).await?;
    claims::release(tx, id).await?;
    answer(tx, &mut row, &new, &mut ground).await?;
    deals::update(tx, &mut row).await?;
    tell(tx, &row, note)?;
    incumbency::registered(tx, &row, &ground.incumbent.renews).await?;
    if row.status()? == Status::Rejected {
        pricing::deal_ended(tx, &row).await?;
    }
    estimates::give(tx, &row).await?;
    watch::decided(tx, &row).await?;
    row.show(tx, tx.actor()).await
}

/// What would be answered, without registering; run in a write that is thrown away.
pub async fn check(tx: &mut Tx, new: DealRegister, mut ground: Ground) -> Result<DealCheck, Problem> {
    kernel::fields::check(tx, "deal", &new.custom_fields).await?;
    check_help(tx, &new, &ground)?;
    let mut row = DealRow::of(tx, ground.partner, &new, Status::Draft);
    let decision = answer(tx, &mut row, &new, &mut ground).await?;
    let told = Sight::of(tx, tx.actor(), [&decision]).await?.decision(decision);
    let estimate = estimates::preview(tx, &new, &ground).await?;
    Ok(DealCheck { status: row.status()?, decision: told, protected_until: row.protected_until, estimate })
}

/// Decide, take or wait for the customer's keys, and write the answer into the row.
async fn answer(tx: &mut Tx, row: &mut DealRow, new: &DealRegister, ground: &mut Ground) -> Result<Decision, Problem> {
    let (now, was) = (tx.now(), row.status.clone());
    meet_holders(tx, ground).await?;
    ground.incumbent = incumbency::look(tx, new, ground).await?;
    row.renews_id = ground.incumbent.renews.first().map(|id| id.0);
    let (mut facts, mut decision) = decided(new, ground, false, now);
    let (mut until, mut unclaimable) = (None, false);
    if decision.outcome == Outcome::Approved {
        until = Some(decide::protected_until(&ground.rules, new, now));
        // What is kept for another deal of this partner, which waited for it, is this one's too.
        let had = take(tx, row, new, ground, until).await? || watch::yields(tx, ground.partner).await? && take(tx, row, new, ground, until).await?;
        if !had {
            // Somebody was faster, between the look and the claim: look again, and never approve.
            claims::release(tx, row.id()).await?;
            meet_holders(tx, ground).await?;
            (unclaimable, until) = (true, None);
            (facts, decision) = decided(new, ground, unclaimable, now);
        }
    }
    // An approved deal is found by the keys that it cannot hold as well: what one side of a comparison meets, the other does.
    if matches!(decision.outcome, Outcome::InReview | Outcome::Approved) {
        claims::wait(tx, row.id(), ground.partner, &ground.all_keys()).await?;
    }
    row.channel_manager_id = assignment::channel_manager(&ground.rules, &facts).map(|person| person.0);
    let seen = Seen { facts, outcome: decision.outcome, unclaimable };
    // It may have been merged into another since it was looked for.
    row.account_id = match ground.account {
        Some(account) => crm::survivor_of(tx, account).await?,
        None => None,
    };
    row.decide(&decision, &serde_json::to_value(&seen).map_err(Problem::internal)?, until);
    if decision.outcome == Outcome::InReview {
        assignment::enter(tx, row, &was).await?;
    }
    review::begin_or_end(tx, row, &ground.rules).await?;
    if let Some(until) = until {
        expiry::schedule(tx, row.id(), &ground.rules.engagement.protection.warning_days, until).await?;
    }
    Ok(decision)
}

/// Compare with the deals that hold, or wait for, this customer's exact keys now.
pub(crate) async fn meet_holders(tx: &Tx, ground: &mut Ground) -> Result<(), Problem> {
    let everybody = kernel::Scope::vendor_wide(tx.vendor());
    let holders = claims::holders(tx, everybody, &ground.keys_to_meet()).await?;
    let new: Vec<_> = holders.iter().map(|holder| holder.deal).filter(|deal| !ground.compared.contains(deal)).collect();
    let rivals = deals::by_ids(tx, everybody, &new).await?;
    ground.compare_deals(&rivals, tx.now())
}

async fn take(tx: &Tx, row: &DealRow, new: &DealRegister, ground: &Ground, until: Option<DateTime<Utc>>) -> Result<bool, Problem> {
    let keys = ground.claimed_keys();
    let until = until.unwrap_or(tx.now());
    let had = claims::claim(tx, row.id(), ground.partner, &keys, until).await?;
    if had == keys.len() as u64 {
        return Ok(true);
    }
    // What a deal of another company holds, as a person has judged, is not in the way; what was had already is counted again.
    let excused = crate::verdicts::excused(tx, row.id(), &new.customer, &keys).await?;
    let free: Vec<_> = keys.into_iter().filter(|key| !excused.contains(key)).collect();
    Ok(!excused.is_empty() && claims::claim(tx, row.id(), ground.partner, &free, until).await? == free.len() as u64)
}

fn decided(new: &DealRegister, ground: &Ground, unclaimable: bool, now: DateTime<Utc>) -> (Value, Decision) {
    let mut conflicts = ranked(ground.conflicts.iter().chain(&ground.incumbent.conflicts).cloned().collect());
    conflicts.retain(|found| !(ground.reserved && found.kind == ConflictKind::PendingRegistration && found.same));
    let mut facts = decide::facts(new, &ground.facts, &conflicts, now);
    facts["customer"]["verdicts"] = ground.verdicts.facts();
    facts["incumbent"] = ground.incumbent.facts.clone();
    facts["deal"]["renewal"] = (!ground.incumbent.renews.is_empty()).into();
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
        _ => {
            tx.emit(DealInReview { deal, note });
            assignment::announce(tx, row)?;
        }
    }
    Ok(())
}
