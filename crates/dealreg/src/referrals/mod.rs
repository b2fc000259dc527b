//! Referrals: a partner that does not sell hands in a prospect, and is told of each step.
//!
//! A **referral** names a company. It is compared at once with what is there: a company that was referred before, or that a partner holds under
//! protection, is rejected with the reason; the first wins, since each exact key of the company is held by one live referral. The
//! vendor **accepts** it, works it (in stages, by hand or by the opportunity in its CRM), and **closes** it. What is won earns a **reward**, by
//! published rules ([`crate::leads::rulebook`]): an immutable record of what is due, with the rule and the facts that it saw. A sale
//! that is undone gets a record against it. Paying is not done here.
//!
//! Life: `submitted → accepted → won | lost`, `rejected`, `withdrawn`, `expired`; `won → accepted` when the sale is undone.

pub mod events;
pub mod http;
pub mod personal;
pub mod rules;
pub mod service;
pub mod store;
pub mod told;
pub mod types;

use kernel::App;
use kernel::readers::{React, Reader};
use kernel::timers::Timers;
use utoipa_axum::router::OpenApiRouter;

kernel::define_id!(
    /// A referral.
    ReferralId, "rfl");
kernel::define_id!(
    /// A record of a reward.
    ReferralRewardId, "rwd");

/// Every route of referrals.
pub fn router() -> OpenApiRouter<App> {
    http::router()
}

/// What the timers of referrals do.
pub fn timers(timers: Timers) -> Timers {
    timers.on(service::EXPIRY, |tx, subject| Box::pin(service::expire(tx, subject)))
}

/// What follows the log: a referral follows the opportunity in the vendor's CRM.
pub fn readers() -> Vec<Reader> {
    vec![Reader {
        name: "referrals.opportunities",
        types: &["opportunity.created", "opportunity.updated"],
        relevant: Some(|app, event| Box::pin(service::concerns(app, event))),
        react: React::Each(|tx, event| Box::pin(service::follow(tx, event))),
    }]
}
