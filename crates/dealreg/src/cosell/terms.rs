//! What the rules of engagement say of co-sell requests: the catalogue of helps, what is answered at once, and who is brought in.

use crate::assignment::queues;
use crate::engagement::{Engagement, EngagementRule};
use kernel::id::PersonId;
use kernel::problem::FieldError;
use kernel::rules::{Expression, RuleError};
use kernel::{Problem, Scope, Tx};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::{Validate, ValidationError};

/// The names that these rules' expressions may use.
pub struct CosellVariables;

impl CosellVariables {
    /// In rules that answer a request.
    pub const OF_ANSWERS: &[&str] = &["deal", "partner", "customer", "request", "now"];
    /// In rules that bring somebody in, once for each help.
    pub const OF_HELPS: &[&str] = &["deal", "partner", "customer", "request", "help", "now"];
}

/// A kind of help that can be asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "demo", "title": "A demonstration", "text": "An engineer of ours shows the product."}))]
pub struct CosellHelp {
    /// Names it for good: lower-case letters, digits and underscores.
    #[validate(custom(function = help_name))]
    #[schema(pattern = "^[a-z][a-z0-9_]{0,39}$")]
    pub name: String,
    /// What people call it.
    #[validate(length(min = 1, max = 200), custom(function = kernel::text::not_blank))]
    #[schema(min_length = 1, max_length = 200, pattern = r"\S")]
    pub title: String,
    /// What is to be expected.
    #[validate(length(min = 1, max = 2000))]
    #[schema(min_length = 1, max_length = 2000)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// 422 unless it could name a help.
pub fn help_name(name: &str) -> Result<(), ValidationError> {
    let lead = name.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase());
    let rest = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    if lead && rest && name.len() <= 40 {
        return Ok(());
    }
    Err(ValidationError::new("pattern").with_message("A help is named in lower-case letters, digits and underscores, 40 at most.".into()))
}

/// Who is brought in: asked once for each help of a request; the first that holds for it names who.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"id": "demos-dach", "when": "help == \"demo\" && customer.country in [\"DE\", \"AT\", \"CH\"]", "to": "per_01jd3k7x2mfq8t9v5w6y0zabcd"}))]
pub struct CosellBringIn {
    /// Names the rule; unique among these.
    #[validate(length(min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100)]
    pub id: String,
    /// A CEL expression over `deal`, `partner`, `customer`, `request` (`helps`, `urgency`, `customer_contact`, `side`), `help` and `now`.
    #[validate(length(min = 1, max = 2000))]
    #[schema(min_length = 1, max_length = 2000)]
    pub when: String,
    /// A person's id or the name of a queue.
    #[validate(length(min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100)]
    pub to: String,
}

/// What the rules of engagement say of co-sell requests.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"helps": [{"name": "demo", "title": "A demonstration"}], "rules": [], "bring_in": [], "answer_hours": 16, "closing_days": 10}))]
pub struct CosellTerms {
    /// The helps that can be asked for.
    #[validate(length(min = 1, max = 50), nested)]
    #[schema(min_items = 1, max_items = 50)]
    pub helps: Vec<CosellHelp>,
    /// The first that holds answers a request at once: `approve` accepts it, `reject` declines it, `review` leaves it to a person, as does none.
    #[serde(default)]
    #[validate(length(max = 100), nested)]
    #[schema(max_items = 100)]
    pub rules: Vec<EngagementRule>,
    /// Who is brought in for a help; the deal's channel manager, where none holds. Shown to the vendor's callers only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[validate(length(max = 100), nested)]
    #[schema(max_items = 100)]
    pub bring_in: Vec<CosellBringIn>,
    /// Hours of the business calendar after which a request without an answer is overdue; no clock runs if absent.
    #[validate(range(min = 1, max = 2000))]
    #[schema(minimum = 1, maximum = 2000)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer_hours: Option<i64>,
    /// The same for an urgent request; `answer_hours` if absent.
    #[validate(range(min = 1, max = 2000))]
    #[schema(minimum = 1, maximum = 2000)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub urgent_answer_hours: Option<i64>,
    /// The business calendar; the vendor's default if absent.
    #[validate(length(min = 1, max = 40))]
    #[schema(min_length = 1, max_length = 40)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calendar: Option<String>,
    /// Days of work that both sides have to settle who contributed what; then it is overdue.
    #[validate(range(min = 1, max = 90))]
    #[schema(minimum = 1, maximum = 90)]
    #[serde(default = "closing_days")]
    pub closing_days: i64,
}

fn closing_days() -> i64 {
    10
}

impl Default for CosellTerms {
    /// What holds until the vendor says otherwise: people answer, and the channel manager is brought in.
    fn default() -> Self {
        let help = |(name, title): (&str, &str)| CosellHelp { name: name.into(), title: title.into(), text: None };
        let helps = [
            ("technical", "Technical advice"),
            ("demo", "A demonstration"),
            ("pricing", "Prices and quotes"),
            ("executive", "A conversation among executives"),
            ("local_presence", "Somebody on the spot"),
            ("other", "Something else"),
        ];
        let (rules, bring_in) = (Vec::new(), Vec::new());
        let helps = helps.map(help).to_vec();
        Self { helps, rules, bring_in, answer_hours: None, urgent_answer_hours: None, calendar: None, closing_days: closing_days() }
    }
}

impl CosellTerms {
    /// Whether a rule names a queue, so that work is dealt out under the queues' lock.
    pub fn names_a_queue(&self) -> bool {
        self.bring_in.iter().any(|rule| rule.to.parse::<PersonId>().is_err())
    }

    /// As somebody may see it: who is brought in, and why, is the vendor's own.
    pub fn seen_by(self, who: &kernel::Actor) -> Self {
        if who.scope.partner().is_some() { Self { bring_in: Vec::new(), ..self } } else { self }
    }
}

/// The expressions, in order.
#[derive(Default)]
pub(crate) struct Compiled {
    /// Of `rules`.
    pub rules: Vec<Expression>,
    /// Of `bring_in`.
    pub bring_in: Vec<Expression>,
}

impl Compiled {
    /// Compile; what does not is said with its place.
    pub fn of(terms: &CosellTerms, errors: &mut Vec<FieldError>) -> Self {
        let mut read = |list: &str, variables: &[&str], sources: Vec<(&str, &str)>| {
            let mut expressions = Vec::with_capacity(sources.len());
            for (at, (id, source)) in sources.iter().enumerate() {
                if sources[..at].iter().any(|(other, _)| other == id) {
                    errors.push(FieldError::new(format!("/cosell/{list}/{at}/id"), "duplicate", "Give each rule an id of its own."));
                }
                match Expression::compile(source, variables) {
                    Ok(expression) => expressions.push(expression),
                    Err(cause) => errors.push(FieldError::new(format!("/cosell/{list}/{at}/when"), cause.code, located(&cause))),
                }
            }
            expressions
        };
        let rules = terms.rules.iter().map(|rule| (rule.id.as_str(), rule.when.as_str())).collect();
        let rules = read("rules", CosellVariables::OF_ANSWERS, rules);
        let bring_in = terms.bring_in.iter().map(|rule| (rule.id.as_str(), rule.when.as_str())).collect();
        let bring_in = read("bring_in", CosellVariables::OF_HELPS, bring_in);
        for (at, help) in terms.helps.iter().enumerate() {
            if terms.helps[..at].iter().any(|other| other.name == help.name) {
                errors.push(FieldError::new(format!("/cosell/helps/{at}/name"), "duplicate", "Name each help once."));
            }
        }
        Self { rules, bring_in }
    }
}

fn located(cause: &RuleError) -> String {
    match (cause.line, cause.column) {
        (Some(line), Some(column)) => format!("Line {line}, column {column}: {}", cause.detail),
        _ => cause.detail.clone(),
    }
}

/// 422 unless everybody, every queue and the calendar that these rules name are there.
pub async fn check_published(tx: &Tx, engagement: &Engagement) -> Result<(), Problem> {
    let terms = &engagement.cosell;
    let named: Vec<_> = terms.bring_in.iter().filter_map(|rule| rule.to.parse::<PersonId>().ok()).collect();
    let found = access::people::find_many(tx, tx.vendor(), &named).await?;
    let there: Vec<_> = found.iter().filter_map(|row| row.standing()).filter(|person| person.partner.is_none()).map(|person| person.id).collect();
    let mut errors = Vec::new();
    for (at, rule) in terms.bring_in.iter().enumerate() {
        let pointer = format!("/cosell/bring_in/{at}/to");
        match rule.to.parse::<PersonId>() {
            Ok(person) if !there.contains(&person) => {
                errors.push(FieldError::new(pointer, "unknown_person", "Name an active person of the vendor."));
            }
            Err(_) if queues::store::by_name(tx, tx.vendor(), &rule.to).await?.is_none() => {
                errors.push(FieldError::new(pointer, "unknown_queue", "There is no queue of this name; make it first."));
            }
            Ok(_) | Err(_) => {}
        }
    }
    if let Some(name) = &terms.calendar
        && !access::calendars::exists(tx, Scope::vendor_wide(tx.vendor()), name).await?
    {
        errors.push(FieldError::new("/cosell/calendar", "unknown", "There is no business calendar of this name."));
    }
    if errors.is_empty() { Ok(()) } else { Err(Problem::invalid_all(errors)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_standard_terms_compile_and_what_does_not_is_named() {
        let mut errors = Vec::new();
        Compiled::of(&CosellTerms::default(), &mut errors);
        assert!(errors.is_empty(), "{errors:?}");
        let mut terms = CosellTerms::default();
        let rule = |when: &str| CosellBringIn { id: "one".into(), when: when.into(), to: "desk".into() };
        terms.bring_in = vec![rule("help == \"demo\""), rule("help ==")];
        terms.helps.push(terms.helps[0].clone());
        Compiled::of(&terms, &mut errors);
        let at: Vec<_> = errors.iter().map(|error| error.pointer.as_str()).collect();
        assert_eq!(at, ["/cosell/bring_in/1/id", "/cosell/bring_in/1/when", "/cosell/helps/6/name"]);
        assert!(terms.names_a_queue());
    }
}
