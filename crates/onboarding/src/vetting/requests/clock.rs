//! When an answer is no good any more, the provider is asked again.

use super::service::{About, Asking, partner_facts};
use crate::vetting::VettingCheckId;
use crate::vetting::checks::store::{self as checks, CheckRow};
use crate::vetting::checks::types::VettingSubjectKind;
use crate::vetting::subjects;
use kernel::id::PartnerId;
use kernel::timers::Timers;
use kernel::{Problem, Tx};

/// The timer that looks at a check by a provider when it is no good any more.
const TIMER: &str = "vetting.check_expired";

/// What timers do.
pub fn timers(timers: Timers) -> Timers {
    timers.on(TIMER, |tx, subject| Box::pin(fire(tx, subject)))
}

/// Look at a check when its time is over.
pub async fn schedule(tx: &mut Tx, check: &CheckRow) -> Result<(), Problem> {
    Ok(tx.set_timer(TIMER, &VettingCheckId(check.id).to_string(), check.valid_until).await?)
}

/// Ask again, if the check still counts and there is somebody to ask about.
async fn fire(tx: &mut Tx, subject: &str) -> Result<(), Problem> {
    let Ok(id) = subject.parse::<VettingCheckId>() else { return Ok(()) };
    let Some(check) = checks::find(tx, tx.scope(), id).await?.filter(|check| check.latest == 1) else { return Ok(()) };
    let partner = PartnerId(check.partner_id);
    let known = subjects::known(tx, VettingSubjectKind::stored(&check.subject_kind), check.subject_id, partner).await?;
    let found = partners::find(tx, tx.scope(), partner).await?;
    let (Some(known), Some(found)) = (known, found) else { return Ok(()) };
    if found.status == partners::PartnerStatus::Ended {
        return Ok(());
    }
    // Whoever else has a good answer is not asked.
    Asking::of(tx).await?.subject(tx, &About::of(&known, &partner_facts(&found)), false).await
}
