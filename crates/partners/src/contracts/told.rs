//! Who is told of the days of a contract.

use kernel::steps::{Standard, Template};
use serde_json::json;

macro_rules! told {
    ($($name:literal on $event:literal: $summary:literal, $subject:literal, $text:literal;)+) => {
        /// The automations about contracts.
        pub(crate) fn standard_automations() -> Vec<Standard> {
            vec![$(Standard { name: $name, summary: $summary, on: $event, when: "true", steps: || {
                json!([{ "step": "notify", "with": { "to": [{ "manager_of": "/partner_contract/partner_id" }], "template": $event } }])
            } }),+]
        }

        /// The texts of those notifications.
        pub(crate) fn templates() -> Vec<Template> {
            vec![$(Template { name: $event, summary: $summary, subject: $subject, text: $text }),+]
        }
    };
}

told! {
    "partner-contract-expiring" on "partner_contract.expiring":
        "Tell the channel manager that a contract ends or renews itself soon.",
        "{{ event.data.partner_contract.title }} ends on {{ event.data.partner_contract.ends_on | date }}",
        "Hello {{ person.name }},\n\nthe contract {{ event.data.partner_contract.title }} ends on {{ event.data.partner_contract.ends_on | date }}. \
         Notice can be given until {{ event.data.partner_contract.notice_by | date }}.";
    "partner-contract-renewed" on "partner_contract.renewed":
        "Tell the channel manager that a contract has renewed itself.",
        "{{ event.data.partner_contract.title }} was renewed",
        "Hello {{ person.name }},\n\nthe contract {{ event.data.partner_contract.title }} runs until {{ event.data.partner_contract.ends_on | date }} now.";
    "partner-contract-expired" on "partner_contract.expired":
        "Tell the channel manager that a contract has expired.",
        "{{ event.data.partner_contract.title }} has expired",
        "Hello {{ person.name }},\n\nthe last day of the contract {{ event.data.partner_contract.title }} is over.";
}
