//! Channels: rooms of Slack and Teams that are told too, by incoming webhooks.
//!
//! A message is a row in the transaction of the step, without its text; it is rendered when it is sent, and tried again for about a day. A
//! chat that says that the webhook is gone or forbidden disables its channel, which is an event.

mod http;
mod outbox;
mod payload;
mod service;
mod store;

pub(crate) use http::router;
pub use http::{NotificationChannel, NotificationChannelKind};
pub(crate) use outbox::worker;
pub(crate) use service::post;
pub use store::SEALED;
