//! Offboarding over HTTP.

use super::types::{PartnerOffboard, PartnerOffboarding, PartnerOffboardingPreview};
use super::{policy, service, store};
use crate::life::http::PartnerMove;
use access::{Can, may};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use kernel::body::OptionalValid;
use kernel::id::PartnerId;
use kernel::{App, At, Problem, Valid};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(offboard_partner))
        .routes(routes!(preview_partner_offboarding))
        .routes(routes!(undo_partner_offboarding))
        .routes(routes!(get_partner_offboarding))
        .merge(policy::router())
}

/// Part from a partner, on a day or at once.
///
/// Until the day it is `offboarding` and can be taken back. Then it is `ended`: its people are out at that instant, and what it has is handed over,
/// part by part; `GET …/offboarding` tells how far that has come.
#[utoipa::path(post, path = "/partners/{id}/offboard", operation_id = "offboard_partner", tag = "partners",
    params(("id" = PartnerId, Path, description = "The partner.")), request_body = PartnerOffboard,
    security(("bearer" = ["partners:manage"])),
    responses((status = 200, description = "The offboarding.", body = PartnerOffboarding)))]
async fn offboard_partner(
    State(app): State<App>,
    who: Can<may::ManagePartners>,
    At(id): At<PartnerId>,
    Valid(body): Valid<PartnerOffboard>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| service::offboard(tx, id, body).await).await
}

/// Ask what an offboarding would do; changes nothing.
#[utoipa::path(post, path = "/partners/{id}/offboard-preview", operation_id = "preview_partner_offboarding", tag = "partners",
    params(("id" = PartnerId, Path, description = "The partner.")), request_body = PartnerOffboard,
    security(("bearer" = ["partners:manage"])),
    responses((status = 200, description = "What would be handed over, and what is open.", body = PartnerOffboardingPreview)))]
async fn preview_partner_offboarding(
    State(app): State<App>,
    who: Can<may::ManagePartners>,
    At(id): At<PartnerId>,
    Valid(body): Valid<PartnerOffboard>,
) -> Result<Json<PartnerOffboardingPreview>, Problem> {
    Ok(Json(app.rehearse(&who, async |tx| service::preview(tx, id, body).await).await?))
}

/// Take an offboarding back, until its day.
#[utoipa::path(post, path = "/partners/{id}/undo-offboarding", operation_id = "undo_partner_offboarding", tag = "partners",
    params(("id" = PartnerId, Path, description = "The partner.")), request_body(content = Option<PartnerMove>, description = "Why."),
    security(("bearer" = ["partners:manage"])),
    responses((status = 200, description = "The offboarding as it now is.", body = PartnerOffboarding)))]
async fn undo_partner_offboarding(
    State(app): State<App>,
    who: Can<may::ManagePartners>,
    At(id): At<PartnerId>,
    OptionalValid(body): OptionalValid<PartnerMove>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| service::undo(tx, id, body.reason).await).await
}

/// Read the latest offboarding of a partner, and how far it has come.
#[utoipa::path(get, path = "/partners/{id}/offboarding", operation_id = "get_partner_offboarding", tag = "partners",
    params(("id" = PartnerId, Path, description = "The partner.")), security(("bearer" = ["partners:read"])),
    responses((status = 200, description = "The offboarding.", body = PartnerOffboarding)))]
async fn get_partner_offboarding(
    State(app): State<App>,
    who: Can<may::ReadPartners>,
    At(id): At<PartnerId>,
) -> Result<Json<PartnerOffboarding>, Problem> {
    let db = app.db().read_of(who.scope.vendor()).await?;
    let row = store::latest(&db, who.scope, id).await?.ok_or_else(Problem::not_found)?;
    Ok(Json(PartnerOffboarding::seen_by(&who, &row)))
}
