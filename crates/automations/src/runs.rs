//! Runs on the wire.

use crate::AutomationRunId;
use crate::store::runs::{effect, run, step};
use crate::types::{AutomationCreate, AutomationName};
use access::Permission;
use chrono::{DateTime, Utc};
use kernel::app::Resource;
use kernel::id::EventId;
use kernel::{Actor, Problem, Subject};
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use validator::Validate;

/// How far a run has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema, EnumIter, DeriveActiveEnum)]
#[serde(rename_all = "snake_case")]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum AutomationRunState {
    /// Something of it is still to come.
    Planned,
    /// Whatever was to be done was done or skipped.
    Done,
    /// A step could not be done, and will not be tried again.
    Refused,
    /// A step broke every time, or it could not be decided whether to start.
    Failed,
    /// What was still to come was cancelled.
    Cancelled,
    /// Automations had started one another too often; nothing was done.
    Stopped,
}

/// How far a step has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema, EnumIter, DeriveActiveEnum)]
#[serde(rename_all = "snake_case")]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum AutomationStepState {
    /// It is still to come.
    Planned,
    /// It was done.
    Done,
    /// It could not be done, and will not be tried again.
    Refused,
    /// It was not to be done: its condition did not hold, or its moment was gone.
    Skipped,
    /// It broke every time.
    Failed,
    /// It was cancelled.
    Cancelled,
}

/// Why something was not done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(example = json!({"code": "deal.no_extension", "detail": "It was extended 2 times; the rules allow 2."}))]
pub struct AutomationReason {
    /// Stable code: a problem's, an expression's, or one of this resource.
    pub code: String,
    /// A sentence.
    pub detail: String,
}

impl AutomationReason {
    fn of(code: Option<String>, detail: Option<String>) -> Option<Self> {
        Some(Self { code: code?, detail: detail.unwrap_or_default() })
    }
}

/// A step of a run: what was planned and what became of it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"step": "deal.extend", "with": {}, "state": "done", "due_at": "2026-12-06T12:00:00Z", "attempts": 1,
    "ended_at": "2026-12-06T12:00:00Z", "did": {"deal_id": "deal_01jd3k7x2mfq8t9v5w6y0zabcd"}, "events": ["evt_01jd3k7x2mfq8t9v5w6y0zabcd"]}))]
pub struct AutomationRunStep {
    /// What is done.
    pub step: String,
    /// With which parameters: those of the automation when the event occurred.
    #[schema(value_type = std::collections::HashMap<String, Value>)]
    pub with: Value,
    /// What must hold when it is due.
    #[serde(rename = "while", skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
    /// How far it has come.
    pub state: AutomationStepState,
    /// When it is, or was, due; absent if it never was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_at: Option<DateTime<Utc>>,
    /// When it is tried again, after it broke.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_at: Option<DateTime<Utc>>,
    /// How often it was tried.
    pub attempts: i64,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<DateTime<Utc>>,
    /// What it did, in the step's own words.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<std::collections::HashMap<String, Value>>)]
    pub did: Option<Value>,
    /// Why it was not done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<AutomationReason>,
    /// The events that followed from it.
    pub events: Vec<EventId>,
}

/// One event that started one automation.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"id": "run_01jd3k7x2mfq8t9v5w6y0zabcd", "automation": "large-deals-keep-going", "automation_revision": 1,
    "event_id": "evt_01jd3k7x2mfq8t9v5w6y0zabcd", "event_type": "deal.approved", "sequence": 41,
    "subject": {"type": "deal", "id": "deal_01jd3k7x2mfq8t9v5w6y0zabcd", "revision": 1}, "depth": 0, "state": "planned",
    "started_at": "2026-11-20T12:00:00Z", "steps": [{"step": "deal.extend", "with": {}, "state": "planned", "due_at": "2026-12-06T12:00:00Z",
        "attempts": 0, "events": []}], "available_actions": ["cancel"]}))]
pub struct AutomationRun {
    /// Its id.
    pub id: AutomationRunId,
    /// The automation's name.
    pub automation: String,
    /// The automation's revision then.
    pub automation_revision: i64,
    /// The event that started it.
    pub event_id: EventId,
    /// Its type.
    pub event_type: String,
    /// Its place in the log.
    pub sequence: i64,
    /// What it was about, as it was then.
    pub subject: Subject,
    /// How many runs led to that event, one by another.
    pub depth: i64,
    /// How far it has come.
    pub state: AutomationRunState,
    /// Why it was stopped, cancelled, or could not be decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<AutomationReason>,
    /// When it was planned.
    pub started_at: DateTime<Utc>,
    /// When nothing of it was left to come.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<DateTime<Utc>>,
    /// What it does, in this order.
    pub steps: Vec<AutomationRunStep>,
    /// What the caller may do with it now: `cancel`.
    pub available_actions: Vec<String>,
}

impl Resource for AutomationRun {}

impl AutomationRun {
    /// A run with those of `steps` and `effects` that are its own.
    pub fn of(row: run::Model, steps: &[step::Model], effects: &[effect::Model], who: &Actor) -> Result<Self, Problem> {
        let may = who.grants & Permission::ManageAutomations.bit() != 0 && row.state == AutomationRunState::Planned;
        let emitted = |position: i64| {
            let own = effects.iter().filter(move |effect| effect.run_id == row.id && effect.position == position);
            own.map(|effect| EventId(effect.event_id)).collect()
        };
        let steps = steps.iter().filter(|step| step.run_id == row.id);
        let steps = steps.map(|step| AutomationRunStep::of(step.clone(), emitted(step.position))).collect::<Result<_, _>>()?;
        Ok(Self {
            id: AutomationRunId(row.id),
            automation: row.automation,
            automation_revision: row.automation_revision,
            event_id: EventId(row.event_id),
            event_type: row.event_type,
            sequence: row.sequence,
            subject: Subject { kind: row.subject_kind, id: row.subject_id, revision: row.subject_revision },
            depth: row.depth,
            state: row.state,
            reason: AutomationReason::of(row.reason_code, row.reason),
            started_at: row.started_at,
            ended_at: row.ended_at,
            steps,
            available_actions: if may { vec!["cancel".to_owned()] } else { Vec::new() },
        })
    }
}

impl AutomationRunStep {
    fn of(row: step::Model, events: Vec<EventId>) -> Result<Self, Problem> {
        Ok(Self {
            step: row.step,
            with: serde_json::from_str(&row.parameters).map_err(Problem::internal)?,
            condition: row.condition,
            state: row.state,
            due_at: row.due_at,
            retry_at: row.retry_at,
            attempts: row.attempts,
            ended_at: row.ended_at,
            did: row.did.map(|did| serde_json::from_str(&did)).transpose().map_err(Problem::internal)?,
            reason: AutomationReason::of(row.reason_code, row.reason),
            events,
        })
    }
}

/// Which events to try an automation on: one by its place in the log, or the latest that it is for.
#[derive(Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"last": 5}))]
pub struct AutomationDryRun {
    /// The event at this place in the log, whatever its type.
    #[validate(range(min = 1))]
    #[schema(minimum = 1)]
    pub sequence: Option<i64>,
    /// The latest so many events of the types that start it, 1 to 20; 5 if neither is given.
    #[validate(range(min = 1, max = 20))]
    #[schema(minimum = 1, maximum = 20)]
    pub last: Option<u64>,
}

/// An automation that is not kept, and which events to try it on.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"draft": {"name": "deals-keep-going", "summary": "Deals are prolonged before they end.", "on": ["deal.expiring"],
    "when": "event.data.deal.amount.amount > 5000000", "steps": [{"step": "deal.extend", "with": {"note": "Prolonged by itself."}}]}, "last": 5}))]
pub struct AutomationDraftDryRun {
    /// What to try.
    #[validate(nested)]
    pub draft: AutomationCreate,
    /// The event at this place in the log, whatever its type.
    #[validate(range(min = 1))]
    #[schema(minimum = 1)]
    pub sequence: Option<i64>,
    /// The latest so many events of the types that start it, 1 to 20; 5 if neither is given.
    #[validate(range(min = 1, max = 20))]
    #[schema(minimum = 1, maximum = 20)]
    pub last: Option<u64>,
}

/// What a step would have done.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"step": "deal.extend", "state": "done", "due_at": "2026-12-06T12:00:00Z", "did": {"deal_id": "deal_01jd3k7x2mfq8t9v5w6y0zabcd"},
    "event_types": ["deal.extended"]}))]
pub struct AutomationTriedStep {
    /// What is done.
    pub step: String,
    /// What would have become of it.
    pub state: AutomationStepState,
    /// When it would have been due; it was tried as of now all the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_at: Option<DateTime<Utc>>,
    /// What it would have done.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<std::collections::HashMap<String, Value>>)]
    pub did: Option<Value>,
    /// Why it would not have been done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<AutomationReason>,
    /// The types of the events that would have followed from it.
    pub event_types: Vec<String>,
}

/// What would have happened when one event occurred.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"event_id": "evt_01jd3k7x2mfq8t9v5w6y0zabcd", "event_type": "deal.expiring", "sequence": 41,
    "occurred_at": "2026-11-20T12:00:00Z", "subject": {"type": "deal", "id": "deal_01jd3k7x2mfq8t9v5w6y0zabcd", "revision": 1}, "starts": true,
    "steps": [{"step": "deal.extend", "state": "done", "due_at": "2026-11-20T12:00:00Z", "did": {}, "event_types": ["deal.extended"]}]}))]
pub struct AutomationTriedEvent {
    /// The event.
    pub event_id: EventId,
    /// Its type.
    pub event_type: String,
    /// Its place in the log.
    pub sequence: i64,
    /// When it occurred.
    pub occurred_at: DateTime<Utc>,
    /// What it was about.
    pub subject: Subject,
    /// Whether it would have started the automation.
    pub starts: bool,
    /// Why not, if not because `when` does not hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<AutomationReason>,
    /// What its steps would have done, one after another; none if it would not have started.
    pub steps: Vec<AutomationTriedStep>,
}

/// What an automation would have done. Nothing was changed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"automation": "deals-keep-going", "events": []}))]
pub struct AutomationTried {
    /// Its name.
    pub automation: AutomationName,
    /// What would have happened at each event, the newest first.
    pub events: Vec<AutomationTriedEvent>,
}
