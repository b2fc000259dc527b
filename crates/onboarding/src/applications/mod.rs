//! Applications: how a stranger asks to become a partner.
//!
//! A **form** ([`forms`]) is data: a JSON Schema of the vendor's own questions with a layout, in versions and languages. What every application tells of a
//! company (name, country, domain, tax number, type, regions, languages, contact) has a fixed meaning and is never part of a schema.
//!
//! Whoever starts an **application** gives an e-mail address and gets a letter with a secret **link** ([`links`]), by which they fill in, submit, answer and
//! withdraw; to hold the link is to have confirmed the address. Only then is anything prefilled ([`prefill`]). A stranger is told nothing.
//!
//! On submission the **rules of admission** ([`rulebook`]), versioned and published, decide at once over what is known: answers, duplicates ([`alike`]),
//! kind of address, and whether a screening list names them. Life: `draft → in_review ⇄ information_requested → approved | refused`; `withdrawn`,
//! `expired` (a draft) and `lapsed` (an unanswered question). Approval makes the partner, its first person and their invitation in one write; the
//! company's exact keys are taken with it, so that one company becomes one partner, whoever races ([`approve`]).

pub mod alike;
pub mod applicant;
pub mod approve;
pub mod clock;
pub mod counted;
pub mod events;
pub mod firsts;
pub mod forms;
pub mod funnel;
pub mod http;
pub mod letters;
pub mod links;
pub mod moves;
pub mod own;
pub mod personal;
pub mod prefill;
pub mod public;
pub mod review;
pub mod rulebook;
pub mod rules;
pub mod start;
pub mod store;
pub mod sums;
pub mod told;
pub mod types;
pub mod versions;

use kernel::App;
use kernel::readers::Reader;
use kernel::timers::Timers;
use utoipa_axum::router::OpenApiRouter;

kernel::define_id!(
    /// An application to become a partner.
    ApplicationId, "app");
kernel::define_id!(
    /// A form by which companies apply.
    ApplicationFormId, "apf");
kernel::define_id!(
    /// A version of a form.
    ApplicationFormVersionId, "afv");
kernel::define_id!(
    /// A version of the rules of admission.
    AdmissionRulesId, "adr");

/// Every route of applications.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().merge(http::router()).merge(public::router()).merge(forms::router()).merge(versions::router()).merge(funnel::router())
}

/// What the timers of applications do.
pub fn timers(timers: Timers) -> Timers {
    timers.on(clock::TIMER, |tx, subject| Box::pin(clock::fire(tx, subject)))
}

/// What follows the log.
pub fn readers() -> Vec<Reader> {
    firsts::readers().into_iter().chain([sums::reader()]).collect()
}
