//! The tables of this crate and the only queries on them.

pub mod claims;
pub mod deals;
pub mod progress;
pub mod watches;
