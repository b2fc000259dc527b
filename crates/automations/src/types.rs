//! Automations on the wire.

use crate::rules::Definition;
use chrono::{DateTime, Utc};
use kernel::app::Resource;
use kernel::body::not_null;
use kernel::text::not_blank;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};
use std::fmt;
use utoipa::ToSchema;
use validator::Validate;

/// The longest name.
const LONGEST_NAME: usize = 80;
/// The longest expression, in bytes.
const LONGEST_EXPRESSION: usize = kernel::rules::limits::SOURCE_BYTES;

/// The name of an automation: lower-case letters, digits and hyphens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(value_type = String, pattern = "^[a-z][a-z0-9-]{0,79}$", example = "deal-keeps-going")]
pub struct AutomationName(String);

impl AutomationName {
    /// Read a name; `None` if it could not be one.
    pub fn read(text: &str) -> Option<Self> {
        let lead = text.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase());
        let rest = text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        (lead && rest && text.len() <= LONGEST_NAME).then(|| Self(text.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AutomationName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for AutomationName {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        Self::read(&text).ok_or_else(|| serde::de::Error::custom("an automation is named in lower-case letters, digits and hyphens"))
    }
}

/// A CEL expression that is true or false.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(value_type = String, min_length = 1, max_length = 2000, example = "event.data.deal.amount.amount > 5000000")]
pub struct AutomationExpression(String);

impl AutomationExpression {
    /// Without a condition.
    pub fn always() -> Self {
        Self("true".to_owned())
    }

    /// The expression `text`, whatever it is.
    pub fn of(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// As written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for AutomationExpression {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        let fits = !text.trim().is_empty() && text.len() <= LONGEST_EXPRESSION;
        if fits { Ok(Self(text)) } else { Err(serde::de::Error::custom(format!("an expression has 1 to {LONGEST_EXPRESSION} bytes"))) }
    }
}

/// When a step is due: so long after the event, or before or after a moment that the event's `data` holds. At most one of `minutes`, `hours`
/// and `days`; at most one of `before` and `since`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"days": 14, "before": "/deal/protected_until"}))]
pub struct AutomationDelay {
    /// So many minutes, up to two years.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[validate(range(min = 0, max = 1051200))]
    #[schema(minimum = 0, maximum = 1051200)]
    pub minutes: Option<i64>,
    /// So many hours, up to two years.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[validate(range(min = 0, max = 17520))]
    #[schema(minimum = 0, maximum = 17520)]
    pub hours: Option<i64>,
    /// So many days of 24 hours, up to two years.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[validate(range(min = 0, max = 730))]
    #[schema(minimum = 0, maximum = 730)]
    pub days: Option<i64>,
    /// Counted back from a moment: a JSON pointer into the event's `data` to a time or a date (midnight UTC).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    pub before: Option<String>,
    /// Counted on from a moment, likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    pub since: Option<String>,
}

/// Something that an automation does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"step": "deal.extend", "with": {"note": "Prolonged by itself."}, "after": {"days": 3},
    "while": "latest.type == \"deal.expiring\""}))]
pub struct AutomationStep {
    /// What is done: one of `GET /v1/automation-steps`.
    #[validate(length(min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100)]
    pub step: String,
    /// With which parameters, as the step's schema says.
    #[serde(default)]
    #[schema(value_type = std::collections::HashMap<String, Value>)]
    pub with: Map<String, Value>,
    /// When; at once if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[validate(nested)]
    pub after: Option<AutomationDelay>,
    /// What must hold when it is due, or it is skipped: CEL over `event`, `latest` (the latest event about the same subject, which tells
    /// what it now is) and `now`.
    #[serde(rename = "while", default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<AutomationExpression>,
}

/// An automation to be added, or tried.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "large-deals-keep-going", "summary": "Large deals are prolonged once, three days before they end.",
    "on": ["deal.approved"], "when": "event.data.deal.amount.amount > 5000000",
    "steps": [{"step": "deal.extend", "with": {"note": "Prolonged by itself."}, "after": {"days": 3, "before": "/deal/protected_until"},
        "while": "latest.data.deal.status == \"approved\""}]}))]
pub struct AutomationCreate {
    /// Its name, which never changes.
    pub name: AutomationName,
    /// What it is for.
    #[validate(length(min = 1, max = 500), custom(function = not_blank))]
    #[schema(min_length = 1, max_length = 500, pattern = r"\S")]
    pub summary: String,
    /// The types of events that start it: `deal.approved`, or all of a resource, `deal.*`.
    #[validate(length(min = 1, max = 20))]
    #[schema(min_items = 1, max_items = 20)]
    pub on: Vec<String>,
    /// What must hold: CEL over `event` (the envelope, with `data`) and `now`; always if absent.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(nullable = false)]
    pub when: Option<AutomationExpression>,
    /// What it does, in this order.
    #[validate(length(min = 1, max = 20), nested)]
    #[schema(min_items = 1, max_items = 20)]
    pub steps: Vec<AutomationStep>,
}

impl AutomationCreate {
    /// What is kept of it.
    pub fn definition(self) -> Definition {
        let when = self.when.unwrap_or_else(AutomationExpression::always);
        Definition { summary: self.summary.trim().to_owned(), on: self.on, when, steps: self.steps }
    }
}

/// What is to change of an automation (JSON merge patch): what is absent stays.
#[derive(Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"summary": "Deals of this size are prolonged.", "when": "event.data.deal.amount.amount > 9000000"}))]
pub struct AutomationPatch {
    /// What it is for.
    #[serde(default, deserialize_with = "not_null")]
    #[validate(length(min = 1, max = 500), custom(function = not_blank))]
    #[schema(min_length = 1, max_length = 500, pattern = r"\S", nullable = false)]
    pub summary: Option<String>,
    /// The types of events that start it: the whole list.
    #[serde(default, deserialize_with = "not_null")]
    #[validate(length(min = 1, max = 20))]
    #[schema(min_items = 1, max_items = 20, nullable = false)]
    pub on: Option<Vec<String>>,
    /// What must hold.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(nullable = false)]
    pub when: Option<AutomationExpression>,
    /// What it does: the whole list.
    #[serde(default, deserialize_with = "not_null")]
    #[validate(length(min = 1, max = 20), nested)]
    #[schema(min_items = 1, max_items = 20, nullable = false)]
    pub steps: Option<Vec<AutomationStep>>,
}

impl AutomationPatch {
    /// The definition with this patch put onto it.
    pub fn onto(self, now: Definition) -> Definition {
        Definition {
            summary: self.summary.map_or(now.summary, |text| text.trim().to_owned()),
            on: self.on.unwrap_or(now.on),
            when: self.when.unwrap_or(now.when),
            steps: self.steps.unwrap_or(now.steps),
        }
    }
}

/// How to disable an automation.
#[derive(Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"cancel_planned": true}))]
pub struct AutomationDisable {
    /// Whether what it has planned is cancelled; without it, that is still done.
    #[serde(default)]
    pub cancel_planned: bool,
}

/// Where an automation comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AutomationOrigin {
    /// Every vendor has it.
    Standard,
    /// The vendor added it.
    Own,
}

/// When an event occurs and a rule holds, steps are taken, now or later.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"name": "large-deals-keep-going", "summary": "Large deals are prolonged once, three days before they end.",
    "on": ["deal.approved"], "when": "event.data.deal.amount.amount > 5000000",
    "steps": [{"step": "deal.extend", "with": {}, "after": {"days": 3, "before": "/deal/protected_until"}}],
    "enabled": true, "origin": "own", "changed": false, "revision": 1, "created_at": "2026-11-20T12:00:00Z",
    "updated_at": "2026-11-20T12:00:00Z", "available_actions": ["update", "disable", "dry_run", "delete"]}))]
pub struct Automation {
    /// Its name.
    pub name: AutomationName,
    /// What it is for.
    pub summary: String,
    /// The types of events that start it.
    pub on: Vec<String>,
    /// What must hold.
    pub when: AutomationExpression,
    /// What it does, in this order.
    pub steps: Vec<AutomationStep>,
    /// Whether events start it.
    pub enabled: bool,
    /// Where it comes from.
    pub origin: AutomationOrigin,
    /// Whether the vendor has changed a standard automation; deleting the change goes back.
    pub changed: bool,
    /// Raised with every change; 1 for a standard one that was never changed.
    pub revision: i64,
    /// When the vendor added or first changed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<DateTime<Utc>>,
    /// When it was last changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<DateTime<Utc>>,
    /// What the caller may do with it: `update`, `enable`, `disable`, `dry_run`, `delete` (an own one), `reset` (a changed standard one, by
    /// deleting the change).
    pub available_actions: Vec<String>,
}

impl Resource for Automation {
    fn revision(&self) -> Option<i64> {
        Some(self.revision)
    }
    fn location(&self) -> Option<String> {
        Some(format!("/v1/automations/{}", self.name))
    }
}

/// Something that an automation can do.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"name": "deal.extend", "summary": "Prolong the deal's protection, as far as the rules allow.", "subjects": ["deal"],
    "parameters": {"type": "object", "properties": {"note": {"type": "string"}}}}))]
pub struct AutomationStepKind {
    /// Its name, as in `step`.
    pub name: String,
    /// What it does.
    pub summary: String,
    /// The kinds of subjects (`subject.type` of the event) that it works on; none: any.
    pub subjects: Vec<String>,
    /// The JSON Schema (2020-12) of `with`.
    #[schema(value_type = std::collections::HashMap<String, Value>)]
    pub parameters: Value,
}
