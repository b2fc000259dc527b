//! The step `survey.send`: an automation asks people about what has happened.

use super::invitations;
use super::store;
use super::types::SurveySent;
use crate::error;
use futures::future::BoxFuture;
use kernel::id::{PartnerId, PersonId};
use kernel::steps::{Occasion, Step};
use kernel::{Problem, Tx};
use serde::Deserialize;
use serde_json::{Value, json};

/// What automations can do with surveys.
pub fn steps() -> Vec<Step> {
    vec![Step {
        name: "survey.send",
        subjects: &[],
        summary: "Asks a partner's people, or one person, by the latest open survey of a name; each once about the same subject.",
        parameters,
        take: send,
    }]
}

fn parameters() -> Value {
    let pointer = json!({ "type": "string", "pattern": "^/[^/]+(/[^/]+)*$", "maxLength": 300 });
    json!({
        "type": "object",
        "properties": {
            "survey": { "type": "string", "minLength": 1, "maxLength": 100, "description": "The survey's name." },
            "partner": with_description(&pointer, "Where the partner's id stands in the event: `/onboarding/partner_id`."),
            "person": with_description(&pointer, "Where a person's id stands in the event, instead of a partner's."),
            "roles": { "type": "array", "maxItems": 20, "items": { "type": "string", "pattern": "^[a-z][a-z0-9_]{0,39}$" },
                "description": "Only the partner's people in these roles; all if absent." }
        },
        "required": ["survey"],
        "oneOf": [{ "required": ["partner"] }, { "required": ["person"] }],
        "additionalProperties": false
    })
}

fn with_description(schema: &Value, text: &str) -> Value {
    let mut schema = schema.clone();
    schema["description"] = json!(text);
    schema
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct With {
    survey: String,
    #[serde(default)]
    partner: Option<String>,
    #[serde(default)]
    person: Option<String>,
    #[serde(default)]
    roles: Vec<String>,
}

fn send<'a>(tx: &'a mut Tx, occasion: &'a Occasion, with: &'a Value) -> BoxFuture<'a, Result<Value, Problem>> {
    Box::pin(async move {
        let with: With = serde_json::from_value(with.clone()).map_err(|cause| Problem::invalid("/with", "invalid_value", format!("{cause}.")))?;
        let survey = store::latest(tx, &with.survey, true).await?.ok_or_else(|| Problem::new(error::SURVEY_UNKNOWN))?;
        let data: Value = serde_json::from_str(occasion.event.data.get()).map_err(Problem::internal)?;
        let at = |pointer: &Option<String>| pointer.as_deref().and_then(|pointer| data.pointer(pointer)?.as_str().map(str::to_owned));
        let people = match (at(&with.partner), at(&with.person)) {
            (Some(partner), _) => {
                let partner: PartnerId = partner.parse().map_err(|_| Problem::not_found())?;
                invitations::of_partner(tx, partner, &with.roles).await?
            }
            (None, Some(person)) => {
                let person: PersonId = person.parse().map_err(|_| Problem::not_found())?;
                access::people::find(tx, tx.vendor(), person).await?.into_iter().filter(|person| person.standing().is_some()).collect()
            }
            (None, None) => Vec::new(),
        };
        let mut sent = SurveySent { sent: 0, passed_over: 0 };
        let about = format!("{} {}", occasion.event.subject.kind, occasion.event.subject.id);
        invitations::ask(tx, &survey, people, &about, &mut sent).await?;
        Ok(json!({ "survey_id": survey.id(), "sent": sent.sent, "passed_over": sent.passed_over }))
    })
}
