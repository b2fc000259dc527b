//! Documents about a partner: what they are, whom they are shared with, and their content in versions.
//!
//! Content is checked before it is kept ([`check`]): of an allowed type that it really is, without active parts, and nothing else besides. It is never
//! served to be shown: always as an attachment without a type that a browser would render. A document that must be kept is not deleted before its date.

pub mod check;
pub(crate) mod content;
pub(crate) mod events;
pub(crate) mod http;
mod service;
pub(crate) mod store;
mod types;

kernel::define_id!(
    /// A document about a partner.
    PartnerDocumentId, "pdo");

/// The most bytes of a document.
pub const MOST_BYTES: usize = 5 << 20;
