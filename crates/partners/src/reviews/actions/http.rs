//! Actions of reviews over HTTP.

use super::types::{
    PartnerReviewAction, PartnerReviewActionAdd, PartnerReviewActionDrop, PartnerReviewActionEnd, PartnerReviewActionPatch, PartnerReviewActionQuery,
};
use super::{service, store};
use crate::reviews::{PartnerReviewActionId, PartnerReviewId};
use access::{Can, may};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use kernel::idempotency::Answer;
use kernel::problem::ProblemDocument;
use kernel::{App, At, OptionalValid, Page, PageQuery, Params, Problem, Valid};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(add_partner_review_action))
        .routes(routes!(list_partner_review_actions))
        .routes(routes!(get_partner_review_action, update_partner_review_action))
        .routes(routes!(complete_partner_review_action))
        .routes(routes!(drop_partner_review_action))
        .routes(routes!(reopen_partner_review_action))
}

/// Put down an action that was agreed in a review.
#[utoipa::path(post, path = "/partner-reviews/{id}/actions", operation_id = "add_partner_review_action", tag = "partners",
    params(("id" = PartnerReviewId, Path, description = "The review.")), request_body = PartnerReviewActionAdd,
    security(("bearer" = ["partners:manage"])),
    responses((status = 201, description = "The new action.", body = PartnerReviewAction)))]
async fn add_partner_review_action(
    State(app): State<App>,
    who: Can<may::ManagePartners>,
    At(id): At<PartnerReviewId>,
    Valid(body): Valid<PartnerReviewActionAdd>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::CREATED, async |tx| service::add(tx, id, body).await).await
}

/// List the actions that were agreed in reviews, in the order in which they were put down. What is late is `?overdue=true`.
#[utoipa::path(get, path = "/partner-review-actions", operation_id = "list_partner_review_actions", tag = "partners", params(PartnerReviewActionQuery),
    security(("bearer" = ["partners:read"])),
    responses((status = 200, description = "A page of actions.", body = Page<PartnerReviewAction>)))]
async fn list_partner_review_actions(
    State(app): State<App>,
    who: Can<may::ReadPartners>,
    Params(query): Params<PartnerReviewActionQuery>,
) -> Result<Json<Page<PartnerReviewAction>>, Problem> {
    const LIST: &str = "partner_review_actions";
    let page = PageQuery { limit: query.limit, cursor: query.cursor.clone() };
    let (limit, after, today) = (page.limit()?, page.after::<Uuid>(LIST)?, app.clock().now().date_naive());
    let rows = store::page(&app.db().read_of(who.scope.vendor()).await?, who.scope, &query, today, after, limit + 1).await?;
    Ok(Json(Page::of(LIST, rows, limit, |row| row.id).map(|row| PartnerReviewAction::seen_by(&who, &row, today))))
}

/// Read an action.
#[utoipa::path(get, path = "/partner-review-actions/{id}", operation_id = "get_partner_review_action", tag = "partners",
    params(("id" = PartnerReviewActionId, Path, description = "The action.")), security(("bearer" = ["partners:read"])),
    responses((status = 200, description = "The action.", body = PartnerReviewAction)))]
async fn get_partner_review_action(
    State(app): State<App>,
    who: Can<may::ReadPartners>,
    At(id): At<PartnerReviewActionId>,
) -> Result<Response, Problem> {
    let row = store::find(&app.db().read_of(who.scope.vendor()).await?, who.scope, id).await?.ok_or_else(Problem::not_found)?;
    Ok(Answer::of(StatusCode::OK, &PartnerReviewAction::seen_by(&who, &row, app.clock().now().date_naive())).into_response(false))
}

/// Change an action that is open.
#[utoipa::path(patch, path = "/partner-review-actions/{id}", operation_id = "update_partner_review_action", tag = "partners",
    params(("id" = PartnerReviewActionId, Path, description = "The action.")), request_body = PartnerReviewActionPatch,
    security(("bearer" = ["partners:manage"])),
    responses((status = 200, description = "The action as it now is.", body = PartnerReviewAction)))]
async fn update_partner_review_action(
    State(app): State<App>,
    who: Can<may::ManagePartners>,
    At(id): At<PartnerReviewActionId>,
    Valid(body): Valid<PartnerReviewActionPatch>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| service::update(tx, id, body).await).await
}

/// Say that an action was done. A partner's people say so of what their side owes.
#[utoipa::path(post, path = "/partner-review-actions/{id}/complete", operation_id = "complete_partner_review_action", tag = "partners",
    params(("id" = PartnerReviewActionId, Path, description = "The action."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the action must still have; 412 if it has another.")),
    request_body = PartnerReviewActionEnd, security(("bearer" = ["reviews:work"])),
    responses(
        (status = 200, description = "The action as it now is.", body = PartnerReviewAction),
        (status = 412, description = "The action has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn complete_partner_review_action(
    State(app): State<App>,
    who: Can<may::WorkReviews>,
    At(id): At<PartnerReviewActionId>,
    OptionalValid(body): OptionalValid<PartnerReviewActionEnd>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| service::complete(tx, id, body.outcome).await).await
}

/// Drop an action: it is not to be done any more.
#[utoipa::path(post, path = "/partner-review-actions/{id}/drop", operation_id = "drop_partner_review_action", tag = "partners",
    params(("id" = PartnerReviewActionId, Path, description = "The action."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the action must still have; 412 if it has another.")),
    request_body = PartnerReviewActionDrop, security(("bearer" = ["partners:manage"])),
    responses(
        (status = 200, description = "The action as it now is.", body = PartnerReviewAction),
        (status = 412, description = "The action has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn drop_partner_review_action(
    State(app): State<App>,
    who: Can<may::ManagePartners>,
    At(id): At<PartnerReviewActionId>,
    Valid(body): Valid<PartnerReviewActionDrop>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| service::drop(tx, id, body.reason).await).await
}

/// Open an action again that was done or dropped.
#[utoipa::path(post, path = "/partner-review-actions/{id}/reopen", operation_id = "reopen_partner_review_action", tag = "partners",
    params(("id" = PartnerReviewActionId, Path, description = "The action."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the action must still have; 412 if it has another.")),
    security(("bearer" = ["partners:manage"])),
    responses(
        (status = 200, description = "The action as it now is.", body = PartnerReviewAction),
        (status = 412, description = "The action has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn reopen_partner_review_action(
    State(app): State<App>,
    who: Can<may::ManagePartners>,
    At(id): At<PartnerReviewActionId>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| service::reopen(tx, id).await).await
}
