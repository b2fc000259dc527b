//! Who may call: vendors, their people and their partners' people, API keys and access tokens.
//!
//! A **vendor** is made by the operator and gets its first admin **API key** (`prm_…`), which is shown
//! once and stored as a hash. A key calls the API itself, or is exchanged for a short **access token**
//! (RFC 9068, signed with a rotating Ed25519 key that is published as a JWKS). With the permission
//! `tokens:mint` it also mints tokens for **people** of the vendor's partners: that is how a vendor's
//! portal calls on a partner's behalf. What a **role** may do, and which fields of an answer are for whom, stands in one table,
//! [`permission`]; vendors make [`roles`] of their own of the same permissions. A person of the vendor may reach some partners only
//! ([`people::reach`]). **Access reviews** ([`reviews`]) ask from time to time who still needs to come in.
//!
//! People come in through a **portal**: [`local`] says how where no identity provider is at hand, [`policy`] what a vendor demands of them.

pub mod absences;
mod admission;
pub mod authenticate;
pub mod calendars;
mod can;
pub mod custom_fields;
pub mod edge;
pub mod error;
pub mod forms;
pub mod gates;
pub mod keys;
pub mod limits;
pub mod local;
mod me;
pub mod people;
pub mod permission;
pub mod policy;
pub mod portals;
pub mod reviews;
pub mod roles;
pub mod sessions;
mod signing;
pub mod sso;
pub mod statements;
pub mod tokens;
pub mod vendors;
pub mod views;

pub use admission::Admission;
pub use can::{Anyone, Can, Operator};
pub use permission::{Field, Permission, Role, may};
pub use roles::RoleName;

use kernel::App;
use kernel::id::{PartnerId, VendorId};
use kernel::log::EventKind;
use kernel::personal::Holder;
use kernel::seal::Sealed;
use kernel::timers::Timers;
use kernel::workers::Worker;
use sea_orm::{ConnectionTrait, DbErr, Statement};
use utoipa_axum::router::OpenApiRouter;

/// Every route of this crate under `/v1`.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(vendors::router())
        .merge(me::router())
        .merge(roles::router())
        .merge(reviews::router())
        .merge(keys::router())
        .merge(tokens::router())
        .merge(portals::router())
        .merge(sessions::router())
        .merge(local::router())
        .merge(policy::router())
        .merge(sso::router())
        .merge(people::router())
        .merge(absences::router())
        .merge(custom_fields::router())
        .merge(views::router())
        .merge(calendars::router())
}

/// Every event that this crate publishes.
pub fn event_kinds() -> Vec<EventKind> {
    let kinds = [
        vendors::event_kinds(),
        roles::event_kinds(),
        reviews::event_kinds(),
        keys::event_kinds(),
        tokens::event_kinds(),
        portals::event_kinds(),
        sessions::event_kinds(),
        local::event_kinds(),
        policy::event_kinds(),
        sso::event_kinds(),
        people::event_kinds(),
        absences::event_kinds(),
        custom_fields::event_kinds(),
        views::event_kinds(),
        calendars::event_kinds(),
    ];
    kinds.into_iter().flatten().collect()
}

/// What this crate keeps about people.
pub fn holders() -> Vec<Holder> {
    [people::holders(), absences::holders(), local::holders(), sso::holders(), reviews::holders(), views::holders()].into_iter().flatten().collect()
}

/// Every column of this crate that holds sealed values.
pub fn sealed() -> Vec<Sealed> {
    [vec![signing::SEALED], local::sealed(), sso::sealed()].concat()
}

/// Background work of this crate.
pub fn workers() -> Vec<Worker> {
    vec![keys::last_use_worker(), people::worker(), local::sweeper()]
}

/// Keep the caches of this crate true to the log. Once, at start.
pub fn follow(app: &App) {
    // Before what is decided by it.
    policy::follow(app);
    authenticate::follow(app);
    roles::follow(app);
    sso::follow(app);
    edge::follow(app);
    kernel::fields::Schemas::follow(app);
}

/// What this crate's timers do.
pub fn timers(timers: Timers) -> Timers {
    absences::timers(local::timers(reviews::timers(timers)))
}

/// The status of a partner; `None` if there is no such partner. The one place here that reads partners.
pub async fn partner_status(db: &impl ConnectionTrait, vendor: VendorId, partner: PartnerId) -> Result<Option<String>, DbErr> {
    let sql = "SELECT status FROM partners WHERE vendor_id = $1 AND id = $2";
    let values = [vendor.0.into(), partner.0.into()];
    let row = db.query_one_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, values)).await?;
    row.map(|row| row.try_get("", "status")).transpose()
}
