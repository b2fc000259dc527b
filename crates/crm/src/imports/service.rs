//! What may be done with an import: describe it, give it its content, cancel it.

use super::plan;
use super::store::{self, import::Model};
use super::types::{Import, ImportCreate, ImportId, ImportOptions, ImportStatus};
use super::{MAX_CONTENT, MAX_INLINE};
use crate::error;
use crate::events::{ImportCancelled, ImportCreated, ImportQueued};
use axum::http::StatusCode;
use kernel::problem::FieldError;
use kernel::{Problem, Resource, Tx};
use serde::Serialize;

/// An import as it is answered when it was described: 201 if it awaits its content, 202 if it was queued.
#[derive(Serialize)]
#[serde(transparent)]
pub(crate) struct Described(Import);

impl Resource for Described {
    fn revision(&self) -> Option<i64> {
        self.0.revision()
    }
    fn location(&self) -> Option<String> {
        self.0.location()
    }
    fn status(&self) -> Option<StatusCode> {
        Some(if self.0.status == ImportStatus::AwaitingContent { StatusCode::CREATED } else { StatusCode::ACCEPTED })
    }
}

impl From<Import> for Described {
    fn from(import: Import) -> Self {
        Self(import)
    }
}

/// Describe an import and, if its content came along, queue it.
pub async fn create(tx: &mut Tx, body: ImportCreate) -> Result<Import, Problem> {
    let options = ImportOptions {
        delimiter: body.delimiter,
        mapping: body.mapping,
        constants: body.constants,
        values: body.values,
        on_unknown: body.on_unknown,
        currency: body.currency,
        amount_unit: body.amount_unit,
    };
    let errors = plan::check(body.resource, &options);
    if !errors.is_empty() {
        return Err(Problem::invalid_all(errors));
    }
    let row = Model {
        vendor_id: tx.vendor().0,
        id: ImportId::fresh().0,
        resource: body.resource.wire().to_owned(),
        format: body.format.wire().to_owned(),
        options: serde_json::to_string(&options).map_err(Problem::internal)?,
        header: None,
        validate_only: body.validate_only,
        status: ImportStatus::AwaitingContent.wire().to_owned(),
        failure_code: None,
        failure_detail: None,
        bytes_total: 0,
        bytes_done: 0,
        line: 1,
        rows_created: 0,
        rows_updated: 0,
        rows_unchanged: 0,
        rows_refused: 0,
        lease_until: None,
        revision: 1,
        created_at: tx.now(),
        updated_at: tx.now(),
    };
    store::insert(tx, row.clone()).await?;
    tx.emit(ImportCreated { import: Import::from(&row) });
    match body.content {
        None => Ok(Import::from(&row)),
        Some(content) if content.len() > MAX_INLINE => {
            let detail = format!("At most {MAX_INLINE} bytes here; leave it out and send larger files to /v1/imports/{{id}}/content.");
            Err(Problem::invalid("/content", "too_long", detail))
        }
        Some(content) => queue(tx, row, content.as_bytes()).await,
    }
}

/// Give an import its content.
pub async fn accept(tx: &mut Tx, id: ImportId, content: &[u8]) -> Result<Import, Problem> {
    let row = store::hold(tx, id.0).await?.ok_or_else(Problem::not_found)?;
    if row.status() != ImportStatus::AwaitingContent {
        return Err(Problem::new(error::IMPORT_STATE).detail("The import has its content already, or is over."));
    }
    queue(tx, row, content).await
}

async fn queue(tx: &mut Tx, row: Model, content: &[u8]) -> Result<Import, Problem> {
    if content.len() > MAX_CONTENT {
        return Err(Problem::new(kernel::problem::kinds::TOO_LARGE).detail(format!("A file has at most {MAX_CONTENT} bytes.")));
    }
    let start = plan::open(row.resource(), row.format(), &row.options(), content).map_err(Problem::invalid_all)?;
    store::keep_content(tx, row.id, content).await?;
    let row = Model {
        status: ImportStatus::Queued.wire().to_owned(),
        header: start.header.map(|header| serde_json::to_string(&header).unwrap_or_default()),
        bytes_total: content.len() as i64,
        bytes_done: start.offset as i64,
        line: start.line,
        revision: row.revision + 1,
        updated_at: tx.now(),
        ..row
    };
    store::save(tx, &row).await?;
    let import = Import::from(&row);
    tx.emit(ImportQueued { import: import.clone() });
    Ok(import)
}

/// Cancel an import that is not over. What it did before stays done.
pub(crate) async fn cancel(tx: &mut Tx, id: ImportId) -> Result<Import, Problem> {
    let row = store::hold(tx, id.0).await?.ok_or_else(Problem::not_found)?;
    if !Import::from(&row).available_actions.iter().any(|action| action == "cancel") {
        return Err(Problem::new(error::IMPORT_STATE).detail("The import is over."));
    }
    let status = ImportStatus::Cancelled.wire().to_owned();
    let row = Model { status, lease_until: None, revision: row.revision + 1, updated_at: tx.now(), ..row };
    store::save(tx, &row).await?;
    store::drop_content(tx, row.id).await?;
    let import = Import::from(&row);
    tx.emit(ImportCancelled { import: import.clone() });
    Ok(import)
}

/// A refused row as it is stored, turned back.
pub(crate) fn refused_row(row: store::refused::Model) -> super::RefusedRow {
    let errors: Vec<FieldError> = serde_json::from_str(&row.errors).unwrap_or_default();
    super::RefusedRow { line: row.line, errors, cells: serde_json::from_str(&row.cells).unwrap_or_default() }
}
