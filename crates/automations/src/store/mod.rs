//! Entities and the only queries.

pub mod automations;
pub mod runs;
