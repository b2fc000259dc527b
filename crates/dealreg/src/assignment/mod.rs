//! Who works on what: every deal in review has somebody, or waits where somebody will find it.
//!
//! The rules of engagement say where a deal in review goes: to a person, or to a **queue**; without a rule, to its channel manager. A queue has
//! **members** and says how work is dealt out: people take it, or it goes to them in turn, or to whoever has least, up to a limit. Whoever
//! is away is passed over, and what was meant for them goes to their **cover** ([`access::absences`]). When nobody can take it, a queue's own
//! cover gets it, another queue maybe; and when that cannot be either, it **waits**, and is dealt out as soon as somebody can.
//!
//! What is assigned can be assigned anew with a reason, given back, or **escalated**: to those whom the queue names, then to the
//! channel manager, then to an administrator, never twice to one person in a review. Nobody keeps work who may no longer do it: [`follow`]
//! reacts to people who leave, lose a permission or a partner, go away or come back.
//!
//! [`choose`] is pure; [`place`] is for whatever is assigned, deals first; the rest is about deals.

pub mod choose;
pub mod events;
pub mod fit;
mod follow;
mod http;
mod personal;
pub mod place;
pub mod queues;
mod rules;
mod service;
mod steps;
pub mod store;
pub mod types;
mod waiting;

pub use follow::{TIMER, fire, reader};
pub use personal::holder;
pub use rules::{ChannelManagerRule, check_published};
pub use service::{announce, enter};
pub use steps::{standard_automations, steps, templates};

pub(crate) use http::router;
pub(crate) use rules::channel_manager;
