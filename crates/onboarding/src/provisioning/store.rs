//! The tables of access grants and of the tokens that answer them, and the only queries on them.

use super::AccessGrantId;
use super::rules::legal_actions;
use super::types::{AccessGrant, AccessGrantInternal, AccessGrantKind, AccessGrantStatus};
use crate::asking::{Requests, Tokens};
use access::{Field, Permission};
use chrono::{DateTime, Utc};
use kernel::id::{PartnerId, PersonId};
use kernel::{Actor, Problem, Scope, Tx};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{LockType, OnConflict};
use sea_orm::{ExprTrait as _, IntoActiveModel as _, QueryOrder, QuerySelect};

/// The table of grants.
pub mod grant {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "access_grants")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub partner_id: Uuid,
        pub kind: String,
        pub name: String,
        pub person_id: Option<Uuid>,
        pub status: String,
        pub live_key: Option<String>,
        pub round: i64,
        pub attempts: i64,
        pub due_at: Option<DateTime<Utc>>,
        pub answer_by: Option<DateTime<Utc>>,
        pub last_error: Option<String>,
        pub last_status: Option<i64>,
        pub url: Option<String>,
        pub reference: Option<String>,
        pub policy_version: i64,
        pub requested_at: DateTime<Utc>,
        pub granted_at: Option<DateTime<Utc>>,
        pub revoked_at: Option<DateTime<Utc>>,
        pub revision: i64,
        pub updated_at: DateTime<Utc>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub use grant::Model as GrantRow;
use grant::{Column, Entity};

/// What provisioners are asked.
pub const REQUESTS: Requests = Requests { table: "access_grants", of: "vendor_id" };

/// How they answer later.
pub const TOKENS: Tokens = Tokens { table: "access_grant_tokens", of: "grant_id" };

impl GrantRow {
    /// Its id.
    pub fn id(&self) -> AccessGrantId {
        AccessGrantId(self.id)
    }

    /// The partner.
    pub fn partner(&self) -> PartnerId {
        PartnerId(self.partner_id)
    }

    /// Where it stands.
    pub fn status(&self) -> AccessGrantStatus {
        AccessGrantStatus::stored(&self.status)
    }

    /// Whether it is an environment.
    pub fn is_environment(&self) -> bool {
        self.kind == "environment"
    }

    /// Let it stand there; what has ended frees its name for another.
    pub fn stand(&mut self, status: AccessGrantStatus) {
        self.status = status.wire().to_owned();
        if !status.is_live() {
            self.live_key = None;
        }
        if !matches!(status, AccessGrantStatus::Requested | AccessGrantStatus::Pending | AccessGrantStatus::Revoking) {
            (self.due_at, self.answer_by) = (None, None);
        }
    }

    /// As an event tells it.
    pub fn whole(&self) -> AccessGrant {
        let internal = AccessGrantInternal {
            attempts: self.attempts,
            last_error: self.last_error.clone(),
            last_status: self.last_status,
            next_at: self.due_at,
            reference: self.reference.clone(),
            policy_version: self.policy_version,
        };
        AccessGrant {
            id: self.id(),
            partner_id: self.partner(),
            kind: if self.is_environment() { AccessGrantKind::Environment } else { AccessGrantKind::Person },
            name: self.name.clone(),
            person_id: self.person_id.map(PersonId),
            status: self.status(),
            url: self.url.clone().filter(|_| self.status() == AccessGrantStatus::Granted),
            requested_at: self.requested_at,
            answer_by: self.answer_by,
            granted_at: self.granted_at,
            revoked_at: self.revoked_at,
            internal: Some(internal),
            revision: self.revision,
            updated_at: self.updated_at,
            available_actions: legal_actions(self.status(), self.is_environment()).to_vec(),
        }
    }

    /// As this caller sees it.
    pub fn seen_by(&self, who: &Actor) -> AccessGrant {
        let mut shown = self.whole();
        if !Field::InternalReasons.shown_to(who) {
            shown.internal = None;
        }
        if who.grants & Permission::ManagePartners.bit() == 0 {
            shown.available_actions.clear();
        }
        shown
    }
}

fn scoped(scope: Scope) -> sea_orm::Select<Entity> {
    Entity::find().filter(Column::VendorId.eq(scope.vendor().0)).filter(scope.limit(Column::PartnerId))
}

/// The grant of this id, for a change: nobody else changes it until this write ends.
pub async fn find_to_change(tx: &Tx, id: AccessGrantId) -> Result<Option<GrantRow>, DbErr> {
    scoped(tx.scope()).filter(Column::Id.eq(id.0)).lock(LockType::NoKeyUpdate).one(tx).await
}

/// The grant of this id.
pub async fn find(db: &impl ConnectionTrait, scope: Scope, id: AccessGrantId) -> Result<Option<GrantRow>, DbErr> {
    scoped(scope).filter(Column::Id.eq(id.0)).one(db).await
}

/// Up to `limit` grants of a partner before `before`, newest first.
pub async fn of_partner(
    db: &impl ConnectionTrait,
    scope: Scope,
    partner: PartnerId,
    before: Option<Uuid>,
    limit: u64,
) -> Result<Vec<GrantRow>, DbErr> {
    let page = sea_orm::Condition::all().add_option(before.map(|before| Column::Id.lt(before)));
    scoped(scope).filter(Column::PartnerId.eq(partner.0)).filter(page).order_by_desc(Column::Id).limit(limit).all(db).await
}

/// The grants of a partner that have not ended.
pub async fn live(tx: &Tx, partner: PartnerId) -> Result<Vec<GrantRow>, DbErr> {
    let live = scoped(Scope::vendor_wide(tx.vendor())).filter(Column::PartnerId.eq(partner.0)).filter(Column::LiveKey.is_not_null());
    live.order_by_asc(Column::Id).lock(LockType::NoKeyUpdate).all(tx).await
}

/// Keep a new one; `false` if the partner has it already, or is about to.
pub async fn insert(tx: &Tx, row: &GrantRow) -> Result<bool, DbErr> {
    let on = OnConflict::new().do_nothing().to_owned();
    Ok(Entity::insert(row.clone().into_active_model()).on_conflict(on).exec_without_returning(tx).await? == 1)
}

/// Keep a changed one, one revision on; 412 if somebody was faster.
pub async fn update(tx: &Tx, row: &mut GrantRow) -> Result<(), Problem> {
    let before = row.revision;
    (row.revision, row.updated_at) = (before + 1, tx.now());
    let this = Column::VendorId.eq(row.vendor_id).and(Column::Id.eq(row.id)).and(Column::Revision.eq(before));
    if Entity::update_many().set(row.clone().into_active_model().reset_all()).filter(this).exec(tx).await?.rows_affected == 1 {
        return Ok(());
    }
    Err(Problem::new(kernel::problem::kinds::STALE))
}
