//! What an automation would have done at past events: its steps are taken, in writes that are thrown away.

use super::follow::{decide, schedule};
use super::take::{self, Due, Outcome, Reason};
use crate::rules::{Definition, WHEN};
use crate::runs::{AutomationDryRun, AutomationReason, AutomationStepState, AutomationTried, AutomationTriedEvent, AutomationTriedStep};
use crate::types::AutomationName;
use kernel::id::VendorId;
use kernel::log::{self, Envelope, Filter, takes};
use kernel::rules::Expression;
use kernel::{Actor, App, Problem, Tx};
use serde_json::Value;

/// Events that are tried if nothing is said.
const EVENTS: u64 = 5;

/// Try a definition that was checked on the events that are asked for.
pub async fn dry_run(
    app: &App,
    vendor: VendorId,
    name: AutomationName,
    definition: &Definition,
    which: AutomationDryRun,
) -> Result<AutomationTried, Problem> {
    let when = Expression::compile(definition.when.as_str(), WHEN).map_err(|cause| Problem::invalid("/when", cause.code, cause.detail))?;
    let mut events = Vec::new();
    for event in chosen(app, vendor, definition, which).await? {
        events.push(tried(app, &name, definition, &when, event).await?);
    }
    Ok(AutomationTried { automation: name, events })
}

async fn chosen(app: &App, vendor: VendorId, definition: &Definition, which: AutomationDryRun) -> Result<Vec<Envelope>, Problem> {
    let db = app.db().read_of(vendor).await?;
    match (which.sequence, which.last) {
        (Some(_), Some(_)) => Err(Problem::invalid("/last", "ambiguous", "Give one of sequence and last.")),
        (Some(sequence), None) => {
            let found = log::read_these(app, &db, vendor, &[sequence]).await?;
            let missing = || Problem::invalid("/sequence", "out_of_range", "The log holds no event at this place.");
            if found.is_empty() { Err(missing()) } else { Ok(found) }
        }
        (None, last) => {
            let filter = Filter { types: definition.on.clone(), subject: None };
            Ok(log::last(app, &db, vendor, &filter, last.unwrap_or(EVENTS)).await?)
        }
    }
}

async fn tried(
    app: &App,
    name: &AutomationName,
    definition: &Definition,
    when: &Expression,
    event: Envelope,
) -> Result<AutomationTriedEvent, Problem> {
    let meant = definition.on.iter().any(|wanted| takes(wanted, &event.kind));
    let (starts, reason) = match decide(when, &event, app.clock().now()) {
        _ if !meant => {
            let detail = format!("It is not for events of the type {}.", event.kind);
            (false, Some(AutomationReason { code: "automation.other_type".to_owned(), detail }))
        }
        Ok(starts) => (starts, None),
        Err(reason) => (false, Some(reason.into())),
    };
    let steps = if starts { rehearsed(app, name, definition, &event).await? } else { Vec::new() };
    Ok(AutomationTriedEvent {
        event_id: event.id,
        event_type: event.kind,
        sequence: event.sequence,
        occurred_at: event.occurred_at,
        subject: event.subject,
        starts,
        reason,
        steps,
    })
}

async fn rehearsed(app: &App, name: &AutomationName, definition: &Definition, event: &Envelope) -> Result<Vec<AutomationTriedStep>, Problem> {
    let schedule = schedule(definition, event)?;
    app.rehearse(&Actor::system("automations", event.vendor_id), async |tx| {
        let mut tried = Vec::new();
        for (step, due) in &schedule {
            let mut shown = AutomationTriedStep {
                step: step.step.clone(),
                state: AutomationStepState::Skipped,
                due_at: due.as_ref().ok().copied(),
                did: None,
                reason: due.as_ref().err().cloned().map(AutomationReason::from),
                event_types: Vec::new(),
            };
            if due.is_ok() {
                let with = Value::Object(step.with.clone());
                let condition = step.condition.as_ref().map(|condition| condition.as_str());
                tell(try_step(tx, &Due { step: &step.step, with: &with, condition }, event, name).await?, &mut shown);
            }
            tried.push(shown);
        }
        Ok::<_, Problem>(tried)
    })
    .await
}

async fn try_step(tx: &mut Tx, due: &Due<'_>, event: &Envelope, name: &AutomationName) -> Result<Outcome, Problem> {
    let occasion = take::occasion(tx, event.clone(), name.as_str(), event.occurred_at).await?;
    Ok(take::take(tx, due, &occasion).await?)
}

fn tell(outcome: Outcome, shown: &mut AutomationTriedStep) {
    let (state, reason) = match outcome {
        Outcome::Done(did, events) => {
            shown.did = Some(did);
            shown.event_types = events.into_iter().map(|(_, kind)| kind.to_owned()).collect();
            (AutomationStepState::Done, None)
        }
        Outcome::Skipped(reason) => (AutomationStepState::Skipped, Some(reason)),
        Outcome::Refused(reason) => (AutomationStepState::Refused, Some(reason)),
        Outcome::Broke(reason) => (AutomationStepState::Failed, Some(reason)),
    };
    (shown.state, shown.reason) = (state, reason.map(AutomationReason::from));
}

impl From<Reason> for AutomationReason {
    fn from(reason: Reason) -> Self {
        Self { code: reason.code, detail: reason.detail }
    }
}
