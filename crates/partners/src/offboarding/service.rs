//! Use cases of offboarding: one transaction each.

use super::events::{PartnerOffboardedEvent, PartnerOffboardingDoneEvent, PartnerOffboardingScheduledEvent, PartnerOffboardingUndoneEvent};
use super::parts::Parts;
use super::policy;
use super::store::{self, OffboardingRow};
use super::told;
use super::types::{
    PartnerOffboard, PartnerOffboarding, PartnerOffboardingPart, PartnerOffboardingPreview, PartnerOffboardingStatus as Status, PartnerPartCount,
    PartnerPartStatus,
};
use crate::life::rules::{PartnerAction, PartnerStatus};
use crate::life::service as life;
use crate::ports::{Handing, PartnerDealsGo, PartnerOpenMoney};
use crate::resource::Partner;
use crate::store::{self as partners, partner};
use chrono::{DateTime, Duration, Utc};
use kernel::id::PartnerId;
use kernel::{Problem, Scope, Tx};

/// The timer that ends a partner on its day, and then hands over what it has.
pub const TIMER: &str = "partner.offboarding";
/// The furthest day that may be set.
const FURTHEST: Duration = Duration::days(731);
/// The most leftovers that a part lists.
const LISTED: usize = 100;

/// What was asked for, with what was left open filled in.
struct Terms {
    at_once: bool,
    effective_at: DateTime<Utc>,
    deals: PartnerDealsGo,
    retain_until: DateTime<Utc>,
}

async fn terms(tx: &Tx, row: &partner::Model, asked: &PartnerOffboard) -> Result<Terms, Problem> {
    let policy = policy::of(tx, tx.vendor()).await?;
    let effective_at = asked.effective_at.unwrap_or(tx.now());
    if asked.effective_at.is_some_and(|at| at <= tx.now()) {
        return Err(Problem::invalid("/effective_at", "past", "Name a time to come, or none: then it ends at once."));
    }
    if effective_at - tx.now() > FURTHEST {
        return Err(Problem::invalid("/effective_at", "too_far", "At most two years ahead."));
    }
    if row.status == PartnerStatus::Suspended && asked.effective_at.is_some() {
        return Err(Problem::invalid("/effective_at", "suspended", "A suspended partner ends at once; leave this out, or reinstate it first."));
    }
    let deals = match (asked.deals, asked.successor_id) {
        (Some(PartnerDealsGo::ToSuccessor), None) => return Err(Problem::invalid("/successor_id", "required", "Say who takes the deals over.")),
        (Some(deals), Some(_)) if deals != PartnerDealsGo::ToSuccessor => {
            return Err(Problem::invalid("/deals", "successor", "With a successor, the deals go to it."));
        }
        (Some(deals), _) => deals,
        (None, Some(_)) => PartnerDealsGo::ToSuccessor,
        (None, None) => policy.deals,
    };
    if let Some(successor) = asked.successor_id {
        let found = partners::find(tx, tx.scope(), successor).await?;
        if successor.0 == row.id || found.is_none_or(|found| found.status != PartnerStatus::Active) {
            return Err(Problem::invalid("/successor_id", "not_active", "Name another partner, one that is active."));
        }
    }
    let retain_until = effective_at + Duration::days(policy.retention_days);
    Ok(Terms { at_once: asked.effective_at.is_none(), effective_at, deals, retain_until })
}

async fn owed(tx: &Tx, id: PartnerId) -> Result<Vec<PartnerOpenMoney>, Problem> {
    let mut open = Vec::new();
    for part in Parts::of(tx).all() {
        open.extend(part.owed(tx, id).await?);
    }
    Ok(open)
}

/// What an offboarding would do.
pub async fn preview(tx: &Tx, id: PartnerId, asked: PartnerOffboard) -> Result<PartnerOffboardingPreview, Problem> {
    let row = life::find_for(tx, id, PartnerAction::Offboard).await?;
    let terms = terms(tx, &row, &asked).await?;
    let mut parts = Vec::new();
    for part in Parts::of(tx).all() {
        parts.push(PartnerPartCount { part: part.part().to_owned(), count: part.count(tx, id).await? });
    }
    let open_money = owed(tx, id).await?;
    Ok(PartnerOffboardingPreview { effective_at: terms.effective_at, deals: terms.deals, parts, open_money, retain_until: terms.retain_until })
}

/// Part from a partner: on a day, or at once.
pub async fn offboard(tx: &mut Tx, id: PartnerId, asked: PartnerOffboard) -> Result<PartnerOffboarding, Problem> {
    let partner = life::find_for(tx, id, PartnerAction::Offboard).await?;
    let terms = terms(tx, &partner, &asked).await?;
    let pending =
        |part: &str| PartnerOffboardingPart { part: part.to_owned(), status: PartnerPartStatus::Pending, handed_over: 0, left: Vec::new(), at: None };
    let parts: Vec<_> = Parts::of(tx).all().into_iter().map(|part| pending(part.part())).collect();
    let mut row = OffboardingRow {
        vendor_id: partner.vendor_id,
        id: kernel::id::fresh(),
        partner_id: partner.id,
        status: Status::Scheduled,
        from_status: partner.status,
        reason: asked.reason,
        notice: asked.notice,
        effective_at: terms.effective_at,
        deals: text(&terms.deals),
        successor_id: asked.successor_id.map(|id| id.0),
        retain_until: terms.retain_until,
        open_money: text(&owed(tx, id).await?),
        parts: text(&parts),
        created_at: tx.now(),
        updated_at: tx.now(),
        done_at: None,
    };
    store::insert(tx, row.clone()).await?;
    if terms.at_once {
        end(tx, partner, &mut row).await?;
    } else {
        let partner = life::to_status(tx, partner, PartnerStatus::Offboarding, PartnerAction::Offboard.wire(), Some(row.reason.clone())).await?;
        tx.set_timer(TIMER, &id.to_string(), row.effective_at).await?;
        tx.emit(PartnerOffboardingScheduledEvent { partner: Partner::whole(&partner), offboarding: PartnerOffboarding::whole(&row) });
    }
    Ok(PartnerOffboarding::seen_by(tx.actor(), &row))
}

/// Take it back, until the day.
pub async fn undo(tx: &mut Tx, id: PartnerId, reason: Option<String>) -> Result<PartnerOffboarding, Problem> {
    let partner = life::find_for(tx, id, PartnerAction::UndoOffboarding).await?;
    let open = store::latest(tx, tx.scope(), id).await?.filter(|row| row.status == Status::Scheduled);
    let mut row = open.ok_or_else(|| life::illegal_move(&partner))?;
    if row.effective_at <= tx.now() {
        // The timer is late, and the day is not.
        return Err(life::illegal_move(&partner));
    }
    tx.clear_timer(TIMER, &id.to_string()).await?;
    row.status = Status::Undone;
    store::update(tx, &mut row).await?;
    let partner = life::to_status(tx, partner, row.from_status, PartnerAction::UndoOffboarding.wire(), reason).await?;
    tx.emit(PartnerOffboardingUndoneEvent { partner: Partner::whole(&partner), offboarding: PartnerOffboarding::whole(&row) });
    Ok(PartnerOffboarding::seen_by(tx.actor(), &row))
}

/// The day has come, or something is left to hand over.
pub async fn fire(tx: &mut Tx, subject: &str) -> Result<(), Problem> {
    let Ok(id) = subject.parse::<PartnerId>() else { return Ok(()) };
    let everybody = Scope::vendor_wide(tx.vendor());
    let Some(partner) = partners::find_to_change(tx, id).await? else { return Ok(()) };
    let Some(mut row) = store::latest(tx, everybody, id).await? else { return Ok(()) };
    match row.status {
        Status::Scheduled if tx.now() < row.effective_at => Ok(tx.set_timer(TIMER, subject, row.effective_at).await?),
        Status::Scheduled => end(tx, partner, &mut row).await,
        Status::HandingOver => hand_over(tx, partner, &mut row).await,
        Status::Done | Status::Undone => Ok(()),
    }
}

/// End it now: its people are out with this write, and the handing over begins.
async fn end(tx: &mut Tx, partner: partner::Model, row: &mut OffboardingRow) -> Result<(), Problem> {
    let id = row.partner();
    row.status = Status::HandingOver;
    row.open_money = text(&owed(tx, id).await?);
    if let Some(successor) = row.successor() {
        let found = partners::find(tx, Scope::vendor_wide(tx.vendor()), successor).await?;
        if found.is_none_or(|found| found.status != PartnerStatus::Active) {
            // It was, when it was named: now a person has to say.
            (row.successor_id, row.deals) = (None, text(&PartnerDealsGo::ToManager));
        }
    }
    store::update(tx, row).await?;
    told::by_mail(tx, &partner, row).await?;
    let partner = life::to_status(tx, partner, PartnerStatus::Ended, PartnerAction::Offboard.wire(), Some(row.reason.clone())).await?;
    tx.set_timer(TIMER, &id.to_string(), tx.now()).await?;
    tx.emit(PartnerOffboardedEvent { partner: Partner::whole(&partner), offboarding: PartnerOffboarding::whole(row) });
    Ok(())
}

/// One step of the first part that is not done.
async fn hand_over(tx: &mut Tx, partner: partner::Model, row: &mut OffboardingRow) -> Result<(), Problem> {
    let handing = Handing { partner: row.partner(), successor: row.successor(), deals: row.deals(), retain_until: row.retain_until };
    let mut parts = row.parts();
    let all = Parts::of(tx);
    if let Some(part) = parts.iter_mut().find(|part| part.status != PartnerPartStatus::Done) {
        match all.all().into_iter().find(|known| known.part() == part.part) {
            Some(known) => {
                let handed = known.step(tx, &handing, part.at.unwrap_or_default()).await?;
                part.handed_over += handed.done;
                part.left.extend(handed.left);
                part.left.truncate(LISTED);
                part.status = if handed.next.is_some() { PartnerPartStatus::Running } else { PartnerPartStatus::Done };
                part.at = handed.next;
            }
            // A part that a later version does not know any more has nothing to hand over.
            None => part.status = PartnerPartStatus::Done,
        }
    }
    let open = parts.iter().any(|part| part.status != PartnerPartStatus::Done);
    row.parts = text(&parts);
    if open {
        store::update(tx, row).await?;
        return Ok(tx.set_timer(TIMER, &row.partner().to_string(), tx.now()).await?);
    }
    (row.status, row.done_at) = (Status::Done, Some(tx.now()));
    store::update(tx, row).await?;
    tx.emit(PartnerOffboardingDoneEvent { partner: Partner::whole(&partner), offboarding: PartnerOffboarding::whole(row) });
    Ok(())
}

fn text(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("plain data is JSON")
}
