//! Asking for help, and reading, listing and changing what was asked.

use super::super::rules::CosellStatus;
use super::super::store::{self, Filter};
use super::super::types::{CosellAsk, CosellContribution, CosellHelps, CosellRequest, CosellRequestPatch};
use super::super::{CosellRequestId, service};
use crate::DealId;
use crate::service::engagement::in_force;
use crate::store::deals;
use access::{Can, may};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Utc};
use kernel::actor::Caller;
use kernel::id::{PartnerId, PersonId};
use kernel::idempotency::Answer;
use kernel::problem::ProblemDocument;
use kernel::{Actor, App, At, Page, PageQuery, Params, Problem, Scope, Valid};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_cosell_helps))
        .routes(routes!(request_cosell))
        .routes(routes!(list_cosell_requests))
        .routes(routes!(get_cosell_request, update_cosell_request))
        .routes(routes!(list_deal_contributions))
}

/// Read which helps can be asked for now.
#[utoipa::path(get, path = "/cosell-helps", operation_id = "list_cosell_helps", tag = "co-sell", security(("bearer" = ["deals:read"])),
    responses((status = 200, description = "The catalogue in force.", body = CosellHelps)))]
async fn list_cosell_helps(State(app): State<App>, who: Can<may::ReadDeals>) -> Result<Json<CosellHelps>, Problem> {
    let rules = in_force(&app, Scope::vendor_wide(who.scope.vendor()), app.clock().now()).await?;
    let terms = &rules.engagement.cosell;
    Ok(Json(CosellHelps {
        rules_version: rules.version,
        data: terms.helps.clone(),
        answer_hours: terms.answer_hours,
        urgent_answer_hours: terms.urgent_answer_hours.or(terms.answer_hours),
    }))
}

/// Ask for help with a deal that is in review or approved; a deal has one open request at most.
///
/// It is answered at once where a rule says so (`answer`), and whoever the rules name is brought in. Registering a deal takes the same as `cosell`.
#[utoipa::path(post, path = "/deals/{id}/request-cosell", operation_id = "request_cosell", tag = "co-sell",
    params(("id" = DealId, Path, description = "The deal."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the deal must still have; 412 if it has another.")),
    request_body = CosellAsk, security(("bearer" = ["cosell:work"])),
    responses(
        (status = 201, description = "The request.", body = CosellRequest),
        (status = 412, description = "The deal has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn request_cosell(
    State(app): State<App>,
    who: Can<may::WorkCosell>,
    At(id): At<DealId>,
    Valid(body): Valid<CosellAsk>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::CREATED, async |tx| service::ask(tx, id, body).await).await
}

/// Somebody who takes part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CosellPerson(Option<PersonId>);

impl<'de> Deserialize<'de> for CosellPerson {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        match String::deserialize(from)?.as_str() {
            "me" => Ok(Self(None)),
            id => id.parse().map(|person| Self(Some(person))).map_err(serde::de::Error::custom),
        }
    }
}

impl CosellPerson {
    /// Who is meant; 422 if a caller that is no person says `me`.
    pub(super) fn meant(self, who: &Actor, parameter: &str) -> Result<PersonId, Problem> {
        match (self.0, &who.caller) {
            (Some(person), _) => Ok(person),
            (None, Caller::Person(me)) => Ok(*me),
            (None, _) => Err(Problem::invalid(parameter, "not_a_person", "Only a person is `me`; name one.")),
        }
    }
}

/// Filters of the list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CosellRequestQuery {
    /// Only requests in this status.
    pub status: Option<CosellStatus>,
    /// Only those that are open, or only those that are not.
    pub open: Option<bool>,
    /// Only requests of this partner.
    pub partner_id: Option<PartnerId>,
    /// Only requests with this deal.
    pub deal_id: Option<DealId>,
    /// Only those in which this person takes part: an id, or `me`.
    #[param(value_type = Option<String>, pattern = "^(me|per_[0-9a-hjkmnp-tv-z]{26})$")]
    pub participant: Option<CosellPerson>,
    /// Only requests changed at this time or later.
    pub updated_since: Option<DateTime<Utc>>,
    /// Rows on the page, 1 to 200; 25 if absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// List co-sell requests, newest first.
#[utoipa::path(get, path = "/cosell-requests", operation_id = "list_cosell_requests", tag = "co-sell", params(CosellRequestQuery),
    security(("bearer" = ["deals:read"])),
    responses((status = 200, description = "A page of requests.", body = Page<CosellRequest>)))]
async fn list_cosell_requests(
    State(app): State<App>,
    who: Can<may::ReadDeals>,
    Params(query): Params<CosellRequestQuery>,
) -> Result<Json<Page<CosellRequest>>, Problem> {
    const LIST: &str = "cosell_requests";
    let page = PageQuery { limit: query.limit, cursor: query.cursor };
    let (limit, before) = (page.limit()?, page.after::<Uuid>(LIST)?);
    let filter = Filter {
        status: query.status,
        open: query.open,
        partner: query.partner_id,
        deal: query.deal_id,
        participant: query.participant.map(|one| one.meant(&who, "participant")).transpose()?,
        updated_since: query.updated_since,
    };
    let db = app.db().read_of(who.scope.vendor()).await?;
    let rows = store::list(&db, who.scope, &filter, before, limit + 1).await?;
    let Page { data, next_cursor } = Page::of(LIST, rows, limit, |row| row.id);
    let cases = store::cases(&db, data).await?;
    let names = store::names(&db, who.scope.vendor().0, &cases).await?;
    let data = cases.iter().map(|case| case.seen_by(&who, &names)).collect::<Result<_, _>>()?;
    Ok(Json(Page { data, next_cursor }))
}

/// Read a co-sell request: who takes part, what it waits for, and in the end who contributed what.
#[utoipa::path(get, path = "/cosell-requests/{id}", operation_id = "get_cosell_request", tag = "co-sell",
    params(("id" = CosellRequestId, Path, description = "The request.")), security(("bearer" = ["deals:read"])),
    responses((status = 200, description = "The request.", body = CosellRequest)))]
async fn get_cosell_request(State(app): State<App>, who: Can<may::ReadDeals>, At(id): At<CosellRequestId>) -> Result<Response, Problem> {
    let db = app.db().read_of(who.scope.vendor()).await?;
    let row = store::find(&db, who.scope, id).await?.ok_or_else(Problem::not_found)?;
    let case = store::case(&db, row).await?;
    Ok(Answer::of(StatusCode::OK, &case.show(&db, &who).await?).into_response(false))
}

/// Change what is asked, while it is not closing. Whether the vendor may contact the customer is the partner's to say.
#[utoipa::path(patch, path = "/cosell-requests/{id}", operation_id = "update_cosell_request", tag = "co-sell",
    params(("id" = CosellRequestId, Path, description = "The request.")), request_body = CosellRequestPatch,
    security(("bearer" = ["cosell:work"])),
    responses((status = 200, description = "The request as it now is.", body = CosellRequest)))]
async fn update_cosell_request(
    State(app): State<App>,
    who: Can<may::WorkCosell>,
    At(id): At<CosellRequestId>,
    Valid(body): Valid<CosellRequestPatch>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| service::patch(tx, id, body).await).await
}

/// List who contributed what to a deal, as it was settled. A record is never changed.
#[utoipa::path(get, path = "/deals/{id}/contributions", operation_id = "list_deal_contributions", tag = "co-sell",
    params(("id" = DealId, Path, description = "The deal."), PageQuery), security(("bearer" = ["deals:read"])),
    responses((status = 200, description = "A page of records, oldest first.", body = Page<CosellContribution>)))]
async fn list_deal_contributions(
    State(app): State<App>,
    who: Can<may::ReadDeals>,
    At(id): At<DealId>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<CosellContribution>>, Problem> {
    const LIST: &str = "deal:contributions";
    let (limit, after) = (page.limit()?, page.after::<Uuid>(LIST)?);
    let db = app.db().read_of(who.scope.vendor()).await?;
    deals::find(&db, who.scope, id).await?.ok_or_else(Problem::not_found)?;
    let rows = store::contributions_of(&db, who.scope, id, after, limit + 1).await?;
    let Page { data, next_cursor } = Page::of(LIST, rows, limit, |row| row.id);
    let data = data.iter().map(store::ContributionRow::shown).collect::<Result<_, _>>()?;
    Ok(Json(Page { data, next_cursor }))
}
