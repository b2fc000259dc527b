//! Notes about a partner, for the vendor's own people alone.

pub(crate) mod events;
pub(crate) mod http;
pub(crate) mod personal;
mod service;
mod store;
mod types;

kernel::define_id!(
    /// A note about a partner.
    PartnerNoteId, "pnt");
