//! Surveys: what partners' people think, asked by a link that answers once.
//!
//! A **survey** is a version of its name with questions (PSAT 1–5, NPS 0–10, choice, text) in the vendor's languages. It never changes: whoever wants other
//! questions makes the next version. It is `open` until it is closed.
//!
//! An **invitation** asks one person once about one thing: sent by hand, or by the step `survey.send` of an automation (at the end of a path, after a deal).
//! Whom it asks gets a letter with a link of their own; only hashes of links are kept. Whoever holds the link reads the questions and answers without a
//! login, once, until it expires. Answers lie as numbers by question with the partner's type, tier, region and month at that time: results are sums of them.
//! A score at or below the survey's bounds is an event of its own, of which the partner's channel manager is notified.

mod asked;
mod events;
mod http;
mod invitations;
pub mod letters;
mod personal;
mod public;
mod results;
pub mod rules;
mod step;
mod store;
mod told;
mod types;

pub use events::event_kinds;
pub use personal::holder;
pub use step::steps;
pub use told::{standard_automations, templates};

use kernel::App;
use utoipa_axum::router::OpenApiRouter;

kernel::define_id!(
    /// A version of a survey.
    SurveyId, "svy");
kernel::define_id!(
    /// A person who is asked by a survey.
    SurveyInvitationId, "svi");

/// Every route of surveys.
pub fn router() -> OpenApiRouter<App> {
    http::router().merge(results::router()).merge(public::router())
}
