//! What people do with a deal after it was registered.

use super::{engagement, expiry, extension, ground, watch};
use crate::DealId;
use crate::commercial::{estimates, versions};
use crate::decide::{Outcome, reason};
use crate::engagement::RuleOutcome;
use crate::error;
use crate::events::{DealExtended, DealInformationRequested, DealLost, DealUpdated, DealWithdrawn, DealWon};
use crate::extension::DealExtensionStatus;
use crate::incumbency;
use crate::pricing;
use crate::review;
use crate::rules::{Action, Status, require_here};
use crate::service::register::tell;
use crate::store::deals::DealRow;
use crate::store::{claims, deals, progress};
use crate::types::{Deal, DealClose, DealPatch, DealQuestion, DealReject, SaleOutcome};
use chrono::{DateTime, Duration, Utc};
use kernel::{Problem, Tx};
use matching::Prepared;

/// The deal, if `action` is legal for it now.
pub async fn ready(tx: &Tx, id: DealId, action: Action) -> Result<DealRow, Problem> {
    let row = deals::find_to_change(tx, tx.scope(), id).await?.ok_or_else(Problem::not_found)?;
    if tx.actor().request.if_match.is_some() {
        tx.actor().require_match(row.revision)?;
    }
    require_here(row.status()?, row.assignee_id.is_some(), action)?;
    Ok(row)
}

/// Like [`ready`], only while the deal is in review: what was decided meanwhile, or waits for the partner, no automation decides.
pub async fn ready_in_review(tx: &Tx, id: DealId, action: Action) -> Result<DealRow, Problem> {
    let row = ready(tx, id, action).await?;
    let status = row.status()?;
    if status == Status::InReview { Ok(row) } else { Err(Problem::new(error::ILLEGAL_MOVE).detail(format!("The deal is {}.", status.wire()))) }
}

/// Approve by hand. Not even a person approves a customer that another deal holds.
pub async fn approve(tx: &mut Tx, id: DealId, note: Option<String>) -> Result<Deal, Problem> {
    let mut row = ready(tx, id, Action::Approve).await?;
    if review::service::another_is_needed(tx, &mut row).await? {
        deals::update(tx, &mut row).await?;
        review::service::tell_approval(tx, &row, note)?;
        return row.show(tx, tx.actor()).await;
    }
    let sentence = note.clone().unwrap_or_else(|| "Approved by the vendor.".to_owned());
    grant(tx, row, "approved_by_hand", &sentence, note).await
}

/// Approve for this reason, unless another deal holds its customer.
pub async fn grant(tx: &mut Tx, mut row: DealRow, code: &str, sentence: &str, note: Option<String>) -> Result<Deal, Problem> {
    let id = row.id();
    let new = row.registration()?;
    let rules = engagement::in_force_within(tx).await?;
    let until = tx.now() + Duration::days(rules.engagement.protection.days_for(new.kind));
    claims::release(tx, id).await?;
    hold(tx, &row, until).await?;
    by_hand(&mut row, Outcome::Approved, code, sentence, tx.now())?;
    row.protected_until = Some(until);
    expiry::schedule(tx, id, &rules.engagement.protection.warning_days, until).await?;
    deals::update(tx, &mut row).await?;
    tell(tx, &row, note)?;
    watch::decided(tx, &row).await?;
    row.show(tx, tx.actor()).await
}

/// Hold the customer's keys until `until`; 409 if another deal holds one that tells who the customer is.
pub(crate) async fn hold(tx: &Tx, row: &DealRow, until: DateTime<Utc>) -> Result<(), Problem> {
    let customer = row.customer()?;
    let keys = Prepared::of(&customer.profile()).exact_keys();
    let had = claims::claim(tx, row.id(), row.partner(), &ground::claimed(&keys), until).await?;
    if had < ground::claimed(&keys).len() as u64 {
        // A deal that it shares the customer with holds a key for both; one of another company, as a person has judged, is not in the way.
        let theirs = crate::disputes::effects::held_with(tx, row, until).await?;
        let excused = crate::verdicts::excused(tx, row.id(), &customer, &ground::claimed(&keys)).await?;
        let identity: Vec<_> = ground::identity(&keys).into_iter().filter(|key| !theirs.contains(key) && !excused.contains(key)).collect();
        // What was had of the identity keys is ours already, so asking again counts exactly those that are not free.
        if claims::claim(tx, row.id(), row.partner(), &identity, until).await? < identity.len() as u64 {
            return Err(Problem::new(error::PROTECTED));
        }
    }
    let all: Vec<_> = keys.iter().map(|key| key.as_str().to_owned()).collect();
    Ok(claims::wait(tx, row.id(), row.partner(), &all).await?)
}

/// Reject by hand.
pub async fn reject(tx: &mut Tx, id: DealId, body: DealReject) -> Result<Deal, Problem> {
    refuse(tx, id, "rejected_by_hand", body.reason).await
}

/// Reject for this reason.
pub async fn refuse(tx: &mut Tx, id: DealId, code: &str, reason: String) -> Result<Deal, Problem> {
    let mut row = ready(tx, id, Action::Reject).await?;
    claims::release(tx, id).await?;
    by_hand(&mut row, Outcome::Rejected, code, &reason, tx.now())?;
    deals::update(tx, &mut row).await?;
    tell(tx, &row, Some(reason))?;
    pricing::deal_ended(tx, &row).await?;
    incumbency::let_go(tx, &row).await?;
    watch::decided(tx, &row).await?;
    row.show(tx, tx.actor()).await
}

pub(crate) fn by_hand(row: &mut DealRow, outcome: Outcome, code: &str, sentence: &str, now: DateTime<Utc>) -> Result<(), Problem> {
    let mut decision = row.decision()?.ok_or_else(|| Problem::internal("a deal in review has no decision"))?;
    decision.outcome = outcome;
    decision.reasons.insert(0, reason(code, sentence, None));
    decision.decided_at = now;
    decision.route = None;
    row.redecide(&decision);
    review::finish(row, now)
}

/// Ask the partner something.
pub async fn request_information(tx: &mut Tx, id: DealId, body: DealQuestion) -> Result<Deal, Problem> {
    let mut row = ready(tx, id, Action::RequestInformation).await?;
    row.status = Status::InformationRequested.wire().to_owned();
    row.question = Some(body.question.clone());
    review::pause(tx, &mut row).await?;
    deals::update(tx, &mut row).await?;
    let deal = row.clone().whole(u64::MAX)?;
    tx.emit(DealInformationRequested { deal, note: Some(body.question) });
    row.show(tx, tx.actor()).await
}

/// Take it back.
pub async fn withdraw(tx: &mut Tx, id: DealId, note: Option<String>) -> Result<Deal, Problem> {
    let mut row = ready(tx, id, Action::Withdraw).await?;
    end(tx, &mut row, Status::Withdrawn).await?;
    let deal = row.clone().whole(u64::MAX)?;
    tx.emit(DealWithdrawn { deal, note });
    row.show(tx, tx.actor()).await
}

/// Record that the sale was won or lost.
pub async fn close(tx: &mut Tx, id: DealId, body: DealClose) -> Result<Deal, Problem> {
    let mut row = ready(tx, id, Action::Close).await?;
    ended_by_sale(tx, &mut row, body.outcome, body.reason).await?;
    row.show(tx, tx.actor()).await
}

/// End a deal as won or lost, by hand or by the CRM.
pub async fn ended_by_sale(tx: &mut Tx, row: &mut DealRow, outcome: SaleOutcome, note: Option<String>) -> Result<(), Problem> {
    let status = if outcome == SaleOutcome::Won { Status::Won } else { Status::Lost };
    if outcome == SaleOutcome::Won {
        estimates::fix(tx, row).await?;
    }
    end(tx, row, status).await?;
    let deal = row.clone().whole(u64::MAX)?;
    match outcome {
        SaleOutcome::Won => {
            tx.emit(DealWon { deal, note });
            incumbency::won(tx, row).await
        }
        SaleOutcome::Lost => {
            tx.emit(DealLost { deal, note });
            Ok(())
        }
    }
}

/// Let go of the customer and end the deal in `status`.
pub async fn end(tx: &mut Tx, row: &mut DealRow, status: Status) -> Result<(), Problem> {
    crate::disputes::effects::pass_on(tx, row).await?;
    claims::release(tx, row.id()).await?;
    tx.clear_timer(expiry::TIMER, &row.id().to_string()).await?;
    row.status = status.wire().to_owned();
    row.question = None;
    review::finish(row, tx.now())?;
    if status != Status::Expired {
        row.protected_until = None;
    }
    progress::lapse_extensions(tx, row.id(), DealExtensionStatus::Lapsed).await?;
    deals::update(tx, row).await?;
    // After the deal's row, which whoever asks for a price locks: nothing is asked for a deal that has ended.
    pricing::deal_ended(tx, row).await?;
    if status != Status::Won {
        incumbency::let_go(tx, row).await?;
    }
    watch::freed(tx, row).await
}

/// Prolong its protection, as often as the rules allow. If they have rules about it, a partner's own wish is answered by those.
pub async fn extend(tx: &mut Tx, id: DealId, note: Option<String>) -> Result<Deal, Problem> {
    let mut row = ready(tx, id, Action::Extend).await?;
    may_extend(tx, &row).await?;
    let rules = engagement::in_force_within(tx).await?;
    let days = rules.engagement.protection.extension_days;
    if tx.scope().partner().is_some() && !rules.extension_rules.is_empty() {
        let (outcome, _) = extension::answer(tx, &row, note.as_deref().unwrap_or_default(), days).await?;
        if outcome != RuleOutcome::Approve {
            return Err(Problem::new(error::EXTENSION_ON_REQUEST));
        }
    }
    prolong(tx, &mut row, days).await?;
    let deal = row.clone().whole(u64::MAX)?;
    tx.emit(DealExtended { deal, note });
    row.show(tx, tx.actor()).await
}

/// 409 if the rules allow no further extension.
pub async fn may_extend(tx: &Tx, row: &DealRow) -> Result<(), Problem> {
    let most = engagement::in_force_within(tx).await?.engagement.protection.extensions;
    if row.extensions < most {
        return Ok(());
    }
    let detail = format!("It was extended {} times; the rules allow {most}.", row.extensions);
    Err(Problem::new(error::NO_EXTENSION).detail(detail))
}

/// Protect the deal for so many days more; a request that is still open is granted by that.
pub async fn prolong(tx: &mut Tx, row: &mut DealRow, days: i64) -> Result<(), Problem> {
    let rules = engagement::in_force_within(tx).await?;
    let until = row.protected_until.unwrap_or(tx.now()).max(tx.now()) + Duration::days(days);
    // First, as the timer's own work does: two that change a deal wait for one another here, and in no other order.
    tx.set_timer(expiry::TIMER, &row.id().to_string(), until).await?;
    // Protection that has run out may be another deal's by now.
    hold(tx, row, until).await?;
    // Whoever is given time has time.
    progress::advance(tx, row.id(), tx.now(), "extension").await?;
    expiry::schedule(tx, row.id(), &rules.engagement.protection.warning_days, until).await?;
    progress::lapse_extensions(tx, row.id(), DealExtensionStatus::Granted).await?;
    row.protected_until = Some(until);
    row.extensions += 1;
    deals::update(tx, row).await
}

/// Change a deal's own figures.
pub async fn patch(tx: &mut Tx, id: DealId, patch: DealPatch) -> Result<Deal, Problem> {
    let mut row = deals::find(tx, tx.scope(), id).await?.ok_or_else(Problem::not_found)?;
    tx.actor().require_match(row.revision)?;
    let before = row.clone();
    let mut new = row.registration()?;
    editable(row.status()?, &patch)?;
    if let Some(fields) = patch.custom_fields {
        kernel::fields::merge(&mut new.custom_fields, fields);
        kernel::fields::check(tx, "deal", &new.custom_fields).await?;
    }
    if let Some(customer) = patch.customer {
        ground::identified(&customer)?;
        new.customer = customer;
    }
    new.kind = patch.kind.unwrap_or(new.kind);
    new.amount = patch.amount.unwrap_or(new.amount);
    new.expected_close = patch.expected_close.unwrap_or(new.expected_close);
    new.lines = patch.lines.unwrap_or(new.lines);
    row.set(&new);
    if row != before {
        let relined = row.lines != before.lines;
        if relined {
            take_no_renewal(tx, &before, &row).await?;
        }
        deals::update(tx, &mut row).await?;
        let deal = row.clone().whole(u64::MAX)?;
        tx.emit(DealUpdated { deal, note: None });
        if relined {
            pricing::lines_changed(tx, &row).await?;
        }
        estimates::renew(tx, &row).await?;
        if row.customer()? != before.customer()? {
            renamed(tx, &row).await?;
        }
    }
    row.show(tx, tx.actor()).await
}

/// 409 if other lines would make of an approved deal what another partner may renew: that has to be registered.
async fn take_no_renewal(tx: &Tx, before: &DealRow, after: &DealRow) -> Result<(), Problem> {
    if after.status()? != Status::Approved || !versions::in_force_within(tx).await?.are_there() {
        return Ok(());
    }
    let had = incumbency::facts_of(tx, tx.vendor(), before, tx.now()).await?;
    let has = incumbency::facts_of(tx, tx.vendor(), after, tx.now()).await?;
    if has["rivals"].is_null() || has["rivals"] == had["rivals"] {
        return Ok(());
    }
    Err(Problem::new(error::NOT_EDITABLE).detail("Another partner may renew one of these products first; register it by itself."))
}

/// A deal is about another customer now: it is found by that one's keys, and waits no more for the one before.
async fn renamed(tx: &mut Tx, row: &DealRow) -> Result<(), Problem> {
    if row.status()? == Status::InformationRequested {
        let keys = Prepared::of(&row.customer()?.profile()).exact_keys();
        let keys: Vec<_> = keys.iter().map(|key| key.as_str().to_owned()).collect();
        claims::release(tx, row.id()).await?;
        claims::wait(tx, row.id(), row.partner(), &keys).await?;
    }
    watch::renamed(tx, row).await
}

fn editable(status: Status, patch: &DealPatch) -> Result<(), Problem> {
    // What can be handed in (again) can be put right first.
    let open = matches!(status, Status::Draft | Status::InformationRequested | Status::Rejected);
    let figures = open || matches!(status, Status::InReview | Status::Approved);
    let refuse = |field: &str| {
        let detail = format!("{field} cannot be changed while the deal is {}.", status.wire());
        Err(Problem::new(error::NOT_EDITABLE).detail(detail))
    };
    match () {
        () if !open && patch.kind.is_some() => refuse("type"),
        () if !open && patch.customer.is_some() => refuse("customer"),
        () if !figures => refuse("The deal"),
        () => Ok(()),
    }
}
