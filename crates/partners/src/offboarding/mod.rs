//! Parting from a partner: one call, a day, and everything that follows.
//!
//! **Offboarding** sets the day. Until then the partner is `offboarding`: its people may come in, it gets nothing new, and it can be **undone**. On the
//! day (a timer; at once if there is none) it is `ended`: its people are out at that instant, whatever they hold, it is told by mail, and what
//! it has is handed over **part by part** ([`crate::ports::Leaving`]): sessions and keys are closed, deals released, given to the successor or to the
//! manager, leads offered to the next, referrals closed with their rewards kept, contracts and documents given a date until which they are kept.
//! A timer carries the parts out in small steps; the record tells how far each has come and what could not be handed over.

pub(crate) mod events;
pub(crate) mod http;
mod parts;
pub(crate) mod policy;
mod service;
pub(crate) mod store;
pub(crate) mod told;
mod types;

use kernel::timers::Timers;

/// What the timer of offboarding does: end it on the day, then hand over step by step.
pub(crate) fn timers(timers: Timers) -> Timers {
    timers.on(service::TIMER, |tx, subject| Box::pin(service::fire(tx, subject)))
}
