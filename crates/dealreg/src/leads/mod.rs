//! Leads: prospects that the vendor hands to its partners.
//!
//! A **lead** is captured one by one, by a **form** on a web page, or by an import; **scored** by published rules; and **offered** to one
//! partner at a time, which accepts or declines it within a window. Whoever declines, or lets it lapse, is not asked again, and the next partner
//! is. When nobody is left it goes back to the vendor (`unplaced`).
//!
//! Who is asked next: the partner that holds the company under protection, or a **pin** (a named account, or a rule); else a **ranking** of
//! weighted factors among those that the rules find eligible ([`ranking`]), and among near equals whoever is furthest behind its share ([`share`]).
//!
//! Life: `new → qualified → offered → accepted → working → converted → won | lost`, `unplaced`, `disqualified`; [`rules`] is the table of legal
//! moves. Conversion registers a deal in the ordinary way, so the rules of engagement decide; the lead then follows its deal.

pub mod candidates;
pub mod capture;
pub mod events;
pub mod follow;
pub mod forms;
pub mod http;
pub mod import;
pub mod moves;
pub mod named;
pub mod personal;
pub mod place;
pub mod prospects;
pub mod ranking;
pub mod records;
pub mod reports;
pub mod rulebook;
pub mod rules;
pub mod share;
pub mod store;
pub mod told;
pub mod types;
pub mod versions;

use kernel::App;
use kernel::readers::{React, Reader};
use kernel::timers::Timers;
use utoipa_axum::router::OpenApiRouter;

kernel::define_id!(
    /// A lead.
    LeadId, "lead");
kernel::define_id!(
    /// A version of the rules for leads and referrals.
    LeadRulesId, "lru");
kernel::define_id!(
    /// A form that creates leads.
    LeadFormId, "lfm");
kernel::define_id!(
    /// A company that is one partner's.
    NamedAccountId, "nac");

/// Every route of leads.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().merge(http::router()).merge(forms::router()).merge(named::router()).merge(reports::router()).merge(versions::router())
}

/// What the timers of leads do.
pub fn timers(timers: Timers) -> Timers {
    let timers = timers.on(place::PLACE, |tx, subject| Box::pin(place::fire(tx, subject)));
    timers.on(place::OFFER, |tx, subject| Box::pin(place::look(tx, subject)))
}

/// What follows the log: a lead follows its deal.
pub fn readers() -> Vec<Reader> {
    vec![Reader {
        name: "leads.deals",
        types: &["deal.won", "deal.lost", "deal.rejected", "deal.withdrawn", "deal.expired", "deal.released"],
        relevant: Some(|app, event| Box::pin(follow::concerns(app, event))),
        react: React::Each(|tx, event| Box::pin(follow::follow(tx, event))),
    }]
}
