//! What the rules of engagement say of reviews.

use crate::engagement::Engagement;
use access::{Permission, RoleName};
use kernel::id::PersonId;
use kernel::problem::FieldError;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

/// What happens when the time of a review has run out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ReviewEnd)]
pub enum AtEnd {
    /// The deal is approved, unless another deal holds its customer.
    Approve,
    /// The deal is rejected.
    Reject,
    /// The next person is named.
    Escalate,
    /// It stays overdue.
    #[default]
    Nothing,
}

/// One of several approvals that a deal needs. At most one of `role`, `person_id` and `permission`; without any, whoever may decide deals.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Finance", "permission": "vendor:manage"}))]
pub struct ReviewStep {
    /// Names the step for people; unique among the steps.
    #[validate(length(min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
    /// Given by a person in this role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<RoleName>,
    /// Given by this person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person_id: Option<PersonId>,
    /// Given by whoever has this permission besides `deals:decide`, e.g. `vendor:manage`.
    #[validate(length(min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permission: Option<String>,
}

/// How long a review may take, what happens then, and who has to approve. Hours are hours of a business calendar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"calendar": "munich", "due_hours": 16, "warn_hours": [8, 12], "end_hours": 24, "at_end": "escalate"}))]
pub struct ReviewPolicy {
    /// The business calendar; the vendor's default if absent, and every hour of every day if there is none.
    #[validate(length(min = 1, max = 40))]
    #[schema(min_length = 1, max_length = 40)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calendar: Option<String>,
    /// Hours after which the review is overdue; without them no clock runs.
    #[validate(range(min = 1, max = 2000))]
    #[schema(minimum = 1, maximum = 2000)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_hours: Option<i64>,
    /// Hours after which `deal.review_warning` is sent, each before `due_hours`.
    #[serde(default)]
    #[validate(length(max = 10))]
    #[schema(max_items = 10)]
    pub warn_hours: Vec<i64>,
    /// Hours after which `at_end` happens; `due_hours` if absent, and not before them.
    #[validate(range(min = 1, max = 4000))]
    #[schema(minimum = 1, maximum = 4000)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_hours: Option<i64>,
    /// What happens when nobody has decided by then.
    #[serde(default)]
    pub at_end: AtEnd,
    /// The approvals that a deal needs, in order, each by another person; without any, one approval will do.
    #[serde(default)]
    #[validate(length(max = 5), nested)]
    #[schema(max_items = 5)]
    pub approvals: Vec<ReviewStep>,
}

/// The policy for a deal that this rule sent to review.
pub fn policy<'a>(rules: &'a Engagement, rule: Option<&str>) -> Option<&'a ReviewPolicy> {
    let own = rules.rules.iter().find(|one| Some(one.id.as_str()) == rule).and_then(|rule| rule.review.as_ref());
    own.or(rules.review.as_ref())
}

/// Every policy of the rules with its place.
pub fn policies(rules: &Engagement) -> impl Iterator<Item = (String, &ReviewPolicy)> {
    let of_rules = rules.rules.iter().enumerate().filter_map(|(at, rule)| Some((format!("/rules/{at}/review"), rule.review.as_ref()?)));
    rules.review.iter().map(|policy| ("/review".to_owned(), policy)).chain(of_rules)
}

/// What validation cannot say field by field.
pub fn flaws(rules: &Engagement) -> Vec<FieldError> {
    policies(rules).flat_map(|(place, policy)| flaws_of(&place, policy)).collect()
}

fn flaws_of(place: &str, policy: &ReviewPolicy) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let mut refuse = |member: &str, code: &str, detail: &str| errors.push(FieldError::new(format!("{place}/{member}"), code, detail));
    match policy.due_hours {
        Some(due) => {
            if policy.warn_hours.iter().any(|hours| !(1..due).contains(hours)) {
                refuse("warn_hours", "out_of_order", "Warn at least an hour after the start and before the review is due.");
            }
            if policy.end_hours.is_some_and(|end| end < due) {
                refuse("end_hours", "out_of_order", "The end does not come before the review is due.");
            }
        }
        None => {
            if !policy.warn_hours.is_empty() || policy.end_hours.is_some() || policy.at_end != AtEnd::Nothing {
                refuse("due_hours", "missing", "Say when the review is due: without that no clock runs.");
            }
        }
    }
    if policy.at_end == AtEnd::Approve && !policy.approvals.is_empty() {
        refuse("at_end", "approvals", "What several people have to approve is not approved by the clock.");
    }
    for (at, step) in policy.approvals.iter().enumerate() {
        if policy.approvals[..at].iter().any(|other| other.name == step.name) {
            refuse(&format!("approvals/{at}/name"), "duplicate", "Give each step a name of its own.");
        }
        if [step.role.is_some(), step.person_id.is_some(), step.permission.is_some()].iter().filter(|said| **said).count() > 1 {
            refuse(&format!("approvals/{at}"), "ambiguous", "Name a role, a person or a permission, and no more than one.");
        }
        if step.permission.as_deref().is_some_and(|name| name.parse::<Permission>().is_err()) {
            refuse(&format!("approvals/{at}/permission"), "permission", "GET /v1/permissions lists what there is.");
        }
    }
    errors
}
