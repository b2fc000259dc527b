//! Special prices: a partner asks for a discount on lines of its deal, with a reason; the vendor approves, whole or in part, declines or counters.
//!
//! The commercial terms say whose approval a discount needs: none up to a limit, one person's up to another, two people's above. What is counted is
//! what is **granted**, by whoever grants it; a figure that changes begins the count anew, and a counter-offer is its author's approval. A price is valid until
//! a date, which is warned of; it counts in the deal's estimate until that instant and not a moment longer, whatever timers do. It is revoked when the
//! deal ends or its lines change, and used up when the deal is won. A deal has one request that nobody has answered, and one price that stands.
//!
//! Life: `open ⇄ countered → approved`, `declined`, `withdrawn`; `approved → used | revoked | superseded | expired`. Every step locks the deal first.

pub mod events;
pub mod http;
pub mod personal;
pub mod rules;
pub mod service;
pub mod store;
pub mod told;
pub mod types;

pub use rules::discounted;
pub use service::{deal_ended, lines_changed};
pub use store::standing;

use kernel::App;
use kernel::timers::Timers;
use utoipa_axum::router::OpenApiRouter;

kernel::define_id!(
    /// A request for a special price.
    PricingRequestId, "spr");

/// Every route of special prices.
pub fn router() -> OpenApiRouter<App> {
    http::router()
}

/// What the timers of special prices do.
pub fn timers(timers: Timers) -> Timers {
    timers.on(service::VALIDITY, |tx, subject| Box::pin(service::look(tx, subject)))
}
