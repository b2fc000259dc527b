//! Access reviews: who has access, why, and whether they still should.
//!
//! A **review** lists people and API keys as **items**, each with its role, how it got in, its reach, when it was last used and whether it is dormant.
//! **Reviewers** (each partner's channel manager, each partner's own people who may review, or people named) keep or revoke; nobody decides
//! on themselves. To revoke is to deactivate the person, which ends every session, or to revoke the key, at once. A review's mandate suffices for
//! it: a reviewer need not be one who manages people. Those who manage access see and may decide everything, but revoke
//! only people who may do no more than they may themselves.
//!
//! Life: `preparing → open → (closing →) closed`. A timer lists who has access, some hundreds a write, so that a large vendor waits for nothing. The
//! review is of those who were active when it was started: who comes later is not in it, and what an item tells is what was so when it was listed.
//! A decision meets the person or key as it is then: whoever was shut out meanwhile stays so, and `keep` lets nobody in again. The
//! review closes by itself when all is decided. What is undecided at the deadline is revoked or kept, as the review says; the
//! vendor's last admin key is never revoked, and its item says so.

mod closing;
mod decide;
mod events;
mod export;
mod http;
mod listing;
mod personal;
mod service;
mod store;
mod types;

pub use types::*;

pub(crate) use events::event_kinds;
pub(crate) use http::router;
pub(crate) use personal::holders;

use kernel::timers::Timers;

kernel::define_id!(
    /// A review of who has access.
    AccessReviewId, "arv");
kernel::define_id!(
    /// Somebody, or some key, in an access review.
    AccessReviewItemId, "ari");

/// The timer that lists who has access.
const LIST: &str = "access_review.list";
/// The timer that settles what is undecided.
const CLOSE: &str = "access_review.close";

pub(crate) fn timers(timers: Timers) -> Timers {
    timers.on(LIST, |tx, subject| Box::pin(listing::fire(tx, subject))).on(CLOSE, |tx, subject| Box::pin(closing::fire(tx, subject)))
}
