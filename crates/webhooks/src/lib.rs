//! Outbound webhooks.
//!
//! An **endpoint** is a URL of the vendor's that wants some types of events. It is a reader of the log with a
//! durable **cursor**: everything up to the cursor was delivered, or has a delivery row that will be. There is no queue
//! between the log and the endpoint, so nothing can get lost in one, and a new endpoint costs nothing until something happens.
//!
//! A **delivery** is one event on its way to one endpoint, however often it is sent. Its row is written after its first
//! **attempt**: succeeded, or retrying with the time of the next one. If this process dies between the POST and that write, the
//! event is sent again with the same `webhook-id`: at least once. An attempt that takes long gets its row before its
//! answer, so that one slow event does not keep the cursor back.
//!
//! Life of a delivery: (sent) → `succeeded`; or `retrying` over ten days → `succeeded` or `failed`; `pending` while nothing came back
//! yet, or while an `ordered` endpoint holds it back for an earlier event of the same subject.
//!
//! Life of an endpoint: `active` ⇄ `disabled` (asked for; `gone`: the receiver answered 410; `failing`: nothing got through for 8 days),
//! and in the end deleted. Disabling keeps the cursor; enabling continues from it; a replay sets it back.
//!
//! Who does what: [`fleet`] finds endpoints with work and leases them; `drive` works on one of them; `tail` reads a vendor's log
//! once for all of its endpoints; `send` makes one attempt; `record` writes what came of many in one transaction.

mod drive;
pub mod error;
pub mod events;
pub mod fleet;
pub mod http;
mod order;
mod personal;
mod record;
pub mod rules;
mod send;
mod service;
pub mod sign;
pub mod store;
mod sweep;
mod tail;

pub use events::event_kinds;
pub use fleet::keep_running;
pub use sweep::sweeper;

use kernel::App;
use kernel::workers::Worker;
use std::sync::Arc;
use std::time::Duration;
use utoipa_axum::router::OpenApiRouter;

/// Every column of this crate that holds sealed values.
pub fn sealed() -> Vec<kernel::seal::Sealed> {
    vec![sign::SEALED]
}

/// Every published event type, for the check of what endpoints ask for. The server provides it.
pub struct EventTypes(pub Vec<&'static str>);

/// What the operator decides. The server provides it; without it the defaults hold.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Whether webhooks may go to private addresses and over plain http.
    pub allow_private: bool,
    /// How long a receiver may take, from connecting to the end of its answer.
    pub timeout: Duration,
    /// How long connecting may take.
    pub connect_timeout: Duration,
    /// Requests under way to one endpoint.
    pub in_flight: usize,
    /// After this long, a request under way gets its row and no longer keeps the cursor back.
    pub slow_after: Duration,
    /// How many days a settled delivery is kept.
    pub keep_days: i64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            allow_private: false,
            timeout: Duration::from_secs(15),
            connect_timeout: Duration::from_secs(5),
            in_flight: 16,
            slow_after: Duration::from_secs(1),
            keep_days: 30,
        }
    }
}

impl Settings {
    pub(crate) fn of(app: &App) -> Arc<Self> {
        app.service()
    }
}

/// Every route of this crate under `/v1`.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().merge(http::endpoints::router()).merge(http::deliveries::router())
}

/// What this crate keeps about people.
pub fn holders() -> Vec<kernel::personal::Holder> {
    vec![personal::holder()]
}

/// Keep what this crate has at hand true to the log. Once, at start.
pub fn follow(app: &App) {
    tail::follow(app);
}

/// Background work of this crate as workers that do what is due and return: how tests run it. A server runs
/// [`keep_running`] in place of the first.
pub fn workers() -> Vec<Worker> {
    vec![fleet::deliverer(), sweeper()]
}
