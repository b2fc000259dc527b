//! What a path says, as a vendor writes it.

use super::written::{self, expression};
use kernel::Problem;
use kernel::locale::{self, Texts};
use kernel::log::takes;
use kernel::problem::FieldError;
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};
use utoipa::ToSchema;
use validator::Validate;

/// What `when` of a path may use.
pub const PATH_FACTS: &[&str] = &["partner"];
/// What `when` of a trigger may use.
pub const TRIGGER_FACTS: &[&str] = &["event"];
/// The events that may end a task, as the log's filters write them: those that tell of a partner.
pub const TRIGGERS: &[&str] = &[
    "deal.*",
    "lead.*",
    "referral.*",
    "person.*",
    "session.*",
    "partner.*",
    "agreement.*",
    "application.*",
    "course.*",
    "certification.*",
    "onboarding.*",
    "walkthrough_progress.*",
];

/// Who owes a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PathOwner {
    /// The partner's people.
    Partner,
    /// The vendor's people.
    Vendor,
}

/// What somebody shows when they say that a task is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PathEvidence {
    /// Nothing.
    #[default]
    None,
    /// A sentence.
    Note,
    /// Where it can be seen.
    Link,
}

/// What happens when a milestone is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PathEffect {
    /// It is told.
    #[default]
    None,
    /// The partner becomes active too, if it is in onboarding.
    Activate,
}

/// The event that ends a task by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"event": "deal.approved", "when": "event.data.deal.amount.amount > 0"}))]
pub struct PathTrigger {
    /// Its type: an event about the partner or one of its people, deals, leads or referrals.
    #[validate(length(min = 3, max = 100))]
    #[schema(min_length = 3, max_length = 100)]
    pub event: String,
    /// What must hold besides: CEL over `event`.
    #[serde(default = "always")]
    #[validate(length(min = 1, max = 2000))]
    #[schema(min_length = 1, max_length = 2000)]
    pub when: String,
}

/// Something to be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"key": "first-deal", "title": {"en": "Register your first deal", "de": "Das erste Geschäft melden"}, "owner": "partner",
    "due_days": 60, "after": ["training"], "completes_on": {"event": "deal.approved"}}))]
pub struct PathTask {
    /// Names it in this path for good: a partner that is moved to another version keeps what it did under the same key.
    #[validate(length(min = 1, max = 60), custom(function = written::key))]
    #[schema(min_length = 1, max_length = 60, pattern = "^[a-z0-9]+(-[a-z0-9]+)*$")]
    pub key: String,
    /// What is to be done, by language.
    #[validate(custom(function = locale::each_fits))]
    #[schema(value_type = HashMap<String, String>)]
    pub title: Texts,
    /// How, by language.
    #[validate(custom(function = locale::each_fits))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<HashMap<String, String>>)]
    pub description: Option<Texts>,
    /// Who owes it.
    pub owner: PathOwner,
    /// Days from its opening until it is due; never if absent.
    #[validate(range(min = 1, max = 730))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 730)]
    pub due_days: Option<i64>,
    /// Tasks that must be done or skipped before it opens.
    #[validate(length(max = 20))]
    #[serde(default)]
    #[schema(max_items = 20)]
    pub after: Vec<String>,
    /// What is shown when it is done by hand.
    #[serde(default)]
    pub evidence: PathEvidence,
    /// Whether the milestone waits for it.
    #[serde(default = "yes")]
    #[schema(default = true)]
    pub required: bool,
    /// The event that ends it by itself.
    #[validate(nested)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completes_on: Option<PathTrigger>,
}

/// A place on the way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"key": "ready", "title": {"en": "Ready to sell"}, "on_reached": "activate", "tasks": [
    {"key": "training", "title": {"en": "Take the sales course"}, "owner": "partner", "due_days": 30}]}))]
pub struct PathMilestone {
    /// Names it in this path for good.
    #[validate(length(min = 1, max = 60), custom(function = written::key))]
    #[schema(min_length = 1, max_length = 60, pattern = "^[a-z0-9]+(-[a-z0-9]+)*$")]
    pub key: String,
    /// What is reached, by language.
    #[validate(custom(function = locale::each_fits))]
    #[schema(value_type = HashMap<String, String>)]
    pub title: Texts,
    /// What happens then.
    #[serde(default)]
    pub on_reached: PathEffect,
    /// What has to be done for it.
    #[validate(length(min = 1, max = 50), nested)]
    #[schema(min_items = 1, max_items = 50)]
    pub tasks: Vec<PathTask>,
}

/// A path, as a vendor writes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "reseller", "title": {"en": "Your way to the first deal", "de": "Der Weg zum ersten Geschäft"},
    "when": "partner.type == \"reseller\"", "rank": 10, "milestones": [
    {"key": "ready", "title": {"en": "Ready to sell"}, "on_reached": "activate", "tasks": [
        {"key": "kick-off", "title": {"en": "Hold the kick-off call"}, "owner": "vendor", "due_days": 7, "evidence": "note"},
        {"key": "training", "title": {"en": "Take the sales course"}, "owner": "partner", "due_days": 30, "after": ["kick-off"]}]},
    {"key": "selling", "title": {"en": "Selling"}, "tasks": [
        {"key": "first-deal", "title": {"en": "Register your first deal"}, "owner": "partner", "due_days": 60, "after": ["training"],
            "completes_on": {"event": "deal.approved"}}]}]}))]
pub struct OnboardingPathDraft {
    /// Names the path for good; a draft of the same name is its next version.
    #[validate(length(min = 1, max = 60), custom(function = written::key))]
    #[schema(min_length = 1, max_length = 60, pattern = "^[a-z0-9]+(-[a-z0-9]+)*$")]
    pub name: String,
    /// What a partner reads above it, by language.
    #[validate(custom(function = locale::each_fits))]
    #[schema(value_type = HashMap<String, String>)]
    pub title: Texts,
    /// For which partners it is: CEL over `partner` (`type`, `tier`, `region`, `country`, `specialisations`, `custom_fields`, `name`).
    #[serde(default = "always")]
    #[validate(length(min = 1, max = 2000))]
    #[schema(min_length = 1, max_length = 2000)]
    pub when: String,
    /// Of several that are for a partner, the one with the lowest rank is taken, then by name.
    #[serde(default)]
    #[validate(range(min = 0, max = 1000))]
    #[schema(minimum = 0, maximum = 1000)]
    pub rank: i64,
    /// Its milestones, in order.
    #[validate(length(min = 1, max = 30), nested)]
    #[schema(min_items = 1, max_items = 30)]
    pub milestones: Vec<PathMilestone>,
}

fn always() -> String {
    "true".into()
}

fn yes() -> bool {
    true
}

impl OnboardingPathDraft {
    /// Every task with its milestone, in order.
    pub fn tasks(&self) -> impl Iterator<Item = (&PathMilestone, &PathTask)> {
        self.milestones.iter().flat_map(|milestone| milestone.tasks.iter().map(move |task| (milestone, task)))
    }

    /// The task of this key, with its milestone.
    pub fn task(&self, key: &str) -> Option<(&PathMilestone, &PathTask)> {
        self.tasks().find(|(_, task)| task.key == key)
    }

    /// 422 with everything that is wrong: keys that are not unique, prerequisites that are not there or wait for one another, expressions that do
    /// not compile, events that tell of no partner.
    pub fn check(&self) -> Result<(), Problem> {
        let mut faults: Vec<_> = expression(&self.when, PATH_FACTS, "/when").into_iter().collect();
        let (mut milestones, mut keys) = (HashSet::new(), HashSet::new());
        for (at, milestone) in self.milestones.iter().enumerate() {
            if !milestones.insert(&milestone.key) {
                faults.push(FieldError::new(format!("/milestones/{at}/key"), "taken", "Another milestone has this key."));
            }
            for (number, task) in milestone.tasks.iter().enumerate() {
                let here = format!("/milestones/{at}/tasks/{number}");
                if !keys.insert(&task.key) {
                    faults.push(FieldError::new(format!("{here}/key"), "taken", "Another task has this key."));
                }
                self.check_task(task, &here, &mut faults);
            }
        }
        if faults.is_empty() && self.waits_for_itself() {
            faults.push(FieldError::new("/milestones", "circle", "Some tasks wait for one another, and none of them could ever begin."));
        }
        if faults.is_empty() { Ok(()) } else { Err(Problem::invalid_all(faults)) }
    }

    fn check_task(&self, task: &PathTask, here: &str, faults: &mut Vec<FieldError>) {
        for (at, before) in task.after.iter().enumerate().filter(|(_, before)| self.task(before).is_none()) {
            faults.push(FieldError::new(format!("{here}/after/{at}"), "no_such_task", format!("This path has no task `{before}`.")));
        }
        let Some(trigger) = &task.completes_on else { return };
        if !TRIGGERS.iter().any(|wanted| takes(wanted, &trigger.event)) {
            let detail = "Name the type of an event about a partner, its people, deals, leads or referrals, such as `deal.approved`.";
            faults.push(FieldError::new(format!("{here}/completes_on/event"), "no_such_event", detail));
        }
        faults.extend(expression(&trigger.when, TRIGGER_FACTS, &format!("{here}/completes_on/when")));
    }

    fn waits_for_itself(&self) -> bool {
        let mut left: HashMap<&str, &PathTask> = self.tasks().map(|(_, task)| (task.key.as_str(), task)).collect();
        loop {
            let free: Vec<_> =
                left.values().filter(|task| !task.after.iter().any(|key| left.contains_key(key.as_str()))).map(|task| &task.key).collect();
            if free.is_empty() {
                return !left.is_empty();
            }
            free.into_iter().for_each(|key| _ = left.remove(key.as_str()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn path(tasks: Value) -> Result<(), Vec<(String, String)>> {
        let body = json!({"name": "p", "title": {"en": "P"}, "milestones": [{"key": "m", "title": {"en": "M"}, "tasks": tasks}]});
        let path: OnboardingPathDraft = serde_json::from_value(body).unwrap();
        path.check().map_err(|problem| problem.errors.iter().map(|error| (error.pointer.clone(), error.code.to_string())).collect())
    }

    fn task(key: &str, after: &[&str]) -> Value {
        json!({"key": key, "title": {"en": "T"}, "owner": "partner", "after": after})
    }

    #[test]
    fn tasks_that_wait_for_one_another_are_refused() {
        assert_eq!(path(json!([task("a", &[]), task("b", &["a"]), task("c", &["a", "b"])])), Ok(()));
        assert_eq!(path(json!([task("a", &["c"]), task("b", &["a"]), task("c", &["b"])])), Err(vec![("/milestones".into(), "circle".into())]));
        assert_eq!(path(json!([task("a", &["a"])])), Err(vec![("/milestones".into(), "circle".into())]));
    }

    #[test]
    fn keys_prerequisites_and_triggers_are_checked() {
        let at = |rest: &str| format!("/milestones/0/tasks/{rest}");
        assert_eq!(
            path(json!([task("a", &[]), task("a", &["z"])])),
            Err(vec![(at("1/key"), "taken".into()), (at("1/after/0"), "no_such_task".into())])
        );
        let mut triggered = task("a", &[]);
        triggered["completes_on"] = json!({"event": "vendor.updated"});
        assert_eq!(path(json!([triggered])), Err(vec![(at("0/completes_on/event"), "no_such_event".into())]));
        let mut triggered = task("a", &[]);
        triggered["completes_on"] = json!({"event": "deal.approved", "when": "event.data.deal.amount.amount >"});
        assert_eq!(path(json!([triggered])).unwrap_err()[0].0, at("0/completes_on/when"));
    }
}
