//! Check providers: who outside answers a kind of check, about whom, and what they are told.
//!
//! A provider has an address, the **kind** of check that it answers, a rule (`when`) that says about whom it is asked, and the time that it has. Of a subject
//! it is told its kind, id and name, and of the further fields only those that `sends` names. Each provider has keys of its own, with which calls to it are
//! signed; a paused one is asked nothing. What is asked of it are [`super::requests`].

pub mod events;
pub mod http;
pub mod service;
pub mod store;
pub mod types;

kernel::define_id!(
    /// A provider of checks.
    CheckProviderId, "chp");
