//! The ideal partner profile: what a partner is like that the vendor looks for, as weighted criteria.
//!
//! A **profile** is data, versioned and published like the rules of admission; one version is in force. Each **criterion** is a CEL expression over
//! `company`, `fields` and `now` with a weight. A **score** is what of the weight is sure to be met, 0 to 100, with each criterion explained: met, not met,
//! or unknown, because a fact is not on record. What is unknown earns nothing, and `at_most` says what the score would be if all of it were met: nothing is
//! guessed, and whoever writes rules can tell the poor from the unknown.
//!
//! Applicants are scored when they hand in, by what they told; the score is a fact for the rules of admission and kept with the application. Partners are
//! scored when somebody asks, by what the hub holds now, so no score is ever stale. Scores are the vendor's own: no applicant and no partner sees one.

pub mod events;
pub mod facts;
mod http;
pub mod rules;
pub mod types;
pub mod versions;

pub use versions::follow;

use kernel::App;
use utoipa_axum::router::OpenApiRouter;

kernel::define_id!(
    /// A version of the ideal partner profile.
    IdealProfileId, "ipp");

/// Every route of the profile.
pub fn router() -> OpenApiRouter<App> {
    versions::router().merge(http::router())
}
