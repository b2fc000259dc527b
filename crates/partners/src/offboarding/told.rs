//! What is told of an offboarding: to the partner's people by mail when they can come in no more, else by notifications.

use super::store::OffboardingRow;
use crate::store::partner;
use kernel::mail::Letter;
use kernel::steps::{Standard, Template};
use kernel::{Problem, Tx};
use serde_json::{Value, json};

/// The most people that are written to.
const MOST: u64 = 200;

/// Write to the people of a partner that ends with this write: they will not be able to read it here.
pub(super) async fn by_mail(tx: &Tx, partner: &partner::Model, row: &OffboardingRow) -> Result<(), Problem> {
    if !kernel::mail::is_configured(tx.app()) {
        return Ok(());
    }
    for person in access::people::of_partner(tx, tx.vendor(), row.partner(), uuid::Uuid::nil(), MOST).await? {
        let Some(person) = access::people::find(tx, tx.vendor(), person).await? else { continue };
        let notice = row.notice.as_deref().map(|notice| format!("\n\n{notice}")).unwrap_or_default();
        let text = format!(
            "Hello {},\n\nthe partnership of {} has ended, and with it your access.{notice}\n\nWhat is due to you stays due.",
            person.name, partner.name
        );
        kernel::mail::send(tx, Letter { to: person.email, subject: "Your partnership has ended".into(), text, html: None }).await?;
    }
    Ok(())
}

fn notify(to: Value, template: &str) -> Value {
    json!([{ "step": "notify", "with": { "to": to, "template": template } }])
}

/// The automations about partners that leave.
pub(crate) fn standard_automations() -> Vec<Standard> {
    vec![
        Standard {
            name: "partner-offboarding-scheduled",
            summary: "Tell a partner and its channel manager on which day it leaves.",
            on: "partner.offboarding_scheduled",
            when: "true",
            steps: || notify(json!([{ "partner": "/partner/id" }, { "manager_of": "/partner/id" }]), "partner.offboarding_scheduled"),
        },
        Standard {
            name: "partner-offboarding-undone",
            summary: "Tell a partner and its channel manager that it does not leave after all.",
            on: "partner.offboarding_undone",
            when: "true",
            steps: || notify(json!([{ "partner": "/partner/id" }, { "manager_of": "/partner/id" }]), "partner.offboarding_undone"),
        },
        Standard {
            name: "partner-offboarding-done",
            summary: "Tell the channel manager that what a partner had is handed over, and what is left.",
            on: "partner.offboarding_done",
            when: "true",
            steps: || notify(json!([{ "manager_of": "/partner/id" }]), "partner.offboarding_done"),
        },
    ]
}

/// The texts of those notifications.
pub(crate) fn templates() -> Vec<Template> {
    vec![
        Template {
            name: "partner.offboarding_scheduled",
            summary: "To a partner's people and its channel manager: the day on which it leaves.",
            subject: "{{ event.data.partner.name }} leaves the program",
            text: "Hello {{ person.name }},\n\nthe partnership of {{ event.data.partner.name }} ends on {{ event.data.offboarding.effective_at | date }}. \
                   {{ event.data.offboarding.notice }}",
        },
        Template {
            name: "partner.offboarding_undone",
            summary: "To a partner's people and its channel manager: it does not leave after all.",
            subject: "{{ event.data.partner.name }} stays in the program",
            text: "Hello {{ person.name }},\n\nthe partnership of {{ event.data.partner.name }} goes on.",
        },
        Template {
            name: "partner.offboarding_done",
            summary: "To the channel manager: what a partner had that has left is handed over.",
            subject: "{{ event.data.partner.name }} has left",
            text: "Hello {{ person.name }},\n\nwhat {{ event.data.partner.name }} had is handed over. \
                   {% for part in event.data.offboarding.parts %}{{ part.part }}: {{ part.handed_over }}, left: {{ part.left | length }}. {% endfor %}",
        },
    ]
}
