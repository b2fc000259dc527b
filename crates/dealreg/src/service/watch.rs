//! A customer that became free is offered to those who waited for it, one after the other, in the order in which they asked.
//!
//! Who waits does so with a deal of its own that was refused. When the customer is free, its keys are claimed for the first of these deals
//! until the offer ends, so that nobody else gets them; bringing the deal again takes them. Otherwise it is the next one's turn, and
//! after the last everybody's. Nothing that is told says who held the customer, or who else waits.

use super::{engagement, ground};
use crate::DealId;
use crate::conflict::ConflictKind;
use crate::error;
use crate::progress::{DealOfferLapsed, DealOffered, DealUnwatched, DealWatched};
use crate::rules::{Status, require_one};
use crate::store::claims;
use crate::store::deals::{self, DealRow};
use crate::store::watches::{self as store, WatchRow};
use crate::watch::{DealWatch, DealWatchStatus};
use chrono::Duration;
use kernel::id::PartnerId;
use kernel::{Problem, Scope, Tx};
use matching::Prepared;
use std::collections::HashSet;
use uuid::Uuid;

/// The timer at the end of an offer; its subject is the deal that the customer is kept for.
pub const TIMER: &str = "deal.offer";
/// How long an offer lasts, unless the rules say otherwise.
const OFFER_HOURS: i64 = 72;

/// Wait for the customer of a refused deal. Whoever waits already goes on waiting, in its place.
pub async fn watch(tx: &mut Tx, id: DealId) -> Result<DealWatch, Problem> {
    let row = deals::find(tx, tx.scope(), id).await?.ok_or_else(Problem::not_found)?;
    if let Some(there) = store::find(tx, tx.vendor(), id).await?.filter(WatchRow::is_open) {
        return there.told(tx).await;
    }
    require_one(row.status()?, &[Status::Rejected, Status::InReview], "wait for its customer")?;
    let waits_for = holder(tx, &row).await?.ok_or_else(|| Problem::new(error::NOTHING_TO_WAIT_FOR))?;
    let watch = WatchRow {
        vendor_id: row.vendor_id,
        deal_id: row.id,
        partner_id: row.partner_id,
        waits_for,
        status: DealWatchStatus::Waiting.wire().to_owned(),
        asked_at: tx.now(),
        turn: kernel::id::fresh(),
        offered_until: None,
    };
    store::put(tx, &watch).await?;
    tx.emit(DealWatched { deal: row.whole(u64::MAX)?, note: None });
    watch.told(tx).await
}

/// Wait no more; what was kept is the next one's.
pub async fn unwatch(tx: &mut Tx, id: DealId) -> Result<(), Problem> {
    let row = deals::find(tx, tx.scope(), id).await?.ok_or_else(Problem::not_found)?;
    let watch = store::find(tx, tx.vendor(), id).await?.ok_or_else(Problem::not_found)?;
    store::delete(tx, id).await?;
    tx.emit(DealUnwatched { deal: row.whole(u64::MAX)?, note: None });
    if watch.status()? == DealWatchStatus::Offered {
        give_up(tx, &watch).await?;
    }
    Ok(())
}

/// A deal is about another customer now: it waits no more, and what was kept for it is the next one's.
pub async fn renamed(tx: &mut Tx, row: &DealRow) -> Result<(), Problem> {
    let Some(mut watch) = store::find(tx, tx.vendor(), row.id()).await?.filter(WatchRow::is_open) else { return Ok(()) };
    let offered = watch.status()? == DealWatchStatus::Offered;
    close(tx, &mut watch, DealWatchStatus::Closed).await?;
    tx.emit(DealUnwatched { deal: row.clone().whole(u64::MAX)?, note: None });
    if offered { give_up(tx, &watch).await } else { Ok(()) }
}

/// A deal ended, or was refused again: what it held is offered to those who waited for it.
pub async fn freed(tx: &mut Tx, row: &DealRow) -> Result<(), Problem> {
    if let Some(mut own) = store::find(tx, tx.vendor(), row.id()).await?.filter(WatchRow::is_open) {
        let offered = own.status()? == DealWatchStatus::Offered;
        close(tx, &mut own, DealWatchStatus::Closed).await?;
        if offered {
            give_up(tx, &own).await?;
        }
    }
    if row.status()? == Status::Won {
        return Ok(store::close_all(tx, row.id).await?);
    }
    offer_next(tx, row.id).await
}

/// A deal was decided: if it waited, it has what it waited for, or its turn is over.
pub async fn decided(tx: &mut Tx, row: &DealRow) -> Result<(), Problem> {
    let status = row.status()?;
    if let Some(mut watch) = store::find(tx, tx.vendor(), row.id()).await?.filter(WatchRow::is_open) {
        let offered = watch.status()? == DealWatchStatus::Offered;
        match status {
            // In review it stands in the queue of those who decide, and holds up whoever comes after it.
            Status::Approved | Status::InReview if offered || status == Status::Approved => taken(tx, &mut watch).await?,
            Status::Rejected if offered => {
                close(tx, &mut watch, DealWatchStatus::Passed).await?;
                give_up(tx, &watch).await?;
            }
            _ => {}
        }
    }
    if status == Status::Rejected { offer_next(tx, row.id).await } else { Ok(()) }
}

/// An offer has ended: it is the next one's turn.
pub async fn fire(tx: &mut Tx, subject: &str) -> Result<(), Problem> {
    let Ok(id) = subject.parse::<DealId>() else { return Ok(()) };
    let Some(mut watch) = store::find(tx, tx.vendor(), id).await? else { return Ok(()) };
    let (DealWatchStatus::Offered, Some(until)) = (watch.status()?, watch.offered_until) else { return Ok(()) };
    if tx.now() < until {
        return Ok(tx.set_timer(TIMER, subject, until).await?);
    }
    let Some(row) = deals::find(tx, tx.scope(), id).await? else { return Ok(()) };
    if row.status()? == Status::Approved {
        return taken(tx, &mut watch).await;
    }
    close(tx, &mut watch, DealWatchStatus::Passed).await?;
    tx.emit(DealOfferLapsed { deal: row.whole(u64::MAX)?, note: None });
    give_up(tx, &watch).await
}

/// Whether the customer is kept for this deal now.
pub async fn is_offered(tx: &Tx, deal: DealId) -> Result<bool, Problem> {
    let watch = store::find(tx, tx.vendor(), deal).await?;
    Ok(watch.is_some_and(|watch| watch.status == "offered" && watch.offered_until.is_some_and(|until| until > tx.now())))
}

/// What is kept for a partner is free for another deal of its own; whether anything was.
pub async fn yields(tx: &Tx, partner: PartnerId) -> Result<bool, Problem> {
    Ok(store::unreserve_for(tx, partner).await? > 0)
}

async fn close(tx: &mut Tx, watch: &mut WatchRow, status: DealWatchStatus) -> Result<(), Problem> {
    watch.status = status.wire().to_owned();
    tx.clear_timer(TIMER, &watch.deal().to_string()).await?;
    Ok(store::put(tx, watch).await?)
}

async fn taken(tx: &mut Tx, watch: &mut WatchRow) -> Result<(), Problem> {
    close(tx, watch, DealWatchStatus::Taken).await?;
    Ok(store::repoint(tx, watch.waits_for, watch.deal_id).await?)
}

async fn give_up(tx: &mut Tx, watch: &WatchRow) -> Result<(), Problem> {
    store::unreserve(tx, watch.deal()).await?;
    tx.clear_timer(TIMER, &watch.deal().to_string()).await?;
    offer_next(tx, watch.waits_for).await
}

/// Offer what `holder` held to whoever has waited longest. Each turn takes one out of its queue, so it ends.
async fn offer_next(tx: &mut Tx, holder: Uuid) -> Result<(), Problem> {
    let everybody = Scope::vendor_wide(tx.vendor());
    while let Some(mut watch) = store::first(tx, holder).await? {
        let row = deals::find(tx, everybody, watch.deal()).await?.ok_or_else(|| Problem::internal("a watch without its deal"))?;
        let partner = partners::find(tx, everybody, row.partner()).await?;
        let active = partner.is_some_and(|partner| partner.status == partners::PartnerStatus::Active);
        if !active || !matches!(row.status()?, Status::Rejected | Status::InReview) {
            close(tx, &mut watch, DealWatchStatus::Closed).await?;
            continue;
        }
        if offer(tx, &mut watch, row.clone()).await? {
            return Ok(());
        }
        store::unreserve(tx, watch.deal()).await?;
        match self::holder(tx, &row).await? {
            Some(other) if other != holder => {
                watch.waits_for = other;
                store::put(tx, &watch).await?;
            }
            _ => close(tx, &mut watch, DealWatchStatus::Closed).await?,
        }
    }
    Ok(())
}

/// Keep the customer for this deal for a while; `false` if somebody else holds some of it.
async fn offer(tx: &mut Tx, watch: &mut WatchRow, row: DealRow) -> Result<bool, Problem> {
    let rules = engagement::in_force_within(tx).await?;
    let until = tx.now() + Duration::hours(rules.engagement.offer_hours.unwrap_or(OFFER_HOURS));
    let keys = keys(&row)?;
    if claims::claim(tx, row.id(), row.partner(), &keys, until).await? < keys.len() as u64 {
        return Ok(false);
    }
    (watch.status, watch.offered_until) = (DealWatchStatus::Offered.wire().to_owned(), Some(until));
    store::put(tx, watch).await?;
    tx.set_timer(TIMER, &row.id().to_string(), until).await?;
    tx.emit(DealOffered { deal: row.whole(u64::MAX)?, note: None, offered_until: until });
    Ok(true)
}

fn keys(row: &DealRow) -> Result<Vec<String>, Problem> {
    Ok(ground::claimed(&Prepared::of(&row.customer()?.profile()).exact_keys()))
}

/// The deal whose end frees the customer of this one; `None` if nobody else holds it.
async fn holder(tx: &Tx, row: &DealRow) -> Result<Option<Uuid>, Problem> {
    let everybody = Scope::vendor_wide(tx.vendor());
    let holders = claims::holders(tx, everybody, &keys(row)?).await?;
    let mut ids: Vec<_> = holders.into_iter().filter(|holder| holder.protected).map(|holder| holder.deal).collect();
    let known = row.decision()?.into_iter().flat_map(|decision| decision.conflicts);
    ids.extend(known.filter(|found| found.kind == ConflictKind::ProtectedRegistration).filter_map(|found| found.deal_id.map(|deal| deal.0)));
    let mut met = HashSet::new();
    ids.retain(|id| *id != row.id && met.insert(*id));
    let rows = deals::by_ids(tx, everybody, &ids).await?;
    let ordered = ids.iter().filter_map(|id| rows.iter().find(|other| other.id == *id));
    for other in ordered.filter(|other| other.partner_id != row.partner_id) {
        if other.status()? == Status::Approved && other.protected_until.is_some_and(|until| until > tx.now()) {
            return Ok(Some(other.id));
        }
        // Kept for somebody who waited: this one stands in the same queue.
        let kept = store::find(tx, tx.vendor(), other.id()).await?;
        if let Some(kept) = kept.filter(|kept| kept.status == "offered" && kept.offered_until.is_some_and(|until| until > tx.now())) {
            return Ok(Some(kept.waits_for));
        }
    }
    Ok(None)
}
