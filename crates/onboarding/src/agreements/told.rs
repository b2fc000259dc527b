//! What people are told of agreements, until a vendor decides otherwise: whose turn it is, and what became of it.

use kernel::steps::{Standard, Template};
use serde_json::{Value, json};

fn notify(to: Value, template: &str) -> Value {
    json!([{ "step": "notify", "with": { "to": to, "template": template } }])
}

/// Whose turn it is: in their account, or by a letter with a link of their own.
fn due() -> Value {
    json!([{ "person": "/agreement/due_person_id" }, { "applicant": "/agreement/due_signer_id" }])
}

fn both() -> Value {
    json!([{ "partner": "/agreement/partner_id" }, { "manager_of": "/agreement/partner_id" }])
}

/// The automations about agreements that every vendor has.
pub fn standard_automations() -> Vec<Standard> {
    let of = |name, summary, on, when, steps| Standard { name, summary, on, when, steps };
    let awaited = "event.data.agreement.status == \"partly_signed\"";
    vec![
        of("agreement-sent", "Ask the first signer to sign an agreement.", "agreement.sent", "true", || notify(due(), "agreement.to_sign")),
        of("agreement-next-signer", "Ask the next signer to sign an agreement.", "agreement.signed_by", awaited, || {
            notify(due(), "agreement.to_sign")
        }),
        of("agreement-reminder", "Remind whose turn it is to sign an agreement.", "agreement.reminded", "true", || {
            notify(due(), "agreement.reminder")
        }),
        of("agreement-completed", "Tell both sides that everybody has signed an agreement.", "agreement.completed", "true", || {
            notify(both(), "agreement.completed")
        }),
        of("agreement-declined", "Tell the channel manager that a signer does not sign.", "agreement.declined", "true", || {
            notify(json!([{ "manager_of": "/agreement/partner_id" }]), "agreement.declined")
        }),
        of(
            "agreement-signature-failed",
            "Tell the channel manager that a signature service did not take an agreement.",
            "agreement.signature_failed",
            "true",
            || notify(json!([{ "manager_of": "/agreement/partner_id" }]), "agreement.signature_failed"),
        ),
        of("agreement-expired", "Tell both sides that an agreement was not signed in time.", "agreement.expired", "true", || {
            notify(both(), "agreement.expired")
        }),
        of(
            "agreement-voided",
            "Tell the partner that an agreement which was sent was taken back.",
            "agreement.voided",
            "has(event.data.agreement.sent_at)",
            || notify(json!([{ "partner": "/agreement/partner_id" }]), "agreement.voided"),
        ),
    ]
}

/// The texts of those notifications.
pub fn templates() -> Vec<Template> {
    let of = |name, summary, subject, text| Template { name, summary, subject, text };
    vec![
        of(
            "agreement.to_sign",
            "To a signer: it is their turn.",
            "Please sign: {{ event.data.agreement.title }}",
            "Hello {{ person.name }},\n\n{{ vendor.name }} asks you to read and sign {{ event.data.agreement.title }} until \
             {{ event.data.agreement.expires_at | date }}.\n{% if link.url %}\nThis link is for you alone:\n\n{{ link.url }}\n{% endif %}",
        ),
        of(
            "agreement.reminder",
            "To a signer: it is still their turn.",
            "Still to sign: {{ event.data.agreement.title }}",
            "Hello {{ person.name }},\n\n{{ event.data.agreement.title }} waits for your signature until {{ event.data.agreement.expires_at | date }}.\n\
             {% if link.url %}\nThis link is for you alone:\n\n{{ link.url }}\n{% endif %}",
        ),
        of(
            "agreement.completed",
            "To both sides: everybody has signed.",
            "Signed by all: {{ event.data.agreement.title }}",
            "Hello {{ person.name }},\n\neverybody has signed {{ event.data.agreement.title }}. The file with the certificate of signatures is ready.",
        ),
        of(
            "agreement.declined",
            "To the channel manager: a signer does not sign.",
            "Declined: {{ event.data.agreement.title }}",
            "Hello {{ person.name }},\n\n{{ event.data.agreement.title }} was declined. {{ event.data.agreement.reason }}",
        ),
        of(
            "agreement.signature_failed",
            "To the channel manager: a signature service did not take an agreement.",
            "Not with its signers: {{ event.data.agreement.title }}",
            "Hello {{ person.name }},\n\nthe signature service did not take {{ event.data.agreement.title }}, or could not be reached for too long. The \
             agreement says why. Take it back, and make another.",
        ),
        of(
            "agreement.expired",
            "To both sides: an agreement was not signed in time.",
            "Expired: {{ event.data.agreement.title }}",
            "Hello {{ person.name }},\n\n{{ event.data.agreement.title }} was not signed by everybody in time and can be signed no more.",
        ),
        of(
            "agreement.voided",
            "To a partner's people: an agreement was taken back.",
            "Taken back: {{ event.data.agreement.title }}",
            "Hello {{ person.name }},\n\n{{ vendor.name }} has taken {{ event.data.agreement.title }} back. {{ event.data.agreement.reason }}",
        ),
    ]
}
