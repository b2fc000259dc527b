//! Add, change, switch and take out automations; cancel runs. One transaction each.

use crate::catalogue::Catalogue;
use crate::events::*;
use crate::rules::{self, Definition};
use crate::runs::{AutomationRun, AutomationRunState};
use crate::store::automations::{self, Held, automation};
use crate::store::runs;
use crate::types::{Automation, AutomationCreate, AutomationDisable, AutomationName, AutomationPatch};
use crate::{AutomationRunId, error};
use kernel::problem::kinds;
use kernel::{Problem, Tx, log};

/// Automations that a vendor adds or changes.
pub const MOST: u64 = 200;
/// A word that means something else in a path.
const RESERVED: &str = "dry-run";

/// 422 unless this definition can be kept; pointers begin with `at`.
pub fn check(catalogue: &Catalogue, definition: &Definition, at: &str) -> Result<(), Problem> {
    let found = rules::faults(definition, catalogue, at);
    if found.is_empty() { Ok(()) } else { Err(Problem::invalid_all(found)) }
}

/// Add an automation, for events from now on.
pub async fn create(tx: &mut Tx, new: AutomationCreate) -> Result<Automation, Problem> {
    let catalogue = Catalogue::of(tx.app());
    let name = new.name.to_string();
    if name == RESERVED {
        return Err(Problem::invalid("/name", "reserved", format!("`{RESERVED}` means something else; choose another name.")));
    }
    if catalogue.standard(&name).is_some() {
        return Err(Problem::new(error::TAKEN));
    }
    let definition = new.definition();
    check(&catalogue, &definition, "")?;
    let row = fresh(tx, &name, Some(&definition), log::head(tx, tx.vendor()).await?, 1)?;
    if !add(tx, &row).await? {
        return Err(Problem::new(error::TAKEN));
    }
    let automation = Held { name, definition, standard: false, row: Some(row) }.show(tx.actor());
    tx.emit(AutomationCreatedEvent { automation: automation.clone() });
    Ok(automation)
}

fn fresh(tx: &Tx, name: &str, definition: Option<&Definition>, active_after: i64, revision: i64) -> Result<automation::Model, Problem> {
    Ok(automation::Model {
        vendor_id: tx.vendor().0,
        name: name.to_owned(),
        definition: definition.map(serde_json::to_string).transpose().map_err(Problem::internal)?,
        enabled: true,
        active_after,
        revision,
        created_at: tx.now(),
        updated_at: tx.now(),
    })
}

async fn add(tx: &Tx, row: &automation::Model) -> Result<bool, Problem> {
    if automations::count(tx).await? >= MOST {
        return Err(Problem::new(error::TOO_MANY));
    }
    Ok(automations::insert(tx, row.clone()).await?)
}

async fn at_hand(tx: &Tx, catalogue: &Catalogue, name: &AutomationName) -> Result<Held, Problem> {
    automations::find_to_change(tx, catalogue, name.as_str()).await?.ok_or_else(Problem::not_found)
}

/// Change what an automation does, for events from now on; a standard one from then on for this vendor.
pub async fn update(tx: &mut Tx, name: AutomationName, patch: AutomationPatch) -> Result<Automation, Problem> {
    let catalogue = Catalogue::of(tx.app());
    let mut held = at_hand(tx, &catalogue, &name).await?;
    tx.actor().require_match(held.revision())?;
    let definition = patch.onto(held.definition.clone());
    if definition != held.definition {
        check(&catalogue, &definition, "")?;
        held.definition = definition;
        let kept = (catalogue.standard(name.as_str()) != Some(&held.definition)).then_some(&held.definition);
        let text = kept.map(serde_json::to_string).transpose().map_err(Problem::internal)?;
        write(tx, &mut held, |row| row.definition = text).await?;
        tx.emit(AutomationUpdatedEvent { automation: held.show(tx.actor()) });
    }
    Ok(held.show(tx.actor()))
}

/// Write a change under the next revision; the first change of a standard automation makes its row.
async fn write(tx: &Tx, held: &mut Held, change: impl FnOnce(&mut automation::Model)) -> Result<(), Problem> {
    match held.row.as_mut() {
        Some(row) => {
            change(row);
            (row.revision, row.updated_at) = (row.revision + 1, tx.now());
            Ok(automations::update(tx, row.clone()).await?)
        }
        None => {
            let mut row = fresh(tx, &held.name, None, 0, 2)?;
            change(&mut row);
            let added = add(tx, &row).await?;
            held.row = Some(row);
            // Somebody made the first change at the same moment.
            if added { Ok(()) } else { Err(Problem::new(kinds::STALE)) }
        }
    }
}

/// Have events start it again, those from now on.
pub async fn enable(tx: &mut Tx, name: AutomationName) -> Result<Automation, Problem> {
    let mut held = at_hand(tx, &Catalogue::of(tx.app()), &name).await?;
    if !held.enabled() {
        let head = log::head(tx, tx.vendor()).await?;
        write(tx, &mut held, |row| (row.enabled, row.active_after) = (true, head)).await?;
        tx.emit(AutomationEnabledEvent { automation: held.show(tx.actor()) });
    }
    Ok(held.show(tx.actor()))
}

/// Have no event start it any more; what is planned is done all the same, unless it is to be cancelled.
pub async fn disable(tx: &mut Tx, name: AutomationName, how: AutomationDisable) -> Result<Automation, Problem> {
    let mut held = at_hand(tx, &Catalogue::of(tx.app()), &name).await?;
    if held.enabled() {
        write(tx, &mut held, |row| row.enabled = false).await?;
        tx.emit(AutomationDisabledEvent { automation: held.show(tx.actor()) });
    }
    if how.cancel_planned {
        runs::cancel(tx, None, name.as_str(), ("automation.disabled", "The automation was disabled, and what it had planned cancelled.")).await?;
    }
    Ok(held.show(tx.actor()))
}

/// Take out an automation of the vendor's own, with what it has planned; or put a standard one back to what it was.
pub async fn delete(tx: &mut Tx, name: AutomationName) -> Result<(), Problem> {
    let catalogue = Catalogue::of(tx.app());
    let mut held = at_hand(tx, &catalogue, &name).await?;
    match catalogue.standard(name.as_str()) {
        Some(_) if !held.changed() => Err(Problem::new(error::STANDARD)),
        Some(standard) => {
            let head = log::head(tx, tx.vendor()).await?;
            held.definition = standard.clone();
            let back = |row: &mut automation::Model| {
                row.active_after = if row.enabled { row.active_after } else { head };
                (row.definition, row.enabled) = (None, true);
            };
            write(tx, &mut held, back).await?;
            tx.emit(AutomationResetEvent { automation: held.show(tx.actor()) });
            Ok(())
        }
        None => {
            automations::delete(tx, name.as_str()).await?;
            runs::cancel(tx, None, name.as_str(), ("automation.deleted", "The automation was deleted.")).await?;
            tx.emit(AutomationDeletedEvent { automation: held.show(tx.actor()) });
            Ok(())
        }
    }
}

/// Cancel what is still to come of a run.
pub async fn cancel(tx: &mut Tx, id: AutomationRunId) -> Result<AutomationRun, Problem> {
    let run = runs::find_to_change(tx, id).await?.ok_or_else(Problem::not_found)?;
    if run.state != AutomationRunState::Planned {
        return Err(Problem::new(error::RUN_ENDED));
    }
    runs::cancel(tx, Some(run.id), &run.automation, ("automation_run.cancelled", "It was cancelled by hand.")).await?;
    tx.clear_timer(super::fire::TIMER, &id.to_string()).await?;
    let run = runs::find(tx, tx.vendor(), id).await?.ok_or_else(Problem::not_found)?;
    let (steps, effects) = (runs::steps(tx, tx.vendor(), &[run.id]).await?, runs::effects(tx, tx.vendor(), &[run.id]).await?);
    AutomationRun::of(run, &steps, &effects, tx.actor())
}
