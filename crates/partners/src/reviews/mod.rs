//! Reviews of a partner: what was found on a day (strengths, weaknesses, opportunities and threats, a summary), and the **actions** that were agreed.
//!
//! A review is the vendor's own until it is **shared**: then the partner's people read it and its actions, and complete those that their side owes.
//! An action is `open`, then `done` or `dropped`, and may be opened again; if it is open after its day, that is told once. So is the day on which the
//! next review is due (`next_on`).

pub(crate) mod actions;
pub(crate) mod events;
pub(crate) mod http;
mod service;
pub(crate) mod store;
pub(crate) mod told;
mod types;

use kernel::timers::Timers;

kernel::define_id!(
    /// A review of a partner.
    PartnerReviewId, "prv");
kernel::define_id!(
    /// An action that was agreed in a review.
    PartnerReviewActionId, "pra");

/// What the timers of reviews do: tell that the next one is due, and that an action is late.
pub(crate) fn timers(timers: Timers) -> Timers {
    let timers = timers.on(service::TIMER, |tx, subject| Box::pin(service::fire(tx, subject)));
    timers.on(actions::service::TIMER, |tx, subject| Box::pin(actions::service::fire(tx, subject)))
}
