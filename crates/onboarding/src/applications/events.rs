//! What applications publish.

use super::forms::types::{ApplicationForm, ApplicationFormVersion};
use super::types::Application;
use super::versions::AdmissionRuleVersion;
use kernel::log::EventKind;
use kernel::personal::{DataSubject, Personal};
use kernel::{Event, Subject};
use serde::Serialize;
use utoipa::ToSchema;

macro_rules! application_events {
    ($($name:ident = $kind:literal $summary:literal;)+) => {
        $(#[doc = $summary]
        #[derive(Debug, Serialize, ToSchema)]
        pub struct $name {
            /// The application as it now is, without its answers.
            pub application: Application,
        }

        impl Event for $name {
            const TYPE: &'static str = $kind;
            fn subject(&self) -> Subject {
                Subject::new("application", self.application.id, self.application.revision)
            }
            fn personal(&self) -> Vec<Personal> {
                contact(&self.application)
            }
        })+

        fn application_event_kinds() -> Vec<EventKind> {
            vec![$(EventKind::of::<$name>($summary)),+]
        }
    };
}

application_events! {
    ApplicationStarted = "application.started" "Somebody wants to apply and is to confirm their address.";
    ApplicationLinkRequested = "application.link_requested" "An applicant is to get a new link.";
    ApplicationConfirmed = "application.confirmed" "An applicant confirmed their address.";
    ApplicationExpiring = "application.expiring" "A draft, or an unanswered question, has little time left.";
    ApplicationExpired = "application.expired" "A draft was never submitted.";
    ApplicationSubmitted = "application.submitted" "An application was handed in, or in again with answers.";
    ApplicationReviewed = "application.review_begun" "An application waits for a person of the vendor.";
    ApplicationInformationRequested = "application.information_requested" "An applicant was asked for more.";
    ApplicationLapsed = "application.lapsed" "An applicant never answered.";
    ApplicationAssigned = "application.assigned" "An application was given to a reviewer.";
    ApplicationApproved = "application.approved" "An applicant became a partner.";
    ApplicationRefused = "application.refused" "An application was refused.";
    ApplicationWithdrawn = "application.withdrawn" "An applicant took their application back.";
    ApplicationFirstLogin = "application.first_login" "The person of a new partner signed in for the first time.";
    ApplicationFirstSignature = "application.first_signature" "A new partner's first agreement was signed by all.";
    ApplicationFirstDeal = "application.first_deal" "A new partner's first deal was approved.";
    ApplicationUpdated = "application.updated" "What is known of an application was changed.";
}

/// Whoever applies is no person here yet.
fn contact(application: &Application) -> Vec<Personal> {
    let contact = &application.contact;
    let members = &["/application/contact/email", "/application/contact/name", "/application/contact/phone", "/application/contact/job_title"];
    let whose = DataSubject::contact(Some(&contact.email), contact.name.as_deref().unwrap_or_default());
    vec![Personal { whose, members }]
}

macro_rules! further_events {
    ($($name:ident = $kind:literal $summary:literal, $field:ident: $type:ty;)+) => {
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

        fn further_event_kinds() -> Vec<EventKind> {
            vec![$(EventKind::of::<$name>($summary)),+]
        }
    };
}

further_events! {
    ApplicationFormOpened = "application_form.created" "A form was made by which companies apply.", application_form: ApplicationForm;
    ApplicationFormClosed = "application_form.closed" "A form takes no applications any more.", application_form: ApplicationForm;
    ApplicationFormVersionDrafted = "application_form_version.drafted" "A version of a form was drafted.",
        application_form_version: ApplicationFormVersion;
    ApplicationFormVersionPublished = "application_form_version.published" "A version of a form was published.",
        application_form_version: ApplicationFormVersion;
    AdmissionRulesDrafted = "admission_rules.drafted" "A version of the rules of admission was drafted.", admission_rules: AdmissionRuleVersion;
    AdmissionRulesPublished = "admission_rules.published" "A version of the rules of admission was published.", admission_rules: AdmissionRuleVersion;
}

/// Every event of applications.
pub fn event_kinds() -> Vec<EventKind> {
    [application_event_kinds(), further_event_kinds()].into_iter().flatten().collect()
}
