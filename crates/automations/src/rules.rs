//! What an automation may say, and when its steps are due: no database, no clock.

use crate::catalogue::Catalogue;
use crate::error;
use crate::types::{AutomationDelay, AutomationExpression, AutomationStep};
use chrono::{DateTime, Duration, NaiveDate, NaiveTime, Utc};
use kernel::log::takes;
use kernel::problem::{FieldError, Kind};
use kernel::rules::{Expression, RuleError};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What `when` may use.
pub const WHEN: &[&str] = &["event", "now"];
/// What `while` may use.
pub const WHILE: &[&str] = &["event", "latest", "now"];
/// The longest parameters of a step, in bytes of JSON.
const MAX_PARAMETERS: usize = 16_384;

/// What an automation does, as it is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Definition {
    /// What it is for.
    pub summary: String,
    /// The types of events that start it.
    pub on: Vec<String>,
    /// What must hold.
    pub when: AutomationExpression,
    /// What it does.
    pub steps: Vec<AutomationStep>,
}

/// Everything that is wrong with a definition, each with a pointer that begins with `at`.
pub fn faults(definition: &Definition, catalogue: &Catalogue, at: &str) -> Vec<FieldError> {
    let mut found = Vec::new();
    for (number, wanted) in definition.on.iter().enumerate() {
        let known = wanted != "*" && catalogue.event_types().iter().any(|kind| takes(wanted, kind));
        if !known {
            let detail = format!("No event type matches `{}`; examples are `deal.approved` and `deal.*`.", brief(wanted));
            found.push(FieldError::new(format!("{at}/on/{number}"), "unknown_type", detail));
        }
    }
    found.extend(expression_fault(definition.when.as_str(), WHEN, format!("{at}/when")));
    for (number, step) in definition.steps.iter().enumerate() {
        step_faults(step, catalogue, &format!("{at}/steps/{number}"), &mut found);
    }
    found
}

fn step_faults(step: &AutomationStep, catalogue: &Catalogue, at: &str, found: &mut Vec<FieldError>) {
    match catalogue.step(&step.step) {
        None => {
            let detail = format!("There is no step `{}`; GET /v1/automation-steps lists what there is.", brief(&step.step));
            found.push(FieldError::new(format!("{at}/step"), "unknown_step", detail));
        }
        Some(offered) => {
            let with = Value::Object(step.with.clone());
            if with.to_string().len() > MAX_PARAMETERS {
                found.push(FieldError::new(format!("{at}/with"), "too_long", format!("At most {MAX_PARAMETERS} bytes.")));
            } else {
                let wrong = offered.schema.iter_errors(&with).take(20);
                found.extend(wrong.map(|error| FieldError::new(format!("{at}/with{}", error.instance_path()), "parameter", format!("{error}."))));
            }
        }
    }
    found.extend(step.after.iter().flat_map(|after| delay_faults(after, &format!("{at}/after"))));
    found.extend(step.condition.iter().filter_map(|condition| expression_fault(condition.as_str(), WHILE, format!("{at}/while"))));
}

fn delay_faults(after: &AutomationDelay, at: &str) -> Vec<FieldError> {
    let mut found = Vec::new();
    let units = [after.minutes, after.hours, after.days].iter().flatten().count();
    if units > 1 {
        found.push(FieldError::new(at, "ambiguous", "Give one of minutes, hours and days."));
    }
    if after.before.is_some() && after.since.is_some() {
        found.push(FieldError::new(at, "ambiguous", "Give one of before and since."));
    }
    if units == 0 && after.before.is_none() && after.since.is_none() {
        found.push(FieldError::new(at, "empty", "Give minutes, hours or days, or a moment with before or since; leave it out for at once."));
    }
    for (name, pointer) in [("before", &after.before), ("since", &after.since)] {
        if pointer.as_deref().is_some_and(|pointer| !pointer.starts_with('/')) {
            found.push(FieldError::new(format!("{at}/{name}"), "pointer", "A JSON pointer into the event's data, like /deal/protected_until."));
        }
    }
    found
}

fn expression_fault(source: &str, variables: &[&str], at: String) -> Option<FieldError> {
    let cause = Expression::compile(source, variables).err()?;
    Some(FieldError::new(at, cause.code, located(&cause)))
}

/// What is wrong with an expression, with its place.
pub fn located(cause: &RuleError) -> String {
    match (cause.line, cause.column) {
        (Some(line), Some(column)) => format!("Line {line}, column {column}: {}", cause.detail),
        _ => cause.detail.clone(),
    }
}

fn brief(text: &str) -> String {
    text.chars().take(80).collect()
}

/// When a step is due that was started by an event of `occurred_at` with `data`; or why it never is.
///
/// What would have been due before the event is due with it.
pub fn due(after: Option<&AutomationDelay>, occurred_at: DateTime<Utc>, data: &Value) -> Result<DateTime<Utc>, (Kind, String)> {
    let Some(after) = after else { return Ok(occurred_at) };
    let by = Duration::minutes(after.minutes.unwrap_or(0)) + Duration::hours(after.hours.unwrap_or(0)) + Duration::days(after.days.unwrap_or(0));
    let at = |pointer: &str| {
        let found = data.pointer(pointer).and_then(moment);
        found.ok_or_else(|| (error::NO_MOMENT, format!("The event's data holds no date or time at {pointer}.")))
    };
    let due = match (&after.before, &after.since) {
        (Some(before), _) => {
            let moment = at(before)?;
            if moment <= occurred_at {
                return Err((error::MOMENT_PASSED, format!("{before} had passed already when the event occurred.")));
            }
            moment.checked_sub_signed(by)
        }
        (None, Some(since)) => at(since)?.checked_add_signed(by),
        (None, None) => occurred_at.checked_add_signed(by),
    };
    Ok(due.unwrap_or(occurred_at).max(occurred_at))
}

/// A time, or the midnight at which a date begins.
fn moment(value: &Value) -> Option<DateTime<Utc>> {
    let text = value.as_str()?;
    let time = DateTime::parse_from_rfc3339(text).ok().map(|time| time.to_utc());
    time.or_else(|| text.parse::<NaiveDate>().ok().map(|date| date.and_time(NaiveTime::MIN).and_utc()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn told(after: Value) -> Result<DateTime<Utc>, &'static str> {
        let data = json!({"deal": {"protected_until": "2026-12-20T12:00:00Z", "expected_close": "2026-12-01", "ended": "2026-11-01", "none": null}});
        let after: AutomationDelay = serde_json::from_value(after).unwrap();
        due(Some(&after), at("2026-11-20T12:00:00Z"), &data).map_err(|(kind, _)| kind.code)
    }

    #[test]
    fn a_step_is_due_so_long_after_its_event() {
        assert_eq!(told(json!({"minutes": 5})), Ok(at("2026-11-20T12:05:00Z")));
        assert_eq!(told(json!({"hours": 24})), told(json!({"days": 1})));
    }

    #[test]
    fn a_step_is_due_around_a_moment_of_the_event() {
        assert_eq!(told(json!({"days": 14, "before": "/deal/protected_until"})), Ok(at("2026-12-06T12:00:00Z")));
        assert_eq!(told(json!({"since": "/deal/expected_close"})), Ok(at("2026-12-01T00:00:00Z")));
        assert_eq!(told(json!({"hours": 1, "since": "/deal/expected_close"})), Ok(at("2026-12-01T01:00:00Z")));
    }

    #[test]
    fn what_would_have_been_due_before_the_event_is_due_with_it() {
        assert_eq!(told(json!({"days": 60, "before": "/deal/protected_until"})), Ok(at("2026-11-20T12:00:00Z")));
        assert_eq!(told(json!({"days": 1, "since": "/deal/ended"})), Ok(at("2026-11-20T12:00:00Z")));
    }

    #[test]
    fn a_step_before_a_moment_that_is_gone_or_not_there_is_never_due() {
        assert_eq!(told(json!({"days": 1, "before": "/deal/ended"})), Err("automation.moment_passed"));
        assert_eq!(told(json!({"days": 1, "before": "/deal/none"})), Err("automation.no_moment"));
        assert_eq!(told(json!({"days": 1, "since": "/nowhere"})), Err("automation.no_moment"));
    }
}
