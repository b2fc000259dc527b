//! From stranger to selling partner: applications, vetting, agreements, the path to the first deal.

pub mod agreements;
pub mod applications;
pub mod asking;
pub mod error;
mod letter_links;
pub mod paths;
pub mod ports;
pub mod profile;
pub mod provisioning;
mod reading;
pub mod surveys;
mod versioned;
pub mod vetting;
pub mod walkthroughs;

use kernel::locale::Languages;
use kernel::log::EventKind;
use kernel::personal::Holder;
use kernel::readers::Reader;
use kernel::seal::Sealed;
use kernel::steps::{Standard, Step, Template};
use kernel::timers::Timers;
use kernel::workers::Worker;
use kernel::{App, Problem, Tx};
use utoipa_axum::router::OpenApiRouter;

/// Every route of this crate under `/v1`.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(applications::router())
        .merge(vetting::router())
        .merge(paths::router())
        .merge(agreements::router())
        .merge(profile::router())
        .merge(provisioning::router())
        .merge(surveys::router())
        .merge(walkthroughs::router())
}

/// Every event that this crate publishes.
pub fn event_kinds() -> Vec<EventKind> {
    [
        applications::events::event_kinds(),
        vetting::events::event_kinds(),
        paths::event_kinds(),
        agreements::event_kinds(),
        profile::events::event_kinds(),
        provisioning::events::event_kinds(),
        surveys::event_kinds(),
        walkthroughs::event_kinds(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// What this crate keeps about people.
pub fn holders() -> Vec<Holder> {
    vec![
        applications::personal::holder(),
        vetting::personal::holder(),
        paths::holder(),
        agreements::holder(),
        surveys::holder(),
        walkthroughs::holder(),
    ]
}

/// Every column of this crate that holds sealed values.
pub fn sealed() -> Vec<Sealed> {
    vec![provisioning::SEALED, vetting::providers::store::SEALED, agreements::SEALED]
}

/// What this crate's timers do.
pub fn timers(timers: Timers) -> Timers {
    agreements::timers(paths::timers(vetting::timers(applications::timers(timers))))
}

/// What follows the log.
pub fn readers() -> Vec<Reader> {
    [applications::readers(), vetting::readers(), paths::readers(), provisioning::readers()].into_iter().flatten().collect()
}

/// What automations can do here.
pub fn steps() -> Vec<Step> {
    surveys::steps()
}

/// The automations that every vendor has until it changes them.
pub fn standard_automations() -> Vec<Standard> {
    [
        applications::told::standard_automations(),
        vetting::told::standard_automations(),
        paths::standard_automations(),
        agreements::standard_automations(),
        provisioning::told::standard_automations(),
        surveys::standard_automations(),
    ]
    .concat()
}

/// The texts of their notifications.
pub fn templates() -> Vec<Template> {
    [
        applications::told::templates(),
        vetting::told::templates(),
        paths::templates(),
        agreements::templates(),
        provisioning::told::templates(),
        surveys::templates(),
    ]
    .concat()
}

/// Somebody outside to whom letters go: who applies, signs or is asked by a survey. Ids tell them apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addressee {
    /// The address.
    pub email: String,
    /// Their name; the address, where none was told.
    pub name: String,
    /// The languages that they read, the best first.
    pub languages: Languages,
    /// A link of their own, while anything may come of it.
    pub link: Option<String>,
}

/// Whom to write to about the thing of this id; nobody, if there is none, it is over or they were erased.
pub async fn addressee(tx: &mut Tx, id: &str) -> Result<Option<Addressee>, Problem> {
    if let Some(applicant) = applications::letters::addressee(tx, id).await? {
        return Ok(Some(applicant));
    }
    if let Some(signer) = agreements::letters::addressee(tx, id).await? {
        return Ok(Some(signer));
    }
    surveys::letters::addressee(tx, id).await
}

/// Background work.
pub fn workers() -> Vec<Worker> {
    vec![provisioning::ask::worker(), vetting::requests::worker(), agreements::outside::worker()]
}

/// Keep the caches of this crate true to the log. Once, at start.
pub fn follow(app: &App) {
    paths::follow(app);
    profile::follow(app);
    walkthroughs::follow(app);
    applications::versions::follow(app);
    applications::alike::follow(app);
}
