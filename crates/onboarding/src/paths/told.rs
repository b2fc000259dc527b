//! What people are told of onboardings, until a vendor decides otherwise: the cadence of the first weeks is automations.

use kernel::steps::{Standard, Template};
use serde_json::{Value, json};

fn notify(to: Value, template: &str) -> Value {
    json!([{ "step": "notify", "with": { "to": to, "template": template } }])
}

fn partner() -> Value {
    json!([{ "partner": "/onboarding/partner_id" }])
}

fn manager() -> Value {
    json!([{ "manager_of": "/onboarding/partner_id" }])
}

/// Three days before a task is due, if it is still open then.
fn due_soon(to: Value) -> Value {
    json!([{ "step": "notify", "with": { "to": to, "template": "onboarding_task.due_soon" }, "after": { "days": 3, "before": "/onboarding_task/due_at" },
        "while": "latest.data.onboarding_task.status == \"open\"" }])
}

/// The automations about onboardings that every vendor has.
pub fn standard_automations() -> Vec<Standard> {
    let theirs = "event.data.onboarding_task.owner == \"partner\"";
    let ours = "event.data.onboarding_task.owner == \"vendor\"";
    let due_for_partner = "event.data.onboarding_task.owner == \"partner\" && has(event.data.onboarding_task.due_at)";
    let due_for_vendor = "event.data.onboarding_task.owner == \"vendor\" && has(event.data.onboarding_task.due_at)";
    let of = |name, summary, on, when, steps| Standard { name, summary, on, when, steps };
    vec![
        of("onboarding-started", "Welcome a partner to its path.", "onboarding.started", "true", || notify(partner(), "onboarding.started")),
        of("onboarding-milestone", "Tell a partner that it has reached a milestone.", "onboarding.milestone_reached", "true", || {
            notify(partner(), "onboarding.milestone")
        }),
        of("onboarding-completed", "Tell both sides that a partner has come to the end of its path.", "onboarding.completed", "true", || {
            notify(json!([{ "partner": "/onboarding/partner_id" }, { "manager_of": "/onboarding/partner_id" }]), "onboarding.completed")
        }),
        of("onboarding-stopped", "Tell the channel manager that an onboarding was stopped.", "onboarding.stopped", "true", || {
            notify(manager(), "onboarding.stopped")
        }),
        of("onboarding-task-due", "Remind a partner of a task, three days before it is due.", "onboarding_task.opened", due_for_partner, || {
            due_soon(json!([{ "partner": "/onboarding_task/partner_id" }]))
        }),
        of(
            "onboarding-task-due-vendor",
            "Remind the channel manager of the vendor's own task, three days before it is due.",
            "onboarding_task.opened",
            due_for_vendor,
            || due_soon(json!([{ "manager_of": "/onboarding_task/partner_id" }])),
        ),
        of(
            "onboarding-task-overdue",
            "Tell a partner and its channel manager that a task's time has passed.",
            "onboarding_task.overdue",
            theirs,
            || {
                notify(
                    json!([{ "partner": "/onboarding_task/partner_id" }, { "manager_of": "/onboarding_task/partner_id" }]),
                    "onboarding_task.overdue",
                )
            },
        ),
        of(
            "onboarding-task-overdue-vendor",
            "Tell the channel manager that the vendor's own task is overdue.",
            "onboarding_task.overdue",
            ours,
            || notify(json!([{ "manager_of": "/onboarding_task/partner_id" }]), "onboarding_task.overdue"),
        ),
        of(
            "onboarding-not-started",
            "Tell the channel manager that nobody could tell which path is for a partner.",
            "onboarding.not_started",
            "true",
            || notify(json!([{ "manager_of": "/partner_id" }]), "onboarding.not_started"),
        ),
    ]
}

/// The texts of those notifications.
pub fn templates() -> Vec<Template> {
    let of = |name, summary, subject, text| Template { name, summary, subject, text };
    vec![
        of(
            "onboarding.started",
            "To a partner's people: their path begins.",
            "Welcome: {{ event.data.onboarding.title }}",
            "Hello {{ person.name }},\n\nyour way with {{ vendor.name }} begins. {{ event.data.onboarding.progress.required }} steps lead to its end; the \
             first of them are open now.",
        ),
        of(
            "onboarding.milestone",
            "To a partner's people: a milestone was reached.",
            "Reached: {{ event.data.milestone }}",
            "Hello {{ person.name }},\n\nyou have reached {{ event.data.milestone }}. {{ event.data.onboarding.progress.percent }} % of the way is done.",
        ),
        of(
            "onboarding.completed",
            "To both sides: a partner has come to the end of its path.",
            "Onboarding is complete",
            "Hello {{ person.name }},\n\nall that {{ event.data.onboarding.title }} asks for is done.",
        ),
        of(
            "onboarding.stopped",
            "To the channel manager: an onboarding was stopped.",
            "An onboarding was stopped",
            "Hello {{ person.name }},\n\nthe onboarding {{ event.data.onboarding.title }} was stopped. {{ event.data.onboarding.reason }}",
        ),
        of(
            "onboarding_task.due_soon",
            "To whoever owes a task: it is due soon.",
            "Due soon: {{ event.data.onboarding_task.title }}",
            "Hello {{ person.name }},\n\n{{ event.data.onboarding_task.title }} is to be done until {{ event.data.onboarding_task.due_at | date }}.",
        ),
        of(
            "onboarding_task.overdue",
            "To whoever owes a task, and the channel manager: its time has passed.",
            "Overdue: {{ event.data.onboarding_task.title }}",
            "Hello {{ person.name }},\n\n{{ event.data.onboarding_task.title }} was to be done until {{ event.data.onboarding_task.due_at | date }}.",
        ),
        of(
            "onboarding.not_started",
            "To the channel manager: which path is for a partner cannot be told.",
            "A partner has no path yet",
            "Hello {{ person.name }},\n\na partner has entered onboarding and could not be put on a path. {{ event.data.reason }}",
        ),
    ]
}
