//! What is told of contracts.

use super::types::PartnerContract;
use kernel::log::EventKind;
use kernel::{Event, Subject};
use serde::Serialize;
use utoipa::ToSchema;

macro_rules! contract_events {
    ($($name:ident = $kind:literal $summary:literal;)+) => {
        $(#[doc = $summary]
        #[derive(Debug, Serialize, ToSchema)]
        pub struct $name {
            /// The contract as it now is.
            pub partner_contract: PartnerContract,
        }

        impl Event for $name {
            const TYPE: &'static str = $kind;
            fn subject(&self) -> Subject {
                Subject::new("partner_contract", self.partner_contract.id, self.partner_contract.revision)
            }
        })+

        pub(crate) fn event_kinds() -> Vec<EventKind> {
            vec![$(EventKind::of::<$name>($summary)),+]
        }
    };
}

contract_events! {
    PartnerContractCreatedEvent = "partner_contract.created" "A contract with a partner was kept.";
    PartnerContractUpdatedEvent = "partner_contract.updated" "A contract with a partner was changed.";
    PartnerContractExpiringEvent = "partner_contract.expiring" "A contract with a partner ends, or renews itself, soon: notice can still be given.";
    PartnerContractRenewedEvent = "partner_contract.renewed" "A contract with a partner has renewed itself.";
    PartnerContractTerminatedEvent = "partner_contract.terminated" "Notice was given of a contract with a partner.";
    PartnerContractExpiredEvent = "partner_contract.expired" "The last day of a contract with a partner is over.";
}
