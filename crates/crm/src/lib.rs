//! The vendor's CRM as it is mirrored here: what it sells to whom, outside the partner program.
//!
//! An **account** is a company that the vendor knows, an **opportunity** a sale that it works on. Both are the
//! vendor's own rows, known by the CRM's own id (`external_id`): `PUT` creates, changes or leaves a row alone, and an
//! event is published only if something changed. Each account also keeps its **exact keys** (domain, tax number, name
//! without legal form: see crate `matching`), which deal registration looks up inside its transaction.
//!
//! An **import** brings many rows at once, from CSV or JSON lines: it is created with a mapping of columns
//! (`awaiting_content`), given its content (`queued`), worked off in batches (`running`), and ends `succeeded`,
//! `failed` or `cancelled`. Each batch commits its rows, its events, its refused rows and its place in the file
//! together, so an import that is killed goes on where it stood and doubles nothing. A refused row is kept with its
//! line and reasons. Repeating an import changes nothing.
//!
//! Two accounts that are one company are **merged** ([`merges`]): the one's opportunities, deals and what else belongs to it go to the other, by whose
//! side it stays as a redirect. For a while that can be undone.

pub mod accounts;
pub mod error;
pub mod events;
pub mod imports;
pub mod merges;
pub mod opportunities;
mod personal;
pub mod ports;
mod sql;
mod upsert;

pub use accounts::store::{
    AccountHit, account_names, accounts_by_ids, accounts_by_keys, by_external_id as account_by_external_id, page as accounts_page, survivor_of,
};
pub use accounts::{Account, AccountId, AccountPut, AccountRow};
pub use events::event_kinds;
pub use imports::ImportId;
pub use merges::AccountMergeId;
pub use opportunities::store::{open_opportunities, open_page as open_opportunities_page, opportunities_of_deals};
pub use opportunities::{Opportunity, OpportunityId, OpportunityPut, OpportunityRow, OpportunityStatus};
pub use ports::{AccountFollower, AccountFollowers, Deals, DealsPort, Leads, LeadsPort, MergeObstacle, TakenLead};

use kernel::App;
use kernel::timers::Timers;
use kernel::workers::Worker;
use utoipa_axum::router::OpenApiRouter;

/// Every route of this crate under `/v1`.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(accounts::http::router())
        .merge(opportunities::http::router())
        .merge(imports::http::router())
        .merge(merges::http::router())
}

/// What this crate keeps about people.
pub fn holders() -> Vec<kernel::personal::Holder> {
    personal::holders()
}

/// What this crate's timers do.
pub fn timers(timers: Timers) -> Timers {
    timers.on(merges::FORGET, |tx, subject| Box::pin(merges::service::forget(tx, subject)))
}

/// Background work of this crate.
pub fn workers() -> Vec<Worker> {
    vec![imports::worker()]
}
