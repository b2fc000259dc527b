//! Deal registration: what a partner is answered, how a deal lives, and what protection means.

mod certificate;
mod conflict;
mod crm;
mod decision;
mod engagement;
mod explain;
mod extension;
mod input;
mod lifecycle;
mod lists;
mod moves;
mod progress;
mod protection;
mod race;
mod simulation;
mod timeline;
mod watch;
