//! Old runs go, so that what was done by itself does not outgrow what was done.

use crate::store::runs;
use chrono::{DateTime, Duration, NaiveTime, Utc};
use kernel::{Problem, Tx};

/// The timer of a vendor that has runs.
pub const TIMER: &str = "automation.sweep";
/// How long a run is kept after it has ended.
pub const KEPT: Duration = Duration::days(400);
/// Runs that go in one write.
const AT_ONCE: u64 = 500;

/// Have old runs go tonight.
pub async fn tonight(tx: &mut Tx) -> Result<(), Problem> {
    // Always the same moment of a day: setting it again does not put it off.
    let midnight: DateTime<Utc> = (tx.now() + Duration::days(1)).date_naive().and_time(NaiveTime::MIN).and_utc();
    Ok(tx.set_timer(TIMER, "runs", midnight).await?)
}

/// Have some go, and the rest soon.
pub async fn fire(tx: &mut Tx, subject: &str) -> Result<(), Problem> {
    let gone = runs::forget(tx, tx.now() - KEPT, AT_ONCE).await?;
    if gone == AT_ONCE {
        tx.set_timer(TIMER, subject, tx.now()).await?;
    }
    Ok(())
}
