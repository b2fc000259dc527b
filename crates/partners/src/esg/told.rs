//! Who is told of facts about sustainability, until a vendor decides otherwise.

use kernel::steps::{Standard, Template};
use serde_json::{Value, json};

fn notify(to: Value, template: &str) -> Value {
    json!([{ "step": "notify", "with": { "to": to, "template": template } }])
}

fn partner() -> Value {
    json!([{ "partner": "/partner_esg_fact/partner_id" }])
}

fn manager() -> Value {
    json!([{ "manager_of": "/partner_esg_fact/partner_id" }])
}

fn both() -> Value {
    json!([{ "partner": "/partner_esg_fact/partner_id" }, { "manager_of": "/partner_esg_fact/partner_id" }])
}

macro_rules! told {
    ($($name:literal on $event:literal to $to:ident: $summary:literal, $subject:literal, $text:literal;)+) => {
        /// The automations about these facts.
        pub(crate) fn standard_automations() -> Vec<Standard> {
            vec![$(Standard { name: $name, summary: $summary, on: $event, when: "true", steps: || notify($to(), $event) }),+]
        }

        /// The texts of those notifications.
        pub(crate) fn templates() -> Vec<Template> {
            vec![$(Template { name: $event, summary: $summary, subject: $subject, text: $text }),+]
        }
    };
}

told! {
    "partner-esg-fact-submitted" on "partner_esg_fact.submitted" to manager:
        "Tell the channel manager that a fact about sustainability is to be verified.",
        "To be verified: {{ event.data.partner_esg_fact.standard }}",
        "Hello {{ person.name }},\n\na {{ event.data.partner_esg_fact.kind }} of one of your partners is to be verified: \
         {{ event.data.partner_esg_fact.standard }}.";
    "partner-esg-fact-verified" on "partner_esg_fact.verified" to partner:
        "Tell a partner that a fact about its sustainability was verified.",
        "{{ event.data.partner_esg_fact.standard }} was verified",
        "Hello {{ person.name }},\n\n{{ vendor.name }} has verified {{ event.data.partner_esg_fact.standard }}.";
    "partner-esg-fact-refused" on "partner_esg_fact.refused" to partner:
        "Tell a partner that a fact about its sustainability was refused, and why.",
        "{{ event.data.partner_esg_fact.standard }} was refused",
        "Hello {{ person.name }},\n\n{{ vendor.name }} has refused {{ event.data.partner_esg_fact.standard }}. {{ event.data.partner_esg_fact.reason }}";
    "partner-esg-fact-expiring" on "partner_esg_fact.expiring" to both:
        "Tell a partner and its channel manager that a fact about its sustainability expires soon.",
        "{{ event.data.partner_esg_fact.standard }} expires on {{ event.data.partner_esg_fact.expires_on }}",
        "Hello {{ person.name }},\n\n{{ event.data.partner_esg_fact.standard }} ({{ event.data.partner_esg_fact.kind }}) expires on \
         {{ event.data.partner_esg_fact.expires_on }}. Please hand in what follows it.";
    "partner-esg-fact-expired" on "partner_esg_fact.expired" to both:
        "Tell a partner and its channel manager that a fact about its sustainability has expired.",
        "{{ event.data.partner_esg_fact.standard }} has expired",
        "Hello {{ person.name }},\n\nthe last day of {{ event.data.partner_esg_fact.standard }} ({{ event.data.partner_esg_fact.kind }}) is over.";
}
