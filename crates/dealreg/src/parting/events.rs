//! What is told of deals that change partners.

use crate::types::Deal;
use kernel::id::PartnerId;
use kernel::log::EventKind;
use kernel::personal::Personal;
use kernel::{Event, Subject};
use serde::Serialize;
use utoipa::ToSchema;

/// A deal was handed over to another partner, with its protection.
#[derive(Debug, Serialize, ToSchema)]
pub struct DealHandedOver {
    /// The deal as it now is.
    pub deal: Deal,
    /// Whose it was.
    pub previous_partner_id: PartnerId,
    /// The reason that came with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

impl Event for DealHandedOver {
    const TYPE: &'static str = "deal.handed_over";
    fn subject(&self) -> Subject {
        Subject::new("deal", self.deal.id, self.deal.revision)
    }
    fn personal(&self) -> Vec<Personal> {
        crate::events::contact(&self.deal)
    }
}

/// The partner of an open deal has left, and somebody of the vendor has to say whose it is now.
#[derive(Debug, Serialize, ToSchema)]
pub struct DealHandoverDue {
    /// The deal as it is.
    pub deal: Deal,
}

impl Event for DealHandoverDue {
    const TYPE: &'static str = "deal.handover_due";
    fn subject(&self) -> Subject {
        Subject::new("deal", self.deal.id, self.deal.revision)
    }
    fn personal(&self) -> Vec<Personal> {
        crate::events::contact(&self.deal)
    }
}

/// Of these, the ones that are the vendor's own.
pub(crate) const INTERNAL: &[&str] = &["deal.handover_due"];

pub(crate) fn event_kinds() -> Vec<EventKind> {
    vec![
        EventKind::of::<DealHandedOver>("A deal was handed over to another partner, with its protection."),
        EventKind::of::<DealHandoverDue>("The partner of an open deal has left, and somebody of the vendor has to say whose it is now."),
    ]
}
