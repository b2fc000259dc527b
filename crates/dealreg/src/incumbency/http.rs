//! Incumbencies over HTTP.

use super::store::{self, Filter};
use super::types::{Incumbency, IncumbencyEnd, IncumbencyMove, IncumbencyStatus};
use super::{IncumbencyId, hand};
use access::{Can, may};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use kernel::id::PartnerId;
use kernel::idempotency::Answer;
use kernel::problem::ProblemDocument;
use kernel::{App, At, Page, PageQuery, Params, Problem, Valid};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_incumbencies))
        .routes(routes!(get_incumbency))
        .routes(routes!(move_incumbency))
        .routes(routes!(end_incumbency))
}

/// Filters of the list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct IncumbencyQuery {
    /// Only incumbencies in this status.
    pub status: Option<IncumbencyStatus>,
    /// Only of this partner.
    pub partner_id: Option<PartnerId>,
    /// Rows on the page, 1 to 200; 25 if absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// List incumbencies, newest first: who may renew what, and when. A partner sees its own.
#[utoipa::path(get, path = "/incumbencies", operation_id = "list_incumbencies", tag = "renewals", params(IncumbencyQuery),
    security(("bearer" = ["deals:read"])),
    responses((status = 200, description = "A page of incumbencies.", body = Page<Incumbency>)))]
async fn list_incumbencies(
    State(app): State<App>,
    who: Can<may::ReadDeals>,
    Params(query): Params<IncumbencyQuery>,
) -> Result<Json<Page<Incumbency>>, Problem> {
    const LIST: &str = "incumbencies";
    let page = PageQuery { limit: query.limit, cursor: query.cursor };
    let (limit, before) = (page.limit()?, page.after::<Uuid>(LIST)?);
    let filter = Filter { status: query.status, partner: query.partner_id };
    let rows = store::list(&app.db().read_of(who.scope.vendor()).await?, who.scope, &filter, before, limit + 1).await?;
    let page = Page::of(LIST, rows, limit, |row| row.id);
    let data = page.data.iter().map(|row| row.seen_by(&who)).collect::<Result<_, _>>()?;
    Ok(Json(Page { data, next_cursor: page.next_cursor }))
}

/// Read an incumbency.
#[utoipa::path(get, path = "/incumbencies/{id}", operation_id = "get_incumbency", tag = "renewals",
    params(("id" = IncumbencyId, Path, description = "The incumbency.")), security(("bearer" = ["deals:read"])),
    responses((status = 200, description = "The incumbency.", body = Incumbency)))]
async fn get_incumbency(State(app): State<App>, who: Can<may::ReadDeals>, At(id): At<IncumbencyId>) -> Result<Response, Problem> {
    let db = app.db().read_of(who.scope.vendor()).await?;
    let row = store::find(&db, who.scope, id).await?.ok_or_else(Problem::not_found)?;
    Ok(Answer::of(StatusCode::OK, &row.seen_by(&who)?).into_response(false))
}

/// Make another partner the incumbent.
///
/// The one that was so is told that its incumbency has ended, the other that one has begun; neither learns of the other. Answers with the new one.
#[utoipa::path(post, path = "/incumbencies/{id}/move", operation_id = "move_incumbency", tag = "renewals",
    params(("id" = IncumbencyId, Path, description = "The incumbency."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that it must still have; 412 if it has another.")),
    request_body = IncumbencyMove, security(("bearer" = ["deals:decide"])),
    responses(
        (status = 200, description = "The new incumbency.", body = Incumbency),
        (status = 412, description = "It has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn move_incumbency(
    State(app): State<App>,
    who: Can<may::DecideDeals>,
    At(id): At<IncumbencyId>,
    Valid(body): Valid<IncumbencyMove>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| hand::move_on(tx, id, body).await).await
}

/// End an incumbency: anybody may register the renewal.
#[utoipa::path(post, path = "/incumbencies/{id}/end", operation_id = "end_incumbency", tag = "renewals",
    params(("id" = IncumbencyId, Path, description = "The incumbency."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that it must still have; 412 if it has another.")),
    request_body = IncumbencyEnd, security(("bearer" = ["deals:decide"])),
    responses(
        (status = 200, description = "The incumbency, ended.", body = Incumbency),
        (status = 412, description = "It has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn end_incumbency(
    State(app): State<App>,
    who: Can<may::DecideDeals>,
    At(id): At<IncumbencyId>,
    Valid(body): Valid<IncumbencyEnd>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| hand::end_by_hand(tx, id, body).await).await
}
