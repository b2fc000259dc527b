//! A provisioner's later answer: without a credential but the one-time token that came with the request.

use super::store::{self, TOKENS};
use super::types::{
    AccessGrantStatus, ProvisioningAnswer, ProvisioningAnswerStatus, ProvisioningCallback, ProvisioningCallbackStatus, ProvisioningReceipt,
};
use super::{AccessGrantId, grants};
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

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(answer_access_grant))
}

/// Answer a request for access later: for the vendor's provisioner, which was asked and said `pending`.
///
/// The token answers once. Used, replayed, forged or late, it is a 404 and nothing changes.
#[utoipa::path(post, path = "/public/provisioning-callbacks", operation_id = "answer_access_grant", tag = "onboarding",
    request_body = ProvisioningCallback, security(()),
    responses(
        (status = 200, description = "It was taken.", body = ProvisioningReceipt),
        (status = 404, description = "The token does not answer, or not any more.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn answer_access_grant(
    State(app): State<App>,
    request: Option<Extension<Arc<RequestInfo>>>,
    Valid(body): Valid<ProvisioningCallback>,
) -> Result<Response, Problem> {
    let named = access::forms::named::<AccessGrantId>(&body.token).map(|(vendor, id)| (vendor, id.0));
    let found = TOKENS.find(&app, &body.token, named).await?;
    let (who, id) = callback::admit(&app, request, found, "provisioner", error::PROVISIONING_TOKEN)?;
    app.reply(&who, StatusCode::OK, async |tx| answer(tx, AccessGrantId(id), body).await).await
}

async fn answer(tx: &mut Tx, id: AccessGrantId, body: ProvisioningCallback) -> Result<ProvisioningReceipt, Problem> {
    let void = || Problem::new(error::PROVISIONING_TOKEN);
    let mut row = store::find_to_change(tx, id).await?.ok_or_else(void)?;
    // Asked again with the grant held: of two that come at once, one answers.
    let waits = matches!(row.status(), AccessGrantStatus::Requested | AccessGrantStatus::Pending);
    let in_time = row.answer_by.is_some_and(|until| tx.now() < until);
    if !waits || !in_time || !TOKENS.holds(tx, tx.vendor(), id.0, &body.token).await? {
        return Err(void());
    }
    let status = match body.status {
        ProvisioningCallbackStatus::Granted => ProvisioningAnswerStatus::Granted,
        ProvisioningCallbackStatus::Failed => ProvisioningAnswerStatus::Failed,
    };
    grants::answered(tx, &mut row, ProvisioningAnswer { status, url: body.url, reference: body.reference, reason: body.reason }).await?;
    Ok(ProvisioningReceipt { received: true })
}
