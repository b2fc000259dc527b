//! Facts about sustainability over HTTP.

use super::store::{self, Filter};
use super::types::{EsgFactQuery, PartnerEsgFact, PartnerEsgFactCreate, PartnerEsgFactQuery, PartnerEsgFactRefuse};
use super::{PartnerEsgFactId, service};
use crate::store as partners;
use access::{Can, may};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use kernel::id::PartnerId;
use kernel::idempotency::Answer;
use kernel::problem::ProblemDocument;
use kernel::{Actor, App, At, Page, PageQuery, Params, Problem, Valid};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_partner_esg_facts, submit_partner_esg_fact))
        .routes(routes!(list_esg_facts))
        .routes(routes!(get_esg_fact))
        .routes(routes!(verify_esg_fact))
        .routes(routes!(refuse_esg_fact))
        .merge(super::policy::router())
}

async fn page(app: &App, who: &Actor, list: &'static str, filter: Filter, page: PageQuery) -> Result<Json<Page<PartnerEsgFact>>, Problem> {
    let (limit, before, today) = (page.limit()?, page.after::<Uuid>(list)?, app.clock().now().date_naive());
    let db = app.db().read_of(who.scope.vendor()).await?;
    if list == PARTNERS_LIST
        && let Some(id) = filter.partner
    {
        partners::find(&db, who.scope, id).await?.ok_or_else(Problem::not_found)?;
    }
    let rows = store::page(&db, who.scope, &filter, today, before, limit + 1).await?;
    Ok(Json(Page::of(list, rows, limit, |row| row.id).map(|row| PartnerEsgFact::seen_by(who, &row, today))))
}

const PARTNERS_LIST: &str = "partner:esg_facts";

/// List the facts about a partner's sustainability, newest first.
#[utoipa::path(get, path = "/partners/{id}/esg-facts", operation_id = "list_partner_esg_facts", tag = "partners",
    params(("id" = PartnerId, Path, description = "The partner."), PartnerEsgFactQuery), security(("bearer" = ["partners:read"])),
    responses((status = 200, description = "A page of facts.", body = Page<PartnerEsgFact>)))]
async fn list_partner_esg_facts(
    State(app): State<App>,
    who: Can<may::ReadPartners>,
    At(id): At<PartnerId>,
    Params(query): Params<PartnerEsgFactQuery>,
) -> Result<Json<Page<PartnerEsgFact>>, Problem> {
    let filter = Filter { partner: Some(id), kind: query.kind, status: query.status, expiring_before: None };
    page(&app, &who, PARTNERS_LIST, filter, PageQuery { limit: query.limit, cursor: query.cursor }).await
}

/// Hand in a fact about a partner's sustainability: for its own people, and the vendor's. It counts once the vendor has verified it.
#[utoipa::path(post, path = "/partners/{id}/esg-facts", operation_id = "submit_partner_esg_fact", tag = "partners",
    params(("id" = PartnerId, Path, description = "The partner.")), request_body = PartnerEsgFactCreate, security(("bearer" = ["esg:submit"])),
    responses((status = 201, description = "The new fact.", body = PartnerEsgFact)))]
async fn submit_partner_esg_fact(
    State(app): State<App>,
    who: Can<may::SubmitEsg>,
    At(id): At<PartnerId>,
    Valid(body): Valid<PartnerEsgFactCreate>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::CREATED, async |tx| service::submit(tx, id, body).await).await
}

/// List the facts about all partners' sustainability, newest first. What has to be looked at is `?status=unverified`.
#[utoipa::path(get, path = "/esg-facts", operation_id = "list_esg_facts", tag = "partners", params(EsgFactQuery),
    security(("bearer" = ["partners:read"])),
    responses((status = 200, description = "A page of facts.", body = Page<PartnerEsgFact>)))]
async fn list_esg_facts(
    State(app): State<App>,
    who: Can<may::ReadPartners>,
    Params(query): Params<EsgFactQuery>,
) -> Result<Json<Page<PartnerEsgFact>>, Problem> {
    let filter = Filter { partner: query.partner_id, kind: query.kind, status: query.status, expiring_before: query.expiring_before };
    page(&app, &who, "esg_facts", filter, PageQuery { limit: query.limit, cursor: query.cursor }).await
}

/// Read a fact about a partner's sustainability.
#[utoipa::path(get, path = "/esg-facts/{id}", operation_id = "get_esg_fact", tag = "partners",
    params(("id" = PartnerEsgFactId, Path, description = "The fact.")), security(("bearer" = ["partners:read"])),
    responses((status = 200, description = "The fact.", body = PartnerEsgFact)))]
async fn get_esg_fact(State(app): State<App>, who: Can<may::ReadPartners>, At(id): At<PartnerEsgFactId>) -> Result<Response, Problem> {
    let row = store::find(&app.db().read_of(who.scope.vendor()).await?, who.scope, id).await?.ok_or_else(Problem::not_found)?;
    Ok(Answer::of(StatusCode::OK, &PartnerEsgFact::seen_by(&who, &row, app.clock().now().date_naive())).into_response(false))
}

/// Verify a fact about a partner's sustainability: it is so.
#[utoipa::path(post, path = "/esg-facts/{id}/verify", operation_id = "verify_esg_fact", tag = "partners",
    params(("id" = PartnerEsgFactId, Path, description = "The fact."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the fact must still have; 412 if it has another.")),
    security(("bearer" = ["partners:manage"])),
    responses(
        (status = 200, description = "The fact as it now is.", body = PartnerEsgFact),
        (status = 412, description = "The fact has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn verify_esg_fact(State(app): State<App>, who: Can<may::ManagePartners>, At(id): At<PartnerEsgFactId>) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| service::verify(tx, id).await).await
}

/// Refuse a fact about a partner's sustainability, also one that was verified: it is not so, or not any more.
#[utoipa::path(post, path = "/esg-facts/{id}/refuse", operation_id = "refuse_esg_fact", tag = "partners",
    params(("id" = PartnerEsgFactId, Path, description = "The fact."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the fact must still have; 412 if it has another.")),
    request_body = PartnerEsgFactRefuse, security(("bearer" = ["partners:manage"])),
    responses(
        (status = 200, description = "The fact as it now is.", body = PartnerEsgFact),
        (status = 412, description = "The fact has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn refuse_esg_fact(
    State(app): State<App>,
    who: Can<may::ManagePartners>,
    At(id): At<PartnerEsgFactId>,
    Valid(body): Valid<PartnerEsgFactRefuse>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| service::refuse(tx, id, body.reason).await).await
}
