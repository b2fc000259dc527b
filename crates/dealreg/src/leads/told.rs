//! What people are told of leads, until a vendor decides otherwise; and what automations can do with one.

use super::LeadId;
use super::rules::{LeadAction, require};
use super::{place, store};
use futures::future::BoxFuture;
use kernel::steps::{Occasion, Standard, Step, Template};
use kernel::{Problem, Tx};
use serde_json::{Value, json};

fn notify(to: Value, template: &str) -> Value {
    json!([{ "step": "notify", "with": { "to": to, "template": template } }])
}

/// What automations can do with a lead.
pub fn steps() -> Vec<Step> {
    vec![Step {
        name: "lead.distribute",
        subjects: &["lead"],
        summary: "Offer the lead to the next partner, by the rules for leads.",
        parameters: || json!({ "type": "object", "properties": {}, "additionalProperties": false }),
        take: distribute,
    }]
}

fn distribute<'a>(tx: &'a mut Tx, occasion: &'a Occasion, _: &'a Value) -> BoxFuture<'a, Result<Value, Problem>> {
    Box::pin(async move {
        let id: LeadId = occasion.event.subject.id.parse().map_err(|_| Problem::not_found())?;
        let mut row = store::find(tx, tx.scope(), id).await?.ok_or_else(Problem::not_found)?;
        require(row.status()?, LeadAction::Distribute)?;
        place::distribute(tx, &mut row).await?;
        Ok(json!({ "status": row.status, "partner_id": row.partner() }))
    })
}

/// The automations about leads that every vendor has.
pub fn standard_automations() -> Vec<Standard> {
    vec![
        Standard {
            name: "lead-offered",
            summary: "Tell a partner's people that a lead is offered to them.",
            on: "lead.offered",
            when: "true",
            steps: || notify(json!([{ "partner": "/lead/partner_id" }]), "lead.offered"),
        },
        Standard {
            name: "lead-offer-expiring",
            summary: "Remind a partner's people that an offer of a lead ends soon.",
            on: "lead.offer_expiring",
            when: "true",
            steps: || notify(json!([{ "partner": "/lead/partner_id" }]), "lead.offer_expiring"),
        },
        Standard {
            name: "lead-lapsed",
            summary: "Tell a partner and its channel manager that an offer of a lead has lapsed.",
            on: "lead.lapsed",
            when: "true",
            steps: || notify(json!([{ "partner": "/partner_id" }, { "manager_of": "/partner_id" }]), "lead.lapsed"),
        },
        Standard {
            name: "lead-accepted",
            summary: "Tell the partner's channel manager that it has accepted a lead.",
            on: "lead.accepted",
            when: "true",
            steps: || notify(json!([{ "manager_of": "/lead/partner_id" }]), "lead.accepted"),
        },
        Standard {
            name: "lead-declined",
            summary: "Tell the partner's channel manager that it has declined a lead, and why.",
            on: "lead.declined",
            when: "true",
            steps: || notify(json!([{ "manager_of": "/partner_id" }]), "lead.declined"),
        },
        Standard {
            name: "lead-unplaced",
            summary: "Tell the vendor's people that nobody is left to take a lead.",
            on: "lead.unplaced",
            when: "true",
            steps: || notify(json!([{ "role": "channel_manager" }]), "lead.unplaced"),
        },
    ]
}

/// The texts of those notifications. None names the company's people: before it has accepted, a partner is not to know them.
pub fn templates() -> Vec<Template> {
    vec![
        Template {
            name: "lead.offered",
            summary: "To a partner's people: a lead is offered.",
            subject: "A lead for you",
            text: "Hello {{ person.name }},\n\n{{ vendor.name }} offers you a lead in {{ event.data.lead.country }}. Accept or decline it by \
                   {{ event.data.lead.offer_until | datetime }}; then somebody else is asked.",
        },
        Template {
            name: "lead.offer_expiring",
            summary: "To a partner's people: an offer of a lead ends soon.",
            subject: "A lead waits for your answer",
            text: "Hello {{ person.name }},\n\na lead in {{ event.data.lead.country }} is yours to accept until {{ event.data.lead.offer_until | datetime }}.",
        },
        Template {
            name: "lead.lapsed",
            summary: "To a partner's people and its channel manager: an offer of a lead has lapsed.",
            subject: "An offer of a lead has lapsed",
            text: "Hello {{ person.name }},\n\na lead in {{ event.data.lead.country }} was not accepted in time and is offered to others.",
        },
        Template {
            name: "lead.accepted",
            summary: "To the partner's channel manager: a lead was accepted.",
            subject: "A lead was accepted",
            text: "Hello {{ person.name }},\n\nthe lead {{ event.data.lead.company.name }} was accepted.",
        },
        Template {
            name: "lead.declined",
            summary: "To the partner's channel manager: a lead was declined, or given back.",
            subject: "A lead was declined",
            text: "Hello {{ person.name }},\n\nthe lead {{ event.data.lead.company.name }} was declined: {{ event.data.note }}",
        },
        Template {
            name: "lead.unplaced",
            summary: "To the vendor's people: nobody is left to take a lead.",
            subject: "A lead is yours again",
            text: "Hello {{ person.name }},\n\nnobody took the lead {{ event.data.lead.company.name }}: {{ event.data.note }}",
        },
    ]
}
