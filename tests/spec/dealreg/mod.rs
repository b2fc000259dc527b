//! Deal registration: what a partner is answered, how a deal lives, and what protection means.

mod absences;
mod assignment;
mod conflict;
mod crm;
mod decision;
mod dispute_effects;
mod dispute_sides;
mod disputes;
mod engagement;
mod input;
mod lifecycle;
mod lists;
mod moves;
mod protection;
mod queues;
mod race;
mod timeline;
mod verdicts;
