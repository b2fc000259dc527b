//! Vetting: is this a company that one may do business with?
//!
//! A **screening list** is what an authority publishes (OFAC, UN); it has versions, and each publication is compared with the one before by
//! the entries' published ids. **Subjects** are partners, their owners and their people. A **check** is a record that is never rewritten by a machine:
//! kind, subject, result (`clear`, `review`, `blocked`), the list versions and evidence that it rests on, the policy, and who reviewed it. The vendor's
//! **policy** is versioned and says which checks there are and where review and blocking begin.
//!
//! - A new version of a list is a **run**: what changed in it is held against everybody, in bounded steps. A subject that changes is screened by itself.
//! - A person **clears** or **confirms** what is under review. That holds for the subject's facts and the version of the entry, and outranks every score until
//!   one of the two changes.
//! - A partner with a blocked check is suspended; when the last one goes (the entry is removed, the match cleared), the suspension is lifted, if vetting made it.
//! - **Providers** outside are asked what we do not know ourselves (credit, adverse media, owners): see [`providers`] and [`requests`]. Their answers are checks
//!   like any other.
//!
//! A partner's own people learn whether a check is pending, passed or failed, and nothing else.

pub mod checks;
pub mod events;
pub mod lists;
pub mod owners;
pub mod personal;
pub mod policy;
pub mod providers;
pub mod requests;
pub mod rules;
pub mod runs;
pub mod screen;
pub mod subjects;
pub mod told;

use kernel::App;
use kernel::Problem;
use kernel::readers::Reader;
use kernel::timers::Timers;
use serde::Serialize;
use serde::de::DeserializeOwned;
use utoipa_axum::router::OpenApiRouter;

kernel::define_id!(
    /// A screening list.
    ScreeningListId, "scl");
kernel::define_id!(
    /// Everybody held against what changed in a list.
    ScreeningRunId, "scr");
kernel::define_id!(
    /// A check.
    VettingCheckId, "vck");
kernel::define_id!(
    /// An owner of a partner.
    PartnerOwnerId, "own");

/// Every route of vetting.
pub fn router() -> OpenApiRouter<App> {
    let providers = providers::http::router().merge(requests::http::router()).merge(requests::callback_router());
    lists::http::router().merge(runs::router()).merge(owners::router()).merge(checks::http::router()).merge(policy::router()).merge(providers)
}

/// What timers do.
pub fn timers(timers: Timers) -> Timers {
    requests::timers(timers).on(runs::STEP, |tx, subject| Box::pin(runs::step(tx, subject)))
}

/// What follows the log: who there is, and what they are called.
pub fn readers() -> Vec<Reader> {
    vec![subjects::reader()]
}

/// What is stored as JSON, read back.
pub(crate) fn json<T: DeserializeOwned>(text: &str) -> Result<T, Problem> {
    serde_json::from_str(text).map_err(Problem::internal)
}

/// A value as it is stored.
pub(crate) fn text(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
