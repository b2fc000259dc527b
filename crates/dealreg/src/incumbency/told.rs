//! What partners and their managers are told of renewals, until a vendor decides otherwise.

use kernel::steps::{Standard, Template};
use serde_json::{Value, json};

macro_rules! told {
    ($($name:literal on $event:literal to [$($to:tt),+]: $summary:literal, $subject:literal, $text:literal;)+) => {
        /// The automations about renewals that every vendor has.
        pub fn standard_automations() -> Vec<Standard> {
            vec![$(Standard { name: $name, summary: $summary, on: $event, when: "true", steps: || steps($event, &json!([$($to),+])) }),+]
        }

        /// The texts of their notifications.
        pub fn templates() -> Vec<Template> {
            vec![$(Template { name: $event, summary: $summary, subject: $subject, text: $text }),+]
        }
    };
}

fn steps(template: &str, to: &Value) -> Value {
    json!([{ "step": "notify", "with": { "to": to, "template": template } }])
}

told! {
    "renewal-due" on "incumbency.opened" to [{ "partner": "/incumbency/partner_id" }]:
        "Tell the incumbent that it may register a renewal now.",
        "{{ event.data.incumbency.customer_name }}: {{ event.data.incumbency.product }} is to be renewed",
        "{{ event.data.incumbency.product }} of {{ event.data.incumbency.customer_name }} is to be renewed on {{ event.data.incumbency.renews_on | date }}. Until {{ event.data.incumbency.ends_at | date }} nobody but you may register the renewal: register it now.";
    "renewal-lapsed" on "incumbency.lapsed" to [{ "partner": "/incumbency/partner_id" }, { "manager_of": "/incumbency/partner_id" }]:
        "Tell the partner and its manager that a renewal was not registered in time.",
        "The renewal of {{ event.data.incumbency.customer_name }} was not registered",
        "{{ event.data.incumbency.product }} of {{ event.data.incumbency.customer_name }} was to be renewed on {{ event.data.incumbency.renews_on | date }}. Nobody registered the renewal in time, so anybody may sell to this customer now.";
    "renewal-lost" on "incumbency.lost" to [{ "partner": "/incumbency/partner_id" }, { "manager_of": "/incumbency/partner_id" }]:
        "Tell the partner and its manager that a renewal is not theirs any more.",
        "The renewal of {{ event.data.incumbency.customer_name }} is not yours any more",
        "{{ event.data.incumbency.product }} of {{ event.data.incumbency.customer_name }}: {{ event.data.incumbency.reason }}";
    "renewal-ended" on "incumbency.ended" to [{ "partner": "/incumbency/partner_id" }]:
        "Tell the partner that the vendor ended its right to renew, and why.",
        "The renewal of {{ event.data.incumbency.customer_name }} is not yours any more",
        "{{ event.data.incumbency.product }} of {{ event.data.incumbency.customer_name }}: {{ event.data.incumbency.reason }}";
}
