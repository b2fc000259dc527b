//! Tasks of onboardings over HTTP.

use super::OnboardingTaskId;
use super::body::PathOwner;
use super::rules::{OnboardingStatus, OnboardingTaskStatus};
use super::service;
use super::store::{self, TaskFilter, TaskRow};
use super::types::{OnboardingReason, OnboardingTask, OnboardingTaskComplete};
use super::way::{hand, show_task};
use crate::reading;
use access::{Can, may};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use kernel::id::PartnerId;
use kernel::idempotency::Answer;
use kernel::locale::Languages;
use kernel::problem::ProblemDocument;
use kernel::{Actor, App, At, OptionalValid, Page, PageQuery, Params, Problem, Valid};
use sea_orm::ConnectionTrait;
use serde::Deserialize;
use std::collections::HashMap;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_onboarding_tasks))
        .routes(routes!(get_onboarding_task))
        .routes(routes!(complete_onboarding_task))
        .routes(routes!(skip_onboarding_task))
        .routes(routes!(reopen_onboarding_task))
}

/// Filters of the list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct OnboardingTaskQuery {
    /// Only tasks of this partner.
    pub partner_id: Option<PartnerId>,
    /// Only tasks that these owe.
    pub owner: Option<PathOwner>,
    /// Only tasks in this status.
    pub status: Option<OnboardingTaskStatus>,
    /// Only tasks whose time has passed while they were open, or the others.
    pub overdue: Option<bool>,
    /// The language of their texts, e.g. `de` or `pt-BR`; one's own if absent. Where there is none in it: one's own, the partner's, the vendor's, English.
    #[param(max_length = 35)]
    pub language: Option<String>,
    /// Rows on the page, 1 to 200; 25 if absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// List tasks of onboardings, oldest first: what is owed, by whom, across partners.
#[utoipa::path(get, path = "/onboarding-tasks", operation_id = "list_onboarding_tasks", tag = "onboarding", params(OnboardingTaskQuery),
    security(("bearer" = ["partners:read"])),
    responses((status = 200, description = "A page of tasks.", body = Page<OnboardingTask>)))]
async fn list_onboarding_tasks(
    State(app): State<App>,
    who: Can<may::ReadPartners>,
    Params(query): Params<OnboardingTaskQuery>,
) -> Result<Json<Page<OnboardingTask>>, Problem> {
    const LIST: &str = "onboarding_tasks";
    let page = PageQuery { limit: query.limit, cursor: query.cursor };
    let (limit, after) = (page.limit()?, page.after::<Uuid>(LIST)?);
    let filter = TaskFilter { partner: query.partner_id, owner: query.owner, status: query.status, overdue: query.overdue };
    let db = app.db().read_of(who.scope.vendor()).await?;
    let languages = reading::of_caller(&app, &db, &who, query.language).await?;
    let page = Page::of(LIST, store::list_tasks(&db, who.scope, &filter, after, limit + 1).await?, limit, |row| row.id);
    let next_cursor = page.next_cursor;
    Ok(Json(Page { data: shown(&db, &who, page.data, &languages).await?, next_cursor }))
}

/// Tasks as `who` sees them.
async fn shown(db: &impl ConnectionTrait, who: &Actor, rows: Vec<TaskRow>, languages: &Languages) -> Result<Vec<OnboardingTask>, Problem> {
    let paths = store::paths_by_id(db, who.scope.vendor(), rows.iter().map(|row| row.path_id)).await?;
    let bodies = paths.into_iter().map(|(id, path)| Ok((id, path.body()?))).collect::<Result<HashMap<_, _>, Problem>>()?;
    let statuses = store::statuses(db, who.scope, rows.iter().map(|row| row.onboarding_id)).await?;
    let show = |row: TaskRow| {
        let body = bodies.get(&row.path_id).ok_or_else(|| Problem::internal("a task's path is gone"))?;
        let running = statuses.get(&row.onboarding_id) == Some(&OnboardingStatus::Running);
        show_task(&row, body, hand(who), running, languages)
    };
    rows.into_iter().map(show).collect()
}

/// Read a task of an onboarding.
#[utoipa::path(get, path = "/onboarding-tasks/{id}", operation_id = "get_onboarding_task", tag = "onboarding",
    params(("id" = OnboardingTaskId, Path, description = "The task.")), security(("bearer" = ["partners:read"])),
    responses((status = 200, description = "The task.", body = OnboardingTask)))]
async fn get_onboarding_task(State(app): State<App>, who: Can<may::ReadPartners>, At(id): At<OnboardingTaskId>) -> Result<Response, Problem> {
    let db = app.db().read_of(who.scope.vendor()).await?;
    let row = store::find_task(&db, who.scope, id).await?.ok_or_else(Problem::not_found)?;
    let languages = reading::of_caller(&app, &db, &who, None).await?;
    let task = shown(&db, &who, vec![row], &languages).await?.pop().ok_or_else(Problem::not_found)?;
    Ok(Answer::of(StatusCode::OK, &task).into_response(false))
}

/// Say that a task is done.
///
/// A partner's people do the tasks that their partner owes; the vendor's may do any. What the path asks to be shown has to be sent.
#[utoipa::path(post, path = "/onboarding-tasks/{id}/complete", operation_id = "complete_onboarding_task", tag = "onboarding",
    params(("id" = OnboardingTaskId, Path, description = "The task."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the task must still have; 412 if it has another.")),
    request_body(content = Option<OnboardingTaskComplete>, description = "What is shown for it."),
    security(("bearer" = ["onboarding:work"])),
    responses(
        (status = 200, description = "The task as it now is.", body = OnboardingTask),
        (status = 412, description = "The task has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn complete_onboarding_task(
    State(app): State<App>,
    who: Can<may::WorkOnboarding>,
    At(id): At<OnboardingTaskId>,
    OptionalValid(body): OptionalValid<OnboardingTaskComplete>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| service::complete(tx, id, body).await).await
}

/// Do without a task: what waits for it opens.
#[utoipa::path(post, path = "/onboarding-tasks/{id}/skip", operation_id = "skip_onboarding_task", tag = "onboarding",
    params(("id" = OnboardingTaskId, Path, description = "The task."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the task must still have; 412 if it has another.")),
    request_body = OnboardingReason,
    security(("bearer" = ["partners:manage"])),
    responses(
        (status = 200, description = "The task as it now is.", body = OnboardingTask),
        (status = 412, description = "The task has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn skip_onboarding_task(
    State(app): State<App>,
    who: Can<may::ManagePartners>,
    At(id): At<OnboardingTaskId>,
    Valid(body): Valid<OnboardingReason>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| service::skip(tx, id, body.reason).await).await
}

/// Ask for a task again that was done or skipped. Its time runs anew; what was reached by it stays reached.
#[utoipa::path(post, path = "/onboarding-tasks/{id}/reopen", operation_id = "reopen_onboarding_task", tag = "onboarding",
    params(("id" = OnboardingTaskId, Path, description = "The task."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the task must still have; 412 if it has another.")),
    request_body = OnboardingReason,
    security(("bearer" = ["partners:manage"])),
    responses(
        (status = 200, description = "The task as it now is.", body = OnboardingTask),
        (status = 412, description = "The task has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn reopen_onboarding_task(
    State(app): State<App>,
    who: Can<may::ManagePartners>,
    At(id): At<OnboardingTaskId>,
    Valid(body): Valid<OnboardingReason>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| service::reopen(tx, id, body.reason).await).await
}
