//! Verdicts over HTTP.

use super::MatchVerdictId;
use super::types::{MatchVerdict, MatchVerdictCreate, MatchVerdictRevoke};
use super::{service, store};
use access::{Can, may};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use kernel::idempotency::Answer;
use kernel::problem::ProblemDocument;
use kernel::{App, At, Page, PageQuery, Params, Problem, Valid};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

/// Every route of this module under `/v1`.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(make_match_verdict, list_match_verdicts))
        .routes(routes!(get_match_verdict))
        .routes(routes!(revoke_match_verdict))
}

/// Judge whether two companies are the same.
///
/// From then on whoever registers either is compared by it, whichever side comes first. That two differ outranks an equal tax number
/// or domain only with `overrides_exact`.
#[utoipa::path(post, path = "/match-verdicts", operation_id = "make_match_verdict", tag = "match verdicts", request_body = MatchVerdictCreate,
    security(("bearer" = ["deals:decide"])),
    responses((status = 201, description = "The verdict.", body = MatchVerdict)))]
async fn make_match_verdict(State(app): State<App>, who: Can<may::DecideDeals>, Valid(body): Valid<MatchVerdictCreate>) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::CREATED, async |tx| service::create(tx, body).await).await
}

/// Filters of the list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct MatchVerdictQuery {
    /// Only revoked ones, or only those that count.
    pub revoked: Option<bool>,
    /// Rows on the page, 1 to 200; 25 if absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// List verdicts, newest first.
#[utoipa::path(get, path = "/match-verdicts", operation_id = "list_match_verdicts", tag = "match verdicts", params(MatchVerdictQuery),
    security(("bearer" = ["deals:see_rivals"])),
    responses((status = 200, description = "A page of verdicts.", body = Page<MatchVerdict>)))]
async fn list_match_verdicts(
    State(app): State<App>,
    who: Can<may::SeeRivals>,
    Params(query): Params<MatchVerdictQuery>,
) -> Result<Json<Page<MatchVerdict>>, Problem> {
    const LIST: &str = "match-verdicts";
    let page = PageQuery { limit: query.limit, cursor: query.cursor };
    let (limit, before) = (page.limit()?, page.after::<Uuid>(LIST)?);
    let db = app.db().read_of(who.scope.vendor()).await?;
    let rows = store::list(&db, who.scope, query.revoked, before, limit + 1).await?;
    let page = Page::of(LIST, rows, limit, |row| row.id);
    let data = page.data.iter().map(|row| row.show(who.grants)).collect::<Result<_, _>>()?;
    Ok(Json(Page { data, next_cursor: page.next_cursor }))
}

/// Read a verdict.
#[utoipa::path(get, path = "/match-verdicts/{id}", operation_id = "get_match_verdict", tag = "match verdicts",
    params(("id" = MatchVerdictId, Path, description = "The verdict.")), security(("bearer" = ["deals:see_rivals"])),
    responses((status = 200, description = "The verdict.", body = MatchVerdict)))]
async fn get_match_verdict(State(app): State<App>, who: Can<may::SeeRivals>, At(id): At<MatchVerdictId>) -> Result<Response, Problem> {
    let db = app.db().read_of(who.scope.vendor()).await?;
    let row = store::find(&db, who.scope, id).await?.ok_or_else(Problem::not_found)?;
    Ok(Answer::of(StatusCode::OK, &row.show(who.grants)?).into_response(false))
}

/// Revoke a verdict: from then on the score counts again. What was decided by it stays.
#[utoipa::path(post, path = "/match-verdicts/{id}/revoke", operation_id = "revoke_match_verdict", tag = "match verdicts",
    params(("id" = MatchVerdictId, Path, description = "The verdict."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the verdict must still have; 412 if it has another.")),
    request_body = MatchVerdictRevoke, security(("bearer" = ["deals:decide"])),
    responses(
        (status = 200, description = "The verdict as it now is.", body = MatchVerdict),
        (status = 412, description = "The verdict has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn revoke_match_verdict(
    State(app): State<App>,
    who: Can<may::DecideDeals>,
    At(id): At<MatchVerdictId>,
    Valid(body): Valid<MatchVerdictRevoke>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| service::revoke(tx, id, body).await).await
}
