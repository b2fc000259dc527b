//! Forms: by what companies apply, as data.
//!
//! A **form** has a token for a web page, the page that links open, and **versions**: a JSON Schema of the vendor's own questions, a **layout** that
//! says how to show them with texts in several languages, and what must be told of the company. A version is drafted, then published, and never
//! changes again; the one published last is what a stranger reads and an application is checked against.

mod check;
mod http;
pub mod layout;
pub mod store;
pub mod types;

pub use check::{answers_fit, bounded, compile};
pub(super) use http::router;
