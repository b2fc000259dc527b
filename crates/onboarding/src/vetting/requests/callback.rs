//! A provider's later answer: without a credential but the one-time token that came with the request.

use super::CheckRequestId;
use super::service;
use super::store::{self, TOKENS};
use super::types::{CheckCallback, CheckReceipt};
use crate::asking::callback;
use crate::error;
use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use kernel::actor::RequestInfo;
use kernel::problem::ProblemDocument;
use kernel::{App, Problem, Tx, Valid};
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(answer_check_request))
}

/// Answer a request for a check later: for a provider of checks, which was asked and said `pending`.
///
/// The token answers once. Used, replayed, forged or late, it is a 404 and nothing changes.
#[utoipa::path(post, path = "/public/check-callbacks", operation_id = "answer_check_request", tag = "vetting",
    request_body = CheckCallback, security(()),
    responses(
        (status = 200, description = "It was taken.", body = CheckReceipt),
        (status = 404, description = "The token does not answer, or not any more.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn answer_check_request(
    State(app): State<App>,
    request: Option<Extension<Arc<RequestInfo>>>,
    Valid(body): Valid<CheckCallback>,
) -> Result<Response, Problem> {
    let named = access::forms::named::<CheckRequestId>(&body.token).map(|(vendor, id)| (vendor, id.0));
    let found = TOKENS.find(&app, &body.token, named).await?;
    let (who, id) = callback::admit(&app, request, found, "check_provider", error::CHECK_TOKEN)?;
    app.reply(&who, StatusCode::OK, async |tx| answer(tx, CheckRequestId(id), body).await).await
}

async fn answer(tx: &mut Tx, id: CheckRequestId, body: CheckCallback) -> Result<CheckReceipt, Problem> {
    let void = || Problem::new(error::CHECK_TOKEN);
    let mut row = store::find_to_change(tx, id).await?.ok_or_else(void)?;
    // Asked again with the request held: of two that come at once, one answers.
    let in_time = row.answer_by.is_some_and(|until| tx.now() < until);
    if !row.status().is_open() || !in_time || !TOKENS.holds(tx, tx.vendor(), id.0, &body.token).await? {
        return Err(void());
    }
    service::answered(tx, &mut row, body.found()).await?;
    Ok(CheckReceipt { received: true })
}
