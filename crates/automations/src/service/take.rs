//! Taking one step, within a write that goes on whatever becomes of it.

use crate::catalogue::Catalogue;
use crate::rules::{WHILE, located};
use crate::store::runs::run;
use crate::{error, facts};
use chrono::{DateTime, Utc};
use kernel::actor::Caller;
use kernel::id::EventId;
use kernel::log::{self, Envelope, Filter};
use kernel::problem::{Kind, kinds};
use kernel::rules::{Expression, RuleError};
use kernel::steps::Occasion;
use kernel::{Problem, Tx};
use sea_orm::DbErr;
use serde_json::{Value, json};

/// The longest account of what a step did, in bytes of JSON.
const MAX_ACCOUNT: usize = 16_384;
/// The longest reason, in characters.
const MAX_REASON: usize = 1_000;

/// Why something was not done: a stable code and a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// Stable code.
    pub code: String,
    /// A sentence.
    pub detail: String,
}

impl Reason {
    /// A reason of this kind.
    pub fn new(kind: Kind, detail: impl Into<String>) -> Self {
        Self { code: kind.code.to_owned(), detail: detail.into() }
    }

    /// An expression that could not be decided.
    pub fn undecided(cause: &RuleError) -> Self {
        Self { code: cause.code.to_owned(), detail: located(cause) }
    }

    fn of(problem: &Problem) -> Self {
        let detail = problem.detail.clone().unwrap_or_else(|| problem.kind.title.to_owned());
        let fields = problem.errors.iter().take(3).map(|error| format!(" {}: {}", error.pointer, error.detail));
        let detail = fields.fold(detail, |all, field| all + &field);
        Self { code: problem.kind.code.to_owned(), detail: detail.chars().take(MAX_REASON).collect() }
    }
}

/// What became of a step.
#[derive(Debug)]
pub enum Outcome {
    /// It was done: what it says of it, and the events that followed.
    Done(Value, Vec<(EventId, &'static str)>),
    /// It was not to be done.
    Skipped(Reason),
    /// It could not be done, and will not be tried again.
    Refused(Reason),
    /// It broke, and may be tried again.
    Broke(Reason),
}

/// A step that is due.
pub struct Due<'a> {
    /// What is done.
    pub step: &'a str,
    /// With which parameters.
    pub with: &'a Value,
    /// What must hold.
    pub condition: Option<&'a str>,
}

/// Why a run takes its steps: its event, and the latest one about the same subject.
pub async fn occasion(tx: &Tx, event: Envelope, automation: &str, due_at: DateTime<Utc>) -> Result<Occasion, Problem> {
    let filter = Filter { types: Vec::new(), subject: Some(event.subject.id.clone()) };
    // Ids of different kinds of things may be alike where people choose them.
    let lately = log::last(tx.app(), tx, tx.vendor(), &filter, 10).await?;
    let latest = lately.into_iter().find(|later| later.subject.kind == event.subject.kind).unwrap_or_else(|| event.clone());
    Ok(Occasion { event, latest, automation: automation.to_owned(), due_at })
}

/// The event of a run.
pub async fn event(tx: &Tx, run: &run::Model) -> Result<Envelope, Problem> {
    let found = log::read_these(tx.app(), tx, tx.vendor(), &[run.sequence]).await?;
    found.into_iter().next().ok_or_else(|| Problem::internal("the event of a run is not in the log"))
}

/// Take a step in the automation's name; the write goes on whatever becomes of it. The error is the write's own.
pub async fn take(tx: &mut Tx, due: &Due<'_>, occasion: &Occasion) -> Result<Outcome, DbErr> {
    if let Some(condition) = due.condition {
        match asked(condition, occasion, tx.now()) {
            Ok(true) => {}
            Ok(false) => return Ok(Outcome::Skipped(Reason::new(error::CONDITION, "Its condition did not hold when it was due."))),
            Err(cause) => return Ok(Outcome::Refused(Reason::undecided(&cause))),
        }
    }
    let catalogue = Catalogue::of(tx.app());
    let Some(offered) = catalogue.step(due.step) else {
        return Ok(Outcome::Broke(Reason::new(error::UNKNOWN_STEP, format!("There is no step `{}` here.", due.step))));
    };
    let subjects = offered.step.subjects;
    if !subjects.is_empty() && !subjects.contains(&occasion.event.subject.kind.as_str()) {
        let detail = format!("It works on: {}; the event is about a {}.", subjects.join(", "), occasion.event.subject.kind);
        return Ok(Outcome::Refused(Reason::new(error::WRONG_SUBJECT, detail)));
    }
    let before = tx.emitted().len();
    tx.act_as(Caller::Automation(occasion.automation.as_str().into()));
    let carry_out = offered.step.take;
    let outcome = tx.attempt(async |tx| carry_out(tx, occasion, due.with).await).await?;
    Ok(match outcome {
        Ok(did) => Outcome::Done(bounded(did), tx.emitted().split_off(before)),
        // Somebody else changed the thing at the same moment: that passes.
        Err(problem) if problem.kind.status >= 500 || problem.kind == kinds::STALE => Outcome::Broke(Reason::of(&problem)),
        Err(problem) => Outcome::Refused(Reason::of(&problem)),
    })
}

fn asked(condition: &str, occasion: &Occasion, now: DateTime<Utc>) -> Result<bool, RuleError> {
    let expression = Expression::compile(condition, WHILE)?;
    expression.holds_over(&json!({"event": facts::of(&occasion.event), "latest": facts::of(&occasion.latest), "now": now}))
}

fn bounded(did: Value) -> Value {
    let fits = did.is_object() && did.to_string().len() <= MAX_ACCOUNT;
    if fits { did } else { json!({}) }
}
