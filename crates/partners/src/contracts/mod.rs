//! Contracts with partners: their terms, their dates, and the clock behind them.
//!
//! A contract runs until its last day. `notice_by` is the last day on which it may be terminated; some days before that
//! `partner_contract.expiring` is told. After its last day it **renews** itself, if that is agreed, or has **expired**. A timer does both.

pub(crate) mod events;
pub(crate) mod http;
pub mod rules;
mod service;
pub(crate) mod store;
pub(crate) mod told;
mod types;

pub use service::create;
pub use types::{PartnerContract, PartnerContractCreate};

use kernel::timers::Timers;

kernel::define_id!(
    /// A contract with a partner.
    PartnerContractId, "pcn");

/// What the timer of contracts does: tell that one ends, renew it, or let it expire.
pub(crate) fn timers(timers: Timers) -> Timers {
    timers.on(service::TIMER, |tx, subject| Box::pin(service::fire(tx, subject)))
}
