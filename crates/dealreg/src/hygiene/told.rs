//! What people are told of audits, until a vendor decides otherwise.

use kernel::steps::{Standard, Template};
use serde_json::json;

/// The automation that every vendor has: administrators are told of what is new, not of every night.
pub fn standard_automations() -> Vec<Standard> {
    vec![Standard {
        name: "hygiene-audit-completed",
        summary: "Tell administrators when an audit came upon something new.",
        on: "hygiene_audit.completed",
        when: "event.data.audit.opened > 0",
        steps: || json!([{ "step": "notify", "with": { "to": [{ "role": "admin" }], "template": "hygiene_audit.completed" } }]),
    }]
}

/// Its words.
pub fn templates() -> Vec<Template> {
    vec![Template {
        name: "hygiene_audit.completed",
        summary: "To administrators: an audit came upon something new.",
        subject: "{{ event.data.audit.opened }} new findings in your data",
        text: "Hello {{ person.name }},\n\nthe audit has {{ event.data.audit.opened }} new findings; {{ event.data.audit.resolved }} earlier ones are \
               settled.\n\n{% for tally in event.data.audit.kinds %}{{ tally.kind }}: {{ tally.opened }} new, {{ tally.open }} open\n{% endfor %}",
    }]
}
