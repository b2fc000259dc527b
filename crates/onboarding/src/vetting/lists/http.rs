//! Lists over HTTP, and a name to be looked for in them.

use super::types::{ScreeningList, ScreeningListCreate, ScreeningListPublish, ScreeningVersion};
use super::{cache, service, store};
use crate::vetting::ScreeningListId;
use crate::vetting::screen::{self, SanctionMatch, ScreenedAs, Wanted};
use access::{Can, may};
use axum::Json;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::response::Response;
use kernel::idempotency::Answer;
use kernel::problem::ProblemDocument;
use kernel::{App, At, Page, PageQuery, Params, Problem, Valid};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use validator::Validate;

/// The largest publication, in bytes of its request.
const MAX_FILES: usize = 96 << 20;

pub(crate) fn router() -> OpenApiRouter<App> {
    let files = OpenApiRouter::new().routes(routes!(publish_screening_list)).layer(DefaultBodyLimit::max(MAX_FILES));
    OpenApiRouter::new()
        .routes(routes!(create_screening_list, list_screening_lists))
        .routes(routes!(get_screening_list))
        .routes(routes!(list_screening_versions))
        .routes(routes!(screen_name))
        .merge(files)
}

/// Keep a list. It screens nobody until a version of it is published.
#[utoipa::path(post, path = "/screening-lists", operation_id = "create_screening_list", tag = "vetting", request_body = ScreeningListCreate,
    security(("bearer" = ["vetting:manage"])),
    responses((status = 201, description = "The list.", body = ScreeningList)))]
async fn create_screening_list(
    State(app): State<App>,
    who: Can<may::ManageVetting>,
    Valid(body): Valid<ScreeningListCreate>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::CREATED, async |tx| service::create(tx, body).await).await
}

/// List the screening lists, newest first.
#[utoipa::path(get, path = "/screening-lists", operation_id = "list_screening_lists", tag = "vetting", params(PageQuery),
    security(("bearer" = ["vetting:read"])),
    responses((status = 200, description = "A page of lists.", body = Page<ScreeningList>)))]
async fn list_screening_lists(
    State(app): State<App>,
    who: Can<may::ReadVetting>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<ScreeningList>>, Problem> {
    const LIST: &str = "screening_lists";
    let (limit, before) = (page.limit()?, page.after::<Uuid>(LIST)?);
    let rows = store::page(&app.db().read_of(who.scope.vendor()).await?, who.scope, before, limit + 1).await?;
    Ok(Json(Page::of(LIST, rows, limit, |row| row.id).map(|row| row.shown())))
}

/// Read a screening list.
#[utoipa::path(get, path = "/screening-lists/{id}", operation_id = "get_screening_list", tag = "vetting",
    params(("id" = ScreeningListId, Path, description = "The list.")), security(("bearer" = ["vetting:read"])),
    responses((status = 200, description = "The list.", body = ScreeningList)))]
async fn get_screening_list(State(app): State<App>, who: Can<may::ReadVetting>, At(id): At<ScreeningListId>) -> Result<Response, Problem> {
    let db = app.db().read_of(who.scope.vendor()).await?;
    let row = store::find(&db, who.scope, id).await?.ok_or_else(Problem::not_found)?;
    Ok(Answer::of(StatusCode::OK, &row.shown()).into_response(false))
}

/// Publish a version of a list.
///
/// Its files are taken whole or not at all: 422 names each line that cannot be understood, and a file that was cut off is one. What changed since the version
/// before is then held against everybody: `GET /v1/screening-runs` tells how far that is.
#[utoipa::path(post, path = "/screening-lists/{id}/publish", operation_id = "publish_screening_list", tag = "vetting",
    params(("id" = ScreeningListId, Path, description = "The list."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the list must still have; 412 if it has another.")),
    request_body = ScreeningListPublish, security(("bearer" = ["vetting:manage"])),
    responses(
        (status = 200, description = "The version.", body = ScreeningVersion),
        (status = 412, description = "The list has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn publish_screening_list(
    State(app): State<App>,
    who: Can<may::ManageVetting>,
    At(id): At<ScreeningListId>,
    Valid(body): Valid<ScreeningListPublish>,
) -> Result<Response, Problem> {
    let db = app.db().read_of(who.scope.vendor()).await?;
    let row = store::find(&db, who.scope, id).await?.ok_or_else(Problem::not_found)?;
    drop(db);
    let read = service::read(row.shown().format, &body.files)?;
    app.reply(&who, StatusCode::OK, async |tx| service::publish(tx, id, read, body.accept_removals).await).await
}

/// List the versions of a screening list, latest first.
#[utoipa::path(get, path = "/screening-lists/{id}/versions", operation_id = "list_screening_versions", tag = "vetting",
    params(("id" = ScreeningListId, Path, description = "The list."), PageQuery), security(("bearer" = ["vetting:read"])),
    responses((status = 200, description = "A page of versions.", body = Page<ScreeningVersion>)))]
async fn list_screening_versions(
    State(app): State<App>,
    who: Can<may::ReadVetting>,
    At(id): At<ScreeningListId>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<ScreeningVersion>>, Problem> {
    const LIST: &str = "screening_versions";
    let (limit, before) = (page.limit()?, page.after::<i64>(LIST)?);
    let db = app.db().read_of(who.scope.vendor()).await?;
    store::find(&db, who.scope, id).await?.ok_or_else(Problem::not_found)?;
    let page = Page::of(LIST, store::versions(&db, who.scope, id, before, limit + 1).await?, limit, |row| row.version);
    Ok(Json(page.try_map(|row| row.shown())?))
}

/// Who is looked for.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Аэрокарибиан", "kind": "organisation", "country": "CU"}))]
pub struct ScreeningQuestion {
    /// The name, in any script.
    #[validate(length(min = 1, max = 300), custom(function = kernel::text::not_blank))]
    #[schema(min_length = 1, max_length = 300, pattern = r"\S")]
    pub name: String,
    /// What it is the name of.
    pub kind: ScreenedAs,
    /// A date of birth, or a year.
    #[validate(custom(function = screen::birth_date))]
    #[schema(min_length = 4, max_length = 10, pattern = r"^\d{4}(-\d{2}-\d{2})?$")]
    #[serde(default)]
    pub birth_date: Option<String>,
    /// A country (ISO 3166-1 alpha-2).
    #[validate(custom(function = kernel::country::country))]
    #[schema(min_length = 2, max_length = 2, pattern = "^[A-Z]{2}$")]
    #[serde(default)]
    pub country: Option<String>,
    /// The least score, in hundredths; 80 if absent.
    #[validate(range(min = 60, max = 100))]
    #[schema(minimum = 60, maximum = 100)]
    #[serde(default)]
    pub at_least: Option<i64>,
}

/// What was found.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"matches": []}))]
pub struct ScreeningAnswer {
    /// Entries that look like it, the best first.
    pub matches: Vec<SanctionMatch>,
}

/// Look for a name in every list. Nothing is recorded.
#[utoipa::path(post, path = "/screenings", operation_id = "screen_name", tag = "vetting", request_body = ScreeningQuestion,
    security(("bearer" = ["vetting:read"])),
    responses((status = 200, description = "What was found.", body = ScreeningAnswer)))]
async fn screen_name(
    State(app): State<App>,
    who: Can<may::ReadVetting>,
    Valid(body): Valid<ScreeningQuestion>,
) -> Result<Json<ScreeningAnswer>, Problem> {
    let db = app.db().read_of(who.scope.vendor()).await?;
    let lists = cache::all(&app, &db, who.scope.vendor()).await?;
    let wanted = Wanted { kind: body.kind, name: &body.name, birth: body.birth_date.as_deref(), country: body.country.as_deref() };
    let matches = screen::find(&lists, &wanted, body.at_least.unwrap_or(80));
    Ok(Json(ScreeningAnswer { matches }))
}
