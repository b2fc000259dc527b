//! The operations on partners.

use crate::life::rules::PartnerStatus;
use crate::resource::{Partner, PartnerCreate, PartnerPatch};
use crate::rules::PartnerType;
use crate::{service, store};
use access::{Can, may};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Utc};
use kernel::id::{PartnerId, PersonId};
use kernel::idempotency::Answer;
use kernel::{App, At, Page, Params, Problem, Valid};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Every route of this crate under `/v1`.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(create_partner, list_partners))
        .routes(routes!(get_partner, update_partner))
        .merge(crate::life::http::router())
        .merge(crate::offboarding::http::router())
        .merge(crate::contacts::http::router())
        .merge(crate::contracts::http::router())
        .merge(crate::documents::http::router())
        .merge(crate::notes::http::router())
        .merge(crate::esg::http::router())
}

/// Add a partner.
///
/// It may begin as a prospect, in onboarding, or active.
#[utoipa::path(post, path = "/partners", operation_id = "create_partner", tag = "partners", request_body = PartnerCreate,
    security(("bearer" = ["partners:manage"])),
    responses((status = 201, description = "The new partner.", body = Partner)))]
async fn create_partner(State(app): State<App>, who: Can<may::ManagePartners>, Valid(body): Valid<PartnerCreate>) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::CREATED, async |tx| service::create(tx, body).await).await
}

/// The order of the list.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
pub enum PartnerSort {
    /// Newest first.
    #[default]
    #[serde(rename = "-created_at")]
    Newest,
    /// By name, without regard to case and accents.
    #[serde(rename = "name")]
    Name,
    /// What was changed longest ago first: for keeping a copy current.
    #[serde(rename = "updated_at")]
    Updated,
}

/// Filters of the list; all that are sent must hold.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PartnerQuery {
    /// A part of the name, without regard to case and accents.
    #[param(max_length = 300)]
    pub q: Option<String>,
    /// Only partners of this type.
    #[serde(rename = "type")]
    pub kind: Option<PartnerType>,
    /// Only partners of this tier.
    #[param(max_length = 50)]
    pub tier: Option<String>,
    /// Only partners of this region.
    #[param(max_length = 100)]
    pub region: Option<String>,
    /// Only partners based in this country.
    #[param(min_length = 2, max_length = 2)]
    pub country: Option<String>,
    /// Only partners of this status.
    pub status: Option<PartnerStatus>,
    /// Only partners that this person is in charge of.
    pub manager_id: Option<PersonId>,
    /// Only partners that are directly part of this one.
    pub parent_id: Option<PartnerId>,
    /// Only partners that this distributor supplies.
    pub distributor_id: Option<PartnerId>,
    /// Only partners that work in this language, letter for letter.
    #[param(max_length = 35)]
    pub language: Option<String>,
    /// Only partners with this e-mail domain.
    #[param(max_length = 253)]
    pub email_domain: Option<String>,
    /// Only partners that are good at this, letter for letter.
    #[param(max_length = 100)]
    pub specialisation: Option<String>,
    /// Only partners changed at or after this time.
    pub updated_since: Option<DateTime<Utc>>,
    /// The order; newest first if absent.
    #[param(inline)]
    pub sort: Option<PartnerSort>,
    /// Rows on the page, 1 to 200; 25 if absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// List and search partners.
///
/// A partner's own people find their own organisation only.
#[utoipa::path(get, path = "/partners", operation_id = "list_partners", tag = "partners", params(PartnerQuery),
    security(("bearer" = ["partners:read"])),
    responses((status = 200, description = "A page of partners.", body = Page<Partner>)))]
async fn list_partners(
    State(app): State<App>,
    who: Can<may::ReadPartners>,
    Params(query): Params<PartnerQuery>,
) -> Result<Json<Page<Partner>>, Problem> {
    let page = store::list(&app.db().read_of(who.scope.vendor()).await?, who.scope, query).await?;
    Ok(Json(page.map(|row| Partner::seen_by(&who, &row))))
}

/// Read a partner.
#[utoipa::path(get, path = "/partners/{id}", operation_id = "get_partner", tag = "partners",
    params(("id" = PartnerId, Path, description = "The partner.")), security(("bearer" = ["partners:read"])),
    responses((status = 200, description = "The partner.", body = Partner)))]
async fn get_partner(State(app): State<App>, who: Can<may::ReadPartners>, At(id): At<PartnerId>) -> Result<Response, Problem> {
    let row = store::find(&app.db().read_of(who.scope.vendor()).await?, who.scope, id).await?.ok_or_else(Problem::not_found)?;
    Ok(Answer::of(StatusCode::OK, &Partner::seen_by(&who, &row)).into_response(false))
}

/// Change a partner.
///
/// A JSON merge patch: what is absent stays, null clears, custom fields are merged member by member.
#[utoipa::path(patch, path = "/partners/{id}", operation_id = "update_partner", tag = "partners",
    params(("id" = PartnerId, Path, description = "The partner.")), request_body = PartnerPatch, security(("bearer" = ["partners:manage"])),
    responses((status = 200, description = "The partner as it now is.", body = Partner)))]
async fn update_partner(
    State(app): State<App>,
    who: Can<may::ManagePartners>,
    At(id): At<PartnerId>,
    Valid(body): Valid<PartnerPatch>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| service::update(tx, id, body).await).await
}
