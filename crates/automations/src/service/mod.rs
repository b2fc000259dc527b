//! Use cases: manage automations, follow the log, take steps, try without doing.

pub mod fire;
pub mod follow;
pub mod manage;
pub mod rehearse;
pub mod sweep;
pub mod take;
