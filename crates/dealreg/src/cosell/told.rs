//! What automations can do with co-sell requests, which there are from the start, and what people are told.

use super::types::CosellSettled;
use super::{CosellRequestId, contributions, service};
use kernel::steps::{Occasion, Standard, Step, Template};
use kernel::{Problem, Tx};
use serde_json::{Value, json};

/// What automations can do here.
pub fn steps() -> Vec<Step> {
    let none = || json!({ "type": "object", "additionalProperties": false, "properties": {} });
    vec![
        Step {
            name: "cosell.escalate",
            subjects: &["cosell_request"],
            summary: "Bring in the deal's channel manager, else whoever of the vendor has least to do and was not in it.",
            parameters: none,
            take: |tx, occasion, _| Box::pin(escalate(tx, occasion)),
        },
        Step {
            name: "cosell.settle",
            subjects: &["cosell_request"],
            summary: "While who contributed what is to be settled: take what one side said as agreed; if nobody said anything, end it without a record.",
            parameters: none,
            take: |tx, occasion, _| Box::pin(settle(tx, occasion)),
        },
    ]
}

fn request(occasion: &Occasion) -> Result<CosellRequestId, Problem> {
    occasion.event.subject.id.parse().map_err(|_| Problem::not_found())
}

async fn escalate(tx: &mut Tx, occasion: &Occasion) -> Result<Value, Problem> {
    let next = service::escalate(tx, request(occasion)?).await?;
    Ok(json!({ "person_id": next, "somebody_else": next.is_some() }))
}

async fn settle(tx: &mut Tx, occasion: &Occasion) -> Result<Value, Problem> {
    let settled = contributions::settle_unanswered(tx, request(occasion)?).await?;
    Ok(json!({ "settled": settled.map(CosellSettled::wire) }))
}

fn notify(to: Value, template: &str) -> Value {
    json!({ "step": "notify", "with": { "to": to, "template": template } })
}

fn vendors() -> Value {
    json!([{ "person": "/vendor_person_ids" }])
}

fn partners() -> Value {
    json!([{ "person": "/partner_person_ids" }])
}

fn both() -> Value {
    json!([{ "person": "/vendor_person_ids" }, { "person": "/partner_person_ids" }])
}

/// The automations that every vendor has from the start.
pub fn standard_automations() -> Vec<Standard> {
    let standard = |name, summary, on, when, steps| Standard { name, summary, on, when, steps };
    let asked = "event.data.cosell_request.status == \"requested\"";
    vec![
        standard(
            "cosell-requested",
            "Tell the vendor's people who were brought in that help is asked for.",
            "cosell_request.requested",
            asked,
            || json!([notify(vendors(), "cosell_request.requested")]),
        ),
        standard(
            "cosell-unanswered",
            "Remind the vendor's people two hours before an answer is due.",
            "cosell_request.requested",
            "has(event.data.cosell_request.due_at)",
            || {
                let reminder = notify(vendors(), "cosell_request.due_soon");
                let mut step = reminder;
                step["after"] = json!({ "hours": 2, "before": "/cosell_request/due_at" });
                step["while"] = json!("latest.data.cosell_request.status == \"requested\"");
                json!([step])
            },
        ),
        standard("cosell-accepted", "Tell both sides that the vendor helps.", "cosell_request.accepted", "true", || {
            json!([notify(both(), "cosell_request.accepted")])
        }),
        standard("cosell-declined", "Tell the partner that the vendor does not help, and why.", "cosell_request.declined", "true", || {
            json!([notify(json!([{ "partner": "/cosell_request/partner_id" }]), "cosell_request.declined")])
        }),
        standard("cosell-participant-added", "Tell both sides of a request who was brought in.", "cosell_request.participant_added", "true", || {
            json!([notify(both(), "cosell_request.people_changed")])
        }),
        standard(
            "cosell-participant-left",
            "Tell both sides of a request that somebody is in it no longer.",
            "cosell_request.participant_left",
            "true",
            || json!([notify(both(), "cosell_request.people_changed")]),
        ),
        standard("cosell-work-ended", "Ask both sides who contributed what.", "cosell_request.work_ended", "true", || {
            json!([notify(both(), "cosell_request.work_ended")])
        }),
        standard(
            "cosell-proposed-by-partner",
            "Ask the vendor's people whether what the partner says of contributions is so.",
            "cosell_request.contributions_proposed",
            "event.data.cosell_request.proposal.side == \"partner\"",
            || json!([notify(vendors(), "cosell_request.contributions_proposed")]),
        ),
        standard(
            "cosell-proposed-by-vendor",
            "Ask the partner's people whether what the vendor says of contributions is so.",
            "cosell_request.contributions_proposed",
            "event.data.cosell_request.proposal.side == \"vendor\"",
            || json!([notify(partners(), "cosell_request.contributions_proposed")]),
        ),
        standard(
            "cosell-overdue",
            "Bring in somebody else where an answer is overdue, and tell them.",
            "cosell_request.overdue",
            asked,
            || json!([{ "step": "cosell.escalate", "with": {} }, notify(vendors(), "cosell_request.overdue")]),
        ),
        standard(
            "cosell-unsettled",
            "Take what one side said of contributions as agreed, where the other has not answered in time.",
            "cosell_request.overdue",
            "event.data.cosell_request.status == \"closing\"",
            || json!([{ "step": "cosell.settle", "with": {} }]),
        ),
        standard("cosell-completed", "Tell both sides that it is settled who contributed what.", "cosell_request.completed", "true", || {
            json!([notify(both(), "cosell_request.completed")])
        }),
        standard(
            "cosell-cancelled",
            "Tell both sides that a request was taken back, or ended with its deal.",
            "cosell_request.cancelled",
            "true",
            || json!([notify(both(), "cosell_request.cancelled")]),
        ),
        standard("cosell-task-added", "Tell whose next step it is.", "cosell_task.added", "has(event.data.cosell_task.owner_id)", || {
            json!([notify(json!([{ "person": "/cosell_task/owner_id" }]), "cosell_task.added")])
        }),
        standard(
            "cosell-task-overdue",
            "Tell whose next step it is, and the partner's channel manager, that it was not done in time.",
            "cosell_task.overdue",
            "true",
            || json!([notify(json!([{ "person": "/cosell_task/owner_id" }, { "manager_of": "/cosell_task/partner_id" }]), "cosell_task.overdue")]),
        ),
    ]
}

/// What is said by them. None says why rules chose whom.
pub fn templates() -> Vec<Template> {
    let template = |name, summary, subject, text| Template { name, summary, subject, text };
    vec![
        template(
            "cosell_request.requested",
            "To the vendor's people who were brought in: help is asked for.",
            "Help is asked for: {{ event.data.cosell_request.customer_name }}",
            "Hello {{ person.name }},\n\nhelp is asked for with {{ event.data.cosell_request.customer_name }}: {{ event.data.cosell_request.needs }}",
        ),
        template(
            "cosell_request.due_soon",
            "To the vendor's people who were brought in: an answer is due soon.",
            "An answer is due: {{ event.data.cosell_request.customer_name }}",
            "Hello {{ person.name }},\n\nhelp is asked for with {{ event.data.cosell_request.customer_name }}. An answer is due by \
             {{ event.data.cosell_request.due_at | datetime }}.",
        ),
        template(
            "cosell_request.accepted",
            "To both sides: the vendor helps.",
            "We sell together: {{ event.data.cosell_request.customer_name }}",
            "Hello {{ person.name }},\n\n{{ vendor.name }} helps with {{ event.data.cosell_request.customer_name }}. \
             {{ event.data.cosell_request.answer.sentence }}",
        ),
        template(
            "cosell_request.declined",
            "To the partner's people: the vendor does not help.",
            "No help with {{ event.data.cosell_request.customer_name }}",
            "Hello {{ person.name }},\n\n{{ vendor.name }} does not help with {{ event.data.cosell_request.customer_name }}: \
             {{ event.data.cosell_request.answer.sentence }}",
        ),
        template(
            "cosell_request.people_changed",
            "To both sides: somebody was brought in, or is in it no longer.",
            "Who works on {{ event.data.cosell_request.customer_name }}",
            "Hello {{ person.name }},\n\nit has changed who works on {{ event.data.cosell_request.customer_name }}.",
        ),
        template(
            "cosell_request.work_ended",
            "To both sides: the work is over.",
            "Who contributed what: {{ event.data.cosell_request.customer_name }}",
            "Hello {{ person.name }},\n\nthe work on {{ event.data.cosell_request.customer_name }} is over. Please say who contributed what by \
             {{ event.data.cosell_request.due_at | datetime }}.",
        ),
        template(
            "cosell_request.contributions_proposed",
            "To one side: the other says who contributed what.",
            "Is this so? {{ event.data.cosell_request.customer_name }}",
            "Hello {{ person.name }},\n\nthe other side says who contributed what to {{ event.data.cosell_request.customer_name }}. Please confirm it, or \
             say it your way, by {{ event.data.cosell_request.due_at | datetime }}.",
        ),
        template(
            "cosell_request.overdue",
            "To the vendor's people: an answer is overdue.",
            "An answer is overdue: {{ event.data.cosell_request.customer_name }}",
            "Hello {{ person.name }},\n\nhelp was asked for with {{ event.data.cosell_request.customer_name }}. The answer was due by \
             {{ event.data.cosell_request.due_at | datetime }}.",
        ),
        template(
            "cosell_request.completed",
            "To both sides: it is settled who contributed what.",
            "Settled: {{ event.data.cosell_request.customer_name }}",
            "Hello {{ person.name }},\n\nit is settled who contributed what to {{ event.data.cosell_request.customer_name }}.",
        ),
        template(
            "cosell_request.cancelled",
            "To both sides: a request was taken back, or ended with its deal.",
            "It is over: {{ event.data.cosell_request.customer_name }}",
            "Hello {{ person.name }},\n\nno help is needed any more with {{ event.data.cosell_request.customer_name }}. {{ event.data.cosell_request.reason }}",
        ),
        template(
            "cosell_task.added",
            "To its owner: a next step is theirs.",
            "Your next step: {{ event.data.customer_name }}",
            "Hello {{ person.name }},\n\nfor {{ event.data.customer_name }}: {{ event.data.cosell_task.title }} {{ event.data.cosell_task.due_at | date }}",
        ),
        template(
            "cosell_task.overdue",
            "To its owner and the channel manager: a next step was not done in time.",
            "Overdue: {{ event.data.cosell_task.title }}",
            "Hello {{ person.name }},\n\nfor {{ event.data.customer_name }}: {{ event.data.cosell_task.title }} was due by {{ event.data.cosell_task.due_at | date }}.",
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_automation_follows_an_event_of_ours_and_says_or_does_something_that_there_is() {
        let kinds: HashSet<_> = super::super::event_kinds().iter().map(|event| event.kind).collect();
        let texts: HashSet<_> = templates().iter().map(|template| template.name).collect();
        let own: HashSet<_> = steps().iter().map(|step| step.name).collect();
        for automation in standard_automations() {
            assert!(kinds.contains(automation.on), "{}", automation.name);
            assert!(kernel::rules::Expression::compile(automation.when, &["event", "now"]).is_ok(), "{}", automation.name);
            for step in (automation.steps)().as_array().expect("steps") {
                let known = step["step"].as_str().is_some_and(|name| own.contains(name));
                assert!(known || step["with"]["template"].as_str().is_some_and(|name| texts.contains(name)), "{}: {step}", automation.name);
            }
        }
    }

    #[test]
    fn what_is_said_does_not_tell_why_rules_chose_whom() {
        for template in templates() {
            let said = format!("{} {}", template.subject, template.text);
            assert!(["brought_in", "rule", "cover"].iter().all(|word| !said.contains(word)), "{said}");
        }
    }
}
