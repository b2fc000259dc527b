//! Reviews over HTTP.

use super::store;
use super::types::{PartnerReview, PartnerReviewCreate, PartnerReviewPatch, PartnerReviewQuery};
use super::{PartnerReviewId, service};
use access::{Can, may};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::NaiveDate;
use kernel::id::PartnerId;
use kernel::idempotency::Answer;
use kernel::{App, At, Page, PageQuery, Params, Problem, Valid};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(create_partner_review))
        .routes(routes!(list_partner_reviews))
        .routes(routes!(get_partner_review, update_partner_review))
        .merge(super::actions::http::router())
}

/// Keep a review of a partner. The partner's people read it once it is shared.
#[utoipa::path(post, path = "/partners/{id}/reviews", operation_id = "create_partner_review", tag = "partners",
    params(("id" = PartnerId, Path, description = "The partner.")), request_body = PartnerReviewCreate, security(("bearer" = ["partners:manage"])),
    responses((status = 201, description = "The new review.", body = PartnerReview)))]
async fn create_partner_review(
    State(app): State<App>,
    who: Can<may::ManagePartners>,
    At(id): At<PartnerId>,
    Valid(body): Valid<PartnerReviewCreate>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::CREATED, async |tx| service::create(tx, id, body).await).await
}

/// List the reviews of partners, the last held first.
#[utoipa::path(get, path = "/partner-reviews", operation_id = "list_partner_reviews", tag = "partners", params(PartnerReviewQuery),
    security(("bearer" = ["partners:read"])),
    responses((status = 200, description = "A page of reviews.", body = Page<PartnerReview>)))]
async fn list_partner_reviews(
    State(app): State<App>,
    who: Can<may::ReadPartners>,
    Params(query): Params<PartnerReviewQuery>,
) -> Result<Json<Page<PartnerReview>>, Problem> {
    const LIST: &str = "partner_reviews";
    let page = PageQuery { limit: query.limit, cursor: query.cursor.clone() };
    let (limit, before) = (page.limit()?, page.after::<(NaiveDate, Uuid)>(LIST)?);
    let rows = store::page(&app.db().read_of(who.scope.vendor()).await?, who.scope, &query, before, limit + 1).await?;
    Ok(Json(Page::of(LIST, rows, limit, |row| (row.held_on, row.id)).map(|row| PartnerReview::seen_by(&who, &row))))
}

/// Read a review of a partner.
#[utoipa::path(get, path = "/partner-reviews/{id}", operation_id = "get_partner_review", tag = "partners",
    params(("id" = PartnerReviewId, Path, description = "The review.")), security(("bearer" = ["partners:read"])),
    responses((status = 200, description = "The review.", body = PartnerReview)))]
async fn get_partner_review(State(app): State<App>, who: Can<may::ReadPartners>, At(id): At<PartnerReviewId>) -> Result<Response, Problem> {
    let row = store::find(&app.db().read_of(who.scope.vendor()).await?, who.scope, id).await?.ok_or_else(Problem::not_found)?;
    Ok(Answer::of(StatusCode::OK, &PartnerReview::seen_by(&who, &row)).into_response(false))
}

/// Change a review of a partner, or share it.
///
/// A JSON merge patch: what is absent stays, null clears; `swot` is replaced as a whole.
#[utoipa::path(patch, path = "/partner-reviews/{id}", operation_id = "update_partner_review", tag = "partners",
    params(("id" = PartnerReviewId, Path, description = "The review.")), request_body = PartnerReviewPatch, security(("bearer" = ["partners:manage"])),
    responses((status = 200, description = "The review as it now is.", body = PartnerReview)))]
async fn update_partner_review(
    State(app): State<App>,
    who: Can<may::ManagePartners>,
    At(id): At<PartnerReviewId>,
    Valid(body): Valid<PartnerReviewPatch>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| service::update(tx, id, body).await).await
}
