//! Agreements: what a partner and the vendor sign, and how it is known that they did.
//!
//! A **template** is data in versions: its text in the vendor's languages, filled from the hub ([`fill`]), for which partners it is, who signs in
//! which order, how long they have. A published version is never changed.
//!
//! An **agreement** is made of one for a partner: its words are frozen, and its file with its hash ([`paper`]). Life: `draft → sent → partly_signed →
//! signed`; `declined`, `expired`, `voided` before that, `superseded` when a later version of its template is signed.
//!
//! **Signers** sign one after the other, each in person: with their account, or by the secret link of a letter to them. They say that they mean it,
//! repeat what they consent to, type their name, and name the hash of what they were shown; that, the time, the address and the program are kept as
//! evidence. The completed file has a page more, the certificate of signatures; what was signed is stated by us as a JWS that whoever holds it verifies
//! with our published keys ([`statement`]). Or an outside service has it signed, if the template says so ([`outside`]).

mod body;
mod clock;
mod completed;
mod draft;
mod events;
mod fill;
pub mod gates;
mod http;
pub mod letters;
mod links;
pub mod outside;
mod paper;
mod personal;
mod public;
mod rules;
mod service;
mod signing;
mod statement;
mod store;
mod told;
mod types;
mod variables;
mod versions;

pub use events::event_kinds;
pub use outside::SEALED;
pub use personal::holder;
pub use told::{standard_automations, templates};

use kernel::App;
use kernel::timers::Timers;
use utoipa_axum::router::OpenApiRouter;

kernel::define_id!(
    /// A version of a template of agreements.
    AgreementTemplateId, "agt");
kernel::define_id!(
    /// An agreement.
    AgreementId, "agr");
kernel::define_id!(
    /// Somebody who is to sign an agreement.
    AgreementSignerId, "ags");

/// Every route of agreements under `/v1`.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(versions::router())
        .merge(http::router())
        .merge(signing::router())
        .merge(public::router())
        .merge(gates::router())
        .merge(statement::router())
        .merge(outside::router())
}

/// Signers are reminded, and agreements expire.
pub fn timers(timers: Timers) -> Timers {
    timers.on(clock::TIMER, |tx, subject| Box::pin(clock::fire(tx, subject)))
}
