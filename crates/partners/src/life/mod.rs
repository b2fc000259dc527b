//! The life of a partner: `prospect → applicant → onboarding → active ⇄ inactive → offboarding → ended`.
//!
//! Every move is an action with its own line in one legality table ([`rules::legal_actions`]), a reason, and a line in the partner's history.
//! Other crates move a partner with the functions here, in their own transaction: `apply`, `refuse`, `onboard`, `activate`, `deactivate`, `end`.
//! Each answers 409 `partner.illegal_move` where the table does not allow it, and emits `partner.status_changed` (and `partner.updated`, for whoever
//! keeps a copy). A partner may be **suspended** from wherever its people have access, and is **reinstated** to where it was.

pub(crate) mod events;
pub(crate) mod history;
pub(crate) mod http;
pub mod rules;
pub(crate) mod service;

use crate::store::partner;
use kernel::id::PartnerId;
use kernel::{Problem, Tx};
use rules::PartnerAction;

macro_rules! moves {
    ($($(#[$doc:meta])* $name:ident = $action:ident;)+) => {$(
        $(#[$doc])*
        pub async fn $name(tx: &mut Tx, id: PartnerId, reason: Option<String>) -> Result<partner::Model, Problem> {
            service::take(tx, id, PartnerAction::$action, reason).await
        }
    )+};
}

moves! {
    /// It has applied: `prospect → applicant`.
    apply = Apply;
    /// Its application is turned down: `applicant → prospect`.
    refuse = Refuse;
    /// It is accepted and on its way: `prospect | applicant | inactive → onboarding`.
    onboard = Onboard;
    /// It works with the vendor: `prospect | onboarding | inactive → active`.
    activate = Activate;
    /// It rests: `onboarding | active → inactive`.
    deactivate = Deactivate;
    /// It never became a partner: `prospect | applicant → ended`. Whoever has something to hand over is offboarded instead.
    end = End;
}
