//! Accounts over HTTP.

use super::store::{self, Filter, Order};
use super::upsert;
use super::{Account, AccountPut};
use crate::error;
use crate::upsert::{Change, Mode, Outcome, Put, Row};
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

/// Every route of accounts.
pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(get, put))
}

/// How to order a list of accounts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
pub enum AccountSort {
    /// Longest unchanged first: follow it to mirror every change.
    #[serde(rename = "updated_at")]
    Updated,
    /// Latest change first.
    #[default]
    #[serde(rename = "-updated_at")]
    UpdatedDescending,
    /// By name, whatever its case and accents.
    #[serde(rename = "name")]
    Name,
}

/// Which accounts to list, and how.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct AccountQuery {
    /// Part of the name, whatever its case and accents.
    #[param(max_length = 300)]
    q: Option<String>,
    /// Web site or domain: finds every account of the same registrable domain.
    #[param(max_length = 300)]
    domain: Option<String>,
    /// ISO 3166-1 alpha-2.
    country: Option<String>,
    /// Subsidiaries of the account with this `external_id`.
    parent_external_id: Option<String>,
    /// Accounts that were merged into the one with this `external_id`; without it, those are not listed.
    #[param(max_length = 200)]
    merged_into: Option<String>,
    /// Changed at or after this time.
    updated_since: Option<DateTime<Utc>>,
    /// `updated_at`, `-updated_at` (if absent) or `name`.
    #[param(inline)]
    sort: Option<AccountSort>,
    /// Rows on the page, 1 to 200; 25 if absent.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// List accounts.
#[utoipa::path(get, path = "/accounts", operation_id = "list_accounts", tag = "accounts", params(AccountQuery),
    security(("bearer" = ["crm:read"])),
    responses((status = 200, description = "A page of accounts.", body = Page<Account>)))]
async fn list(State(app): State<App>, who: Can<may::ReadCrm>, Params(query): Params<AccountQuery>) -> Result<Json<Page<Account>>, Problem> {
    let paging = PageQuery { limit: query.limit, cursor: query.cursor };
    let limit = paging.limit()?;
    let sort = query.sort.unwrap_or_default();
    let (name, order) = match sort {
        AccountSort::Updated => ("accounts:updated_at", Order::Updated(paging.after("accounts:updated_at")?)),
        AccountSort::UpdatedDescending => ("accounts:-updated_at", Order::UpdatedDescending(paging.after("accounts:-updated_at")?)),
        AccountSort::Name => ("accounts:name", Order::Name(paging.after("accounts:name")?)),
    };
    let db = app.db().read_of(who.scope.vendor()).await?;
    let survivor = match &query.merged_into {
        Some(external_id) => Some(store::by_external_id(&db, who.scope, external_id).await?),
        None => None,
    };
    let Some(survivor) = survivor.map_or(Some(None), |found| found.map(Some)) else {
        return Ok(Json(Page { data: Vec::new(), next_cursor: None }));
    };
    let filter = Filter {
        merged_into: survivor.as_ref().map(|row| row.id),
        q: query.q,
        domain: query.domain,
        country: query.country,
        parent_external_id: query.parent_external_id,
        updated_since: query.updated_since,
    };
    let rows = store::list(&db, who.scope, filter, order, limit + 1).await?;
    let page = match sort {
        AccountSort::Name => Page::of(name, rows, limit, |row| (row.sort_name.clone(), row.id)),
        _ => Page::of(name, rows, limit, |row| (row.updated_at, row.id)),
    };
    Ok(Json(page.map(|row| match &survivor {
        Some(survivor) => Account::from(row).merged_into(&survivor.external_id),
        None => Account::from(row),
    })))
}

/// Read an account.
///
/// If it was merged into another, the answer is that one, with `redirected_from`.
#[utoipa::path(get, path = "/accounts/{external_id}", operation_id = "get_account", tag = "accounts",
    params(("external_id" = String, Path, description = "The CRM's id of the account, percent-encoded.", max_length = 200)),
    security(("bearer" = ["crm:read"])),
    responses((status = 200, description = "The account.", body = Account)))]
async fn get(State(app): State<App>, who: Can<may::ReadCrm>, At(external_id): At<String>) -> Result<Response, Problem> {
    let row = store::by_external_id(&app.db().read_of(who.scope.vendor()).await?, who.scope, &external_id).await?;
    let account = row.map(|row| Account::from(row).asked_as(&external_id)).ok_or_else(Problem::not_found)?;
    Ok(Answer::of(StatusCode::OK, &account).into_response(false))
}

/// Create or replace an account.
///
/// The account is afterwards exactly what was sent. If it was so already, nothing changes and no event is published.
/// `If-Match` is honoured but not required: without it, the last writer wins.
///
/// An account that was merged into another does not come back: what changed of it since it was last sent is changed in that one, which is the answer,
/// with `redirected_from`. Sending what it was already changes nothing.
#[utoipa::path(put, path = "/accounts/{external_id}", operation_id = "put_account", tag = "accounts", request_body = AccountPut,
    params(("external_id" = String, Path, description = "The CRM's id of the account, percent-encoded.", max_length = 200),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the account must still have; 412 if it has another.")),
    security(("bearer" = ["crm:write"])),
    responses(
        (status = 200, description = "The account, changed or as it was already.", body = Account),
        (status = 201, description = "The new account.", body = Account),
        (status = 412, description = "The account has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn put(
    State(app): State<App>,
    who: Can<may::WriteCrm>,
    At(external_id): At<String>,
    Valid(body): Valid<AccountPut>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| replace(tx, external_id, body).await).await
}

async fn replace(tx: &mut Tx, external_id: String, body: AccountPut) -> Result<Put<Account>, Problem> {
    if tx.actor().request.if_match.is_some() {
        let held = upsert::hold(tx, &[external_id.as_str()]).await?;
        let asked = held.iter().find(|row| row.external_id == external_id).ok_or_else(|| Problem::new(kinds::STALE))?;
        let survivor = held.iter().find(|row| Some(row.id) == asked.merged_into).unwrap_or(asked);
        tx.actor().require_match(survivor.revision)?;
    }
    let rows = || vec![Row { external_id: external_id.clone(), change: Change::Replace(body.clone()) }];
    let outcomes = match upsert::apply(tx, rows(), Mode::Write).await {
        // Another write has just created it: now it is there to be changed.
        Err(problem) if problem.kind == error::RACE => upsert::apply(tx, rows(), Mode::Write).await?,
        done => done?,
    };
    let shown = |outcome: Outcome<_>| outcome.map(|row| Account::from(row).asked_as(&external_id));
    Put::of(outcomes.into_iter().map(shown).collect())
}
