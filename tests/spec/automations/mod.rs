//! Automations: when an event occurs and a rule holds, steps are taken, now or later.

mod bodies;
mod dry_runs;
mod later;
mod loops;
mod managing;
mod once;
mod standards;
mod starting;
mod support;
