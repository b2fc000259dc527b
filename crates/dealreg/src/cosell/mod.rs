//! Co-sell requests: help that is asked for with a deal, in one place for both sides, from the question to who contributed what.
//!
//! A **request** names kinds of **help** out of the vendor's own catalogue, which stands with the rules of engagement ([`terms`]). It is answered at
//! once where a rule says so, else by somebody of the vendor. For each help the rules name who is brought in: a person or a queue, with cover for
//! whoever is away; where they name nobody, or nobody who can, the deal's channel manager ([`bring`]). A deal has one open request at most.
//!
//! **Participants** are people of both sides. Whoever leaves, or may no longer take part, is replaced for the helps that nobody else covers
//! ([`follow`]). **Tasks** are the next steps ([`tasks`]): in order, each with an owner on either side and a due time; discussion is the deal's comments.
//!
//! At the end either side **proposes** who contributed what, in hundredths of a percent that are 10,000 together; the other confirms, or answers
//! with a proposal of its own, or the vendor settles it ([`contributions`]). What was settled is a record that is never changed.
//!
//! Life ([`rules`]): `requested → accepted → working → closing → completed`, `declined`, `cancelled`. When its deal is won or lost the work is over
//! (`closing`); when the deal ends otherwise, or before the request was answered, it is cancelled. Timers ([`clock`]) tell what is overdue,
//! again and again; automations act on that ([`told`]).

mod bring;
mod clock;
mod contributions;
mod events;
mod follow;
mod http;
mod participants;
mod personal;
pub mod rules;
mod service;
mod store;
mod task_store;
mod task_types;
mod tasks;
mod terms;
mod told;
mod types;

pub use events::event_kinds;
pub use follow::readers;
pub use http::router;
pub use personal::holder;
pub use service::{ask_with, check_asked, waiting};
pub use terms::{CosellTerms, CosellVariables, check_published};
pub use told::{standard_automations, steps, templates};
pub use types::{CosellAsk, CosellRequest};

pub(crate) use terms::Compiled;

use kernel::timers::Timers;

kernel::define_id!(
    /// A co-sell request.
    CosellRequestId, "csr");
kernel::define_id!(
    /// A next step of a co-sell request.
    CosellTaskId, "cst");
kernel::define_id!(
    /// A record of who contributed what.
    CosellContributionId, "csc");

/// What this module's timers do.
pub fn timers(timers: Timers) -> Timers {
    timers
        .on(clock::TIMER, |tx, subject| Box::pin(clock::fire(tx, subject)))
        .on(clock::TASK, |tx, subject| Box::pin(clock::fire_task(tx, subject)))
        .on(follow::TIMER, |tx, subject| Box::pin(follow::fire(tx, subject)))
}
