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

pub mod contacts;
pub mod contracts;
pub mod documents;
pub mod error;
pub mod esg;
mod events;
pub mod facts;
mod http;
pub mod languages;
pub mod life;
pub mod notes;
pub mod offboarding;
mod personal;
pub mod ports;
mod resource;
pub mod rules;
pub mod service;
mod store;

use kernel::personal::Holder;
use kernel::readers::Reader;
use kernel::steps::{Standard, Template};
use kernel::timers::Timers;

pub use events::{PartnerCreatedEvent, PartnerReinstatedEvent, PartnerSuspendedEvent, PartnerUpdatedEvent, event_kinds};
pub use http::router;
pub use life::events::PartnerStatusChangedEvent;
pub use life::rules::{PartnerAction, PartnerStart, PartnerStatus};
pub use life::service::{reinstate, suspend};
pub use resource::{Partner, PartnerCreate, PartnerPatch, PartnerSuspend};
pub use rules::PartnerType;
pub use service::create;
pub use store::{active_page, alike, find, find_many, named, names, page, partner};

/// What this crate keeps about people.
pub fn holders() -> Vec<Holder> {
    vec![contacts::personal::holder(), notes::personal::holder(), personal::holder()]
}

/// What this crate's timers do.
pub fn timers(timers: Timers) -> Timers {
    esg::timers(contracts::timers(offboarding::timers(timers)))
}

/// What follows the log.
pub fn readers() -> Vec<Reader> {
    vec![contacts::follow::reader()]
}

/// The automations that every vendor has until it changes them.
pub fn standard_automations() -> Vec<Standard> {
    [offboarding::told::standard_automations(), contracts::told::standard_automations(), esg::told::standard_automations()].concat()
}

/// The texts of their notifications.
pub fn templates() -> Vec<Template> {
    [offboarding::told::templates(), contracts::told::templates(), esg::told::templates()].concat()
}
