//! The specification of `prm`, end to end over HTTP; see `tests/src/lib.rs` for how it is written.

pub(crate) use spec::prelude;

mod access;
mod analytics;
mod automations;
mod commercial;
mod cosell;
mod crm;
mod dealreg;
mod edge;
mod engagement;
mod frame;
mod hygiene;
mod leads;
mod local;
mod model;
mod onboarding;
mod partners;
mod privacy;
mod ratchets;
mod scim;
mod search;
mod serving;
mod wall;
mod webhooks;
