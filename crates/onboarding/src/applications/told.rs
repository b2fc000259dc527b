//! What people are told of applications, until a vendor decides otherwise: the applicant of every step, the vendor's people of what waits for them.

use kernel::steps::{Standard, Template};
use serde_json::{Value, json};

fn notify(to: Value, template: &str) -> Value {
    json!([{ "step": "notify", "with": { "to": to, "template": template } }])
}

/// Declares for each event a letter to the applicant: the automation, its template and its words.
macro_rules! letters {
    ($($automation:literal on $event:literal says $template:literal: $summary:literal, $subject:literal, $text:literal;)+) => {
        fn letters() -> Vec<Standard> {
            vec![$(Standard {
                name: $automation,
                summary: $summary,
                on: $event,
                when: "true",
                steps: || notify(json!([{ "applicant": "/application/id" }]), $template),
            }),+]
        }

        fn letter_templates() -> Vec<Template> {
            vec![$(Template { name: $template, summary: $summary, subject: $subject, text: $text }),+]
        }
    };
}

letters! {
    "application-started" on "application.started" says "application.started": "Send who wants to apply the link to their application.",
        "Your application to {{ vendor.name }}",
        "Hello {{ person.name }},\n\nopen this link to confirm your address and to go on with your application to {{ vendor.name }}. You can come back to it \
         at any time:\n\n{{ link.url }}\n\nThe link is for you alone. If you did not expect this, leave it be.\n";
    "application-link-requested" on "application.link_requested" says "application.link": "Send an applicant a new link.",
        "Your application to {{ vendor.name }}",
        "Hello {{ person.name }},\n\nthis is the link to your application to {{ vendor.name }}:\n\n{{ link.url }}\n\nIt is for you alone. If you did not expect \
         this, leave it be.\n";
    "application-expiring" on "application.expiring" says "application.expiring": "Remind an applicant of a draft or a question.",
        "Your application to {{ vendor.name }} waits for you",
        "Hello {{ person.name }},\n\nyour application to {{ vendor.name }} is {{ event.data.application.status | words }} and ends on \
         {{ event.data.application.expires_at | date }}:\n\n{{ link.url }}\n";
    "application-expired" on "application.expired" says "application.expired": "Tell an applicant that a draft has expired.",
        "Your application to {{ vendor.name }} has ended",
        "Hello {{ person.name }},\n\nyour application to {{ vendor.name }} was never submitted and has ended. You are welcome to start another.\n";
    "application-received" on "application.submitted" says "application.received": "Tell an applicant that the application has come in.",
        "We have your application",
        "Hello {{ person.name }},\n\nthank you: {{ vendor.name }} has your application for {{ event.data.application.company.name }}. We write to you as soon as \
         it moves.\n";
    "application-asked" on "application.information_requested" says "application.information_requested": "Ask an applicant for more.",
        "A question about your application",
        "Hello {{ person.name }},\n\n{{ event.data.application.question }}\n\nPlease answer by {{ event.data.application.expires_at | date }}:\n\n{{ link.url }}\n";
    "application-lapsed" on "application.lapsed" says "application.lapsed": "Tell an applicant that a question was never answered.",
        "Your application to {{ vendor.name }} has ended",
        "Hello {{ person.name }},\n\nwe had no answer to our question, so your application to {{ vendor.name }} has ended. You are welcome to start another.\n";
    "application-approved" on "application.approved" says "application.approved": "Tell an applicant that they are a partner now.",
        "Welcome to {{ vendor.name }}",
        "Hello {{ person.name }},\n\n{{ event.data.application.company.name }} is a partner of {{ vendor.name }} now. {{ event.data.application.reason }}\n\n\
         How to sign in comes in a letter of its own.\n";
    "application-refused" on "application.refused" says "application.refused": "Tell an applicant that the application was refused, and why.",
        "Your application to {{ vendor.name }}",
        "Hello {{ person.name }},\n\nwe have looked at your application and cannot take it up. {{ event.data.application.reason }}\n";
    "application-withdrawn" on "application.withdrawn" says "application.withdrawn": "Confirm to an applicant that the application was taken back.",
        "Your application was taken back",
        "Hello {{ person.name }},\n\nyour application to {{ vendor.name }} was taken back. You are welcome to start another.\n";
}

/// The automations about applications that every vendor has.
pub fn standard_automations() -> Vec<Standard> {
    let mut standard = letters();
    standard.push(Standard {
        name: "application-to-review",
        summary: "Tell the reviewer that an application waits for them.",
        on: "application.review_begun",
        when: "has(event.data.application.internal.assignee_id)",
        steps: || notify(json!([{ "person": "/application/internal/assignee_id" }]), "application.to_review"),
    });
    standard.push(Standard {
        name: "application-unassigned",
        summary: "Tell the channel managers that an application waits and is nobody's.",
        on: "application.review_begun",
        when: "!has(event.data.application.internal.assignee_id)",
        steps: || notify(json!([{ "role": "channel_manager" }]), "application.to_review"),
    });
    standard.push(Standard {
        name: "application-assigned",
        summary: "Tell a person of the vendor that an application is theirs to review.",
        on: "application.assigned",
        when: "true",
        steps: || notify(json!([{ "person": "/application/internal/assignee_id" }]), "application.to_review"),
    });
    standard
}

/// The texts of those notifications.
pub fn templates() -> Vec<Template> {
    let mut templates = letter_templates();
    templates.push(Template {
        name: "application.to_review",
        summary: "To the vendor's people: an application waits.",
        subject: "An application waits: {{ event.data.application.company.name }}",
        text: "Hello {{ person.name }},\n\n{{ event.data.application.company.name }} ({{ event.data.application.company.country }}) applies and waits for your review.",
    });
    templates
}
