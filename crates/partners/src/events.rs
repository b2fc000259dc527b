//! What happens to partners, as the log tells it.

use crate::resource::Partner;
use kernel::log::EventKind;
use kernel::{Event, Subject};
use serde::Serialize;
use utoipa::ToSchema;

macro_rules! partner_event {
    ($(#[$doc:meta])* $name:ident, $kind:literal $(, $(#[$field_doc:meta])* $field:ident: $type:ty)?) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Serialize, ToSchema)]
        pub struct $name {
            /// The partner as it now is.
            pub partner: Partner,
            $($(#[$field_doc])* pub $field: $type,)?
        }
        impl Event for $name {
            const TYPE: &'static str = $kind;
            fn subject(&self) -> Subject {
                Subject::new("partner", self.partner.id, self.partner.revision)
            }
        }
    };
}

partner_event!(
    /// A partner was added.
    PartnerCreatedEvent, "partner.created");
partner_event!(
    /// A partner was changed.
    PartnerUpdatedEvent, "partner.updated",
    /// The fields that changed.
    changed: Vec<String>);
partner_event!(
    /// A partner was suspended: its people are shut out.
    PartnerSuspendedEvent, "partner.suspended");
partner_event!(
    /// A suspended partner was let in again.
    PartnerReinstatedEvent, "partner.reinstated");

/// Every event that this crate publishes.
pub fn event_kinds() -> Vec<EventKind> {
    let mut kinds = vec![
        EventKind::of::<PartnerCreatedEvent>("A partner was added."),
        EventKind::of::<PartnerUpdatedEvent>("A partner was changed."),
        EventKind::of::<PartnerSuspendedEvent>("A partner was suspended: its people are shut out."),
        EventKind::of::<PartnerReinstatedEvent>("A suspended partner was let in again."),
    ];
    kinds.extend(crate::life::events::event_kinds());
    kinds.extend(crate::offboarding::events::event_kinds());
    kinds.extend(crate::offboarding::policy::event_kinds());
    kinds.extend(crate::contacts::events::event_kinds());
    kinds.extend(crate::contracts::events::event_kinds());
    kinds.extend(crate::documents::events::event_kinds());
    kinds.extend(crate::notes::events::event_kinds());
    kinds.extend(crate::esg::events::event_kinds());
    kinds.extend(crate::esg::policy::event_kinds());
    kinds
}
