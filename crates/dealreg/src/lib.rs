//! Deal registration: a partner claims a sale, and is answered at once.
//!
//! A **deal** is a partner's claim that it brings a sale to a **customer**. When it is submitted, the
//! vendor's **rules of engagement** in force decide in the same call: approved, rejected, or to be
//! reviewed by a person; the **decision** keeps its reasons, the facts that the rules saw, and the
//! **conflicts** found with other partners' deals and with the vendor's own CRM.
//!
//! An approved deal is under **protection** until a date: it holds the exact keys of its customer
//! (name within country, tax number, domain), and the table of **claims** lets one deal hold a key,
//! so two partners never both get it however they race. Customers who are alike rather than equal are
//! found by an in-memory index of names ([`lookalikes`]), which follows the log; two spellings that
//! arrive in the same instant are found by a reader of the log, which sends the later to review.
//!
//! Life: `draft → (submitted) → approved | in_review | rejected`, `in_review ⇄ information_requested`,
//! `approved → won | lost | expired`, and `withdrawn` from anywhere that is not an end.
//! [`rules`] is the table of legal moves; [`decide`] and [`conflict`] are the business, without I/O.

pub mod assignment;
pub mod conflict;
pub mod decide;
pub mod engagement;
pub mod error;
pub mod events;
pub mod http;
pub mod lookalikes;
pub mod rules;
pub mod service;
pub mod sight;
pub mod steps;
pub mod store;
pub mod types;

use kernel::App;
use kernel::log::EventKind;
use kernel::personal::Holder;
use kernel::readers::Reader;
use kernel::steps::{Standard, Step, Template};
use kernel::timers::Timers;
use kernel::workers::Worker;
use utoipa_axum::router::OpenApiRouter;

kernel::define_id!(
    /// A deal registration.
    DealId, "deal");
kernel::define_id!(
    /// A version of the rules of engagement.
    RulesId, "roe");

/// Every route of this crate under `/v1`.
pub fn router() -> OpenApiRouter<App> {
    http::router()
}

/// What this crate keeps about people.
pub fn holders() -> Vec<Holder> {
    vec![service::holder(), assignment::holder()]
}

/// Every event that this crate publishes.
pub fn event_kinds() -> Vec<EventKind> {
    events::event_kinds()
}

/// Background work: the name index follows the log.
pub fn workers() -> Vec<Worker> {
    vec![lookalikes::worker()]
}

/// What this crate's timers do.
pub fn timers(timers: Timers) -> Timers {
    let timers = timers.on(assignment::TIMER, |tx, subject| Box::pin(assignment::fire(tx, subject)));
    timers.on(service::expiry::TIMER, |tx, subject| Box::pin(service::expiry::fire(tx, subject)))
}

/// The reader that finds lookalikes registered in the same instant.
pub fn readers() -> Vec<Reader> {
    let lookalikes = Reader {
        name: "dealreg.lookalikes",
        types: &[events::DealApproved::KIND],
        relevant: Some(|app, event| Box::pin(service::race::suspicious(app, event))),
        react: |tx, event| Box::pin(service::race::examine(tx, event)),
    };
    vec![lookalikes, assignment::reader()]
}

/// What automations can do with deals.
pub fn steps() -> Vec<Step> {
    [steps::steps(), assignment::steps()].concat()
}

/// The automations about deals that every vendor has until it changes them.
pub fn standard_automations() -> Vec<Standard> {
    assignment::standard_automations()
}

/// The texts of their notifications.
pub fn templates() -> Vec<Template> {
    assignment::templates()
}

/// Keep the caches of this crate true to the log. Once, at start.
pub fn follow(app: &App) {
    service::engagement::follow(app);
    lookalikes::follow(app);
}
