//! What the program yields: figures over deals, kept ready as the log grows.
//!
//! A reader of the log keeps, for each deal, the last **fact** of it ([`facts`]), and from fact to fact moves two kinds of sums
//! ([`projection`]): **cells** of what is open now, by partner, stage and month of closing; and **tallies** of what happened, by partner and
//! month. Every figure is one query over these, so that it costs as much with a million deals as with a thousand, and can be made anew from
//! the log at any time. Figures tell up to which event of the log they know ([`http`]).
//!
//! The **pipeline** is weighted: each stage has a chance in per cent ([`weights`]), which the vendor sets.

mod error;
pub mod facts;
mod figures;
pub mod http;
mod pipeline;
pub mod projection;
pub mod segments;
mod store;
pub mod weights;

pub use error::ALL;

use kernel::App;
use kernel::log::EventKind;
use kernel::readers::Reader;
use utoipa_axum::router::OpenApiRouter;

/// Every route of this crate under `/v1`.
pub fn router() -> OpenApiRouter<App> {
    http::router().merge(weights::router())
}

/// Every event that this crate publishes.
pub fn event_kinds() -> Vec<EventKind> {
    weights::event_kinds()
}

/// What follows the log.
pub fn readers() -> Vec<Reader> {
    vec![projection::reader()]
}
