//! Use cases of facts about sustainability: one transaction each.

use super::events::{
    PartnerEsgFactExpiredEvent, PartnerEsgFactExpiringEvent, PartnerEsgFactRefusedEvent, PartnerEsgFactSubmittedEvent, PartnerEsgFactVerifiedEvent,
};
use super::rules::{PartnerEsgFactAction, PartnerEsgFactStatus, Standing};
use super::store::{self, FactRow};
use super::types::{PartnerEsgFact, PartnerEsgFactCreate};
use super::{PartnerEsgFactId, policy};
use crate::documents::{PartnerDocumentId, store as documents};
use crate::{error, store as partners};
use chrono::{Days, NaiveDate};
use kernel::id::PartnerId;
use kernel::text::tidy;
use kernel::{Problem, Tx};

/// The timer that looks at a fact on its days.
pub const TIMER: &str = "partner.esg_fact";
/// The most facts about a partner.
const MOST: u64 = 500;

fn today(tx: &Tx) -> NaiveDate {
    tx.now().date_naive()
}

fn told(tx: &Tx, row: &FactRow) -> PartnerEsgFact {
    PartnerEsgFact::whole(row, today(tx))
}

fn check(tx: &Tx, new: &PartnerEsgFactCreate) -> Result<(), Problem> {
    if new.issued_on > today(tx) {
        return Err(Problem::invalid("/issued_on", "in_the_future", "It was issued today or before."));
    }
    if new.expires_on.is_some_and(|last| last < new.issued_on) {
        return Err(Problem::invalid("/expires_on", "out_of_order", "The last day does not come before the first."));
    }
    Ok(())
}

async fn document(tx: &Tx, partner: PartnerId, id: PartnerDocumentId) -> Result<(), Problem> {
    match documents::find(tx, tx.actor(), partner, id).await? {
        Some(_) => Ok(()),
        None => Err(Problem::invalid("/document_id", "not_found", "The partner has no such document.")),
    }
}

/// Hand one in.
pub async fn submit(tx: &mut Tx, partner: PartnerId, new: PartnerEsgFactCreate) -> Result<PartnerEsgFact, Problem> {
    partners::find_to_change(tx, partner).await?.ok_or_else(Problem::not_found)?;
    check(tx, &new)?;
    if let Some(id) = new.document_id {
        document(tx, partner, id).await?;
    }
    if store::count(tx, partner).await? >= MOST {
        return Err(Problem::new(error::TOO_MANY));
    }
    let (warn_days, by) = (policy::of(tx, tx.vendor()).await?.warn_days, tx.actor().reference());
    let row = FactRow {
        vendor_id: tx.vendor().0,
        id: PartnerEsgFactId::fresh().0,
        partner_id: partner.0,
        kind: new.kind.wire().to_owned(),
        standard: tidy(&new.standard),
        issuer: new.issuer.as_deref().map(tidy),
        level: new.level.as_deref().map(tidy),
        score: new.score,
        issued_on: new.issued_on,
        expires_on: new.expires_on,
        warn_on: new.expires_on.and_then(|last| last.checked_sub_days(Days::new(warn_days.unsigned_abs()))),
        document_id: new.document_id.map(|id| id.0),
        standing: Standing::Submitted.wire().to_owned(),
        warn_days,
        told: 0,
        reason: None,
        submitted_kind: by.kind,
        submitted_id: by.id,
        decided_kind: None,
        decided_id: None,
        decided_at: None,
        revision: 1,
        created_at: tx.now(),
        updated_at: tx.now(),
    };
    store::insert(tx, &row).await?;
    tx.emit(PartnerEsgFactSubmittedEvent { partner_esg_fact: told(tx, &row) });
    Ok(PartnerEsgFact::seen_by(tx.actor(), &row, today(tx)))
}

async fn held(tx: &Tx, id: PartnerEsgFactId, action: PartnerEsgFactAction) -> Result<FactRow, Problem> {
    let row = store::find_to_change(tx, id).await?.ok_or_else(Problem::not_found)?;
    if tx.actor().request.if_match.is_some() {
        tx.actor().require_match(row.revision)?;
    }
    let legal = row.dates().standing.legal_actions();
    if legal.contains(&action) { Ok(row) } else { Err(Problem::new(error::ESG_FACT_ILLEGAL_MOVE).with("legal_actions", legal)) }
}

async fn decide(tx: &mut Tx, row: &mut FactRow, standing: Standing, reason: Option<String>) -> Result<(), Problem> {
    let by = tx.actor().reference();
    row.standing = standing.wire().to_owned();
    (row.reason, row.decided_kind, row.decided_id, row.decided_at) = (reason, Some(by.kind), Some(by.id), Some(tx.now()));
    store::update(tx, row).await?;
    look_again(tx, row).await
}

/// Say that it is so.
pub async fn verify(tx: &mut Tx, id: PartnerEsgFactId) -> Result<PartnerEsgFact, Problem> {
    let mut row = held(tx, id, PartnerEsgFactAction::Verify).await?;
    decide(tx, &mut row, Standing::Verified, None).await?;
    tx.emit(PartnerEsgFactVerifiedEvent { partner_esg_fact: told(tx, &row) });
    Ok(PartnerEsgFact::seen_by(tx.actor(), &row, today(tx)))
}

/// Say that it is not.
pub async fn refuse(tx: &mut Tx, id: PartnerEsgFactId, reason: String) -> Result<PartnerEsgFact, Problem> {
    let mut row = held(tx, id, PartnerEsgFactAction::Refuse).await?;
    decide(tx, &mut row, Standing::Refused, Some(reason)).await?;
    tx.emit(PartnerEsgFactRefusedEvent { partner_esg_fact: told(tx, &row) });
    Ok(PartnerEsgFact::seen_by(tx.actor(), &row, today(tx)))
}

async fn look_again(tx: &mut Tx, row: &FactRow) -> Result<(), Problem> {
    let subject = row.id().to_string();
    match row.dates().next() {
        Some(at) => tx.set_timer(TIMER, &subject, at.max(tx.now())).await?,
        None => tx.clear_timer(TIMER, &subject).await?,
    }
    Ok(())
}

/// Tell what is due on this day, and look again.
pub async fn fire(tx: &mut Tx, subject: &str) -> Result<(), Problem> {
    let Ok(id) = subject.parse::<PartnerEsgFactId>() else { return Ok(()) };
    let Some(mut row) = store::find_to_change(tx, id).await? else { return Ok(()) };
    if let Some((status, told_now)) = row.dates().due(today(tx)) {
        row.told = told_now;
        store::update(tx, &mut row).await?;
        let partner_esg_fact = told(tx, &row);
        match status {
            PartnerEsgFactStatus::Expired => tx.emit(PartnerEsgFactExpiredEvent { partner_esg_fact }),
            _ => tx.emit(PartnerEsgFactExpiringEvent { partner_esg_fact }),
        }
    }
    look_again(tx, &row).await
}
