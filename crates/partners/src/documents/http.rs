//! Documents over HTTP.

use super::types::{
    PartnerDocument, PartnerDocumentContentQuery, PartnerDocumentCreate, PartnerDocumentFile, PartnerDocumentPatch, PartnerDocumentQuery,
    PartnerDocumentVersion,
};
use super::{PartnerDocumentId, content, service, store};
use crate::store as partners;
use access::{Can, Field, may};
use axum::Json;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::response::Response;
use kernel::id::PartnerId;
use kernel::idempotency::Answer;
use kernel::{App, At, Page, PageQuery, Params, Problem, Valid};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

pub(crate) fn router() -> OpenApiRouter<App> {
    let filled = OpenApiRouter::new()
        .routes(routes!(list_partner_documents, create_partner_document))
        .routes(routes!(list_partner_document_versions, replace_partner_document));
    // Base64 takes four bytes for three.
    let filled = filled.layer(DefaultBodyLimit::max(super::MOST_BYTES / 3 * 4 + (1 << 20)));
    OpenApiRouter::new()
        .routes(routes!(get_partner_document, update_partner_document, delete_partner_document))
        .routes(routes!(download_partner_document))
        .merge(filled)
}

/// List the documents about a partner that the caller may see, newest first.
#[utoipa::path(get, path = "/partners/{id}/documents", operation_id = "list_partner_documents", tag = "partners",
    params(("id" = PartnerId, Path, description = "The partner."), PartnerDocumentQuery), security(("bearer" = ["partners:read"])),
    responses((status = 200, description = "A page of documents.", body = Page<PartnerDocument>)))]
async fn list_partner_documents(
    State(app): State<App>,
    who: Can<may::ReadPartners>,
    At(id): At<PartnerId>,
    Params(query): Params<PartnerDocumentQuery>,
) -> Result<Json<Page<PartnerDocument>>, Problem> {
    const LIST: &str = "partner:documents";
    let page = PageQuery { limit: query.limit, cursor: query.cursor };
    let (limit, before) = (page.limit()?, page.after::<Uuid>(LIST)?);
    let db = app.db().read_of(who.scope.vendor()).await?;
    partners::find(&db, who.scope, id).await?.ok_or_else(Problem::not_found)?;
    let rows = store::list(&db, &who, id, (query.kind, query.contract_id), before, limit + 1).await?;
    let page = Page::of(LIST, rows, limit, |row| row.id);
    let (latest, shown) = (store::latest(&db, who.scope, &page.data).await?, Field::VendorsActors.shown_to(&who));
    let next_cursor = page.next_cursor;
    let newest = |row: &store::DocumentRow| latest.iter().find(|version| version.document_id == row.id);
    let data = page.data.iter().filter_map(|row| Some(PartnerDocument::of(row, PartnerDocumentVersion::of(newest(row)?, shown)))).collect();
    Ok(Json(Page { data, next_cursor }))
}

/// Keep a document about a partner.
///
/// Its content must really be of the type that it says, without scripts, macros and other files in it; 5 MiB at most.
#[utoipa::path(post, path = "/partners/{id}/documents", operation_id = "create_partner_document", tag = "partners",
    params(("id" = PartnerId, Path, description = "The partner.")), request_body = PartnerDocumentCreate, security(("bearer" = ["partners:manage"])),
    responses((status = 201, description = "The new document.", body = PartnerDocument)))]
async fn create_partner_document(
    State(app): State<App>,
    who: Can<may::ManagePartners>,
    At(id): At<PartnerId>,
    Valid(mut body): Valid<PartnerDocumentCreate>,
) -> Result<Response, Problem> {
    let file = service::checked(take(&mut body.file), "/file");
    app.reply(&who, StatusCode::CREATED, async |tx| service::create(tx, id, body, file).await).await
}

/// Moved out, since it is large.
fn take(file: &mut PartnerDocumentFile) -> PartnerDocumentFile {
    let part = |text: &mut String| std::mem::take(text);
    PartnerDocumentFile { file_name: part(&mut file.file_name), media_type: part(&mut file.media_type), content: part(&mut file.content) }
}

/// Read what is known of a document.
#[utoipa::path(get, path = "/partners/{id}/documents/{document}", operation_id = "get_partner_document", tag = "partners",
    params(("id" = PartnerId, Path, description = "The partner."), ("document" = PartnerDocumentId, Path, description = "The document.")),
    security(("bearer" = ["partners:read"])),
    responses((status = 200, description = "The document.", body = PartnerDocument)))]
async fn get_partner_document(
    State(app): State<App>,
    who: Can<may::ReadPartners>,
    At((id, document)): At<(PartnerId, PartnerDocumentId)>,
) -> Result<Response, Problem> {
    let db = app.db().read_of(who.scope.vendor()).await?;
    let row = store::find(&db, &who, id, document).await?.ok_or_else(Problem::not_found)?;
    let version = store::version(&db, &row, row.version).await?.ok_or_else(Problem::not_found)?;
    let latest = PartnerDocumentVersion::of(&version, Field::VendorsActors.shown_to(&who));
    Ok(Answer::of(StatusCode::OK, &PartnerDocument::of(&row, latest)).into_response(false))
}

/// Change what is known of a document.
#[utoipa::path(patch, path = "/partners/{id}/documents/{document}", operation_id = "update_partner_document", tag = "partners",
    params(("id" = PartnerId, Path, description = "The partner."), ("document" = PartnerDocumentId, Path, description = "The document.")),
    request_body = PartnerDocumentPatch, security(("bearer" = ["partners:manage"])),
    responses((status = 200, description = "The document as it now is.", body = PartnerDocument)))]
async fn update_partner_document(
    State(app): State<App>,
    who: Can<may::ManagePartners>,
    At((id, document)): At<(PartnerId, PartnerDocumentId)>,
    Valid(body): Valid<PartnerDocumentPatch>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| service::update(tx, id, document, body).await).await
}

/// Delete a document with all its versions; refused with `partner_document.retained` while it must be kept.
#[utoipa::path(delete, path = "/partners/{id}/documents/{document}", operation_id = "delete_partner_document", tag = "partners",
    params(("id" = PartnerId, Path, description = "The partner."), ("document" = PartnerDocumentId, Path, description = "The document.")),
    security(("bearer" = ["partners:manage"])),
    responses((status = 204, description = "It is deleted.")))]
async fn delete_partner_document(
    State(app): State<App>,
    who: Can<may::ManagePartners>,
    At((id, document)): At<(PartnerId, PartnerDocumentId)>,
) -> Result<StatusCode, Problem> {
    app.write(&who, async |tx| service::delete(tx, id, document).await).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// List the versions of a document, newest first.
#[utoipa::path(get, path = "/partners/{id}/documents/{document}/versions", operation_id = "list_partner_document_versions", tag = "partners",
    params(("id" = PartnerId, Path, description = "The partner."), ("document" = PartnerDocumentId, Path, description = "The document."), PageQuery),
    security(("bearer" = ["partners:read"])),
    responses((status = 200, description = "A page of versions.", body = Page<PartnerDocumentVersion>)))]
async fn list_partner_document_versions(
    State(app): State<App>,
    who: Can<may::ReadPartners>,
    At((id, document)): At<(PartnerId, PartnerDocumentId)>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<PartnerDocumentVersion>>, Problem> {
    const LIST: &str = "partner:document_versions";
    let (limit, before) = (page.limit()?, page.after::<i64>(LIST)?);
    let db = app.db().read_of(who.scope.vendor()).await?;
    let row = store::find(&db, &who, id, document).await?.ok_or_else(Problem::not_found)?;
    let rows = store::versions(&db, &row, before, limit + 1).await?;
    let shown = Field::VendorsActors.shown_to(&who);
    Ok(Json(Page::of(LIST, rows, limit, |row| row.version).map(|row| PartnerDocumentVersion::of(&row, shown))))
}

/// Put a new version of a document in the place of the last, which is kept.
#[utoipa::path(post, path = "/partners/{id}/documents/{document}/versions", operation_id = "replace_partner_document", tag = "partners",
    params(("id" = PartnerId, Path, description = "The partner."), ("document" = PartnerDocumentId, Path, description = "The document.")),
    request_body = PartnerDocumentFile, security(("bearer" = ["partners:manage"])),
    responses((status = 201, description = "The document with its new version.", body = PartnerDocument)))]
async fn replace_partner_document(
    State(app): State<App>,
    who: Can<may::ManagePartners>,
    At((id, document)): At<(PartnerId, PartnerDocumentId)>,
    Valid(body): Valid<PartnerDocumentFile>,
) -> Result<Response, Problem> {
    let file = service::checked(body, "");
    app.reply(&who, StatusCode::CREATED, async |tx| service::replace(tx, id, document, file).await).await
}

/// The bytes of a document.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary, example = "Reseller agreement")]
pub struct PartnerDocumentContent(#[allow(dead_code)] Vec<u8>);

/// Download a document, always as an attachment; its type is told with the document.
#[utoipa::path(get, path = "/partners/{id}/documents/{document}/content", operation_id = "download_partner_document", tag = "partners",
    params(("id" = PartnerId, Path, description = "The partner."), ("document" = PartnerDocumentId, Path, description = "The document."),
        PartnerDocumentContentQuery),
    security(("bearer" = ["partners:read"])),
    responses((status = 200, description = "The bytes.", body = PartnerDocumentContent, content_type = "application/octet-stream")))]
async fn download_partner_document(
    State(app): State<App>,
    who: Can<may::ReadPartners>,
    At((id, document)): At<(PartnerId, PartnerDocumentId)>,
    Params(query): Params<PartnerDocumentContentQuery>,
) -> Result<Response, Problem> {
    let db = app.db().read_of(who.scope.vendor()).await?;
    let row = store::find(&db, &who, id, document).await?.ok_or_else(Problem::not_found)?;
    let version = store::version(&db, &row, query.version.unwrap_or(row.version)).await?.ok_or_else(Problem::not_found)?;
    let bytes = store::content(&db, &version).await?;
    Ok(content::attachment(&version, bytes))
}
