//! The hub: the organisations in a vendor's program.
//!
//! A **partner** is an organisation of some **type** (reseller, MSP, ISV, …) with what the program knows of it:
//! tier, region, country, **specialisations**, custom fields, a **parent** (the group that it belongs to; the chain
//! is short and has no circle) and the **channel manager** in charge, a person of the vendor.
//!
//! Life: `prospect → applicant → onboarding → active ⇄ inactive → offboarding → ended`; each move is an action with a reason ([`life`]). A partner may be
//! **suspended** from wherever its people have access: they are shut out at once; it is **reinstated** to where it was.
//! Partners are never deleted, since deals and money name them.
//!
//! A partner's own people see their own organisation only, without the reason of its status.

pub mod error;
mod events;
mod http;
pub mod life;
mod resource;
pub mod rules;
pub mod service;
mod store;

pub use events::{PartnerCreatedEvent, PartnerReinstatedEvent, PartnerSuspendedEvent, PartnerUpdatedEvent, event_kinds};
pub use http::router;
pub use resource::{Partner, PartnerCreate, PartnerPatch, PartnerSuspend};
pub use life::events::PartnerStatusChangedEvent;
pub use life::rules::{PartnerAction, PartnerStart, PartnerStatus};
pub use life::service::{reinstate, suspend};
pub use rules::PartnerType;
pub use service::create;
pub use store::{active_page, find, find_many, named, names, partner};
