//! Follows the log: an event that an automation is for plans a run, in the write that moves the cursor.
//!
//! Unlike the kernel's readers it moves its durable cursor only where there is something to do, or every [`LAG`] events: for an event that no
//! automation is for there is no write. What has been passed in between is kept in memory, together with the vendor's automations. Their
//! changes are events too, in the same log: a batch ends at one, so what follows it is judged by the automations as they are then, on
//! every instance; and what an instance looks at again after a restart lies behind the last change.

use super::take::Reason;
use super::{fire, sweep};
use crate::catalogue::Catalogue;
use crate::rules::{self, Definition, WHEN};
use crate::runs::{AutomationRunState, AutomationStepState};
use crate::store::automations::{self, Held};
use crate::store::runs::{self, run, step};
use crate::types::AutomationStep;
use crate::{AutomationRunId, error, facts};
use chrono::{DateTime, Utc};
use kernel::cache::Followed;
use kernel::id::VendorId;
use kernel::log::{self, Envelope, Filter, takes};
use kernel::readers::{behind, move_cursor};
use kernel::rules::Expression;
use kernel::workers::{Run, WokenBy, Worker};
use kernel::{Actor, App, Problem, Tx};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Names the cursor; never renamed.
pub const READER: &str = "automations";
/// The longest chain of runs, each started by what the one before did.
pub const DEPTH: i64 = 5;
/// The most runs that go back to one event.
pub const AVALANCHE: u64 = 250;
/// Events looked at together.
const BATCH: u64 = 100;
/// Runs planned in one write, or as many as one event starts.
const RUNS: usize = 200;
/// The cursor is moved when it is so far behind, even if there is nothing to do.
const LAG: i64 = 1_000;
/// So many vendors may be passed without a write at a time.
const QUIET: usize = 256;
/// What tells that the vendor's automations changed.
const CHANGES: &str = "automation.*";

/// The worker that follows the log.
pub fn worker() -> Worker {
    let run: Run = Arc::new(|app| Box::pin(async move { follow(&app).await }));
    Worker { name: READER, woken_by: WokenBy::Log, poll: Duration::from_secs(5), run }
}

/// Handle what is new in every vendor's log; returns how many events were passed.
pub async fn follow(app: &App) -> Result<usize, Problem> {
    let (mut passed, mut failed, mut quiet) = (0, None, Vec::new());
    for (vendor, cursor, head) in behind(app, READER, i64::MAX).await? {
        let (from, _) = app.service::<Places>().at(vendor, cursor);
        if from >= head {
            quiet.push((vendor, cursor, from));
            continue;
        }
        // What one vendor's log holds must not hold up the others.
        match advance(app, vendor, cursor).await {
            Ok(count) => passed += count,
            Err(problem) => failed = Some(problem),
        }
    }
    // So that a look at very many vendors stays short, those where nothing happens are written down after all, some at a time.
    if quiet.len() > QUIET {
        for (vendor, cursor, from) in quiet.into_iter().take(QUIET / 4) {
            plan(app, vendor, cursor, from, &[]).await?;
        }
    }
    match failed {
        Some(problem) if passed == 0 => Err(problem),
        Some(problem) => {
            tracing::warn!(?problem, "automations failed for some vendors; they are tried again");
            Ok(passed)
        }
        None => Ok(passed),
    }
}

async fn advance(app: &App, vendor: VendorId, cursor: i64) -> Result<usize, Problem> {
    let places = app.service::<Places>();
    let (from, known) = places.at(vendor, cursor);
    let db = app.db().read_of(vendor).await?;
    let armed = match known {
        Some(armed) => armed,
        None => places.load(app, &db, vendor).await?,
    };
    let head = log::head(&db, vendor).await?;
    let events = log::read(app, &db, vendor, from, &armed.filter(), BATCH).await?;
    drop(db);
    let last = events.last().map_or(from, |event| event.sequence);
    let mut reached = if events.len() as u64 == BATCH { last } else { last.max(head) };
    let (mut starts, mut changed) = (Vec::new(), false);
    for event in &events {
        starts.extend(armed.started_by(event, app.clock().now()));
        changed = takes(CHANGES, &event.kind);
        if changed || starts.len() >= RUNS {
            reached = event.sequence;
            break;
        }
    }
    let worth_a_write = !starts.is_empty() || changed || reached - cursor >= LAG;
    if worth_a_write && !plan(app, vendor, cursor, reached, &starts).await? {
        places.forget(vendor);
        return Ok(0);
    }
    places.keep(vendor, reached, (!changed).then_some(armed));
    Ok((reached - from) as usize)
}

/// Move the cursor and plan what was started; `false` if another instance was faster.
async fn plan(app: &App, vendor: VendorId, cursor: i64, reached: i64, starts: &[Start<'_>]) -> Result<bool, Problem> {
    app.write(&Actor::system(READER, vendor), async |tx| {
        if !move_cursor(tx, READER, vendor, cursor, reached).await? {
            return Ok::<_, Problem>(false);
        }
        for start in starts {
            plan_run(tx, start).await?;
        }
        if !starts.is_empty() {
            sweep::tonight(tx).await?;
        }
        Ok(true)
    })
    .await
}

/// How far this instance has looked, by vendor, and what it knows of vendors' automations.
struct Places {
    passed: Mutex<HashMap<VendorId, i64>>,
    armed: Followed<VendorId, Arc<Armed>>,
    /// What vendors have that changed nothing: one for all of them.
    standing: Mutex<Option<(Arc<Catalogue>, Arc<Armed>)>>,
}

impl Default for Places {
    fn default() -> Self {
        Self { passed: Mutex::default(), armed: Followed::new(1_000), standing: Mutex::default() }
    }
}

impl Places {
    /// Where to go on, and the automations if they are known to be those in force there.
    fn at(&self, vendor: VendorId, cursor: i64) -> (i64, Option<Arc<Armed>>) {
        let passed = self.passed.lock().expect("places").get(&vendor).copied().filter(|passed| *passed >= cursor);
        match passed {
            Some(passed) => (passed, self.armed.get(&vendor)),
            // Another instance went on, perhaps past a change.
            None => (cursor, None),
        }
    }

    fn keep(&self, vendor: VendorId, passed: i64, armed: Option<Arc<Armed>>) {
        self.passed.lock().expect("places").insert(vendor, passed);
        match armed {
            Some(armed) => self.armed.insert_if(self.armed.generation(), vendor, armed),
            None => self.armed.forget(&vendor),
        }
    }

    fn forget(&self, vendor: VendorId) {
        self.passed.lock().expect("places").remove(&vendor);
        self.armed.forget(&vendor);
    }

    async fn load(&self, app: &App, db: &impl ConnectionTrait, vendor: VendorId) -> Result<Arc<Armed>, Problem> {
        let catalogue = Catalogue::of(app);
        let held = automations::all(db, vendor, &catalogue).await?;
        if held.iter().any(|held| held.row.is_some()) {
            return Ok(Arc::new(Armed::of(held)));
        }
        let mut standing = self.standing.lock().expect("places");
        match &*standing {
            Some((of, armed)) if Arc::ptr_eq(of, &catalogue) => Ok(armed.clone()),
            _ => {
                let armed = Arc::new(Armed::of(held));
                *standing = Some((catalogue, armed.clone()));
                Ok(armed)
            }
        }
    }
}

/// The automations of a vendor that are enabled.
struct Armed {
    automations: Vec<(Held, Expression)>,
    types: Vec<String>,
}

/// One event that starts one automation.
struct Start<'a> {
    automation: &'a Held,
    event: &'a Envelope,
    /// Why it could not be decided.
    undecided: Option<Reason>,
}

impl Armed {
    fn of(held: Vec<Held>) -> Self {
        let mut automations = Vec::new();
        for held in held.into_iter().filter(Held::enabled) {
            match Expression::compile(held.definition.when.as_str(), WHEN) {
                Ok(when) => automations.push((held, when)),
                Err(cause) => tracing::error!(automation = held.name, %cause, "an automation that was accepted does not compile"),
            }
        }
        let wanted: BTreeSet<_> = automations.iter().flat_map(|(held, _)| held.definition.on.iter().cloned()).chain([CHANGES.to_owned()]).collect();
        Self { automations, types: wanted.into_iter().collect() }
    }

    fn filter(&self) -> Filter {
        Filter { types: self.types.clone(), subject: None }
    }

    /// What an event starts.
    fn started_by<'a>(&'a self, event: &'a Envelope, now: DateTime<Utc>) -> Vec<Start<'a>> {
        let meant = |held: &Held| event.sequence > held.active_after() && held.definition.on.iter().any(|wanted| takes(wanted, &event.kind));
        let meant = self.automations.iter().filter(|(held, _)| meant(held));
        meant
            .filter_map(|(automation, when)| match decide(when, event, now) {
                Ok(true) => Some(Start { automation, event, undecided: None }),
                Ok(false) => None,
                Err(reason) => Some(Start { automation, event, undecided: Some(reason) }),
            })
            .collect()
    }
}

/// Whether `when` holds for this event, or why that cannot be told.
pub(super) fn decide(when: &Expression, event: &Envelope, now: DateTime<Utc>) -> Result<bool, Reason> {
    let values = if when.reads().is_empty() { json!({}) } else { json!({"event": facts::of(event), "now": now}) };
    when.holds_over(&values).map_err(|cause| Reason::undecided(&cause))
}

/// A step and when it is due, or why it never is.
pub(super) type Scheduled<'a> = (&'a AutomationStep, Result<DateTime<Utc>, Reason>);

/// When each step is due, or why it never is.
pub(super) fn schedule<'a>(definition: &'a Definition, event: &Envelope) -> Result<Vec<Scheduled<'a>>, Problem> {
    let data: Value = serde_json::from_str(event.data.get()).map_err(Problem::internal)?;
    let due = |step: &AutomationStep| rules::due(step.after.as_ref(), event.occurred_at, &data).map_err(|(kind, detail)| Reason::new(kind, detail));
    Ok(definition.steps.iter().map(|step| (step, due(step))).collect())
}

async fn plan_run(tx: &mut Tx, start: &Start<'_>) -> Result<(), Problem> {
    let (event, id) = (start.event, AutomationRunId::fresh());
    let (depth, root) = lineage(tx, event).await?;
    let ended = match &start.undecided {
        Some(reason) => Some((AutomationRunState::Failed, reason.clone())),
        None => stopped(tx, depth, root).await?.map(|reason| (AutomationRunState::Stopped, reason)),
    };
    let steps = if ended.is_some() { Vec::new() } else { planned(tx, id, start)? };
    let first = steps.iter().filter(|step| step.state == AutomationStepState::Planned).filter_map(|step| step.due_at).min();
    let (state, reason) = match ended {
        Some((state, reason)) => (state, Some(reason)),
        None if first.is_none() => (fire::state_of(&steps), None),
        None => (AutomationRunState::Planned, None),
    };
    let row = run::Model {
        vendor_id: tx.vendor().0,
        id: id.0,
        automation: start.automation.name.clone(),
        automation_revision: start.automation.revision(),
        event_id: event.id.0,
        event_type: event.kind.clone(),
        sequence: event.sequence,
        subject_kind: event.subject.kind.clone(),
        subject_id: event.subject.id.clone(),
        subject_revision: event.subject.revision,
        depth,
        root,
        state,
        reason_code: reason.as_ref().map(|reason| reason.code.clone()),
        reason: reason.map(|reason| reason.detail),
        started_at: tx.now(),
        ended_at: (state != AutomationRunState::Planned).then_some(tx.now()),
    };
    if runs::insert(tx, row).await? {
        runs::insert_steps(tx, steps).await?;
        if let Some(first) = first {
            tx.set_timer(fire::TIMER, &id.to_string(), first).await?;
        }
    }
    Ok(())
}

fn planned(tx: &Tx, run: AutomationRunId, start: &Start<'_>) -> Result<Vec<step::Model>, Problem> {
    let steps = schedule(&start.automation.definition, start.event)?.into_iter().zip(0..).map(|((step, due), position)| {
        let (due_at, reason) = due.map_or_else(|reason| (None, Some(reason)), |due| (Some(due), None));
        step::Model {
            vendor_id: tx.vendor().0,
            run_id: run.0,
            position,
            step: step.step.clone(),
            parameters: Value::Object(step.with.clone()).to_string(),
            condition: step.condition.as_ref().map(|condition| condition.as_str().to_owned()),
            state: if due_at.is_some() { AutomationStepState::Planned } else { AutomationStepState::Skipped },
            due_at,
            retry_at: None,
            attempts: 0,
            ended_at: due_at.is_none().then_some(tx.now()),
            did: None,
            reason_code: reason.as_ref().map(|reason| reason.code.clone()),
            reason: reason.map(|reason| reason.detail),
        }
    });
    Ok(steps.collect())
}

/// How many runs led to this event, and to which event they go back.
async fn lineage(tx: &Tx, event: &Envelope) -> Result<(i64, i64), Problem> {
    if event.actor.kind != "automation" {
        return Ok((0, event.sequence));
    }
    let cause = runs::cause(tx, event.id).await?;
    Ok(cause.map_or((1, event.sequence), |run| (run.depth + 1, run.root)))
}

/// Why a run is not to be begun.
async fn stopped(tx: &Tx, depth: i64, root: i64) -> Result<Option<Reason>, Problem> {
    if depth > DEPTH {
        let detail = format!("{DEPTH} runs in a row were started by what the one before did; this one is not begun.");
        return Ok(Some(Reason::new(error::LOOP, detail)));
    }
    if depth > 0 && runs::count_from(tx, root).await? >= AVALANCHE {
        let detail = format!("{AVALANCHE} runs go back to the event with sequence {root}; this one is not begun.");
        return Ok(Some(Reason::new(error::AVALANCHE, detail)));
    }
    Ok(None)
}
