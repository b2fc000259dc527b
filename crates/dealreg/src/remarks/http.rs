//! Comments and notes over HTTP.

pub use super::types::{DealComment, DealInternalNote, DealRemarkCreate, DealRemarkPatch, Sayer};

use super::service;
use super::store::{self, RemarkRow};
use crate::store::deals;
use crate::{DealId, RemarkId};
use access::{Can, may};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use kernel::idempotency::Answer;
use kernel::{Actor, App, At, Page, PageQuery, Params, Problem, Valid};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_deal_comments, add_deal_comment))
        .routes(routes!(get_deal_comment, update_deal_comment, delete_deal_comment))
        .routes(routes!(list_deal_notes, add_deal_note))
        .routes(routes!(get_deal_note, update_deal_note, delete_deal_note))
}

async fn list(app: &App, who: &Actor, id: DealId, internal: bool, name: &str, page: PageQuery) -> Result<Page<RemarkRow>, Problem> {
    let (limit, after) = (page.limit()?, page.after::<Uuid>(name)?);
    service::reads_deals(who)?;
    let db = app.db().read_of(who.scope.vendor()).await?;
    deals::find(&db, who.scope, id).await?.ok_or_else(Problem::not_found)?;
    let rows = store::list(&db, who.scope, id, internal, after, limit + 1).await?;
    Ok(Page::of(name, rows, limit, |row| row.id))
}

async fn find(app: &App, who: &Actor, id: DealId, internal: bool, remark: RemarkId) -> Result<RemarkRow, Problem> {
    service::reads_deals(who)?;
    let db = app.db().read_of(who.scope.vendor()).await?;
    store::find(&db, who.scope, id, internal, remark).await?.ok_or_else(Problem::not_found)
}

/// List the comments on a deal, oldest first; one that was taken back stays as a mark.
#[utoipa::path(get, path = "/deals/{id}/comments", operation_id = "list_deal_comments", tag = "deals",
    params(("id" = DealId, Path, description = "The deal."), PageQuery), security(("bearer" = ["deals:read"])),
    responses((status = 200, description = "A page of comments.", body = Page<DealComment>)))]
async fn list_deal_comments(
    State(app): State<App>,
    who: Can<may::ReadDeals>,
    At(id): At<DealId>,
    Params(query): Params<PageQuery>,
) -> Result<Json<Page<DealComment>>, Problem> {
    let page = list(&app, &who, id, false, "deal:comments", query).await?;
    let sayer = Sayer::to(&who);
    Ok(Json(page.map(|row| DealComment::of(row, &sayer))))
}

/// Comment on a deal, for its partner and the vendor to read.
///
/// A comment decides nothing: an open question is answered by `resubmit`.
#[utoipa::path(post, path = "/deals/{id}/comments", operation_id = "add_deal_comment", tag = "deals",
    params(("id" = DealId, Path, description = "The deal.")), request_body = DealRemarkCreate, security(("bearer" = ["deals:register"])),
    responses((status = 201, description = "The new comment.", body = DealComment)))]
async fn add_deal_comment(
    State(app): State<App>,
    who: Can<may::RegisterDeals>,
    At(id): At<DealId>,
    Valid(body): Valid<DealRemarkCreate>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::CREATED, async |tx| {
        service::say(tx, id, false, &body.text).await.map(|row| DealComment::of(row, &Sayer::everybody()))
    })
    .await
}

/// Read one comment.
#[utoipa::path(get, path = "/deals/{id}/comments/{remark}", operation_id = "get_deal_comment", tag = "deals",
    params(("id" = DealId, Path, description = "The deal."), ("remark" = RemarkId, Path, description = "The comment.")),
    security(("bearer" = ["deals:read"])),
    responses((status = 200, description = "The comment.", body = DealComment)))]
async fn get_deal_comment(State(app): State<App>, who: Can<may::ReadDeals>, At((id, remark)): At<(DealId, RemarkId)>) -> Result<Response, Problem> {
    let row = find(&app, &who, id, false, remark).await?;
    Ok(Answer::of(StatusCode::OK, &DealComment::of(row, &Sayer::to(&who))).into_response(false))
}

/// Correct one's own comment, within fifteen minutes.
#[utoipa::path(patch, path = "/deals/{id}/comments/{remark}", operation_id = "update_deal_comment", tag = "deals",
    params(("id" = DealId, Path, description = "The deal."), ("remark" = RemarkId, Path, description = "The comment.")),
    request_body = DealRemarkPatch, security(("bearer" = ["deals:register"])),
    responses((status = 200, description = "The comment as it now is.", body = DealComment)))]
async fn update_deal_comment(
    State(app): State<App>,
    who: Can<may::RegisterDeals>,
    At((id, remark)): At<(DealId, RemarkId)>,
    Valid(body): Valid<DealRemarkPatch>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| {
        service::correct(tx, id, false, remark, body.text).await.map(|row| DealComment::of(row, &Sayer::everybody()))
    })
    .await
}

/// Take back one's own comment: what it said is shown to nobody any more.
#[utoipa::path(delete, path = "/deals/{id}/comments/{remark}", operation_id = "delete_deal_comment", tag = "deals",
    params(("id" = DealId, Path, description = "The deal."), ("remark" = RemarkId, Path, description = "The comment.")),
    security(("bearer" = ["deals:register"])),
    responses((status = 204, description = "It is taken back.")))]
async fn delete_deal_comment(
    State(app): State<App>,
    who: Can<may::RegisterDeals>,
    At((id, remark)): At<(DealId, RemarkId)>,
) -> Result<StatusCode, Problem> {
    app.write(&who, async |tx| service::take_back(tx, id, false, remark).await).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// List the vendor's own notes about a deal, oldest first; one that was taken back stays as a mark.
#[utoipa::path(get, path = "/deals/{id}/notes", operation_id = "list_deal_notes", tag = "deals",
    params(("id" = DealId, Path, description = "The deal."), PageQuery), security(("bearer" = ["vendor:see_internal"])),
    responses((status = 200, description = "A page of notes.", body = Page<DealInternalNote>)))]
async fn list_deal_notes(
    State(app): State<App>,
    who: Can<may::SeeInternal>,
    At(id): At<DealId>,
    Params(query): Params<PageQuery>,
) -> Result<Json<Page<DealInternalNote>>, Problem> {
    let page = list(&app, &who, id, true, "deal:notes", query).await?;
    let sayer = Sayer::to(&who);
    Ok(Json(page.map(|row| DealInternalNote::of(row, &sayer))))
}

/// Make a note about a deal, which no partner is shown.
#[utoipa::path(post, path = "/deals/{id}/notes", operation_id = "add_deal_note", tag = "deals",
    params(("id" = DealId, Path, description = "The deal.")), request_body = DealRemarkCreate, security(("bearer" = ["vendor:see_internal"])),
    responses((status = 201, description = "The new note.", body = DealInternalNote)))]
async fn add_deal_note(
    State(app): State<App>,
    who: Can<may::SeeInternal>,
    At(id): At<DealId>,
    Valid(body): Valid<DealRemarkCreate>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::CREATED, async |tx| {
        service::say(tx, id, true, &body.text).await.map(|row| DealInternalNote::of(row, &Sayer::everybody()))
    })
    .await
}

/// Read one note.
#[utoipa::path(get, path = "/deals/{id}/notes/{remark}", operation_id = "get_deal_note", tag = "deals",
    params(("id" = DealId, Path, description = "The deal."), ("remark" = RemarkId, Path, description = "The note.")),
    security(("bearer" = ["vendor:see_internal"])),
    responses((status = 200, description = "The note.", body = DealInternalNote)))]
async fn get_deal_note(State(app): State<App>, who: Can<may::SeeInternal>, At((id, remark)): At<(DealId, RemarkId)>) -> Result<Response, Problem> {
    let row = find(&app, &who, id, true, remark).await?;
    Ok(Answer::of(StatusCode::OK, &DealInternalNote::of(row, &Sayer::to(&who))).into_response(false))
}

/// Correct one's own note, within fifteen minutes.
#[utoipa::path(patch, path = "/deals/{id}/notes/{remark}", operation_id = "update_deal_note", tag = "deals",
    params(("id" = DealId, Path, description = "The deal."), ("remark" = RemarkId, Path, description = "The note.")),
    request_body = DealRemarkPatch, security(("bearer" = ["vendor:see_internal"])),
    responses((status = 200, description = "The note as it now is.", body = DealInternalNote)))]
async fn update_deal_note(
    State(app): State<App>,
    who: Can<may::SeeInternal>,
    At((id, remark)): At<(DealId, RemarkId)>,
    Valid(body): Valid<DealRemarkPatch>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| {
        service::correct(tx, id, true, remark, body.text).await.map(|row| DealInternalNote::of(row, &Sayer::everybody()))
    })
    .await
}

/// Take back one's own note: what it said is shown to nobody any more.
#[utoipa::path(delete, path = "/deals/{id}/notes/{remark}", operation_id = "delete_deal_note", tag = "deals",
    params(("id" = DealId, Path, description = "The deal."), ("remark" = RemarkId, Path, description = "The note.")),
    security(("bearer" = ["vendor:see_internal"])),
    responses((status = 204, description = "It is taken back.")))]
async fn delete_deal_note(
    State(app): State<App>,
    who: Can<may::SeeInternal>,
    At((id, remark)): At<(DealId, RemarkId)>,
) -> Result<StatusCode, Problem> {
    app.write(&who, async |tx| service::take_back(tx, id, true, remark).await).await?;
    Ok(StatusCode::NO_CONTENT)
}
