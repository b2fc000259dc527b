//! `/automation-runs`.

use crate::AutomationRunId;
use crate::runs::{AutomationRun, AutomationRunState};
use crate::service::manage;
use crate::store::runs::{self as store, Wanted};
use access::{Can, may};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use kernel::idempotency::Answer;
use kernel::{App, At, Page, PageQuery, Params, Problem};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

/// Every route of this file.
pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_automation_runs)).routes(routes!(get_automation_run)).routes(routes!(cancel_automation_run))
}

/// Filters of the list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct AutomationRunQuery {
    /// Rows on the page, 1 to 200; 25 if absent.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// Only runs of the automation of this name.
    automation: Option<String>,
    /// Only runs about the subject with this id.
    subject: Option<String>,
    /// Only runs in this state.
    state: Option<AutomationRunState>,
}

/// List runs of automations, newest first: what was done by itself, what is still to come, and what was not done and why.
#[utoipa::path(get, path = "/automation-runs", operation_id = "list_automation_runs", tag = "automations", params(AutomationRunQuery),
    security(("bearer" = ["automations:read"])),
    responses((status = 200, description = "A page of runs.", body = Page<AutomationRun>)))]
async fn list_automation_runs(
    State(app): State<App>,
    who: Can<may::ReadAutomations>,
    Params(query): Params<AutomationRunQuery>,
) -> Result<Json<Page<AutomationRun>>, Problem> {
    const LIST: &str = "automation_runs";
    let page = PageQuery { limit: query.limit, cursor: query.cursor };
    let (limit, before) = (page.limit()?, page.after::<Uuid>(LIST)?);
    let (db, vendor) = (app.db().read_of(who.scope.vendor()).await?, who.scope.vendor());
    let wanted = Wanted { automation: query.automation, subject: query.subject, state: query.state, before };
    let Page { data, next_cursor } = Page::of(LIST, store::list(&db, vendor, wanted, limit + 1).await?, limit, |row| row.id);
    let ids: Vec<_> = data.iter().map(|row| row.id).collect();
    let (steps, effects) = (store::steps(&db, vendor, &ids).await?, store::effects(&db, vendor, &ids).await?);
    let data = data.into_iter().map(|row| AutomationRun::of(row, &steps, &effects, &who)).collect::<Result<_, _>>()?;
    Ok(Json(Page { data, next_cursor }))
}

/// Read a run of an automation.
#[utoipa::path(get, path = "/automation-runs/{id}", operation_id = "get_automation_run", tag = "automations",
    params(("id" = AutomationRunId, Path, description = "The run.")), security(("bearer" = ["automations:read"])),
    responses((status = 200, description = "The run.", body = AutomationRun)))]
async fn get_automation_run(State(app): State<App>, who: Can<may::ReadAutomations>, At(id): At<AutomationRunId>) -> Result<Response, Problem> {
    let (db, vendor) = (app.db().read_of(who.scope.vendor()).await?, who.scope.vendor());
    let row = store::find(&db, vendor, id).await?.ok_or_else(Problem::not_found)?;
    let (steps, effects) = (store::steps(&db, vendor, &[row.id]).await?, store::effects(&db, vendor, &[row.id]).await?);
    Ok(Answer::of(StatusCode::OK, &AutomationRun::of(row, &steps, &effects, &who)?).into_response(false))
}

/// Cancel what is still to come of a run.
#[utoipa::path(post, path = "/automation-runs/{id}/cancel", operation_id = "cancel_automation_run", tag = "automations",
    params(("id" = AutomationRunId, Path, description = "The run.")), security(("bearer" = ["automations:manage"])),
    responses((status = 200, description = "The run as it now is.", body = AutomationRun)))]
async fn cancel_automation_run(State(app): State<App>, who: Can<may::ManageAutomations>, At(id): At<AutomationRunId>) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| manage::cancel(tx, id).await).await
}
