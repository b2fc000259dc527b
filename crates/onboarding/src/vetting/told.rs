//! What people are told of checks, until a vendor decides otherwise. Never a partner's own people, and never what was found.

use kernel::steps::{Standard, Template};
use serde_json::{Value, json};

fn to_manager(template: &str) -> Value {
    json!([{ "step": "notify", "with": { "to": [{ "manager_of": "/vetting_check/partner_id" }], "template": template } }])
}

/// The automations about checks that every vendor has.
pub fn standard_automations() -> Vec<Standard> {
    vec![
        Standard {
            name: "vetting-review-needed",
            summary: "Tell the partner's channel manager that a check waits for a person.",
            on: "vetting_check.review_needed",
            when: "true",
            steps: || to_manager("vetting_check.review_needed"),
        },
        Standard {
            name: "vetting-blocked",
            summary: "Tell the partner's channel manager that a check is blocked.",
            on: "vetting_check.blocked",
            when: "true",
            steps: || to_manager("vetting_check.blocked"),
        },
    ]
}

/// The texts of those notifications.
pub fn templates() -> Vec<Template> {
    vec![
        Template {
            name: "vetting_check.review_needed",
            summary: "To the partner's channel manager: a check waits for a person.",
            subject: "A check needs you",
            text: "Hello {{ person.name }},\n\na check ({{ event.data.vetting_check.kind }}) of a {{ event.data.vetting_check.subject_kind }} of one of your \
                   partners found something that a person has to look at.",
        },
        Template {
            name: "vetting_check.blocked",
            summary: "To the partner's channel manager: a check is blocked.",
            subject: "A check is blocked",
            text: "Hello {{ person.name }},\n\na check ({{ event.data.vetting_check.kind }}) of a {{ event.data.vetting_check.subject_kind }} of one of your \
                   partners is blocked. The partner is suspended until that is settled.",
        },
    ]
}
