//! The register and a partner's vetting over HTTP.

use super::service;
use super::store::{self, Filter};
use super::types::{PartnerVetting, VettingCheck, VettingReason, VettingRun};
use crate::vetting::VettingCheckId;
use crate::vetting::policy::VettingResult;
use crate::vetting::rules::{VettingCheckAction, VettingKind};
use access::{Can, Permission, may};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use kernel::id::PartnerId;
use kernel::idempotency::Answer;
use kernel::problem::ProblemDocument;
use kernel::{App, At, OptionalValid, Page, PageQuery, Params, Problem, Valid};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(get_partner_vetting, vet_partner))
        .routes(routes!(list_vetting_checks))
        .routes(routes!(get_vetting_check))
        .routes(routes!(clear_vetting_check))
        .routes(routes!(confirm_vetting_check))
}

/// Vet a partner.
///
/// The partner, its owners and its people are checked at once, by the policy in force: against every list, and by country, mail domain and, if one is sent,
/// tax number. The answer says what came of it and why.
#[utoipa::path(post, path = "/partners/{id}/vetting", operation_id = "vet_partner", tag = "vetting",
    params(("id" = PartnerId, Path, description = "The partner.")),
    request_body(content = Option<VettingRun>, description = "Facts that are not kept with the partner."), security(("bearer" = ["vetting:decide"])),
    responses((status = 200, description = "How its vetting stands.", body = PartnerVetting)))]
async fn vet_partner(
    State(app): State<App>,
    who: Can<may::DecideVetting>,
    At(id): At<PartnerId>,
    OptionalValid(body): OptionalValid<VettingRun>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| service::vet(tx, id, body).await).await
}

/// Read how a partner's vetting stands.
///
/// A partner's own people are told whether it is pending, passed or failed, in plain words; the checks are for those who may read the register.
#[utoipa::path(get, path = "/partners/{id}/vetting", operation_id = "get_partner_vetting", tag = "vetting",
    params(("id" = PartnerId, Path, description = "The partner.")), security(("bearer" = ["partners:read"])),
    responses((status = 200, description = "How its vetting stands.", body = PartnerVetting)))]
async fn get_partner_vetting(State(app): State<App>, who: Can<may::ReadPartners>, At(id): At<PartnerId>) -> Result<Response, Problem> {
    let db = app.db().read_of(who.scope.vendor()).await?;
    partners::find(&db, who.scope, id).await?.ok_or_else(Problem::not_found)?;
    let reads = who.scope.partner().is_none() && who.grants & Permission::ReadVetting.bit() != 0;
    let standing = service::standing(&db, who.scope, id, reads.then_some(who.grants)).await?;
    Ok(Answer::of(StatusCode::OK, &standing).into_response(false))
}

/// Filters of the register.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct VettingCheckQuery {
    /// Only of this partner, its owners and its people.
    pub partner_id: Option<PartnerId>,
    /// Only of this kind.
    #[param(inline)]
    pub kind: Option<VettingKind>,
    /// Only those that came to this.
    #[param(inline)]
    pub result: Option<VettingResult>,
    /// `true`: only the latest of each kind and subject; `false`: only others.
    pub latest: Option<bool>,
    /// Rows on the page, 1 to 200; 25 if absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// List checks, newest first: the register. What waits for a person is `?result=review&latest=true`.
#[utoipa::path(get, path = "/vetting-checks", operation_id = "list_vetting_checks", tag = "vetting", params(VettingCheckQuery),
    security(("bearer" = ["vetting:read"])),
    responses((status = 200, description = "A page of checks.", body = Page<VettingCheck>)))]
async fn list_vetting_checks(
    State(app): State<App>,
    who: Can<may::ReadVetting>,
    Params(query): Params<VettingCheckQuery>,
) -> Result<Json<Page<VettingCheck>>, Problem> {
    const LIST: &str = "vetting_checks";
    let page = PageQuery { limit: query.limit, cursor: query.cursor };
    let (limit, before) = (page.limit()?, page.after::<Uuid>(LIST)?);
    let filter = Filter { partner: query.partner_id, kind: query.kind, result: query.result, latest: query.latest };
    let rows = store::page(&app.db().read_of(who.scope.vendor()).await?, who.scope, &filter, before, limit + 1).await?;
    let page = Page::of(LIST, rows, limit, |row| row.id);
    Ok(Json(page.try_map(|row| row.whole(who.grants))?))
}

/// Read a check with its evidence.
#[utoipa::path(get, path = "/vetting-checks/{id}", operation_id = "get_vetting_check", tag = "vetting",
    params(("id" = VettingCheckId, Path, description = "The check.")), security(("bearer" = ["vetting:read"])),
    responses((status = 200, description = "The check.", body = VettingCheck)))]
async fn get_vetting_check(State(app): State<App>, who: Can<may::ReadVetting>, At(id): At<VettingCheckId>) -> Result<Response, Problem> {
    let db = app.db().read_of(who.scope.vendor()).await?;
    let row = store::find(&db, who.scope, id).await?.ok_or_else(Problem::not_found)?;
    Ok(Answer::of(StatusCode::OK, &row.whole(who.grants)?).into_response(false))
}

/// Decide that it is somebody else.
///
/// That is remembered for the subject's facts and the versions of the entries: the same match does not come up again until one of the two changes.
#[utoipa::path(post, path = "/vetting-checks/{id}/clear", operation_id = "clear_vetting_check", tag = "vetting",
    params(("id" = VettingCheckId, Path, description = "The check."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the check must still have; 412 if it has another.")),
    request_body = VettingReason, security(("bearer" = ["vetting:decide"])),
    responses(
        (status = 200, description = "The check as it now is.", body = VettingCheck),
        (status = 412, description = "The check has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn clear_vetting_check(
    State(app): State<App>,
    who: Can<may::DecideVetting>,
    At(id): At<VettingCheckId>,
    Valid(body): Valid<VettingReason>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| service::decide(tx, id, VettingCheckAction::Clear, body.reason).await).await
}

/// Decide that it is them: the check is blocked, and the partner suspended.
#[utoipa::path(post, path = "/vetting-checks/{id}/confirm", operation_id = "confirm_vetting_check", tag = "vetting",
    params(("id" = VettingCheckId, Path, description = "The check."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the check must still have; 412 if it has another.")),
    request_body = VettingReason, security(("bearer" = ["vetting:decide"])),
    responses(
        (status = 200, description = "The check as it now is.", body = VettingCheck),
        (status = 412, description = "The check has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn confirm_vetting_check(
    State(app): State<App>,
    who: Can<may::DecideVetting>,
    At(id): At<VettingCheckId>,
    Valid(body): Valid<VettingReason>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| service::decide(tx, id, VettingCheckAction::Confirm, body.reason).await).await
}
