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
//! `approved → won | lost | expired`, and `withdrawn` from anywhere that is not an end.
//! What a partner earns by it, [`commercial`] terms say; a lower price is asked for ([`pricing`]), and who sold a subscription may renew it ([`incumbency`]).
//! [`review`] keeps what waits for a person from stalling, and [`remarks`] is what people say about a deal.
//! What is there twice, stale or nobody's, an audit of [`hygiene`] tells; what is here of an account follows it when it is merged ([`following`]).
//! [`rules`] is the table of legal moves; [`decide`] and [`conflict`] are the business, without I/O.

pub mod assignment;
pub mod certificate;
pub mod commercial;
pub mod conflict;
pub mod cosell;
pub mod decide;
pub mod disputes;
pub mod engagement;
pub mod error;
pub mod events;
pub mod explain;
pub mod extension;
pub mod following;
pub mod http;
pub mod hygiene;
pub mod incumbency;
pub mod leads;
pub mod lookalikes;
pub mod notices;
pub mod parting;
pub mod pricing;
pub mod progress;
pub mod referrals;
pub mod remarks;
pub mod review;
pub mod rules;
pub mod service;
pub mod sight;
pub mod simulation;
mod sql;
pub mod steps;
pub mod store;
pub mod types;
pub mod verdicts;
pub mod watch;

use kernel::App;
use kernel::log::EventKind;
use kernel::personal::Holder;
use kernel::readers::{React, Reader};
use kernel::steps::{Standard, Step, Template};
use kernel::timers::Timers;
use kernel::workers::Worker;
use utoipa_axum::router::OpenApiRouter;

kernel::define_id!(
    /// A deal registration.
    DealId, "deal");
kernel::define_id!(
    /// Something that was said about a deal: a comment, or a note of the vendor's.
    RemarkId, "rmk");
kernel::define_id!(
    /// A version of the rules of engagement.
    RulesId, "roe");

pub use cosell::CosellRequestId;
pub use leads::LeadId;
pub use referrals::ReferralId;

/// Every route of this crate under `/v1`.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(http::router())
        .merge(leads::router())
        .merge(referrals::router())
        .merge(commercial::router())
        .merge(pricing::router())
        .merge(incumbency::router())
        .merge(cosell::router())
        .merge(hygiene::router())
        .merge(parting::router())
}

/// What this crate keeps about people.
pub fn holders() -> Vec<Holder> {
    vec![
        service::holder(),
        remarks::holder(),
        assignment::holder(),
        disputes::holder(),
        verdicts::holder(),
        leads::personal::holder(),
        referrals::personal::holder(),
        pricing::personal::holder(),
        incumbency::personal::holder(),
        cosell::holder(),
        hygiene::holder(),
    ]
}

/// Every event that this crate publishes.
pub fn event_kinds() -> Vec<EventKind> {
    let kinds = [
        events::event_kinds(),
        parting::events::event_kinds(),
        disputes::event_kinds(),
        verdicts::event_kinds(),
        leads::events::event_kinds(),
        referrals::events::event_kinds(),
        commercial::events::event_kinds(),
        pricing::events::event_kinds(),
        incumbency::events::event_kinds(),
        cosell::event_kinds(),
        hygiene::events::event_kinds(),
    ];
    kinds.into_iter().flatten().collect()
}

/// Background work: the name index follows the log, and audits are carried out.
pub fn workers() -> Vec<Worker> {
    vec![lookalikes::worker(), hygiene::worker()]
}

/// What this crate's timers do.
pub fn timers(timers: Timers) -> Timers {
    let timers = timers
        .on(service::expiry::TIMER, |tx, subject| Box::pin(service::expiry::fire(tx, subject)))
        .on(service::watch::TIMER, |tx, subject| Box::pin(service::watch::fire(tx, subject)))
        .on(assignment::TIMER, |tx, subject| Box::pin(assignment::fire(tx, subject)))
        .on(review::service::TIMER, |tx, subject| Box::pin(review::fire(tx, subject)))
        .on(review::service::CALENDARS, |tx, subject| Box::pin(review::service::follow_calendars(tx, subject)));
    let timers = leads::timers(referrals::timers(disputes::timers(timers)));
    hygiene::timers(cosell::timers(incumbency::timers(pricing::timers(timers))))
}

/// What follows the log: lookalikes registered in the same instant, people and calendars that change, leads and referrals.
pub fn readers() -> Vec<Reader> {
    let deals = vec![
        Reader {
            name: "dealreg.lookalikes",
            types: &[events::DealApproved::KIND],
            relevant: Some(|app, event| Box::pin(service::race::suspicious(app, event))),
            react: React::Each(|tx, event| Box::pin(service::race::examine(tx, event))),
        },
        Reader {
            name: "dealreg.review_calendars",
            types: &["business_calendar.created", "business_calendar.updated", "business_calendar.deleted"],
            relevant: None,
            react: React::Each(|tx, event| Box::pin(review::service::calendar_changed(tx, event))),
        },
        assignment::reader(),
    ];
    [deals, leads::readers(), referrals::readers(), cosell::readers(), hygiene::readers()].into_iter().flatten().collect()
}

/// What automations can do here.
pub fn steps() -> Vec<Step> {
    [steps::steps(), review::steps::steps(), assignment::steps(), disputes::steps(), leads::told::steps(), cosell::steps()].concat()
}

/// The automations that every vendor has until it changes them.
pub fn standard_automations() -> Vec<Standard> {
    [
        notices::standard(),
        parting::told::standard_automations(),
        review::steps::standard_automations(),
        assignment::standard_automations(),
        disputes::standard_automations(),
        leads::told::standard_automations(),
        referrals::told::standard_automations(),
        pricing::told::standard_automations(),
        incumbency::told::standard_automations(),
        cosell::standard_automations(),
        hygiene::standard_automations(),
    ]
    .concat()
}

/// The texts of their notifications.
pub fn templates() -> Vec<Template> {
    [
        notices::templates(),
        parting::told::templates(),
        review::steps::templates(),
        assignment::templates(),
        disputes::templates(),
        leads::told::templates(),
        referrals::told::templates(),
        pricing::told::templates(),
        incumbency::told::templates(),
        cosell::templates(),
        hygiene::templates(),
    ]
    .concat()
}

/// Keep the caches of this crate true to the log. Once, at start.
pub fn follow(app: &App) {
    service::engagement::follow(app);
    lookalikes::follow(app);
    leads::versions::follow(app);
    commercial::versions::follow(app);
}
