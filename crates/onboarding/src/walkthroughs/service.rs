//! What a person does in a walkthrough: one transaction each.

use super::events::{WalkthroughCompleted, WalkthroughDismissed, WalkthroughStarted};
use super::me::{Me, person_of};
use super::published::{self, Published, Shelf};
use super::rules::{Standing, WalkthroughAction, WalkthroughStatus};
use super::store::{self, ProgressRow};
use super::types::{WalkthroughDone, WalkthroughShown};
use super::{WalkthroughId, WalkthroughProgressId};
use crate::reading;
use kernel::{Problem, Tx};

/// Take down what a person did; whatever was done already changes nothing and tells nothing.
pub async fn done(tx: &mut Tx, id: WalkthroughId, body: WalkthroughDone) -> Result<WalkthroughShown, Problem> {
    let shelf = published::shelf(&tx.app().clone(), tx, tx.vendor()).await?;
    let version = shelf.find(id).ok_or_else(Problem::not_found)?;
    let person = person_of(tx.actor())?;
    let me = Me::within(tx, person).await?;
    let progress = store::hold(tx, person).await?;
    let begun = progress.iter().any(|row| row.walkthrough_id == id.0);
    if !begun && (version.retired || !version.is_for(&me.facts)) {
        return Err(Problem::not_found());
    }
    let step = step(version, &body)?;
    let next = |standing: Standing| standing.after(body.action, step, version.body.steps.len());
    let mut before = shelf.standing(version, &progress)?;
    if next(before) != before {
        let mut row = own(tx, &me, (shelf.as_ref(), version), progress).await?;
        // Another call may have come in between.
        before = row.standing()?;
        if next(before) != before {
            keep(tx, &me, &mut row, next(before)).await?;
            tell(tx, version, &row, (before, next(before)))?;
        }
    }
    let languages = reading::of_person(tx, &me.person).await?;
    Ok(WalkthroughShown::of((version.id, version.version), &version.body, next(before), &languages))
}

/// The place of the step that was seen; 422 where there is none, or where none belongs.
fn step(version: &Published, body: &WalkthroughDone) -> Result<usize, Problem> {
    match (body.action, &body.step) {
        (WalkthroughAction::See, Some(key)) => {
            version.body.step(key).ok_or_else(|| Problem::invalid("/step", "no_such_step", "This version has no step of this key."))
        }
        (WalkthroughAction::See, None) => Err(Problem::invalid("/step", "required", "Name the step that was seen.")),
        (_, Some(_)) => Err(Problem::invalid("/step", "not_here", "A step is named with `see` only.")),
        (_, None) => Ok(0),
    }
}

/// The person's progress in this version, held; begun where there is none.
async fn own(tx: &Tx, me: &Me, (shelf, version): (&Shelf, &Published), progress: Vec<ProgressRow>) -> Result<ProgressRow, Problem> {
    let of = |rows: Vec<ProgressRow>| rows.into_iter().find(|row| row.walkthrough_id == version.id.0);
    let begins = fresh(tx, me, version, shelf.standing(version, &progress)?);
    if let Some(row) = of(progress) {
        return Ok(row);
    }
    if store::begin(tx, begins.clone()).await? {
        return Ok(begins);
    }
    of(store::hold(tx, me.person.id()).await?).ok_or_else(|| Problem::internal("progress is there and is not found"))
}

fn fresh(tx: &Tx, me: &Me, version: &Published, standing: Standing) -> ProgressRow {
    ProgressRow {
        vendor_id: tx.vendor().0,
        id: WalkthroughProgressId::fresh().0,
        walkthrough_id: version.id.0,
        person_id: Some(me.person.id),
        partner_id: me.person.partner_id,
        role: me.person.role.clone(),
        partner_type: me.partner_type(),
        status: standing.status.wire().to_owned(),
        seen: standing.seen as i64,
        run: standing.run,
        started_at: tx.now(),
        ended_at: None,
        revision: 0,
        updated_at: tx.now(),
    }
}

async fn keep(tx: &Tx, me: &Me, row: &mut ProgressRow, after: Standing) -> Result<(), Problem> {
    after.status.wire().clone_into(&mut row.status);
    (row.seen, row.run) = (after.seen as i64, after.run);
    row.ended_at = after.status.is_over().then(|| tx.now());
    // What they are now counts, as of their last step.
    (row.role, row.partner_type, row.partner_id) = (me.person.role.clone(), me.partner_type(), me.person.partner_id);
    Ok(store::write(tx, row).await?)
}

fn tell(tx: &mut Tx, version: &Published, row: &ProgressRow, (before, after): (Standing, Standing)) -> Result<(), Problem> {
    let walkthrough_progress = row.told(version.version, &version.body)?;
    match after.status {
        WalkthroughStatus::Started if before.status != after.status || before.run != after.run => {
            tx.emit(WalkthroughStarted { walkthrough_progress })
        }
        WalkthroughStatus::Completed => tx.emit(WalkthroughCompleted { walkthrough_progress }),
        WalkthroughStatus::Dismissed => tx.emit(WalkthroughDismissed { walkthrough_progress }),
        WalkthroughStatus::Started | WalkthroughStatus::New => {}
    }
    Ok(())
}
