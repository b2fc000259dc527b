//! What agreements and their templates publish.

use super::outside::SignatureServiceId;
use super::outside::types::SignatureService;
use super::types::Agreement;
use super::versions::AgreementTemplate;
use super::{AgreementId, AgreementSignerId};
use kernel::log::EventKind;
use kernel::personal::{DataSubject, Personal};
use kernel::{Event, Subject};
use serde::Serialize;
use utoipa::ToSchema;

macro_rules! template_events {
    ($($name:ident = $kind:literal $summary:literal;)+) => {
        $(#[doc = $summary]
        #[derive(Debug, Serialize, ToSchema)]
        pub struct $name {
            /// The version as it now is.
            pub agreement_template: AgreementTemplate,
        }
        impl Event for $name {
            const TYPE: &'static str = $kind;
            fn subject(&self) -> Subject {
                Subject::new("agreement_template", self.agreement_template.id, self.agreement_template.revision)
            }
        })+
        fn template_event_kinds() -> Vec<EventKind> {
            vec![$(EventKind::of::<$name>($summary)),+]
        }
    };
}

template_events! {
    AgreementTemplateDrafted = "agreement_template.drafted" "A version of a template was drafted.";
    AgreementTemplatePublished = "agreement_template.published" "A version of a template was published.";
    AgreementTemplateRetired = "agreement_template.retired" "No agreement is made of a version of a template any more.";
}

macro_rules! agreement_events {
    ($($name:ident = $kind:literal $summary:literal $({ $(#[$doc:meta])* $field:ident: $type:ty })?;)+) => {
        $(#[doc = $summary]
        #[derive(Debug, Serialize, ToSchema)]
        pub struct $name {
            /// The agreement as it now is.
            pub agreement: Agreement,
            $($(#[$doc])* pub $field: $type,)?
        }
        impl Event for $name {
            const TYPE: &'static str = $kind;
            fn subject(&self) -> Subject {
                Subject::new("agreement", self.agreement.id, self.agreement.revision)
            }
            fn personal(&self) -> Vec<Personal> {
                signers(&self.agreement)
            }
        })+
        fn agreement_event_kinds() -> Vec<EventKind> {
            vec![$(EventKind::of::<$name>($summary)),+]
        }
    };
}

agreement_events! {
    AgreementCreated = "agreement.created" "An agreement was made for a partner.";
    AgreementSent = "agreement.sent" "An agreement was sent to its first signer.";
    AgreementReminded = "agreement.reminded" "Whose turn it is to sign is reminded.";
    AgreementSignedBy = "agreement.signed_by" "A signer has signed." {
        /// Who.
        signer_id: AgreementSignerId
    };
    AgreementCompleted = "agreement.completed" "Everybody has signed an agreement.";
    AgreementDeclined = "agreement.declined" "A signer does not sign an agreement, which ends it." {
        /// Who.
        signer_id: AgreementSignerId
    };
    AgreementExpired = "agreement.expired" "Not everybody signed an agreement in time.";
    AgreementVoidRequested = "agreement.void_requested" "The vendor takes back an agreement that a signature service has signed; it is over when the service says so.";
    AgreementSignatureFailed = "agreement.signature_failed" "A signature service did not take an agreement, or could not be reached for too long.";
    AgreementVoided = "agreement.voided" "The vendor took an agreement back.";
    AgreementSuperseded = "agreement.superseded" "A later version of an agreement was signed." {
        /// The later one.
        by: AgreementId
    };
    AgreementUpdated = "agreement.updated" "What is known of an agreement's signers was changed.";
}

/// Where the signers of an agreement stand in its events.
const PLACES: [&[&str]; 6] = [
    &["/agreement/signers/0/name", "/agreement/signers/0/email"],
    &["/agreement/signers/1/name", "/agreement/signers/1/email"],
    &["/agreement/signers/2/name", "/agreement/signers/2/email"],
    &["/agreement/signers/3/name", "/agreement/signers/3/email"],
    &["/agreement/signers/4/name", "/agreement/signers/4/email"],
    &["/agreement/signers/5/name", "/agreement/signers/5/email"],
];

/// Names and addresses are their signers', and a reason is whose it is who declined.
fn signers(agreement: &Agreement) -> Vec<Personal> {
    let whose = |at: usize| {
        let signer = agreement.signers.get(at)?;
        Some(signer.person_id.map_or_else(|| DataSubject::contact(Some(&signer.email), &signer.name), DataSubject::Person))
    };
    let named = PLACES.into_iter().enumerate().filter_map(|(at, members)| Some(Personal { whose: whose(at)?, members }));
    let declined = agreement.signers.iter().position(|signer| signer.status == super::rules::AgreementSignerStatus::Declined);
    let reason = declined.and_then(whose).map(|whose| Personal { whose, members: &["/agreement/reason"] });
    named.chain(reason).collect()
}

macro_rules! service_events {
    ($($name:ident = $kind:literal $summary:literal;)+) => {
        $(#[doc = $summary]
        #[derive(Debug, Serialize, ToSchema)]
        pub struct $name {
            /// The service as it now is.
            pub signature_service: SignatureService,
        }
        impl Event for $name {
            const TYPE: &'static str = $kind;
            fn subject(&self) -> Subject {
                Subject::new("signature_service", self.signature_service.id, self.signature_service.revision)
            }
        })+
        fn service_event_kinds() -> Vec<EventKind> {
            vec![$(EventKind::of::<$name>($summary)),+, EventKind::of::<SignatureServiceDeleted>("A signature service was deleted with its credentials.")]
        }
    };
}

service_events! {
    SignatureServiceCreated = "signature_service.created" "A signature service was added.";
    SignatureServiceUpdated = "signature_service.updated" "A signature service was changed.";
}

/// A signature service was deleted with its credentials.
#[derive(Debug, Serialize, ToSchema)]
pub struct SignatureServiceDeleted {
    /// Its id.
    pub id: SignatureServiceId,
}

impl Event for SignatureServiceDeleted {
    const TYPE: &'static str = "signature_service.deleted";
    fn subject(&self) -> Subject {
        Subject::new("signature_service", self.id, 0)
    }
}

/// Every event of agreements, their templates and signature services.
pub fn event_kinds() -> Vec<EventKind> {
    [template_event_kinds(), agreement_event_kinds(), service_event_kinds(), super::gates::event_kinds()].into_iter().flatten().collect()
}
