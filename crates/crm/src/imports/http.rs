//! Imports over HTTP.

use super::download::{self, visible};
use super::service::{self, Described};
use super::store::{self, Filter};
use super::types::{Import, ImportCreate, ImportFormat, ImportId, ImportResource, ImportStatus, RefusedRow};
use super::{MAX_CONTENT, MAX_INLINE};
use access::{Can, may};
use axum::Json;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{StatusCode, header};
use axum::response::Response;
use kernel::body::body_bytes;
use kernel::idempotency::Answer;
use kernel::problem::kinds;
use kernel::{App, At, Page, PageQuery, Params, Problem, Valid};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

/// Every route of imports.
pub(crate) fn router() -> OpenApiRouter<App> {
    // Within JSON, a quotation mark or a line break takes two bytes.
    let inline = DefaultBodyLimit::max(2 * MAX_INLINE + (1 << 20));
    let described = OpenApiRouter::new().routes(routes!(list, create)).layer(inline);
    let filled = OpenApiRouter::new().routes(routes!(upload_content)).layer(DefaultBodyLimit::max(MAX_CONTENT));
    let read = OpenApiRouter::new().routes(routes!(get)).routes(routes!(list_errors)).routes(routes!(download_errors)).routes(routes!(cancel));
    described.merge(filled).merge(read)
}

/// Which imports to list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ImportQuery {
    /// How they stand.
    #[param(inline)]
    status: Option<ImportStatus>,
    /// What they bring.
    #[param(inline)]
    resource: Option<ImportResource>,
    /// Rows on the page, 1 to 200; 25 if absent.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// List imports, latest first.
#[utoipa::path(get, path = "/imports", operation_id = "list_imports", tag = "imports", params(ImportQuery),
    security(("bearer" = ["crm:read"])),
    responses((status = 200, description = "A page of imports.", body = Page<Import>)))]
async fn list(State(app): State<App>, who: Can<may::ReadCrm>, Params(query): Params<ImportQuery>) -> Result<Json<Page<Import>>, Problem> {
    let paging = PageQuery { limit: query.limit, cursor: query.cursor };
    let limit = paging.limit()?;
    let filter = Filter { status: query.status, resource: query.resource };
    let rows = store::list(&app.db().read_of(who.scope.vendor()).await?, who.scope, filter, paging.after::<Uuid>("imports")?, limit + 1).await?;
    Ok(Json(Page::of("imports", rows, limit, |row| row.id).map(|row| Import::from(&row))))
}

/// Start an import.
///
/// Describes what a file holds and how its columns become fields. Without `content`, the import awaits
/// `PUT /v1/imports/{id}/content` (201); with it, it is queued at once (202). Then follow it with `GET /v1/imports/{id}`
/// or wait for the event `import.completed`. Rows are upserted by `external_id`, so repeating an import changes nothing.
#[utoipa::path(post, path = "/imports", operation_id = "create_import", tag = "imports", request_body = ImportCreate,
    security(("bearer" = ["crm:write"])),
    responses(
        (status = 201, description = "The import, which awaits its content.", body = Import),
        (status = 202, description = "The import, which was queued.", body = Import)))]
async fn create(State(app): State<App>, who: Can<may::WriteCrm>, Valid(body): Valid<ImportCreate>) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::CREATED, async |tx| service::create(tx, body).await.map(Described::from)).await
}

/// Send an import's content.
///
/// The file itself, up to 64 MiB, as `text/csv` or `application/x-ndjson`, whichever the import's `format` says. Its header is
/// checked at once: 422 names every column that the mapping wants and the file lacks, and the import still awaits its content.
#[utoipa::path(put, path = "/imports/{id}/content", operation_id = "upload_import_content", tag = "imports",
    params(("id" = ImportId, Path, description = "The import.")),
    request_body(content((String = "text/csv", example = "external_id,name\nA-1,Goodwill Ltd\n"),
        (String = "application/x-ndjson", example = "{\"external_id\": \"A-1\", \"name\": \"Goodwill Ltd\"}\n")), description = "The file."),
    security(("bearer" = ["crm:write"])),
    responses((status = 202, description = "The import, which was queued.", body = Import)))]
async fn upload_content(State(app): State<App>, who: Can<may::WriteCrm>, At(id): At<ImportId>, request: Request) -> Result<Response, Problem> {
    let import = visible(&app, who.scope, id).await?;
    let takes: &[&str] = match import.format() {
        ImportFormat::Csv => &["text/csv"],
        ImportFormat::Ndjson => &["application/x-ndjson", "application/ndjson", "application/jsonl"],
    };
    let sent = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let sent = sent.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if !takes.contains(&sent.as_str()) {
        return Err(Problem::new(kinds::UNSUPPORTED_MEDIA).detail(format!("This import takes {}.", takes[0])));
    }
    let content = body_bytes(request, &app).await?;
    app.reply(&who, StatusCode::ACCEPTED, async |tx| service::accept(tx, id, &content).await).await
}

/// Read an import and how far it has come.
#[utoipa::path(get, path = "/imports/{id}", operation_id = "get_import", tag = "imports",
    params(("id" = ImportId, Path, description = "The import.")),
    security(("bearer" = ["crm:read"])),
    responses((status = 200, description = "The import.", body = Import)))]
async fn get(State(app): State<App>, who: Can<may::ReadCrm>, At(id): At<ImportId>) -> Result<Response, Problem> {
    let row = visible(&app, who.scope, id).await?;
    Ok(Answer::of(StatusCode::OK, &Import::from(&row)).into_response(false))
}

/// Which refused rows to list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct RefusedRowQuery {
    /// Rows on the page, 1 to 200; 25 if absent.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// List an import's refused rows.
///
/// In the order of the file. The first 10,000 are kept; `progress.refused` counts them all.
#[utoipa::path(get, path = "/imports/{id}/errors", operation_id = "list_import_errors", tag = "imports",
    params(("id" = ImportId, Path, description = "The import."), RefusedRowQuery),
    security(("bearer" = ["crm:read"])),
    responses((status = 200, description = "A page of refused rows.", body = Page<RefusedRow>)))]
async fn list_errors(
    State(app): State<App>,
    who: Can<may::ReadCrm>,
    At(id): At<ImportId>,
    Params(query): Params<RefusedRowQuery>,
) -> Result<Json<Page<RefusedRow>>, Problem> {
    let paging = PageQuery { limit: query.limit, cursor: query.cursor };
    let limit = paging.limit()?;
    let import = visible(&app, who.scope, id).await?;
    let after = paging.after::<i64>("import_errors")?.unwrap_or_default();
    let rows = store::refused_rows(&app.db().read_of(who.scope.vendor()).await?, who.scope, import.id, after, limit + 1).await?;
    Ok(Json(Page::of("import_errors", rows, limit, |row| row.line).map(service::refused_row)))
}

/// Download an import's refused rows as CSV.
///
/// One line a refused row: its line in the file, the pointers, codes and details of what is wrong, and the row as it was, column by
/// column: mend it and import it again.
#[utoipa::path(get, path = "/imports/{id}/errors.csv", operation_id = "download_import_errors", tag = "imports",
    params(("id" = ImportId, Path, description = "The import.")),
    security(("bearer" = ["crm:read"])),
    responses((status = 200, description = "The refused rows.", body = String, content_type = "text/csv",
        example = "line,pointer,code,detail,external_id,name\n17,/name,required,`name` is required.,A-1,\n")))]
async fn download_errors(State(app): State<App>, who: Can<may::ReadCrm>, At(id): At<ImportId>) -> Result<Response, Problem> {
    let import = visible(&app, who.scope, id).await?;
    Ok(download::file(app, who.scope, import))
}

/// Cancel an import.
///
/// It ends after the batch in hand. What it did before stays done.
#[utoipa::path(post, path = "/imports/{id}/cancel", operation_id = "cancel_import", tag = "imports",
    params(("id" = ImportId, Path, description = "The import.")),
    security(("bearer" = ["crm:write"])),
    responses((status = 200, description = "The cancelled import.", body = Import)))]
async fn cancel(State(app): State<App>, who: Can<may::WriteCrm>, At(id): At<ImportId>) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| service::cancel(tx, id).await).await
}
