//! Automations: when an event occurs and a rule holds, do steps, now or later.
//!
//! An **automation** is data: the types of events that start it (`on`), a CEL expression that must hold (`when`), and **steps**, each
//! something that a domain offers (`notify`, `deal.extend`), with parameters, perhaps a delay (`after`) and a condition that is asked when
//! it is due (`while`). **Standard** automations come with the domains; every vendor has them until it changes them, and no row is kept
//! for one that it did not change. A vendor's change is a row under the same name; deleting that goes back to the standard.
//!
//! A **run** is one event that started one automation. [`service::follow`] reads the log and plans runs, in the write that moves its
//! cursor; each step is then taken in a write of its own that records it, by a kernel timer ([`service::fire`]): exactly once, in order,
//! whoever dies. What a step emits names the automation as its actor.
//!
//! - Planned steps keep what they were planned with: a later edit is for later events. Disabling leaves them be unless told otherwise;
//!   deleting cancels them.
//! - Delays count from the event, or from a moment in its data. What would have been due in the past is done at once; a step `before` a
//!   moment that has itself passed, or that is not there, is skipped and says so.
//! - A step that is refused is recorded and not retried; one that breaks is, [`service::fire::ATTEMPTS`] times in all. Either way the
//!   steps after it are taken.
//! - An automation whose own events start it again is stopped: at [`service::follow::DEPTH`] runs in a chain, or
//!   [`service::follow::AVALANCHE`] that go back to one event.
//!
//! Runs are no events: what they do is, and a run per event would double the log and feed on itself. One that broke for good is told of
//! (`automation_run.failed`).

pub mod catalogue;
pub mod error;
pub mod events;
pub mod facts;
pub mod http;
pub mod rules;
pub mod runs;
pub mod service;
pub mod store;
pub mod types;

pub use catalogue::Catalogue;

use kernel::App;
use kernel::log::EventKind;
use kernel::timers::Timers;
use kernel::workers::Worker;
use utoipa_axum::router::OpenApiRouter;

kernel::define_id!(
    /// One event that started one automation.
    AutomationRunId, "run");

/// Every route of this crate under `/v1`.
pub fn router() -> OpenApiRouter<App> {
    http::router()
}

/// Every event that this crate publishes.
pub fn event_kinds() -> Vec<EventKind> {
    events::event_kinds()
}

/// What this crate's timers do.
pub fn timers(timers: Timers) -> Timers {
    timers
        .on(service::fire::TIMER, |tx, subject| Box::pin(service::fire::fire(tx, subject)))
        .on(service::sweep::TIMER, |tx, subject| Box::pin(service::sweep::fire(tx, subject)))
}

/// Background work: the log is followed.
pub fn workers() -> Vec<Worker> {
    vec![service::follow::worker()]
}
