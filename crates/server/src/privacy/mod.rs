//! Privacy across domains: everything that is held about somebody, exported or erased.
//!
//! Each domain says once what it keeps about people ([`crate::assemble::holders`]). An **erasure** puts markers in its place, destroys
//! the keys that the log's personal data is sealed with, and forgets kept answers, in one write; it is running until no copy is
//! left in the files of an embedded database either, which a worker sees to. It cannot be undone.

mod erase;
mod export;
mod http;
mod store;

pub(crate) use http::router;
pub(crate) use store::event_kinds;

use kernel::workers::{Run, WokenBy, Worker};
use std::sync::Arc;
use std::time::Duration;

kernel::define_id!(
    /// An erasure of somebody's data.
    ErasureId, "era");

kernel::problem_kinds! {
    IS_A_PERSON = 409 "privacy.is_a_person" "Somebody with this e-mail address is a person here; erase the person, which includes this.";
}

/// The worker that ends erasures.
pub(crate) fn worker() -> Worker {
    let run: Run = Arc::new(|app| Box::pin(async move { erase::finish(&app).await }));
    Worker { name: "finish_erasures", woken_by: WokenBy::Log, poll: Duration::from_secs(5), run }
}
