//! The rules of engagement: one versioned object that partners read and the machine enforces.

use crate::assignment::ChannelManagerRule;
use crate::conflict::Thresholds;
use crate::review::policy::ReviewPolicy;
use crate::types::DealType;
use kernel::problem::{FieldError, Problem};
use kernel::rules::Expression;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;
use validator::Validate;

/// The names that a rule's expression may use.
pub const VARIABLES: &[&str] = &["deal", "partner", "customer", "conflicts", "incumbent", "now"];

/// What a rule decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RuleOutcome {
    /// Approve at once.
    Approve,
    /// Have a person decide.
    Review,
    /// Reject at once.
    Reject,
}

/// One rule: when the expression holds, this is the answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"id": "large", "when": "deal.amount.amount > 50000000", "outcome": "review", "code": "large_deal",
    "sentence": "Deals of this size are looked at by a person."}))]
pub struct EngagementRule {
    /// Names the rule in decisions; unique among the rules.
    #[validate(length(min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100)]
    pub id: String,
    /// A CEL expression over `deal`, `partner`, `customer`, `conflicts`, `incumbent` and `now`.
    #[validate(length(min = 1, max = 2000))]
    #[schema(min_length = 1, max_length = 2000)]
    pub when: String,
    /// What is decided when it holds.
    pub outcome: RuleOutcome,
    /// Stable code of the reason.
    #[validate(length(min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100)]
    pub code: String,
    /// The reason as the partner reads it.
    #[validate(length(min = 1, max = 500))]
    #[schema(min_length = 1, max_length = 500)]
    pub sentence: String,
    /// How deals that it sends to review are reviewed, instead of what is said for all.
    #[validate(nested)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review: Option<ReviewPolicy>,
}

/// Who reviews: when the expression holds, a deal in review is routed there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"id": "dach", "when": "customer.country in [\"DE\", \"AT\", \"CH\"]", "to": "desk-dach"}))]
pub struct RoutingRule {
    /// Names the rule in decisions; unique among the routes.
    #[validate(length(min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100)]
    pub id: String,
    /// A CEL expression, as in a rule.
    #[validate(length(min = 1, max = 2000))]
    #[schema(min_length = 1, max_length = 2000)]
    pub when: String,
    /// A person's id or the name of a queue.
    #[validate(length(min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100)]
    pub to: String,
}

/// How long a deal is protected, and how that is prolonged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"days": {"resale": 90, "referral": 60, "co_sell": 90, "service": 60}, "extension_days": 30, "extensions": 2, "warning_days": [14, 3]}))]
pub struct Protection {
    /// Days by type of deal; 90 for a type that is left out.
    #[schema(value_type = std::collections::BTreeMap<String, i64>)]
    pub days: BTreeMap<DealTypeKey, i64>,
    /// Days that one extension adds.
    #[validate(range(min = 1, max = 730))]
    #[schema(minimum = 1, maximum = 730)]
    pub extension_days: i64,
    /// How many extensions a deal may have.
    #[validate(range(min = 0, max = 20))]
    #[schema(minimum = 0, maximum = 20)]
    pub extensions: i32,
    /// Days before the end at which `deal.expiring` is sent, most first.
    #[validate(length(max = 10))]
    #[schema(max_items = 10)]
    pub warning_days: Vec<i64>,
}

/// A deal type as a key of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DealTypeKey {
    /// See [`DealType::Resale`].
    Resale,
    /// See [`DealType::Referral`].
    Referral,
    /// See [`DealType::CoSell`].
    CoSell,
    /// See [`DealType::Service`].
    Service,
}

impl From<DealType> for DealTypeKey {
    fn from(kind: DealType) -> Self {
        match kind {
            DealType::Resale => Self::Resale,
            DealType::Referral => Self::Referral,
            DealType::CoSell => Self::CoSell,
            DealType::Service => Self::Service,
        }
    }
}

/// From which likeness on customers are the same, or to be compared by a person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"same": 0.85, "review": 0.77}))]
pub struct MatchingThresholds {
    /// From here on two customers are one, 0.5 to 1.
    #[validate(range(min = 0.5, max = 1.0))]
    #[schema(minimum = 0.5, maximum = 1.0)]
    pub same: f32,
    /// From here on a person should look, 0.5 to 1.
    #[validate(range(min = 0.5, max = 1.0))]
    #[schema(minimum = 0.5, maximum = 1.0)]
    pub review: f32,
}

/// The progress that a protected deal must show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"within_days": 45, "warn_days": [14, 3]}))]
pub struct ProgressRules {
    /// Days without progress after which the deal is released: its protection ends, and its customer is free.
    #[validate(range(min = 1, max = 730))]
    #[schema(minimum = 1, maximum = 730)]
    pub within_days: i64,
    /// Days before that at which `deal.stalled` is sent, most first. With any, no deal is released that was not warned.
    #[validate(length(max = 10))]
    #[schema(max_items = 10)]
    pub warn_days: Vec<i64>,
}

/// What is said when no rule holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"outcome": "approve", "code": "no_objection", "sentence": "Nothing stands against this registration."}))]
pub struct DefaultAnswer {
    /// What is decided.
    pub outcome: RuleOutcome,
    /// Stable code of the reason.
    #[validate(length(min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100)]
    pub code: String,
    /// The reason as the partner reads it.
    #[validate(length(min = 1, max = 500))]
    #[schema(min_length = 1, max_length = 500)]
    pub sentence: String,
}

/// What a version of the rules of engagement says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "title": "Deal registration, EMEA", "text": "Register a deal before you quote. We answer at once and protect it for 90 days.",
    "protection": {"days": {"resale": 90}, "extension_days": 30, "extensions": 2, "warning_days": [14, 3]},
    "matching": {"same": 0.85, "review": 0.77},
    "rules": [{"id": "large", "when": "deal.amount.amount > 50000000", "outcome": "review", "code": "large_deal",
        "sentence": "Deals of this size are looked at by a person."}],
    "routing": [{"id": "dach", "when": "customer.country in [\"DE\", \"AT\", \"CH\"]", "to": "desk-dach"}],
    "otherwise": {"outcome": "approve", "code": "no_objection", "sentence": "Nothing stands against this registration."}}))]
pub struct Engagement {
    /// A heading for people.
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    pub title: String,
    /// What partners read, in Markdown.
    #[validate(length(max = 50000))]
    #[schema(max_length = 50000)]
    pub text: String,
    /// How long deals are protected.
    #[validate(nested)]
    pub protection: Protection,
    /// How alike customers must be.
    #[validate(nested)]
    pub matching: MatchingThresholds,
    /// The first that holds decides.
    #[validate(length(max = 100), nested)]
    #[schema(max_items = 100)]
    pub rules: Vec<EngagementRule>,
    /// The first that holds routes a deal in review; otherwise it goes to the partner's channel manager.
    #[serde(default)]
    #[validate(length(max = 100), nested)]
    #[schema(max_items = 100)]
    pub routing: Vec<RoutingRule>,
    /// The first that holds names a deal's channel manager; otherwise it is the partner's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[validate(length(max = 100), nested)]
    #[schema(max_items = 100)]
    pub channel_managers: Vec<ChannelManagerRule>,
    /// The answer when no rule holds.
    #[validate(nested)]
    pub otherwise: DefaultAnswer,
    /// How long the steps of a dispute take.
    #[serde(default)]
    #[validate(nested)]
    pub disputes: crate::disputes::DisputeTerms,
    /// The help that partners can ask for with a deal, and who is brought in.
    #[serde(default)]
    #[validate(nested)]
    pub cosell: crate::cosell::CosellTerms,
    /// The progress that a protected deal must show; none if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[validate(nested)]
    pub progress: Option<ProgressRules>,
    /// The first that holds answers a request for more time: `approve` grants it, `reject` refuses it, `review` leaves it to a person, as does none.
    /// CEL over `deal`, `partner`, `customer`, `progress`, `extension` and `now`. With any, partners' own `extend` is answered by them too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[validate(length(max = 100), nested)]
    #[schema(max_items = 100)]
    pub extension_rules: Vec<EngagementRule>,
    /// Hours for which a customer that became free is kept for a partner that waited for it; 72 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[validate(range(min = 1, max = 720))]
    #[schema(minimum = 1, maximum = 720)]
    pub offer_hours: Option<i64>,
    /// How long reviews may take, and who approves; without it a review takes as long as it takes, and one approval will do.
    #[validate(nested)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review: Option<ReviewPolicy>,
}

impl Protection {
    /// Days of protection for a type of deal.
    pub fn days_for(&self, kind: DealType) -> i64 {
        self.days.get(&kind.into()).copied().unwrap_or(90)
    }
}

impl Engagement {
    /// As somebody may read it.
    pub fn seen_by(self, who: &kernel::Actor) -> Self {
        Self { cosell: self.cosell.seen_by(who), ..self }
    }
}

impl Default for Engagement {
    /// What holds until the vendor publishes its own: version 0.
    fn default() -> Self {
        let rule = |id: &str, when: &str, outcome, code: &str, sentence: &str| EngagementRule {
            id: id.into(),
            when: when.into(),
            outcome,
            code: code.into(),
            sentence: sentence.into(),
            review: None,
        };
        use RuleOutcome::{Approve, Reject, Review};
        let rules = vec![
            rule(
                "own-registration",
                r#"conflicts.exists(c, c.kind == "own_registration" && c.same)"#,
                Reject,
                "already_registered",
                "You have already registered a deal with this customer.",
            ),
            rule(
                "protected",
                r#"conflicts.exists(c, c.kind == "protected_registration" && c.same)"#,
                Reject,
                "protected",
                "Another partner has registered this customer and is under protection.",
            ),
            rule(
                "pending",
                r#"conflicts.exists(c, c.kind == "pending_registration" && c.same)"#,
                Review,
                "pending_elsewhere",
                "Another partner's registration for this customer is being reviewed.",
            ),
            rule(
                "open-opportunity",
                r#"conflicts.exists(c, c.kind == "open_opportunity" && c.same)"#,
                Review,
                "open_opportunity",
                "The vendor is already in talks with this customer.",
            ),
            rule(
                "lookalike",
                r#"conflicts.exists(c, !c.same && c.kind != "existing_account" && c.kind != "own_registration")"#,
                Review,
                "possible_conflict",
                "This customer resembles one that is already being worked on; a person will compare them.",
            ),
        ];
        Self {
            title: "Standard rules of engagement".into(),
            text: "Register a deal before you quote. The first partner to register a customer is protected; a deal that touches an open \
                   opportunity of ours, or resembles another registration, is looked at by a person."
                .into(),
            protection: Protection { days: BTreeMap::new(), extension_days: 30, extensions: 2, warning_days: vec![14, 3] },
            matching: MatchingThresholds { same: matching::SAME, review: matching::REVIEW },
            rules,
            routing: Vec::new(),
            channel_managers: Vec::new(),
            otherwise: DefaultAnswer { outcome: Approve, code: "no_objection".into(), sentence: "Nothing stands against this registration.".into() },
            disputes: crate::disputes::DisputeTerms::default(),
            cosell: crate::cosell::CosellTerms::default(),
            progress: None,
            extension_rules: Vec::new(),
            offer_hours: None,
            review: None,
        }
    }
}

/// Rules of engagement, compiled.
pub struct Compiled {
    /// As written.
    pub engagement: Engagement,
    /// The version; 0 for the standard rules.
    pub version: i64,
    /// The expressions of `engagement.rules`, in order.
    pub rules: Vec<Expression>,
    /// The expressions of `engagement.routing`, in order.
    pub routing: Vec<Expression>,
    /// The expressions of `engagement.channel_managers`, in order.
    pub channel_managers: Vec<Expression>,
    /// The expressions of `engagement.extension_rules`, in order.
    pub extension_rules: Vec<Expression>,
    /// The expressions of `engagement.cosell`.
    pub(crate) cosell: crate::cosell::Compiled,
}

impl Compiled {
    /// From which likeness on customers are the same.
    pub fn thresholds(&self) -> Thresholds {
        Thresholds { same: self.engagement.matching.same, review: self.engagement.matching.review }
    }

    /// Compile; 422 naming the rule, the line and the column where one does not.
    pub fn of(engagement: Engagement, version: i64) -> Result<Self, Problem> {
        let mut errors = bounds(&engagement);
        let mut read = |list: &str, variables: &[&str], sources: Vec<(&str, &str)>| {
            let mut expressions = Vec::with_capacity(sources.len());
            for (at, (id, source)) in sources.iter().enumerate() {
                if sources[..at].iter().any(|(other, _)| other == id) {
                    errors.push(FieldError::new(format!("/{list}/{at}/id"), "duplicate", "Give each rule an id of its own."));
                }
                match Expression::compile(source, variables) {
                    Ok(expression) => expressions.push(expression),
                    Err(cause) => errors.push(FieldError::new(format!("/{list}/{at}/when"), cause.code, located(&cause))),
                }
            }
            expressions
        };
        let rules = read("rules", VARIABLES, engagement.rules.iter().map(|rule| (rule.id.as_str(), rule.when.as_str())).collect());
        let routing = read("routing", VARIABLES, engagement.routing.iter().map(|rule| (rule.id.as_str(), rule.when.as_str())).collect());
        let extensions = engagement.extension_rules.iter().map(|rule| (rule.id.as_str(), rule.when.as_str())).collect();
        let extension_rules = read("extension_rules", crate::extension::VARIABLES, extensions);
        let managers = engagement.channel_managers.iter().map(|rule| (rule.id.as_str(), rule.when.as_str())).collect();
        let channel_managers = read("channel_managers", VARIABLES, managers);
        let cosell = crate::cosell::Compiled::of(&engagement.cosell, &mut errors);
        if !errors.is_empty() {
            return Err(Problem::invalid_all(errors));
        }
        Ok(Self { engagement, version, rules, routing, channel_managers, extension_rules, cosell })
    }
}

fn located(cause: &kernel::rules::RuleError) -> String {
    match (cause.line, cause.column) {
        (Some(line), Some(column)) => format!("Line {line}, column {column}: {}", cause.detail),
        _ => cause.detail.clone(),
    }
}

/// What validation cannot say field by field.
fn bounds(engagement: &Engagement) -> Vec<FieldError> {
    let mut errors = crate::review::policy::flaws(engagement);
    if engagement.matching.review > engagement.matching.same {
        errors.push(FieldError::new("/matching/review", "out_of_order", "review lies at or below same."));
    }
    if engagement.protection.days.values().any(|days| !(1..=3_650).contains(days)) {
        errors.push(FieldError::new("/protection/days", "out_of_range", "A deal is protected for 1 to 3650 days."));
    }
    if engagement.protection.warning_days.iter().any(|days| !(1..=365).contains(days)) {
        errors.push(FieldError::new("/protection/warning_days", "out_of_range", "Warn 1 to 365 days before the end."));
    }
    if engagement.progress.iter().flat_map(|progress| &progress.warn_days).any(|days| !(1..=365).contains(days)) {
        errors.push(FieldError::new("/progress/warn_days", "out_of_range", "Warn 1 to 365 days before the end."));
    }
    errors
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_standard_rules_compile() {
        assert!(Compiled::of(Engagement::default(), 0).is_ok());
    }

    #[test]
    fn a_rule_that_does_not_compile_is_named_with_its_position() {
        let mut engagement = Engagement::default();
        engagement.rules[1].when = "deal.amount.amount >".into();
        let problem = Compiled::of(engagement, 1).err().unwrap();
        assert_eq!(problem.errors[0].pointer, "/rules/1/when");
        assert!(problem.errors[0].detail.starts_with("Line 1, column "), "{}", problem.errors[0].detail);
    }
}
