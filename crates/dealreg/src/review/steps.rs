//! What automations do about reviews: steps, the standard automations, and what is written to people.

use super::events::{DealReviewEnded, DealReviewOverdue, DealReviewWarning};
use crate::DealId;
use crate::remarks::events::DealCommented;
use crate::rules::Action;
use crate::service::moves;
use kernel::log::Event as _;
use kernel::steps::{Occasion, Standard, Step, Template};
use kernel::{Problem, Tx};
use serde_json::{Value, json};

/// What automations can do: decide a deal, within what binds a person's hand too.
pub fn steps() -> Vec<Step> {
    vec![
        Step {
            name: "deal.approve",
            subjects: &["deal"],
            summary: "Approve a deal in review, unless another deal holds its customer or several people have to approve it.",
            parameters: || decision("Approved by an automation."),
            take: |tx, occasion, with| Box::pin(approve(tx, occasion, with)),
        },
        Step {
            name: "deal.reject",
            subjects: &["deal"],
            summary: "Reject a deal in review.",
            parameters: || decision("Rejected by an automation."),
            take: |tx, occasion, with| Box::pin(reject(tx, occasion, with)),
        },
    ]
}

fn decision(otherwise: &str) -> Value {
    json!({"type": "object", "additionalProperties": false, "properties": {
        "code": {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,99}$", "description": "Stable code of the reason; decided_by_automation if absent."},
        "reason": {"type": "string", "minLength": 1, "maxLength": 500, "description": format!("The reason as the partner reads it; “{otherwise}” if absent.")}}})
}

/// The deal, the code and the sentence of a step.
fn read<'a>(occasion: &Occasion, with: &'a Value, otherwise: &'a str) -> Result<(DealId, &'a str, &'a str), Problem> {
    let id = occasion.event.subject.id.parse().map_err(|_| Problem::not_found())?;
    Ok((id, with["code"].as_str().unwrap_or("decided_by_automation"), with["reason"].as_str().unwrap_or(otherwise)))
}

async fn approve(tx: &mut Tx, occasion: &Occasion, with: &Value) -> Result<Value, Problem> {
    let (id, code, sentence) = read(occasion, with, "Approved by an automation.")?;
    let mut row = moves::ready_in_review(tx, id, Action::Approve).await?;
    // Refused where several people have to approve.
    super::service::another_is_needed(tx, &mut row).await?;
    let deal = moves::grant(tx, row, code, sentence, Some(sentence.to_owned())).await?;
    Ok(json!({"deal_id": deal.id, "status": deal.status, "protected_until": deal.protected_until}))
}

async fn reject(tx: &mut Tx, occasion: &Occasion, with: &Value) -> Result<Value, Problem> {
    let (id, code, sentence) = read(occasion, with, "Rejected by an automation.")?;
    moves::ready_in_review(tx, id, Action::Reject).await?;
    let deal = moves::refuse(tx, id, code, sentence.to_owned()).await?;
    Ok(json!({"deal_id": deal.id, "status": deal.status}))
}

/// What follows from the marks of a review until a vendor changes it.
pub fn standard_automations() -> Vec<Standard> {
    vec![
        Standard {
            name: "deal-review-warning",
            summary: "Tells the reviewer that a deal's review is due soon.",
            on: DealReviewWarning::TYPE,
            when: "true",
            steps: || json!([tell("deal.review_warning")]),
        },
        Standard {
            name: "deal-review-overdue",
            summary: "Tells the reviewer and the partner's channel manager that a deal's review is overdue.",
            on: DealReviewOverdue::TYPE,
            when: "true",
            steps: || json!([tell("deal.review_overdue")]),
        },
        Standard {
            name: "deal-review-overdue-escalate",
            summary: "Names the next person for a deal whose review is overdue, unless that is what happens at the end.",
            on: DealReviewOverdue::TYPE,
            when: r#"event.data.at_end != "escalate""#,
            steps: || json!([escalate("The review is overdue.")]),
        },
        Standard {
            name: "deal-review-ended-escalate",
            summary: "Names the next person for a deal when the time of its review has run out, where the rules of engagement say so.",
            on: DealReviewEnded::TYPE,
            when: r#"event.data.at_end == "escalate""#,
            steps: || json!([escalate("The time of the review has run out."), tell("deal.review_ended")]),
        },
        Standard {
            name: "deal-review-ended-approve",
            summary: "Approves a deal when the time of its review has run out, where the rules of engagement say so.",
            on: DealReviewEnded::TYPE,
            when: r#"event.data.at_end == "approve""#,
            steps: || json!([{"step": "deal.approve", "with": ran_out("Nobody objected within the time of the review.")}]),
        },
        Standard {
            name: "deal-review-ended-reject",
            summary: "Rejects a deal when the time of its review has run out, where the rules of engagement say so.",
            on: DealReviewEnded::TYPE,
            when: r#"event.data.at_end == "reject""#,
            steps: || json!([{"step": "deal.reject", "with": ran_out("Nobody approved it within the time of the review.")}]),
        },
        Standard {
            name: "deal-commented-by-partner",
            summary: "Tells the reviewer and the partner's channel manager that the partner commented on a deal.",
            on: DealCommented::TYPE,
            when: "event.data.comment.by_partner",
            steps: || json!([tell("deal.commented")]),
        },
        Standard {
            name: "deal-commented-by-vendor",
            summary: "Tells the partner's people that the vendor commented on a deal.",
            on: DealCommented::TYPE,
            when: "!event.data.comment.by_partner",
            steps: || json!([{"step": "notify", "with": {"to": [{"partner": "/deal/partner_id"}], "template": "deal.commented"}}]),
        },
    ]
}

fn ran_out(sentence: &str) -> Value {
    json!({"code": "review_time_ran_out", "reason": sentence})
}

fn escalate(reason: &str) -> Value {
    json!({"step": "deal.escalate", "with": {"reason": reason}})
}

/// Whoever has it in hand, and whoever looks after the partner.
fn tell(template: &str) -> Value {
    json!({"step": "notify", "with": {"to": [{"person": "/deal/assignee_id"}, {"manager_of": "/deal/partner_id"}], "template": template}})
}

/// What is written then.
pub fn templates() -> Vec<Template> {
    vec![
        Template {
            name: "deal.review_warning",
            summary: "When a deal's review is due soon.",
            subject: "Please look at the deal with {{ event.data.deal.customer.name }}",
            text: "Hello {{ person.name }},\n\nthe registration of a deal with {{ event.data.deal.customer.name }} waits to be decided. Its review is due on \
                   {{ event.data.deal.review.due_at | datetime }}.\n",
        },
        Template {
            name: "deal.review_overdue",
            summary: "When a deal's review is overdue.",
            subject: "Overdue: the deal with {{ event.data.deal.customer.name }}",
            text: "Hello {{ person.name }},\n\nthe review of a deal with {{ event.data.deal.customer.name }} was due on {{ event.data.deal.review.due_at | datetime }} and is \
                   not decided yet.\n",
        },
        Template {
            name: "deal.review_ended",
            summary: "When the time of a deal's review has run out and the next person is named.",
            subject: "The time has run out: the deal with {{ event.data.deal.customer.name }}",
            text: "Hello {{ person.name }},\n\nnobody has decided on a deal with {{ event.data.deal.customer.name }} within the time that the rules of engagement \
                   set. It was handed on.\n",
        },
        Template {
            name: "deal.commented",
            summary: "When somebody comments on a deal.",
            subject: "A comment on the deal with {{ event.data.deal.customer.name }}",
            text: "Hello {{ person.name }},\n\nthere is a new comment on the deal with {{ event.data.deal.customer.name }}:\n\n{{ event.data.comment.text }}\n",
        },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::rules::Expression;

    #[test]
    fn the_standard_automations_compile_and_name_templates_that_there_are() {
        let templates: Vec<_> = templates().into_iter().map(|template| template.name).collect();
        for automation in standard_automations() {
            assert!(Expression::compile(automation.when, &["event", "now"]).is_ok(), "{}", automation.name);
            for step in (automation.steps)().as_array().expect("steps") {
                let template = step["with"]["template"].as_str();
                assert!(template.is_none_or(|name| templates.contains(&name)), "{}", automation.name);
            }
        }
    }

    #[test]
    fn what_the_standard_automations_send_with_a_decision_fits_its_parameters() {
        for step in steps() {
            let schema = jsonschema::validator_for(&(step.parameters)()).expect("a schema");
            assert!(schema.is_valid(&ran_out("Nobody objected.")) && schema.is_valid(&json!({})), "{}", step.name);
            assert!(!schema.is_valid(&json!({"code": "Not a code"})), "{}", step.name);
        }
    }
}
