//! Hygiene: what has gone stale, has nobody, or is there twice.
//!
//! An **audit** goes through accounts, deals, opportunities and partners, every night at an hour of the vendor's business calendar or when somebody asks
//! for it. What it comes upon is a **finding** of some kind ([`HygieneKind`]), known by what it is about: the same one is not listed again the next night
//! but seen again. Life: `open → resolved`, when an audit no longer comes upon it; `open → dismissed`, by a person, with a reason and perhaps for some time.
//! What is dismissed stays so until its time is over or the facts are others ([`rules`]); what is resolved and comes back is open again. It keeps
//! the time at which it was first seen.
//!
//! An audit is carried out in **steps** ([`work`]), each a page of rows: read and compared without a transaction, then written together with the audit's new
//! place. So it holds no transaction for long, is anybody's to go on with when its instance dies, and each page counts once. One runs at a time;
//! a night that comes while one runs is skipped.
//!
//! Duplicates are not looked for among all pairs: each account is compared with those that the index of names or an exact key puts beside it, a bounded
//! number ([`look`]), so the work grows with the number of accounts. What people judged of two companies outranks what the comparison says.

mod audits;
pub mod events;
mod findings;
mod look;
mod nightly;
mod personal;
pub mod rules;
mod settings;
pub mod store;
mod told;
mod types;
mod work;

pub use nightly::TIMER;
pub use personal::holder;
pub use settings::{HygieneSettings, HygieneSettingsInForce};
pub use told::{standard_automations, templates};
pub use types::{HygieneAudit, HygieneFinding, HygieneKind};
pub use work::worker;

use kernel::App;
use kernel::readers::{React, Reader};
use kernel::timers::Timers;
use utoipa_axum::router::OpenApiRouter;

kernel::define_id!(
    /// An audit of hygiene.
    HygieneAuditId, "hya");
kernel::define_id!(
    /// Something that an audit came upon.
    HygieneFindingId, "hyf");

/// Every route of hygiene.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().merge(settings::router()).merge(audits::router()).merge(findings::router())
}

/// What the timers of hygiene do.
pub fn timers(timers: Timers) -> Timers {
    timers.on(TIMER, |tx, _| Box::pin(nightly::fire(tx)))
}

/// What follows the log: a new vendor gets its nights, and a duplicate that was merged is none any more.
pub fn readers() -> Vec<Reader> {
    vec![
        Reader { name: "hygiene.nights", types: &["vendor.created"], relevant: None, react: React::Each(|tx, _| Box::pin(nightly::schedule(tx))) },
        Reader {
            name: "hygiene.merged",
            types: &["account.merged"],
            relevant: None,
            react: React::Each(|tx, event| Box::pin(findings::merged(tx, event))),
        },
    ]
}
