//! Use cases: load, decide, store, emit; one transaction each.

pub mod engagement;
pub mod expiry;
pub mod follow;
pub mod ground;
pub mod moves;
mod personal;
pub mod race;
pub mod register;
pub mod simulate;

pub use personal::holder;
