//! Progress, more time, and waiting for a customer to be free.

use crate::DealId;
use crate::extension::{DealExtensionAsk, DealExtensionDecline, DealExtensionGrant, DealExtensionRequest};
use crate::progress::{DealActivity, DealActivityCreate, DealProgress};
use crate::service::{extension, progress, watch};
use crate::store::{deals, progress as store, watches};
use crate::watch::DealWatch;
use access::{Can, may};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use kernel::problem::ProblemDocument;
use kernel::{Actor, App, At, OptionalValid, Page, PageQuery, Params, Problem, Valid};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(record_deal_activity, list_deal_activities))
        .routes(routes!(get_deal_progress))
        .routes(routes!(list_deal_extensions))
        .routes(routes!(request_deal_extension))
        .routes(routes!(grant_deal_extension))
        .routes(routes!(decline_deal_extension))
        .routes(routes!(watch_deal, get_deal_watch, unwatch_deal))
}

/// 404 unless the caller may see the deal.
async fn seen(app: &App, who: &Actor, id: DealId) -> Result<kernel::db::Reading, Problem> {
    let db = app.db().read_of(who.scope.vendor()).await?;
    deals::find(&db, who.scope, id).await?.ok_or_else(Problem::not_found)?;
    Ok(db)
}

/// Record a step towards the sale: it is progress, and keeps the deal from being released.
#[utoipa::path(post, path = "/deals/{id}/activities", operation_id = "record_deal_activity", tag = "deals",
    params(("id" = DealId, Path, description = "The deal.")), request_body = DealActivityCreate, security(("bearer" = ["deals:register"])),
    responses((status = 201, description = "The activity.", body = DealActivity)))]
async fn record_deal_activity(
    State(app): State<App>,
    who: Can<may::RegisterDeals>,
    At(id): At<DealId>,
    Valid(body): Valid<DealActivityCreate>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::CREATED, async |tx| progress::record(tx, id, body).await).await
}

/// List what was done for a deal, the latest recorded first.
#[utoipa::path(get, path = "/deals/{id}/activities", operation_id = "list_deal_activities", tag = "deals",
    params(("id" = DealId, Path, description = "The deal."), PageQuery), security(("bearer" = ["deals:read"])),
    responses((status = 200, description = "A page of activities.", body = Page<DealActivity>)))]
async fn list_deal_activities(
    State(app): State<App>,
    who: Can<may::ReadDeals>,
    At(id): At<DealId>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<DealActivity>>, Problem> {
    const LIST: &str = "deal:activities";
    let (limit, before) = (page.limit()?, page.after::<Uuid>(LIST)?);
    let db = seen(&app, &who, id).await?;
    let rows = store::list_activities(&db, who.scope.vendor(), id, before, limit + 1).await?;
    let page = Page::of(LIST, rows, limit, |row| row.id);
    let shows = progress::shows_vendors(&who);
    let data = page.data.iter().map(|row| row.told(shows)).collect::<Result<_, _>>()?;
    Ok(Json(Page { data, next_cursor: page.next_cursor }))
}

/// Read how far a deal has come, and when it will be released if nothing happens.
#[utoipa::path(get, path = "/deals/{id}/progress", operation_id = "get_deal_progress", tag = "deals",
    params(("id" = DealId, Path, description = "The deal.")), security(("bearer" = ["deals:read"])),
    responses((status = 200, description = "How far it has come.", body = DealProgress)))]
async fn get_deal_progress(State(app): State<App>, who: Can<may::ReadDeals>, At(id): At<DealId>) -> Result<Json<DealProgress>, Problem> {
    progress::standing(&app, &who, id).await.map(Json)
}

/// List the requests for more time of a deal, the latest first.
#[utoipa::path(get, path = "/deals/{id}/extensions", operation_id = "list_deal_extensions", tag = "deals",
    params(("id" = DealId, Path, description = "The deal."), PageQuery), security(("bearer" = ["deals:read"])),
    responses((status = 200, description = "A page of requests.", body = Page<DealExtensionRequest>)))]
async fn list_deal_extensions(
    State(app): State<App>,
    who: Can<may::ReadDeals>,
    At(id): At<DealId>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<DealExtensionRequest>>, Problem> {
    const LIST: &str = "deal:extensions";
    let (limit, before) = (page.limit()?, page.after::<Uuid>(LIST)?);
    let db = seen(&app, &who, id).await?;
    let rows = store::list_extensions(&db, who.scope.vendor(), id, before, limit + 1).await?;
    let page = Page::of(LIST, rows, limit, |row| row.id);
    let decides = extension::decides(&who);
    let data = page.data.iter().map(|row| row.told(decides)).collect::<Result<_, _>>()?;
    Ok(Json(Page { data, next_cursor: page.next_cursor }))
}

/// Ask for more time. The rules of engagement grant or refuse it at once, or leave it to a person of the vendor.
#[utoipa::path(post, path = "/deals/{id}/request-extension", operation_id = "request_deal_extension", tag = "deals",
    params(("id" = DealId, Path, description = "The deal."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the deal must still have; 412 if it has another.")),
    request_body = DealExtensionAsk, security(("bearer" = ["deals:register"])),
    responses(
        (status = 201, description = "The request, with its answer if there is one.", body = DealExtensionRequest),
        (status = 412, description = "The deal has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn request_deal_extension(
    State(app): State<App>,
    who: Can<may::RegisterDeals>,
    At(id): At<DealId>,
    Valid(body): Valid<DealExtensionAsk>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::CREATED, async |tx| extension::ask(tx, id, body).await).await
}

/// Grant the open request for more time.
#[utoipa::path(post, path = "/deals/{id}/grant-extension", operation_id = "grant_deal_extension", tag = "deals",
    params(("id" = DealId, Path, description = "The deal."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the deal must still have; 412 if it has another.")),
    request_body(content = Option<DealExtensionGrant>, description = "For how long."), security(("bearer" = ["deals:decide"])),
    responses(
        (status = 200, description = "The request, granted.", body = DealExtensionRequest),
        (status = 412, description = "The deal has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn grant_deal_extension(
    State(app): State<App>,
    who: Can<may::DecideDeals>,
    At(id): At<DealId>,
    OptionalValid(body): OptionalValid<DealExtensionGrant>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| extension::grant(tx, id, body).await).await
}

/// Decline the open request for more time.
#[utoipa::path(post, path = "/deals/{id}/decline-extension", operation_id = "decline_deal_extension", tag = "deals",
    params(("id" = DealId, Path, description = "The deal."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the deal must still have; 412 if it has another.")),
    request_body = DealExtensionDecline, security(("bearer" = ["deals:decide"])),
    responses(
        (status = 200, description = "The request, declined.", body = DealExtensionRequest),
        (status = 412, description = "The deal has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn decline_deal_extension(
    State(app): State<App>,
    who: Can<may::DecideDeals>,
    At(id): At<DealId>,
    Valid(body): Valid<DealExtensionDecline>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| extension::decline(tx, id, body).await).await
}

/// Wait for the customer of a refused deal to be free.
///
/// When it is, it is kept for this deal for a while (`deal.offered`): bring the deal again with `resubmit`. Whoever asked first is told first;
/// nobody is told who holds the customer, or who else waits.
#[utoipa::path(post, path = "/deals/{id}/watch", operation_id = "watch_deal", tag = "deals",
    params(("id" = DealId, Path, description = "The deal.")), security(("bearer" = ["deals:register"])),
    responses((status = 201, description = "That it waits.", body = DealWatch)))]
async fn watch_deal(State(app): State<App>, who: Can<may::RegisterDeals>, At(id): At<DealId>) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::CREATED, async |tx| watch::watch(tx, id).await).await
}

/// Read where a deal that waits for its customer stands.
#[utoipa::path(get, path = "/deals/{id}/watch", operation_id = "get_deal_watch", tag = "deals",
    params(("id" = DealId, Path, description = "The deal.")), security(("bearer" = ["deals:read"])),
    responses((status = 200, description = "Where it stands.", body = DealWatch)))]
async fn get_deal_watch(State(app): State<App>, who: Can<may::ReadDeals>, At(id): At<DealId>) -> Result<Json<DealWatch>, Problem> {
    let db = seen(&app, &who, id).await?;
    let watch = watches::find(&db, who.scope.vendor(), id).await?.ok_or_else(Problem::not_found)?;
    watch.told(&db).await.map(Json)
}

/// Wait no more. What was kept for the deal is offered to the next.
#[utoipa::path(delete, path = "/deals/{id}/watch", operation_id = "unwatch_deal", tag = "deals",
    params(("id" = DealId, Path, description = "The deal.")), security(("bearer" = ["deals:register"])),
    responses((status = 204, description = "It waits no more.")))]
async fn unwatch_deal(State(app): State<App>, who: Can<may::RegisterDeals>, At(id): At<DealId>) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::NO_CONTENT, async |tx| watch::unwatch(tx, id).await).await
}
