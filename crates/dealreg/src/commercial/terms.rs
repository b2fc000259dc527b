//! The commercial terms: what a version says, and its expressions compiled.

use crate::types::DealLineModel;
use kernel::Money;
use kernel::problem::{FieldError, Problem};
use kernel::rules::Expression;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

/// The names that an earning rule's expression may use.
pub const OF_EARNINGS: &[&str] = &["deal", "line", "partner", "customer", "incumbent", "now"];
/// The names that a pricing rule's expression may use.
pub const OF_PRICING: &[&str] = &["deal", "request", "partner", "customer", "incumbent", "now"];
/// The names that an incumbency rule's expression may use.
pub const OF_INCUMBENCY: &[&str] = &["deal", "line", "partner", "customer", "now"];

/// What a margin is a part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CommercialBase {
    /// The product's list price, times the quantity.
    ListPrice,
    /// The line's own price, times the quantity.
    Amount,
}

/// What a partner earns by lines of one model. The first that holds for a line decides.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"id": "gold-gtx", "model": "resale", "when": "partner.tier == \"gold\" && line.family == \"GTX\"", "base": "list_price",
    "basis_points": 2500, "sentence": "Gold partners earn 25 % off the list price of the GTX family."}))]
pub struct CommercialEarningRule {
    /// Names the rule in estimates; unique among these.
    #[validate(length(min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100)]
    pub id: String,
    /// The lines that it is for.
    pub model: DealLineModel,
    /// A CEL expression over `deal`, `line`, `partner`, `customer`, `incumbent` and `now`.
    #[validate(length(min = 1, max = 2000))]
    #[schema(min_length = 1, max_length = 2000)]
    pub when: String,
    /// What the part is of, for `resale`; the amount if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<CommercialBase>,
    /// The part, in hundredths of a percent: of the base, of what recurs, of what was committed, or of what the customer pays.
    #[validate(range(min = 1, max = 10000))]
    #[schema(minimum = 1, maximum = 10000)]
    pub basis_points: i64,
    /// For how many months at most, for `subscription` and `revenue_share`; the whole term if absent.
    #[validate(range(min = 1, max = 120))]
    #[schema(minimum = 1, maximum = 120)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub months: Option<i64>,
    /// The most that it comes to. For lines in another currency the rule is passed over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cap: Option<Money>,
    /// What the partner reads.
    #[validate(length(min = 1, max = 500))]
    #[schema(min_length = 1, max_length = 500)]
    pub sentence: String,
}

/// Whose approval a special price needs. The first that holds decides; where none does, one person approves whatever it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"id": "everybody", "when": "true", "automatic_up_to": 500, "one_person_up_to": 2000,
    "sentence": "Discounts of up to 5 % are approved at once."}))]
pub struct CommercialPricingRule {
    /// Names the rule in requests; unique among these.
    #[validate(length(min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100)]
    pub id: String,
    /// A CEL expression over `deal`, `request`, `partner`, `customer`, `incumbent` and `now`.
    #[validate(length(min = 1, max = 2000))]
    #[schema(min_length = 1, max_length = 2000)]
    pub when: String,
    /// Up to this discount, in hundredths of a percent, it is approved at once.
    #[validate(range(min = 0, max = 10000))]
    #[schema(minimum = 0, maximum = 10000)]
    pub automatic_up_to: i64,
    /// Up to this discount one person approves; above it, two.
    #[validate(range(min = 0, max = 10000))]
    #[schema(minimum = 0, maximum = 10000)]
    pub one_person_up_to: i64,
    /// What the partner reads when it is approved at once.
    #[validate(length(min = 1, max = 500))]
    #[schema(min_length = 1, max_length = 500)]
    pub sentence: String,
}

/// Special prices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"rules": [], "valid_days": 30, "most_valid_days": 90, "warning_days": [7]}))]
pub struct CommercialPricing {
    /// Whose approval is needed.
    #[validate(length(max = 100), nested)]
    #[schema(max_items = 100)]
    pub rules: Vec<CommercialPricingRule>,
    /// Days for which a price is valid, unless its request or its approval says otherwise.
    #[validate(range(min = 1, max = 365))]
    #[schema(minimum = 1, maximum = 365)]
    pub valid_days: i64,
    /// Days for which a price is valid at most.
    #[validate(range(min = 1, max = 365))]
    #[schema(minimum = 1, maximum = 365)]
    pub most_valid_days: i64,
    /// Days before its end at which `pricing_request.expiring` is sent, most first.
    #[validate(length(max = 10))]
    #[schema(max_items = 10)]
    pub warning_days: Vec<i64>,
}

impl Default for CommercialPricing {
    fn default() -> Self {
        Self { rules: Vec::new(), valid_days: 30, most_valid_days: 90, warning_days: vec![7] }
    }
}

/// What a registration for a renewal meets that is not the incumbent's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CommercialRivals {
    /// It is refused.
    Refuse,
    /// A person looks at it.
    Review,
}

impl CommercialRivals {
    /// Its name in the database and on the wire.
    pub fn wire(self) -> &'static str {
        match self {
            Self::Refuse => "refuse",
            Self::Review => "review",
        }
    }

    /// As it is stored, or stands in facts.
    pub fn read(text: &str) -> Option<Self> {
        [Self::Refuse, Self::Review].into_iter().find(|one| one.wire() == text)
    }
}

/// Who may renew: when the expression holds for a subscription that was won, its partner is the incumbent. The first that holds decides; nobody is,
/// where none does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"id": "everybody", "when": "true", "days_before": 90, "days_after": 30, "rivals": "refuse"}))]
pub struct CommercialIncumbencyRule {
    /// Names the rule in incumbencies; unique among these.
    #[validate(length(min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100)]
    pub id: String,
    /// A CEL expression over `deal`, `line`, `partner`, `customer` and `now`.
    #[validate(length(min = 1, max = 2000))]
    #[schema(min_length = 1, max_length = 2000)]
    pub when: String,
    /// Days before the renewal date from which on only the incumbent may register the renewal.
    #[validate(range(min = 0, max = 730))]
    #[schema(minimum = 0, maximum = 730)]
    pub days_before: i64,
    /// Days after it until which that holds.
    #[validate(range(min = 0, max = 730))]
    #[schema(minimum = 0, maximum = 730)]
    pub days_after: i64,
    /// What others' registrations meet meanwhile.
    pub rivals: CommercialRivals,
}

/// What a version of the commercial terms says.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "title": "Commercial terms 2027",
    "earnings": [{"id": "gold-gtx", "model": "resale", "when": "partner.tier == \"gold\" && line.family == \"GTX\"", "base": "list_price",
        "basis_points": 2500, "sentence": "Gold partners earn 25 % off the list price of the GTX family."}],
    "pricing": {"rules": [{"id": "everybody", "when": "true", "automatic_up_to": 500, "one_person_up_to": 2000,
        "sentence": "Discounts of up to 5 % are approved at once."}], "valid_days": 30, "most_valid_days": 90, "warning_days": [7]},
    "incumbency": [{"id": "everybody", "when": "true", "days_before": 90, "days_after": 30, "rivals": "refuse"}]}))]
pub struct CommercialTerms {
    /// A heading for people.
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    pub title: String,
    /// What partners earn.
    #[validate(length(max = 200), nested)]
    #[schema(max_items = 200)]
    pub earnings: Vec<CommercialEarningRule>,
    /// Special prices.
    #[serde(default)]
    #[validate(nested)]
    pub pricing: CommercialPricing,
    /// Who may renew; nobody has a privilege if it is left out.
    #[serde(default)]
    #[validate(length(max = 100), nested)]
    #[schema(max_items = 100)]
    pub incumbency: Vec<CommercialIncumbencyRule>,
}

/// The terms, compiled.
pub struct Compiled {
    /// As written.
    pub terms: CommercialTerms,
    /// The version; 0 where a vendor has published none.
    pub version: i64,
    /// The expressions of `terms.earnings`, in order.
    pub earnings: Vec<Expression>,
    /// The expressions of `terms.pricing.rules`, in order.
    pub pricing: Vec<Expression>,
    /// The expressions of `terms.incumbency`, in order.
    pub incumbency: Vec<Expression>,
}

impl Compiled {
    /// Compile; 422 naming the rule, the line and the column where one does not.
    pub fn of(terms: CommercialTerms, version: i64) -> Result<Self, Problem> {
        let mut errors = bounds(&terms);
        let earnings = terms.earnings.iter().map(|rule| (rule.id.as_str(), rule.when.as_str())).collect::<Vec<_>>();
        let earnings = compiled("/earnings", OF_EARNINGS, &earnings, &mut errors);
        let pricing = terms.pricing.rules.iter().map(|rule| (rule.id.as_str(), rule.when.as_str())).collect::<Vec<_>>();
        let pricing = compiled("/pricing/rules", OF_PRICING, &pricing, &mut errors);
        let incumbency = terms.incumbency.iter().map(|rule| (rule.id.as_str(), rule.when.as_str())).collect::<Vec<_>>();
        let incumbency = compiled("/incumbency", OF_INCUMBENCY, &incumbency, &mut errors);
        if errors.is_empty() { Ok(Self { terms, version, earnings, pricing, incumbency }) } else { Err(Problem::invalid_all(errors)) }
    }

    /// No terms: version 0.
    pub fn none() -> Self {
        let (earnings, pricing, incumbency) = (Vec::new(), Vec::new(), Vec::new());
        Self { terms: CommercialTerms { title: "No terms".into(), ..CommercialTerms::default() }, version: 0, earnings, pricing, incumbency }
    }

    /// Whether a vendor has published any.
    pub fn are_there(&self) -> bool {
        self.version > 0
    }
}

fn compiled(list: &str, names: &[&str], sources: &[(&str, &str)], errors: &mut Vec<FieldError>) -> Vec<Expression> {
    let mut expressions = Vec::with_capacity(sources.len());
    for (at, (id, source)) in sources.iter().enumerate() {
        if sources[..at].iter().any(|(other, _)| other == id) {
            errors.push(FieldError::new(format!("{list}/{at}/id"), "duplicate", "Give each rule an id of its own."));
        }
        match Expression::compile(source, names) {
            Ok(expression) => expressions.push(expression),
            Err(cause) => {
                let place = cause.line.zip(cause.column).map(|(line, column)| format!("Line {line}, column {column}: "));
                errors.push(FieldError::new(format!("{list}/{at}/when"), cause.code, format!("{}{}", place.unwrap_or_default(), cause.detail)));
            }
        }
    }
    expressions
}

/// What validation cannot say field by field.
fn bounds(terms: &CommercialTerms) -> Vec<FieldError> {
    use DealLineModel::{Resale, RevenueShare, Subscription};
    let mut errors = Vec::new();
    for (at, rule) in terms.earnings.iter().enumerate() {
        if rule.base.is_some() && rule.model != Resale {
            errors.push(FieldError::new(format!("/earnings/{at}/base"), "not_for_this_model", "Only rules for resale have a base."));
        }
        if rule.months.is_some() && !matches!(rule.model, Subscription | RevenueShare) {
            errors.push(FieldError::new(format!("/earnings/{at}/months"), "not_for_this_model", "Only what recurs is counted in months."));
        }
    }
    for (at, rule) in terms.pricing.rules.iter().enumerate() {
        if rule.automatic_up_to > rule.one_person_up_to {
            let detail = "automatic_up_to lies at or below one_person_up_to.";
            errors.push(FieldError::new(format!("/pricing/rules/{at}/automatic_up_to"), "out_of_order", detail));
        }
    }
    if terms.pricing.valid_days > terms.pricing.most_valid_days {
        errors.push(FieldError::new("/pricing/valid_days", "out_of_order", "valid_days lies at or below most_valid_days."));
    }
    if terms.pricing.warning_days.iter().any(|days| !(1..=365).contains(days)) {
        errors.push(FieldError::new("/pricing/warning_days", "out_of_range", "Warn 1 to 365 days before the end."));
    }
    errors
}
