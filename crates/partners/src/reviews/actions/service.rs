//! Use cases of actions: one transaction each, in which their review is held.

use super::store::{self, ActionRow};
use super::types::{
    PartnerReviewAction, PartnerReviewActionAdd, PartnerReviewActionMove as Move, PartnerReviewActionPatch, PartnerReviewActionStatus as Status,
    PartnerReviewSide, may,
};
use crate::error;
use crate::reviews::events::{
    PartnerReviewActionAddedEvent, PartnerReviewActionDoneEvent, PartnerReviewActionDroppedEvent, PartnerReviewActionOverdueEvent,
    PartnerReviewActionReopenedEvent, PartnerReviewActionUpdatedEvent,
};
use crate::reviews::service::beginning;
use crate::reviews::store::{self as reviews, ReviewRow};
use crate::reviews::{PartnerReviewActionId, PartnerReviewId};
use access::people;
use chrono::NaiveDate;
use kernel::id::{PartnerId, PersonId};
use kernel::text::tidy;
use kernel::{Problem, Tx};

/// The timer that tells that an action is late.
pub const TIMER: &str = "partner.review_action";
/// The most actions of a review.
const MOST: u64 = 100;

fn today(tx: &Tx) -> NaiveDate {
    tx.now().date_naive()
}

fn seen(tx: &Tx, row: &ActionRow) -> PartnerReviewAction {
    PartnerReviewAction::seen_by(tx.actor(), row, today(tx))
}

/// Emit an event of an action as it now is.
macro_rules! tell {
    ($tx:ident, $event:ident, $row:expr, $review:expr) => {
        $tx.emit($event { partner_review_action: PartnerReviewAction::whole($row, today($tx)), shared: $review.shared })
    };
}

/// 422 unless the person is one of the side that owes the action.
async fn assignee(tx: &Tx, side: PartnerReviewSide, partner: PartnerId, named: Option<PersonId>) -> Result<Option<uuid::Uuid>, Problem> {
    let Some(named) = named else { return Ok(None) };
    let whose = people::find(tx, tx.vendor(), named).await?.filter(|person| person.standing().is_some()).map(|person| person.partner_id);
    let owes = match side {
        PartnerReviewSide::Vendor => None,
        PartnerReviewSide::Partner => Some(partner.0),
    };
    if whose == Some(owes) {
        return Ok(Some(named.0));
    }
    Err(Problem::invalid("/assignee_id", "no_such_person", "Name an active person of the side that owes it."))
}

async fn look_again(tx: &mut Tx, row: &ActionRow) -> Result<(), Problem> {
    let subject = row.id().to_string();
    let waits = row.due_on.filter(|last| row.status == Status::Open && row.told_on != Some(*last));
    match waits.and_then(|last| last.succ_opt()) {
        Some(after) => Ok(tx.set_timer(TIMER, &subject, beginning(after).max(tx.now())).await?),
        None => Ok(tx.clear_timer(TIMER, &subject).await?),
    }
}

/// Agree on one.
pub async fn add(tx: &mut Tx, review: PartnerReviewId, new: PartnerReviewActionAdd) -> Result<PartnerReviewAction, Problem> {
    let review = reviews::find_to_change(tx, review).await?.ok_or_else(Problem::not_found)?;
    if store::count(tx, review.id()).await? >= MOST {
        return Err(Problem::new(error::TOO_MANY));
    }
    let row = ActionRow {
        vendor_id: tx.vendor().0,
        id: PartnerReviewActionId::fresh().0,
        review_id: review.id,
        partner_id: review.partner_id,
        text: tidy(&new.text),
        side: new.side,
        assignee_id: assignee(tx, new.side, PartnerId(review.partner_id), new.assignee_id).await?,
        due_on: new.due_on,
        status: Status::Open,
        outcome: None,
        told_on: None,
        ended_at: None,
        ended_kind: None,
        ended_id: None,
        revision: 1,
        created_at: tx.now(),
        updated_at: tx.now(),
    };
    store::insert(tx, &row).await?;
    look_again(tx, &row).await?;
    tell!(tx, PartnerReviewActionAddedEvent, &row, review);
    Ok(seen(tx, &row))
}

/// The action with its review, if the caller sees it, may do this, and it can be done.
async fn at_hand(tx: &Tx, id: PartnerReviewActionId, action: Move) -> Result<(ActionRow, ReviewRow), Problem> {
    let found = store::find(tx, tx.scope(), id).await?.ok_or_else(Problem::not_found)?;
    let review = reviews::find_to_change(tx, PartnerReviewId(found.review_id)).await?.ok_or_else(Problem::not_found)?;
    // As it is now that the review is held.
    let row = store::find(tx, tx.scope(), id).await?.ok_or_else(Problem::not_found)?;
    if !may(tx.actor(), &row, action) {
        return Err(Problem::new(error::REVIEW_ACTION_NOT_YOURS));
    }
    if action == Move::Update || tx.actor().request.if_match.is_some() {
        tx.actor().require_match(row.revision)?;
    }
    let legal = Move::legal(row.status);
    if !legal.contains(&action) {
        return Err(Problem::new(error::REVIEW_ACTION_ILLEGAL_MOVE).with("legal_actions", legal));
    }
    Ok((row, review))
}

/// Change one that is open.
pub async fn update(tx: &mut Tx, id: PartnerReviewActionId, patch: PartnerReviewActionPatch) -> Result<PartnerReviewAction, Problem> {
    let (mut row, review) = at_hand(tx, id, Move::Update).await?;
    let before = row.clone();
    row.text = patch.text.map_or(row.text, |text| tidy(&text));
    if let Some(named) = patch.assignee_id {
        row.assignee_id = assignee(tx, row.side, PartnerId(row.partner_id), named).await?;
    }
    row.due_on = patch.due_on.unwrap_or(row.due_on);
    if row != before {
        store::update(tx, &mut row).await?;
        look_again(tx, &row).await?;
        tell!(tx, PartnerReviewActionUpdatedEvent, &row, review);
    }
    Ok(seen(tx, &row))
}

async fn end(tx: &mut Tx, row: &mut ActionRow, status: Status, outcome: Option<String>) -> Result<(), Problem> {
    let by = tx.actor().reference();
    (row.status, row.outcome, row.ended_at) = (status, outcome, Some(tx.now()));
    (row.ended_kind, row.ended_id) = (Some(by.kind), Some(by.id));
    store::update(tx, row).await?;
    look_again(tx, row).await
}

/// Say that it was done.
pub async fn complete(tx: &mut Tx, id: PartnerReviewActionId, outcome: Option<String>) -> Result<PartnerReviewAction, Problem> {
    let (mut row, review) = at_hand(tx, id, Move::Complete).await?;
    end(tx, &mut row, Status::Done, outcome).await?;
    tell!(tx, PartnerReviewActionDoneEvent, &row, review);
    Ok(seen(tx, &row))
}

/// Say that it is not to be done any more.
pub async fn drop(tx: &mut Tx, id: PartnerReviewActionId, reason: String) -> Result<PartnerReviewAction, Problem> {
    let (mut row, review) = at_hand(tx, id, Move::Drop).await?;
    end(tx, &mut row, Status::Dropped, Some(reason)).await?;
    tell!(tx, PartnerReviewActionDroppedEvent, &row, review);
    Ok(seen(tx, &row))
}

/// Say that it is to be done after all.
pub async fn reopen(tx: &mut Tx, id: PartnerReviewActionId) -> Result<PartnerReviewAction, Problem> {
    let (mut row, review) = at_hand(tx, id, Move::Reopen).await?;
    (row.status, row.outcome, row.ended_at, row.ended_kind, row.ended_id) = (Status::Open, None, None, None, None);
    store::update(tx, &mut row).await?;
    look_again(tx, &row).await?;
    tell!(tx, PartnerReviewActionReopenedEvent, &row, review);
    Ok(seen(tx, &row))
}

/// Its last day may be over.
pub async fn fire(tx: &mut Tx, subject: &str) -> Result<(), Problem> {
    let Ok(id) = subject.parse::<PartnerReviewActionId>() else { return Ok(()) };
    let Some(found) = store::find(tx, tx.scope(), id).await? else { return Ok(()) };
    let Some(review) = reviews::find_to_change(tx, PartnerReviewId(found.review_id)).await? else { return Ok(()) };
    let Some(mut row) = store::find(tx, tx.scope(), id).await? else { return Ok(()) };
    if row.is_overdue(today(tx)) && row.told_on != row.due_on {
        row.told_on = row.due_on;
        store::update(tx, &mut row).await?;
        tell!(tx, PartnerReviewActionOverdueEvent, &row, review);
    }
    look_again(tx, &row).await
}
