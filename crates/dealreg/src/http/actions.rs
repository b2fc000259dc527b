//! What people do with a deal: one path per action, each answering with the deal as it then is.

use crate::DealId;
use crate::rules::Action;
use crate::service::ground::Ground;
use crate::service::{moves, register};
use crate::store::deals;
use crate::types::{Deal, DealClose, DealNote, DealQuestion, DealReject};
use access::{Can, may};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use kernel::problem::ProblemDocument;
use kernel::{Actor, App, At, OptionalValid, Problem, Valid};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(submit_deal))
        .routes(routes!(approve_deal))
        .routes(routes!(reject_deal))
        .routes(routes!(request_deal_information))
        .routes(routes!(resubmit_deal))
        .routes(routes!(withdraw_deal))
        .routes(routes!(extend_deal))
        .routes(routes!(close_deal))
}

/// Decide a deal (again): the groundwork before the write, the decision in it.
async fn decide(app: &App, who: &Actor, id: DealId, action: Action, note: Option<String>) -> Result<Response, Problem> {
    let lay = async || {
        let row = deals::find(&app.db().read_of(who.scope.vendor()).await?, who.scope, id).await?.ok_or_else(Problem::not_found)?;
        Ground::lay(app, who, &row.registration()?, Some(&row)).await
    };
    // What stands in the way is said in the write: a repeated request first gets its first answer again.
    let ground = lay().await;
    app.reply(who, StatusCode::OK, async |tx| register::decide_again(tx, id, action, ground?, note).await).await
}

/// Hand in a draft: it is decided at once, as if it were registered now.
#[utoipa::path(post, path = "/deals/{id}/submit", operation_id = "submit_deal", tag = "deals",
    params(("id" = DealId, Path, description = "The deal."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the deal must still have; 412 if it has another.")),
    request_body(content = Option<DealNote>, description = "A word with it."), security(("bearer" = ["deals:register"])),
    responses(
        (status = 200, description = "The deal as it now is.", body = Deal),
        (status = 412, description = "The deal has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn submit_deal(
    State(app): State<App>,
    who: Can<may::RegisterDeals>,
    At(id): At<DealId>,
    OptionalValid(body): OptionalValid<DealNote>,
) -> Result<Response, Problem> {
    decide(&app, &who, id, Action::Submit, body.reason).await
}

/// Approve a deal by hand. Refused with `deal.protected` while another deal holds the same customer.
#[utoipa::path(post, path = "/deals/{id}/approve", operation_id = "approve_deal", tag = "deals",
    params(("id" = DealId, Path, description = "The deal."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the deal must still have; 412 if it has another.")),
    request_body(content = Option<DealNote>, description = "Why."), security(("bearer" = ["deals:decide"])),
    responses(
        (status = 200, description = "The deal as it now is.", body = Deal),
        (status = 412, description = "The deal has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn approve_deal(
    State(app): State<App>,
    who: Can<may::DecideDeals>,
    At(id): At<DealId>,
    OptionalValid(body): OptionalValid<DealNote>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| moves::approve(tx, id, body.reason).await).await
}

/// Reject a deal by hand.
#[utoipa::path(post, path = "/deals/{id}/reject", operation_id = "reject_deal", tag = "deals",
    params(("id" = DealId, Path, description = "The deal."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the deal must still have; 412 if it has another.")),
    request_body = DealReject, security(("bearer" = ["deals:decide"])),
    responses(
        (status = 200, description = "The deal as it now is.", body = Deal),
        (status = 412, description = "The deal has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn reject_deal(
    State(app): State<App>,
    who: Can<may::DecideDeals>,
    At(id): At<DealId>,
    Valid(body): Valid<DealReject>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| moves::reject(tx, id, body).await).await
}

/// Ask the partner something; it answers with `resubmit`.
#[utoipa::path(post, path = "/deals/{id}/request-information", operation_id = "request_deal_information", tag = "deals",
    params(("id" = DealId, Path, description = "The deal."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the deal must still have; 412 if it has another.")),
    request_body = DealQuestion, security(("bearer" = ["deals:decide"])),
    responses(
        (status = 200, description = "The deal as it now is.", body = Deal),
        (status = 412, description = "The deal has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn request_deal_information(
    State(app): State<App>,
    who: Can<may::DecideDeals>,
    At(id): At<DealId>,
    Valid(body): Valid<DealQuestion>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| moves::request_information(tx, id, body).await).await
}

/// Answer a question, or bring a rejected deal again: it is decided anew, under the rules now in force.
#[utoipa::path(post, path = "/deals/{id}/resubmit", operation_id = "resubmit_deal", tag = "deals",
    params(("id" = DealId, Path, description = "The deal."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the deal must still have; 412 if it has another.")),
    request_body(content = Option<DealNote>, description = "The answer."), security(("bearer" = ["deals:register"])),
    responses(
        (status = 200, description = "The deal as it now is.", body = Deal),
        (status = 412, description = "The deal has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn resubmit_deal(
    State(app): State<App>,
    who: Can<may::RegisterDeals>,
    At(id): At<DealId>,
    OptionalValid(body): OptionalValid<DealNote>,
) -> Result<Response, Problem> {
    decide(&app, &who, id, Action::Resubmit, body.reason).await
}

/// Take a deal back; its customer is free at once.
#[utoipa::path(post, path = "/deals/{id}/withdraw", operation_id = "withdraw_deal", tag = "deals",
    params(("id" = DealId, Path, description = "The deal."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the deal must still have; 412 if it has another.")),
    request_body(content = Option<DealNote>, description = "Why."), security(("bearer" = ["deals:register"])),
    responses(
        (status = 200, description = "The deal as it now is.", body = Deal),
        (status = 412, description = "The deal has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn withdraw_deal(
    State(app): State<App>,
    who: Can<may::RegisterDeals>,
    At(id): At<DealId>,
    OptionalValid(body): OptionalValid<DealNote>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| moves::withdraw(tx, id, body.reason).await).await
}

/// Prolong a deal's protection, as often as the rules of engagement allow.
#[utoipa::path(post, path = "/deals/{id}/extend", operation_id = "extend_deal", tag = "deals",
    params(("id" = DealId, Path, description = "The deal."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the deal must still have; 412 if it has another.")),
    request_body(content = Option<DealNote>, description = "Why."), security(("bearer" = ["deals:register"])),
    responses(
        (status = 200, description = "The deal as it now is.", body = Deal),
        (status = 412, description = "The deal has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn extend_deal(
    State(app): State<App>,
    who: Can<may::RegisterDeals>,
    At(id): At<DealId>,
    OptionalValid(body): OptionalValid<DealNote>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| moves::extend(tx, id, body.reason).await).await
}

/// Record that the sale was won or lost.
#[utoipa::path(post, path = "/deals/{id}/close", operation_id = "close_deal", tag = "deals",
    params(("id" = DealId, Path, description = "The deal."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the deal must still have; 412 if it has another.")),
    request_body = DealClose, security(("bearer" = ["deals:decide"])),
    responses(
        (status = 200, description = "The deal as it now is.", body = Deal),
        (status = 412, description = "The deal has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn close_deal(
    State(app): State<App>,
    who: Can<may::DecideDeals>,
    At(id): At<DealId>,
    Valid(body): Valid<DealClose>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| moves::close(tx, id, body).await).await
}
