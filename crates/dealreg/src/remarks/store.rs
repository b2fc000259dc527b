//! The table of remarks, and the only queries on it.

use crate::{DealId, RemarkId};
use chrono::{DateTime, Utc};
use kernel::actor::ActorRef;
use kernel::id::PersonId;
use kernel::{Scope, Tx};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::LockType;
use sea_orm::{IntoActiveModel as _, QueryOrder, QuerySelect, Select};

/// The table of remarks.
pub mod deal_remark {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "deal_remarks")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub deal_id: Uuid,
        pub partner_id: Uuid,
        pub internal: i32,
        pub author_kind: String,
        pub author_id: String,
        pub by_partner: i32,
        pub text: Option<String>,
        pub revision: i64,
        pub created_at: DateTime<Utc>,
        pub edited_at: Option<DateTime<Utc>>,
        pub deleted_at: Option<DateTime<Utc>>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub use deal_remark::Model as RemarkRow;
use deal_remark::{Column, Entity};

impl RemarkRow {
    /// Its id.
    pub fn id(&self) -> RemarkId {
        RemarkId(self.id)
    }

    /// Who made it.
    pub fn author(&self) -> ActorRef {
        ActorRef { kind: self.author_kind.clone(), id: self.author_id.clone() }
    }
}

fn scoped(scope: Scope, internal: bool) -> Select<Entity> {
    let find = Entity::find().filter(Column::VendorId.eq(scope.vendor().0)).filter(scope.limit(Column::PartnerId));
    find.filter(Column::Internal.eq(i32::from(internal)))
}

/// A deal's remarks of one kind, oldest first: up to `limit` after `after`.
pub async fn list(
    db: &impl ConnectionTrait,
    scope: Scope,
    deal: DealId,
    internal: bool,
    after: Option<Uuid>,
    limit: u64,
) -> Result<Vec<RemarkRow>, DbErr> {
    let mut find = scoped(scope, internal).filter(Column::DealId.eq(deal.0));
    if let Some(after) = after {
        find = find.filter(Column::Id.gt(after));
    }
    find.order_by_asc(Column::Id).limit(limit).all(db).await
}

fn standing(scope: Scope, deal: DealId, internal: bool, id: RemarkId) -> Select<Entity> {
    scoped(scope, internal).filter(Column::DealId.eq(deal.0)).filter(Column::Id.eq(id.0)).filter(Column::DeletedAt.is_null())
}

/// A remark of one kind about a deal, if it was not taken back.
pub async fn find(db: &impl ConnectionTrait, scope: Scope, deal: DealId, internal: bool, id: RemarkId) -> Result<Option<RemarkRow>, DbErr> {
    standing(scope, deal, internal, id).one(db).await
}

/// Like [`find`], for a change.
pub async fn find_to_change(tx: &Tx, deal: DealId, internal: bool, id: RemarkId) -> Result<Option<RemarkRow>, DbErr> {
    standing(tx.scope(), deal, internal, id).lock(LockType::NoKeyUpdate).one(tx).await
}

/// How many remarks of one kind a deal has, those taken back included.
pub async fn count(tx: &Tx, deal: DealId, internal: bool) -> Result<u64, DbErr> {
    scoped(Scope::vendor_wide(tx.vendor()), internal).filter(Column::DealId.eq(deal.0)).count(tx).await
}

/// Store a new remark.
pub async fn insert(tx: &Tx, row: RemarkRow) -> Result<(), DbErr> {
    Entity::insert(row.into_active_model()).exec_without_returning(tx).await.map(|_| ())
}

/// Store a changed remark.
pub async fn update(tx: &Tx, row: RemarkRow) -> Result<(), DbErr> {
    let (vendor, id) = (row.vendor_id, row.id);
    let change = row.into_active_model().reset_all();
    Entity::update_many().set(change).filter(Column::VendorId.eq(vendor)).filter(Column::Id.eq(id)).exec(tx).await.map(|_| ())
}

/// What a person has said that still stands, of both kinds: up to `limit` after `after`.
pub async fn by_author(db: &impl ConnectionTrait, scope: Scope, person: PersonId, after: Uuid, limit: u64) -> Result<Vec<RemarkRow>, DbErr> {
    let find = Entity::find().filter(Column::VendorId.eq(scope.vendor().0)).filter(Column::AuthorId.eq(person.to_string()));
    find.filter(Column::Text.is_not_null()).filter(Column::Id.gt(after)).order_by_asc(Column::Id).limit(limit).all(db).await
}
