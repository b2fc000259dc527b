//! The operations on access reviews.

use super::store::{self, Filter};
use super::types::{
    AccessDecision, AccessReview, AccessReviewCreate, AccessReviewDecide, AccessReviewDecided, AccessReviewItem, AccessReviewReason, AccessVerdict,
};
use super::{AccessReviewId, AccessReviewItemId, decide, export, service};
use crate::{Can, RoleName, may};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use kernel::id::PartnerId;
use kernel::idempotency::Answer;
use kernel::{App, At, OptionalValid, Page, PageQuery, Params, Problem, Valid};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(create_access_review, list_access_reviews))
        .routes(routes!(get_access_review))
        .routes(routes!(close_access_review))
        .routes(routes!(list_access_review_items))
        .routes(routes!(decide_access_review))
        .routes(routes!(keep_access_review_item))
        .routes(routes!(revoke_access_review_item))
        .routes(routes!(export_access_review))
}

/// Start a review of who has access.
///
/// It begins as `preparing`, while it is listed who has access, and opens by itself. It closes when all is decided, or at its deadline.
#[utoipa::path(post, path = "/access-reviews", operation_id = "create_access_review", tag = "access reviews", request_body = AccessReviewCreate,
    security(("bearer" = ["access:manage"])),
    responses((status = 201, description = "The new review.", body = AccessReview)))]
async fn create_access_review(
    State(app): State<App>,
    who: Can<may::ManageAccess>,
    Valid(body): Valid<AccessReviewCreate>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::CREATED, async |tx| service::create(tx, body).await).await
}

/// List access reviews, newest first: those in which one has something to decide, or with `access:manage` all.
#[utoipa::path(get, path = "/access-reviews", operation_id = "list_access_reviews", tag = "access reviews", params(PageQuery),
    security(("bearer" = ["access:review"])),
    responses((status = 200, description = "A page of reviews.", body = Page<AccessReview>)))]
async fn list_access_reviews(
    State(app): State<App>,
    who: Can<may::ReviewAccess>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<AccessReview>>, Problem> {
    let (limit, after) = (page.limit()?, page.after::<Uuid>("access_reviews")?);
    let rows = store::list(&app.db().read_of(who.scope.vendor()).await?, &who, after, limit + 1).await?;
    Ok(Json(Page::of("access_reviews", rows, limit, |row| row.id).map(|row| row.show(store::manages(&who), None))))
}

/// Read an access review, with how far it has come.
#[utoipa::path(get, path = "/access-reviews/{id}", operation_id = "get_access_review", tag = "access reviews",
    params(("id" = AccessReviewId, Path, description = "The review.")), security(("bearer" = ["access:review"])),
    responses((status = 200, description = "The review.", body = AccessReview)))]
async fn get_access_review(State(app): State<App>, who: Can<may::ReviewAccess>, At(id): At<AccessReviewId>) -> Result<Response, Problem> {
    let db = app.db().read_of(who.scope.vendor()).await?;
    let row = store::find(&db, &who, id).await?.ok_or_else(Problem::not_found)?;
    let progress = store::progress(&db, &who, id).await?;
    Ok(Answer::of(StatusCode::OK, &row.show(store::manages(&who), Some(progress))).into_response(false))
}

/// Close an access review before its deadline: what is undecided is settled as it would be then.
#[utoipa::path(post, path = "/access-reviews/{id}/close", operation_id = "close_access_review", tag = "access reviews",
    params(("id" = AccessReviewId, Path, description = "The review.")), security(("bearer" = ["access:manage"])),
    responses((status = 200, description = "The review, `closing` or `closed`.", body = AccessReview)))]
async fn close_access_review(State(app): State<App>, who: Can<may::ManageAccess>, At(id): At<AccessReviewId>) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| service::close(tx, id).await).await
}

/// Filters of the list of items; all that are sent must hold.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AccessReviewItemQuery {
    /// Only items with this decision.
    pub decision: Option<AccessDecision>,
    /// Only people of this partner.
    pub partner_id: Option<PartnerId>,
    /// Only who has this role.
    pub role: Option<RoleName>,
    /// `true`: only who, or what, is dormant; `false`: only others.
    pub dormant: Option<bool>,
    /// Rows on the page, 1 to 200; 25 if absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// List the items of an access review: those that one was asked to decide, or with `access:manage` all.
#[utoipa::path(get, path = "/access-reviews/{id}/items", operation_id = "list_access_review_items", tag = "access reviews",
    params(("id" = AccessReviewId, Path, description = "The review."), AccessReviewItemQuery), security(("bearer" = ["access:review"])),
    responses((status = 200, description = "A page of items.", body = Page<AccessReviewItem>)))]
async fn list_access_review_items(
    State(app): State<App>,
    who: Can<may::ReviewAccess>,
    At(id): At<AccessReviewId>,
    Params(query): Params<AccessReviewItemQuery>,
) -> Result<Json<Page<AccessReviewItem>>, Problem> {
    let page = PageQuery { limit: query.limit, cursor: query.cursor };
    let (limit, after) = (page.limit()?, page.after::<Uuid>("access_review_items")?);
    let db = app.db().read_of(who.scope.vendor()).await?;
    let review = store::find(&db, &who, id).await?.ok_or_else(Problem::not_found)?;
    let filter = Filter { decision: query.decision, partner: query.partner_id, role: query.role, dormant: query.dormant };
    let rows = store::items(&db, &who, id, &filter, after, limit + 1).await?;
    let open = review.takes_decisions(app.clock().now());
    Ok(Json(Page::of("access_review_items", rows, limit, |row| row.id).map(|row| {
        let open = open && !row.is_about(&who.caller);
        row.show(open)
    })))
}

/// Decide many items of an access review in one call: all of them, or none.
#[utoipa::path(post, path = "/access-reviews/{id}/decide", operation_id = "decide_access_review", tag = "access reviews",
    params(("id" = AccessReviewId, Path, description = "The review.")), request_body = AccessReviewDecide, security(("bearer" = ["access:review"])),
    responses((status = 200, description = "The items as they now are.", body = AccessReviewDecided)))]
async fn decide_access_review(
    State(app): State<App>,
    who: Can<may::ReviewAccess>,
    At(id): At<AccessReviewId>,
    Valid(body): Valid<AccessReviewDecide>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| decide::many(tx, id, body).await).await
}

/// Keep somebody's access. Nobody decides on their own.
#[utoipa::path(post, path = "/access-reviews/{id}/items/{item}/keep", operation_id = "keep_access_review_item", tag = "access reviews",
    params(("id" = AccessReviewId, Path, description = "The review."), ("item" = AccessReviewItemId, Path, description = "The item.")),
    request_body(content = Option<AccessReviewReason>, description = "Why."), security(("bearer" = ["access:review"])),
    responses((status = 200, description = "The item as it now is.", body = AccessReviewItem)))]
async fn keep_access_review_item(
    State(app): State<App>,
    who: Can<may::ReviewAccess>,
    At((id, item)): At<(AccessReviewId, AccessReviewItemId)>,
    OptionalValid(body): OptionalValid<AccessReviewReason>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| decide::one(tx, id, item, AccessVerdict::Keep, body.reason).await).await
}

/// Revoke somebody's access, at once: the person is deactivated and signed out everywhere, or the key is revoked.
#[utoipa::path(post, path = "/access-reviews/{id}/items/{item}/revoke", operation_id = "revoke_access_review_item", tag = "access reviews",
    params(("id" = AccessReviewId, Path, description = "The review."), ("item" = AccessReviewItemId, Path, description = "The item.")),
    request_body(content = Option<AccessReviewReason>, description = "Why."), security(("bearer" = ["access:review"])),
    responses((status = 200, description = "The item as it now is.", body = AccessReviewItem)))]
async fn revoke_access_review_item(
    State(app): State<App>,
    who: Can<may::ReviewAccess>,
    At((id, item)): At<(AccessReviewId, AccessReviewItemId)>,
    OptionalValid(body): OptionalValid<AccessReviewReason>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| decide::one(tx, id, item, AccessVerdict::Revoke, body.reason).await).await
}

/// Download an access review as CSV: the items that one sees, with what was decided.
///
/// A cell that a spreadsheet would take for a formula begins with `'`.
#[utoipa::path(get, path = "/access-reviews/{id}/export.csv", operation_id = "export_access_review", tag = "access reviews",
    params(("id" = AccessReviewId, Path, description = "The review.")), security(("bearer" = ["access:review"])),
    responses((status = 200, description = "The file.", body = String, content_type = "text/csv",
        example = "item_id,person_id,name,role,decision\nari_01jd3k7x2mfq8t9v5w6y0zabcd,per_01jd3k7x2mfq8t9v5w6y0zabcd,Sam Okafor,sales,kept\n")))]
async fn export_access_review(State(app): State<App>, who: Can<may::ReviewAccess>, At(id): At<AccessReviewId>) -> Result<Response, Problem> {
    let db = app.db().read_of(who.scope.vendor()).await?;
    store::find(&db, &who, id).await?.ok_or_else(Problem::not_found)?;
    drop(db);
    Ok(export::file(app, (*who).clone(), id))
}
