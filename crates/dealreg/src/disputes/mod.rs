//! Disputes: two sides claim one customer, and somebody neutral decides.
//!
//! A **dispute** is about a customer that several **parties** sell to: partners with a deal each, and perhaps the vendor's own
//! **direct sales**. Parties are told apart by **labels** (`A` is who claims), so that everything can be said to both sides without
//! naming either. When it is opened the machine lays the **evidence** from the log: who registered what when, under which rules,
//! each with its place in the log, where its inclusion can be proved. Parties add **statements**; what one side said, and what the
//! machine knows of it, the other sees only if the vendor discloses it item by item. Both sides see the same of the case itself:
//! that there is a counterparty, its stage, its due time, the decision and its public reason.
//!
//! A **reviewer** leads it who takes no side: no party's channel manager, nobody who decided one of the deals, opened the dispute or
//! spoke for a party, nor who has decided it before ([`neutral`]); the least busy such person is asked. If there is none, the dispute says so
//! and an admin decides, or puts somebody in charge, explicitly. A key that is nobody's acts for the vendor as a whole and takes no side.
//!
//! Life ([`rules`]): `statements → under_review → decided → closed`, once `decided → appealed → closed`, or `settled` by agreement, or
//! `withdrawn` by who opened it. Timers ([`clock`]) see to it that none is stuck: statements end, the due time passes into
//! `dispute.overdue` (again and again, until somebody decides), the time to appeal ends.
//!
//! A decision ([`effects`]) **stands** (nothing changes), **moves** the protection to one party (its rivals' deals end as rejected), or **splits** it
//! (shares of a hundred, recorded on each deal; all keep protection, third parties stay refused, and when the one that holds the
//! keys ends, another takes them over). All of it is one transaction with the deals' own events.
//!
//! While a dispute is open, the protection of the parties' deals stands still ([`freeze`]): it does not lapse for at most the rules' `freeze_days`, and
//! what was left of it when the dispute began is left when it ends.

pub mod clock;
pub mod effects;
mod events;
mod evidence;
pub mod freeze;
mod http;
pub mod neutral;
mod personal;
pub mod rules;
mod service;
mod sight;
mod standard;
pub mod store;
mod types;

pub use events::event_kinds;
pub use http::router;
pub use personal::holder;
pub use standard::{standard_automations, steps, templates};
pub use types::{DealShare, Dispute, DisputeTerms};

use kernel::timers::Timers;

kernel::define_id!(
    /// A dispute.
    DisputeId, "dsp");
kernel::define_id!(
    /// A statement or an exhibit in a dispute.
    DisputeEvidenceId, "dse");

/// What this module's timers do.
pub fn timers(timers: Timers) -> Timers {
    timers.on(clock::TIMER, |tx, subject| Box::pin(clock::fire(tx, subject)))
}
