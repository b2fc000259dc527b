//! The table of custom roles, and the only queries on it.

use super::RoleFacts;
use super::http::RoleSide;
use crate::permission::{self, Permission};
use chrono::{DateTime, Utc};
use kernel::Tx;
use kernel::id::VendorId;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::LockType;
use sea_orm::{Condition, DbBackend, QueryOrder, QuerySelect, Statement, TryInsertResult};

/// The table of custom roles.
pub mod role {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "roles")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub name: String,
        pub title: String,
        pub description: Option<String>,
        pub side: RoleSide,
        pub permissions: String,
        pub revision: i64,
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

impl role::Model {
    /// What it allows; a permission that does not exist any more allows nothing.
    pub fn grants(&self) -> u64 {
        let names: Vec<String> = serde_json::from_str(&self.permissions).unwrap_or_default();
        permission::bits(&names.iter().filter_map(|name| name.parse::<Permission>().ok()).collect::<Vec<_>>())
    }

    /// What follows from it; a partner's role never allows more than people of partners may do at all.
    pub fn facts(&self) -> RoleFacts {
        let is_partners = self.side == RoleSide::Partner;
        let most = if is_partners { permission::for_partners() } else { u64::MAX };
        RoleFacts { is_partners, grants: self.grants() & most }
    }
}

/// A custom role.
pub async fn find(db: &impl ConnectionTrait, vendor: VendorId, name: &str) -> Result<Option<role::Model>, DbErr> {
    role::Entity::find_by_id((vendor.0, name.to_owned())).one(db).await
}

/// Like [`find`], for a change: nobody gives it to anybody until this write ends.
pub async fn find_to_change(tx: &Tx, name: &str) -> Result<Option<role::Model>, DbErr> {
    role::Entity::find_by_id((tx.vendor().0, name.to_owned())).lock(LockType::Update).one(tx).await
}

/// Hold a custom role that is about to be given to somebody: it is neither changed nor deleted until this write ends.
pub async fn hold(tx: &Tx, name: &str) -> Result<(), DbErr> {
    if tx.get_database_backend() != DbBackend::Postgres {
        return Ok(()); // SQLite has one writer anyway.
    }
    let sql = "SELECT name FROM roles WHERE vendor_id = $1 AND name = $2 FOR SHARE";
    tx.query_one_raw(Statement::from_sql_and_values(DbBackend::Postgres, sql, [tx.vendor().0.into(), name.into()])).await.map(|_| ())
}

/// All custom roles by name; a vendor has few.
pub async fn all(db: &impl ConnectionTrait, vendor: VendorId) -> Result<Vec<role::Model>, DbErr> {
    role::Entity::find().filter(role::Column::VendorId.eq(vendor.0)).order_by_asc(role::Column::Name).limit(1_000).all(db).await
}

/// Add a role; `false` if there is one of this name already.
pub async fn insert(tx: &Tx, row: role::Model) -> Result<bool, DbErr> {
    let insert = role::Entity::insert(role::ActiveModel::from(row)).on_conflict_do_nothing_on([role::Column::VendorId, role::Column::Name]);
    Ok(matches!(insert.exec_without_returning(tx).await?, TryInsertResult::Inserted(1)))
}

fn this(row: &role::Model) -> Condition {
    Condition::all().add(role::Column::VendorId.eq(row.vendor_id)).add(role::Column::Name.eq(&row.name))
}

/// Write the whole row of a role that [`find_to_change`] found.
pub async fn update(tx: &Tx, row: role::Model) -> Result<(), DbErr> {
    let this = this(&row);
    role::Entity::update_many().set(role::ActiveModel::from(row).reset_all()).filter(this).exec(tx).await.map(|_| ())
}

/// Take out a role.
pub async fn delete(tx: &Tx, row: &role::Model) -> Result<(), DbErr> {
    role::Entity::delete_many().filter(this(row)).exec(tx).await.map(|_| ())
}

/// How many people have this role.
pub async fn holders(tx: &Tx, name: &str) -> Result<i64, DbErr> {
    let sql = "SELECT COUNT(*) AS count FROM people WHERE vendor_id = $1 AND role = $2";
    let row = tx.query_one_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, [tx.vendor().0.into(), name.into()])).await?;
    row.map_or(Ok(0), |row| row.try_get("", "count"))
}
