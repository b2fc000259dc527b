//! What automations can do with who has a deal, and the one that tells whoever gets it.

use super::service;
use super::types::{DealAssign, DealEscalate};
use crate::DealId;
use kernel::steps::{Occasion, Standard, Step, Template};
use kernel::{Problem, Tx};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use validator::Validate;

/// The steps that this crate offers for assignments.
pub fn steps() -> Vec<Step> {
    vec![
        Step {
            name: "deal.assign",
            subjects: &["deal"],
            summary: "Give a deal in review to a person or to a queue.",
            parameters: || {
                json!({"type": "object", "additionalProperties": false, "required": ["to", "reason"], "properties": {
                    "to": {"type": "string", "minLength": 1, "maxLength": 100, "description": "A person's id or the name of a queue."},
                    "reason": {"type": "string", "minLength": 1, "maxLength": 2000, "description": "Why; kept in the deal's history."}}})
            },
            take: |tx, occasion, with| Box::pin(assign(tx, occasion, with)),
        },
        Step {
            name: "deal.escalate",
            subjects: &["deal"],
            summary: "Escalate a deal in review: to whom is named, or to the next in line who has not had it yet.",
            parameters: || {
                json!({"type": "object", "additionalProperties": false, "properties": {
                    "to": {"type": "string", "minLength": 1, "maxLength": 100,
                        "description": "A person's id or the name of a queue; absent: those whom the queue names, then the channel manager, then an administrator."},
                    "reason": {"type": "string", "minLength": 1, "maxLength": 2000, "description": "Why; kept in the deal's history."}}})
            },
            take: |tx, occasion, with| Box::pin(escalate(tx, occasion, with)),
        },
    ]
}

/// Whoever gets a deal is told, unless they took it themselves.
pub fn standard_automations() -> Vec<Standard> {
    vec![Standard {
        name: "deal-assigned",
        summary: "Tells whoever gets a deal to review, unless they took it themselves.",
        on: "deal.assigned",
        when: "event.actor.id != event.data.deal.assignee_id",
        steps: || json!([{"step": "notify", "with": {"to": [{"person": "/deal/assignee_id"}], "template": "deal.assigned"}}]),
    }]
}

/// The text of that.
pub fn templates() -> Vec<Template> {
    vec![Template {
        name: "deal.assigned",
        summary: "Sent to a person of the vendor who is given a deal to review.",
        subject: "To review: {{ event.data.deal.customer.name }}",
        text: "Hello {{ person.name }},\n\nthe registration of {{ event.data.deal.customer.name }} waits for your review.\n\n{{ vendor.name }}",
    }]
}

async fn assign(tx: &mut Tx, occasion: &Occasion, with: &Value) -> Result<Value, Problem> {
    let deal = service::assign(tx, deal_of(occasion)?, read::<DealAssign>(with)?).await?;
    Ok(json!({"assignee_id": deal.assignee_id, "queue": deal.queue}))
}

async fn escalate(tx: &mut Tx, occasion: &Occasion, with: &Value) -> Result<Value, Problem> {
    let deal = service::escalate(tx, deal_of(occasion)?, read::<DealEscalate>(with)?).await?;
    Ok(json!({"assignee_id": deal.assignee_id, "queue": deal.queue}))
}

fn deal_of(occasion: &Occasion) -> Result<DealId, Problem> {
    occasion.event.subject.id.parse().map_err(|_| Problem::not_found())
}

fn read<T: DeserializeOwned + Validate>(with: &Value) -> Result<T, Problem> {
    let read: T = serde_json::from_value(with.clone()).map_err(|cause| Problem::invalid("/", "parameters", cause.to_string()))?;
    read.validate().map_err(|found| Problem::invalid_all(kernel::body::field_errors(&found)))?;
    Ok(read)
}
