//! Who is told that a deal has changed partners, or has to.

use kernel::steps::{Standard, Template};
use serde_json::{Value, json};

fn notify(to: Value, template: &str) -> Value {
    json!([{ "step": "notify", "with": { "to": to, "template": template } }])
}

pub(crate) fn standard_automations() -> Vec<Standard> {
    vec![
        Standard {
            name: "deal-handed-over",
            summary: "Tell a partner and its channel manager that a deal was handed over to it.",
            on: "deal.handed_over",
            when: "true",
            steps: || notify(json!([{ "partner": "/deal/partner_id" }, { "manager_of": "/deal/partner_id" }]), "deal.handed_over"),
        },
        Standard {
            name: "deal-handover-due",
            summary: "Ask the channel manager of a partner that has left whose its deal is now.",
            on: "deal.handover_due",
            when: "true",
            steps: || notify(json!([{ "manager_of": "/deal/partner_id" }]), "deal.handover_due"),
        },
    ]
}

pub(crate) fn templates() -> Vec<Template> {
    vec![
        Template {
            name: "deal.handed_over",
            summary: "To a partner's people and its channel manager: a deal was handed over to it.",
            subject: "{{ event.data.deal.customer.name }} is yours now",
            text: "Hello {{ person.name }},\n\nthe deal with {{ event.data.deal.customer.name }} was handed over to you. {{ event.data.note }}",
        },
        Template {
            name: "deal.handover_due",
            summary: "To the channel manager of a partner that has left: whose is its deal now?",
            subject: "Whose is {{ event.data.deal.customer.name }} now?",
            text: "Hello {{ person.name }},\n\nthe partner of the deal with {{ event.data.deal.customer.name }} has left the program. \
                   Hand the deal over to another, or close it.",
        },
    ]
}
