//! Queues: where work waits for several people, and how it is dealt out among them.

pub mod http;
pub mod service;
pub mod store;
pub mod types;

pub use types::{Dealing, Queue, QueueCreate, QueuePatch};

kernel::define_id!(
    /// A queue of work.
    QueueId, "que");
