//! What people are told of referrals, until a vendor decides otherwise.

use kernel::steps::{Standard, Template};
use serde_json::{Value, json};

fn notify(to: Value, template: &str) -> Value {
    json!([{ "step": "notify", "with": { "to": to, "template": template } }])
}

fn moved() -> Value {
    notify(json!([{ "partner": "/referral/partner_id" }]), "referral.moved")
}

/// Declares one automation for each step of which the partner is told.
macro_rules! moves {
    ($($name:literal on $event:literal: $summary:literal;)+) => {
        vec![$(Standard { name: $name, summary: $summary, on: $event, when: "true", steps: moved }),+]
    };
}

/// The automations about referrals that every vendor has.
pub fn standard_automations() -> Vec<Standard> {
    let mut standard = moves! {
        "referral-accepted" on "referral.accepted": "Tell a partner that its referral was taken up.";
        "referral-rejected" on "referral.rejected": "Tell a partner that its referral was rejected, and why.";
        "referral-advanced" on "referral.advanced": "Tell a partner that its referral has come further.";
        "referral-won" on "referral.won": "Tell a partner that the sale of its referral was made.";
        "referral-lost" on "referral.lost": "Tell a partner that the sale of its referral was lost.";
        "referral-undone" on "referral.undone": "Tell a partner that the sale of its referral was undone.";
        "referral-expired" on "referral.expired": "Tell a partner that its referral has expired.";
    };
    standard.push(Standard {
        name: "referral-submitted",
        summary: "Tell the partner's channel manager that a prospect was handed in.",
        on: "referral.submitted",
        when: "true",
        steps: || notify(json!([{ "manager_of": "/referral/partner_id" }]), "referral.submitted"),
    });
    standard.push(Standard {
        name: "referral-assigned",
        summary: "Tell the vendor's person that a referral is theirs to work on.",
        on: "referral.accepted",
        when: "has(event.data.referral.assignee_id)",
        steps: || notify(json!([{ "person": "/referral/assignee_id" }]), "referral.assigned"),
    });
    standard.push(Standard {
        name: "referral-reward-due",
        summary: "Tell a partner that a reward is due to it.",
        on: "referral_reward.due",
        when: "true",
        steps: || notify(json!([{ "partner": "/referral_reward/partner_id" }]), "referral_reward.due"),
    });
    standard.push(Standard {
        name: "referral-reward-reversed",
        summary: "Tell a partner that a reward is not due any more.",
        on: "referral_reward.reversed",
        when: "true",
        steps: || notify(json!([{ "partner": "/referral_reward/partner_id" }]), "referral_reward.reversed"),
    });
    standard
}

/// The texts of those notifications.
pub fn templates() -> Vec<Template> {
    vec![
        Template {
            name: "referral.submitted",
            summary: "To the partner's channel manager: a prospect was handed in.",
            subject: "A referral: {{ event.data.referral.company.name }}",
            text: "Hello {{ person.name }},\n\na partner refers {{ event.data.referral.company.name }}. It is {{ event.data.referral.status }}.",
        },
        Template {
            name: "referral.assigned",
            summary: "To the vendor's person who works on it: a referral is theirs.",
            subject: "A referral is yours: {{ event.data.referral.company.name }}",
            text: "Hello {{ person.name }},\n\nthe referral {{ event.data.referral.company.name }} is yours to work on.",
        },
        Template {
            name: "referral.moved",
            summary: "To a partner's people: their referral has moved.",
            subject: "Your referral {{ event.data.referral.company.name }}",
            text: "Hello {{ person.name }},\n\nyour referral {{ event.data.referral.company.name }} is {{ event.data.referral.status }} now. \
                   {{ event.data.referral.stage }} {{ event.data.note }}",
        },
        Template {
            name: "referral_reward.due",
            summary: "To a partner's people: a reward is due.",
            subject: "A reward is due to you",
            text: "Hello {{ person.name }},\n\na sale that you referred was made. {{ event.data.referral_reward.amount | money }} are due to you.",
        },
        Template {
            name: "referral_reward.reversed",
            summary: "To a partner's people: a reward is not due any more.",
            subject: "A reward was taken back",
            text: "Hello {{ person.name }},\n\na sale that you referred was undone; its reward is not due any more.",
        },
    ]
}
