//! What specifications are written with. They lie in `tests/spec/<area>/` and read like the manual.
//!
//! ```ignore
//! use crate::prelude::*;
//!
//! spec! {
//!     async fn a_second_partner_is_refused_while_protection_lasts(world) {
//!         let acme = world.vendor("Acme").await;                       // acts with its admin key
//!         let northwind = acme.adds_partner("Northwind").await;
//!         let seller = northwind.person("sales").await;                // acts with a token minted for them
//!         let deal = seller.post("/v1/deals", json!({ … })).idempotency_key("one").await.expect(201);
//!         assert_reply_snapshot!(deal, @r#"…"#);                       // ids, secrets and cursors are named
//!         seller.patch(format!("/v1/deals/{}", deal.id()), json!({ … })).if_match(deal.etag()).await.expect(200);
//!         world.clock.advance(days(91));
//!         world.settle().await;                                        // timers, readers, imports, deliveries
//!         acme.get("/v1/deals/unknown").await.refused(404, "not_found");
//!         seller.post("/v1/deals", json!({})).await.invalid_at("/customer");
//!     }
//!
//!     /// Options in brackets: more connections for many callers at once.
//!     async fn many_at_once(world [connections = 20]) {
//!         let other = world.another_instance().await;                  // own pools and caches, same database
//!         let calls = (0..50).map(|_| async { … });                    // `join_all(calls).await`; World and callers are Clone
//!     }
//! }
//! ```
//!
//! Each becomes two tests, `name::sqlite` and `name::postgres`, on a fresh database; all run at once, so nothing may
//! be shared, slept for or read from the machine's clock. Every reply is checked against the published document,
//! whatever the specification is about: a status, member or type that is not in it fails the test. Real sockets:
//! `world.main.serve().await` (a URL) and `world.main.run()` (background work as in production). Server-sent events:
//! `acme.get("/v1/events/stream").stream().await`. Odd requests: `acme.call(Method::POST, path).raw(type, bytes)`.
//! Run one: `cargo test --workspace --test spec -- a_second_partner`; without Postgres: `PRM_TEST_POSTGRES=off`.

pub mod actors;
mod assemble;
pub mod client;
mod cluster;
pub mod database;
pub mod deals;
pub mod document;
pub mod liar;
pub mod local;
pub mod mailbox;
mod notify;
pub mod peer;
mod postgres;
pub mod receiver;
pub mod snapshot;
pub mod stored;
pub mod stream;
pub mod world;

pub use insta;

use database::On;
use world::{Options, World};

/// What a file of specifications begins with.
pub mod prelude {
    pub use crate::actors::{Partner, Person, SignedIn, Vendor};
    pub use crate::client::{Call, Client, Reply};
    pub use crate::database::On;
    pub use crate::deals::*;
    pub use crate::local::{App, Key, Local, PASSWORD, PORTAL};
    pub use crate::mailbox::{Mailbox, secret_in};
    pub use crate::world::{Instance, World};
    pub use crate::{assert_reply_snapshot, days, hours, minutes, seconds, spec, unique};
    pub use axum::http::Method;
    pub use futures::future::join_all;
    pub use serde_json::{Value, json};
}

/// Specifications: each is written once and tested on both databases.
#[macro_export]
macro_rules! spec {
    ($($(#[$attribute:meta])* async fn $name:ident($world:ident $([$($option:ident = $value:expr),+])?) $body:block)+) => {$(
        $(#[$attribute])*
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            async fn specification($world: &$crate::world::World) $body

            #[test]
            fn sqlite() {
                $crate::run($crate::database::On::Sqlite, $crate::options!($($($option = $value),+)?), async |world| specification(world).await);
            }

            #[test]
            fn postgres() {
                $crate::run($crate::database::On::Postgres, $crate::options!($($($option = $value),+)?), async |world| specification(world).await);
            }
        }
    )+};
}

/// Options of a world, as [`spec!`] takes them in brackets.
#[macro_export]
macro_rules! options {
    ($($option:ident = $value:expr),*) => {{
        #[allow(unused_mut)]
        let mut options = $crate::world::Options::default();
        $(options.$option = $value;)*
        options
    }};
}

/// Run one specification in a new world.
pub fn run(on: On, options: Options, specification: impl AsyncFnOnce(&World)) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    runtime.block_on(async {
        if let Some(world) = World::new(on, options).await {
            specification(&world).await;
        }
    });
    runtime.shutdown_background();
}

/// A duration of days.
pub fn days(count: i64) -> chrono::Duration {
    chrono::Duration::days(count)
}

/// A duration of hours.
pub fn hours(count: i64) -> chrono::Duration {
    chrono::Duration::hours(count)
}

/// A duration of minutes.
pub fn minutes(count: i64) -> chrono::Duration {
    chrono::Duration::minutes(count)
}

/// A duration of seconds.
pub fn seconds(count: i64) -> chrono::Duration {
    chrono::Duration::seconds(count)
}

/// A number that nothing else in this process has.
pub fn unique() -> u64 {
    static COUNT: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(1);
    COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed)
}
