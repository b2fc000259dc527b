//! What special prices publish. Of the words, whoever asked is the data subject: their erasure takes them out of the log.

use super::types::PricingRequest;
use kernel::log::EventKind;
use kernel::personal::{DataSubject, Personal};
use kernel::{Event, Subject};
use serde::Serialize;
use utoipa::ToSchema;

fn written(request: &PricingRequest) -> Vec<Personal> {
    let members = &["/pricing_request/reason", "/pricing_request/competitor"];
    request.requested_by.into_iter().map(|person| Personal { whose: DataSubject::Person(person), members }).collect()
}

macro_rules! pricing_events {
    ($($name:ident = $kind:literal $summary:literal;)+) => {
        $(#[doc = $summary]
        #[derive(Debug, Serialize, ToSchema)]
        pub struct $name {
            /// The request as it now is.
            pub pricing_request: PricingRequest,
            /// What came with it.
            #[serde(skip_serializing_if = "Option::is_none")]
            pub note: Option<String>,
        }

        impl Event for $name {
            const TYPE: &'static str = $kind;
            fn subject(&self) -> Subject {
                Subject::new("pricing_request", self.pricing_request.id, self.pricing_request.revision)
            }
            fn personal(&self) -> Vec<Personal> {
                written(&self.pricing_request)
            }
        })+

        /// Everything that special prices publish.
        pub fn event_kinds() -> Vec<EventKind> {
            vec![$(EventKind::of::<$name>($summary)),+]
        }
    };
}

pricing_events! {
    PricingRequestCreated = "pricing_request.created" "A partner asked for a special price.";
    PricingApprovalGiven = "pricing_request.approval_given" "A special price was approved by one person, and needs another's approval.";
    PricingRequestApproved = "pricing_request.approved" "A special price was approved, by rule or by hand, and stands.";
    PricingRequestDeclined = "pricing_request.declined" "A special price was declined.";
    PricingRequestCountered = "pricing_request.countered" "Another price was offered to a partner that asked for one.";
    PricingRequestWithdrawn = "pricing_request.withdrawn" "A partner took back its request for a special price.";
    PricingRequestExpiring = "pricing_request.expiring" "A special price ends soon.";
    PricingRequestExpired = "pricing_request.expired" "The time of a special price, or of a request for one, is over.";
    PricingRequestRevoked = "pricing_request.revoked" "A special price, or a request for one, ended: by the vendor, with its deal, or since its lines were changed.";
    PricingRequestSuperseded = "pricing_request.superseded" "A later special price stands in place of this one.";
    PricingRequestUsed = "pricing_request.used" "A deal was won at its special price.";
    PricingRequestUpdated = "pricing_request.updated" "What is kept of a request for a special price was changed.";
}
