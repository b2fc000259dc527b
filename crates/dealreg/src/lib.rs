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
//! `approved → won | lost | expired | released`, and `withdrawn` from anywhere that is not an end.
//! Protection lasts while the deal makes **progress** ([`progress`]); more time is asked for ([`extension`]); and a customer that became free is
//! offered to those who waited for it ([`watch`]). Why a decision is as it is, [`explain`] says; what is protected, a [`certificate`].
//! [`rules`] is the table of legal moves; [`decide`] and [`conflict`] are the business, without I/O.

pub mod certificate;
pub mod conflict;
pub mod decide;
pub mod engagement;
pub mod error;
pub mod events;
pub mod explain;
pub mod extension;
pub mod http;
pub mod lookalikes;
pub mod notices;
pub mod progress;
pub mod rules;
pub mod service;
pub mod sight;
pub mod simulation;
pub mod steps;
pub mod store;
pub mod types;
pub mod watch;

use kernel::App;
use kernel::log::EventKind;
use kernel::personal::Holder;
use kernel::readers::Reader;
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
    vec![service::holder()]
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
    let timers = timers.on(service::watch::TIMER, |tx, subject| Box::pin(service::watch::fire(tx, subject)));
    timers.on(service::expiry::TIMER, |tx, subject| Box::pin(service::expiry::fire(tx, subject)))
}

/// The reader that finds lookalikes registered in the same instant.
pub fn readers() -> Vec<Reader> {
    vec![Reader {
        name: "dealreg.lookalikes",
        types: &[events::DealApproved::KIND],
        relevant: Some(|app, event| Box::pin(service::race::suspicious(app, event))),
        react: |tx, event| Box::pin(service::race::examine(tx, event)),
    }]
}

/// What partners and their managers are told, until a vendor changes it.
pub fn standard_automations() -> Vec<kernel::steps::Standard> {
    notices::standard()
}

/// In which words.
pub fn templates() -> Vec<kernel::steps::Template> {
    notices::templates()
}

/// Keep the caches of this crate true to the log. Once, at start.
pub fn follow(app: &App) {
    service::engagement::follow(app);
    lookalikes::follow(app);
}

/// What automations can do with deals.
pub fn steps() -> Vec<kernel::steps::Step> {
    steps::steps()
}
