//! A run's next step, taken by its timer in the write that records it: once, in order, whoever dies.

use super::take::{self, Due, Outcome, Reason};
use crate::AutomationRunId;
use crate::events::AutomationRunFailedEvent;
use crate::runs::{AutomationRunState, AutomationStepState};
use crate::store::runs::{self, run, step};
use chrono::{DateTime, Duration, Utc};
use kernel::{Problem, Tx};

/// The timer of a run that has steps to come.
pub const TIMER: &str = "automation.run";
/// How often a step is tried that breaks.
pub const ATTEMPTS: i64 = 8;
/// After a step broke it rests: 5 s, doubling.
const REST: i64 = 5;

/// Take the step that is due, and wait for the next.
pub async fn fire(tx: &mut Tx, subject: &str) -> Result<(), Problem> {
    let Ok(id) = subject.parse::<AutomationRunId>() else { return Ok(()) };
    let Some(run) = runs::find_to_change(tx, id).await? else { return Ok(()) };
    if run.state != AutomationRunState::Planned {
        return Ok(());
    }
    let mut steps = runs::steps(tx, tx.vendor(), &[run.id]).await?;
    if let Some(step) = next(&mut steps).filter(|step| due(step) <= tx.now()) {
        take_step(tx, &run, step).await?;
    }
    match next(&mut steps) {
        Some(step) => Ok(tx.set_timer(TIMER, subject, due(step).max(tx.now())).await?),
        None => end(tx, run, &steps).await,
    }
}

/// The step that comes next: the earliest, and of those the first. One that rests is waited for.
fn next(steps: &mut [step::Model]) -> Option<&mut step::Model> {
    steps.iter_mut().filter(|step| step.state == AutomationStepState::Planned).min_by_key(|step| (step.due_at, step.position))
}

fn due(step: &step::Model) -> DateTime<Utc> {
    step.retry_at.or(step.due_at).unwrap_or(DateTime::UNIX_EPOCH)
}

async fn take_step(tx: &mut Tx, run: &run::Model, step: &mut step::Model) -> Result<(), Problem> {
    let event = take::event(tx, run).await?;
    let due_at = step.due_at.unwrap_or(event.occurred_at);
    let occasion = take::occasion(tx, event, &run.automation, due_at).await?;
    let with = serde_json::from_str(&step.parameters).map_err(Problem::internal)?;
    let due = Due { step: &step.step, with: &with, condition: step.condition.as_deref() };
    let outcome = take::take(tx, &due, &occasion).await?;
    let mut emitted = Vec::new();
    step.attempts += 1;
    step.retry_at = None;
    match outcome {
        Outcome::Done(did, events) => {
            step.did = Some(did.to_string());
            emitted = events;
            ended(step, AutomationStepState::Done, None, tx.now());
        }
        Outcome::Skipped(reason) => ended(step, AutomationStepState::Skipped, Some(reason), tx.now()),
        Outcome::Refused(reason) => ended(step, AutomationStepState::Refused, Some(reason), tx.now()),
        Outcome::Broke(reason) if step.attempts < ATTEMPTS => {
            (step.reason_code, step.reason) = (Some(reason.code), Some(reason.detail));
            step.retry_at = Some(tx.now() + Duration::seconds(REST << (step.attempts - 1)));
        }
        Outcome::Broke(reason) => {
            tx.emit(AutomationRunFailedEvent::of(run, step, &reason));
            emitted = tx.emitted();
            ended(step, AutomationStepState::Failed, Some(reason), tx.now());
        }
    }
    let ids: Vec<_> = emitted.iter().map(|(id, _)| *id).collect();
    runs::record_effects(tx, run.id, step.position, &ids).await?;
    Ok(runs::update_step(tx, step.clone()).await?)
}

fn ended(step: &mut step::Model, state: AutomationStepState, reason: Option<Reason>, now: DateTime<Utc>) {
    step.state = state;
    step.ended_at = Some(now);
    (step.reason_code, step.reason) = reason.map_or((None, None), |reason| (Some(reason.code), Some(reason.detail)));
}

/// Nothing is to come: the run is what the worst of its steps is.
async fn end(tx: &mut Tx, mut run: run::Model, steps: &[step::Model]) -> Result<(), Problem> {
    run.state = state_of(steps);
    run.ended_at = Some(tx.now());
    Ok(runs::update(tx, run).await?)
}

/// What a run is whose steps have all ended.
pub(super) fn state_of(steps: &[step::Model]) -> AutomationRunState {
    let any = |state| steps.iter().any(|step| step.state == state);
    match () {
        () if any(AutomationStepState::Failed) => AutomationRunState::Failed,
        () if any(AutomationStepState::Refused) => AutomationRunState::Refused,
        () => AutomationRunState::Done,
    }
}
