//! An onboarding with its path and tasks, and how it is shown.

use super::body::OnboardingPathDraft;
use super::rules::{self, Hand, OnboardingAction, OnboardingStatus, OnboardingTaskStatus, Standing};
use super::store::{self, OnboardingRow, PathRow, TaskRow};
use super::types::{Onboarding, OnboardingMilestone, OnboardingProgress, OnboardingSummary, OnboardingTask};
use access::Permission;
use chrono::{DateTime, Utc};
use kernel::locale::{FALLBACK, Languages};
use kernel::{Actor, Problem, Scope};
use sea_orm::ConnectionTrait;
use std::collections::HashMap;

/// A partner on a path, loaded whole.
pub struct Way {
    /// The onboarding.
    pub row: OnboardingRow,
    /// The version of the path.
    pub path: PathRow,
    /// What that says.
    pub body: OnboardingPathDraft,
    /// Its tasks.
    pub tasks: Vec<TaskRow>,
    /// The languages of the partner: those of events, and of whoever asks for no other.
    pub languages: Languages,
}

/// What `who` may do with a partner's tasks.
pub fn hand(who: &Actor) -> Hand {
    let may = |permission: Permission| who.grants & permission.bit() != 0;
    match who.scope.partner() {
        Some(_) if may(Permission::WorkOnboarding) => Hand::Partner,
        None if may(Permission::ManagePartners) => Hand::Vendor,
        _ => Hand::Nobody,
    }
}

impl Way {
    /// Load what belongs to an onboarding.
    pub async fn of(db: &impl ConnectionTrait, scope: Scope, row: OnboardingRow) -> Result<Self, Problem> {
        let path = super::OnboardingPathId(row.path_id);
        let path = store::path(db, scope.vendor(), path).await?.ok_or_else(|| Problem::internal("an onboarding's path is gone"))?;
        let body = path.body()?;
        let tasks = store::tasks_of(db, scope, row.id()).await?;
        let languages = partners::languages::of_partner(db, scope.vendor(), Some(row.partner()), None).await?;
        Ok(Self { row, path, body, tasks, languages })
    }

    /// How each task stands.
    pub fn standing(&self) -> Result<Standing, Problem> {
        self.tasks.iter().map(|task| Ok((task.task.clone(), task.status()?))).collect()
    }

    /// What events tell.
    pub fn summary(&self, languages: &Languages) -> Result<OnboardingSummary, Problem> {
        let standing = self.standing()?;
        let next = self.body.milestones.iter().find(|milestone| !rules::is_reached(milestone, &standing));
        Ok(OnboardingSummary {
            id: self.row.id(),
            partner_id: self.row.partner(),
            path_id: self.path.id(),
            path: self.body.name.clone(),
            path_version: self.path.version,
            title: languages.shown(&self.body.title).0.to_owned(),
            status: self.row.status()?,
            milestone: next.map(|milestone| milestone.key.clone()),
            progress: self.progress(&standing)?,
            started_at: self.row.started_at,
            ended_at: self.row.ended_at,
            reason: self.row.reason.clone(),
            revision: self.row.revision,
            updated_at: self.row.updated_at,
        })
    }

    fn progress(&self, standing: &Standing) -> Result<OnboardingProgress, Problem> {
        let (done, required) = rules::progress(&self.body, standing);
        let mut progress = OnboardingProgress {
            done: done as i64,
            required: required as i64,
            percent: (done * 100).checked_div(required).unwrap_or(100) as i64,
            open_for_partner: 0,
            open_for_vendor: 0,
            overdue: 0,
        };
        for task in &self.tasks {
            if task.status()? == OnboardingTaskStatus::Open {
                match task.owner()? {
                    super::body::PathOwner::Partner => progress.open_for_partner += 1,
                    super::body::PathOwner::Vendor => progress.open_for_vendor += 1,
                }
                progress.overdue += task.overdue;
            }
        }
        Ok(progress)
    }

    /// A task of it.
    pub fn task(&self, row: &TaskRow, hand: Hand, languages: &Languages) -> Result<OnboardingTask, Problem> {
        show_task(row, &self.body, hand, self.row.status()? == OnboardingStatus::Running, languages)
    }

    /// All of it, as `who` sees it at `now`.
    pub fn show(
        &self,
        who: &Actor,
        reached: &HashMap<String, DateTime<Utc>>,
        now: DateTime<Utc>,
        languages: &Languages,
    ) -> Result<Onboarding, Problem> {
        let summary = self.summary(languages)?;
        let hand = hand(who);
        let by_key: HashMap<&str, &TaskRow> = self.tasks.iter().map(|task| (task.task.as_str(), task)).collect();
        let mut milestones = Vec::with_capacity(self.body.milestones.len());
        for milestone in &self.body.milestones {
            let rows = milestone.tasks.iter().filter_map(|task| by_key.get(task.key.as_str()));
            milestones.push(OnboardingMilestone {
                key: milestone.key.clone(),
                title: languages.shown(&milestone.title).0.to_owned(),
                reached_at: reached.get(&milestone.key).copied(),
                tasks: rows.map(|row| self.task(row, hand, languages)).collect::<Result<_, _>>()?,
            });
        }
        let open = |task: &&OnboardingTask| task.status == OnboardingTaskStatus::Open;
        let mut next: Vec<_> = milestones.iter().flat_map(|milestone| &milestone.tasks).filter(open).cloned().collect();
        next.sort_by_key(|task| (task.due_at.is_none(), task.due_at));
        let may_change = hand == Hand::Vendor && summary.status == OnboardingStatus::Running;
        let available_actions = if may_change { vec![OnboardingAction::Move, OnboardingAction::Stop] } else { Vec::new() };
        let days = (summary.ended_at.unwrap_or(now) - summary.started_at).num_days();
        Ok(Onboarding { summary, days, next, milestones, available_actions })
    }
}

/// A task as it is shown; one that its path does not have any more goes by its key.
pub fn show_task(row: &TaskRow, body: &OnboardingPathDraft, hand: Hand, running: bool, languages: &Languages) -> Result<OnboardingTask, Problem> {
    let found = body.task(&row.task);
    let (status, owner) = (row.status()?, row.owner()?);
    let (title, language_shown) = found.map_or((row.task.as_str(), FALLBACK), |(_, task)| languages.shown(&task.title));
    let ended_by = row.ended_by.as_deref().map(serde_json::from_str).transpose().map_err(Problem::internal)?;
    Ok(OnboardingTask {
        id: row.id(),
        onboarding_id: super::OnboardingId(row.onboarding_id),
        partner_id: kernel::id::PartnerId(row.partner_id),
        milestone: found.map(|(milestone, _)| milestone.key.clone()).unwrap_or_default(),
        key: row.task.clone(),
        title: title.to_owned(),
        description: found.and_then(|(_, task)| task.description.as_ref()).map(|texts| languages.shown(texts).0.to_owned()),
        language: language_shown.to_owned(),
        owner,
        status,
        required: found.is_some_and(|(_, task)| task.required),
        evidence: found.map(|(_, task)| task.evidence).unwrap_or_default(),
        after: found.map(|(_, task)| task.after.clone()).unwrap_or_default(),
        opened_at: row.opened_at,
        due_at: row.due_at,
        overdue: row.overdue != 0 && status == OnboardingTaskStatus::Open,
        ended_at: row.ended_at,
        ended_by,
        ended_by_event: row.ended_by_event,
        note: row.note.clone(),
        link: row.link.clone(),
        revision: row.revision,
        updated_at: row.updated_at,
        available_actions: rules::available(status, owner, hand, running),
    })
}
