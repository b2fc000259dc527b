//! What may be done with a task, what opens next, what is reached. Pure.

use super::body::{OnboardingPathDraft, PathMilestone, PathOwner};
use kernel::Problem;
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};
use std::str::FromStr;
use utoipa::ToSchema;

/// Where a task stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnboardingTaskStatus {
    /// Something else has to be done first.
    Waiting,
    /// To be done now.
    Open,
    /// Done.
    Done,
    /// The vendor does without it.
    Skipped,
    /// Not needed any more: the onboarding ended, or moved to a path without it.
    Dropped,
}

/// What can be done with a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OnboardingTaskAction {
    /// Say that it is done.
    Complete,
    /// Do without it.
    Skip,
    /// Ask for it again.
    Reopen,
}

/// Where an onboarding stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnboardingStatus {
    /// On its way.
    Running,
    /// All that was required is done.
    Completed,
    /// Ended before.
    Stopped,
}

/// What can be done with an onboarding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OnboardingAction {
    /// Go on upon another path, or another version of this one.
    Move,
    /// End it.
    Stop,
}

macro_rules! wire {
    ($name:ident { $($variant:ident = $wire:literal),+ }) => {
        impl $name {
            /// Its name in the database and on the wire.
            pub fn wire(self) -> &'static str {
                match self { $(Self::$variant => $wire),+ }
            }
        }
        impl FromStr for $name {
            type Err = ();
            fn from_str(text: &str) -> Result<Self, ()> {
                match text { $($wire => Ok(Self::$variant),)+ _ => Err(()) }
            }
        }
    };
}

wire!(OnboardingTaskStatus { Waiting = "waiting", Open = "open", Done = "done", Skipped = "skipped", Dropped = "dropped" });
wire!(OnboardingStatus { Running = "running", Completed = "completed", Stopped = "stopped" });
wire!(OnboardingTaskAction { Complete = "complete", Skip = "skip", Reopen = "reopen" });
wire!(PathOwner { Partner = "partner", Vendor = "vendor" });

impl OnboardingTaskStatus {
    /// Whether nothing waits for it any more.
    pub fn is_settled(self) -> bool {
        matches!(self, Self::Done | Self::Skipped)
    }

    /// The actions that are legal now, whoever asks.
    pub fn legal_actions(self) -> &'static [OnboardingTaskAction] {
        use OnboardingTaskAction::*;
        match self {
            Self::Waiting => &[Skip],
            Self::Open => &[Complete, Skip],
            Self::Done | Self::Skipped => &[Reopen],
            Self::Dropped => &[],
        }
    }
}

/// Who acts on a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hand {
    /// The vendor, who manages onboardings.
    Vendor,
    /// The partner, whose people do their own tasks.
    Partner,
    /// Somebody who only looks.
    Nobody,
}

/// What `hand` may do with a task of `owner`.
pub fn available(status: OnboardingTaskStatus, owner: PathOwner, hand: Hand, running: bool) -> Vec<OnboardingTaskAction> {
    let allowed = |action: &OnboardingTaskAction| match hand {
        Hand::Vendor => true,
        Hand::Partner => *action == OnboardingTaskAction::Complete && owner == PathOwner::Partner,
        Hand::Nobody => false,
    };
    if running { status.legal_actions().iter().copied().filter(allowed).collect() } else { Vec::new() }
}

/// 409 with the legal moves unless `action` is one of them.
pub fn require(status: OnboardingTaskStatus, running: bool, action: OnboardingTaskAction) -> Result<(), Problem> {
    let legal = if running { status.legal_actions() } else { &[] };
    if legal.contains(&action) {
        return Ok(());
    }
    let detail = match running {
        true => format!("A task that is {} cannot be handled so: {}.", status.wire(), action.wire()),
        false => "The onboarding that it belongs to has ended.".to_owned(),
    };
    let legal: Vec<_> = legal.iter().map(|action| action.wire()).collect();
    Err(Problem::new(crate::error::TASK_ILLEGAL_MOVE).detail(detail).with("legal_actions", legal))
}

/// How each task stands, by key.
pub type Standing = HashMap<String, OnboardingTaskStatus>;

/// The waiting tasks whose prerequisites are all settled, in order.
pub fn to_open<'a>(path: &'a OnboardingPathDraft, standing: &Standing) -> Vec<&'a str> {
    let settled = |key: &String| standing.get(key).is_none_or(|status| status.is_settled());
    let waits = |key: &str| standing.get(key) == Some(&OnboardingTaskStatus::Waiting);
    path.tasks().filter(|(_, task)| waits(&task.key) && task.after.iter().all(settled)).map(|(_, task)| task.key.as_str()).collect()
}

/// Whether all that a milestone requires is settled.
pub fn is_reached(milestone: &PathMilestone, standing: &Standing) -> bool {
    milestone.tasks.iter().filter(|task| task.required).all(|task| standing.get(&task.key).is_some_and(|status| status.is_settled()))
}

/// The milestones that are reached, in order.
pub fn reached<'a>(path: &'a OnboardingPathDraft, standing: &Standing) -> Vec<&'a PathMilestone> {
    path.milestones.iter().filter(|milestone| is_reached(milestone, standing)).collect()
}

/// Required tasks that are settled, and all required ones.
pub fn progress(path: &OnboardingPathDraft, standing: &Standing) -> (usize, usize) {
    let required: Vec<_> = path.tasks().filter(|(_, task)| task.required).collect();
    let settled = required.iter().filter(|(_, task)| standing.get(&task.key).is_some_and(|status| status.is_settled())).count();
    (settled, required.len())
}

/// What becomes of a partner's tasks on another path.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Moving {
    /// Keys of tasks that both paths have: they stay as they are.
    pub kept: Vec<String>,
    /// Keys of tasks that the other path has not, and that were not done.
    pub dropped: Vec<String>,
    /// Keys of tasks that only the other path has.
    pub added: Vec<String>,
}

/// What moving to `to` would mean.
pub fn moving(to: &OnboardingPathDraft, standing: &Standing) -> Moving {
    let wanted: HashSet<&str> = to.tasks().map(|(_, task)| task.key.as_str()).collect();
    let had = |key: &str| standing.get(key).is_some_and(|status| *status != OnboardingTaskStatus::Dropped);
    let (kept, added) = to.tasks().map(|(_, task)| task.key.clone()).partition(|key| had(key));
    let gone = |status: &OnboardingTaskStatus| matches!(status, OnboardingTaskStatus::Waiting | OnboardingTaskStatus::Open);
    let mut dropped: Vec<_> =
        standing.iter().filter(|(key, status)| !wanted.contains(key.as_str()) && gone(status)).map(|(key, _)| key.clone()).collect();
    dropped.sort();
    Moving { kept, dropped, added }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn path(tasks: &[(&str, &[&str], bool)]) -> OnboardingPathDraft {
        let tasks: Vec<_> = tasks
            .iter()
            .map(|(key, after, required)| json!({"key": key, "title": {"en": "T"}, "owner": "partner", "after": after, "required": required}))
            .collect();
        let (first, rest) = tasks.split_at(2);
        let milestone = |key: &str, tasks: &[serde_json::Value]| json!({"key": key, "title": {"en": "M"}, "tasks": tasks});
        serde_json::from_value(json!({"name": "p", "title": {"en": "P"}, "milestones": [milestone("one", first), milestone("two", rest)]})).unwrap()
    }

    fn standing(of: &[(&str, OnboardingTaskStatus)]) -> Standing {
        of.iter().map(|(key, status)| ((*key).to_owned(), *status)).collect()
    }

    use OnboardingTaskStatus::{Done, Dropped, Open, Skipped, Waiting};

    #[test]
    fn a_task_opens_when_all_before_it_are_settled() {
        let path = path(&[("a", &[], true), ("b", &["a"], true), ("c", &["a", "b"], true)]);
        assert_eq!(to_open(&path, &standing(&[("a", Waiting), ("b", Waiting), ("c", Waiting)])), ["a"]);
        assert_eq!(to_open(&path, &standing(&[("a", Done), ("b", Waiting), ("c", Waiting)])), ["b"]);
        assert_eq!(to_open(&path, &standing(&[("a", Skipped), ("b", Done), ("c", Waiting)])), ["c"]);
        assert_eq!(to_open(&path, &standing(&[("a", Done), ("b", Open), ("c", Waiting)])), Vec::<&str>::new());
    }

    #[test]
    fn a_milestone_waits_for_what_is_required_only() {
        let path = path(&[("a", &[], true), ("b", &[], false), ("c", &[], true)]);
        let now = standing(&[("a", Done), ("b", Open), ("c", Open)]);
        assert_eq!(reached(&path, &now).iter().map(|milestone| milestone.key.as_str()).collect::<Vec<_>>(), ["one"]);
        assert_eq!(progress(&path, &now), (1, 2));
    }

    #[test]
    fn moving_keeps_what_both_have_and_drops_what_only_the_old_one_has() {
        let path = path(&[("a", &[], true), ("b", &[], true), ("c", &[], true)]);
        let now = standing(&[("a", Done), ("b", Open), ("old", Open), ("past", Done), ("c", Dropped)]);
        let expected = Moving { kept: vec!["a".into(), "b".into()], dropped: vec!["old".into()], added: vec!["c".into()] };
        assert_eq!(moving(&path, &now), expected);
    }

    #[test]
    fn a_partner_does_its_own_tasks_and_nothing_else() {
        use OnboardingTaskAction::*;
        assert_eq!(available(Open, PathOwner::Partner, Hand::Partner, true), [Complete]);
        assert!(
            available(Open, PathOwner::Vendor, Hand::Partner, true).is_empty() && available(Done, PathOwner::Partner, Hand::Partner, true).is_empty()
        );
        assert_eq!(available(Open, PathOwner::Partner, Hand::Vendor, true), [Complete, Skip]);
        assert!(available(Open, PathOwner::Partner, Hand::Vendor, false).is_empty());
    }
}
