//! Notes over HTTP.

use super::types::{PartnerNote, PartnerNoteCreate, PartnerNotePatch};
use super::{PartnerNoteId, service, store};
use crate::store as partners;
use access::{Can, may};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use kernel::id::PartnerId;
use kernel::idempotency::Answer;
use kernel::{App, At, Page, PageQuery, Params, Problem, Valid};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_partner_notes, create_partner_note)).routes(routes!(
        get_partner_note,
        update_partner_note,
        delete_partner_note
    ))
}

/// List the vendor's own notes about a partner, newest first.
#[utoipa::path(get, path = "/partners/{id}/notes", operation_id = "list_partner_notes", tag = "partners",
    params(("id" = PartnerId, Path, description = "The partner."), PageQuery), security(("bearer" = ["vendor:see_internal"])),
    responses((status = 200, description = "A page of notes.", body = Page<PartnerNote>)))]
async fn list_partner_notes(
    State(app): State<App>,
    who: Can<may::SeeInternal>,
    At(id): At<PartnerId>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<PartnerNote>>, Problem> {
    const LIST: &str = "partner:notes";
    let (limit, before) = (page.limit()?, page.after::<Uuid>(LIST)?);
    let db = app.db().read_of(who.scope.vendor()).await?;
    partners::find(&db, who.scope, id).await?.ok_or_else(Problem::not_found)?;
    let rows = store::list(&db, who.scope, id, before, limit + 1).await?;
    Ok(Json(Page::of(LIST, rows, limit, |row| row.id).map(|row| PartnerNote::from(&row))))
}

/// Make a note about a partner, for the vendor's own people.
#[utoipa::path(post, path = "/partners/{id}/notes", operation_id = "create_partner_note", tag = "partners",
    params(("id" = PartnerId, Path, description = "The partner.")), request_body = PartnerNoteCreate, security(("bearer" = ["vendor:see_internal"])),
    responses((status = 201, description = "The new note.", body = PartnerNote)))]
async fn create_partner_note(
    State(app): State<App>,
    who: Can<may::SeeInternal>,
    At(id): At<PartnerId>,
    Valid(body): Valid<PartnerNoteCreate>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::CREATED, async |tx| service::create(tx, id, body.text).await).await
}

/// Read a note about a partner.
#[utoipa::path(get, path = "/partners/{id}/notes/{note}", operation_id = "get_partner_note", tag = "partners",
    params(("id" = PartnerId, Path, description = "The partner."), ("note" = PartnerNoteId, Path, description = "The note.")),
    security(("bearer" = ["vendor:see_internal"])),
    responses((status = 200, description = "The note.", body = PartnerNote)))]
async fn get_partner_note(
    State(app): State<App>,
    who: Can<may::SeeInternal>,
    At((id, note)): At<(PartnerId, PartnerNoteId)>,
) -> Result<Response, Problem> {
    let row = store::find(&app.db().read_of(who.scope.vendor()).await?, who.scope, id, note).await?.ok_or_else(Problem::not_found)?;
    Ok(Answer::of(StatusCode::OK, &PartnerNote::from(&row)).into_response(false))
}

/// Change a note about a partner.
#[utoipa::path(patch, path = "/partners/{id}/notes/{note}", operation_id = "update_partner_note", tag = "partners",
    params(("id" = PartnerId, Path, description = "The partner."), ("note" = PartnerNoteId, Path, description = "The note.")),
    request_body = PartnerNotePatch, security(("bearer" = ["vendor:see_internal"])),
    responses((status = 200, description = "The note as it now is.", body = PartnerNote)))]
async fn update_partner_note(
    State(app): State<App>,
    who: Can<may::SeeInternal>,
    At((id, note)): At<(PartnerId, PartnerNoteId)>,
    Valid(body): Valid<PartnerNotePatch>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| service::update(tx, id, note, body.text).await).await
}

/// Delete a note about a partner.
#[utoipa::path(delete, path = "/partners/{id}/notes/{note}", operation_id = "delete_partner_note", tag = "partners",
    params(("id" = PartnerId, Path, description = "The partner."), ("note" = PartnerNoteId, Path, description = "The note.")),
    security(("bearer" = ["vendor:see_internal"])),
    responses((status = 204, description = "It is deleted.")))]
async fn delete_partner_note(
    State(app): State<App>,
    who: Can<may::SeeInternal>,
    At((id, note)): At<(PartnerId, PartnerNoteId)>,
) -> Result<StatusCode, Problem> {
    app.write(&who, async |tx| service::delete(tx, id, note).await).await?;
    Ok(StatusCode::NO_CONTENT)
}
