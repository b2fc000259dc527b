//! The end of protection, and of patience: warned of, then kept.

use super::{engagement, moves};
use crate::DealId;
use crate::disputes;
use crate::events::{DealExpired, DealExpiring, DealReleased, DealStalled};
use crate::progress::Looks;
use crate::rules::Status;
use crate::store::{deals, progress};
use chrono::{DateTime, Duration, Utc};
use kernel::{Problem, Tx};

/// The timer that looks at a protected deal: at each warning, when it shows no progress, and at the end.
pub const TIMER: &str = "deal.protection";

/// A disputed deal that is to be released is looked at again after this.
const LOOK_AGAIN: Duration = Duration::days(1);

/// Look again when something is due, at the latest at the end.
pub async fn schedule(tx: &mut Tx, deal: DealId, warning_days: &[i64], until: DateTime<Utc>) -> Result<(), Problem> {
    let rules = engagement::in_force_within(tx).await?;
    let known = progress::look(tx, deal).await?;
    let looks = Looks::of(&rules.engagement, warning_days, until, known.progressed_at, known.warned_at);
    Ok(tx.set_timer(TIMER, &deal.to_string(), looks.next(tx.now())).await?)
}

/// Warn, release, or expire, whichever is due.
pub async fn fire(tx: &mut Tx, subject: &str) -> Result<(), Problem> {
    let Ok(id) = subject.parse::<DealId>() else { return Ok(()) };
    let Some(mut row) = deals::find(tx, tx.scope(), id).await? else { return Ok(()) };
    let (Status::Approved, Some(until)) = (row.status()?, row.protected_until) else { return Ok(()) };
    let rules = engagement::in_force_within(tx).await?;
    let last = progress::find(tx, tx.vendor(), id).await?.map(|known| known.looked_at);
    let known = progress::look(tx, id).await?;
    // A deal that was approved anew begins anew.
    let approved = row.decision()?.map_or(row.created_at, |decision| decision.decided_at);
    let since = known.progressed_at.max(approved);
    let looks = |warned| Looks::of(&rules.engagement, &rules.engagement.protection.warning_days, until, since, warned);
    let (now, due) = (tx.now(), looks(known.warned_at).due(last, tx.now()));
    if due.expired {
        moves::end(tx, &mut row, Status::Expired).await?;
        tx.emit(DealExpired { deal: row.whole(u64::MAX)?, note: None });
        return Ok(());
    }
    if due.released && disputes::store::is_disputed(tx, tx.vendor(), id).await? {
        // Whose it is must be known before anybody lets it go.
        return Ok(tx.set_timer(TIMER, subject, until.min(now + LOOK_AGAIN)).await?);
    }
    if due.released {
        moves::end(tx, &mut row, Status::Released).await?;
        tx.emit(DealReleased { deal: row.whole(u64::MAX)?, note: None });
        return Ok(());
    }
    if due.expiring {
        tx.emit(DealExpiring { deal: row.clone().whole(u64::MAX)?, note: None });
    }
    if due.stalled {
        progress::warned(tx, id).await?;
        tx.emit(DealStalled { deal: row.whole(u64::MAX)?, note: None });
    }
    let warned = if due.stalled { Some(now) } else { known.warned_at };
    Ok(tx.set_timer(TIMER, subject, looks(warned).next(now)).await?)
}
