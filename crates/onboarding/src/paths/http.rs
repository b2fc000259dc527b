//! Onboardings over HTTP.

use super::service;
use super::store;
use super::types::{Onboarding, OnboardingMove, OnboardingMoved, OnboardingReason, OnboardingStart};
use super::way::Way;
use crate::{error, reading};
use access::{Can, may};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use kernel::id::PartnerId;
use kernel::idempotency::Answer;
use kernel::problem::ProblemDocument;
use kernel::{App, At, OptionalValid, Params, Problem, Valid};
use serde::Deserialize;
use std::collections::HashMap;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(get_onboarding))
        .routes(routes!(start_onboarding))
        .routes(routes!(move_onboarding))
        .routes(routes!(stop_onboarding))
}

/// How it is shown.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct OnboardingView {
    /// The language of its texts, e.g. `de` or `pt-BR`; one's own if absent. Where there is none in it: one's own, the partner's, the vendor's, English.
    #[param(max_length = 35)]
    pub language: Option<String>,
}

/// Where a partner stands on its path, what is next, who owes it, and how far it has come.
///
/// The latest onboarding is shown, also when it has ended. 409 `onboarding.none` if there was none yet.
#[utoipa::path(get, path = "/partners/{id}/onboarding", operation_id = "get_onboarding", tag = "onboarding",
    params(("id" = PartnerId, Path, description = "The partner."), OnboardingView), security(("bearer" = ["partners:read"])),
    responses(
        (status = 200, description = "The onboarding.", body = Onboarding),
        (status = 409, description = "The partner has been on no path yet.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn get_onboarding(
    State(app): State<App>,
    who: Can<may::ReadPartners>,
    At(id): At<PartnerId>,
    Params(view): Params<OnboardingView>,
) -> Result<Response, Problem> {
    let db = app.db().read_of(who.scope.vendor()).await?;
    if partners::find(&db, who.scope, id).await?.is_none() {
        return Err(Problem::not_found());
    }
    let row = store::latest(&db, who.scope, id).await?.ok_or_else(|| Problem::new(error::NO_ONBOARDING))?;
    let reached = store::milestones(&db, who.scope.vendor(), row.id()).await?;
    let way = Way::of(&db, who.scope, row).await?;
    let languages = reading::of_caller(&app, &db, &who, view.language).await?.before(&way.languages);
    Ok(Answer::of(StatusCode::OK, &way.show(&who, &reached, app.clock().now(), &languages)?).into_response(false))
}

/// Put a partner on a path by hand. Partners that enter the status `onboarding` are put on theirs by themselves.
#[utoipa::path(post, path = "/partners/{id}/onboarding/start", operation_id = "start_onboarding", tag = "onboarding",
    params(("id" = PartnerId, Path, description = "The partner.")),
    request_body(content = Option<OnboardingStart>, description = "On which path."),
    security(("bearer" = ["partners:manage"])),
    responses((status = 201, description = "The onboarding.", body = Onboarding)))]
async fn start_onboarding(
    State(app): State<App>,
    who: Can<may::ManagePartners>,
    At(id): At<PartnerId>,
    OptionalValid(body): OptionalValid<OnboardingStart>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::CREATED, async |tx| {
        let way = service::start(tx, id, body).await?;
        let reached = store::milestones(tx, tx.vendor(), way.row.id()).await?;
        way.show(tx.actor(), &reached, tx.now(), &way.languages)
    })
    .await
}

/// Move a partner to another path, or another version of its own.
///
/// Tasks of the same key stay as they are, done or not, with the time that they have; what only the old one has is dropped, what only the
/// new one has is added. With `preview` it is only said what that would be.
#[utoipa::path(post, path = "/partners/{id}/onboarding/move", operation_id = "move_onboarding", tag = "onboarding",
    params(("id" = PartnerId, Path, description = "The partner."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the onboarding must still have; 412 if it has another.")),
    request_body = OnboardingMove,
    security(("bearer" = ["partners:manage"])),
    responses(
        (status = 200, description = "What became, or would become, of its tasks.", body = OnboardingMoved),
        (status = 412, description = "The onboarding has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn move_onboarding(
    State(app): State<App>,
    who: Can<may::ManagePartners>,
    At(id): At<PartnerId>,
    Valid(body): Valid<OnboardingMove>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| service::move_to(tx, id, body).await).await
}

/// End a partner's onboarding before it is complete.
#[utoipa::path(post, path = "/partners/{id}/onboarding/stop", operation_id = "stop_onboarding", tag = "onboarding",
    params(("id" = PartnerId, Path, description = "The partner."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the onboarding must still have; 412 if it has another.")),
    request_body = OnboardingReason,
    security(("bearer" = ["partners:manage"])),
    responses(
        (status = 200, description = "The onboarding as it now is.", body = Onboarding),
        (status = 412, description = "The onboarding has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn stop_onboarding(
    State(app): State<App>,
    who: Can<may::ManagePartners>,
    At(id): At<PartnerId>,
    Valid(body): Valid<OnboardingReason>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| {
        let way = service::stop(tx, id, body.reason).await?;
        way.show(tx.actor(), &HashMap::new(), tx.now(), &way.languages)
    })
    .await
}
