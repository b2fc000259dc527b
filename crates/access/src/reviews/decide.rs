//! Keeping and revoking: one item, or many at once.

use super::events::AccessReviewItemDecidedEvent;
use super::store::{self, item, review};
use super::types::{AccessDecision, AccessReviewDecide, AccessReviewDecided, AccessReviewItem, AccessVerdict};
use super::{AccessReviewId, AccessReviewItemId, service};
use crate::{error, keys, people};
use kernel::id::{ApiKeyId, PersonId};
use kernel::text::tidy;
use kernel::{Problem, Tx};
use sea_orm::Condition;

/// Decide one item.
pub async fn one(
    tx: &mut Tx,
    review: AccessReviewId,
    item: AccessReviewItemId,
    verdict: AccessVerdict,
    reason: Option<String>,
) -> Result<AccessReviewItem, Problem> {
    let mut review = at_hand(tx, review).await?;
    let decided = decide(tx, &review, item, verdict, reason).await?;
    settle(tx, &mut review).await?;
    Ok(decided.show(review.takes_decisions(tx.now())))
}

/// Decide many items, or none.
pub async fn many(tx: &mut Tx, review: AccessReviewId, body: AccessReviewDecide) -> Result<AccessReviewDecided, Problem> {
    let mut review = at_hand(tx, review).await?;
    let mut decided = Vec::with_capacity(body.decisions.len());
    for (at, decision) in body.decisions.into_iter().enumerate() {
        let done = decide(tx, &review, decision.item_id, decision.decision, decision.reason).await;
        decided.push(done.map_err(|problem| match problem.kind.status {
            404 => Problem::invalid(format!("/decisions/{at}/item_id"), "not_found", "There is no such item."),
            _ => problem,
        })?);
    }
    settle(tx, &mut review).await?;
    let open = review.takes_decisions(tx.now());
    Ok(AccessReviewDecided { data: decided.into_iter().map(|item| item.show(open)).collect() })
}

/// The review, held; one that the caller sees nothing of does not exist.
async fn at_hand(tx: &Tx, id: AccessReviewId) -> Result<review::Model, Problem> {
    store::find(tx, tx.actor(), id).await?.ok_or_else(Problem::not_found)?;
    store::find_to_change(tx, id).await?.ok_or_else(Problem::not_found)
}

async fn decide(
    tx: &mut Tx,
    review: &review::Model,
    id: AccessReviewItemId,
    verdict: AccessVerdict,
    reason: Option<String>,
) -> Result<item::Model, Problem> {
    let (vendor, asked) = (tx.vendor(), store::asked(tx.actor()));
    let mandated = store::find_item(tx, vendor, review.id(), id, asked).await?;
    let is_mandated = mandated.is_some();
    let item = match mandated {
        Some(item) => item,
        None if store::manages(tx.actor()) => {
            store::find_item(tx, vendor, review.id(), id, Condition::all()).await?.ok_or_else(Problem::not_found)?
        }
        None => return Err(Problem::not_found()),
    };
    if item.is_about(&tx.actor().caller) {
        return Err(Problem::new(error::REVIEW_OWN_ITEM));
    }
    if !review.takes_decisions(tx.now()) {
        return Err(Problem::new(error::REVIEW_NOT_OPEN));
    }
    match (item.decision, verdict) {
        (AccessDecision::Kept, AccessVerdict::Keep) | (AccessDecision::Revoked, AccessVerdict::Revoke) => return Ok(item),
        (AccessDecision::Pending, _) | (AccessDecision::Kept, AccessVerdict::Revoke) => {}
        _ => return Err(Problem::new(error::REVIEW_ITEM_DECIDED)),
    }
    if verdict == AccessVerdict::Revoke {
        if !is_mandated {
            check_standing(tx, &item).await?;
        }
        revoke(tx, &item).await?;
    }
    let decision = if verdict == AccessVerdict::Keep { AccessDecision::Kept } else { AccessDecision::Revoked };
    write(tx, item, decision, reason.as_deref().map(tidy)).await
}

/// Whoever only manages access revokes no one who may do more than they may themselves.
async fn check_standing(tx: &Tx, item: &item::Model) -> Result<(), Problem> {
    let Some(person) = item.person_id else { return Ok(()) };
    match people::find(tx, tx.vendor(), PersonId(person)).await? {
        Some(person) => people::check_standing(tx, &person).await,
        None => Ok(()),
    }
}

/// Take the access away, as it is now; what is gone already stays so. 409 for the vendor's last admin key.
pub(super) async fn revoke(tx: &mut Tx, item: &item::Model) -> Result<(), Problem> {
    if let Some(person) = item.person_id {
        people::deactivate(tx, PersonId(person), "access_review").await?;
    }
    if let Some(key) = item.api_key_id {
        keys::revoke_decided(tx, ApiKeyId(key)).await?;
    }
    Ok(())
}

/// Write down what was decided, and tell it.
pub(super) async fn write(tx: &mut Tx, mut item: item::Model, decision: AccessDecision, reason: Option<String>) -> Result<item::Model, Problem> {
    item.decision = decision;
    item.reason = reason;
    item.decided_by = Some(serde_json::to_string(&tx.actor().reference()).map_err(Problem::internal)?);
    item.decided_at = Some(tx.now());
    store::decide(tx, &mut item).await?;
    tx.emit(AccessReviewItemDecidedEvent { item: item.clone().show(false) });
    Ok(item)
}

/// A review in which all is decided closes by itself.
async fn settle(tx: &mut Tx, review: &mut review::Model) -> Result<(), Problem> {
    if store::pending(tx, review.id(), 1).await?.is_empty() { service::closed(tx, review).await } else { Ok(()) }
}
