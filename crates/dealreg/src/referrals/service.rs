//! Use cases of referrals: one transaction each.

use super::events::{
    ReferralAccepted, ReferralAdvanced, ReferralExpired, ReferralLost, ReferralRejected, ReferralRewardDue, ReferralRewardReversed,
    ReferralSubmitted, ReferralUndone, ReferralWithdrawn, ReferralWon,
};
use super::rules::{ReferralAction, ReferralStatus, earned, require};
use super::store::{self, ReferralRow, RewardRow};
use super::types::{Referral, ReferralAccept, ReferralAdvance, ReferralClose, ReferralSubmit};
use super::{ReferralId, ReferralRewardId};
use crate::error;
use crate::leads::capture::{duplicate, email_key, identified, same};
use crate::leads::store::{columns, money, text};
use crate::leads::types::LeadDuplicate;
use crate::leads::versions::in_force_within;
use crate::rules::Status;
use crate::store::{claims, deals};
use crate::types::SaleOutcome;
use chrono::Duration;
use kernel::id::PartnerId;
use kernel::log::Envelope;
use kernel::{App, Money, Problem, Scope, Tx};
use serde::Deserialize;
use serde_json::json;

/// The timer that lets a referral expire.
pub const EXPIRY: &str = "referral.expiry";

/// The active partner that hands it in.
async fn partner_of(tx: &Tx, named: Option<PartnerId>) -> Result<PartnerId, Problem> {
    let no_such = || Problem::invalid("/partner_id", "no_such_partner", "There is no such partner, or it is not yours.");
    let id = match (tx.scope().partner(), named) {
        (Some(own), None) => own,
        (Some(own), Some(named)) if own == named => own,
        (Some(_), Some(_)) => return Err(no_such()),
        (None, Some(named)) => named,
        (None, None) => return Err(Problem::invalid("/partner_id", "required", "Say for which partner.")),
    };
    let row = partners::find(tx, tx.scope(), id).await?.ok_or_else(no_such)?;
    if row.status == partners::PartnerStatus::Active { Ok(id) } else { Err(Problem::new(error::PARTNER_INACTIVE)) }
}

/// Hand in a prospect. Whoever was first wins, however they race: each exact key of the company is held by one live referral.
pub async fn submit(tx: &mut Tx, new: ReferralSubmit, resembling: Vec<LeadDuplicate>) -> Result<Referral, Problem> {
    let (_, keys) = identified(&new.company)?;
    let partner = partner_of(tx, new.partner_id).await?;
    let book = in_force_within(tx).await?;
    let email = new.contact.as_ref().and_then(|contact| contact.email.as_deref()).map(|email| email_key(tx.vendor(), email));
    let id = ReferralId::fresh();
    let mut conflicts = same(tx, &keys, email.as_deref(), None).await?;
    let protected = protected(tx, &keys, partner).await?;
    let first = store::hold(tx, id, &keys).await? == keys.len() as u64;
    let referred = !first || conflicts.iter().any(|conflict| conflict.kind == "referral");
    if !first && !conflicts.iter().any(|conflict| conflict.kind == "referral") {
        // Somebody was faster, between the look and the hold.
        conflicts = same(tx, &keys, email.as_deref(), None).await?;
    }
    let sentence = match (referred, protected.is_empty()) {
        (true, _) => Some("This prospect was referred before; the first referral counts."),
        (false, false) => Some("This company is being worked on by a partner under protection."),
        (false, true) => None,
    };
    for one in protected.into_iter().chain(resembling) {
        if !conflicts.iter().any(|known| known.id == one.id) {
            conflicts.push(one);
        }
    }
    let (amount, currency) = columns(new.amount.as_ref());
    let mut row = ReferralRow {
        vendor_id: tx.vendor().0,
        id: id.0,
        partner_id: partner.0,
        status: ReferralStatus::Submitted.wire().to_owned(),
        company_name: new.company.name.clone(),
        company: text(&new.company),
        contact: new.contact.as_ref().map(text),
        email_key: email,
        note: new.note,
        product: new.product,
        amount,
        currency,
        conflicts: text(&conflicts),
        assignee_id: None,
        stage: None,
        reason: None,
        opportunity_external_id: None,
        expires_at: tx.now() + Duration::days(book.rules.referrals.days),
        closed_at: None,
        revision: 1,
        created_at: tx.now(),
        updated_at: tx.now(),
    };
    if let Some(sentence) = sentence {
        store::release(tx, id).await?;
        row.stand(ReferralStatus::Rejected);
        row.reason = Some(sentence.to_owned());
    } else {
        tx.set_timer(EXPIRY, &id.to_string(), row.expires_at).await?;
    }
    store::insert(tx, &row).await?;
    let referral = row.whole(u64::MAX)?;
    tx.emit(ReferralSubmitted { referral: referral.clone(), note: None });
    if sentence.is_some() {
        tx.emit(ReferralRejected { referral, note: row.reason.clone() });
    }
    row.seen_by(tx.actor())
}

/// Deals of other partners that hold the company under protection.
async fn protected(tx: &Tx, keys: &[String], own: PartnerId) -> Result<Vec<LeadDuplicate>, Problem> {
    let everybody = Scope::vendor_wide(tx.vendor());
    let holders = claims::holders(tx, everybody, keys).await?;
    let ids: Vec<_> = holders.into_iter().filter(|holder| holder.protected).map(|holder| holder.deal).collect();
    let mut found = Vec::new();
    for deal in deals::by_ids(tx, everybody, &ids).await? {
        if deal.partner() != own && deal.status()? == Status::Approved && deal.protected_until.is_some_and(|until| until > tx.now()) {
            found.push(duplicate("deal", deal.id().to_string(), "company", Some(deal.created_at)));
        }
    }
    Ok(found)
}

/// The referral, if `action` is legal for it now.
async fn ready(tx: &Tx, id: ReferralId, action: ReferralAction) -> Result<ReferralRow, Problem> {
    let row = store::find(tx, tx.scope(), id).await?.ok_or_else(Problem::not_found)?;
    if tx.actor().request.if_match.is_some() {
        tx.actor().require_match(row.revision)?;
    }
    require(row.status()?, action)?;
    Ok(row)
}

/// Take it up.
pub async fn accept(tx: &mut Tx, id: ReferralId, body: ReferralAccept) -> Result<Referral, Problem> {
    let mut row = ready(tx, id, ReferralAction::Accept).await?;
    if let Some(assignee) = body.assignee_id {
        let person = access::people::find(tx, tx.vendor(), assignee).await?;
        if person.is_none_or(|person| person.partner().is_some()) {
            return Err(Problem::invalid("/assignee_id", "no_such_person", "There is no such person of the vendor."));
        }
    }
    row.stand(ReferralStatus::Accepted);
    row.assignee_id = body.assignee_id.map(|id| id.0);
    row.opportunity_external_id = body.opportunity_external_id.or(row.opportunity_external_id);
    store::update(tx, &mut row).await?;
    tx.emit(ReferralAccepted { referral: row.whole(u64::MAX)?, note: body.reason });
    row.seen_by(tx.actor())
}

/// End it: its company is free, and its clock stands.
async fn end(tx: &mut Tx, row: &mut ReferralRow, status: ReferralStatus, reason: Option<String>) -> Result<(), Problem> {
    store::release(tx, row.id()).await?;
    tx.clear_timer(EXPIRY, &row.id().to_string()).await?;
    row.stand(status);
    row.reason = reason;
    store::update(tx, row).await
}

/// Turn it down.
pub async fn reject(tx: &mut Tx, id: ReferralId, reason: String) -> Result<Referral, Problem> {
    let mut row = ready(tx, id, ReferralAction::Reject).await?;
    end(tx, &mut row, ReferralStatus::Rejected, Some(reason.clone())).await?;
    tx.emit(ReferralRejected { referral: row.whole(u64::MAX)?, note: Some(reason) });
    row.seen_by(tx.actor())
}

/// Take it back.
pub async fn withdraw(tx: &mut Tx, id: ReferralId, reason: Option<String>) -> Result<Referral, Problem> {
    let mut row = ready(tx, id, ReferralAction::Withdraw).await?;
    end(tx, &mut row, ReferralStatus::Withdrawn, reason.clone()).await?;
    tx.emit(ReferralWithdrawn { referral: row.whole(u64::MAX)?, note: reason });
    row.seen_by(tx.actor())
}

/// Say how far it has come.
pub async fn advance(tx: &mut Tx, id: ReferralId, body: ReferralAdvance) -> Result<Referral, Problem> {
    let mut row = ready(tx, id, ReferralAction::Advance).await?;
    row.stage = Some(body.stage);
    row.opportunity_external_id = body.opportunity_external_id.or(row.opportunity_external_id);
    store::update(tx, &mut row).await?;
    tx.emit(ReferralAdvanced { referral: row.whole(u64::MAX)?, note: body.reason });
    row.seen_by(tx.actor())
}

/// Record that the sale was made or lost.
pub async fn close(tx: &mut Tx, id: ReferralId, body: ReferralClose) -> Result<Referral, Problem> {
    let mut row = ready(tx, id, ReferralAction::Close).await?;
    match body.outcome {
        SaleOutcome::Won => {
            let amount = body.amount.map_or_else(|| money(row.amount, row.currency.as_deref()), |amount| Ok(Some(amount)))?;
            let amount = amount.ok_or_else(|| Problem::invalid("/amount", "required", "Say what the sale came to."))?;
            won(tx, &mut row, amount, body.reason).await?;
        }
        SaleOutcome::Lost => lost(tx, &mut row, body.reason).await?,
    }
    row.seen_by(tx.actor())
}

async fn lost(tx: &mut Tx, row: &mut ReferralRow, reason: Option<String>) -> Result<(), Problem> {
    row.closed_at = Some(tx.now());
    end(tx, row, ReferralStatus::Lost, reason.clone()).await?;
    tx.emit(ReferralLost { referral: row.whole(u64::MAX)?, note: reason });
    Ok(())
}

/// Won: what it earns is recorded as due. It keeps its company: who buys is nobody else's referral.
async fn won(tx: &mut Tx, row: &mut ReferralRow, amount: Money, reason: Option<String>) -> Result<(), Problem> {
    tx.clear_timer(EXPIRY, &row.id().to_string()).await?;
    (row.amount, row.currency) = columns(Some(&amount));
    row.closed_at = Some(tx.now());
    row.stand(ReferralStatus::Won);
    store::update(tx, row).await?;
    let referral = row.whole(u64::MAX)?;
    tx.emit(ReferralWon { referral, note: reason });
    let book = in_force_within(tx).await?;
    let partner = partners::find(tx, Scope::vendor_wide(tx.vendor()), PartnerId(row.partner_id)).await?;
    let partner = partner.ok_or_else(|| Problem::internal("a referral's partner is gone"))?;
    let facts = json!({
        "referral": { "product": row.product, "country": row.whole(0)?.company.country, "created_at": row.created_at },
        "sale": { "amount": amount, "closed_at": row.closed_at },
        "partner": { "id": partner.id(), "type": partner.kind, "tier": partner.tier, "region": partner.region, "country": partner.country,
            "custom_fields": partner.custom_fields() },
        "now": tx.now(),
    });
    let Some(earned) = earned(&book, &facts, &amount) else { return Ok(()) };
    let reward = RewardRow {
        vendor_id: row.vendor_id,
        id: ReferralRewardId::fresh().0,
        referral_id: row.id,
        partner_id: row.partner_id,
        kind: "due".into(),
        reverses_id: None,
        amount: earned.amount.amount,
        currency: earned.amount.currency.code().to_owned(),
        rules_version: book.version,
        rule: earned.rule,
        facts: text(&earned.facts),
        created_at: tx.now(),
    };
    store::record(tx, &reward).await?;
    let referral_reward = reward.shown()?;
    tx.emit(ReferralRewardDue { referral_reward });
    Ok(())
}

/// Record that the sale was undone: what was due gets a record against it.
pub async fn undo(tx: &mut Tx, id: ReferralId, reason: String) -> Result<Referral, Problem> {
    let mut row = ready(tx, id, ReferralAction::Undo).await?;
    undone(tx, &mut row, Some(reason)).await?;
    row.seen_by(tx.actor())
}

async fn undone(tx: &mut Tx, row: &mut ReferralRow, reason: Option<String>) -> Result<(), Problem> {
    row.stand(ReferralStatus::Accepted);
    row.closed_at = None;
    // It has its time again, if that is not over.
    row.expires_at = row.expires_at.max(tx.now() + Duration::days(30));
    store::update(tx, row).await?;
    tx.set_timer(EXPIRY, &row.id().to_string(), row.expires_at).await?;
    let referral = row.whole(u64::MAX)?;
    tx.emit(ReferralUndone { referral, note: reason });
    let Some(due) = store::standing(tx, row.id()).await? else { return Ok(()) };
    let against = RewardRow { id: ReferralRewardId::fresh().0, kind: "reversal".into(), reverses_id: Some(due.id), created_at: tx.now(), ..due };
    store::record(tx, &against).await?;
    let referral_reward = against.shown()?;
    tx.emit(ReferralRewardReversed { referral_reward });
    Ok(())
}

/// Let it expire, if it still waits for a sale.
pub async fn expire(tx: &mut Tx, subject: &str) -> Result<(), Problem> {
    let Ok(id) = subject.parse::<ReferralId>() else { return Ok(()) };
    let Some(mut row) = store::find(tx, tx.scope(), id).await? else { return Ok(()) };
    if !matches!(row.status()?, ReferralStatus::Submitted | ReferralStatus::Accepted) {
        return Ok(());
    }
    if row.expires_at > tx.now() {
        return Ok(tx.set_timer(EXPIRY, subject, row.expires_at).await?);
    }
    end(tx, &mut row, ReferralStatus::Expired, None).await?;
    tx.emit(ReferralExpired { referral: row.whole(u64::MAX)?, note: None });
    Ok(())
}

/// What is needed of an opportunity's event.
#[derive(Deserialize)]
struct Told {
    opportunity: ToldSale,
}

#[derive(Deserialize)]
struct ToldSale {
    external_id: String,
    status: crm::OpportunityStatus,
    stage: Option<String>,
    amount: Option<Money>,
}

fn sale(event: &Envelope) -> Option<ToldSale> {
    serde_json::from_str::<Told>(event.data.get()).ok().map(|told| told.opportunity)
}

/// Whether a referral follows the opportunity of an event.
pub async fn concerns(app: &App, event: &Envelope) -> Result<bool, Problem> {
    let Some(sale) = sale(event) else { return Ok(false) };
    let db = app.db().read_of(event.vendor_id).await?;
    Ok(store::by_opportunity(&db, Scope::vendor_wide(event.vendor_id), &sale.external_id).await?.is_some())
}

/// Take over stage, amount and end of the opportunity that it follows.
pub async fn follow(tx: &mut Tx, event: &Envelope) -> Result<(), Problem> {
    use crm::OpportunityStatus as Sale;
    let Some(sale) = sale(event) else { return Ok(()) };
    let Some(mut row) = store::by_opportunity(tx, Scope::vendor_wide(event.vendor_id), &sale.external_id).await? else { return Ok(()) };
    match (row.status()?, sale.status) {
        (ReferralStatus::Accepted, Sale::Won) => {
            let amount = sale.amount.map_or_else(|| money(row.amount, row.currency.as_deref()), |amount| Ok(Some(amount)))?;
            row.stage = sale.stage;
            // A sale of no known amount is closed by hand: a part of nothing is not to be recorded.
            match amount {
                Some(amount) => won(tx, &mut row, amount, None).await,
                None => Ok(()),
            }
        }
        (ReferralStatus::Accepted, Sale::Lost) => lost(tx, &mut row, None).await,
        (ReferralStatus::Won, Sale::Open | Sale::Lost) => {
            undone(tx, &mut row, None).await?;
            if sale.status == Sale::Lost { lost(tx, &mut row, None).await } else { Ok(()) }
        }
        (ReferralStatus::Accepted, Sale::Open) if row.stage != sale.stage && sale.stage.is_some() => {
            row.stage = sale.stage;
            store::update(tx, &mut row).await?;
            tx.emit(ReferralAdvanced { referral: row.whole(u64::MAX)?, note: None });
            Ok(())
        }
        _ => Ok(()),
    }
}
