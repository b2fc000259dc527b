//! Requests to check providers over HTTP.

use super::store::{self, Filter};
use super::types::{CheckRequest, CheckRequestQuery};
use super::{CheckRequestId, service};
use access::{Can, may};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use kernel::idempotency::Answer;
use kernel::problem::ProblemDocument;
use kernel::{App, At, Page, PageQuery, Params, Problem};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_check_requests)).routes(routes!(get_check_request)).routes(routes!(retry_check_request))
}

/// List what providers of checks were asked, newest first.
#[utoipa::path(get, path = "/check-requests", operation_id = "list_check_requests", tag = "vetting", params(CheckRequestQuery),
    security(("bearer" = ["vetting:read"])),
    responses((status = 200, description = "A page of requests.", body = Page<CheckRequest>)))]
async fn list_check_requests(
    State(app): State<App>,
    who: Can<may::ReadVetting>,
    Params(query): Params<CheckRequestQuery>,
) -> Result<Json<Page<CheckRequest>>, Problem> {
    const LIST: &str = "check_requests";
    let page = PageQuery { limit: query.limit, cursor: query.cursor };
    let (limit, before) = (page.limit()?, page.after::<Uuid>(LIST)?);
    let filter = Filter { partner: query.partner_id, application: query.application_id, provider: query.provider_id, status: query.status };
    let rows = store::page(&app.db().read_of(who.scope.vendor()).await?, who.scope, &filter, before, limit + 1).await?;
    let Page { data, next_cursor } = Page::of(LIST, rows, limit, |row| row.id);
    let data = data.iter().map(|row| row.shown(who.grants)).collect::<Result<_, _>>()?;
    Ok(Json(Page { data, next_cursor }))
}

/// Read what a provider of checks was asked.
#[utoipa::path(get, path = "/check-requests/{id}", operation_id = "get_check_request", tag = "vetting",
    params(("id" = CheckRequestId, Path, description = "The request.")), security(("bearer" = ["vetting:read"])),
    responses((status = 200, description = "The request.", body = CheckRequest)))]
async fn get_check_request(State(app): State<App>, who: Can<may::ReadVetting>, At(id): At<CheckRequestId>) -> Result<Response, Problem> {
    let db = app.db().read_of(who.scope.vendor()).await?;
    let row = store::find(&db, who.scope, id).await?.ok_or_else(Problem::not_found)?;
    Ok(Answer::of(StatusCode::OK, &row.shown(who.grants)?).into_response(false))
}

/// Ask the provider once more what was not answered.
#[utoipa::path(post, path = "/check-requests/{id}/retry", operation_id = "retry_check_request", tag = "vetting",
    params(("id" = CheckRequestId, Path, description = "The request."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the request must still have; 412 if it has another.")),
    security(("bearer" = ["vetting:decide"])),
    responses(
        (status = 200, description = "The request as it now is.", body = CheckRequest),
        (status = 412, description = "The request has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn retry_check_request(State(app): State<App>, who: Can<may::DecideVetting>, At(id): At<CheckRequestId>) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| service::retry(tx, id).await).await
}
