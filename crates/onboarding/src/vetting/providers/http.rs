//! Check providers over HTTP.

use super::types::{CheckProvider, CheckProviderCreate, CheckProviderPatch, CheckProviderSecret};
use super::{CheckProviderId, service, store};
use access::{Can, may};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use kernel::idempotency::Answer;
use kernel::problem::ProblemDocument;
use kernel::{App, At, Page, PageQuery, Params, Problem, Valid};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_check_providers, create_check_provider))
        .routes(routes!(get_check_provider, update_check_provider))
        .routes(routes!(pause_check_provider))
        .routes(routes!(resume_check_provider))
        .routes(routes!(rotate_check_provider_secret))
}

/// List the providers of checks, newest first.
#[utoipa::path(get, path = "/check-providers", operation_id = "list_check_providers", tag = "vetting", params(PageQuery),
    security(("bearer" = ["vetting:manage"])),
    responses((status = 200, description = "A page of providers.", body = Page<CheckProvider>)))]
async fn list_check_providers(
    State(app): State<App>,
    who: Can<may::ManageVetting>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<CheckProvider>>, Problem> {
    const LIST: &str = "check_providers";
    let (limit, before) = (page.limit()?, page.after::<Uuid>(LIST)?);
    let rows = store::page(&app.db().read_of(who.scope.vendor()).await?, who.scope, before, limit + 1).await?;
    let Page { data, next_cursor } = Page::of(LIST, rows, limit, |row| row.id);
    let data = data.iter().map(|row| row.shown(app.sealer(), who.grants)).collect::<Result<_, _>>()?;
    Ok(Json(Page { data, next_cursor }))
}

/// Add a provider of checks.
///
/// From now on it is asked about whoever is vetted and fits its rule, by a POST that is signed as webhooks are (Standard Webhooks); `rotate-secret` shows the
/// secret. The body holds `type` (`check.requested`), `request_id`, `kind`, `subject` (`kind`, `id`, `name`, and what `sends` names), `answer_by` and
/// `callback` (`url`, `token`). It answers at once with what the callback takes, without the token, or with 202 (or `{"status": "pending"}`) and later at the
/// callback, with the token. What it does not answer in time counts as `unanswered` says; an answer that is no good any more is asked for again.
#[utoipa::path(post, path = "/check-providers", operation_id = "create_check_provider", tag = "vetting", request_body = CheckProviderCreate,
    security(("bearer" = ["vetting:manage"])),
    responses((status = 201, description = "The new provider.", body = CheckProvider)))]
async fn create_check_provider(
    State(app): State<App>,
    who: Can<may::ManageVetting>,
    Valid(body): Valid<CheckProviderCreate>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::CREATED, async |tx| service::create(tx, body).await).await
}

/// Read a provider of checks.
#[utoipa::path(get, path = "/check-providers/{id}", operation_id = "get_check_provider", tag = "vetting",
    params(("id" = CheckProviderId, Path, description = "The provider.")), security(("bearer" = ["vetting:manage"])),
    responses((status = 200, description = "The provider.", body = CheckProvider)))]
async fn get_check_provider(State(app): State<App>, who: Can<may::ManageVetting>, At(id): At<CheckProviderId>) -> Result<Response, Problem> {
    let db = app.db().read_of(who.scope.vendor()).await?;
    let row = store::find(&db, who.scope, id).await?.ok_or_else(Problem::not_found)?;
    Ok(Answer::of(StatusCode::OK, &row.shown(app.sealer(), who.grants)?).into_response(false))
}

/// Change a provider of checks. It counts for what is asked from now on.
#[utoipa::path(patch, path = "/check-providers/{id}", operation_id = "update_check_provider", tag = "vetting",
    params(("id" = CheckProviderId, Path, description = "The provider.")), request_body = CheckProviderPatch,
    security(("bearer" = ["vetting:manage"])),
    responses((status = 200, description = "The provider as it now is.", body = CheckProvider)))]
async fn update_check_provider(
    State(app): State<App>,
    who: Can<may::ManageVetting>,
    At(id): At<CheckProviderId>,
    Valid(body): Valid<CheckProviderPatch>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| service::update(tx, id, body).await).await
}

/// Ask a provider nothing any more. What it was asked already it may answer.
#[utoipa::path(post, path = "/check-providers/{id}/pause", operation_id = "pause_check_provider", tag = "vetting",
    params(("id" = CheckProviderId, Path, description = "The provider."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the provider must still have; 412 if it has another.")),
    security(("bearer" = ["vetting:manage"])),
    responses(
        (status = 200, description = "The provider as it now is.", body = CheckProvider),
        (status = 412, description = "The provider has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn pause_check_provider(State(app): State<App>, who: Can<may::ManageVetting>, At(id): At<CheckProviderId>) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| service::pause(tx, id).await).await
}

/// Ask a provider again that was paused.
#[utoipa::path(post, path = "/check-providers/{id}/resume", operation_id = "resume_check_provider", tag = "vetting",
    params(("id" = CheckProviderId, Path, description = "The provider."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the provider must still have; 412 if it has another.")),
    security(("bearer" = ["vetting:manage"])),
    responses(
        (status = 200, description = "The provider as it now is.", body = CheckProvider),
        (status = 412, description = "The provider has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn resume_check_provider(State(app): State<App>, who: Can<may::ManageVetting>, At(id): At<CheckProviderId>) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| service::resume(tx, id).await).await
}

/// Sign calls to a provider with new keys. Those before sign along for 24 hours.
#[utoipa::path(post, path = "/check-providers/{id}/rotate-secret", operation_id = "rotate_check_provider_secret", tag = "vetting",
    params(("id" = CheckProviderId, Path, description = "The provider."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the provider must still have; 412 if it has another.")),
    security(("bearer" = ["vetting:manage"])),
    responses(
        (status = 200, description = "The new secret, shown this once.", body = CheckProviderSecret),
        (status = 412, description = "The provider has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn rotate_check_provider_secret(
    State(app): State<App>,
    who: Can<may::ManageVetting>,
    At(id): At<CheckProviderId>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| service::rotate(tx, id).await).await
}
