//! What people are told of instant access, until a vendor decides otherwise.

use kernel::steps::{Standard, Template};
use serde_json::{Value, json};

fn notify(to: Value, template: &str) -> Value {
    json!([{ "step": "notify", "with": { "to": to, "template": template } }])
}

/// The automations about access that every vendor has.
pub fn standard_automations() -> Vec<Standard> {
    let of = |name, summary, on, when, steps| Standard { name, summary, on, when, steps };
    let provisioned = "event.data.access_grant.kind != \"person\"";
    vec![
        of("access-granted", "Tell a partner that an environment, a course or content is there for it.", "access_grant.granted", provisioned, || {
            notify(json!([{ "partner": "/access_grant/partner_id" }]), "access_grant.granted")
        }),
        of("access-failed", "Tell the channel manager that a partner did not get access.", "access_grant.failed", "true", || {
            notify(json!([{ "manager_of": "/access_grant/partner_id" }]), "access_grant.failed")
        }),
        of(
            "access-not-revoked",
            "Tell the channel manager and the admins that access was not taken away.",
            "access_grant.revocation_failed",
            "true",
            || notify(json!([{ "manager_of": "/access_grant/partner_id" }, { "role": "admin" }]), "access_grant.revocation_failed"),
        ),
        of(
            "access-undecided",
            "Tell the channel manager that a rule of access could not be told for a partner.",
            "provisioning.undecided",
            "true",
            || notify(json!([{ "manager_of": "/partner_id" }]), "provisioning.undecided"),
        ),
    ]
}

/// The texts of those notifications.
pub fn templates() -> Vec<Template> {
    let of = |name, summary, subject, text| Template { name, summary, subject, text };
    vec![
        of(
            "access_grant.granted",
            "To a partner's people: an environment, a course or content is there.",
            "Your {{ event.data.access_grant.name }} is ready",
            "Hello {{ person.name }},\n\nyour {{ event.data.access_grant.name }} at {{ vendor.name }} is ready. {{ event.data.access_grant.url }}",
        ),
        of(
            "access_grant.failed",
            "To the channel manager: a partner did not get access.",
            "No access: {{ event.data.access_grant.name }}",
            "Hello {{ person.name }},\n\na partner did not get {{ event.data.access_grant.name }}. {{ event.data.access_grant.internal.last_error }}",
        ),
        of(
            "access_grant.revocation_failed",
            "To the vendor's people: access was not taken away.",
            "Access is still there: {{ event.data.access_grant.name }}",
            "Hello {{ person.name }},\n\n{{ event.data.access_grant.name }} of a partner could not be taken away: see to it by hand. \
             {{ event.data.access_grant.internal.last_error }}",
        ),
        of(
            "provisioning.undecided",
            "To the channel manager: whether a rule of access holds for a partner cannot be told.",
            "Access of a partner is undecided",
            "Hello {{ person.name }},\n\nwhether the rule {{ event.data.rule }} holds for a partner could not be told. {{ event.data.reason }}",
        ),
    ]
}
