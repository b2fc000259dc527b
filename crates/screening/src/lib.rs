//! Is this somebody that a published list names?
//!
//! A pure crate: no I/O, no clock, no database. A list is read as it is published ([`published`]), compiled once ([`Compiled`]) and asked
//! for each [`Subject`]. An answer ([`Hit`]) says which name of which entry looks like the subject's, word by word, and what else speaks for
//! it or against it: so that a person who has to decide sees why.
//!
//! - Names of every script become words of plain letters; legal forms go, particles (`al-`, `bin`, `de`) hardly count, order does not.
//! - A word weighs what it tells: one that many names of the list share, or that says only that something is a company, weighs little, so
//!   that `trading`, `bank` or `international` never raise an alarm by themselves.
//! - Persons, organisations, ships and aircraft are kept apart.
//! - Dates of birth and countries raise or lower what the name says; they never make a match of two names that have nothing in common.

mod compare;
mod compiled;
mod corroborate;
mod distance;
mod entry;
mod index;
pub mod published;
mod similar;
mod sound;
mod words;

pub use compare::{How, WordPair};
pub use compiled::{Compiled, Hit, Weights};
pub use corroborate::{Circumstance, Verdict};
pub use entry::{Birth, Entry, EntryKind, EntryName, Quality, Subject, SubjectKind};

/// From this score on, somebody should look at a match.
pub const REVIEW: f32 = 0.80;
/// From this score on, a match is as good as certain.
pub const STRONG: f32 = 0.95;
