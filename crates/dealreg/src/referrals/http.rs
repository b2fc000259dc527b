//! Referrals over HTTP.

use super::rules::ReferralStatus;
use super::store::{self, Filter};
use super::types::{Referral, ReferralAccept, ReferralAdvance, ReferralClose, ReferralNote, ReferralReason, ReferralReward, ReferralSubmit};
use super::{ReferralId, service};
use crate::leads::capture::resembling;
use access::{Can, may};
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

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(submit_referral, list_referrals))
        .routes(routes!(get_referral))
        .routes(routes!(accept_referral))
        .routes(routes!(reject_referral))
        .routes(routes!(advance_referral))
        .routes(routes!(close_referral))
        .routes(routes!(undo_referral))
        .routes(routes!(withdraw_referral))
        .routes(routes!(list_referral_rewards))
}

/// Hand in a prospect.
///
/// It is compared with what is there at once: one that was referred before, or that a partner holds under protection, is answered as
/// `rejected`, with the `reason`.
#[utoipa::path(post, path = "/referrals", operation_id = "submit_referral", tag = "referrals", request_body = ReferralSubmit,
    security(("bearer" = ["referrals:make"])),
    responses((status = 201, description = "The referral.", body = Referral)))]
async fn submit_referral(State(app): State<App>, who: Can<may::MakeReferrals>, Valid(body): Valid<ReferralSubmit>) -> Result<Response, Problem> {
    let alike = resembling(&app, who.scope.vendor(), &body.company).await;
    app.reply(&who, StatusCode::CREATED, async |tx| service::submit(tx, body, alike?).await).await
}

/// Filters of the list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ReferralQuery {
    /// Only referrals in this status.
    pub status: Option<ReferralStatus>,
    /// Only referrals of this partner.
    pub partner_id: Option<PartnerId>,
    /// Rows on the page, 1 to 200; 25 if absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// List referrals, newest first.
#[utoipa::path(get, path = "/referrals", operation_id = "list_referrals", tag = "referrals", params(ReferralQuery),
    security(("bearer" = ["referrals:read"])),
    responses((status = 200, description = "A page of referrals.", body = Page<Referral>)))]
async fn list_referrals(
    State(app): State<App>,
    who: Can<may::ReadReferrals>,
    Params(query): Params<ReferralQuery>,
) -> Result<Json<Page<Referral>>, Problem> {
    const LIST: &str = "referrals";
    let page = PageQuery { limit: query.limit, cursor: query.cursor };
    let (limit, before) = (page.limit()?, page.after::<Uuid>(LIST)?);
    let filter = Filter { status: query.status, partner: query.partner_id };
    let rows = store::list(&app.db().read_of(who.scope.vendor()).await?, who.scope, &filter, before, limit + 1).await?;
    let page = Page::of(LIST, rows, limit, |row| row.id);
    Ok(Json(page.try_map(|row| row.seen_by(&who))?))
}

/// Read a referral.
#[utoipa::path(get, path = "/referrals/{id}", operation_id = "get_referral", tag = "referrals",
    params(("id" = ReferralId, Path, description = "The referral.")), security(("bearer" = ["referrals:read"])),
    responses((status = 200, description = "The referral.", body = Referral)))]
async fn get_referral(State(app): State<App>, who: Can<may::ReadReferrals>, At(id): At<ReferralId>) -> Result<Response, Problem> {
    let db = app.db().read_of(who.scope.vendor()).await?;
    let row = store::find(&db, who.scope, id).await?.ok_or_else(Problem::not_found)?;
    Ok(Answer::of(StatusCode::OK, &row.seen_by(&who)?).into_response(false))
}

/// Filters of the list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ReferralRewardQuery {
    /// Only of this referral.
    pub referral_id: Option<ReferralId>,
    /// Only of this partner.
    pub partner_id: Option<PartnerId>,
    /// Rows on the page, 1 to 200; 25 if absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// List what referrals earned, newest record first. A record is never changed: what was undone has a record against it.
#[utoipa::path(get, path = "/referral-rewards", operation_id = "list_referral_rewards", tag = "referrals", params(ReferralRewardQuery),
    security(("bearer" = ["referrals:read"])),
    responses((status = 200, description = "A page of records.", body = Page<ReferralReward>)))]
async fn list_referral_rewards(
    State(app): State<App>,
    who: Can<may::ReadReferrals>,
    Params(query): Params<ReferralRewardQuery>,
) -> Result<Json<Page<ReferralReward>>, Problem> {
    const LIST: &str = "referral_rewards";
    let page = PageQuery { limit: query.limit, cursor: query.cursor };
    let (limit, before) = (page.limit()?, page.after::<Uuid>(LIST)?);
    let db = app.db().read_of(who.scope.vendor()).await?;
    let rows = store::rewards(&db, who.scope, (query.referral_id, query.partner_id), before, limit + 1).await?;
    let page = Page::of(LIST, rows, limit, |row| row.id);
    Ok(Json(page.try_map(|row| row.shown())?))
}

/// Take a referral up.
#[utoipa::path(post, path = "/referrals/{id}/accept", operation_id = "accept_referral", tag = "referrals",
    params(("id" = ReferralId, Path, description = "The referral."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the referral must still have; 412 if it has another.")),
    request_body(content = Option<ReferralAccept>, description = "Why."),
    security(("bearer" = ["referrals:decide"])),
    responses(
        (status = 200, description = "The referral as it now is.", body = Referral),
        (status = 412, description = "The referral has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn accept_referral(
    State(app): State<App>,
    who: Can<may::DecideReferrals>,
    At(id): At<ReferralId>,
    OptionalValid(body): OptionalValid<ReferralAccept>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| service::accept(tx, id, body).await).await
}

/// Turn a referral down.
#[utoipa::path(post, path = "/referrals/{id}/reject", operation_id = "reject_referral", tag = "referrals",
    params(("id" = ReferralId, Path, description = "The referral."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the referral must still have; 412 if it has another.")),
    request_body = ReferralReason,
    security(("bearer" = ["referrals:decide"])),
    responses(
        (status = 200, description = "The referral as it now is.", body = Referral),
        (status = 412, description = "The referral has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn reject_referral(
    State(app): State<App>,
    who: Can<may::DecideReferrals>,
    At(id): At<ReferralId>,
    Valid(body): Valid<ReferralReason>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| service::reject(tx, id, body.reason).await).await
}

/// Tell how far a referral has come.
#[utoipa::path(post, path = "/referrals/{id}/advance", operation_id = "advance_referral", tag = "referrals",
    params(("id" = ReferralId, Path, description = "The referral."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the referral must still have; 412 if it has another.")),
    request_body = ReferralAdvance,
    security(("bearer" = ["referrals:decide"])),
    responses(
        (status = 200, description = "The referral as it now is.", body = Referral),
        (status = 412, description = "The referral has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn advance_referral(
    State(app): State<App>,
    who: Can<may::DecideReferrals>,
    At(id): At<ReferralId>,
    Valid(body): Valid<ReferralAdvance>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| service::advance(tx, id, body).await).await
}

/// Record that the sale of a referral was made or lost. What it earns by the rules in force is recorded as due.
#[utoipa::path(post, path = "/referrals/{id}/close", operation_id = "close_referral", tag = "referrals",
    params(("id" = ReferralId, Path, description = "The referral."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the referral must still have; 412 if it has another.")),
    request_body = ReferralClose,
    security(("bearer" = ["referrals:decide"])),
    responses(
        (status = 200, description = "The referral as it now is.", body = Referral),
        (status = 412, description = "The referral has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn close_referral(
    State(app): State<App>,
    who: Can<may::DecideReferrals>,
    At(id): At<ReferralId>,
    Valid(body): Valid<ReferralClose>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| service::close(tx, id, body).await).await
}

/// Record that the sale of a referral was undone: what was due gets a record against it.
#[utoipa::path(post, path = "/referrals/{id}/undo", operation_id = "undo_referral", tag = "referrals",
    params(("id" = ReferralId, Path, description = "The referral."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the referral must still have; 412 if it has another.")),
    request_body = ReferralReason,
    security(("bearer" = ["referrals:decide"])),
    responses(
        (status = 200, description = "The referral as it now is.", body = Referral),
        (status = 412, description = "The referral has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn undo_referral(
    State(app): State<App>,
    who: Can<may::DecideReferrals>,
    At(id): At<ReferralId>,
    Valid(body): Valid<ReferralReason>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| service::undo(tx, id, body.reason).await).await
}

/// Take a referral back.
#[utoipa::path(post, path = "/referrals/{id}/withdraw", operation_id = "withdraw_referral", tag = "referrals",
    params(("id" = ReferralId, Path, description = "The referral."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the referral must still have; 412 if it has another.")),
    request_body(content = Option<ReferralNote>, description = "Why."),
    security(("bearer" = ["referrals:make"])),
    responses(
        (status = 200, description = "The referral as it now is.", body = Referral),
        (status = 412, description = "The referral has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn withdraw_referral(
    State(app): State<App>,
    who: Can<may::MakeReferrals>,
    At(id): At<ReferralId>,
    OptionalValid(body): OptionalValid<ReferralNote>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| service::withdraw(tx, id, body.reason).await).await
}
