//! Next steps over HTTP.

use super::super::store;
use super::super::task_store::{self, Filter};
use super::super::task_types::{CosellTask, CosellTaskAdd, CosellTaskPatch};
use super::super::{CosellRequestId, CosellTaskId, tasks};
use super::requests::CosellPerson;
use access::{Can, may};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use kernel::idempotency::Answer;
use kernel::problem::ProblemDocument;
use kernel::{Actor, App, At, Page, PageQuery, Params, Problem, Valid};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(add_cosell_task, list_tasks_of_cosell_request))
        .routes(routes!(list_cosell_tasks))
        .routes(routes!(get_cosell_task, update_cosell_task, delete_cosell_task))
        .routes(routes!(complete_cosell_task))
        .routes(routes!(reopen_cosell_task))
}

/// Put down a next step, after the others. Both sides read it, and either may do it.
#[utoipa::path(post, path = "/cosell-requests/{id}/tasks", operation_id = "add_cosell_task", tag = "co-sell",
    params(("id" = CosellRequestId, Path, description = "The request.")), request_body = CosellTaskAdd, security(("bearer" = ["cosell:work"])),
    responses((status = 201, description = "The task.", body = CosellTask)))]
async fn add_cosell_task(
    State(app): State<App>,
    who: Can<may::WorkCosell>,
    At(id): At<CosellRequestId>,
    Valid(body): Valid<CosellTaskAdd>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::CREATED, async |tx| tasks::add(tx, id, body).await).await
}

/// List the next steps of a request, in their order.
#[utoipa::path(get, path = "/cosell-requests/{id}/tasks", operation_id = "list_tasks_of_cosell_request", tag = "co-sell",
    params(("id" = CosellRequestId, Path, description = "The request."), PageQuery), security(("bearer" = ["deals:read"])),
    responses((status = 200, description = "A page of tasks.", body = Page<CosellTask>)))]
async fn list_tasks_of_cosell_request(
    State(app): State<App>,
    who: Can<may::ReadDeals>,
    At(id): At<CosellRequestId>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<CosellTask>>, Problem> {
    const LIST: &str = "cosell_request:tasks";
    let (limit, after) = (page.limit()?, page.after::<(i64, Uuid)>(LIST)?);
    let db = app.db().read_of(who.scope.vendor()).await?;
    let request = store::find(&db, who.scope, id).await?.ok_or_else(Problem::not_found)?;
    let rows = task_store::of_request(&db, who.scope, id, after, limit + 1).await?;
    let Page { data, next_cursor } = Page::of(LIST, rows, limit, |row| (row.place, row.id));
    let status = request.status()?;
    let data = data.iter().map(|row| row.seen_by(&who, status)).collect::<Result<_, _>>()?;
    Ok(Json(Page { data, next_cursor }))
}

/// Filters of the list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CosellTaskQuery {
    /// Only this person's: an id, or `me`.
    #[param(value_type = Option<String>, pattern = "^(me|per_[0-9a-hjkmnp-tv-z]{26})$")]
    pub owner: Option<CosellPerson>,
    /// Only those that are done, or only those that are not.
    pub done: Option<bool>,
    /// Only those that were not done in time.
    pub overdue: Option<bool>,
    /// Rows on the page, 1 to 200; 25 if absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// List next steps of all open requests, those put down first first: `owner=me&done=false` is what one has to do.
#[utoipa::path(get, path = "/cosell-tasks", operation_id = "list_cosell_tasks", tag = "co-sell", params(CosellTaskQuery),
    security(("bearer" = ["deals:read"])),
    responses((status = 200, description = "A page of tasks.", body = Page<CosellTask>)))]
async fn list_cosell_tasks(
    State(app): State<App>,
    who: Can<may::ReadDeals>,
    Params(query): Params<CosellTaskQuery>,
) -> Result<Json<Page<CosellTask>>, Problem> {
    const LIST: &str = "cosell_tasks";
    let page = PageQuery { limit: query.limit, cursor: query.cursor };
    let (limit, after) = (page.limit()?, page.after::<Uuid>(LIST)?);
    let owner = query.owner.map(|one| one.meant(&who, "owner")).transpose()?;
    let filter = Filter { owner, done: query.done, overdue: query.overdue.unwrap_or(false) };
    let db = app.db().read_of(who.scope.vendor()).await?;
    let rows = task_store::list(&db, who.scope, &filter, after, limit + 1).await?;
    let Page { data, next_cursor } = Page::of(LIST, rows, limit, |row| row.id);
    let mut shown = Vec::with_capacity(data.len());
    let statuses = store::statuses(&db, who.scope, data.iter().map(|row| row.request_id)).await?;
    for row in &data {
        let status = statuses.get(&row.request_id).copied().ok_or_else(Problem::not_found)?;
        shown.push(row.seen_by(&who, status)?);
    }
    Ok(Json(Page { data: shown, next_cursor }))
}

/// Read a next step.
#[utoipa::path(get, path = "/cosell-tasks/{id}", operation_id = "get_cosell_task", tag = "co-sell",
    params(("id" = CosellTaskId, Path, description = "The task.")), security(("bearer" = ["deals:read"])),
    responses((status = 200, description = "The task.", body = CosellTask)))]
async fn get_cosell_task(State(app): State<App>, who: Can<may::ReadDeals>, At(id): At<CosellTaskId>) -> Result<Response, Problem> {
    Ok(Answer::of(StatusCode::OK, &read(&app, &who, id).await?).into_response(false))
}

async fn read(app: &App, who: &Actor, id: CosellTaskId) -> Result<CosellTask, Problem> {
    let db = app.db().read_of(who.scope.vendor()).await?;
    let row = task_store::find(&db, who.scope, id).await?.ok_or_else(Problem::not_found)?;
    let request = store::find(&db, who.scope, CosellRequestId(row.request_id)).await?.ok_or_else(Problem::not_found)?;
    row.seen_by(who, request.status()?)
}

/// Change a next step, move it, or give it to somebody else.
#[utoipa::path(patch, path = "/cosell-tasks/{id}", operation_id = "update_cosell_task", tag = "co-sell",
    params(("id" = CosellTaskId, Path, description = "The task.")), request_body = CosellTaskPatch, security(("bearer" = ["cosell:work"])),
    responses((status = 200, description = "The task as it now is.", body = CosellTask)))]
async fn update_cosell_task(
    State(app): State<App>,
    who: Can<may::WorkCosell>,
    At(id): At<CosellTaskId>,
    Valid(body): Valid<CosellTaskPatch>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| tasks::patch(tx, id, body).await).await
}

/// Take a next step out.
#[utoipa::path(delete, path = "/cosell-tasks/{id}", operation_id = "delete_cosell_task", tag = "co-sell",
    params(("id" = CosellTaskId, Path, description = "The task.")), security(("bearer" = ["cosell:work"])),
    responses((status = 204, description = "It is out.")))]
async fn delete_cosell_task(State(app): State<App>, who: Can<may::WorkCosell>, At(id): At<CosellTaskId>) -> Result<StatusCode, Problem> {
    app.write(&who, async |tx| tasks::remove(tx, id).await).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Say that a next step is done.
#[utoipa::path(post, path = "/cosell-tasks/{id}/complete", operation_id = "complete_cosell_task", tag = "co-sell",
    params(("id" = CosellTaskId, Path, description = "The task."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the task must still have; 412 if it has another.")),
    security(("bearer" = ["cosell:work"])),
    responses(
        (status = 200, description = "The task as it now is.", body = CosellTask),
        (status = 412, description = "The task has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn complete_cosell_task(State(app): State<App>, who: Can<may::WorkCosell>, At(id): At<CosellTaskId>) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| tasks::complete(tx, id).await).await
}

/// Say that a next step is not done after all.
#[utoipa::path(post, path = "/cosell-tasks/{id}/reopen", operation_id = "reopen_cosell_task", tag = "co-sell",
    params(("id" = CosellTaskId, Path, description = "The task."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the task must still have; 412 if it has another.")),
    security(("bearer" = ["cosell:work"])),
    responses(
        (status = 200, description = "The task as it now is.", body = CosellTask),
        (status = 412, description = "The task has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn reopen_cosell_task(State(app): State<App>, who: Can<may::WorkCosell>, At(id): At<CosellTaskId>) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| tasks::reopen(tx, id).await).await
}
