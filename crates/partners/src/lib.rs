//! The hub: the organisations in a vendor's program.
//!
//! A **partner** is an organisation of some **type** (reseller, MSP, ISV, …) with what the program knows of it:
//! tier, region, country, **specialisations**, custom fields, a **parent** (the group that it belongs to; the chain
//! is short and has no circle) and the **channel manager** in charge, a person of the vendor.
//!
//! Life: `prospect → onboarding → active ⇄ inactive`, set by hand; `applicant` and `ended` come with joining and
//! leaving. A partner may be **suspended** with a reason from any of those that has access: its people are shut out
//! at once, and **reinstated** to where it was. Partners are never deleted, since deals and money name them.
//!
//! A partner's own people see their own organisation only, without the reason of its status.

pub mod error;
mod events;
mod http;
mod resource;
pub mod rules;
mod service;
mod store;

pub use events::{PartnerCreatedEvent, PartnerReinstatedEvent, PartnerSuspendedEvent, PartnerUpdatedEvent, event_kinds};
pub use http::router;
pub use resource::{Partner, PartnerCreate, PartnerPatch, PartnerSuspend};
pub use rules::{PartnerStatus, PartnerType};
pub use service::{reinstate, suspend};
pub use store::{find, find_many, partner};
