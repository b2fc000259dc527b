//! Two spellings of one customer, registered in the same instant: neither saw the other.
//!
//! A reader of the log looks at each approval once more; the later by sequence goes to review.

use crate::DealId;
use crate::assignment;
use crate::conflict::{Conflict, ConflictKind, compare};
use crate::decide::{self, Outcome, reason};
use crate::events::{DealApproved, DealConflictFound};
use crate::extension::DealExtensionStatus;
use crate::lookalikes;
use crate::review;
use crate::rules::Status;
use crate::service::{engagement, expiry, register};
use crate::store::deals::DealRow;
use crate::store::{claims, deals, progress};
use kernel::log::{self, Envelope, Filter};
use kernel::{App, Problem, Scope, Tx};
use matching::Prepared;
use sea_orm::ConnectionTrait;

/// Names less alike than this are not even compared.
const FLOOR: f32 = 0.6;

/// Whether an approval collides with an earlier one that its decision did not know of.
pub async fn suspicious(app: &App, event: &Envelope) -> Result<bool, Problem> {
    lookalikes::catch_up(app, event.vendor_id).await?;
    Ok(collision(app, &app.db().read_of(event.vendor_id).await?, event).await?.is_some())
}

/// Send the later of the two to review.
pub async fn examine(tx: &mut Tx, event: &Envelope) -> Result<(), Problem> {
    let app = tx.app().clone();
    let Some((mut row, conflict)) = collision(&app, tx, event).await? else { return Ok(()) };
    let mut decision = row.decision()?.ok_or_else(|| Problem::internal("an approved deal has no decision"))?;
    decision.outcome = Outcome::InReview;
    decision.decided_at = tx.now();
    decision.conflicts.push(conflict.clone());
    let rules = engagement::in_force_within(tx).await?;
    decision.route = row.seen()?.and_then(|seen| decide::route(&rules, &seen.facts));
    let sentence = "A registration for what may be the same customer came in at the same moment and was first; a person will compare them.";
    decision.reasons.insert(0, reason("registered_at_once", sentence, None));
    let was = row.status.clone();
    row.redecide(&decision);
    assignment::enter(tx, &mut row, &was).await?;
    review::begin_or_end(tx, &mut row, &rules).await?;
    row.protected_until = None;
    claims::release(tx, row.id()).await?;
    let customer = row.customer()?;
    let keys: Vec<_> = Prepared::of(&customer.profile()).exact_keys().iter().map(|key| key.as_str().to_owned()).collect();
    claims::wait(tx, row.id(), row.partner(), &keys).await?;
    tx.clear_timer(expiry::TIMER, &row.id().to_string()).await?;
    progress::lapse_extensions(tx, row.id(), DealExtensionStatus::Lapsed).await?;
    deals::update(tx, &mut row).await?;
    tx.emit(DealConflictFound { deal: row.clone().whole(u64::MAX)?, conflict });
    register::tell(tx, &row, None)
}

/// The approved deal of this event and the earlier registration that it collides with, if there is one.
async fn collision(app: &App, db: &impl ConnectionTrait, event: &Envelope) -> Result<Option<(DealRow, Conflict)>, Problem> {
    let everybody = Scope::vendor_wide(event.vendor_id);
    let Ok(id) = event.subject.id.parse::<DealId>() else { return Ok(None) };
    let Some(row) = deals::find(db, everybody, id).await? else { return Ok(None) };
    if row.status()? != Status::Approved {
        return Ok(None);
    }
    let known: Vec<_> = row.decision()?.map(|decision| decision.conflicts).unwrap_or_default();
    let customer = row.customer()?;
    let prepared = Prepared::of(&customer.profile());
    let verdicts = crate::verdicts::Known::of(db, event.vendor_id, crate::verdicts::Identity::of(&customer.profile())).await?;
    let alike = lookalikes::search(app, event.vendor_id, prepared.name(), FLOOR).await?;
    let at = engagement::in_force(app, everybody, app.clock().now()).await?.thresholds();
    for rival in deals::by_ids(db, everybody, &alike.deals).await? {
        // What the decision knew of was decided, by rule or by hand.
        let decided = known.iter().any(|conflict| conflict.deal_id == Some(rival.id()));
        let shared = row.share_dispute_id.is_some() && row.share_dispute_id == rival.share_dispute_id;
        if decided || shared || rival.partner_id == row.partner_id || rival.status()? != Status::Approved {
            continue;
        }
        let other = rival.customer()?;
        let theirs = crate::verdicts::Identity::of(&other.profile());
        let found = compare(&prepared, &other.profile(), ConflictKind::ProtectedRegistration, at);
        let Some(conflict) = verdicts.applied(found, &theirs, || crate::conflict::Conflict::judged(ConflictKind::ProtectedRegistration, &other.name))
        else {
            continue;
        };
        if approved_at(app, db, &rival, event).await?.is_some_and(|sequence| sequence < event.sequence) {
            let conflict = Conflict { deal_id: Some(rival.id()), partner_id: Some(rival.partner()), ..conflict };
            return Ok(Some((row, conflict)));
        }
    }
    Ok(None)
}

async fn approved_at(app: &App, db: &impl ConnectionTrait, rival: &DealRow, event: &Envelope) -> Result<Option<i64>, Problem> {
    let filter = Filter { types: vec![DealApproved::KIND.into()], subject: Some(rival.id().to_string()) };
    let events = log::read(app, db, event.vendor_id, 0, &filter, 100).await?;
    Ok(events.last().map(|event| event.sequence))
}
