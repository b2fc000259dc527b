//! Agreements that an outside service has signed: DocuSign and Dropbox Sign.
//!
//! A **signature service** is an account of the vendor there, with its credentials sealed. A template may name one; then an agreement that is sent becomes
//! a **signature request** there (DocuSign: an envelope) with the same frozen file and the same signers in order. Letters, reminders, consent and the
//! certificate are the service's; none goes out from here. Life of a request: `sending → out → done`, `taking_back` before it ends where we end it,
//! `refused` or `failed` where nothing comes of it.
//!
//! What the service **says when it is asked** is the truth, and only that changes an agreement ([`apply`]). Its webhooks ([`hooks`]) are verified,
//! taken once, and then a hint to ask, so neither their order nor their loss matters; a clock asks as well while something is out ([`worker`]). So an
//! agreement is taken back here when it is known to be taken back there: what was signed in between is signed.
//!
//! Calls are made outside of writes, under a lease. A request that may have been made before its answer was lost is looked for before it is made again;
//! each adapter says how ([`docusign`], [`dropbox`]).

mod apply;
mod call;
mod docusign;
mod dropbox;
mod form;
mod hooks;
mod http;
mod opened;
mod rules;
mod service;
pub mod store;
pub mod types;
mod worker;

pub use opened::SEALED;
pub use service::{begin, exists, take_back};
pub use worker::worker;

use kernel::App;
use utoipa_axum::router::OpenApiRouter;

kernel::define_id!(
    /// A signature service of a vendor.
    SignatureServiceId, "sgs");

/// Every route of signature services.
pub(super) fn router() -> OpenApiRouter<App> {
    http::router().merge(hooks::router())
}
