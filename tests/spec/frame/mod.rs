//! The frame: the log and everything that follows from it.

mod commit;
mod crates;
mod fields;
mod idempotency;
mod log;
mod outage;
mod pages;
mod problems;
mod readers;
pub(crate) mod support;
mod tampering;
mod timers;
