//! What every domain shares. Small and stable: an edit here rebuilds everything.
//!
//! - [`log`], [`tx`], [`app`]: the one way to write, and the events that follow from it
//! - [`readers`], [`timers`], [`workers`], [`mail`]: what happens afterwards
//! - [`personal`]: what is about people, sealed in the log and erased everywhere
//! - [`rules`], [`steps`]: what a vendor may decide for itself, and what can be done by it
//! - [`calendar`]: business time
//! - [`seal`], [`reseal`]: secrets at rest, and a new key for them; [`keyring`]: what signs outbound calls
//! - [`actor`], [`scope`], [`id`], [`money`], [`clock`], [`problem`], [`page`], [`body`], [`fields`], [`text`]: words
//! - [`locale`]: languages, and how dates and money are written in them
//! - [`guard`], [`outbound`]: where outbound calls may not go, and how they are made

pub mod actor;
pub mod app;
pub mod body;
pub mod cache;
pub mod calendar;
pub mod clock;
pub mod country;
pub mod db;
pub mod fields;
pub mod guard;
pub mod hub;
pub mod id;
pub mod idempotency;
pub mod keyring;
mod lane;
pub mod locale;
pub mod log;
pub mod mail;
pub mod money;
pub mod outbound;
pub mod page;
pub mod personal;
pub mod problem;
pub mod readers;
pub mod reseal;
pub mod rulebooks;
pub mod rules;
pub mod scope;
pub mod seal;
pub mod signals;
pub mod steps;
mod strict;
pub mod text;
pub mod timers;
pub mod tx;
pub mod workers;

pub use actor::{Actor, Scope};
pub use app::{App, Resource};
pub use body::{At, OptionalValid, Params, Valid};
pub use log::{Event, Subject};
pub use money::Money;
pub use page::{Page, PageQuery};
pub use problem::Problem;
pub use tx::Tx;

/// Every column of this crate that holds sealed values.
pub fn sealed() -> Vec<seal::Sealed> {
    vec![idempotency::SEALED, mail::SEALED, log::checkpoint::SEALED, personal::SEALED]
}
