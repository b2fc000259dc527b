//! The frame: the log and everything that follows from it.

mod asvs;
mod checkpoints;
mod commit;
mod crates;
mod fields;
mod idempotency;
mod log;
mod outage;
mod pages;
mod plans;
mod problems;
mod readers;
mod sources;
pub(crate) mod support;
mod tampering;
mod timers;
