//! Absences: when people of the vendor are out of office, and who stands in for them.
//!
//! An **absence** lasts from `begins_at` until just before `ends_at`. It may name a **cover**, another person of the vendor, to whom goes
//! what would have gone to the absent; a cover who is away themselves passes it on to theirs. Such chains are short and have
//! no circle. With `hand_over`, what the absent hold when it begins is handed over as well. Absences may overlap: of several at
//! once, the cover of the one that was entered last counts. Everybody sets their own; who manages people, those of others.
//!
//! Life: `planned → current → over`, told by the log as `absence.began` and `absence.ended`. What is so at a time ([`current`]) follows
//! from the times alone, not from when a timer came round to saying so.

mod events;
mod http;
mod personal;
mod service;
mod store;

pub use events::{AbsenceBeganEvent, AbsenceCreatedEvent, AbsenceDeletedEvent, AbsenceEndedEvent, AbsenceUpdatedEvent};
pub use http::{Absence, AbsenceCreate, AbsencePatch};
pub use store::{AbsenceStatus, Away, current};

pub(crate) use events::event_kinds;
pub(crate) use http::router;
pub(crate) use personal::holders;

use kernel::timers::Timers;

kernel::define_id!(
    /// A time in which a person of the vendor is out of office.
    AbsenceId, "abs");

/// The longest chain of covers that is followed.
pub const MAX_CHAIN: usize = 5;

/// The timer that says when an absence begins and ends.
const TURN: &str = "absence.turn";

pub(crate) fn timers(timers: Timers) -> Timers {
    timers.on(TURN, |tx, subject| Box::pin(service::turn(tx, subject)))
}
