//! Paths: what has to happen from the day on which a partner is accepted until it sells, and where each partner stands.
//!
//! A **path** is data, versioned and published: for which partners it is (`when`, CEL over `partner`), and its **milestones** in order, each
//! with **tasks** that the partner or the vendor owes: what comes before them, by when, with what evidence, and which event of the log ends
//! them by itself (a deal approved, a first sign-in). A published version is never changed.
//!
//! An **onboarding** is one partner on one version of a path. It begins when the partner's status becomes `onboarding` and a path is for it, or
//! by hand; a partner has at most one that runs. Life of a task: `waiting → open → done | skipped`, back to `open` by the vendor's hand, `dropped`
//! when the partner is moved to a path without it. A task that an event ends is ended even while it waits: what is done is done.
//! Life of an onboarding: `running → completed` with its last required task, or `stopped`.
//!
//! Texts are kept in the vendor's languages; whoever asks gets the nearest to theirs ([`kernel::locale`]).

mod body;
mod events;
mod follow;
mod http;
mod personal;
mod rules;
mod service;
mod store;
mod tasks;
mod told;
mod types;
mod versions;
mod way;
pub(crate) mod written;

pub use events::event_kinds;
pub use follow::{follow, readers};
pub use personal::holder;
pub use told::{standard_automations, templates};

use kernel::App;
use kernel::timers::Timers;
use utoipa_axum::router::OpenApiRouter;

kernel::define_id!(
    /// A version of a path.
    OnboardingPathId, "pth");
kernel::define_id!(
    /// A partner on a path.
    OnboardingId, "onb");
kernel::define_id!(
    /// A task of a partner's onboarding.
    OnboardingTaskId, "otk");

/// Every route of paths and onboardings under `/v1`.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().merge(versions::router()).merge(http::router()).merge(tasks::router())
}

/// Tasks become overdue.
pub fn timers(timers: Timers) -> Timers {
    timers.on(service::DUE, |tx, subject| Box::pin(service::fire(tx, subject)))
}
