//! Incumbents: who sold a subscription may renew it.
//!
//! When a deal with subscription lines is won, its partner becomes the **incumbent** of that customer for these products, if a rule of the commercial
//! terms says so: from so many days before the renewal date until so many after it, only the incumbent may register the renewal. There is one
//! incumbent of a customer and product: its keys are held in the database, whoever races for them. A timer opens the window and tells the incumbent. A
//! registration by the incumbent for these products, or one that names the incumbency (`renews`), is a **renewal**; another's is refused or sent to review,
//! as the rule said, and meets a conflict of its own kind (`incumbent`) without learning who that is.
//!
//! Life: `holding → open → renewed | lapsed | lost`, and `ended` by hand or by a move: a move ends one partner's incumbency and begins another's, so
//! that neither reads of the other. A renewal that is being worked on keeps an incumbency from lapsing; one that is lost ends it.

pub mod events;
pub mod hand;
pub mod http;
pub mod look;
pub mod personal;
pub mod service;
pub mod store;
pub mod told;
pub mod types;

pub use look::{Standing, completed, facts_of, look, nobody};
pub use service::{let_go, registered, won};

use kernel::App;
use kernel::timers::Timers;
use utoipa_axum::router::OpenApiRouter;

kernel::define_id!(
    /// A partner's right to renew.
    IncumbencyId, "inc");

/// Every route of incumbencies.
pub fn router() -> OpenApiRouter<App> {
    http::router()
}

/// What the timers of incumbencies do.
pub fn timers(timers: Timers) -> Timers {
    timers.on(service::CLOCK, |tx, subject| Box::pin(service::tick(tx, subject)))
}
