//! The rules of admission: one versioned object, published by the vendor.

use kernel::id::PersonId;
use kernel::problem::{FieldError, Problem};
use kernel::rules::Expression;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

/// The names that expressions may use.
pub const NAMES: &[&str] = &["company", "answers", "contact", "form", "language", "duplicates", "email", "earlier", "score", "score_at_most", "now"];

/// What becomes of an application.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AdmissionOutcome {
    /// The company is a partner at once.
    Approve,
    /// It is turned down.
    Refuse,
    /// A person decides.
    Review,
    /// The applicant is asked the rule's sentence.
    Ask,
    /// The company and whoever applies are looked for in every screening list, at once: of whom nothing is found is approved, anybody else is for a
    /// person, as is everybody where no list is published.
    Vet,
}

/// What becomes of an application for which the expression holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"id": "known", "when": "duplicates.exists(d, d.kind == \"partner\" && d.same)", "then": "review",
    "sentence": "We look at your application.", "internal_reason": "Perhaps a partner already."}))]
pub struct AdmissionRule {
    /// Names the rule; unique among the rules.
    #[validate(length(min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100)]
    pub id: String,
    /// A CEL expression over `company`, `answers`, `contact`, `form`, `language`, `duplicates`, `email`, `earlier`,
    /// `score` and `score_at_most` (of the ideal partner profile; null while none is in force) and `now`.
    #[validate(length(min = 1, max = 2000))]
    #[schema(min_length = 1, max_length = 2000)]
    pub when: String,
    /// What becomes of it.
    pub then: AdmissionOutcome,
    /// Why, or the question, in a sentence for the applicant.
    #[validate(length(min = 1, max = 1000), custom(function = kernel::text::not_blank))]
    #[schema(min_length = 1, max_length = 1000, pattern = r"\S")]
    pub sentence: String,
    /// Why, for the vendor's people.
    #[validate(length(min = 1, max = 1000))]
    #[schema(min_length = 1, max_length = 1000)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub internal_reason: Option<String>,
}

/// Who reviews what.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"id": "dach", "when": "company.country in [\"DE\", \"AT\", \"CH\"]", "assignee_id": "per_01jd3k7x2mfq8t9v5w6y0zabcd"}))]
pub struct AdmissionReviewer {
    /// Names the rule; unique among these.
    #[validate(length(min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100)]
    pub id: String,
    /// A CEL expression over the same.
    #[validate(length(min = 1, max = 2000))]
    #[schema(min_length = 1, max_length = 2000)]
    pub when: String,
    /// The vendor's person who reviews it.
    pub assignee_id: PersonId,
}

/// What a version of the rules of admission says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"title": "Admission, EMEA", "rules": [{"id": "free-mail", "when": "email.kind != \"company\"", "then": "ask",
        "sentence": "Please apply with an address of your company."}], "reviewers": [], "draft_days": 30, "remind_days": 3, "answer_days": 14,
    "reapply_days": 90}))]
pub struct AdmissionRules {
    /// A heading for people.
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    pub title: String,
    /// What decides on submission: the first that holds. A person decides where none does.
    #[validate(length(max = 100), nested)]
    #[schema(max_items = 100)]
    pub rules: Vec<AdmissionRule>,
    /// Who reviews: the first that holds.
    #[validate(length(max = 100), nested)]
    #[schema(max_items = 100)]
    pub reviewers: Vec<AdmissionReviewer>,
    /// Days without a change after which a draft expires.
    #[validate(range(min = 1, max = 365))]
    #[schema(minimum = 1, maximum = 365)]
    pub draft_days: i64,
    /// Days before the end at which the applicant is reminded, of a draft as of a question; 0 for never.
    #[validate(range(min = 0, max = 364))]
    #[schema(minimum = 0, maximum = 364)]
    pub remind_days: i64,
    /// Days after which an unanswered question ends the application.
    #[validate(range(min = 1, max = 365))]
    #[schema(minimum = 1, maximum = 365)]
    pub answer_days: i64,
    /// Days after a refusal in which the same person submits no other.
    #[validate(range(min = 0, max = 3650))]
    #[schema(minimum = 0, maximum = 3650)]
    pub reapply_days: i64,
}

impl Default for AdmissionRules {
    /// What holds until the vendor publishes its own: version 0. A person decides.
    fn default() -> Self {
        let title = "Standard rules of admission".into();
        Self { title, rules: Vec::new(), reviewers: Vec::new(), draft_days: 30, remind_days: 3, answer_days: 14, reapply_days: 90 }
    }
}

/// The rules, compiled.
pub struct Rulebook {
    /// As written.
    pub rules: AdmissionRules,
    /// The version; 0 for the standard rules.
    pub version: i64,
    /// The expressions of `rules`, in order.
    pub rules_compiled: Vec<Expression>,
    /// The expressions of `reviewers`, in order.
    pub reviewers_compiled: Vec<Expression>,
}

impl Rulebook {
    /// Compile; 422 naming the rule, the line and the column where one does not.
    pub fn of(rules: AdmissionRules, version: i64) -> Result<Self, Problem> {
        let mut errors = Vec::new();
        let decided = rules.rules.iter().map(|rule| (rule.id.as_str(), rule.when.as_str())).collect();
        let reviewed = rules.reviewers.iter().map(|rule| (rule.id.as_str(), rule.when.as_str())).collect();
        let rules_compiled = compiled("/rules", decided, &mut errors);
        let reviewers_compiled = compiled("/reviewers", reviewed, &mut errors);
        if errors.is_empty() { Ok(Self { rules, version, rules_compiled, reviewers_compiled }) } else { Err(Problem::invalid_all(errors)) }
    }
}

fn compiled(list: &str, sources: Vec<(&str, &str)>, errors: &mut Vec<FieldError>) -> Vec<Expression> {
    let mut compiled = Vec::with_capacity(sources.len());
    for (at, (id, source)) in sources.iter().enumerate() {
        if sources[..at].iter().any(|(other, _)| other == id) {
            errors.push(FieldError::new(format!("{list}/{at}/id"), "duplicate", "Give each rule an id of its own."));
        }
        match Expression::compile(source, NAMES) {
            Ok(expression) => compiled.push(expression),
            Err(cause) => {
                let place = cause.line.zip(cause.column).map(|(line, column)| format!("Line {line}, column {column}: "));
                let detail = format!("{}{}", place.unwrap_or_default(), cause.detail);
                errors.push(FieldError::new(format!("{list}/{at}/when"), cause.code, detail));
            }
        }
    }
    compiled
}
