//! What the expressions of automations see.

use kernel::log::Envelope;
use serde_json::Value;

/// An event as expressions see it.
pub fn of(event: &Envelope) -> Value {
    serde_json::to_value(event).unwrap_or_default()
}
