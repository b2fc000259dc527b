//! Use cases of onboardings: one transaction each, the onboarding held first, so that what happens to it happens one after the other.

use super::body::{OnboardingPathDraft, PathEffect, PathEvidence, PathOwner};
use super::events::{
    OnboardingCompleted, OnboardingMilestoneReached, OnboardingMovedEvent, OnboardingStarted, OnboardingStopped, OnboardingTaskDone,
    OnboardingTaskOpened, OnboardingTaskOverdue, OnboardingTaskReopened, OnboardingTaskSkipped,
};
use super::rules::{self, Hand, OnboardingStatus, OnboardingTaskAction, OnboardingTaskStatus};
use super::store::{self, OnboardingRow, PathRow, TaskRow};
use super::types::{OnboardingMove, OnboardingMoved, OnboardingStart, OnboardingTask, OnboardingTaskComplete};
use super::versions::{self, Choice};
use super::way::{Way, hand};
use super::{OnboardingId, OnboardingPathId, OnboardingTaskId};
use crate::error;
use chrono::Duration;
use kernel::id::PartnerId;
use kernel::{Problem, Tx};
use std::collections::HashSet;

/// The timer by which a task becomes overdue.
pub const DUE: &str = "onboarding.task_due";

/// Put a partner on a path by hand.
pub async fn start(tx: &mut Tx, partner: PartnerId, body: OnboardingStart) -> Result<Way, Problem> {
    let row = partners::find(tx, tx.scope(), partner).await?.ok_or_else(Problem::not_found)?;
    let path = match body.path_id {
        Some(id) => published(tx, id).await?,
        None => match versions::choose(tx, &partners::Partner::whole(&row)).await? {
            Choice::Path(path) => *path,
            Choice::None => return Err(Problem::new(error::NO_PATH)),
            Choice::Undecided(why) => return Err(Problem::new(error::NO_PATH).detail(why)),
        },
    };
    begin(tx, partner, path).await?.ok_or_else(|| Problem::new(error::ONBOARDING_RUNS))
}

async fn published(tx: &Tx, id: OnboardingPathId) -> Result<PathRow, Problem> {
    let found = store::path(tx, tx.vendor(), id).await?.filter(|row| row.status == "published");
    found.ok_or_else(|| Problem::invalid("/path_id", "no_such_path", "There is no such published version of a path."))
}

/// Put a partner on a path; `None` if it is on one already.
pub async fn begin(tx: &mut Tx, partner: PartnerId, path: PathRow) -> Result<Option<Way>, Problem> {
    let row = OnboardingRow {
        vendor_id: tx.vendor().0,
        id: OnboardingId::fresh().0,
        partner_id: partner.0,
        path_id: path.id,
        status: OnboardingStatus::Running.wire().to_owned(),
        reason: None,
        started_at: tx.now(),
        ended_at: None,
        revision: 1,
        updated_at: tx.now(),
    };
    if !store::insert(tx, row.clone()).await? {
        return Ok(None);
    }
    let body = path.body()?;
    let tasks: Vec<_> = body.tasks().map(|(_, task)| waiting(tx, &row, &task.key, task.owner)).collect();
    store::insert_tasks(tx, tasks.clone()).await?;
    let languages = partners::languages::of_partner(tx, tx.vendor(), Some(row.partner()), None).await?;
    let mut way = Way { row, path, body, tasks, languages };
    tx.emit(OnboardingStarted { onboarding: way.summary(&way.languages)? });
    advance(tx, &mut way).await?;
    store::update(tx, way.row.clone()).await?;
    Ok(Some(way))
}

fn waiting(tx: &Tx, onboarding: &OnboardingRow, key: &str, owner: PathOwner) -> TaskRow {
    TaskRow {
        vendor_id: onboarding.vendor_id,
        id: OnboardingTaskId::fresh().0,
        onboarding_id: onboarding.id,
        partner_id: onboarding.partner_id,
        path_id: onboarding.path_id,
        task: key.to_owned(),
        owner: owner.wire().to_owned(),
        status: OnboardingTaskStatus::Waiting.wire().to_owned(),
        overdue: 0,
        opened_at: None,
        due_at: None,
        ended_at: None,
        ended_by: None,
        ended_by_event: None,
        note: None,
        link: None,
        revision: 1,
        updated_at: tx.now(),
    }
}

/// Open what can be done now, tell of milestones, and complete the onboarding with its last required task.
async fn advance(tx: &mut Tx, way: &mut Way) -> Result<(), Problem> {
    let opening: HashSet<String> = rules::to_open(&way.body, &way.standing()?).into_iter().map(str::to_owned).collect();
    for at in (0..way.tasks.len()).filter(|at| opening.contains(&way.tasks[*at].task)).collect::<Vec<_>>() {
        open(tx, way, at).await?;
        tx.emit(OnboardingTaskOpened { onboarding_task: way.task(&way.tasks[at], Hand::Vendor, &way.languages)?, reason: None });
    }
    let had = store::milestones(tx, tx.vendor(), way.row.id()).await?;
    let standing = way.standing()?;
    let news: Vec<_> = rules::reached(&way.body, &standing).into_iter().filter(|milestone| !had.contains_key(&milestone.key)).cloned().collect();
    for milestone in news {
        store::reach(tx, way.row.id(), &milestone.key).await?;
        tx.emit(OnboardingMilestoneReached { onboarding: way.summary(&way.languages)?, milestone: milestone.key });
        if milestone.on_reached == PathEffect::Activate {
            activate(tx, way.row.partner()).await?;
        }
    }
    let (done, required) = rules::progress(&way.body, &standing);
    if done == required {
        end(tx, way, OnboardingStatus::Completed, None).await?;
        tx.emit(OnboardingCompleted { onboarding: way.summary(&way.languages)? });
    }
    Ok(())
}

/// A partner in onboarding becomes active; one that stands elsewhere by now stays there.
async fn activate(tx: &mut Tx, partner: PartnerId) -> Result<(), Problem> {
    let row = partners::find(tx, tx.scope(), partner).await?.ok_or_else(Problem::not_found)?;
    if row.status == partners::PartnerStatus::Onboarding {
        partners::life::activate(tx, partner, Some("A milestone of its onboarding was reached.".to_owned())).await?;
    }
    Ok(())
}

/// From now on a task can be done, and its time runs.
async fn open(tx: &mut Tx, way: &mut Way, at: usize) -> Result<(), Problem> {
    let due_days = way.body.task(&way.tasks[at].task).and_then(|(_, task)| task.due_days);
    let task = &mut way.tasks[at];
    task.status = OnboardingTaskStatus::Open.wire().to_owned();
    (task.opened_at, task.due_at, task.overdue) = (Some(tx.now()), due_days.map(|days| tx.now() + Duration::days(days)), 0);
    if let Some(due) = task.due_at {
        tx.set_timer(DUE, &task.id().to_string(), due).await?;
    }
    Ok(store::update_task(tx, task).await?)
}

/// End an onboarding: what was not done is not asked for any more.
async fn end(tx: &mut Tx, way: &mut Way, status: OnboardingStatus, reason: Option<String>) -> Result<(), Problem> {
    for task in &mut way.tasks {
        if matches!(task.status()?, OnboardingTaskStatus::Waiting | OnboardingTaskStatus::Open) {
            drop_task(tx, task).await?;
        }
    }
    (way.row.status, way.row.ended_at, way.row.reason) = (status.wire().to_owned(), Some(tx.now()), reason);
    Ok(())
}

async fn drop_task(tx: &mut Tx, task: &mut TaskRow) -> Result<(), Problem> {
    tx.clear_timer(DUE, &task.id().to_string()).await?;
    task.status = OnboardingTaskStatus::Dropped.wire().to_owned();
    Ok(store::update_task(tx, task).await?)
}

/// Write the onboarding at its next revision, after what follows from the change was done.
async fn settle(tx: &mut Tx, way: &mut Way) -> Result<(), Problem> {
    (way.row.revision, way.row.updated_at) = (way.row.revision + 1, tx.now());
    advance(tx, way).await?;
    Ok(store::update(tx, way.row.clone()).await?)
}

/// The task and its onboarding, held, if `action` is legal for it and for the caller.
async fn ready(tx: &Tx, id: OnboardingTaskId, action: OnboardingTaskAction) -> Result<(Way, usize), Problem> {
    let task = store::find_task(tx, tx.scope(), id).await?.ok_or_else(Problem::not_found)?;
    let row = store::hold(tx, OnboardingId(task.onboarding_id)).await?.ok_or_else(Problem::not_found)?;
    let way = Way::of(tx, tx.scope(), row).await?;
    // Read again: it may have changed until the onboarding was held.
    let at = way.tasks.iter().position(|task| task.id == id.0).ok_or_else(Problem::not_found)?;
    let task = &way.tasks[at];
    if tx.actor().request.if_match.is_some() {
        tx.actor().require_match(task.revision)?;
    }
    rules::require(task.status()?, way.row.status()? == OnboardingStatus::Running, action)?;
    if !rules::available(task.status()?, task.owner()?, hand(tx.actor()), true).contains(&action) {
        return Err(Problem::new(error::NOT_YOUR_TASK));
    }
    Ok((way, at))
}

/// Say that a task is done.
pub async fn complete(tx: &mut Tx, id: OnboardingTaskId, shown: OnboardingTaskComplete) -> Result<OnboardingTask, Problem> {
    let (mut way, at) = ready(tx, id, OnboardingTaskAction::Complete).await?;
    let wanted = way.body.task(&way.tasks[at].task).map(|(_, task)| task.evidence).unwrap_or_default();
    match wanted {
        PathEvidence::Note if shown.note.is_none() => return Err(Problem::invalid("/note", "required", "Say how it was done.")),
        PathEvidence::Link if shown.link.is_none() => return Err(Problem::invalid("/link", "required", "Say where it can be seen.")),
        _ => {}
    }
    (way.tasks[at].note, way.tasks[at].link) = (shown.note, shown.link);
    finish(tx, &mut way, at, OnboardingTaskStatus::Done, None).await?;
    tx.emit(OnboardingTaskDone { onboarding_task: way.task(&way.tasks[at], Hand::Vendor, &way.languages)?, reason: None });
    answer(tx, way, at).await
}

/// Do without a task.
pub async fn skip(tx: &mut Tx, id: OnboardingTaskId, reason: String) -> Result<OnboardingTask, Problem> {
    let (mut way, at) = ready(tx, id, OnboardingTaskAction::Skip).await?;
    way.tasks[at].note = Some(reason.clone());
    finish(tx, &mut way, at, OnboardingTaskStatus::Skipped, None).await?;
    tx.emit(OnboardingTaskSkipped { onboarding_task: way.task(&way.tasks[at], Hand::Vendor, &way.languages)?, reason: Some(reason) });
    answer(tx, way, at).await
}

/// Ask for a task again. What was reached by it stays reached.
pub async fn reopen(tx: &mut Tx, id: OnboardingTaskId, reason: String) -> Result<OnboardingTask, Problem> {
    let (mut way, at) = ready(tx, id, OnboardingTaskAction::Reopen).await?;
    let task = &mut way.tasks[at];
    (task.ended_at, task.ended_by, task.ended_by_event, task.note, task.link) = (None, None, None, None, None);
    open(tx, &mut way, at).await?;
    tx.emit(OnboardingTaskReopened { onboarding_task: way.task(&way.tasks[at], Hand::Vendor, &way.languages)?, reason: Some(reason) });
    answer(tx, way, at).await
}

async fn finish(tx: &mut Tx, way: &mut Way, at: usize, status: OnboardingTaskStatus, event: Option<i64>) -> Result<(), Problem> {
    let by = serde_json::to_string(&tx.actor().reference()).map_err(Problem::internal)?;
    let task = &mut way.tasks[at];
    task.status = status.wire().to_owned();
    (task.ended_at, task.ended_by, task.ended_by_event, task.overdue) = (Some(tx.now()), Some(by), event, 0);
    let id = task.id().to_string();
    store::update_task(tx, task).await?;
    Ok(tx.clear_timer(DUE, &id).await?)
}

async fn answer(tx: &mut Tx, mut way: Way, at: usize) -> Result<OnboardingTask, Problem> {
    settle(tx, &mut way).await?;
    way.task(&way.tasks[at], hand(tx.actor()), &way.languages)
}

/// Tasks of a running onboarding that an event ends by itself, by their place; whether each does is asked of `ends`.
pub async fn end_by_event(tx: &mut Tx, row: OnboardingRow, event: i64, ends: impl Fn(&OnboardingPathDraft, &str) -> bool) -> Result<(), Problem> {
    let mut way = Way::of(tx, tx.scope(), row).await?;
    let mut any = false;
    for at in 0..way.tasks.len() {
        let status = way.tasks[at].status()?;
        if matches!(status, OnboardingTaskStatus::Waiting | OnboardingTaskStatus::Open) && ends(&way.body, &way.tasks[at].task) {
            finish(tx, &mut way, at, OnboardingTaskStatus::Done, Some(event)).await?;
            tx.emit(OnboardingTaskDone { onboarding_task: way.task(&way.tasks[at], Hand::Vendor, &way.languages)?, reason: None });
            any = true;
        }
    }
    if any { settle(tx, &mut way).await } else { Ok(()) }
}

/// Move a partner to another path or version, or say what it would mean.
pub async fn move_to(tx: &mut Tx, partner: PartnerId, body: OnboardingMove) -> Result<OnboardingMoved, Problem> {
    let row = held(tx, partner).await?;
    if tx.actor().request.if_match.is_some() {
        tx.actor().require_match(row.revision)?;
    }
    let to = published(tx, body.path_id).await?;
    let mut way = Way::of(tx, tx.scope(), row).await?;
    let wanted = to.body()?;
    let moving = rules::moving(&wanted, &way.standing()?);
    let answer = OnboardingMoved { path_id: to.id(), kept: moving.kept, dropped: moving.dropped, added: moving.added, applied: !body.preview };
    if body.preview {
        return Ok(answer);
    }
    for task in way.tasks.iter_mut().filter(|task| answer.dropped.contains(&task.task)) {
        drop_task(tx, task).await?;
    }
    (way.row.path_id, way.path, way.body) = (to.id, to, wanted);
    for key in &answer.added {
        add(tx, &mut way, key).await?;
    }
    for task in way.tasks.iter_mut().filter(|task| answer.kept.contains(&task.task)) {
        task.path_id = way.row.path_id;
        task.owner = way.body.task(&task.task).map_or(task.owner.clone(), |(_, task)| task.owner.wire().to_owned());
        store::update_task(tx, task).await?;
    }
    tx.emit(OnboardingMovedEvent { onboarding: way.summary(&way.languages)?, dropped: answer.dropped.clone() });
    settle(tx, &mut way).await?;
    Ok(answer)
}

/// A task that is new on this way; one that was dropped once waits again.
async fn add(tx: &mut Tx, way: &mut Way, key: &str) -> Result<(), Problem> {
    let Some(owner) = way.body.task(key).map(|(_, task)| task.owner) else { return Ok(()) };
    let fresh = waiting(tx, &way.row, key, owner);
    match way.tasks.iter_mut().find(|task| task.task == key) {
        Some(task) => {
            *task = TaskRow { id: task.id, revision: task.revision, ..fresh };
            store::update_task(tx, task).await?;
        }
        None => {
            store::insert_tasks(tx, vec![fresh.clone()]).await?;
            way.tasks.push(fresh);
        }
    }
    Ok(())
}

async fn held(tx: &Tx, partner: PartnerId) -> Result<OnboardingRow, Problem> {
    if partners::find(tx, tx.scope(), partner).await?.is_none() {
        return Err(Problem::not_found());
    }
    store::running(tx, partner).await?.ok_or_else(|| Problem::new(error::NO_ONBOARDING))
}

/// End a partner's onboarding before it is complete.
pub async fn stop(tx: &mut Tx, partner: PartnerId, reason: String) -> Result<Way, Problem> {
    let row = held(tx, partner).await?;
    if tx.actor().request.if_match.is_some() {
        tx.actor().require_match(row.revision)?;
    }
    stop_held(tx, row, reason).await
}

/// The same for one that is held.
pub async fn stop_held(tx: &mut Tx, row: OnboardingRow, reason: String) -> Result<Way, Problem> {
    let mut way = Way::of(tx, tx.scope(), row).await?;
    (way.row.revision, way.row.updated_at) = (way.row.revision + 1, tx.now());
    end(tx, &mut way, OnboardingStatus::Stopped, Some(reason)).await?;
    store::update(tx, way.row.clone()).await?;
    tx.emit(OnboardingStopped { onboarding: way.summary(&way.languages)? });
    Ok(way)
}

/// A task's time has come.
pub async fn fire(tx: &mut Tx, subject: &str) -> Result<(), Problem> {
    let Ok(id) = subject.parse::<OnboardingTaskId>() else { return Ok(()) };
    let Some(task) = store::find_task(tx, tx.scope(), id).await? else { return Ok(()) };
    let Some(row) = store::hold(tx, OnboardingId(task.onboarding_id)).await? else { return Ok(()) };
    let mut way = Way::of(tx, tx.scope(), row).await?;
    let Some(at) = way.tasks.iter().position(|task| task.id == id.0) else { return Ok(()) };
    let task = &mut way.tasks[at];
    let is_due = task.status()? == OnboardingTaskStatus::Open && task.overdue == 0 && task.due_at.is_some_and(|due| due <= tx.now());
    if is_due {
        task.overdue = 1;
        store::update_task(tx, task).await?;
        tx.emit(OnboardingTaskOverdue { onboarding_task: way.task(&way.tasks[at], Hand::Vendor, &way.languages)?, reason: None });
    }
    Ok(())
}
