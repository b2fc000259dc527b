//! Who is told of reviews, until a vendor decides otherwise.

use kernel::steps::{Standard, Template};
use serde_json::{Value, json};

fn notify(to: Value, template: &str) -> Value {
    json!([{ "step": "notify", "with": { "to": [to], "template": template } }])
}

fn manager_of_review() -> Value {
    json!({ "manager_of": "/partner_review/partner_id" })
}

fn manager() -> Value {
    json!({ "manager_of": "/partner_review_action/partner_id" })
}

fn partner() -> Value {
    json!({ "partner": "/partner_review_action/partner_id" })
}

macro_rules! told {
    ($($name:literal on $event:literal when $when:literal to $to:ident by $template:literal: $summary:literal;)+) => {
        /// The automations about reviews.
        pub(crate) fn standard_automations() -> Vec<Standard> {
            vec![$(Standard { name: $name, summary: $summary, on: $event, when: $when, steps: || notify($to(), $template) }),+]
        }
    };
}

told! {
    "partner-review-due" on "partner_review.due" when "true" to manager_of_review by "partner_review.due":
        "Tell the channel manager that a partner's next review is due.";
    "partner-review-action-added" on "partner_review_action.added"
        when "event.data.shared && event.data.partner_review_action.side == 'partner'" to partner by "partner_review_action.added":
        "Tell a partner of an action that its side owes.";
    "partner-review-action-overdue" on "partner_review_action.overdue" when "true" to manager by "partner_review_action.overdue":
        "Tell the channel manager that an action of a review is late.";
    "partner-review-action-overdue-partner" on "partner_review_action.overdue"
        when "event.data.shared && event.data.partner_review_action.side == 'partner'" to partner by "partner_review_action.overdue":
        "Tell a partner that an action that its side owes is late.";
}

/// The texts of those notifications.
pub(crate) fn templates() -> Vec<Template> {
    let template = |name, summary, subject, text| Template { name, summary, subject, text };
    vec![
        template(
            "partner_review.due",
            "The next review of a partner is due.",
            "The next review is due: {{ event.data.partner_review.title }}",
            "Hello {{ person.name }},\n\nafter {{ event.data.partner_review.title }} of {{ event.data.partner_review.held_on | date }}, the next review is due.",
        ),
        template(
            "partner_review_action.added",
            "A partner's side owes an action that was agreed in a review.",
            "Agreed: {{ event.data.partner_review_action.text }}",
            "Hello {{ person.name }},\n\nthis was agreed with {{ vendor.name }}: {{ event.data.partner_review_action.text }}\
             {% if event.data.partner_review_action.due_on %} (until {{ event.data.partner_review_action.due_on | date }}){% endif %}.",
        ),
        template(
            "partner_review_action.overdue",
            "An action of a review is late.",
            "Late: {{ event.data.partner_review_action.text }}",
            "Hello {{ person.name }},\n\nthis was to be done until {{ event.data.partner_review_action.due_on | date }}: \
             {{ event.data.partner_review_action.text }}.",
        ),
    ]
}
