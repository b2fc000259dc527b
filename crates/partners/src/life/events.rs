//! What is told of a partner's life.

use super::rules::PartnerStatus;
use crate::resource::Partner;
use kernel::log::EventKind;
use kernel::{Event, Subject};
use serde::Serialize;
use utoipa::ToSchema;

/// A partner has moved on, or back. Suspension and reinstatement have events of their own.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PartnerStatusChangedEvent {
    /// The partner as it now is, with the reason for the vendor's own people.
    pub partner: Partner,
    /// Where it stood before.
    pub from: PartnerStatus,
    /// Where it stands now.
    pub to: PartnerStatus,
    /// The action that moved it, or `set` if its status was set by hand. More may come.
    pub action: String,
}

impl Event for PartnerStatusChangedEvent {
    const TYPE: &'static str = "partner.status_changed";
    fn subject(&self) -> Subject {
        Subject::new("partner", self.partner.id, self.partner.revision)
    }
}

pub(crate) fn event_kinds() -> Vec<EventKind> {
    vec![EventKind::of::<PartnerStatusChangedEvent>("A partner has moved on in its life, or back.")]
}
