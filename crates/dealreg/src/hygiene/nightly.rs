//! Every night an audit: one timer for each vendor.

use super::types::HygieneAuditOrigin;
use super::{audits, rules, settings};
use kernel::{Problem, Tx};

/// The timer that wakes a vendor's night.
pub const TIMER: &str = "hygiene_nightly";
const SUBJECT: &str = "nightly";

/// Set the timer to the vendor's next night, or to none.
pub(super) async fn schedule(tx: &mut Tx) -> Result<(), Problem> {
    match settings::find(tx, tx.scope(), tx.now()).await?.next_night_at {
        Some(at) => Ok(tx.set_timer(TIMER, SUBJECT, at).await?),
        None => Ok(tx.clear_timer(TIMER, SUBJECT).await?),
    }
}

/// Begin an audit if it is night and none runs, and wait for the next night.
pub(super) async fn fire(tx: &mut Tx) -> Result<(), Problem> {
    // The night that is meant is the last one that has begun by now; a timer that comes late by much has missed it.
    let since = tx.now() - rules::TOLERANCE - chrono::Duration::seconds(1);
    let tonight = settings::find(tx, tx.scope(), since).await?.next_night_at;
    if tonight.is_some_and(|planned| rules::is_tonight(planned, tx.now())) && audits::running(tx).await?.is_none() {
        audits::begin(tx, HygieneAuditOrigin::Nightly).await?;
    }
    schedule(tx).await
}
