//! Access grants over HTTP.

use super::types::{AccessGrant, AccessGrantRequest};
use super::{AccessGrantId, grants, store};
use access::{Can, may};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use kernel::id::PartnerId;
use kernel::idempotency::Answer;
use kernel::problem::ProblemDocument;
use kernel::{App, At, Page, PageQuery, Params, Problem, Valid};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_access_grants, request_access_grant))
        .routes(routes!(get_access_grant))
        .routes(routes!(retry_access_grant))
        .routes(routes!(revoke_access_grant))
}

/// List what a partner was given and is to be given, newest first.
#[utoipa::path(get, path = "/partners/{id}/access-grants", operation_id = "list_access_grants", tag = "onboarding",
    params(("id" = PartnerId, Path, description = "The partner."), PageQuery), security(("bearer" = ["partners:read"])),
    responses((status = 200, description = "A page of grants.", body = Page<AccessGrant>)))]
async fn list_access_grants(
    State(app): State<App>,
    who: Can<may::ReadPartners>,
    At(id): At<PartnerId>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<AccessGrant>>, Problem> {
    const LIST: &str = "access_grants";
    let (limit, before) = (page.limit()?, page.after::<Uuid>(LIST)?);
    let db = app.db().read_of(who.scope.vendor()).await?;
    if partners::find(&db, who.scope, id).await?.is_none() {
        return Err(Problem::not_found());
    }
    let rows = store::of_partner(&db, who.scope, id, before, limit + 1).await?;
    let Page { data, next_cursor } = Page::of(LIST, rows, limit, |row| row.id);
    Ok(Json(Page { data: data.iter().map(|row| row.seen_by(&who)).collect(), next_cursor }))
}

/// Ask for an environment, a course or content for a partner by hand. 409 if it has it, or is about to.
#[utoipa::path(post, path = "/partners/{id}/access-grants", operation_id = "request_access_grant", tag = "onboarding",
    params(("id" = PartnerId, Path, description = "The partner.")), request_body = AccessGrantRequest,
    security(("bearer" = ["partners:manage"])),
    responses((status = 201, description = "The grant; its provisioner is asked at once.", body = AccessGrant)))]
async fn request_access_grant(
    State(app): State<App>,
    who: Can<may::ManagePartners>,
    At(id): At<PartnerId>,
    Valid(body): Valid<AccessGrantRequest>,
) -> Result<Response, Problem> {
    let asked = body.asked().first().copied().ok_or_else(|| Problem::invalid("", "one_of", "Name one: an environment, a course, or content."))?;
    app.reply(&who, StatusCode::CREATED, async |tx| grants::request(tx, id, asked).await).await
}

/// Read an access grant.
#[utoipa::path(get, path = "/access-grants/{id}", operation_id = "get_access_grant", tag = "onboarding",
    params(("id" = AccessGrantId, Path, description = "The grant.")), security(("bearer" = ["partners:read"])),
    responses((status = 200, description = "The grant.", body = AccessGrant)))]
async fn get_access_grant(State(app): State<App>, who: Can<may::ReadPartners>, At(id): At<AccessGrantId>) -> Result<Response, Problem> {
    let db = app.db().read_of(who.scope.vendor()).await?;
    let row = store::find(&db, who.scope, id).await?.ok_or_else(Problem::not_found)?;
    Ok(Answer::of(StatusCode::OK, &row.seen_by(&who)).into_response(false))
}

/// Ask the provisioner once more for what failed.
#[utoipa::path(post, path = "/access-grants/{id}/retry", operation_id = "retry_access_grant", tag = "onboarding",
    params(("id" = AccessGrantId, Path, description = "The grant."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the grant must still have; 412 if it has another.")),
    security(("bearer" = ["partners:manage"])),
    responses(
        (status = 200, description = "The grant as it now is.", body = AccessGrant),
        (status = 412, description = "The grant has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn retry_access_grant(State(app): State<App>, who: Can<may::ManagePartners>, At(id): At<AccessGrantId>) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| grants::retry(tx, id).await).await
}

/// Take away what a partner was given: the provisioner is told at once.
#[utoipa::path(post, path = "/access-grants/{id}/revoke", operation_id = "revoke_access_grant", tag = "onboarding",
    params(("id" = AccessGrantId, Path, description = "The grant."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the grant must still have; 412 if it has another.")),
    security(("bearer" = ["partners:manage"])),
    responses(
        (status = 200, description = "The grant as it now is.", body = AccessGrant),
        (status = 412, description = "The grant has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn revoke_access_grant(State(app): State<App>, who: Can<may::ManagePartners>, At(id): At<AccessGrantId>) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| grants::revoke(tx, id).await).await
}
