//! What automations can do with disputes, which there are from the start, and what people are told.
//!
//! What is said to a party says nothing of another: a dispute's id, its stage and its times.

use super::{DisputeId, service};
use kernel::steps::{Occasion, Standard, Step, Template};
use kernel::{Problem, Tx};
use serde_json::{Value, json};

/// What automations can do here.
pub fn steps() -> Vec<Step> {
    vec![Step {
        name: "dispute.escalate",
        subjects: &["dispute"],
        summary: "Put the next neutral person in charge of a dispute, with the whole time to decide.",
        parameters: || json!({ "type": "object", "additionalProperties": false, "properties": {} }),
        take: |tx, occasion, _| Box::pin(escalate(tx, occasion)),
    }]
}

async fn escalate(tx: &mut Tx, occasion: &Occasion) -> Result<Value, Problem> {
    let Ok(id) = occasion.event.subject.id.parse::<DisputeId>() else { return Err(Problem::not_found()) };
    let next = service::escalate(tx, id).await?;
    Ok(json!({ "reviewer_id": next, "somebody_else": next.is_some() }))
}

fn parties() -> Vec<Value> {
    (0..super::rules::MOST_PARTIES).map(|at| json!({ "partner": format!("/dispute/parties/{at}/partner_id") })).collect()
}

fn notify(to: Vec<Value>, template: &str) -> Value {
    json!({ "step": "notify", "with": { "to": to, "template": template } })
}

fn reviewer() -> Value {
    json!({ "person": "/dispute/reviewer_id" })
}

fn admins() -> Value {
    json!({ "role": "admin" })
}

/// The automations that every vendor has from the start.
pub fn standard_automations() -> Vec<Standard> {
    let standard = |name, summary, on, when, steps| Standard { name, summary, on, when, steps };
    vec![
        standard("dispute-opened", "Tell both sides of a dispute, and who leads it, that there is one.", "dispute.opened", "true", || {
            json!([notify(parties(), "dispute.opened"), notify(vec![reviewer()], "dispute.assigned")])
        }),
        standard(
            "dispute-without-reviewer",
            "Tell the admins that nobody neutral was found to lead a dispute.",
            "dispute.opened",
            "event.data.dispute.nobody_neutral",
            || json!([notify(vec![admins()], "dispute.nobody_neutral")]),
        ),
        standard("dispute-reviewer-changed", "Tell a dispute's new reviewer.", "dispute.reviewer_changed", "true", || {
            json!([notify(vec![reviewer()], "dispute.assigned")])
        }),
        standard("dispute-statement-requested", "Tell a party of a dispute what it was asked for.", "dispute.statement_requested", "true", || {
            json!([notify(vec![json!({ "partner": "/partner_id" })], "dispute.statement_requested")])
        }),
        standard("dispute-under-review", "Tell a dispute's reviewer that everybody was heard.", "dispute.under_review", "true", || {
            json!([notify(vec![reviewer()], "dispute.under_review")])
        }),
        standard("dispute-settlement-proposed", "Tell both sides of a dispute of an offer.", "dispute.settlement_proposed", "true", || {
            json!([notify(parties(), "dispute.settlement_proposed")])
        }),
        standard("dispute-due-soon", "Remind a dispute's reviewer a day before it is due.", "dispute.due_soon", "true", || {
            json!([notify(vec![reviewer()], "dispute.due_soon")])
        }),
        standard(
            "dispute-overdue",
            "Put the next neutral person in charge of a dispute that is overdue, and tell the admins.",
            "dispute.overdue",
            "true",
            || json!([{ "step": "dispute.escalate", "with": {} }, notify(vec![reviewer(), admins()], "dispute.overdue")]),
        ),
        standard("dispute-appealed", "Tell both sides of an appeal, and who considers it.", "dispute.appealed", "true", || {
            json!([notify(parties(), "dispute.appealed"), notify(vec![reviewer()], "dispute.assigned")])
        }),
        standard("dispute-decided", "Tell both sides of a dispute that it was decided.", "dispute.decided", "true", || {
            json!([notify(parties(), "dispute.decided")])
        }),
        standard("dispute-settled", "Tell both sides of a dispute that it is settled.", "dispute.settled", "true", || {
            json!([notify(parties(), "dispute.settled")])
        }),
        standard("dispute-withdrawn", "Tell both sides of a dispute that it was taken back.", "dispute.withdrawn", "true", || {
            json!([notify(parties(), "dispute.withdrawn")])
        }),
    ]
}

/// What is said by them.
pub fn templates() -> Vec<Template> {
    let template = |name, summary, subject, text| Template { name, summary, subject, text };
    vec![
        template(
            "dispute.opened",
            "To the parties, when a dispute is opened.",
            "A dispute about one of your customers was opened",
            "Dispute {{ event.data.dispute.id }} is about who holds a customer of yours. Please say what there is to say from your side until \
             {{ event.data.dispute.statements_until | datetime }}; only the vendor reads it. Until it is decided, protection stands still.",
        ),
        template(
            "dispute.assigned",
            "To the reviewer, when a dispute is theirs.",
            "A dispute is yours to lead",
            "You take no side in dispute {{ event.data.dispute.id }}, and lead it. It is to be decided until {{ event.data.dispute.due_at | datetime }}.",
        ),
        template(
            "dispute.nobody_neutral",
            "To the admins, when nobody neutral was found.",
            "Nobody neutral can lead a dispute",
            "Everybody who may decide disputes takes a side in {{ event.data.dispute.id }}. Please put somebody in charge.",
        ),
        template(
            "dispute.statement_requested",
            "To a party that was asked something.",
            "You were asked something in a dispute",
            "In dispute {{ event.data.dispute.id }} you were asked something. Please answer until {{ event.data.dispute.statements_until | datetime }}.",
        ),
        template(
            "dispute.under_review",
            "To the reviewer, when everybody was heard.",
            "A dispute is ready to be decided",
            "The parties of dispute {{ event.data.dispute.id }} were heard. It is to be decided until {{ event.data.dispute.due_at | datetime }}.",
        ),
        template(
            "dispute.settlement_proposed",
            "To the parties, when one offers an end.",
            "An end was offered in a dispute",
            "In dispute {{ event.data.dispute.id }} a party has offered an end. It takes effect once every party has agreed.",
        ),
        template(
            "dispute.due_soon",
            "To the reviewer, a day before the due time.",
            "A dispute is due",
            "Dispute {{ event.data.dispute.id }} is to be decided until {{ event.data.dispute.due_at | datetime }}.",
        ),
        template(
            "dispute.overdue",
            "To the reviewer and the admins, when it was not decided in time.",
            "A dispute is overdue",
            "Dispute {{ event.data.dispute.id }} was to be decided until {{ event.data.dispute.due_at | datetime }}, and was not.",
        ),
        template(
            "dispute.appealed",
            "To the parties, when one appeals.",
            "A party has appealed",
            "Somebody else considers dispute {{ event.data.dispute.id }} once more, until {{ event.data.dispute.due_at | datetime }}.",
        ),
        template(
            "dispute.decided",
            "To the parties, when it is decided.",
            "A dispute was decided",
            "Dispute {{ event.data.dispute.id }} was decided: {{ event.data.dispute.decision.public_reason }}",
        ),
        template(
            "dispute.settled",
            "To the parties, when all have agreed.",
            "A dispute is settled",
            "Every party of dispute {{ event.data.dispute.id }} has agreed; it is over.",
        ),
        template(
            "dispute.withdrawn",
            "To the parties, when it is taken back.",
            "A dispute was taken back",
            "Dispute {{ event.data.dispute.id }} was taken back by who opened it; nothing changes.",
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_automation_follows_an_event_of_ours_and_says_something_that_there_is() {
        let kinds: HashSet<_> = super::super::event_kinds().iter().map(|event| event.kind).collect();
        let texts: HashSet<_> = templates().iter().map(|template| template.name).collect();
        for automation in standard_automations() {
            assert!(kinds.contains(automation.on), "{}", automation.name);
            assert!(kernel::rules::Expression::compile(automation.when, &["event", "now"]).is_ok(), "{}", automation.name);
            for step in (automation.steps)().as_array().expect("steps") {
                let known = step["step"] == "dispute.escalate" || step["with"]["template"].as_str().is_some_and(|name| texts.contains(name));
                assert!(known, "{}: {step}", automation.name);
            }
        }
    }

    #[test]
    fn what_parties_are_told_names_no_party() {
        for template in templates() {
            let said = format!("{} {}", template.subject, template.text);
            assert!([".parties", "partner_id", "deal_id", "reviewer_id", "internal_note"].iter().all(|word| !said.contains(word)), "{said}");
        }
    }
}
