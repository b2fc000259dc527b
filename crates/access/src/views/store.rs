//! The table of views.

use super::ViewId;
use chrono::{DateTime, Utc};
use kernel::id::{PersonId, VendorId};
use kernel::{Page, PageQuery, Problem, Tx};
use sea_orm::entity::prelude::*;
use sea_orm::{ExprTrait as _, QueryOrder, QuerySelect};
use view::{Column, Entity, Model};

/// The table of views.
pub mod view {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "views")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub person_id: Uuid,
        pub list: String,
        pub name: String,
        pub filters: String,
        pub columns: String,
        pub is_default: bool,
        pub revision: i64,
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

fn theirs(vendor: VendorId, person: PersonId) -> Select<Entity> {
    Entity::find().filter(Column::VendorId.eq(vendor.0)).filter(Column::PersonId.eq(person.0))
}

/// A page of a person's views, newest first.
pub(super) async fn page(
    db: &impl ConnectionTrait,
    vendor: VendorId,
    person: PersonId,
    list: Option<&str>,
    page: PageQuery,
) -> Result<Page<Model>, Problem> {
    let (limit, after) = (page.limit()?, page.after::<Uuid>("views")?);
    let mut find = theirs(vendor, person);
    if let Some(list) = list {
        find = find.filter(Column::List.eq(list));
    }
    if let Some(after) = after {
        find = find.filter(Column::Id.lt(after));
    }
    let rows = find.order_by_desc(Column::Id).limit(limit + 1).all(db).await?;
    Ok(Page::of("views", rows, limit, |row| row.id))
}

/// All of a person's views: they are few.
pub(super) async fn all(db: &impl ConnectionTrait, vendor: VendorId, person: PersonId) -> Result<Vec<Model>, DbErr> {
    theirs(vendor, person).order_by_desc(Column::Id).all(db).await
}

/// One of a person's views.
pub(super) async fn find(db: &impl ConnectionTrait, vendor: VendorId, person: PersonId, id: ViewId) -> Result<Option<Model>, DbErr> {
    theirs(vendor, person).filter(Column::Id.eq(id.0)).one(db).await
}

/// How many views a person keeps.
pub(super) async fn count(tx: &Tx, person: PersonId) -> Result<u64, DbErr> {
    theirs(tx.vendor(), person).count(tx).await
}

pub(super) async fn insert(tx: &Tx, row: Model) -> Result<(), DbErr> {
    Entity::insert(view::ActiveModel::from(row)).exec_without_returning(tx).await.map(|_| ())
}

/// Write a view unless it was changed meanwhile; whether it was written.
pub(super) async fn update(tx: &Tx, row: Model, before: i64) -> Result<bool, DbErr> {
    let same = Column::VendorId.eq(row.vendor_id).and(Column::Id.eq(row.id)).and(Column::Revision.eq(before));
    Ok(Entity::update_many().set(view::ActiveModel::from(row).reset_all()).filter(same).exec(tx).await?.rows_affected == 1)
}

/// No other view of this person's is the one that this list opens with.
pub(super) async fn demote_others(tx: &Tx, row: &Model) -> Result<(), DbErr> {
    let same = Column::VendorId.eq(row.vendor_id).and(Column::PersonId.eq(row.person_id)).and(Column::List.eq(&row.list));
    let others = same.and(Column::Id.ne(row.id)).and(Column::IsDefault.eq(true));
    Entity::update_many().col_expr(Column::IsDefault, false.into()).filter(others).exec(tx).await.map(|_| ())
}

pub(super) async fn delete(tx: &Tx, row: &Model) -> Result<(), DbErr> {
    Entity::delete_by_id((row.vendor_id, row.id)).exec(tx).await.map(|_| ())
}

/// Delete all of a person's views.
pub(super) async fn forget(tx: &Tx, person: PersonId) -> Result<(), Problem> {
    let all = Column::VendorId.eq(tx.vendor().0).and(Column::PersonId.eq(person.0));
    Entity::delete_many().filter(all).exec(tx).await?;
    Ok(())
}
