//! Deal registration: what a partner is answered, how a deal lives, and what protection means.

mod approvals;
mod conflict;
mod crm;
mod decision;
mod engagement;
mod input;
mod lifecycle;
mod lists;
mod moves;
mod protection;
mod race;
mod remarks;
mod review;
mod timeline;
