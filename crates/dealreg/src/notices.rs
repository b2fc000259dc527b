//! What partners and their managers are told of protection, progress and offers: automations that every vendor has until it changes them.

use kernel::steps::{Standard, Template};
use serde_json::{Value, json};

macro_rules! notices {
    ($($name:literal on $event:literal to [$($to:tt),+]: $summary:literal, $subject:literal, $text:literal;)+) => {
        /// The automations.
        pub fn standard() -> Vec<Standard> {
            vec![$(Standard { name: $name, summary: $summary, on: $event, when: "true",
                steps: || steps($event, &json!([$($to),+])) }),+]
        }

        /// Their words.
        pub fn templates() -> Vec<Template> {
            vec![$(Template { name: $event, summary: $summary, subject: $subject, text: $text }),+]
        }
    };
}

fn steps(template: &str, to: &Value) -> Value {
    json!([{ "step": "notify", "with": { "to": to, "template": template } }])
}

notices! {
    "deal-expiring" on "deal.expiring" to [{ "partner": "/deal/partner_id" }]:
        "Tell the partner that a deal's protection ends soon.",
        "Protection of {{ event.data.deal.customer.name }} ends soon",
        "Your deal with {{ event.data.deal.customer.name }} is protected until {{ event.data.deal.protected_until | date }}.\n\nAsk for more time if you need it.";
    "deal-expired" on "deal.expired" to [{ "partner": "/deal/partner_id" }, { "manager_of": "/deal/partner_id" }]:
        "Tell the partner and its manager that a deal's protection has ended.",
        "Protection of {{ event.data.deal.customer.name }} has ended",
        "The deal with {{ event.data.deal.customer.name }} is no longer protected; others may register this customer now.";
    "deal-stalled" on "deal.stalled" to [{ "partner": "/deal/partner_id" }]:
        "Warn the partner that a deal without progress will be released.",
        "{{ event.data.deal.customer.name }}: what is the next step?",
        "Nothing was recorded lately for your deal with {{ event.data.deal.customer.name }}. Record what you have done, or the deal will be released to others.";
    "deal-released" on "deal.released" to [{ "partner": "/deal/partner_id" }, { "manager_of": "/deal/partner_id" }]:
        "Tell the partner and its manager that a deal was released.",
        "{{ event.data.deal.customer.name }} was released",
        "The deal with {{ event.data.deal.customer.name }} made no progress in time, so its protection has ended. Others may register this customer now.";
    "deal-offered" on "deal.offered" to [{ "partner": "/deal/partner_id" }]:
        "Tell a partner that waited that the customer is free, and kept for it for a while.",
        "{{ event.data.deal.customer.name }} is free now",
        "You asked to be told: {{ event.data.deal.customer.name }} is free. It is kept for you until {{ event.data.offered_until | datetime }}: bring your deal again until then.";
    "deal-offer-lapsed" on "deal.offer_lapsed" to [{ "partner": "/deal/partner_id" }]:
        "Tell a partner that waited that the customer is no longer kept for it.",
        "{{ event.data.deal.customer.name }} is no longer kept for you",
        "{{ event.data.deal.customer.name }} was kept for you, and you did not bring your deal again in time.";
    "deal-extension-requested" on "deal.extension_requested" to [{ "manager_of": "/deal/partner_id" }]:
        "Ask the partner's manager to answer a request for more time.",
        "More time is asked for {{ event.data.deal.customer.name }}",
        "For the deal with {{ event.data.deal.customer.name }}, {{ event.data.request.days }} days more are asked for: {{ event.data.request.reason }}";
    "deal-extension-granted" on "deal.extension_granted" to [{ "partner": "/deal/partner_id" }]:
        "Tell the partner that it was given more time.",
        "More time for {{ event.data.deal.customer.name }}",
        "Your deal with {{ event.data.deal.customer.name }} is protected until {{ event.data.deal.protected_until | date }}. {{ event.data.request.sentence }}";
    "deal-extension-declined" on "deal.extension_declined" to [{ "partner": "/deal/partner_id" }]:
        "Tell the partner that it was not given more time.",
        "No more time for {{ event.data.deal.customer.name }}",
        "Your deal with {{ event.data.deal.customer.name }} stays protected until {{ event.data.deal.protected_until | date }}, and no longer. {{ event.data.request.sentence }}";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_automation_follows_an_event_of_ours_and_has_its_words() {
        let kinds: Vec<_> = crate::event_kinds().into_iter().map(|event| event.kind).collect();
        let templates = templates();
        for automation in standard() {
            assert!(kinds.contains(&automation.on), "{}", automation.on);
            let template = (automation.steps)()[0]["with"]["template"].clone();
            assert!(templates.iter().any(|one| template == one.name), "{template}");
        }
    }

    #[test]
    fn no_words_speak_of_rivals() {
        for template in templates() {
            assert!(!template.text.contains("conflict") && !template.text.contains("decision"), "{}", template.name);
        }
    }
}
