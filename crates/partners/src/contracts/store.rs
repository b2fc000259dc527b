//! The table of contracts, and the only queries on it.

use super::PartnerContractId;
use super::rules::Terms;
use super::types::PartnerContractStatus;
use chrono::{DateTime, NaiveDate, Utc};
use kernel::id::PartnerId;
use kernel::{Problem, Scope, Tx};
use sea_orm::entity::prelude::*;
use sea_orm::{Condition, ExprTrait as _, IntoActiveModel as _, QueryOrder, QuerySelect, Select};

/// The table of contracts.
pub mod partner_contract {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "partner_contracts")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub partner_id: Uuid,
        pub title: String,
        pub number: Option<String>,
        pub status: PartnerContractStatus,
        pub starts_on: NaiveDate,
        pub ends_on: Option<NaiveDate>,
        pub notice_days: i64,
        pub remind_days: i64,
        pub renews_by: Option<i64>,
        pub reminded: bool,
        pub terms: Option<String>,
        pub reason: Option<String>,
        pub retain_until: Option<DateTime<Utc>>,
        pub revision: i64,
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub use partner_contract::Model as ContractRow;
use partner_contract::{Column, Entity};

impl ContractRow {
    /// Its id.
    pub fn id(&self) -> PartnerContractId {
        PartnerContractId(self.id)
    }

    /// The dates that it follows.
    pub fn dates(&self) -> Terms {
        let renews_by = self.renews_by.filter(|_| self.status == PartnerContractStatus::Active);
        Terms { ends_on: self.ends_on, notice_days: self.notice_days, remind_days: self.remind_days, renews_by, reminded: self.reminded }
    }
}

fn scoped(scope: Scope) -> Select<Entity> {
    Entity::find().filter(Column::VendorId.eq(scope.vendor().0)).filter(scope.limit(Column::PartnerId))
}

/// A contract of a partner within the caller's reach.
pub async fn find(db: &impl ConnectionTrait, scope: Scope, partner: PartnerId, id: PartnerContractId) -> Result<Option<ContractRow>, DbErr> {
    scoped(scope).filter(Column::PartnerId.eq(partner.0)).filter(Column::Id.eq(id.0)).one(db).await
}

/// A contract by its id alone.
pub async fn by_id(tx: &Tx, id: PartnerContractId) -> Result<Option<ContractRow>, DbErr> {
    scoped(tx.scope()).filter(Column::Id.eq(id.0)).one(tx).await
}

/// How many contracts a partner has.
pub async fn count(tx: &Tx, partner: PartnerId) -> Result<u64, DbErr> {
    scoped(Scope::vendor_wide(tx.vendor())).filter(Column::PartnerId.eq(partner.0)).count(tx).await
}

/// Contracts of a partner, newest first: up to `limit` before `before`.
pub async fn list(
    db: &impl ConnectionTrait,
    scope: Scope,
    partner: PartnerId,
    status: Option<PartnerContractStatus>,
    before: Option<Uuid>,
    limit: u64,
) -> Result<Vec<ContractRow>, DbErr> {
    let wanted = Condition::all().add_option(status.map(|status| Column::Status.eq(status))).add_option(before.map(|before| Column::Id.lt(before)));
    scoped(scope).filter(Column::PartnerId.eq(partner.0)).filter(wanted).order_by_desc(Column::Id).limit(limit).all(db).await
}

/// Store a new contract.
pub async fn insert(tx: &Tx, row: &ContractRow) -> Result<(), DbErr> {
    Entity::insert(row.clone().into_active_model()).exec_without_returning(tx).await.map(|_| ())
}

/// Store a changed contract under its next revision; 412 if somebody was faster.
pub async fn update(tx: &Tx, row: &mut ContractRow) -> Result<(), Problem> {
    let before = row.revision;
    row.revision += 1;
    row.updated_at = tx.now();
    let this = Column::VendorId.eq(row.vendor_id).and(Column::Id.eq(row.id)).and(Column::Revision.eq(before));
    let done = Entity::update_many().set(row.clone().into_active_model().reset_all()).filter(this).exec(tx).await?;
    if done.rows_affected == 1 { Ok(()) } else { Err(Problem::new(kernel::problem::kinds::STALE)) }
}
