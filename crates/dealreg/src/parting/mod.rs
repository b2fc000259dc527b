//! What becomes of a partner's deals, leads and referrals when it leaves, and handing a deal over at any time.
//!
//! A **deal that is handed over** goes to another active partner as it stands: with its customer, its protection and its decision. What was said about
//! it between the vendor and the first partner stays between those two. A disputed deal is not handed over: whose it is must be known first.

mod deals;
pub(crate) mod events;
mod hand_over;
mod http;
mod leads;
mod referrals;
pub(crate) mod told;

pub use deals::Deals;
pub use hand_over::hand_over;
pub(crate) use http::router;
pub use leads::Leads;
pub use referrals::Referrals;

/// Rows that one step takes on.
const BATCH: u64 = 20;

/// What those are told whose partner has left.
const LEFT: &str = "The partner has left the program.";
