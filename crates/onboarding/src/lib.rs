//! From stranger to selling partner: applications, vetting, agreements, the path to the first deal.

pub mod error;
pub mod vetting;

use kernel::App;
use kernel::log::EventKind;
use kernel::personal::Holder;
use kernel::readers::Reader;
use kernel::seal::Sealed;
use kernel::steps::{Standard, Step, Template};
use kernel::timers::Timers;
use kernel::workers::Worker;
use utoipa_axum::router::OpenApiRouter;

/// Every route of this crate under `/v1`.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().merge(vetting::router())
}

/// Every event that this crate publishes.
pub fn event_kinds() -> Vec<EventKind> {
    vetting::events::event_kinds()
}

/// What this crate keeps about people.
pub fn holders() -> Vec<Holder> {
    vec![vetting::personal::holder()]
}

/// Every column of this crate that holds sealed values.
pub fn sealed() -> Vec<Sealed> {
    Vec::new()
}

/// What this crate's timers do.
pub fn timers(timers: Timers) -> Timers {
    vetting::timers(timers)
}

/// What follows the log.
pub fn readers() -> Vec<Reader> {
    vetting::readers()
}

/// What automations can do here.
pub fn steps() -> Vec<Step> {
    Vec::new()
}

/// The automations that every vendor has until it changes them.
pub fn standard_automations() -> Vec<Standard> {
    vetting::told::standard_automations()
}

/// The texts of their notifications.
pub fn templates() -> Vec<Template> {
    vetting::told::templates()
}

/// Background work.
pub fn workers() -> Vec<Worker> {
    Vec::new()
}

/// Keep the caches of this crate true to the log. Once, at start.
pub fn follow(_: &App) {}
