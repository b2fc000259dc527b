//! Use cases: start a review, and close it before its time.

use super::events::{AccessReviewClosedEvent, AccessReviewCreatedEvent};
use super::store::{self, review};
use super::types::{AccessReview, AccessReviewCreate, AccessReviewStatus};
use super::{AccessReviewId, CLOSE, LIST};
use crate::{error, people};
use kernel::text::tidy;
use kernel::{Problem, Tx};

/// Start a review; who has access is listed by a timer.
pub async fn create(tx: &mut Tx, new: AccessReviewCreate) -> Result<AccessReview, Problem> {
    if new.deadline <= tx.now() {
        return Err(Problem::invalid("/deadline", "past", "A deadline lies in the future."));
    }
    for (at, person) in new.reviewers.person_ids.iter().enumerate() {
        if people::find(tx, tx.vendor(), *person).await?.and_then(|person| person.standing()).is_none() {
            return Err(Problem::invalid(format!("/reviewers/person_ids/{at}"), "not_found", "There is no such active person."));
        }
    }
    let row = review::Model {
        vendor_id: tx.vendor().0,
        id: AccessReviewId::fresh().0,
        name: tidy(&new.name),
        scope: json(&new.scope),
        reviewers: new.reviewers.by,
        reviewer_ids: json(&new.reviewers.person_ids),
        deadline: new.deadline,
        on_deadline: new.on_deadline,
        dormant_after_days: new.dormant_after_days.unwrap_or(people::DORMANT_AFTER_DAYS),
        status: AccessReviewStatus::Preparing,
        listed_people: None,
        listed_keys: None,
        created_by: json(&tx.actor().reference()),
        opened_at: None,
        closed_at: None,
        revision: 1,
        created_at: tx.now(),
        updated_at: tx.now(),
    };
    store::insert(tx, row.clone(), &new.reviewers.person_ids).await?;
    let subject = row.id().to_string();
    tx.set_timer(LIST, &subject, tx.now()).await?;
    tx.set_timer(CLOSE, &subject, row.deadline).await?;
    let review = row.show(true, None);
    tx.emit(AccessReviewCreatedEvent { access_review: review.clone() });
    Ok(review)
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("plain data is JSON")
}

/// Close a review now: what is undecided is settled as at its deadline.
pub async fn close(tx: &mut Tx, id: AccessReviewId) -> Result<AccessReview, Problem> {
    let mut row = store::find_to_change(tx, id).await?.ok_or_else(Problem::not_found)?;
    match row.status {
        AccessReviewStatus::Closed | AccessReviewStatus::Closing => {}
        AccessReviewStatus::Preparing => return Err(Problem::new(error::REVIEW_NOT_OPEN)),
        AccessReviewStatus::Open => {
            row.status = AccessReviewStatus::Closing;
            store::update(tx, &mut row).await?;
            tx.set_timer(CLOSE, &id.to_string(), tx.now()).await?;
        }
    }
    let progress = store::progress(tx, tx.actor(), id).await?;
    Ok(row.show(true, Some(progress)))
}

/// Everything is settled: say so.
pub(super) async fn closed(tx: &mut Tx, row: &mut review::Model) -> Result<(), Problem> {
    row.status = AccessReviewStatus::Closed;
    row.closed_at = Some(tx.now());
    store::update(tx, row).await?;
    tx.clear_timer(CLOSE, &row.id().to_string()).await?;
    let all = kernel::Actor::system("access_review", tx.vendor());
    let progress = store::progress(tx, &all, row.id()).await?;
    tx.emit(AccessReviewClosedEvent { access_review: row.show(true, Some(progress)) });
    Ok(())
}
