//! What people are told of surveys, until a vendor decides otherwise.

use kernel::steps::{Standard, Template};
use serde_json::{Value, json};

/// A letter to whoever is asked: it alone carries a link.
fn letter(template: &str) -> Value {
    json!([{ "step": "notify", "with": { "to": [{ "applicant": "/survey_invitation/id" }], "template": template } }])
}

/// The automations about surveys that every vendor has.
pub fn standard_automations() -> Vec<Standard> {
    let of = |name, summary, on, steps| Standard { name, summary, on, when: "true", steps };
    vec![
        of("survey-sent", "Send whoever is asked by a survey the link to answer by.", "survey_invitation.sent", || letter("survey.sent")),
        of("survey-link", "Send whoever is asked by a survey a new link.", "survey_invitation.link_requested", || letter("survey.sent")),
        of("survey-reminder", "Remind whoever has not answered a survey after a week.", "survey_invitation.sent", || {
            json!([{ "step": "notify", "with": { "to": [{ "applicant": "/survey_invitation/id" }], "template": "survey.reminder" }, "after": { "days": 7 },
                "while": "latest.data.survey_invitation.status == \"sent\"" }])
        }),
        of(
            "survey-low",
            "Give the channel manager the task to look at a low answer.",
            "survey_invitation.scored_low",
            || json!([{ "step": "notify", "with": { "to": [{ "manager_of": "/survey_invitation/partner_id" }], "template": "survey.low" } }]),
        ),
    ]
}

/// The texts of those notifications.
pub fn templates() -> Vec<Template> {
    let of = |name, summary, subject, text| Template { name, summary, subject, text };
    vec![
        of(
            "survey.sent",
            "To whoever is asked: the link to a survey.",
            "{{ vendor.name }} would like to know what you think",
            "Hello {{ person.name }},\n\na few questions, answered in a minute and without a login:\n\n{{ link.url }}\n\nThe link is for you alone and answers once, until \
             {{ event.data.survey_invitation.expires_at | date }}.\n",
        ),
        of(
            "survey.reminder",
            "To whoever has not answered: the survey still waits.",
            "{{ vendor.name }} still would like to know what you think",
            "Hello {{ person.name }},\n\nyour answer is still welcome, until {{ event.data.survey_invitation.expires_at | date }}:\n\n{{ link.url }}\n",
        ),
        of(
            "survey.low",
            "To the channel manager: somebody of a partner answered a survey with a low score.",
            "To do: a low answer to {{ event.data.survey_invitation.survey }}",
            "Hello {{ person.name }},\n\nsomebody of a partner of yours has answered {{ event.data.survey_invitation.survey }} with a low score \
             (PSAT {{ event.data.survey_invitation.psat | default('-') }}, NPS {{ event.data.survey_invitation.nps | default('-') }}). Please look at the answer and talk to \
             them.",
        ),
    ]
}
