//! Versions of the rules of engagement.

use crate::RulesId;
use access::Field;
use chrono::{DateTime, Utc};
use kernel::{Actor, Problem, Scope, Tx};
use sea_orm::entity::prelude::*;
use sea_orm::{IntoActiveModel as _, QueryOrder, QuerySelect};

/// The table of versions.
pub mod version {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "rules_of_engagement")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub version: i64,
        pub status: String,
        pub effective_at: Option<DateTime<Utc>>,
        pub body: String,
        pub revision: i64,
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub use version::Model as VersionRow;

fn scoped(scope: Scope) -> sea_orm::Select<version::Entity> {
    version::Entity::find().filter(version::Column::VendorId.eq(scope.vendor().0))
}

/// A version by its id, for whoever manages the rules.
pub async fn find(db: &impl ConnectionTrait, scope: Scope, id: RulesId) -> Result<Option<VersionRow>, DbErr> {
    scoped(scope).filter(version::Column::Id.eq(id.0)).one(db).await
}

/// A version by its number.
pub async fn by_version(db: &impl ConnectionTrait, scope: Scope, number: i64) -> Result<Option<VersionRow>, DbErr> {
    scoped(scope).filter(version::Column::Version.eq(number)).one(db).await
}

/// A version that `who` may see: published ones, and drafts if they are shown those.
pub async fn find_shown(db: &impl ConnectionTrait, who: &Actor, id: RulesId) -> Result<Option<VersionRow>, DbErr> {
    Ok(find(db, who.scope, id).await?.filter(|row| Field::DraftRules.shown_to(who) || row.status == "published"))
}

/// All published versions, the latest to take effect first.
pub async fn published(db: &impl ConnectionTrait, scope: Scope) -> Result<Vec<VersionRow>, DbErr> {
    let found = scoped(scope).filter(version::Column::Status.eq("published"));
    found.order_by_desc(version::Column::EffectiveAt).order_by_desc(version::Column::Version).limit(100).all(db).await
}

/// Versions before `before` that `who` may see, the latest first.
pub async fn list(db: &impl ConnectionTrait, who: &Actor, before: Option<i64>, limit: u64) -> Result<Vec<VersionRow>, DbErr> {
    let mut find = scoped(who.scope);
    if let Some(before) = before {
        find = find.filter(version::Column::Version.lt(before));
    }
    if !Field::DraftRules.shown_to(who) {
        find = find.filter(version::Column::Status.eq("published"));
    }
    find.order_by_desc(version::Column::Version).limit(limit).all(db).await
}

/// The next free version number.
pub async fn next_version(tx: &Tx) -> Result<i64, DbErr> {
    let last = scoped(tx.scope()).order_by_desc(version::Column::Version).limit(1).one(tx).await?;
    Ok(last.map_or(1, |row| row.version + 1))
}

/// Store a new version.
pub async fn insert(tx: &Tx, row: &VersionRow) -> Result<(), Problem> {
    let done = version::Entity::insert(row.clone().into_active_model()).exec_without_returning(tx).await;
    match done {
        Err(cause) if kernel::db::is_duplicate(&cause) => {
            Err(Problem::new(kernel::problem::kinds::CONFLICT).detail("Another draft was made at the same moment; send it again."))
        }
        done => Ok(done.map(|_| ())?),
    }
}

/// Store a changed version under its next revision; 412 if somebody was faster.
pub async fn update(tx: &Tx, row: &mut VersionRow) -> Result<(), Problem> {
    let before = row.revision;
    row.revision += 1;
    row.updated_at = tx.now();
    let change = row.clone().into_active_model().reset_all();
    let this = version::Entity::update_many()
        .set(change)
        .filter(version::Column::VendorId.eq(row.vendor_id))
        .filter(version::Column::Id.eq(row.id))
        .filter(version::Column::Revision.eq(before));
    let done = this.exec(tx).await?;
    if done.rows_affected == 1 { Ok(()) } else { Err(Problem::new(kernel::problem::kinds::STALE)) }
}
