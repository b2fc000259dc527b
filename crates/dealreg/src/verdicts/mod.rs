//! Verdicts on matches: what a person has judged of two companies is remembered, and outranks any score.
//!
//! A **verdict** says that two companies are the `same` or `different`. It is made from two deals, two accounts or one of each, or from a
//! dispute, and applies to the companies rather than to those records: whoever registers either from then on is compared by it, whichever side
//! comes first. A company is known by its **identity** ([`Identity`]): its tax number, its domain, and its name with country and legal form,
//! normalised; any of them is enough. What the two have in common tells nothing of either and is left out of a verdict that they differ.
//!
//! `same` makes a conflict, taken for the same customer, where the score found none; it is also looked for by the other's exact keys.
//! `different` takes the conflict away and lets both be protected, by name at once; against an equal tax number or domain only if it says so
//! (`overrides_exact`), since those are told by registries, not by likeness. The latest verdict counts; a revoked one does not, from then on.

mod events;
mod http;
mod known;
mod service;
mod store;
mod types;

pub use events::event_kinds;
pub use http::router;
pub use known::{Identity, Known, excused};
pub use service::holder;
pub use store::any;
pub use types::{MatchVerdict, MatchVerdictKind};

kernel::define_id!(
    /// A person's verdict on a match.
    MatchVerdictId, "mvd");
