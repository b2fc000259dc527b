//! `/automations` and `/automation-steps`.

use crate::catalogue::Catalogue;
use crate::runs::{AutomationDraftDryRun, AutomationDryRun, AutomationTried};
use crate::service::{manage, rehearse};
use crate::store::automations as store;
use crate::types::*;
use access::{Can, may};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use kernel::idempotency::Answer;
use kernel::log::takes;
use kernel::{App, At, OptionalValid, Page, PageQuery, Params, Problem, Valid};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Every route of this file.
pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(create_automation, list_automations))
        .routes(routes!(dry_run_automation_draft))
        .routes(routes!(get_automation, update_automation, delete_automation))
        .routes(routes!(enable_automation))
        .routes(routes!(disable_automation))
        .routes(routes!(dry_run_automation))
        .routes(routes!(list_automation_steps))
}

/// Filters of the list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct AutomationQuery {
    /// Rows on the page, 1 to 200; 25 if absent.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// Only those that events of this type start.
    on: Option<String>,
    /// Only those that are enabled, or that are not.
    enabled: Option<bool>,
    /// Only those from there.
    origin: Option<AutomationOrigin>,
}

/// Add an automation, for events from now on.
///
/// Its expressions are compiled and its parameters held against their steps' schemas here: what is wrong is named with its place.
#[utoipa::path(post, path = "/automations", operation_id = "create_automation", tag = "automations", request_body = AutomationCreate,
    security(("bearer" = ["automations:manage"])),
    responses((status = 201, description = "The new automation.", body = Automation)))]
async fn create_automation(
    State(app): State<App>,
    who: Can<may::ManageAutomations>,
    Valid(body): Valid<AutomationCreate>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::CREATED, async |tx| manage::create(tx, body).await).await
}

/// List the automations, by name: the standard ones as the vendor has them, and its own.
#[utoipa::path(get, path = "/automations", operation_id = "list_automations", tag = "automations", params(AutomationQuery),
    security(("bearer" = ["automations:read"])),
    responses((status = 200, description = "A page of automations.", body = Page<Automation>)))]
async fn list_automations(
    State(app): State<App>,
    who: Can<may::ReadAutomations>,
    Params(query): Params<AutomationQuery>,
) -> Result<Json<Page<Automation>>, Problem> {
    const LIST: &str = "automations";
    let page = PageQuery { limit: query.limit, cursor: query.cursor };
    let (limit, after) = (page.limit()?, page.after::<String>(LIST)?);
    let db = app.db().read_of(who.scope.vendor()).await?;
    let all = store::all(&db, who.scope.vendor(), &Catalogue::of(&app)).await?.into_iter().map(|held| held.show(&who));
    let rows = all
        .filter(|row| after.as_deref().is_none_or(|after| row.name.as_str() > after))
        .filter(|row| query.on.as_deref().is_none_or(|kind| row.on.iter().any(|wanted| takes(wanted, kind))))
        .filter(|row| query.enabled.is_none_or(|enabled| row.enabled == enabled))
        .filter(|row| query.origin.is_none_or(|origin| row.origin == origin));
    let rows = rows.take(limit as usize + 1).collect();
    Ok(Json(Page::of(LIST, rows, limit, |row| row.name.to_string())))
}

/// Read an automation.
#[utoipa::path(get, path = "/automations/{name}", operation_id = "get_automation", tag = "automations",
    params(("name" = AutomationName, Path, description = "The automation's name.")), security(("bearer" = ["automations:read"])),
    responses((status = 200, description = "The automation.", body = Automation)))]
async fn get_automation(State(app): State<App>, who: Can<may::ReadAutomations>, At(name): At<AutomationName>) -> Result<Response, Problem> {
    let db = app.db().read_of(who.scope.vendor()).await?;
    let held = store::find(&db, who.scope.vendor(), &Catalogue::of(&app), name.as_str()).await?.ok_or_else(Problem::not_found)?;
    Ok(Answer::of(StatusCode::OK, &held.show(&who)).into_response(false))
}

/// Change what an automation does, for events from now on.
///
/// What it has planned already stays as it was planned. A standard automation is changed for this vendor alone.
#[utoipa::path(patch, path = "/automations/{name}", operation_id = "update_automation", tag = "automations",
    params(("name" = AutomationName, Path, description = "The automation's name.")), request_body = AutomationPatch,
    security(("bearer" = ["automations:manage"])),
    responses((status = 200, description = "The automation as it now is.", body = Automation)))]
async fn update_automation(
    State(app): State<App>,
    who: Can<may::ManageAutomations>,
    At(name): At<AutomationName>,
    Valid(body): Valid<AutomationPatch>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| manage::update(tx, name, body).await).await
}

/// Delete an automation of the vendor's own, or put a changed standard one back to what it was.
///
/// What an own one has planned is cancelled. A standard one that was not changed cannot be deleted: disable it.
#[utoipa::path(delete, path = "/automations/{name}", operation_id = "delete_automation", tag = "automations",
    params(("name" = AutomationName, Path, description = "The automation's name.")), security(("bearer" = ["automations:manage"])),
    responses((status = 204, description = "It is gone, or as it was.")))]
async fn delete_automation(State(app): State<App>, who: Can<may::ManageAutomations>, At(name): At<AutomationName>) -> Result<StatusCode, Problem> {
    app.write(&who, async |tx| manage::delete(tx, name).await).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Have events start an automation again, those from now on.
#[utoipa::path(post, path = "/automations/{name}/enable", operation_id = "enable_automation", tag = "automations",
    params(("name" = AutomationName, Path, description = "The automation's name.")), security(("bearer" = ["automations:manage"])),
    responses((status = 200, description = "The automation as it now is.", body = Automation)))]
async fn enable_automation(State(app): State<App>, who: Can<may::ManageAutomations>, At(name): At<AutomationName>) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| manage::enable(tx, name).await).await
}

/// Have no event start an automation any more.
///
/// What it has planned is done all the same, unless `cancel_planned` says otherwise.
#[utoipa::path(post, path = "/automations/{name}/disable", operation_id = "disable_automation", tag = "automations",
    params(("name" = AutomationName, Path, description = "The automation's name.")),
    request_body(content = Option<AutomationDisable>, description = "What becomes of what it has planned."),
    security(("bearer" = ["automations:manage"])),
    responses((status = 200, description = "The automation as it now is.", body = Automation)))]
async fn disable_automation(
    State(app): State<App>,
    who: Can<may::ManageAutomations>,
    At(name): At<AutomationName>,
    OptionalValid(body): OptionalValid<AutomationDisable>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| manage::disable(tx, name, body).await).await
}

/// Try an automation on past events: what would it have done? Nothing is changed and nobody is told.
///
/// `when` and `while` are asked and the steps taken, in a write that is thrown away, on things as they are now; a delay is told and not waited for.
#[utoipa::path(post, path = "/automations/{name}/dry-run", operation_id = "dry_run_automation", tag = "automations",
    params(("name" = AutomationName, Path, description = "The automation's name.")),
    request_body(content = Option<AutomationDryRun>, description = "Which events."), security(("bearer" = ["automations:manage"])),
    responses((status = 200, description = "What would have happened.", body = AutomationTried)))]
async fn dry_run_automation(
    State(app): State<App>,
    who: Can<may::ManageAutomations>,
    At(name): At<AutomationName>,
    OptionalValid(body): OptionalValid<AutomationDryRun>,
) -> Result<Json<AutomationTried>, Problem> {
    let (catalogue, vendor) = (Catalogue::of(&app), who.scope.vendor());
    let held = store::find(&app.db().read_of(vendor).await?, vendor, &catalogue, name.as_str()).await?.ok_or_else(Problem::not_found)?;
    rehearse::dry_run(&app, vendor, name, &held.definition, body).await.map(Json)
}

/// Try an automation that is not kept, new or changed, on past events, like `POST /v1/automations/{name}/dry-run`.
#[utoipa::path(post, path = "/automations/dry-run", operation_id = "dry_run_automation_draft", tag = "automations",
    request_body = AutomationDraftDryRun, security(("bearer" = ["automations:manage"])),
    responses((status = 200, description = "What would have happened.", body = AutomationTried)))]
async fn dry_run_automation_draft(
    State(app): State<App>,
    who: Can<may::ManageAutomations>,
    Valid(body): Valid<AutomationDraftDryRun>,
) -> Result<Json<AutomationTried>, Problem> {
    let (name, definition) = (body.draft.name.clone(), body.draft.definition());
    manage::check(&Catalogue::of(&app), &definition, "/draft")?;
    let which = AutomationDryRun { sequence: body.sequence, last: body.last };
    rehearse::dry_run(&app, who.scope.vendor(), name, &definition, which).await.map(Json)
}

/// List everything that automations can do, by name, with the schema of its parameters.
#[utoipa::path(get, path = "/automation-steps", operation_id = "list_automation_steps", tag = "automations",
    security(("bearer" = ["automations:read"])),
    responses((status = 200, description = "All of them, on one page.", body = Page<AutomationStepKind>)))]
async fn list_automation_steps(State(app): State<App>, _: Can<may::ReadAutomations>) -> Json<Page<AutomationStepKind>> {
    Json(Page { data: Catalogue::of(&app).steps().collect(), next_cursor: None })
}
