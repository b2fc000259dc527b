//! `/signature-services`.

use super::SignatureServiceId;
use super::service;
use super::store;
use super::types::{SignatureService, SignatureServiceCreate, SignatureServicePatch};
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

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(create_signature_service, list_signature_services)).routes(routes!(
        get_signature_service,
        update_signature_service,
        delete_signature_service
    ))
}

/// Add an outside service that has agreements signed: DocuSign or Dropbox Sign.
///
/// A template that names it has its agreements signed there: with the same file, by the same signers in the same order, in letters of the service.
/// Credentials are sealed and never shown again.
#[utoipa::path(post, path = "/signature-services", operation_id = "create_signature_service", tag = "agreements", request_body = SignatureServiceCreate,
    security(("bearer" = ["onboarding:manage"])),
    responses((status = 201, description = "The new service.", body = SignatureService)))]
async fn create_signature_service(
    State(app): State<App>,
    who: Can<may::ManageOnboarding>,
    Valid(body): Valid<SignatureServiceCreate>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::CREATED, async |tx| service::create(tx, body).await).await
}

/// List signature services, newest first.
#[utoipa::path(get, path = "/signature-services", operation_id = "list_signature_services", tag = "agreements", params(PageQuery),
    security(("bearer" = ["onboarding:manage"])),
    responses((status = 200, description = "A page of services.", body = Page<SignatureService>)))]
async fn list_signature_services(
    State(app): State<App>,
    who: Can<may::ManageOnboarding>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<SignatureService>>, Problem> {
    const LIST: &str = "signature_services";
    let (limit, before) = (page.limit()?, page.after::<Uuid>(LIST)?);
    let rows = store::page(&app.db().read_of(who.scope.vendor()).await?, who.scope.vendor(), before, limit + 1).await?;
    let Page { data, next_cursor } = Page::of(LIST, rows, limit, |row| row.id);
    let data = data.iter().map(|row| SignatureService::of(&app, row)).collect::<Result<_, _>>()?;
    Ok(Json(Page { data, next_cursor }))
}

/// Read a signature service, without its secrets.
#[utoipa::path(get, path = "/signature-services/{id}", operation_id = "get_signature_service", tag = "agreements",
    params(("id" = SignatureServiceId, Path, description = "The service.")), security(("bearer" = ["onboarding:manage"])),
    responses((status = 200, description = "The service.", body = SignatureService)))]
async fn get_signature_service(State(app): State<App>, who: Can<may::ManageOnboarding>, At(id): At<SignatureServiceId>) -> Result<Response, Problem> {
    let vendor = who.scope.vendor();
    let row = store::find(&app.db().read_of(vendor).await?, vendor, id).await?.ok_or_else(Problem::not_found)?;
    Ok(Answer::of(StatusCode::OK, &SignatureService::of(&app, &row)?).into_response(false))
}

/// Change a signature service. Credentials that are sent replace those that are there, also for what is out.
#[utoipa::path(patch, path = "/signature-services/{id}", operation_id = "update_signature_service", tag = "agreements",
    params(("id" = SignatureServiceId, Path, description = "The service.")), request_body = SignatureServicePatch,
    security(("bearer" = ["onboarding:manage"])),
    responses((status = 200, description = "The changed service.", body = SignatureService)))]
async fn update_signature_service(
    State(app): State<App>,
    who: Can<may::ManageOnboarding>,
    At(id): At<SignatureServiceId>,
    Valid(patch): Valid<SignatureServicePatch>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| service::update(tx, id, patch).await).await
}

/// Delete a signature service with its credentials. 409 while an agreement is with it.
#[utoipa::path(delete, path = "/signature-services/{id}", operation_id = "delete_signature_service", tag = "agreements",
    params(("id" = SignatureServiceId, Path, description = "The service.")), security(("bearer" = ["onboarding:manage"])),
    responses(
        (status = 204, description = "It is gone."),
        (status = 409, description = "An agreement is with it.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn delete_signature_service(
    State(app): State<App>,
    who: Can<may::ManageOnboarding>,
    At(id): At<SignatureServiceId>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::NO_CONTENT, async |tx| service::delete(tx, id).await).await
}
