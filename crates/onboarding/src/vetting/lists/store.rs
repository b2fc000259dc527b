//! The tables of lists, their versions and entries, and the only queries on them.

use super::types::{ScreeningFormat, ScreeningList, ScreeningVersion};
use crate::vetting::{ScreeningListId, json};
use chrono::{DateTime, Utc};
use kernel::{Problem, Scope, Tx};
use sea_orm::entity::prelude::*;
use sea_orm::{ExprTrait as _, IntoActiveModel as _, QueryOrder, QuerySelect, Statement};

/// The table of lists.
pub mod list {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "screening_lists")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub name: String,
        pub search_name: String,
        pub format: String,
        pub version: i64,
        pub entries: i64,
        pub published_at: Option<DateTime<Utc>>,
        pub revision: i64,
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// The table of versions.
pub mod version {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "screening_versions")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub list_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub version: i64,
        pub entries: i64,
        pub added: i64,
        pub changed: i64,
        pub removed: i64,
        pub sha256: String,
        pub published_by: String,
        pub created_at: DateTime<Utc>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// The table of entries.
pub mod entry {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "screening_entries")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub list_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub entry_id: String,
        pub hash: String,
        pub body: String,
        pub version: i64,
        pub changed_in: i64,
        pub removed_in: Option<i64>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub use entry::Model as EntryRow;
pub use list::Model as ListRow;
pub use version::Model as VersionRow;

/// Rows written or read by one statement: SQLite counts every value of it.
const CHUNK: usize = 500;

impl ListRow {
    /// As it is shown.
    pub fn shown(&self) -> ScreeningList {
        ScreeningList {
            id: ScreeningListId(self.id),
            name: self.name.clone(),
            format: ScreeningFormat::stored(&self.format),
            version: self.version,
            entries: self.entries,
            published_at: self.published_at,
            revision: self.revision,
            created_at: self.created_at,
            updated_at: self.updated_at,
        }
    }
}

impl VersionRow {
    /// As it is shown.
    pub fn shown(&self) -> Result<ScreeningVersion, Problem> {
        Ok(ScreeningVersion {
            list_id: ScreeningListId(self.list_id),
            version: self.version,
            entries: self.entries,
            added: self.added,
            changed: self.changed,
            removed: self.removed,
            sha256: self.sha256.clone(),
            published_by: json(&self.published_by)?,
            created_at: self.created_at,
        })
    }
}

fn lists(scope: Scope) -> sea_orm::Select<list::Entity> {
    list::Entity::find().filter(list::Column::VendorId.eq(scope.vendor().0))
}

/// A list of the vendor.
pub async fn find(db: &impl ConnectionTrait, scope: Scope, id: ScreeningListId) -> Result<Option<ListRow>, DbErr> {
    lists(scope).filter(list::Column::Id.eq(id.0)).one(db).await
}

/// A list by its name.
pub async fn by_name(db: &impl ConnectionTrait, scope: Scope, search_name: &str) -> Result<Option<ListRow>, DbErr> {
    lists(scope).filter(list::Column::SearchName.eq(search_name)).one(db).await
}

/// Up to `limit` lists before `before`, newest first.
pub async fn page(db: &impl ConnectionTrait, scope: Scope, before: Option<Uuid>, limit: u64) -> Result<Vec<ListRow>, DbErr> {
    let wanted = sea_orm::Condition::all().add_option(before.map(|before| list::Column::Id.lt(before)));
    lists(scope).filter(wanted).order_by_desc(list::Column::Id).limit(limit).all(db).await
}

/// Every list that has a version; the oldest first, at most twenty.
pub async fn published(db: &impl ConnectionTrait, scope: Scope) -> Result<Vec<ListRow>, DbErr> {
    lists(scope).filter(list::Column::Version.gt(0)).order_by_asc(list::Column::Id).limit(20).all(db).await
}

/// Add a list; `false` if its name is taken.
pub async fn insert(tx: &Tx, row: &ListRow) -> Result<bool, DbErr> {
    let on = sea_orm::sea_query::OnConflict::new().do_nothing().to_owned();
    Ok(list::Entity::insert(row.clone().into_active_model()).on_conflict(on).exec_without_returning(tx).await? == 1)
}

/// Store a changed list under its next revision; 412 if somebody was faster.
pub async fn update(tx: &Tx, row: &mut ListRow) -> Result<(), Problem> {
    use list::Column::{Id, Revision, VendorId};
    let before = row.revision;
    row.revision += 1;
    row.updated_at = tx.now();
    let this = VendorId.eq(row.vendor_id).and(Id.eq(row.id)).and(Revision.eq(before));
    let done = list::Entity::update_many().set(row.clone().into_active_model().reset_all()).filter(this).exec(tx).await?;
    if done.rows_affected == 1 { Ok(()) } else { Err(Problem::new(kernel::problem::kinds::STALE)) }
}

/// Record a version.
pub async fn record(tx: &Tx, row: &VersionRow) -> Result<(), DbErr> {
    version::Entity::insert(row.clone().into_active_model()).exec_without_returning(tx).await.map(|_| ())
}

/// Up to `limit` versions before `before`, latest first.
pub async fn versions(
    db: &impl ConnectionTrait,
    scope: Scope,
    id: ScreeningListId,
    before: Option<i64>,
    limit: u64,
) -> Result<Vec<VersionRow>, DbErr> {
    let of = version::Entity::find().filter(version::Column::VendorId.eq(scope.vendor().0)).filter(version::Column::ListId.eq(id.0));
    let wanted = sea_orm::Condition::all().add_option(before.map(|before| version::Column::Version.lt(before)));
    of.filter(wanted).order_by_desc(version::Column::Version).limit(limit).all(db).await
}

/// What is compared of an entry: its id, hash, version, and whether it is in the list now.
pub struct Known {
    /// The hash of what it says.
    pub hash: String,
    /// Raised when it says something else.
    pub version: i64,
    /// Whether the list has it.
    pub live: bool,
}

/// Every entry that the list has or had, page by page.
pub async fn known(db: &impl ConnectionTrait, scope: Scope, list: Uuid) -> Result<std::collections::HashMap<String, Known>, DbErr> {
    const PAGE: i64 = 5_000;
    let (mut all, mut after) = (std::collections::HashMap::new(), String::new());
    let sql = "SELECT entry_id, hash, version, removed_in FROM screening_entries WHERE vendor_id = $1 AND list_id = $2 AND entry_id > $3 ORDER BY entry_id LIMIT $4";
    loop {
        let values = [scope.vendor().0.into(), list.into(), after.clone().into(), PAGE.into()];
        let rows = db.query_all_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, values)).await?;
        let count = rows.len() as i64;
        for row in rows {
            after = row.try_get("", "entry_id")?;
            let live = row.try_get::<Option<i64>>("", "removed_in")?.is_none();
            all.insert(after.clone(), Known { hash: row.try_get("", "hash")?, version: row.try_get("", "version")?, live });
        }
        if count < PAGE {
            return Ok(all);
        }
    }
}

/// Write entries that are new or changed.
pub async fn put_entries(tx: &Tx, rows: Vec<EntryRow>) -> Result<(), DbErr> {
    use entry::Column::{Body, ChangedIn, EntryId, Hash, ListId, RemovedIn, VendorId, Version};
    for some in rows.chunks(CHUNK) {
        let mut on = sea_orm::sea_query::OnConflict::columns([VendorId, ListId, EntryId]);
        let on = on.update_columns([Hash, Body, Version, ChangedIn, RemovedIn]).to_owned();
        let rows = some.iter().map(|row| row.clone().into_active_model());
        entry::Entity::insert_many(rows).on_conflict(on).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// Note that entries are not in the list any more.
pub async fn remove_entries(tx: &Tx, list: Uuid, version: i64, ids: &[String]) -> Result<(), DbErr> {
    use entry::Column::{EntryId, ListId, RemovedIn, VendorId};
    for some in ids.chunks(CHUNK) {
        let these = VendorId.eq(tx.vendor().0).and(ListId.eq(list)).and(EntryId.is_in(some.iter().cloned()));
        entry::Entity::update_many().col_expr(RemovedIn, sea_orm::sea_query::Expr::value(version)).filter(these).exec(tx).await?;
    }
    Ok(())
}

/// The entries that the list has now, page by page.
pub async fn live(db: &impl ConnectionTrait, scope: Scope, list: Uuid) -> Result<Vec<EntryRow>, DbErr> {
    const PAGE: u64 = 2_000;
    let (mut all, mut after) = (Vec::new(), String::new());
    loop {
        let of = entry::Entity::find().filter(entry::Column::VendorId.eq(scope.vendor().0)).filter(entry::Column::ListId.eq(list));
        let of = of.filter(entry::Column::RemovedIn.is_null()).filter(entry::Column::EntryId.gt(after.clone()));
        let rows = of.order_by_asc(entry::Column::EntryId).limit(PAGE).all(db).await?;
        let count = rows.len() as u64;
        after = rows.last().map_or(after, |row| row.entry_id.clone());
        all.extend(rows);
        if count < PAGE {
            return Ok(all);
        }
    }
}

/// Ids of entries that changed or went after version `since`, up to version `until`.
pub async fn touched(db: &impl ConnectionTrait, scope: Scope, list: Uuid, since: i64, until: i64) -> Result<Vec<(String, bool)>, DbErr> {
    let sql = "SELECT entry_id, removed_in FROM screening_entries WHERE vendor_id = $1 AND list_id = $2 AND \
        ((changed_in > $3 AND changed_in <= $4) OR (removed_in > $3 AND removed_in <= $4)) ORDER BY entry_id";
    let values = [scope.vendor().0.into(), list.into(), since.into(), until.into()];
    let rows = db.query_all_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, values)).await?;
    rows.into_iter().map(|row| Ok((row.try_get("", "entry_id")?, row.try_get::<Option<i64>>("", "removed_in")?.is_some()))).collect()
}
