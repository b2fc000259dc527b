//! What both sides are told of special prices, until a vendor decides otherwise.

use kernel::steps::{Standard, Template};
use serde_json::{Value, json};

macro_rules! told {
    ($($name:literal on $event:literal to [$($to:tt),+]: $summary:literal, $subject:literal, $text:literal;)+) => {
        /// The automations about special prices that every vendor has.
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
    "pricing-requested" on "pricing_request.created" to [{ "manager_of": "/pricing_request/partner_id" }]:
        "Tell the partner's manager that a special price is asked for.",
        "A special price is asked for",
        "For the deal {{ event.data.pricing_request.deal_id }} a special price is asked for: {{ event.data.pricing_request.reason }}";
    "pricing-approval-given" on "pricing_request.approval_given" to [{ "manager_of": "/pricing_request/partner_id" }]:
        "Tell the partner's manager that a special price needs a second approval.",
        "A special price needs a second approval",
        "The special price for the deal {{ event.data.pricing_request.deal_id }} was approved by one person. Another has to approve it as well.";
    "pricing-approved" on "pricing_request.approved" to [{ "partner": "/pricing_request/partner_id" }, { "manager_of": "/pricing_request/partner_id" }]:
        "Tell both sides that a special price was approved.",
        "A special price was approved",
        "The special price for the deal {{ event.data.pricing_request.deal_id }} is valid until {{ event.data.pricing_request.valid_until | date }}. {{ event.data.pricing_request.sentence }}";
    "pricing-declined" on "pricing_request.declined" to [{ "partner": "/pricing_request/partner_id" }]:
        "Tell the partner that it gets no special price, and why.",
        "No special price",
        "There is no special price for the deal {{ event.data.pricing_request.deal_id }}. {{ event.data.pricing_request.sentence }}";
    "pricing-countered" on "pricing_request.countered" to [{ "partner": "/pricing_request/partner_id" }]:
        "Tell the partner that another price is offered.",
        "Another price is offered",
        "For the deal {{ event.data.pricing_request.deal_id }} another price is offered, until {{ event.data.pricing_request.valid_until | date }}: {{ event.data.pricing_request.sentence }}";
    "pricing-withdrawn" on "pricing_request.withdrawn" to [{ "manager_of": "/pricing_request/partner_id" }]:
        "Tell the partner's manager that no special price is asked for any more.",
        "A request for a special price was taken back",
        "The request for a special price for the deal {{ event.data.pricing_request.deal_id }} was taken back.";
    "pricing-expiring" on "pricing_request.expiring" to [{ "partner": "/pricing_request/partner_id" }]:
        "Warn the partner that its special price ends soon.",
        "A special price ends soon",
        "The special price for the deal {{ event.data.pricing_request.deal_id }} ends at {{ event.data.pricing_request.valid_until | date }}.";
    "pricing-expired" on "pricing_request.expired" to [{ "partner": "/pricing_request/partner_id" }, { "manager_of": "/pricing_request/partner_id" }]:
        "Tell both sides that a special price has ended.",
        "A special price has ended",
        "The special price for the deal {{ event.data.pricing_request.deal_id }} is valid no more.";
    "pricing-revoked" on "pricing_request.revoked" to [{ "partner": "/pricing_request/partner_id" }]:
        "Tell the partner that its special price was taken back, and why.",
        "A special price is valid no more",
        "The special price for the deal {{ event.data.pricing_request.deal_id }} is valid no more. {{ event.data.pricing_request.sentence }}";
}
