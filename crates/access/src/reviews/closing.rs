//! The deadline: what nobody decided is revoked, or kept and marked so; some hundreds a write.

use super::store;
use super::types::{AccessDecision, AccessReviewStatus, OnDeadline};
use super::{AccessReviewId, CLOSE, decide, service};
use crate::error;
use chrono::Duration;
use kernel::{Problem, Tx};

/// Items settled in one write.
const BATCH: u64 = 200;

/// Settle the next of what is undecided; close the review when nothing is.
pub(super) async fn fire(tx: &mut Tx, subject: &str) -> Result<(), Problem> {
    let Ok(id) = subject.parse::<AccessReviewId>() else { return Ok(()) };
    let Some(mut review) = store::find_to_change(tx, id).await? else { return Ok(()) };
    match review.status {
        AccessReviewStatus::Closed => return Ok(()),
        // The list is not complete: whoever is missing from it could not be decided upon.
        AccessReviewStatus::Preparing => return Ok(tx.set_timer(CLOSE, subject, tx.now() + Duration::seconds(10)).await?),
        AccessReviewStatus::Open if tx.now() < review.deadline => return Ok(tx.set_timer(CLOSE, subject, review.deadline).await?),
        AccessReviewStatus::Open => {
            review.status = AccessReviewStatus::Closing;
            store::update(tx, &mut review).await?;
        }
        AccessReviewStatus::Closing => {}
    }
    let pending = store::pending(tx, id, BATCH).await?;
    let more = pending.len() as u64 == BATCH;
    for mut item in pending {
        let (mut decision, mut reason) = (AccessDecision::Unanswered, "Nobody decided by the deadline; access stays.");
        if review.on_deadline == OnDeadline::Revoke {
            match decide::revoke(tx, &item).await {
                Ok(()) => (decision, reason) = (AccessDecision::Revoked, "Nobody decided by the deadline."),
                Err(problem) if problem.kind.code == error::LAST_ADMIN_KEY.code => {
                    let facts = super::types::Facts { note: Some("last_admin_key".into()), ..item.facts() };
                    item.facts = serde_json::to_string(&facts).map_err(Problem::internal)?;
                    reason = "The vendor's last admin key is not revoked.";
                }
                Err(problem) => return Err(problem),
            }
        }
        decide::write(tx, item, decision, Some(reason.into())).await?;
    }
    if more { Ok(tx.set_timer(CLOSE, subject, tx.now()).await?) } else { service::closed(tx, &mut review).await }
}
