//! Facts about a partner's sustainability (ESG): certificates, reports, ratings, pledges and policies, with their dates.
//!
//! A partner's own people hand a fact in, or the vendor's do; the vendor **verifies** it or **refuses** it with a reason. What is verified is `valid` until
//! its last day, `expiring` from some days before (`warn_days` of the vendor's policy on the day on which it was handed in), and then `expired`: a timer tells
//! both. Facts are never changed: a new certificate is a new fact. What is verified and has not expired counts in the rules of the ideal partner profile.

pub(crate) mod events;
pub(crate) mod http;
pub(crate) mod policy;
pub mod rules;
mod service;
pub(crate) mod store;
mod summary;
pub(crate) mod told;
mod types;

pub use summary::{EsgSummary, summaries};

use kernel::timers::Timers;

kernel::define_id!(
    /// A fact about a partner's sustainability.
    PartnerEsgFactId, "esg");

/// What the timer of these facts does: tell that one expires, or has.
pub(crate) fn timers(timers: Timers) -> Timers {
    timers.on(service::TIMER, |tx, subject| Box::pin(service::fire(tx, subject)))
}
