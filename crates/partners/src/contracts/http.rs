//! Contracts over HTTP.

use super::types::{PartnerContract, PartnerContractCreate, PartnerContractPatch, PartnerContractQuery, PartnerContractTerminate};
use super::{PartnerContractId, service, store};
use crate::store as partners;
use access::{Can, may};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use kernel::id::PartnerId;
use kernel::idempotency::Answer;
use kernel::{App, At, Page, PageQuery, Params, Problem, Valid};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_partner_contracts, create_partner_contract))
        .routes(routes!(get_partner_contract, update_partner_contract))
        .routes(routes!(terminate_partner_contract))
}

/// List the contracts with a partner, newest first.
#[utoipa::path(get, path = "/partners/{id}/contracts", operation_id = "list_partner_contracts", tag = "partners",
    params(("id" = PartnerId, Path, description = "The partner."), PartnerContractQuery), security(("bearer" = ["partners:read"])),
    responses((status = 200, description = "A page of contracts.", body = Page<PartnerContract>)))]
async fn list_partner_contracts(
    State(app): State<App>,
    who: Can<may::ReadPartners>,
    At(id): At<PartnerId>,
    Params(query): Params<PartnerContractQuery>,
) -> Result<Json<Page<PartnerContract>>, Problem> {
    const LIST: &str = "partner:contracts";
    let page = PageQuery { limit: query.limit, cursor: query.cursor };
    let (limit, before) = (page.limit()?, page.after::<Uuid>(LIST)?);
    let db = app.db().read_of(who.scope.vendor()).await?;
    partners::find(&db, who.scope, id).await?.ok_or_else(Problem::not_found)?;
    let rows = store::list(&db, who.scope, id, query.status, before, limit + 1).await?;
    Ok(Json(Page::of(LIST, rows, limit, |row| row.id).map(|row| PartnerContract::seen_by(&who, &row))))
}

/// Keep a contract with a partner; its days are watched from now on.
#[utoipa::path(post, path = "/partners/{id}/contracts", operation_id = "create_partner_contract", tag = "partners",
    params(("id" = PartnerId, Path, description = "The partner.")), request_body = PartnerContractCreate, security(("bearer" = ["partners:manage"])),
    responses((status = 201, description = "The new contract.", body = PartnerContract)))]
async fn create_partner_contract(
    State(app): State<App>,
    who: Can<may::ManagePartners>,
    At(id): At<PartnerId>,
    Valid(body): Valid<PartnerContractCreate>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::CREATED, async |tx| service::create(tx, id, body).await).await
}

/// Read a contract with a partner.
#[utoipa::path(get, path = "/partners/{id}/contracts/{contract}", operation_id = "get_partner_contract", tag = "partners",
    params(("id" = PartnerId, Path, description = "The partner."), ("contract" = PartnerContractId, Path, description = "The contract.")),
    security(("bearer" = ["partners:read"])),
    responses((status = 200, description = "The contract.", body = PartnerContract)))]
async fn get_partner_contract(
    State(app): State<App>,
    who: Can<may::ReadPartners>,
    At((id, contract)): At<(PartnerId, PartnerContractId)>,
) -> Result<Response, Problem> {
    let row = store::find(&app.db().read_of(who.scope.vendor()).await?, who.scope, id, contract).await?.ok_or_else(Problem::not_found)?;
    Ok(Answer::of(StatusCode::OK, &PartnerContract::seen_by(&who, &row)).into_response(false))
}

/// Change a contract with a partner that has not expired.
#[utoipa::path(patch, path = "/partners/{id}/contracts/{contract}", operation_id = "update_partner_contract", tag = "partners",
    params(("id" = PartnerId, Path, description = "The partner."), ("contract" = PartnerContractId, Path, description = "The contract.")),
    request_body = PartnerContractPatch, security(("bearer" = ["partners:manage"])),
    responses((status = 200, description = "The contract as it now is.", body = PartnerContract)))]
async fn update_partner_contract(
    State(app): State<App>,
    who: Can<may::ManagePartners>,
    At((id, contract)): At<(PartnerId, PartnerContractId)>,
    Valid(body): Valid<PartnerContractPatch>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| service::update(tx, id, contract, body).await).await
}

/// Give notice of a contract: it runs until its last day, and does not renew itself.
#[utoipa::path(post, path = "/partners/{id}/contracts/{contract}/terminate", operation_id = "terminate_partner_contract", tag = "partners",
    params(("id" = PartnerId, Path, description = "The partner."), ("contract" = PartnerContractId, Path, description = "The contract.")),
    request_body = PartnerContractTerminate, security(("bearer" = ["partners:manage"])),
    responses((status = 200, description = "The contract as it now is.", body = PartnerContract)))]
async fn terminate_partner_contract(
    State(app): State<App>,
    who: Can<may::ManagePartners>,
    At((id, contract)): At<(PartnerId, PartnerContractId)>,
    Valid(body): Valid<PartnerContractTerminate>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| service::terminate(tx, id, contract, body).await).await
}
