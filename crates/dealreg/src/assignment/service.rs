//! Use cases: a deal enters review, is assigned, taken, given back, escalated, or placed anew.

use super::events::{DealAssigned, DealEscalated, DealQueued};
use super::fit::{self, Work};
use super::place::{Placement, in_queue, place};
use super::queues::store;
use super::types::{AssignedBy, Assignment, DealAssign, DealEscalate};
use crate::rules::{Action, Status};
use crate::service::moves::ready;
use crate::store::deals::{self, DealRow};
use crate::types::Deal;
use crate::{DealId, error};
use access::{Permission, Role, people};
use kernel::actor::Caller;
use kernel::id::PersonId;
use kernel::{Problem, Tx};
use uuid::Uuid;

/// Administrators to whom a deal may be escalated.
const ADMINS: u64 = 50;

/// The work that a deal in review is, for anybody but these.
pub(super) fn work(tx: &Tx, row: &DealRow, not: Vec<PersonId>) -> Work {
    Work { vendor: tx.vendor(), partner: Some(row.partner()), needs: Permission::DecideDeals, not, now: tx.now() }
}

fn manager_of(row: &DealRow) -> Option<PersonId> {
    row.channel_manager_id.map(PersonId)
}

/// A deal enters review: assign it, or let it wait. `was` is the status that it had; whoever asked a question gets the answer.
/// The row is not written here, and [`announce`] tells of it.
pub async fn enter(tx: &Tx, row: &mut DealRow, was: &str) -> Result<(), Problem> {
    row.review_since = Some(tx.now());
    if let Some(assignee) = row.assignee_id.map(PersonId).filter(|_| was == Status::InformationRequested.wire()) {
        let standing = fit::standing(tx, &work(tx, row, Vec::new()), assignee).await?;
        if standing.fit && standing.away.is_none() {
            let before = row.assignment()?.unwrap_or_else(|| Assignment::by(AssignedBy::Hand));
            row.assigned(Assignment { by: AssignedBy::Returned, ..before });
            return Ok(());
        }
    }
    let placed = by_route(tx, row, Vec::new()).await?;
    apply(tx, row, placed, None);
    Ok(())
}

/// Where the decision's route leads.
async fn by_route(tx: &Tx, row: &DealRow, not: Vec<PersonId>) -> Result<Placement, Problem> {
    let route = row.decision()?.and_then(|decision| decision.route);
    // A route without a rule is the channel manager's.
    let rule = route.filter(|route| route.rule.is_some());
    let mut placed = place(tx, &work(tx, row, not), rule.as_ref().map(|route| route.to.as_str()), manager_of(row)).await?;
    placed.why.rule = rule.and_then(|route| route.rule);
    Ok(placed)
}

/// Write down where it is now; `before` is how it was in the same review.
fn apply(tx: &Tx, row: &mut DealRow, placed: Placement, before: Option<Assignment>) {
    let mut why = placed.why;
    if let Some(before) = before {
        (why.had, why.gave_back) = (before.had, before.gave_back);
    }
    why.had.extend(placed.assignee.filter(|person| !why.had.contains(person)));
    row.assignee_id = placed.assignee.map(|person| person.0);
    row.queue = placed.queue;
    row.pool_id = placed.pool;
    row.assigned_at = Some(tx.now());
    row.assigned(why);
}

/// Tell where a deal is that has just entered review.
pub fn announce(tx: &mut Tx, row: &DealRow) -> Result<(), Problem> {
    let Some(why) = row.assignment()? else { return Ok(()) };
    if why.by == AssignedBy::Returned || (row.assignee_id.is_none() && row.queue.is_none() && row.pool_id.is_none()) {
        return Ok(());
    }
    tell(tx, row, None, None)
}

fn tell(tx: &mut Tx, row: &DealRow, from: Option<PersonId>, note: Option<String>) -> Result<(), Problem> {
    let deal = row.clone().whole(u64::MAX)?;
    match row.assignee_id {
        Some(_) => tx.emit(DealAssigned { deal, from, note }),
        None => tx.emit(DealQueued { deal, from, note }),
    }
    Ok(())
}

/// Store a deal that is now somewhere else, and tell of it.
async fn save(tx: &mut Tx, row: &mut DealRow, from: Option<PersonId>, note: Option<String>) -> Result<(), Problem> {
    deals::update(tx, row).await?;
    tell(tx, row, from, note)
}

/// Give a deal to a person or to a queue, by hand or by an automation.
pub async fn assign(tx: &mut Tx, id: DealId, body: DealAssign) -> Result<Deal, Problem> {
    store::lock(tx).await?;
    let mut row = ready(tx, id, Action::Assign).await?;
    let (from, before) = (row.assignee_id.map(PersonId), row.assignment()?);
    let placed = named(tx, &row, &body.to, from.into_iter().collect(), AssignedBy::Hand).await?;
    if placed.assignee.is_none() || placed.assignee != from {
        apply(tx, &mut row, placed, before);
        save(tx, &mut row, from, Some(body.reason)).await?;
    }
    row.show(tx, tx.actor()).await
}

/// Where it goes if `to` is named by somebody: 422 unless it is a queue, or a person who may decide this deal. A person who is named gets
/// it even if they are away.
async fn named(tx: &Tx, row: &DealRow, to: &str, not: Vec<PersonId>, by: AssignedBy) -> Result<Placement, Problem> {
    if let Ok(person) = to.parse::<PersonId>() {
        if !fit::standing(tx, &work(tx, row, Vec::new()), person).await?.fit {
            let detail = "There is no such person of the vendor, or they may not decide this deal.";
            return Err(Problem::invalid("/to", "not_able", detail));
        }
        return Ok(Placement { assignee: Some(person), queue: row.queue.clone(), pool: None, why: Assignment::by(by) });
    }
    let queue = store::by_name(tx, tx.vendor(), to).await?;
    let queue = queue.ok_or_else(|| Problem::invalid("/to", "unknown_queue", "Name a person's id or a queue."))?;
    let mut placed = in_queue(tx, &work(tx, row, not), queue).await?;
    if placed.assignee.is_none() {
        placed.why.by = by;
    }
    Ok(placed)
}

/// Take a deal that waits.
pub async fn take(tx: &mut Tx, id: DealId) -> Result<Deal, Problem> {
    store::lock(tx).await?;
    let mut row = deals::find(tx, tx.scope(), id).await?.ok_or_else(Problem::not_found)?;
    let me = match (&tx.actor().caller, tx.scope().partner()) {
        (Caller::Person(me), None) => *me,
        _ => return Err(Problem::new(access::error::NOT_A_PERSON)),
    };
    match row.assignee_id.map(PersonId).filter(|_| row.status == Status::InReview.wire()) {
        Some(holder) if holder == me => return row.show(tx, tx.actor()).await,
        Some(_) => return Err(Problem::new(error::TAKEN)),
        None => {}
    }
    ready(tx, id, Action::Take).await?;
    let before = row.assignment()?;
    let placed = Placement { assignee: Some(me), queue: row.queue.clone(), pool: None, why: Assignment::by(AssignedBy::Taken) };
    apply(tx, &mut row, placed, before);
    save(tx, &mut row, None, None).await?;
    row.show(tx, tx.actor()).await
}

/// Give a deal back to where it came from; whoever had it does not get it dealt again in this review.
pub async fn release(tx: &mut Tx, id: DealId, note: Option<String>) -> Result<Deal, Problem> {
    store::lock(tx).await?;
    let mut row = ready(tx, id, Action::Release).await?;
    let from = row.assignee_id.map(PersonId);
    let mut before = row.assignment()?.unwrap_or_else(|| Assignment::by(AssignedBy::Hand));
    before.gave_back.extend(from.filter(|person| !before.gave_back.contains(person)));
    let queue = match &row.queue {
        Some(name) => store::by_name(tx, tx.vendor(), name).await?,
        None => None,
    };
    let mut placed = match queue {
        Some(queue) => in_queue(tx, &work(tx, &row, before.gave_back.clone()), queue).await?,
        None => Placement { assignee: None, queue: row.queue.clone(), pool: None, why: Assignment::by(AssignedBy::Released) },
    };
    if placed.assignee.is_none() {
        placed.why.by = AssignedBy::Released;
    }
    apply(tx, &mut row, placed, Some(before));
    save(tx, &mut row, from, note).await?;
    row.show(tx, tx.actor()).await
}

/// Escalate a deal: to whom is named, or to the next in line who has not had it in this review.
pub async fn escalate(tx: &mut Tx, id: DealId, body: DealEscalate) -> Result<Deal, Problem> {
    store::lock(tx).await?;
    let mut row = ready(tx, id, Action::Escalate).await?;
    let (from, before) = (row.assignee_id.map(PersonId), row.assignment()?);
    let mut had = before.as_ref().map(|before| before.had.clone()).unwrap_or_default();
    had.extend(from);
    let placed = match &body.to {
        Some(to) => {
            let placed = named(tx, &row, to, had.clone(), AssignedBy::Escalation).await?;
            if placed.assignee.is_some_and(|person| had.contains(&person)) {
                return Err(Problem::new(error::NOBODY_LEFT).detail("This person has had it in this review already."));
            }
            placed
        }
        None => next_in_line(tx, &row, had).await?.ok_or_else(|| Problem::new(error::NOBODY_LEFT))?,
    };
    apply(tx, &mut row, placed, before);
    save(tx, &mut row, from, body.reason.clone()).await?;
    let deal = row.clone().whole(u64::MAX)?;
    tx.emit(DealEscalated { deal, from, note: body.reason });
    row.show(tx, tx.actor()).await
}

/// Those whom the queue names, then the channel managers, then administrators.
async fn next_in_line(tx: &Tx, row: &DealRow, had: Vec<PersonId>) -> Result<Option<Placement>, Problem> {
    let queue = match &row.queue {
        Some(name) => store::by_name(tx, tx.vendor(), name).await?,
        None => None,
    };
    let mut line = queue.map(|queue| queue.escalates_to()).unwrap_or_default();
    line.extend(manager_of(row));
    line.extend(
        partners::find(tx, kernel::Scope::vendor_wide(tx.vendor()), row.partner()).await?.and_then(|partner| partner.manager_id).map(PersonId),
    );
    line.extend(people::in_role(tx, tx.vendor(), Role::Admin.wire(), ADMINS).await?.into_iter().map(|row| row.id()));
    let work = work(tx, row, had);
    for candidate in line {
        if work.not.contains(&candidate) {
            continue;
        }
        if let Some(there) = fit::there_for(tx, &work, candidate).await? {
            let cover_for = (there != candidate).then_some(candidate);
            let why = Assignment { cover_for, ..Assignment::by(AssignedBy::Escalation) };
            return Ok(Some(Placement { assignee: Some(there), queue: row.queue.clone(), pool: None, why }));
        }
    }
    Ok(None)
}

/// Place an open deal anew, since whoever has it can no longer, or since it waits; `false` if it is best left where it is.
/// The caller holds the lock.
pub(super) async fn place_anew(tx: &mut Tx, row: &mut DealRow, why: Option<&str>) -> Result<bool, Problem> {
    let (from, before) = (row.assignee_id.map(PersonId), row.assignment()?);
    let not = before.as_ref().map(|before| before.gave_back.clone()).unwrap_or_default();
    let queue = match (row.pool_id, &row.queue) {
        (Some(pool), _) => store::by_id(tx, tx.vendor(), pool).await?,
        (None, Some(name)) => store::by_name(tx, tx.vendor(), name).await?,
        (None, None) => None,
    };
    // Whoever is away may have said who stands in; nobody else gets it then.
    let covering = match from {
        Some(holder) => fit::there_for(tx, &work(tx, row, not.clone()), holder).await?.filter(|there| *there != holder),
        None => None,
    };
    let mut placed = match (covering, queue, row.pool_id) {
        (Some(there), ..) => {
            let why = Assignment { cover_for: from, ..Assignment::by(AssignedBy::Cover) };
            Placement { assignee: Some(there), queue: row.queue.clone(), pool: None, why }
        }
        (None, Some(queue), _) => in_queue(tx, &work(tx, row, not), queue).await?,
        (None, None, Some(person)) => waiting_for(tx, row, person, not).await?,
        (None, None, None) => by_route(tx, row, not).await?,
    };
    if placed.assignee == from && placed.pool == row.pool_id && placed.queue == row.queue {
        return Ok(false);
    }
    placed.why.rule = before.as_ref().and_then(|before| before.rule.clone()).or(placed.why.rule);
    apply(tx, row, placed, before);
    save(tx, row, from, why.map(str::to_owned)).await?;
    Ok(true)
}

/// What waited for somebody who was away.
async fn waiting_for(tx: &Tx, row: &DealRow, person: Uuid, not: Vec<PersonId>) -> Result<Placement, Problem> {
    place(tx, &work(tx, row, not), Some(&PersonId(person).to_string()), manager_of(row)).await
}
