//! From stranger to selling partner: applications, vetting, agreements, the path to the first deal.

pub mod agreements;
pub mod applications;
pub mod error;
pub mod paths;
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
    OpenApiRouter::new().merge(applications::router()).merge(vetting::router()).merge(paths::router()).merge(agreements::router())
}

/// Every event that this crate publishes.
pub fn event_kinds() -> Vec<EventKind> {
    [applications::events::event_kinds(), vetting::events::event_kinds(), paths::event_kinds(), agreements::event_kinds()]
        .into_iter()
        .flatten()
        .collect()
}

/// What this crate keeps about people.
pub fn holders() -> Vec<Holder> {
    vec![applications::personal::holder(), vetting::personal::holder(), paths::holder(), agreements::holder()]
}

/// Every column of this crate that holds sealed values.
pub fn sealed() -> Vec<Sealed> {
    Vec::new()
}

/// What this crate's timers do.
pub fn timers(timers: Timers) -> Timers {
    agreements::timers(paths::timers(vetting::timers(applications::timers(timers))))
}

/// What follows the log.
pub fn readers() -> Vec<Reader> {
    [applications::readers(), vetting::readers(), paths::readers()].into_iter().flatten().collect()
}

/// What automations can do here.
pub fn steps() -> Vec<Step> {
    Vec::new()
}

/// The automations that every vendor has until it changes them.
pub fn standard_automations() -> Vec<Standard> {
    [
        applications::told::standard_automations(),
        vetting::told::standard_automations(),
        paths::standard_automations(),
        agreements::standard_automations(),
    ]
    .concat()
}

/// The texts of their notifications.
pub fn templates() -> Vec<Template> {
    [applications::told::templates(), vetting::told::templates(), paths::templates(), agreements::templates()].concat()
}

/// Background work.
pub fn workers() -> Vec<Worker> {
    Vec::new()
}

/// Keep the caches of this crate true to the log. Once, at start.
pub fn follow(app: &App) {
    paths::follow(app);
    applications::versions::follow(app);
    applications::alike::follow(app);
}
