//! Opportunities over HTTP.

use super::store::{self, Filter};
use super::{DEAL, Opportunity, OpportunityPut, OpportunityStatus, upsert};
use crate::accounts;
use crate::error;
use crate::upsert::{Change, Mode, Put, Row};
use access::{Can, may};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Utc};
use kernel::idempotency::Answer;
use kernel::problem::{ProblemDocument, kinds};
use kernel::{App, At, Page, PageQuery, Params, Problem, Tx, Valid};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Every route of opportunities.
pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(get, put))
}

/// How to order a list of opportunities.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
pub enum OpportunitySort {
    /// Longest unchanged first: follow it to mirror every change.
    #[serde(rename = "updated_at")]
    Updated,
    /// Latest change first.
    #[default]
    #[serde(rename = "-updated_at")]
    UpdatedDescending,
}

/// Which opportunities to list, and how.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct OpportunityQuery {
    /// How they stand.
    #[param(inline)]
    status: Option<OpportunityStatus>,
    /// `external_id` of their account.
    account_external_id: Option<String>,
    /// The deal registration that they came from.
    deal_id: Option<String>,
    /// Their stage, exactly as the CRM has it.
    stage: Option<String>,
    /// Changed at or after this time.
    updated_since: Option<DateTime<Utc>>,
    /// `updated_at` or `-updated_at` (if absent).
    #[param(inline)]
    sort: Option<OpportunitySort>,
    /// Rows on the page, 1 to 200; 25 if absent.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// List opportunities.
#[utoipa::path(get, path = "/opportunities", operation_id = "list_opportunities", tag = "opportunities", params(OpportunityQuery),
    security(("bearer" = ["crm:read"])),
    responses((status = 200, description = "A page of opportunities.", body = Page<Opportunity>)))]
async fn list(State(app): State<App>, who: Can<may::ReadCrm>, Params(query): Params<OpportunityQuery>) -> Result<Json<Page<Opportunity>>, Problem> {
    let paging = PageQuery { limit: query.limit, cursor: query.cursor };
    let limit = paging.limit()?;
    let descending = query.sort.unwrap_or_default() == OpportunitySort::UpdatedDescending;
    let name = if descending { "opportunities:-updated_at" } else { "opportunities:updated_at" };
    let deal_id = query.deal_id.as_deref().map(|id| kernel::id::read(DEAL, id)).transpose();
    let db = app.db().read_of(who.scope.vendor()).await?;
    let account = match &query.account_external_id {
        // Those of an account that was merged are the survivor's.
        Some(external_id) => accounts::store::by_external_id(&db, who.scope, external_id).await?.map(|row| row.external_id),
        None => None,
    };
    let filter = Filter {
        status: query.status,
        account_external_id: account.or(query.account_external_id),
        deal_id: deal_id.map_err(|cause| Problem::invalid("deal_id", "id", format!("{cause}.")))?,
        stage: query.stage,
        updated_since: query.updated_since,
    };
    let rows = store::list(&db, who.scope, filter, descending, paging.after(name)?, limit + 1).await?;
    Ok(Json(Page::of(name, rows, limit, |row| (row.updated_at, row.id)).map(Opportunity::from)))
}

/// Read an opportunity.
#[utoipa::path(get, path = "/opportunities/{external_id}", operation_id = "get_opportunity", tag = "opportunities",
    params(("external_id" = String, Path, description = "The CRM's id of the opportunity, percent-encoded.", max_length = 200)),
    security(("bearer" = ["crm:read"])),
    responses((status = 200, description = "The opportunity.", body = Opportunity)))]
async fn get(State(app): State<App>, who: Can<may::ReadCrm>, At(external_id): At<String>) -> Result<Response, Problem> {
    let row = store::by_external_id(&app.db().read_of(who.scope.vendor()).await?, who.scope, &external_id).await?;
    let opportunity = row.map(Opportunity::from).ok_or_else(Problem::not_found)?;
    Ok(Answer::of(StatusCode::OK, &opportunity).into_response(false))
}

/// Create or replace an opportunity.
///
/// The opportunity is afterwards exactly what was sent. If it was so already, nothing changes and no event is
/// published. With a `deal_id`, the deal registration follows its stage and amount from here on.
/// `If-Match` is honoured but not required: without it, the last writer wins.
#[utoipa::path(put, path = "/opportunities/{external_id}", operation_id = "put_opportunity", tag = "opportunities", request_body = OpportunityPut,
    params(("external_id" = String, Path, description = "The CRM's id of the opportunity, percent-encoded.", max_length = 200),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the opportunity must still have; 412 if it has another.")),
    security(("bearer" = ["crm:write"])),
    responses(
        (status = 200, description = "The opportunity, changed or as it was already.", body = Opportunity),
        (status = 201, description = "The new opportunity.", body = Opportunity),
        (status = 412, description = "The opportunity has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn put(
    State(app): State<App>,
    who: Can<may::WriteCrm>,
    At(external_id): At<String>,
    Valid(body): Valid<OpportunityPut>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| replace(tx, external_id, body).await).await
}

async fn replace(tx: &mut Tx, external_id: String, body: OpportunityPut) -> Result<Put<Opportunity>, Problem> {
    if tx.actor().request.if_match.is_some() {
        let held = store::hold(tx, &[external_id.as_str()]).await?;
        let held = held.first().ok_or_else(|| Problem::new(kinds::STALE))?;
        tx.actor().require_match(held.revision)?;
    }
    let rows = || vec![Row { external_id: external_id.clone(), change: Change::Replace(body.clone()) }];
    match upsert::apply(tx, rows(), Mode::Write).await {
        // Another write has just created it: now it is there to be changed.
        Err(problem) if problem.kind == error::RACE => Put::of(upsert::apply(tx, rows(), Mode::Write).await?),
        done => Put::of(done?),
    }
}
