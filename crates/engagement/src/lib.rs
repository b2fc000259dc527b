//! What people are told: an inbox in the portal, mail, and the rooms of chats.
//!
//! Nobody is told anything but by an automation: it follows from an event, and its step `notify` ([`steps`]) says whom, with which
//! **template**, and by which ways. A **notification** is to one person, once for an event, an automation and a template. It keeps no text:
//! it names the event and is rendered whenever it is shown, in the person's language and as that person may see the event
//! ([`ports::Sees`]). So nothing here outlives an erasure, and no partner reads a rival's name, whatever a template says.
//!
//! Each person's **preferences** say what comes to the inbox and by mail, when mail is gathered into a digest, and when it keeps quiet; what
//! waits is sent by a timer, and what was read meanwhile is not. **Templates** are the domains' own English ones until a vendor writes its
//! own, in any language. A **channel** is an incoming webhook of Slack or Teams that wants some templates; its messages are sent from
//! a durable outbox and tried again.
//!
//! Life of a notification: unread ⇄ read, then archived; gone after 90 days. Reading is no event: the log tells what became of the
//! program, not who looked at it. Preferences, templates and channels are settings, and their changes are events.

mod applicants;
pub mod channels;
pub mod error;
pub mod events;
mod inbox;
mod mailing;
mod notify;
mod personal;
pub mod ports;
mod preferences;
pub mod reader;
mod recipients;
mod render;
mod sweep;
pub mod templates;
pub mod view;

pub use events::event_kinds;
pub use preferences::own_language;
pub use render::check as check_template;

use kernel::App;
use kernel::personal::Holder;
use kernel::seal::Sealed;
use kernel::steps::{Step, Template};
use kernel::timers::Timers;
use kernel::workers::Worker;
use utoipa_axum::router::OpenApiRouter;

kernel::define_id!(
    /// A notification.
    NotificationId, "ntf");
kernel::define_id!(
    /// A channel to a chat.
    NotificationChannelId, "nch");

/// The standard templates of every domain. The server provides them.
#[derive(Default)]
pub struct Standard(pub Vec<Template>);

/// What the operator decides. The server provides it; without it the defaults hold.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Whether chats may lie at private addresses and be spoken to over plain http.
    pub allow_private: bool,
}

/// Every route of this crate under `/v1`.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().merge(inbox::router()).merge(preferences::router()).merge(templates::router()).merge(channels::router())
}

/// The step `notify`.
pub fn steps() -> Vec<Step> {
    vec![notify::step()]
}

/// The templates that belong to no domain.
pub fn templates() -> Vec<Template> {
    templates::own()
}

/// What this crate keeps about people.
pub fn holders() -> Vec<Holder> {
    vec![personal::holder()]
}

/// Every column of this crate that holds sealed values.
pub fn sealed() -> Vec<Sealed> {
    vec![channels::SEALED]
}

/// What this crate's timers do.
pub fn timers(timers: Timers) -> Timers {
    timers.on(mailing::TIMER, |tx, person| Box::pin(mailing::fire(tx, person)))
}

/// Background work: messages to chats go out, and what is old goes.
pub fn workers() -> Vec<Worker> {
    vec![channels::worker(), sweep::worker()]
}
