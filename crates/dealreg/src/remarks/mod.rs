//! What people say about a deal: **comments**, which its partner and the vendor read and write, and **notes**, which are the vendor's own.
//!
//! Both are remarks in one table, told apart by one column, and share everything but who sees them. An author may correct a remark for a while
//! after it was made, and take it back at any time: then nothing of it is left here but that there was one, and what it said is in the log.
//! A comment decides nothing: a deal whose partner was asked something goes on when it is handed in again (`resubmit`), not by a comment.

pub mod events;
pub mod http;
mod personal;
pub mod service;
pub mod store;
mod types;

pub use personal::holder;

use chrono::Duration;

/// Remarks of one kind that a deal may have.
pub const MOST: u64 = 1_000;
/// How long an author may correct a remark.
pub const CORRECTABLE: Duration = Duration::minutes(15);
