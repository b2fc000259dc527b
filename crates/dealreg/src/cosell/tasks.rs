//! Use cases of next steps: put down, changed, moved, done, taken out; one transaction each. The request is held meanwhile.

use super::events::{CosellTaskAdded, CosellTaskCompleted, CosellTaskRemoved, CosellTaskReopened, CosellTaskUpdated};
use super::rules::{CosellAction, CosellSide, MOST_TASKS};
use super::service::{begin, person, ready};
use super::store::{self, Case};
use super::task_store::{self, TaskRow, takes_changes};
use super::task_types::{CosellTask, CosellTaskAdd, CosellTaskPatch};
use super::{CosellRequestId, CosellTaskId, clock};
use crate::error;
use chrono::{DateTime, SubsecRound, Utc};
use kernel::id::PersonId;
use kernel::{Problem, Tx};
use uuid::Uuid;

/// Between two neighbours: so that most moves change the one that moves, and nothing else.
const GAP: i64 = 1 << 20;

/// The owner, who has to take part.
fn owner(case: &Case, named: Option<PersonId>) -> Result<Option<Uuid>, Problem> {
    let Some(named) = named else { return Ok(None) };
    if case.people.iter().any(|one| one.is_active() && one.person() == named) {
        return Ok(Some(named.0));
    }
    Err(Problem::invalid("/owner_id", "no_such_participant", "Name somebody who takes part; bring them in first."))
}

/// Both databases keep microseconds.
fn due(named: Option<DateTime<Utc>>) -> Option<DateTime<Utc>> {
    named.map(|at| at.trunc_subsecs(6))
}

/// Put down a next step, after the others.
pub async fn add(tx: &mut Tx, id: CosellRequestId, body: CosellTaskAdd) -> Result<CosellTask, Problem> {
    let case = ready(tx, id, CosellAction::AddTask).await?;
    let others = task_store::all_of(tx, &case.row).await?;
    if others.len() as u64 >= MOST_TASKS {
        return Err(Problem::new(error::COSELL_FULL));
    }
    let mut row = TaskRow {
        vendor_id: case.row.vendor_id,
        id: CosellTaskId::fresh().0,
        request_id: case.row.id,
        partner_id: case.row.partner_id,
        place: others.last().map_or(0, |last| last.place) + GAP,
        title: body.title,
        note: body.note,
        owner_id: owner(&case, body.owner_id)?,
        due_at: due(body.due_at),
        overdue_at: None,
        done_at: None,
        done_by_side: None,
        written_by_id: person(tx.actor()).map(|person| person.0),
        revision: 1,
        created_at: tx.now(),
        updated_at: tx.now(),
    };
    task_store::insert(tx, &row).await?;
    schedule(tx, &mut row).await?;
    tx.emit(CosellTaskAdded::of(&row, &case.row)?);
    row.seen_by(tx.actor(), case.row.status()?)
}

/// Look at it again when it is due, if it waits to be done.
async fn schedule(tx: &mut Tx, row: &mut TaskRow) -> Result<(), Problem> {
    let subject = row.id().to_string();
    match row.due_at.filter(|_| row.done_at.is_none() && row.overdue_at.is_none()) {
        Some(due) => Ok(tx.set_timer(clock::TASK, &subject, due).await?),
        None => Ok(tx.clear_timer(clock::TASK, &subject).await?),
    }
}

/// The task with its request, if it is within the caller's reach and can be changed now.
async fn at_hand(tx: &Tx, id: CosellTaskId) -> Result<(TaskRow, Case), Problem> {
    let found = task_store::find(tx, tx.scope(), id).await?.ok_or_else(Problem::not_found)?;
    let request = store::find_to_change(tx, tx.scope(), CosellRequestId(found.request_id)).await?.ok_or_else(Problem::not_found)?;
    // As it is now that the request is held.
    let row = task_store::find(tx, tx.scope(), id).await?.ok_or_else(Problem::not_found)?;
    let status = request.status()?;
    if !takes_changes(status) {
        let detail = format!("The co-sell request is {}: its next steps stay as they are.", status.wire());
        return Err(Problem::new(error::COSELL_ILLEGAL_MOVE).detail(detail));
    }
    Ok((row, store::case(tx, request).await?))
}

/// Change it, move it, or give it to somebody else.
pub async fn patch(tx: &mut Tx, id: CosellTaskId, patch: CosellTaskPatch) -> Result<CosellTask, Problem> {
    let (mut row, case) = at_hand(tx, id).await?;
    tx.actor().require_match(row.revision)?;
    let before = row.clone();
    row.title = patch.title.unwrap_or(before.title.clone());
    row.note = patch.note.unwrap_or(before.note.clone());
    if (&row.title, &row.note) != (&before.title, &before.note) {
        row.written_by_id = person(tx.actor()).map(|person| person.0);
    }
    if let Some(named) = patch.owner_id {
        row.owner_id = owner(&case, named)?;
    }
    if let Some(at) = patch.due_at {
        row.due_at = due(at);
        if row.due_at.is_none_or(|at| at > tx.now()) {
            // It has its time again.
            row.overdue_at = None;
        }
    }
    if let Some(after) = patch.after {
        row.place = place(tx, &case, id, after).await?;
    }
    if row != before {
        task_store::update(tx, &mut row).await?;
        schedule(tx, &mut row).await?;
        tx.emit(CosellTaskUpdated::of(&row, &case.row)?);
    }
    row.seen_by(tx.actor(), case.row.status()?)
}

/// A place after this task, or before all. Where no number is left between two, the others get new ones.
async fn place(tx: &mut Tx, case: &Case, id: CosellTaskId, after: Option<CosellTaskId>) -> Result<i64, Problem> {
    let mut others = task_store::all_of(tx, &case.row).await?;
    others.retain(|task| task.id() != id);
    let at = match after {
        None => 0,
        Some(after) => {
            let no_such = || Problem::invalid("/after", "no_such_task", "There is no such other task in this request.");
            others.iter().position(|task| task.id() == after).map(|at| at + 1).ok_or_else(no_such)?
        }
    };
    if let Some(place) = between(at.checked_sub(1).map(|at| others[at].place), others.get(at).map(|next| next.place)) {
        return Ok(place);
    }
    for (count, other) in others.iter_mut().enumerate() {
        // One is left out, for the one that moves.
        let count = if count < at { count } else { count + 1 };
        other.place = GAP * (count as i64 + 1);
        task_store::update(tx, other).await?;
        tx.emit(CosellTaskUpdated::of(other, &case.row)?);
    }
    Ok(GAP * (at as i64 + 1))
}

/// A number between two; `None` if there is none left.
fn between(before: Option<i64>, next: Option<i64>) -> Option<i64> {
    let before = before.unwrap_or(0);
    match next {
        None => Some(before + GAP),
        Some(next) => (next - before > 1).then(|| before + (next - before) / 2),
    }
}

/// Say that it is done; the first that is makes an accepted request one that is worked on.
pub async fn complete(tx: &mut Tx, id: CosellTaskId) -> Result<CosellTask, Problem> {
    let (mut row, mut case) = at_hand(tx, id).await?;
    unless(row.done_at.is_some(), "It is done already.")?;
    matches(tx, &row)?;
    (row.done_at, row.done_by_side) = (Some(tx.now()), Some(CosellSide::of(tx.actor()).wire().to_owned()));
    task_store::update(tx, &mut row).await?;
    schedule(tx, &mut row).await?;
    tx.emit(CosellTaskCompleted::of(&row, &case.row)?);
    begin(tx, &mut case, None).await?;
    row.seen_by(tx.actor(), case.row.status()?)
}

/// Say that it is not done after all.
pub async fn reopen(tx: &mut Tx, id: CosellTaskId) -> Result<CosellTask, Problem> {
    let (mut row, case) = at_hand(tx, id).await?;
    unless(row.done_at.is_none(), "It is not done.")?;
    matches(tx, &row)?;
    (row.done_at, row.done_by_side) = (None, None);
    task_store::update(tx, &mut row).await?;
    schedule(tx, &mut row).await?;
    tx.emit(CosellTaskReopened::of(&row, &case.row)?);
    row.seen_by(tx.actor(), case.row.status()?)
}

/// Take it out.
pub async fn remove(tx: &mut Tx, id: CosellTaskId) -> Result<(), Problem> {
    let (mut row, case) = at_hand(tx, id).await?;
    task_store::delete(tx, &row).await?;
    tx.clear_timer(clock::TASK, &row.id().to_string()).await?;
    row.revision += 1;
    tx.emit(CosellTaskRemoved::of(&row, &case.row)?);
    Ok(())
}

fn unless(so: bool, detail: &str) -> Result<(), Problem> {
    if so { Err(Problem::new(error::COSELL_ILLEGAL_MOVE).detail(detail)) } else { Ok(()) }
}

fn matches(tx: &Tx, row: &TaskRow) -> Result<(), Problem> {
    if tx.actor().request.if_match.is_some() { tx.actor().require_match(row.revision) } else { Ok(()) }
}

/// What somebody was to do in a request is their heir's, or nobody's yet.
pub(super) async fn pass_on(tx: &mut Tx, case: &Case, person: PersonId, heir: Option<PersonId>) -> Result<(), Problem> {
    for mut row in task_store::all_of(tx, &case.row).await? {
        if row.owner_id == Some(person.0) && row.done_at.is_none() {
            row.owner_id = heir.map(|heir| heir.0);
            task_store::update(tx, &mut row).await?;
            tx.emit(CosellTaskUpdated::of(&row, &case.row)?);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn between_two_there_is_a_number_until_there_is_none() {
        assert_eq!((between(None, None), between(Some(GAP), None)), (Some(GAP), Some(2 * GAP)));
        assert_eq!((between(Some(4), Some(6)), between(Some(4), Some(5)), between(None, Some(1))), (Some(5), None, None));
    }

    proptest! {
        #[test]
        fn what_is_put_between_is_between(before in 0..1_i64 << 40, gap in 1..1_i64 << 40) {
            if let Some(place) = between(Some(before), Some(before + gap)) {
                prop_assert!(before < place && place < before + gap);
            }
        }
    }
}
