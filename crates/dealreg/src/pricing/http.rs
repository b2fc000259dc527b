//! Special prices over HTTP.

use super::rules::PricingRequestStatus;
use super::store::{self, Filter};
use super::types::{PricingApprove, PricingAsk, PricingCounter, PricingReason, PricingRequest};
use super::{PricingRequestId, service};
use crate::DealId;
use crate::store::deals;
use access::{Can, may};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use kernel::id::PartnerId;
use kernel::idempotency::Answer;
use kernel::problem::ProblemDocument;
use kernel::{Actor, App, At, OptionalValid, Page, PageQuery, Params, Problem, Valid};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(request_special_price, list_deal_pricing_requests))
        .routes(routes!(list_pricing_requests))
        .routes(routes!(get_pricing_request))
        .routes(routes!(approve_pricing_request))
        .routes(routes!(decline_pricing_request))
        .routes(routes!(counter_pricing_request))
        .routes(routes!(accept_pricing_request))
        .routes(routes!(withdraw_pricing_request))
        .routes(routes!(revoke_pricing_request))
}

/// Ask for a special price on lines of a deal.
///
/// The commercial terms say whose approval it needs: a small discount may be approved in the answer. A deal has one request that nobody has answered.
#[utoipa::path(post, path = "/deals/{id}/pricing-requests", operation_id = "request_special_price", tag = "special prices",
    params(("id" = DealId, Path, description = "The deal.")), request_body = PricingAsk, security(("bearer" = ["deals:register"])),
    responses((status = 201, description = "The request, with its answer if there is one.", body = PricingRequest)))]
async fn request_special_price(
    State(app): State<App>,
    who: Can<may::RegisterDeals>,
    At(id): At<DealId>,
    Valid(body): Valid<PricingAsk>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::CREATED, async |tx| service::ask(tx, id, body).await).await
}

/// Filters of the list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PricingRequestQuery {
    /// Only requests in this status.
    pub status: Option<PricingRequestStatus>,
    /// Only of this partner.
    pub partner_id: Option<PartnerId>,
    /// Rows on the page, 1 to 200; 25 if absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// List requests for special prices, newest first.
#[utoipa::path(get, path = "/pricing-requests", operation_id = "list_pricing_requests", tag = "special prices", params(PricingRequestQuery),
    security(("bearer" = ["deals:read"])),
    responses((status = 200, description = "A page of requests.", body = Page<PricingRequest>)))]
async fn list_pricing_requests(
    State(app): State<App>,
    who: Can<may::ReadDeals>,
    Params(query): Params<PricingRequestQuery>,
) -> Result<Json<Page<PricingRequest>>, Problem> {
    let page = PageQuery { limit: query.limit, cursor: query.cursor };
    let filter = Filter { status: query.status, partner: query.partner_id, deal: None };
    listed(&app, &who, "pricing_requests", &filter, &page).await
}

/// List the requests for special prices of a deal, newest first.
#[utoipa::path(get, path = "/deals/{id}/pricing-requests", operation_id = "list_deal_pricing_requests", tag = "special prices",
    params(("id" = DealId, Path, description = "The deal."), PageQuery), security(("bearer" = ["deals:read"])),
    responses((status = 200, description = "A page of requests.", body = Page<PricingRequest>)))]
async fn list_deal_pricing_requests(
    State(app): State<App>,
    who: Can<may::ReadDeals>,
    At(id): At<DealId>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<PricingRequest>>, Problem> {
    page.limit()?;
    page.after::<Uuid>("deal:pricing_requests")?;
    deals::find(&app.db().read_of(who.scope.vendor()).await?, who.scope, id).await?.ok_or_else(Problem::not_found)?;
    listed(&app, &who, "deal:pricing_requests", &Filter { deal: Some(id), ..Filter::default() }, &page).await
}

async fn listed(app: &App, who: &Actor, list: &str, filter: &Filter, page: &PageQuery) -> Result<Json<Page<PricingRequest>>, Problem> {
    let (limit, before) = (page.limit()?, page.after::<Uuid>(list)?);
    let rows = store::list(&app.db().read_of(who.scope.vendor()).await?, who.scope, filter, before, limit + 1).await?;
    let page = Page::of(list, rows, limit, |row| row.id);
    let now = app.clock().now();
    let data = page.data.iter().map(|row| row.seen_by(who, now)).collect::<Result<_, _>>()?;
    Ok(Json(Page { data, next_cursor: page.next_cursor }))
}

/// Read a request for a special price.
#[utoipa::path(get, path = "/pricing-requests/{id}", operation_id = "get_pricing_request", tag = "special prices",
    params(("id" = PricingRequestId, Path, description = "The request.")), security(("bearer" = ["deals:read"])),
    responses((status = 200, description = "The request.", body = PricingRequest)))]
async fn get_pricing_request(State(app): State<App>, who: Can<may::ReadDeals>, At(id): At<PricingRequestId>) -> Result<Response, Problem> {
    let db = app.db().read_of(who.scope.vendor()).await?;
    let row = store::find(&db, who.scope, id).await?.ok_or_else(Problem::not_found)?;
    Ok(Answer::of(StatusCode::OK, &row.seen_by(&who, app.clock().now())?).into_response(false))
}

/// Approve a special price, whole or in part. One that needs two people's approval stands when the second has given it.
#[utoipa::path(post, path = "/pricing-requests/{id}/approve", operation_id = "approve_pricing_request", tag = "special prices",
    params(("id" = PricingRequestId, Path, description = "The request."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the request must still have; 412 if it has another.")),
    request_body(content = Option<PricingApprove>, description = "What is approved."),
    security(("bearer" = ["pricing:approve"])),
    responses(
        (status = 200, description = "The request as it now is.", body = PricingRequest),
        (status = 412, description = "The request has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn approve_pricing_request(
    State(app): State<App>,
    who: Can<may::ApprovePricing>,
    At(id): At<PricingRequestId>,
    OptionalValid(body): OptionalValid<PricingApprove>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| service::approve(tx, id, body).await).await
}

/// Decline a special price.
#[utoipa::path(post, path = "/pricing-requests/{id}/decline", operation_id = "decline_pricing_request", tag = "special prices",
    params(("id" = PricingRequestId, Path, description = "The request."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the request must still have; 412 if it has another.")),
    request_body = PricingReason,
    security(("bearer" = ["pricing:approve"])),
    responses(
        (status = 200, description = "The request as it now is.", body = PricingRequest),
        (status = 412, description = "The request has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn decline_pricing_request(
    State(app): State<App>,
    who: Can<may::ApprovePricing>,
    At(id): At<PricingRequestId>,
    Valid(body): Valid<PricingReason>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| service::decline(tx, id, &body.reason).await).await
}

/// Offer another price. It is its author's approval, and stands when the partner takes it and enough people have approved it.
#[utoipa::path(post, path = "/pricing-requests/{id}/counter", operation_id = "counter_pricing_request", tag = "special prices",
    params(("id" = PricingRequestId, Path, description = "The request."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the request must still have; 412 if it has another.")),
    request_body = PricingCounter,
    security(("bearer" = ["pricing:approve"])),
    responses(
        (status = 200, description = "The request as it now is.", body = PricingRequest),
        (status = 412, description = "The request has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn counter_pricing_request(
    State(app): State<App>,
    who: Can<may::ApprovePricing>,
    At(id): At<PricingRequestId>,
    Valid(body): Valid<PricingCounter>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| service::counter(tx, id, body).await).await
}

/// Take the price that was offered.
#[utoipa::path(post, path = "/pricing-requests/{id}/accept", operation_id = "accept_pricing_request", tag = "special prices",
    params(("id" = PricingRequestId, Path, description = "The request."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the request must still have; 412 if it has another.")),
    security(("bearer" = ["deals:register"])),
    responses(
        (status = 200, description = "The request as it now is.", body = PricingRequest),
        (status = 412, description = "The request has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn accept_pricing_request(State(app): State<App>, who: Can<may::RegisterDeals>, At(id): At<PricingRequestId>) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| service::accept(tx, id).await).await
}

/// Take a request for a special price back.
#[utoipa::path(post, path = "/pricing-requests/{id}/withdraw", operation_id = "withdraw_pricing_request", tag = "special prices",
    params(("id" = PricingRequestId, Path, description = "The request."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the request must still have; 412 if it has another.")),
    security(("bearer" = ["deals:register"])),
    responses(
        (status = 200, description = "The request as it now is.", body = PricingRequest),
        (status = 412, description = "The request has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn withdraw_pricing_request(State(app): State<App>, who: Can<may::RegisterDeals>, At(id): At<PricingRequestId>) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| service::withdraw(tx, id).await).await
}

/// Take a special price back that was approved.
#[utoipa::path(post, path = "/pricing-requests/{id}/revoke", operation_id = "revoke_pricing_request", tag = "special prices",
    params(("id" = PricingRequestId, Path, description = "The request."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the request must still have; 412 if it has another.")),
    request_body = PricingReason,
    security(("bearer" = ["pricing:approve"])),
    responses(
        (status = 200, description = "The request as it now is.", body = PricingRequest),
        (status = 412, description = "The request has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn revoke_pricing_request(
    State(app): State<App>,
    who: Can<may::ApprovePricing>,
    At(id): At<PricingRequestId>,
    Valid(body): Valid<PricingReason>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| service::revoke(tx, id, &body.reason).await).await
}
