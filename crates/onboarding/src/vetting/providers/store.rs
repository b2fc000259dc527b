//! The table of check providers, and the only queries on it.

use super::CheckProviderId;
use super::types::{CheckProvider, CheckProviderCreate, CheckProviderStatus};
use crate::vetting::json;
use access::Permission;
use chrono::{DateTime, Utc};
use kernel::id::VendorId;
use kernel::keyring::Keyring;
use kernel::seal::{KeyColumn, Sealed, Sealer};
use kernel::{Problem, Scope, Tx};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{LockType, OnConflict};
use sea_orm::{ExprTrait as _, IntoActiveModel as _, QueryOrder, QuerySelect};

/// The table of providers.
pub mod provider {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "check_providers")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub name: String,
        pub body: String,
        pub status: String,
        pub secrets: Vec<u8>,
        pub revision: i64,
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub use provider::Model as ProviderRow;
use provider::{Column, Entity};

/// Where their keys are sealed.
pub const SEALED: Sealed = Sealed {
    table: "check_providers",
    key: &[KeyColumn::Uuid("vendor_id"), KeyColumn::Uuid("id")],
    column: "secrets",
    purpose: |row| Ok(purpose(VendorId(row.try_get("", "vendor_id")?), CheckProviderId(row.try_get("", "id")?))),
    also: &[],
};

/// What a provider's keys are sealed for.
pub fn purpose(vendor: VendorId, id: CheckProviderId) -> String {
    format!("check_provider:{}:{}", vendor.0.simple(), id.0.simple())
}

impl ProviderRow {
    /// Its id.
    pub fn id(&self) -> CheckProviderId {
        CheckProviderId(self.id)
    }

    /// What is said of it.
    pub fn said(&self) -> Result<CheckProviderCreate, Problem> {
        json(&self.body)
    }

    /// Whether it is asked.
    pub fn status(&self) -> CheckProviderStatus {
        if self.status == "active" { CheckProviderStatus::Active } else { CheckProviderStatus::Paused }
    }

    /// What calls to it are signed with.
    pub fn keys(&self, sealer: &Sealer) -> Result<Keyring, Problem> {
        Keyring::open(sealer, &purpose(VendorId(self.vendor_id), self.id()), &self.secrets)
    }

    /// On the wire, for whoever may do what `grants` says.
    pub fn shown(&self, sealer: &Sealer, grants: u64) -> Result<CheckProvider, Problem> {
        let (said, status) = (self.said()?, self.status());
        let manages = grants & Permission::ManageVetting.bit() != 0;
        Ok(CheckProvider {
            id: self.id(),
            name: said.name,
            url: said.url,
            kind: said.kind,
            when: said.when,
            sends: said.sends,
            answer_minutes: said.answer_minutes,
            unanswered: said.unanswered,
            blocks: said.blocks,
            valid_days: said.valid_days,
            status,
            public_key: self.keys(sealer)?.public_key(),
            revision: self.revision,
            created_at: self.created_at,
            updated_at: self.updated_at,
            available_actions: if manages { status.legal_actions().to_vec() } else { Vec::new() },
        })
    }
}

fn scoped(scope: Scope) -> sea_orm::Select<Entity> {
    Entity::find().filter(Column::VendorId.eq(scope.vendor().0))
}

/// The provider of this id.
pub async fn find(db: &impl ConnectionTrait, scope: Scope, id: CheckProviderId) -> Result<Option<ProviderRow>, DbErr> {
    scoped(scope).filter(Column::Id.eq(id.0)).one(db).await
}

/// Like [`find`], for a change.
pub async fn find_to_change(tx: &Tx, id: CheckProviderId) -> Result<Option<ProviderRow>, DbErr> {
    scoped(tx.scope()).filter(Column::Id.eq(id.0)).lock(LockType::NoKeyUpdate).one(tx).await
}

/// Up to `limit` providers before `before`, newest first.
pub async fn page(db: &impl ConnectionTrait, scope: Scope, before: Option<Uuid>, limit: u64) -> Result<Vec<ProviderRow>, DbErr> {
    let older = sea_orm::Condition::all().add_option(before.map(|before| Column::Id.lt(before)));
    scoped(scope).filter(older).order_by_desc(Column::Id).limit(limit).all(db).await
}

/// Those that are asked: no more than a vendor may have.
pub async fn active(tx: &Tx) -> Result<Vec<ProviderRow>, DbErr> {
    let active = scoped(Scope::vendor_wide(tx.vendor())).filter(Column::Status.eq(CheckProviderStatus::Active.wire()));
    active.order_by_asc(Column::Id).limit(super::service::MOST).all(tx).await
}

/// How many there are.
pub async fn count(tx: &Tx) -> Result<u64, DbErr> {
    scoped(Scope::vendor_wide(tx.vendor())).count(tx).await
}

/// Keep a new one; `false` if its name is another's.
pub async fn insert(tx: &Tx, row: &ProviderRow) -> Result<bool, DbErr> {
    let on = OnConflict::new().do_nothing().to_owned();
    Ok(Entity::insert(row.clone().into_active_model()).on_conflict(on).exec_without_returning(tx).await? == 1)
}

/// Whether another has this name.
pub async fn is_taken(tx: &Tx, row: &ProviderRow) -> Result<bool, DbErr> {
    let others = scoped(tx.scope()).filter(Column::Name.eq(row.name.as_str())).filter(Column::Id.ne(row.id));
    Ok(others.one(tx).await?.is_some())
}

/// Keep a changed one, one revision on; 412 if somebody was faster.
pub async fn update(tx: &Tx, row: &mut ProviderRow) -> Result<(), Problem> {
    let before = row.revision;
    (row.revision, row.updated_at) = (before + 1, tx.now());
    let this = Column::VendorId.eq(row.vendor_id).and(Column::Id.eq(row.id)).and(Column::Revision.eq(before));
    if Entity::update_many().set(row.clone().into_active_model().reset_all()).filter(this).exec(tx).await?.rows_affected == 1 {
        return Ok(());
    }
    Err(Problem::new(kernel::problem::kinds::STALE))
}
