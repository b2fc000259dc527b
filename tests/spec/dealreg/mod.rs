//! Deal registration: what a partner is answered, how a deal lives, and what protection means.

mod absences;
mod assignment;
mod certificate;
mod conflict;
mod crm;
mod decision;
mod dispute_effects;
mod dispute_sides;
mod disputes;
mod engagement;
mod explain;
mod extension;
mod input;
mod lifecycle;
mod lists;
mod moves;
mod progress;
mod protection;
mod queues;
mod race;
mod simulation;
mod timeline;
mod verdicts;
mod watch;
