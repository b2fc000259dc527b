//! What is done with a co-sell request: one path per action, each answering with the request as it then is.

use super::super::types::{CosellContributionsSay, CosellNote, CosellParticipantAdd, CosellParticipantRemove, CosellReason, CosellRequest};
use super::super::{CosellRequestId, contributions, participants, service};
use access::{Can, may};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use kernel::problem::ProblemDocument;
use kernel::{App, At, OptionalValid, Problem, Valid};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(accept_cosell_request))
        .routes(routes!(decline_cosell_request))
        .routes(routes!(start_cosell_request))
        .routes(routes!(cancel_cosell_request))
        .routes(routes!(add_cosell_participant))
        .routes(routes!(remove_cosell_participant))
        .routes(routes!(propose_cosell_contributions))
        .routes(routes!(confirm_cosell_contributions))
        .routes(routes!(settle_cosell_contributions))
}

/// Promise help, for the vendor's side. Whoever does takes part.
#[utoipa::path(post, path = "/cosell-requests/{id}/accept", operation_id = "accept_cosell_request", tag = "co-sell",
    params(("id" = CosellRequestId, Path, description = "The request."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the request must still have; 412 if it has another.")),
    request_body(content = Option<CosellNote>, description = "Why."), security(("bearer" = ["cosell:work"])),
    responses(
        (status = 200, description = "The request as it now is.", body = CosellRequest),
        (status = 412, description = "The request has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn accept_cosell_request(
    State(app): State<App>,
    who: Can<may::WorkCosell>,
    At(id): At<CosellRequestId>,
    OptionalValid(body): OptionalValid<CosellNote>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| service::accept(tx, id, body.reason).await).await
}

/// Decline to help, for the vendor's side.
#[utoipa::path(post, path = "/cosell-requests/{id}/decline", operation_id = "decline_cosell_request", tag = "co-sell",
    params(("id" = CosellRequestId, Path, description = "The request."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the request must still have; 412 if it has another.")),
    request_body = CosellReason, security(("bearer" = ["cosell:work"])),
    responses(
        (status = 200, description = "The request as it now is.", body = CosellRequest),
        (status = 412, description = "The request has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn decline_cosell_request(
    State(app): State<App>,
    who: Can<may::WorkCosell>,
    At(id): At<CosellRequestId>,
    Valid(body): Valid<CosellReason>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| service::decline(tx, id, body.reason).await).await
}

/// Say that the work has begun. The first next step that is done says so too.
#[utoipa::path(post, path = "/cosell-requests/{id}/start", operation_id = "start_cosell_request", tag = "co-sell",
    params(("id" = CosellRequestId, Path, description = "The request."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the request must still have; 412 if it has another.")),
    request_body(content = Option<CosellNote>, description = "A sentence."), security(("bearer" = ["cosell:work"])),
    responses(
        (status = 200, description = "The request as it now is.", body = CosellRequest),
        (status = 412, description = "The request has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn start_cosell_request(
    State(app): State<App>,
    who: Can<may::WorkCosell>,
    At(id): At<CosellRequestId>,
    OptionalValid(body): OptionalValid<CosellNote>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| service::start(tx, id, body.reason).await).await
}

/// Take a request back, from either side, before it is closing.
#[utoipa::path(post, path = "/cosell-requests/{id}/cancel", operation_id = "cancel_cosell_request", tag = "co-sell",
    params(("id" = CosellRequestId, Path, description = "The request."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the request must still have; 412 if it has another.")),
    request_body(content = Option<CosellNote>, description = "Why."), security(("bearer" = ["cosell:work"])),
    responses(
        (status = 200, description = "The request as it now is.", body = CosellRequest),
        (status = 412, description = "The request has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn cancel_cosell_request(
    State(app): State<App>,
    who: Can<may::WorkCosell>,
    At(id): At<CosellRequestId>,
    OptionalValid(body): OptionalValid<CosellNote>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| service::cancel(tx, id, body.reason).await).await
}

/// Bring somebody in.
///
/// A partner's callers bring in people of their partner; the vendor's, whoever of either side could take part.
#[utoipa::path(post, path = "/cosell-requests/{id}/add-participant", operation_id = "add_cosell_participant", tag = "co-sell",
    params(("id" = CosellRequestId, Path, description = "The request."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the request must still have; 412 if it has another.")),
    request_body = CosellParticipantAdd, security(("bearer" = ["cosell:work"])),
    responses(
        (status = 200, description = "The request as it now is.", body = CosellRequest),
        (status = 412, description = "The request has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn add_cosell_participant(
    State(app): State<App>,
    who: Can<may::WorkCosell>,
    At(id): At<CosellRequestId>,
    Valid(body): Valid<CosellParticipantAdd>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| participants::add(tx, id, body).await).await
}

/// Let somebody out.
///
/// For helps that nobody of the vendor is there for any more, somebody is brought in anew; what they were to do is then theirs.
#[utoipa::path(post, path = "/cosell-requests/{id}/remove-participant", operation_id = "remove_cosell_participant", tag = "co-sell",
    params(("id" = CosellRequestId, Path, description = "The request."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the request must still have; 412 if it has another.")),
    request_body = CosellParticipantRemove, security(("bearer" = ["cosell:work"])),
    responses(
        (status = 200, description = "The request as it now is.", body = CosellRequest),
        (status = 412, description = "The request has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn remove_cosell_participant(
    State(app): State<App>,
    who: Can<may::WorkCosell>,
    At(id): At<CosellRequestId>,
    Valid(body): Valid<CosellParticipantRemove>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| participants::remove(tx, id, body).await).await
}

/// Say who contributed what, for one's side.
///
/// The work is over by that (`closing`). The other side confirms it, or says it its way; what nobody answers in time counts as agreed, unless the vendor has decided otherwise.
#[utoipa::path(post, path = "/cosell-requests/{id}/propose-contributions", operation_id = "propose_cosell_contributions", tag = "co-sell",
    params(("id" = CosellRequestId, Path, description = "The request."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the request must still have; 412 if it has another.")),
    request_body = CosellContributionsSay, security(("bearer" = ["cosell:work"])),
    responses(
        (status = 200, description = "The request as it now is.", body = CosellRequest),
        (status = 412, description = "The request has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn propose_cosell_contributions(
    State(app): State<App>,
    who: Can<may::WorkCosell>,
    At(id): At<CosellRequestId>,
    Valid(body): Valid<CosellContributionsSay>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| contributions::propose(tx, id, body).await).await
}

/// Agree to what the other side said of contributions; it is recorded for good.
#[utoipa::path(post, path = "/cosell-requests/{id}/confirm-contributions", operation_id = "confirm_cosell_contributions", tag = "co-sell",
    params(("id" = CosellRequestId, Path, description = "The request."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the request must still have; 412 if it has another.")),
    request_body(content = Option<CosellNote>, description = "A sentence."), security(("bearer" = ["cosell:work"])),
    responses(
        (status = 200, description = "The request as it now is.", body = CosellRequest),
        (status = 412, description = "The request has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn confirm_cosell_contributions(
    State(app): State<App>,
    who: Can<may::WorkCosell>,
    At(id): At<CosellRequestId>,
    OptionalValid(body): OptionalValid<CosellNote>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| contributions::confirm(tx, id, body.reason).await).await
}

/// Settle who contributed what, for the vendor's side; it is recorded for good.
#[utoipa::path(post, path = "/cosell-requests/{id}/settle-contributions", operation_id = "settle_cosell_contributions", tag = "co-sell",
    params(("id" = CosellRequestId, Path, description = "The request."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the request must still have; 412 if it has another.")),
    request_body = CosellContributionsSay, security(("bearer" = ["cosell:work"])),
    responses(
        (status = 200, description = "The request as it now is.", body = CosellRequest),
        (status = 412, description = "The request has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn settle_cosell_contributions(
    State(app): State<App>,
    who: Can<may::WorkCosell>,
    At(id): At<CosellRequestId>,
    Valid(body): Valid<CosellContributionsSay>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| contributions::settle(tx, id, body).await).await
}
