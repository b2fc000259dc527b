//! What a decision does to the deals: all of it in the transaction of the decision.

use super::DisputeId;
use super::store::PartyRow;
use super::types::{DisputeEffect, DisputeOutcome};
use crate::DealId;
use crate::decide::Outcome;
use crate::engagement::Compiled;
use crate::error;
use crate::events::DealUpdated;
use crate::extension::DealExtensionStatus;
use crate::rules::Status;
use crate::service::{engagement, expiry, ground, moves, register, watch};
use crate::store::deals::{self, DealRow};
use crate::store::{claims, progress, watches};
use chrono::{DateTime, Duration, Utc};
use kernel::{Problem, Scope, Tx};
use matching::Prepared;
use sea_orm::{ConnectionTrait, DbErr};
use std::collections::HashSet;
use uuid::Uuid;

/// Carry out what was decided, with the reason that everybody reads.
pub async fn apply(tx: &mut Tx, dispute: DisputeId, parties: &[PartyRow], effect: &DisputeEffect, reason: &str) -> Result<(), Problem> {
    match effect.outcome {
        DisputeOutcome::Stands => Ok(()),
        DisputeOutcome::Moves => moved(tx, parties, effect.to.as_deref().unwrap_or_default(), reason).await,
        DisputeOutcome::Splits => split(tx, dispute, parties, effect, reason).await,
    }
}

async fn deal_of(tx: &Tx, party: &PartyRow) -> Result<Option<DealRow>, Problem> {
    match party.deal() {
        Some(id) => Ok(deals::find(tx, Scope::vendor_wide(tx.vendor()), id).await?),
        None => Ok(None),
    }
}

/// The winner takes over what the others hold; their deals end.
async fn moved(tx: &mut Tx, parties: &[PartyRow], to: &str, reason: &str) -> Result<(), Problem> {
    let rules = engagement::in_force_within(tx).await?;
    let winner = match parties.iter().find(|party| party.label == to) {
        Some(party) => deal_of(tx, party).await?,
        None => None,
    };
    let until = match &winner {
        Some(row) => Some(until_of(tx, row, &rules)?),
        None => None,
    };
    for party in parties.iter().filter(|party| party.label != to) {
        let Some(row) = deal_of(tx, party).await? else { continue };
        if let (Some(winner), Some(until)) = (&winner, until) {
            claims::hand_over(tx, row.id(), winner.id(), winner.partner(), &claimed(winner)?, until).await?;
        }
        if row.status()?.is_live() {
            lose(tx, row, reason).await?;
        }
    }
    let losers: Vec<_> = parties.iter().filter(|party| party.label != to).filter_map(PartyRow::deal).collect();
    match (winner, until) {
        (Some(row), Some(until)) => {
            let winner = row.id;
            win(tx, row, until, None, reason, &rules).await?;
            wait_for(tx, &losers, winner).await
        }
        // The vendor sells itself: what nobody gets, nobody waits for.
        _ => {
            for loser in losers {
                watches::close_all(tx, loser.0).await?;
            }
            Ok(())
        }
    }
}

/// Whoever waited for what one of these held waits for the one that has it now.
async fn wait_for(tx: &Tx, losers: &[DealId], holder: Uuid) -> Result<(), Problem> {
    for loser in losers {
        watches::repoint(tx, loser.0, holder).await?;
    }
    Ok(())
}

async fn lose(tx: &mut Tx, mut row: DealRow, reason: &str) -> Result<(), Problem> {
    pass_on(tx, &row).await?;
    claims::release(tx, row.id()).await?;
    tx.clear_timer(expiry::TIMER, &row.id().to_string()).await?;
    moves::by_hand(&mut row, Outcome::Rejected, "dispute_decided", reason, tx.now())?;
    row.protected_until = None;
    (row.share_percent, row.share_dispute_id) = (None, None);
    progress::lapse_extensions(tx, row.id(), DealExtensionStatus::Lapsed).await?;
    deals::update(tx, &mut row).await?;
    register::tell(tx, &row, Some(reason.to_owned()))
}

/// Until when a deal is protected that comes out on top; 409 if it has ended by itself.
fn until_of(tx: &Tx, row: &DealRow, rules: &Compiled) -> Result<DateTime<Utc>, Problem> {
    let fresh = tx.now() + Duration::days(rules.engagement.protection.days_for(row.registration()?.kind));
    match row.status()? {
        Status::Approved => Ok(row.protected_until.map_or(fresh, |until| until.max(tx.now()))),
        Status::InReview | Status::InformationRequested | Status::Rejected => Ok(fresh),
        _ => Err(Problem::new(error::DISPUTE_DEAL_ENDED)),
    }
}

/// Protect a deal, alone or with a share.
async fn win(
    tx: &mut Tx,
    mut row: DealRow,
    until: DateTime<Utc>,
    share: Option<(i32, DisputeId)>,
    reason: &str,
    rules: &Compiled,
) -> Result<(), Problem> {
    let fresh = row.status()? != Status::Approved;
    (row.share_percent, row.share_dispute_id) = (share.map(|(percent, _)| percent), share.map(|(_, dispute)| dispute.0));
    moves::hold(tx, &row, until).await?;
    if fresh {
        moves::by_hand(&mut row, Outcome::Approved, "dispute_decided", reason, tx.now())?;
    }
    row.protected_until = Some(until);
    expiry::schedule(tx, row.id(), &rules.engagement.protection.warning_days, until).await?;
    deals::update(tx, &mut row).await?;
    if fresh {
        register::tell(tx, &row, Some(reason.to_owned()))?;
        // It waits no more for what it has.
        return watch::decided(tx, &row).await;
    }
    let deal = row.whole(u64::MAX)?;
    tx.emit(DealUpdated { deal, note: Some(reason.to_owned()) });
    Ok(())
}

/// All that have a share keep, or get, protection; who has none ends.
async fn split(tx: &mut Tx, dispute: DisputeId, parties: &[PartyRow], effect: &DisputeEffect, reason: &str) -> Result<(), Problem> {
    let rules = engagement::in_force_within(tx).await?;
    let (mut sharing, mut losers) = (Vec::new(), Vec::new());
    for party in parties {
        let Some(row) = deal_of(tx, party).await? else { continue };
        match effect.shares.iter().find(|share| share.party == party.label) {
            Some(share) => sharing.push((row, share.percent)),
            None => {
                losers.push(row.id());
                if row.status()?.is_live() {
                    lose(tx, row, reason).await?;
                }
            }
        }
    }
    // Who holds the keys already comes first: the others then find them held by one that they share with.
    sharing.sort_by_key(|(row, _)| (row.status != Status::Approved.wire(), row.created_at, row.id));
    let first = sharing.first().map(|(row, _)| row.id);
    for (row, percent) in sharing {
        let until = until_of(tx, &row, &rules)?;
        win(tx, row, until, Some((percent, dispute)), reason, &rules).await?;
    }
    match first {
        Some(holder) => wait_for(tx, &losers, holder).await,
        None => Ok(()),
    }
}

fn claimed(row: &DealRow) -> Result<Vec<String>, Problem> {
    let customer = row.customer()?;
    Ok(ground::claimed(&Prepared::of(&customer.profile()).exact_keys()))
}

/// The protected deals that share a customer with this one.
async fn sharing_with(db: &impl ConnectionTrait, scope: Scope, row: &DealRow) -> Result<Vec<DealRow>, DbErr> {
    let Some(dispute) = row.share_dispute_id else { return Ok(Vec::new()) };
    let mut rows = deals::sharing(db, scope, dispute).await?;
    rows.retain(|other| other.id != row.id && other.status == Status::Approved.wire());
    Ok(rows)
}

/// The keys that deals sharing with this one hold for both, for no shorter than `until` from now on.
pub(crate) async fn held_with(tx: &Tx, row: &DealRow, until: DateTime<Utc>) -> Result<HashSet<String>, Problem> {
    let others: HashSet<_> = sharing_with(tx, Scope::vendor_wide(tx.vendor()), row).await?.iter().map(|other| other.id).collect();
    if others.is_empty() {
        return Ok(HashSet::new());
    }
    let held = claims::held_by_others(tx, row.id(), &claimed(row)?).await?;
    let held: Vec<_> = held.into_iter().filter(|(_, deal)| others.contains(deal)).collect();
    for deal in held.iter().map(|(_, deal)| *deal).collect::<HashSet<_>>() {
        claims::prolong(tx, deal, until).await?;
    }
    Ok(held.into_iter().map(|(key, _)| key).collect())
}

/// Before a deal lets go: what it holds for others that share with it goes to the one that is protected longest.
pub(crate) async fn pass_on(tx: &Tx, row: &DealRow) -> Result<(), Problem> {
    let mut others = sharing_with(tx, Scope::vendor_wide(tx.vendor()), row).await?;
    others.retain(|other| other.protected_until.is_some_and(|until| until > tx.now()));
    others.sort_by_key(|other| std::cmp::Reverse((other.protected_until, other.id)));
    for heir in others {
        let until = heir.protected_until.unwrap_or(tx.now());
        claims::hand_over(tx, row.id(), heir.id(), heir.partner(), &claimed(&heir)?, until).await?;
    }
    Ok(())
}
