//! What is typed into a search box, found across everything that the caller may see.
//!
//! A reader of the log keeps a **document** for each deal, account, partner, lead, opportunity, referral and person ([`document`]): its title,
//! what else is told of it, and the **words** that it is found by ([`words`]), all in lower-case ASCII whatever its script. Documents stand on
//! **shelves** ([`kind`]): each partner's, and one of everybody's. A caller is answered from the shelves within its reach only, so what others
//! have does not even change which of its own things are found.
//!
//! A search ([`find`]) takes each word that was typed to words of the shelf: equal, begun or held by them, or a typo or two away; then to the
//! documents under these, bounded everywhere; and puts these in order by pure arithmetic over words ([`score`]). No database ranks, so both
//! give the same answer. [`READER`](projection::READER) names the shape of all this: a new shape is a new name, which reads the log from its beginning.

pub mod document;
mod entity;
mod find;
mod highlight;
mod http;
pub mod index;
pub mod kind;
mod personal;
pub mod projection;
mod query;
pub mod score;
mod store;
pub mod words;

pub use find::{Found, find};
pub use query::Query;

use kernel::App;
use kernel::personal::Holder;
use kernel::readers::Reader;
use utoipa_axum::router::OpenApiRouter;

/// Every route of this crate under `/v1`.
pub fn router() -> OpenApiRouter<App> {
    http::router()
}

/// What follows the log.
pub fn readers() -> Vec<Reader> {
    vec![projection::reader()]
}

/// Where something is kept about people.
pub fn holders() -> Vec<Holder> {
    vec![personal::holder()]
}
