//! The table of vendors' own templates, and the only queries on it.

use chrono::{DateTime, Utc};
use kernel::Tx;
use kernel::id::VendorId;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::LockType;
use sea_orm::{Condition, QueryOrder, QuerySelect, TryInsertResult};
use std::collections::BTreeSet;

/// The table of templates.
pub mod template {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "notification_templates")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub name: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub language: String,
        pub subject: String,
        pub content: String,
        pub html: Option<String>,
        pub revision: i64,
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

use template::{Column, Entity, Model};

fn this(vendor: VendorId, name: &str, language: &str) -> Condition {
    Condition::all().add(Column::VendorId.eq(vendor.0)).add(Column::Name.eq(name)).add(Column::Language.eq(language))
}

pub(crate) async fn find(db: &impl ConnectionTrait, vendor: VendorId, name: &str, language: &str) -> Result<Option<Model>, DbErr> {
    Entity::find().filter(this(vendor, name, language)).one(db).await
}

/// Like [`find`], for a change.
pub(crate) async fn find_to_change(tx: &Tx, name: &str, language: &str) -> Result<Option<Model>, DbErr> {
    Entity::find().filter(this(tx.vendor(), name, language)).lock(LockType::Update).one(tx).await
}

/// All languages of these templates.
pub(crate) async fn of_names(db: &impl ConnectionTrait, vendor: VendorId, names: &BTreeSet<&str>) -> Result<Vec<Model>, DbErr> {
    let all = Entity::find().filter(Column::VendorId.eq(vendor.0));
    all.filter(Column::Name.is_in(names.iter().copied())).all(db).await
}

/// Up to `limit` of the vendor's own after (name, language).
pub(crate) async fn page(db: &impl ConnectionTrait, vendor: VendorId, after: Option<&(String, String)>, limit: u64) -> Result<Vec<Model>, DbErr> {
    let beyond = after.map(|(name, language)| {
        let same = Condition::all().add(Column::Name.eq(name)).add(Column::Language.gt(language));
        Condition::any().add(Column::Name.gt(name)).add(same)
    });
    let all = Entity::find().filter(Column::VendorId.eq(vendor.0)).filter(Condition::all().add_option(beyond));
    all.order_by_asc(Column::Name).order_by_asc(Column::Language).limit(limit).all(db).await
}

/// Add one; `false` if it is there already.
pub(crate) async fn insert(tx: &Tx, row: Model) -> Result<bool, DbErr> {
    let insert = Entity::insert(template::ActiveModel::from(row)).on_conflict_do_nothing_on([Column::VendorId, Column::Name, Column::Language]);
    Ok(matches!(insert.exec_without_returning(tx).await?, TryInsertResult::Inserted(1)))
}

pub(crate) async fn update(tx: &Tx, row: Model) -> Result<(), DbErr> {
    let this = this(tx.vendor(), &row.name, &row.language);
    Entity::update_many().set(template::ActiveModel::from(row).reset_all()).filter(this).exec(tx).await.map(drop)
}

/// Take one out; `false` if there was none.
pub(crate) async fn delete(tx: &Tx, name: &str, language: &str) -> Result<bool, DbErr> {
    Ok(Entity::delete_many().filter(this(tx.vendor(), name, language)).exec(tx).await?.rows_affected == 1)
}
