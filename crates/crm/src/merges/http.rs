//! Merges over HTTP.

use super::store::{self, Filter};
use super::types::{AccountMerge, AccountMergePreview, AccountMergeRequest, AccountMergeStatus};
use super::{AccountMergeId, service};
use access::{Can, may};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use kernel::idempotency::Answer;
use kernel::problem::ProblemDocument;
use kernel::{App, At, Page, PageQuery, Params, Problem, Valid};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

/// Every route of merges.
pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(preview_account_merge))
        .routes(routes!(merge_account))
        .routes(routes!(list_account_merges))
        .routes(routes!(get_account_merge))
        .routes(routes!(undo_account_merge))
}

/// Say what merging an account into another would do.
///
/// Nothing is changed. `obstacles` tells what has to be settled first.
#[utoipa::path(post, path = "/accounts/{external_id}/merge-preview", operation_id = "preview_account_merge", tag = "accounts",
    request_body = AccountMergeRequest,
    params(("external_id" = String, Path, description = "The CRM's id of the account that would go, percent-encoded.", max_length = 200)),
    security(("bearer" = ["crm:write"])),
    responses((status = 200, description = "What would become of the two.", body = AccountMergePreview)))]
async fn preview_account_merge(
    State(app): State<App>,
    who: Can<may::WriteCrm>,
    At(external_id): At<String>,
    Valid(body): Valid<AccountMergeRequest>,
) -> Result<Response, Problem> {
    let preview = app.rehearse(&who, async |tx| service::preview(tx, &external_id, body).await).await?;
    Ok(Answer::of(StatusCode::OK, &preview).into_response(false))
}

/// Merge an account into another.
///
/// All that belongs to it goes to the other, in one write: opportunities, subsidiaries, deals, named accounts. It stays as a redirect: who asks for it
/// gets the other, and what the CRM changes of it is changed there. Who mirrors accounts follows `account.merged`; every opportunity and subsidiary that
/// moved has its `opportunity.updated` or `account.updated` as well. If the two are one already, the answer is 200 and the merge that made them so.
#[utoipa::path(post, path = "/accounts/{external_id}/merge", operation_id = "merge_account", tag = "accounts", request_body = AccountMergeRequest,
    params(("external_id" = String, Path, description = "The CRM's id of the account that goes, percent-encoded.", max_length = 200)),
    security(("bearer" = ["crm:write"])),
    responses(
        (status = 201, description = "The merge.", body = AccountMerge),
        (status = 200, description = "The merge that made them one before.", body = AccountMerge),
        (status = 409, description = "Something has to be settled first: `errors` says what.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn merge_account(
    State(app): State<App>,
    who: Can<may::WriteCrm>,
    At(external_id): At<String>,
    Valid(body): Valid<AccountMergeRequest>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::CREATED, async |tx| service::merge(tx, &external_id, body).await).await
}

/// Which merges to list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct AccountMergeQuery {
    /// How they stand.
    #[param(inline)]
    status: Option<AccountMergeStatus>,
    /// Those in which the account with this `external_id` went or survived.
    #[param(max_length = 200)]
    external_id: Option<String>,
    /// Rows on the page, 1 to 200; 25 if absent.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// List merges of accounts, newest first.
#[utoipa::path(get, path = "/account-merges", operation_id = "list_account_merges", tag = "accounts", params(AccountMergeQuery),
    security(("bearer" = ["crm:read"])),
    responses((status = 200, description = "A page of merges.", body = Page<AccountMerge>)))]
async fn list_account_merges(
    State(app): State<App>,
    who: Can<may::ReadCrm>,
    Params(query): Params<AccountMergeQuery>,
) -> Result<Json<Page<AccountMerge>>, Problem> {
    const LIST: &str = "account_merges";
    let page = PageQuery { limit: query.limit, cursor: query.cursor };
    let (limit, before) = (page.limit()?, page.after::<Uuid>(LIST)?);
    let filter = Filter { status: query.status, external_id: query.external_id };
    let rows = store::list(&app.db().read_of(who.scope.vendor()).await?, who.scope, filter, before, limit + 1).await?;
    let (page, now) = (Page::of(LIST, rows, limit, |row| row.id), app.clock().now());
    Ok(Json(page.try_map(|row| row.show(who.grants, now))?))
}

/// Read a merge of accounts.
#[utoipa::path(get, path = "/account-merges/{id}", operation_id = "get_account_merge", tag = "accounts",
    params(("id" = AccountMergeId, Path, description = "The merge.")), security(("bearer" = ["crm:read"])),
    responses((status = 200, description = "The merge.", body = AccountMerge)))]
async fn get_account_merge(State(app): State<App>, who: Can<may::ReadCrm>, At(id): At<AccountMergeId>) -> Result<Response, Problem> {
    let row = store::find(&app.db().read_of(who.scope.vendor()).await?, who.scope, id).await?.ok_or_else(Problem::not_found)?;
    Ok(Answer::of(StatusCode::OK, &row.show(who.grants, app.clock().now())?).into_response(false))
}

/// Undo a merge of accounts, within 30 days.
///
/// The account that went is there again, as the CRM last sent it. What the merge moved and is still where it was put goes back to it, and fields of
/// the survivor are again what they were; what was changed since stays as it is and is told in `stayed`. If the survivor was merged itself since, that
/// merge has to be undone first.
#[utoipa::path(post, path = "/account-merges/{id}/undo", operation_id = "undo_account_merge", tag = "accounts",
    params(("id" = AccountMergeId, Path, description = "The merge."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the merge must still have; 412 if it has another.")),
    security(("bearer" = ["crm:write"])),
    responses(
        (status = 200, description = "The merge, undone.", body = AccountMerge),
        (status = 409, description = "It is too late, or the survivor was merged itself since.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 412, description = "The merge has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn undo_account_merge(State(app): State<App>, who: Can<may::WriteCrm>, At(id): At<AccountMergeId>) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| service::undo(tx, id).await).await
}
