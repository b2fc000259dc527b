//! Where the keys of endpoints lie: [`Keyring`] signs, this says for what they are sealed.

use kernel::seal::{KeyColumn, Sealed};
use uuid::Uuid;

pub use kernel::keyring::{Keyring, Signers};

/// Where keyrings are sealed.
pub(crate) const SEALED: Sealed = Sealed {
    table: "webhook_endpoints",
    key: &[KeyColumn::Uuid("vendor_id"), KeyColumn::Uuid("id")],
    column: "secrets",
    purpose: |row| Ok(purpose(row.try_get("", "id")?)),
    also: &[],
};

/// What the keyring of an endpoint is sealed for.
pub(crate) fn purpose(endpoint: Uuid) -> String {
    format!("webhook:{}", endpoint.simple())
}
