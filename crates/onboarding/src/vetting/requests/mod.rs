//! What check providers are asked, and what they answer.
//!
//! When somebody is vetted, or becomes known, each active provider whose rule holds gets a **request** ([`crate::asking`]): a provider is asked once about
//! the same subject at a time. Life: `requested → pending → answered | unanswered`; `cancelled` when the subject or the provider is gone. An answer becomes a
//! check in the register like any other, so that a hit waits for a person and `blocked` suspends; one that did not come in time counts as the provider's
//! `unanswered` says. What a person decided about an answer stays as long as the same answer comes about the same facts. When an answer is no good any more,
//! a timer asks again.
//!
//! Of an applicant, who is no partner yet, answers are kept with the request: all clear approves by rule, anything else is for a person. They come into the
//! register of the partner that it becomes.

mod applicants;
mod ask;
mod callback;
mod clock;
pub mod events;
pub mod http;
pub mod rules;
pub mod service;
pub mod store;
pub mod types;

pub use applicants::{Outcome, follow_approved, outcome, waits};
pub use ask::worker;
pub(crate) use callback::router as callback_router;
pub use clock::timers;

kernel::define_id!(
    /// A request to a provider of checks.
    CheckRequestId, "chq");
