//! What people do with who has a deal: one path per action, each answering with the deal as it then is.

use super::types::{DealAssign, DealEscalate};
use super::{queues, service, waiting};
use crate::DealId;
use crate::types::{Deal, DealNote};
use access::{Can, may};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use kernel::problem::ProblemDocument;
use kernel::{App, At, OptionalValid, Problem, Valid};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(assign_deal))
        .routes(routes!(take_deal))
        .routes(routes!(release_deal))
        .routes(routes!(escalate_deal))
        .merge(waiting::router())
        .merge(queues::http::router())
}

/// Give a deal to a person or to a queue, with a reason.
///
/// The person must be one of the vendor's, may decide deals and reach the partner. A queue deals it out at once, if it can.
#[utoipa::path(post, path = "/deals/{id}/assign", operation_id = "assign_deal", tag = "deals",
    params(("id" = DealId, Path, description = "The deal."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the deal must still have; 412 if it has another.")),
    request_body = DealAssign, security(("bearer" = ["deals:decide"])),
    responses(
        (status = 200, description = "The deal as it now is.", body = Deal),
        (status = 412, description = "The deal has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn assign_deal(
    State(app): State<App>,
    who: Can<may::DecideDeals>,
    At(id): At<DealId>,
    Valid(body): Valid<DealAssign>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| service::assign(tx, id, body).await).await
}

/// Take a deal that waits for somebody. Refused with `deal.taken` if somebody was faster. For people of the vendor.
#[utoipa::path(post, path = "/deals/{id}/take", operation_id = "take_deal", tag = "deals",
    params(("id" = DealId, Path, description = "The deal."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the deal must still have; 412 if it has another.")),
    security(("bearer" = ["deals:decide"])),
    responses(
        (status = 200, description = "The deal as it now is.", body = Deal),
        (status = 412, description = "The deal has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn take_deal(State(app): State<App>, who: Can<may::DecideDeals>, At(id): At<DealId>) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| service::take(tx, id).await).await
}

/// Give a deal back to the queue that it came through, or to whoever takes it. It is not dealt out to whoever had it again.
#[utoipa::path(post, path = "/deals/{id}/release", operation_id = "release_deal", tag = "deals",
    params(("id" = DealId, Path, description = "The deal."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the deal must still have; 412 if it has another.")),
    request_body(content = Option<DealNote>, description = "Why."), security(("bearer" = ["deals:decide"])),
    responses(
        (status = 200, description = "The deal as it now is.", body = Deal),
        (status = 412, description = "The deal has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn release_deal(
    State(app): State<App>,
    who: Can<may::DecideDeals>,
    At(id): At<DealId>,
    OptionalValid(body): OptionalValid<DealNote>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| service::release(tx, id, body.reason).await).await
}

/// Escalate a deal: to whom is named, or to the next in line who has not had it in this review.
///
/// In line are those whom the queue names in `escalates_to`, then the channel manager, then administrators.
#[utoipa::path(post, path = "/deals/{id}/escalate", operation_id = "escalate_deal", tag = "deals",
    params(("id" = DealId, Path, description = "The deal."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the deal must still have; 412 if it has another.")),
    request_body(content = Option<DealEscalate>, description = "To whom, and why."), security(("bearer" = ["deals:decide"])),
    responses(
        (status = 200, description = "The deal as it now is.", body = Deal),
        (status = 412, description = "The deal has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn escalate_deal(
    State(app): State<App>,
    who: Can<may::DecideDeals>,
    At(id): At<DealId>,
    OptionalValid(body): OptionalValid<DealEscalate>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| service::escalate(tx, id, body).await).await
}
