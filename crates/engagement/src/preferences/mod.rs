//! How a person wants to be told.

mod http;
mod rules;
pub(crate) mod store;

pub use http::NotificationPreferences;
pub(crate) use http::router;
pub(crate) use rules::Preferences;
pub use store::own_language;
pub(crate) use store::{of, of_many};
