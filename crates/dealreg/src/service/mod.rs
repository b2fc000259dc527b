//! Use cases: load, decide, store, emit; one transaction each.

pub mod certificate;
pub mod engagement;
pub mod expiry;
pub mod explain;
pub mod extension;
pub mod follow;
pub mod ground;
pub mod moves;
mod personal;
pub mod progress;
pub mod race;
pub mod register;
pub mod simulate;
pub mod watch;

pub use personal::holder;
