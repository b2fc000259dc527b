//! Deal registration: what a partner is answered, how a deal lives, and what protection means.

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
mod race;
mod timeline;
mod verdicts;
