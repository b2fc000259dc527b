//! More time: asked for, and answered by rule or by hand.

use super::{engagement, ground, moves};
use crate::DealId;
use crate::decide::Reason;
use crate::engagement::RuleOutcome;
use crate::error;
use crate::events::DealExtended;
use crate::extension::{
    self, DealExtensionAsk, DealExtensionDecline, DealExtensionGrant, DealExtensionId, DealExtensionRequest, DealExtensionStatus,
};
use crate::progress::{DealExtensionDeclined, DealExtensionGranted, DealExtensionRequested};
use crate::rules::{Status, require_one};
use crate::store::deals::{self, DealRow};
use crate::store::progress::{self as store, ExtensionRow};
use access::Permission;
use kernel::{Problem, Scope, Tx};

/// The approved deal, if it may be prolonged once more.
async fn prolongable(tx: &Tx, id: DealId, action: &str) -> Result<DealRow, Problem> {
    let row = deals::find(tx, tx.scope(), id).await?.ok_or_else(Problem::not_found)?;
    if tx.actor().request.if_match.is_some() {
        tx.actor().require_match(row.revision)?;
    }
    require_one(row.status()?, &[Status::Approved], action)?;
    Ok(row)
}

/// Ask for more time: the rules grant or refuse it at once, or leave it to a person.
pub async fn ask(tx: &mut Tx, id: DealId, body: DealExtensionAsk) -> Result<DealExtensionRequest, Problem> {
    let mut row = prolongable(tx, id, "ask for more time").await?;
    moves::may_extend(tx, &row).await?;
    if store::open_extension(tx, tx.vendor(), id).await?.is_some() {
        return Err(Problem::new(error::EXTENSION_OPEN));
    }
    let rules = engagement::in_force_within(tx).await?;
    let days = body.days.unwrap_or(rules.engagement.protection.extension_days);
    let (outcome, why) = answer(tx, &row, &body.reason, days).await?;
    let status = match outcome {
        RuleOutcome::Approve => DealExtensionStatus::Granted,
        RuleOutcome::Review => DealExtensionStatus::Open,
        RuleOutcome::Reject => DealExtensionStatus::Declined,
    };
    let request = ExtensionRow {
        vendor_id: row.vendor_id,
        id: DealExtensionId::fresh().0,
        deal_id: row.id,
        status: status.wire().to_owned(),
        days,
        reason: body.reason,
        code: why.code,
        sentence: why.sentence,
        rule: why.rule,
        requested_at: tx.now(),
        decided_at: (status != DealExtensionStatus::Open).then(|| tx.now()),
    };
    if !store::insert_extension(tx, &request).await? {
        return Err(Problem::new(error::EXTENSION_OPEN));
    }
    if status == DealExtensionStatus::Granted {
        prolong(tx, &mut row, &request).await?;
    }
    tell(tx, row, &request)
}

/// What the rules answer to a partner that asks for `days` more.
pub async fn answer(tx: &Tx, row: &DealRow, reason: &str, days: i64) -> Result<(RuleOutcome, Reason), Problem> {
    let rules = engagement::in_force_within(tx).await?;
    let partner = partners::find(tx, Scope::vendor_wide(tx.vendor()), row.partner()).await?.ok_or_else(Problem::not_found)?;
    let known = store::find(tx, tx.vendor(), row.id()).await?;
    let activities = store::count_activities(tx, tx.vendor(), row.id()).await?;
    let deal = row.clone().whole(0)?;
    let facts = extension::facts(&deal, &ground::facts_of(partner), known.as_ref(), activities, (reason, days), tx.now());
    Ok(extension::answer(&rules, &facts, days))
}

/// Grant the open request, for as many days or others.
pub async fn grant(tx: &mut Tx, id: DealId, body: DealExtensionGrant) -> Result<DealExtensionRequest, Problem> {
    let mut row = prolongable(tx, id, "be given more time").await?;
    moves::may_extend(tx, &row).await?;
    let mut request = store::open_extension(tx, tx.vendor(), id).await?.ok_or_else(|| Problem::new(error::EXTENSION_NOT_OPEN))?;
    request.days = body.days.unwrap_or(request.days);
    answered(tx, &mut request, DealExtensionStatus::Granted, "granted_by_hand", body.reason.as_deref().unwrap_or("Granted by the vendor.")).await?;
    prolong(tx, &mut row, &request).await?;
    tell(tx, row, &request)
}

/// Decline the open request.
pub async fn decline(tx: &mut Tx, id: DealId, body: DealExtensionDecline) -> Result<DealExtensionRequest, Problem> {
    let row = prolongable(tx, id, "be refused more time").await?;
    let mut request = store::open_extension(tx, tx.vendor(), id).await?.ok_or_else(|| Problem::new(error::EXTENSION_NOT_OPEN))?;
    answered(tx, &mut request, DealExtensionStatus::Declined, "declined_by_hand", &body.reason).await?;
    tell(tx, row, &request)
}

async fn answered(tx: &Tx, request: &mut ExtensionRow, status: DealExtensionStatus, code: &str, sentence: &str) -> Result<(), Problem> {
    request.status = status.wire().to_owned();
    (request.code, request.sentence, request.decided_at) = (code.to_owned(), sentence.to_owned(), Some(tx.now()));
    if store::answer_extension(tx, request).await? { Ok(()) } else { Err(Problem::new(error::EXTENSION_NOT_OPEN)) }
}

async fn prolong(tx: &mut Tx, row: &mut DealRow, request: &ExtensionRow) -> Result<(), Problem> {
    moves::prolong(tx, row, request.days).await?;
    let deal = row.clone().whole(u64::MAX)?;
    tx.emit(DealExtended { deal, note: Some(request.reason.clone()) });
    Ok(())
}

fn tell(tx: &mut Tx, row: DealRow, request: &ExtensionRow) -> Result<DealExtensionRequest, Problem> {
    let told = request.told(true)?;
    let (deal, note, status) = (row.whole(u64::MAX)?, Some(request.sentence.clone()), told.status);
    match status {
        DealExtensionStatus::Granted => tx.emit(DealExtensionGranted { deal, note, request: told }),
        DealExtensionStatus::Declined => tx.emit(DealExtensionDeclined { deal, note, request: told }),
        _ => tx.emit(DealExtensionRequested { deal, note: Some(request.reason.clone()), request: told }),
    }
    request.told(decides(tx.actor()))
}

/// Whether somebody may answer requests.
pub fn decides(who: &kernel::Actor) -> bool {
    who.grants & Permission::DecideDeals.bit() != 0
}
