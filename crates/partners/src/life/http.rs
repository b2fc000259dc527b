//! The moves of a partner's life over HTTP, and its history.

use super::history::{self, ChangeRow};
use super::rules::{PartnerAction, PartnerStatus};
use super::service;
use crate::resource::{Partner, PartnerSuspend};
use crate::store;
use access::{Can, Field, may};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Utc};
use kernel::actor::ActorRef;
use kernel::body::OptionalValid;
use kernel::id::PartnerId;
use kernel::text::not_blank;
use kernel::{Actor, App, At, Page, PageQuery, Params, Problem, Valid};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use validator::Validate;

pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(apply_partner))
        .routes(routes!(refuse_partner))
        .routes(routes!(onboard_partner))
        .routes(routes!(activate_partner))
        .routes(routes!(deactivate_partner))
        .routes(routes!(end_partner))
        .routes(routes!(suspend_partner))
        .routes(routes!(reinstate_partner))
        .routes(routes!(list_partner_status_history))
}

/// A move onwards.
#[derive(Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "Their first deal is in."}))]
pub struct PartnerMove {
    /// Why, for the vendor's own people.
    #[validate(length(min = 1, max = 500), custom(function = not_blank))]
    #[schema(min_length = 1, max_length = 500, pattern = r"\S")]
    pub reason: Option<String>,
}

/// A move back or out, which says why.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "No sale in two years."}))]
pub struct PartnerMoveBack {
    /// Why, for the vendor's own people.
    #[validate(length(min = 1, max = 500), custom(function = not_blank))]
    #[schema(min_length = 1, max_length = 500, pattern = r"\S")]
    pub reason: String,
}

async fn moved(app: &App, who: &Actor, id: PartnerId, action: PartnerAction, reason: Option<String>) -> Result<Response, Problem> {
    app.reply(who, StatusCode::OK, async |tx| {
        let row = service::take(tx, id, action, reason).await?;
        Ok::<_, Problem>(Partner::seen_by(tx.actor(), &row))
    })
    .await
}

/// Record that a prospect has applied.
#[utoipa::path(post, path = "/partners/{id}/apply", operation_id = "apply_partner", tag = "partners",
    params(("id" = PartnerId, Path, description = "The partner.")), request_body(content = Option<PartnerMove>, description = "Why."),
    security(("bearer" = ["partners:manage"])),
    responses((status = 200, description = "The partner as it now is.", body = Partner)))]
async fn apply_partner(
    State(app): State<App>,
    who: Can<may::ManagePartners>,
    At(id): At<PartnerId>,
    OptionalValid(body): OptionalValid<PartnerMove>,
) -> Result<Response, Problem> {
    moved(&app, &who, id, PartnerAction::Apply, body.reason).await
}

/// Turn an applicant down: it is a prospect again.
#[utoipa::path(post, path = "/partners/{id}/refuse", operation_id = "refuse_partner", tag = "partners",
    params(("id" = PartnerId, Path, description = "The partner.")), request_body = PartnerMoveBack,
    security(("bearer" = ["partners:manage"])),
    responses((status = 200, description = "The partner as it now is.", body = Partner)))]
async fn refuse_partner(
    State(app): State<App>,
    who: Can<may::ManagePartners>,
    At(id): At<PartnerId>,
    Valid(body): Valid<PartnerMoveBack>,
) -> Result<Response, Problem> {
    moved(&app, &who, id, PartnerAction::Refuse, Some(body.reason)).await
}

/// Accept a partner and set it on its way.
#[utoipa::path(post, path = "/partners/{id}/onboard", operation_id = "onboard_partner", tag = "partners",
    params(("id" = PartnerId, Path, description = "The partner.")), request_body(content = Option<PartnerMove>, description = "Why."),
    security(("bearer" = ["partners:manage"])),
    responses((status = 200, description = "The partner as it now is.", body = Partner)))]
async fn onboard_partner(
    State(app): State<App>,
    who: Can<may::ManagePartners>,
    At(id): At<PartnerId>,
    OptionalValid(body): OptionalValid<PartnerMove>,
) -> Result<Response, Problem> {
    moved(&app, &who, id, PartnerAction::Onboard, body.reason).await
}

/// Let a partner work with the vendor: from now on it registers deals and is offered leads.
#[utoipa::path(post, path = "/partners/{id}/activate", operation_id = "activate_partner", tag = "partners",
    params(("id" = PartnerId, Path, description = "The partner.")), request_body(content = Option<PartnerMove>, description = "Why."),
    security(("bearer" = ["partners:manage"])),
    responses((status = 200, description = "The partner as it now is.", body = Partner)))]
async fn activate_partner(
    State(app): State<App>,
    who: Can<may::ManagePartners>,
    At(id): At<PartnerId>,
    OptionalValid(body): OptionalValid<PartnerMove>,
) -> Result<Response, Problem> {
    moved(&app, &who, id, PartnerAction::Activate, body.reason).await
}

/// Let a partner rest: it keeps its access and what it has, and gets nothing new.
#[utoipa::path(post, path = "/partners/{id}/deactivate", operation_id = "deactivate_partner", tag = "partners",
    params(("id" = PartnerId, Path, description = "The partner.")), request_body = PartnerMoveBack,
    security(("bearer" = ["partners:manage"])),
    responses((status = 200, description = "The partner as it now is.", body = Partner)))]
async fn deactivate_partner(
    State(app): State<App>,
    who: Can<may::ManagePartners>,
    At(id): At<PartnerId>,
    Valid(body): Valid<PartnerMoveBack>,
) -> Result<Response, Problem> {
    moved(&app, &who, id, PartnerAction::Deactivate, Some(body.reason)).await
}

/// End a prospect or applicant that never became a partner.
///
/// Whoever may have something to hand over is offboarded instead.
#[utoipa::path(post, path = "/partners/{id}/end", operation_id = "end_partner", tag = "partners",
    params(("id" = PartnerId, Path, description = "The partner.")), request_body = PartnerMoveBack,
    security(("bearer" = ["partners:manage"])),
    responses((status = 200, description = "The partner as it now is.", body = Partner)))]
async fn end_partner(
    State(app): State<App>,
    who: Can<may::ManagePartners>,
    At(id): At<PartnerId>,
    Valid(body): Valid<PartnerMoveBack>,
) -> Result<Response, Problem> {
    moved(&app, &who, id, PartnerAction::End, Some(body.reason)).await
}

/// Suspend a partner.
///
/// Its people are shut out at once, and their tokens stop working. Its deals stay as they are.
#[utoipa::path(post, path = "/partners/{id}/suspend", operation_id = "suspend_partner", tag = "partners",
    params(("id" = PartnerId, Path, description = "The partner.")), request_body = PartnerSuspend,
    security(("bearer" = ["partners:manage"])),
    responses((status = 200, description = "The suspended partner.", body = Partner)))]
async fn suspend_partner(
    State(app): State<App>,
    who: Can<may::ManagePartners>,
    At(id): At<PartnerId>,
    Valid(body): Valid<PartnerSuspend>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| service::suspend(tx, id, body.reason).await).await
}

/// Reinstate a suspended partner.
///
/// It returns to the status that it had before, and its people may come in again.
#[utoipa::path(post, path = "/partners/{id}/reinstate", operation_id = "reinstate_partner", tag = "partners",
    params(("id" = PartnerId, Path, description = "The partner.")),
    security(("bearer" = ["partners:manage"])),
    responses((status = 200, description = "The partner as it now is.", body = Partner)))]
async fn reinstate_partner(State(app): State<App>, who: Can<may::ManagePartners>, At(id): At<PartnerId>) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| service::reinstate(tx, id).await).await
}

/// One step of a partner's life.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"from": "onboarding", "to": "active", "action": "activate", "reason": "Their first deal is in.",
    "actor": {"type": "person", "id": "per_01jd3k7x2mfq8t9v5w6y0zabcd"}, "at": "2026-11-20T12:00:00Z"}))]
pub struct PartnerStatusChange {
    /// Where it stood before; absent for where it began.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub from: Option<PartnerStatus>,
    /// Where it came to. More statuses may come.
    pub to: PartnerStatus,
    /// The action that moved it; `create` where it began, `set` if its status was set by hand. More may come.
    pub action: String,
    /// Why; for the vendor's own people only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub reason: Option<String>,
    /// Who did it; for the vendor's own people only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub actor: Option<ActorRef>,
    /// When.
    pub at: DateTime<Utc>,
}

impl PartnerStatusChange {
    fn seen_by(who: &Actor, row: ChangeRow) -> Self {
        let actor = Field::VendorsActors.shown_to(who).then(|| row.actor());
        let reason = row.reason.filter(|_| Field::InternalReasons.shown_to(who));
        Self { from: row.from_status, to: row.to_status, action: row.action, reason, actor, at: row.at }
    }
}

/// Read where a partner has stood, newest step first.
#[utoipa::path(get, path = "/partners/{id}/status-history", operation_id = "list_partner_status_history", tag = "partners",
    params(("id" = PartnerId, Path, description = "The partner."), PageQuery), security(("bearer" = ["partners:read"])),
    responses((status = 200, description = "A page of steps.", body = Page<PartnerStatusChange>)))]
async fn list_partner_status_history(
    State(app): State<App>,
    who: Can<may::ReadPartners>,
    At(id): At<PartnerId>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<PartnerStatusChange>>, Problem> {
    const LIST: &str = "partner:status_history";
    let (limit, before) = (page.limit()?, page.after::<Uuid>(LIST)?);
    let db = app.db().read_of(who.scope.vendor()).await?;
    store::find(&db, who.scope, id).await?.ok_or_else(Problem::not_found)?;
    let rows = history::list(&db, who.scope, id, before, limit + 1).await?;
    Ok(Json(Page::of(LIST, rows, limit, |row| row.id).map(|row| PartnerStatusChange::seen_by(&who, row))))
}
