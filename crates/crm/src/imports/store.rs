//! The tables of imports, of their content and of their refused rows, and the only queries on them.

use super::types::{ImportFormat, ImportOptions, ImportResource, ImportStatus};
use super::work::Counts;
use crate::sql::statement;
use chrono::{DateTime, Utc};
use kernel::{Scope, Tx};
use sea_orm::entity::prelude::*;
use sea_orm::{DbBackend, ExprTrait as _, FromQueryResult, QueryOrder, QuerySelect};

/// Bytes of content in one row.
pub const CHUNK: usize = 512 << 10;

/// The table of imports.
pub mod import {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "imports")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub resource: String,
        pub format: String,
        /// [`ImportOptions`] as JSON.
        pub options: String,
        /// The names of the columns, as JSON.
        pub header: Option<String>,
        pub validate_only: bool,
        pub status: String,
        pub failure_code: Option<String>,
        pub failure_detail: Option<String>,
        pub bytes_total: i64,
        pub bytes_done: i64,
        pub line: i64,
        pub rows_created: i64,
        pub rows_updated: i64,
        pub rows_unchanged: i64,
        pub rows_refused: i64,
        pub lease_until: Option<DateTime<Utc>>,
        pub revision: i64,
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// The table of content.
pub mod chunk {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "import_chunks")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub import_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub number: i64,
        pub bytes: Vec<u8>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// The table of refused rows.
pub mod refused {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "import_errors")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub import_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub line: i64,
        /// Field errors, as JSON.
        pub errors: String,
        /// The row column by column, as JSON.
        pub cells: String,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

use import::{Column, Entity, Model};

/// Refused rows of all of a vendor's imports, up to `limit` after `after`.
pub(crate) async fn all_refused_rows(
    db: &impl ConnectionTrait,
    vendor: kernel::id::VendorId,
    after: (Uuid, i64),
    limit: u64,
) -> Result<Vec<refused::Model>, DbErr> {
    let beyond = refused::Column::ImportId.gt(after.0).or(refused::Column::ImportId.eq(after.0).and(refused::Column::Line.gt(after.1)));
    let find = refused::Entity::find().filter(refused::Column::VendorId.eq(vendor.0)).filter(beyond);
    find.order_by_asc(refused::Column::ImportId).order_by_asc(refused::Column::Line).limit(limit).all(db).await
}

/// Write a refused row over what is stored.
pub(crate) async fn rewrite_refused(tx: &Tx, row: refused::Model) -> Result<(), DbErr> {
    let this = refused::Column::VendorId.eq(row.vendor_id).and(refused::Column::ImportId.eq(row.import_id)).and(refused::Column::Line.eq(row.line));
    refused::Entity::update_many().set(refused::ActiveModel::from(row).reset_all()).filter(this).exec(tx).await.map(|_| ())
}

impl Model {
    /// What it brings.
    pub fn resource(&self) -> ImportResource {
        ImportResource::read(&self.resource).unwrap_or(ImportResource::Accounts)
    }

    /// How its file is written.
    pub fn format(&self) -> ImportFormat {
        ImportFormat::read(&self.format).unwrap_or(ImportFormat::Csv)
    }

    /// How it stands.
    pub fn status(&self) -> ImportStatus {
        ImportStatus::read(&self.status).unwrap_or(ImportStatus::Failed)
    }

    /// How columns become fields.
    pub fn options(&self) -> ImportOptions {
        serde_json::from_str(&self.options).unwrap_or_default()
    }

    /// The names of the columns.
    pub fn header(&self) -> Option<Vec<String>> {
        self.header.as_deref().and_then(|header| serde_json::from_str(header).ok())
    }
}

/// Add an import.
pub(crate) async fn insert(tx: &Tx, row: Model) -> Result<(), DbErr> {
    Entity::insert(import::ActiveModel::from(row)).exec_without_returning(tx).await.map(|_| ())
}

/// One import.
pub async fn by_id(db: &impl ConnectionTrait, scope: Scope, id: Uuid) -> Result<Option<Model>, DbErr> {
    Entity::find_by_id((scope.vendor().0, id)).one(db).await
}

/// One import, held until the end of the write.
pub(crate) async fn hold(tx: &Tx, id: Uuid) -> Result<Option<Model>, DbErr> {
    Entity::find_by_id((tx.vendor().0, id)).lock_exclusive().one(tx).await
}

/// Which imports to list.
#[derive(Debug, Default)]
pub struct Filter {
    /// How they stand.
    pub status: Option<ImportStatus>,
    /// What they bring.
    pub resource: Option<ImportResource>,
}

/// Up to `limit` imports before `before`, latest first.
pub async fn list(db: &impl ConnectionTrait, scope: Scope, filter: Filter, before: Option<Uuid>, limit: u64) -> Result<Vec<Model>, DbErr> {
    let mut query = Entity::find().filter(Column::VendorId.eq(scope.vendor().0));
    if let Some(status) = filter.status {
        query = query.filter(Column::Status.eq(status.wire()));
    }
    if let Some(resource) = filter.resource {
        query = query.filter(Column::Resource.eq(resource.wire()));
    }
    if let Some(before) = before {
        query = query.filter(Column::Id.lt(before));
    }
    query.order_by_desc(Column::Id).limit(limit).all(db).await
}

/// Write a held import as it now is.
pub(crate) async fn save(tx: &Tx, row: &Model) -> Result<(), DbErr> {
    let active = import::ActiveModel::from(row.clone()).reset_all();
    Entity::update(active).exec(tx).await.map(|_| ())
}

/// Keep the content, in rows of [`CHUNK`] bytes.
pub(crate) async fn keep_content(tx: &Tx, id: Uuid, content: &[u8]) -> Result<(), DbErr> {
    for (number, bytes) in (0..).zip(content.chunks(CHUNK)) {
        let row = chunk::Model { vendor_id: tx.vendor().0, import_id: id, number, bytes: bytes.to_vec() };
        chunk::Entity::insert(chunk::ActiveModel::from(row)).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// Forget the content of an import that has come to its end.
pub(crate) async fn drop_content(tx: &Tx, id: Uuid) -> Result<(), DbErr> {
    let of = chunk::Entity::delete_many().filter(chunk::Column::VendorId.eq(tx.vendor().0));
    of.filter(chunk::Column::ImportId.eq(id)).exec(tx).await.map(|_| ())
}

/// One piece of the content.
pub(crate) async fn content(db: &impl ConnectionTrait, row: &Model, number: i64) -> Result<Option<Vec<u8>>, DbErr> {
    Ok(chunk::Entity::find_by_id((row.vendor_id, row.id, number)).one(db).await?.map(|chunk| chunk.bytes))
}

const WAITING: &str = "status IN ('queued', 'running') AND (lease_until IS NULL OR lease_until <= $1)";

/// Whether any import waits for a worker.
pub(crate) async fn any_waiting(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<bool, DbErr> {
    let sql = format!("SELECT 1 AS found FROM imports WHERE {WAITING} LIMIT 1");
    Ok(db.query_one_raw(statement(db, sql, [now.into()])).await?.is_some())
}

/// Take the import that has waited longest, until `lease`.
pub(crate) async fn claim(tx: &Tx, lease: DateTime<Utc>) -> Result<Option<Model>, DbErr> {
    let skip = if tx.get_database_backend() == DbBackend::Postgres { "FOR UPDATE SKIP LOCKED" } else { "" };
    let sql = format!(
        "UPDATE imports SET status = 'running', lease_until = $2, revision = revision + 1, updated_at = $1 WHERE (vendor_id, id) IN \
         (SELECT vendor_id, id FROM imports WHERE {WAITING} ORDER BY updated_at LIMIT 1 {skip}) \
         RETURNING vendor_id, id, resource, format, options, header, validate_only, status, failure_code, failure_detail, bytes_total, bytes_done, \
         line, rows_created, rows_updated, rows_unchanged, rows_refused, lease_until, revision, created_at, updated_at"
    );
    let row = tx.query_one_raw(statement(tx, sql, [tx.now().into(), lease.into()])).await?;
    row.map(|row| Model::from_query_result(&row, "")).transpose()
}

/// Move an import on from where this worker knows it to be; `false` if it is elsewhere or over by now.
pub(crate) async fn advance(tx: &Tx, from: &Model, bytes_done: i64, line: i64, lease: Option<DateTime<Utc>>) -> Result<bool, DbErr> {
    let sql = "UPDATE imports SET bytes_done = $4, line = $5, lease_until = $6, revision = revision + 1, updated_at = $7 \
        WHERE vendor_id = $1 AND id = $2 AND status = 'running' AND bytes_done = $3 AND line = $8";
    let values = [
        from.vendor_id.into(),
        from.id.into(),
        from.bytes_done.into(),
        bytes_done.into(),
        line.into(),
        lease.into(),
        tx.now().into(),
        from.line.into(),
    ];
    Ok(tx.execute_raw(statement(tx, sql, values)).await?.rows_affected() == 1)
}

/// Add what became of a batch; returns the import as it now is.
pub(crate) async fn count(tx: &Tx, of: &Model, counts: &Counts) -> Result<Model, DbErr> {
    let sql = "UPDATE imports SET rows_created = rows_created + $3, rows_updated = rows_updated + $4, rows_unchanged = rows_unchanged + $5, \
        rows_refused = rows_refused + $6 WHERE vendor_id = $1 AND id = $2 \
        RETURNING vendor_id, id, resource, format, options, header, validate_only, status, failure_code, failure_detail, bytes_total, bytes_done, \
        line, rows_created, rows_updated, rows_unchanged, rows_refused, lease_until, revision, created_at, updated_at";
    let values = [of.vendor_id.into(), of.id.into(), counts.created.into(), counts.updated.into(), counts.unchanged.into(), counts.refused.into()];
    let row = tx.query_one_raw(statement(tx, sql, values)).await?;
    Model::from_query_result(&row.ok_or_else(|| DbErr::RecordNotFound("imports".into()))?, "")
}

/// Let another worker have it at once.
pub(crate) async fn release(tx: &Tx, of: &Model) -> Result<(), DbErr> {
    let sql = "UPDATE imports SET lease_until = NULL WHERE vendor_id = $1 AND id = $2 AND status = 'running' AND bytes_done = $3";
    tx.execute_raw(statement(tx, sql, [of.vendor_id.into(), of.id.into(), of.bytes_done.into()])).await.map(|_| ())
}

/// Keep refused rows.
pub(crate) async fn keep_refused(tx: &Tx, rows: Vec<refused::Model>) -> Result<(), DbErr> {
    if rows.is_empty() {
        return Ok(());
    }
    refused::Entity::insert_many(rows.into_iter().map(refused::ActiveModel::from)).exec_without_returning(tx).await.map(|_| ())
}

/// Up to `limit` refused rows after line `after`.
pub async fn refused_rows(db: &impl ConnectionTrait, scope: Scope, id: Uuid, after: i64, limit: u64) -> Result<Vec<refused::Model>, DbErr> {
    refused::Entity::find()
        .filter(refused::Column::VendorId.eq(scope.vendor().0))
        .filter(refused::Column::ImportId.eq(id))
        .filter(refused::Column::Line.gt(after))
        .order_by_asc(refused::Column::Line)
        .limit(limit)
        .all(db)
        .await
}
