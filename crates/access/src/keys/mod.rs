//! API keys: `prm_` and 56 hexadecimal digits, shown once, stored as a hash.
//!
//! A key is the vendor's, or bound to one partner: then it has a partner's role and reaches that partner only, as
//! the partner's own identity provider should. A key may have an **owner**, a person: it is revoked when they leave.

mod events;
mod http;
mod last_use;
mod secret;
mod service;
mod store;

pub use http::{ApiKey, ApiKeyCreate, ApiKeyCreated};
pub use secret::checksum_holds;
pub use service::{create, revoke_of_partner};
pub use store::{api_key, find, find_by_hash, owner};

pub(crate) use events::event_kinds;
pub(crate) use http::router;
pub(crate) use last_use::{last_use_worker, used};
pub(crate) use service::{revoke_decided, revoke_of};

/// Every key begins with this, so that a leaked one is found by scanners.
pub const PREFIX: &str = "prm_";
