//! What surveys publish.

use super::types::{Survey, SurveyInvitation};
use kernel::log::EventKind;
use kernel::{Event, Subject};
use serde::Serialize;
use utoipa::ToSchema;

macro_rules! survey_events {
    ($function:ident, $field:ident: $type:ty; $($name:ident = $kind:literal $summary:literal;)+) => {
        $(#[doc = $summary]
        #[derive(Debug, Serialize, ToSchema)]
        pub struct $name {
            /// As it now is.
            pub $field: $type,
        }
        impl Event for $name {
            const TYPE: &'static str = $kind;
            fn subject(&self) -> Subject {
                Subject::new(stringify!($field), self.$field.id, self.$field.revision)
            }
        })+
        fn $function() -> Vec<EventKind> {
            vec![$(EventKind::of::<$name>($summary)),+]
        }
    };
}

survey_events! { survey_kinds, survey: Survey;
    SurveyCreated = "survey.created" "A version of a survey was made.";
    SurveyClosed = "survey.closed" "A survey is asked no more.";
}

survey_events! { invitation_kinds, survey_invitation: SurveyInvitation;
    SurveyInvitationSent = "survey_invitation.sent" "A person is asked by a survey.";
    SurveyInvitationAnswered = "survey_invitation.answered" "A person has answered a survey.";
    SurveyInvitationLow = "survey_invitation.scored_low" "The answers of a person are low.";
    SurveyLinkRequested = "survey_invitation.link_requested" "A person is to get a new link to a survey.";
}

/// Every event of surveys.
pub fn event_kinds() -> Vec<EventKind> {
    [survey_kinds(), invitation_kinds()].into_iter().flatten().collect()
}
