//! Disputes over HTTP.

use super::DisputeId;
use super::rules::Stage;
use super::service::{self, Case};
use super::sight::Sight;
use super::store::{self, Filter};
use super::types::{
    Dispute, DisputeAssign, DisputeDecide, DisputeDisclose, DisputeEffect, DisputeEvidence, DisputeOpen, DisputePartyAdd, DisputeQuestion,
    DisputeReason, DisputeStatement,
};
use crate::DealId;
use access::{Can, may};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Utc};
use kernel::id::PersonId;
use kernel::idempotency::Answer;
use kernel::problem::ProblemDocument;
use kernel::{App, At, Page, PageQuery, Params, Problem, Valid};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

/// Every route of this module under `/v1`.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(open_dispute, list_disputes))
        .routes(routes!(get_dispute))
        .routes(routes!(list_dispute_evidence))
        .routes(routes!(add_dispute_statement))
        .routes(routes!(add_dispute_party))
        .routes(routes!(request_dispute_statement))
        .routes(routes!(begin_dispute_review))
        .routes(routes!(assign_dispute))
        .routes(routes!(disclose_dispute_evidence))
        .routes(routes!(propose_dispute_settlement))
        .routes(routes!(accept_dispute_settlement))
        .routes(routes!(decide_dispute))
        .routes(routes!(appeal_dispute))
        .routes(routes!(withdraw_dispute))
}

/// Open a dispute about who holds a deal's customer.
///
/// A partner opens one about its own deal that was approved, rejected or is in review; the machine finds who else is after the customer and
/// lays the evidence from the log. Protection of the deals stands still until it ends.
#[utoipa::path(post, path = "/disputes", operation_id = "open_dispute", tag = "disputes", request_body = DisputeOpen,
    security(("bearer" = ["disputes:open"])),
    responses((status = 201, description = "The dispute.", body = Dispute)))]
async fn open_dispute(State(app): State<App>, who: Can<may::OpenDisputes>, Valid(body): Valid<DisputeOpen>) -> Result<Response, Problem> {
    // What stands in the way is said in the write: a repeated request first gets its first answer again.
    let found = service::look(&app, &who, &body).await;
    app.reply(&who, StatusCode::CREATED, async |tx| service::open(tx, body, found?).await).await
}

/// Filters of the list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DisputeQuery {
    /// Only disputes in this stage.
    pub stage: Option<Stage>,
    /// Only disputes with this deal as a party's; a partner asks by its own.
    pub deal_id: Option<DealId>,
    /// Only disputes that this person leads; the vendor's callers only.
    pub reviewer_id: Option<PersonId>,
    /// Only disputes that changed at this time or later.
    pub updated_since: Option<DateTime<Utc>>,
    /// Rows on the page, 1 to 200; 25 if absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// List disputes, newest first: a partner's people see those that their partner is a party of.
#[utoipa::path(get, path = "/disputes", operation_id = "list_disputes", tag = "disputes", params(DisputeQuery),
    security(("bearer" = ["deals:read"])),
    responses((status = 200, description = "A page of disputes.", body = Page<Dispute>)))]
async fn list_disputes(
    State(app): State<App>,
    who: Can<may::ReadDeals>,
    Params(query): Params<DisputeQuery>,
) -> Result<Json<Page<Dispute>>, Problem> {
    const LIST: &str = "disputes";
    let page = PageQuery { limit: query.limit, cursor: query.cursor };
    let (limit, before) = (page.limit()?, page.after::<Uuid>(LIST)?);
    // Who leads it is not for partners to know, nor to find out by asking.
    if who.scope.partner().is_some() && query.reviewer_id.is_some() {
        return Err(Problem::invalid("reviewer_id", "not_allowed", "Only the vendor asks by reviewer."));
    }
    let filter = Filter { stage: query.stage, reviewer: query.reviewer_id, deal: query.deal_id, updated_since: query.updated_since };
    let vendor = who.scope.vendor();
    let db = app.db().read_of(vendor).await?;
    let rows = store::list(&db, who.scope, &filter, before, limit + 1).await?;
    let page = Page::of(LIST, rows, limit, |row| row.id);
    let ids: Vec<_> = page.data.iter().map(|row| row.id).collect();
    let parties = store::parties(&db, vendor, &ids).await?;
    let next_cursor = page.next_cursor;
    let cases = page.data.into_iter().map(|row| {
        let parties = parties.iter().filter(|party| party.dispute_id == row.id).cloned().collect();
        Case { row, parties }.show(&who)
    });
    Ok(Json(Page { data: cases.collect::<Result<_, _>>()?, next_cursor }))
}

/// Read a dispute.
///
/// Both sides see the same of the case itself; a partner sees its own side and never who the others are.
#[utoipa::path(get, path = "/disputes/{id}", operation_id = "get_dispute", tag = "disputes",
    params(("id" = DisputeId, Path, description = "The dispute.")), security(("bearer" = ["deals:read"])),
    responses((status = 200, description = "The dispute.", body = Dispute)))]
async fn get_dispute(State(app): State<App>, who: Can<may::ReadDeals>, At(id): At<DisputeId>) -> Result<Response, Problem> {
    let db = app.db().read_of(who.scope.vendor()).await?;
    let row = store::find(&db, who.scope, id).await?.ok_or_else(Problem::not_found)?;
    let case = Case::with_parties(&db, row).await?;
    Ok(Answer::of(StatusCode::OK, &case.show(&who)?).into_response(false))
}

/// Read what was said and found, in the order in which it came in.
///
/// A partner reads its own statements, what the log holds of its own registrations, what it was asked, and what was disclosed to it.
#[utoipa::path(get, path = "/disputes/{id}/evidence", operation_id = "list_dispute_evidence", tag = "disputes",
    params(("id" = DisputeId, Path, description = "The dispute."), PageQuery), security(("bearer" = ["deals:read"])),
    responses((status = 200, description = "A page of evidence.", body = Page<DisputeEvidence>)))]
async fn list_dispute_evidence(
    State(app): State<App>,
    who: Can<may::ReadDeals>,
    At(id): At<DisputeId>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<DisputeEvidence>>, Problem> {
    const LIST: &str = "dispute:evidence";
    let (limit, after) = (page.limit()?, page.after::<Uuid>(LIST)?);
    let db = app.db().read_of(who.scope.vendor()).await?;
    let row = store::find(&db, who.scope, id).await?.ok_or_else(Problem::not_found)?;
    let case = Case::with_parties(&db, row).await?;
    let sight = Sight::of(&case, &who);
    let label = if sight.whole { None } else { Some(sight.own.as_deref().unwrap_or_default()) };
    let rows = store::list_evidence(&db, &case.row, label, after, limit + 1).await?;
    let page = Page::of(LIST, rows, limit, |row| row.id);
    let data = page.data.iter().map(|row| sight.evidence(row)).collect::<Result<_, _>>()?;
    Ok(Json(Page { data, next_cursor: page.next_cursor }))
}

/// Say something, as a party: one's partner, or the vendor's direct sales. The other side does not read it unless it is disclosed.
#[utoipa::path(post, path = "/disputes/{id}/statements", operation_id = "add_dispute_statement", tag = "disputes",
    params(("id" = DisputeId, Path, description = "The dispute."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the dispute must still have; 412 if it has another.")),
    request_body = DisputeStatement, security(("bearer" = ["disputes:open"])),
    responses(
        (status = 201, description = "What was said.", body = DisputeEvidence),
        (status = 412, description = "The dispute has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn add_dispute_statement(
    State(app): State<App>,
    who: Can<may::OpenDisputes>,
    At(id): At<DisputeId>,
    Valid(body): Valid<DisputeStatement>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::CREATED, async |tx| service::add_statement(tx, id, body).await).await
}

/// Bring in another party. Everybody is heard once more.
#[utoipa::path(post, path = "/disputes/{id}/parties", operation_id = "add_dispute_party", tag = "disputes",
    params(("id" = DisputeId, Path, description = "The dispute."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the dispute must still have; 412 if it has another.")),
    request_body = DisputePartyAdd, security(("bearer" = ["disputes:decide"])),
    responses(
        (status = 200, description = "The dispute as it now is.", body = Dispute),
        (status = 412, description = "The dispute has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn add_dispute_party(
    State(app): State<App>,
    who: Can<may::DecideDisputes>,
    At(id): At<DisputeId>,
    Valid(body): Valid<DisputePartyAdd>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| service::add_party(tx, id, body).await).await
}

/// Ask a party something. It is heard again, and the time to decide begins anew after that.
#[utoipa::path(post, path = "/disputes/{id}/request-statement", operation_id = "request_dispute_statement", tag = "disputes",
    params(("id" = DisputeId, Path, description = "The dispute."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the dispute must still have; 412 if it has another.")),
    request_body = DisputeQuestion, security(("bearer" = ["disputes:decide"])),
    responses(
        (status = 200, description = "The dispute as it now is.", body = Dispute),
        (status = 412, description = "The dispute has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn request_dispute_statement(
    State(app): State<App>,
    who: Can<may::DecideDisputes>,
    At(id): At<DisputeId>,
    Valid(body): Valid<DisputeQuestion>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| service::request_statement(tx, id, body).await).await
}

/// Hear nobody any more, once every party was heard.
#[utoipa::path(post, path = "/disputes/{id}/begin-review", operation_id = "begin_dispute_review", tag = "disputes",
    params(("id" = DisputeId, Path, description = "The dispute."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the dispute must still have; 412 if it has another.")),
    security(("bearer" = ["disputes:decide"])),
    responses(
        (status = 200, description = "The dispute as it now is.", body = Dispute),
        (status = 412, description = "The dispute has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn begin_dispute_review(State(app): State<App>, who: Can<may::DecideDisputes>, At(id): At<DisputeId>) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| service::begin_review(tx, id).await).await
}

/// Put another reviewer in charge, with a reason. Who takes a side is refused (`dispute.not_neutral`).
#[utoipa::path(post, path = "/disputes/{id}/assign", operation_id = "assign_dispute", tag = "disputes",
    params(("id" = DisputeId, Path, description = "The dispute."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the dispute must still have; 412 if it has another.")),
    request_body = DisputeAssign, security(("bearer" = ["disputes:decide"])),
    responses(
        (status = 200, description = "The dispute as it now is.", body = Dispute),
        (status = 412, description = "The dispute has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn assign_dispute(
    State(app): State<App>,
    who: Can<may::DecideDisputes>,
    At(id): At<DisputeId>,
    Valid(body): Valid<DisputeAssign>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| service::assign(tx, id, body).await).await
}

/// Show parties a statement or an exhibit of another's. This cannot be taken back.
#[utoipa::path(post, path = "/disputes/{id}/disclose", operation_id = "disclose_dispute_evidence", tag = "disputes",
    params(("id" = DisputeId, Path, description = "The dispute."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the dispute must still have; 412 if it has another.")),
    request_body = DisputeDisclose, security(("bearer" = ["disputes:decide"])),
    responses(
        (status = 200, description = "What they may now read.", body = DisputeEvidence),
        (status = 412, description = "The dispute has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn disclose_dispute_evidence(
    State(app): State<App>,
    who: Can<may::DecideDisputes>,
    At(id): At<DisputeId>,
    Valid(body): Valid<DisputeDisclose>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| service::disclose(tx, id, body).await).await
}

/// Offer the other parties an end.
#[utoipa::path(post, path = "/disputes/{id}/propose-settlement", operation_id = "propose_dispute_settlement", tag = "disputes",
    params(("id" = DisputeId, Path, description = "The dispute."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the dispute must still have; 412 if it has another.")),
    request_body = DisputeEffect, security(("bearer" = ["disputes:open"])),
    responses(
        (status = 200, description = "The dispute as it now is.", body = Dispute),
        (status = 412, description = "The dispute has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn propose_dispute_settlement(
    State(app): State<App>,
    who: Can<may::OpenDisputes>,
    At(id): At<DisputeId>,
    Valid(body): Valid<DisputeEffect>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| service::propose(tx, id, body).await).await
}

/// Agree to the end that another party offered. Once every party has, it is settled and takes effect.
#[utoipa::path(post, path = "/disputes/{id}/accept-settlement", operation_id = "accept_dispute_settlement", tag = "disputes",
    params(("id" = DisputeId, Path, description = "The dispute."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the dispute must still have; 412 if it has another.")),
    security(("bearer" = ["disputes:open"])),
    responses(
        (status = 200, description = "The dispute as it now is.", body = Dispute),
        (status = 412, description = "The dispute has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn accept_dispute_settlement(State(app): State<App>, who: Can<may::OpenDisputes>, At(id): At<DisputeId>) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| service::accept(tx, id).await).await
}

/// Decide who holds the customer.
///
/// The deals change in the same write: the protection stands, moves to one party, or is split. Refused with `dispute.not_neutral` if the
/// caller takes a side, and with `deal.protected` if a deal of somebody else holds the customer.
#[utoipa::path(post, path = "/disputes/{id}/decide", operation_id = "decide_dispute", tag = "disputes",
    params(("id" = DisputeId, Path, description = "The dispute."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the dispute must still have; 412 if it has another.")),
    request_body = DisputeDecide, security(("bearer" = ["disputes:decide"])),
    responses(
        (status = 200, description = "The dispute as it now is.", body = Dispute),
        (status = 412, description = "The dispute has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn decide_dispute(
    State(app): State<App>,
    who: Can<may::DecideDisputes>,
    At(id): At<DisputeId>,
    Valid(body): Valid<DisputeDecide>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| service::decide(tx, id, body).await).await
}

/// Have another reviewer consider the decision, once, within the rules' time.
#[utoipa::path(post, path = "/disputes/{id}/appeal", operation_id = "appeal_dispute", tag = "disputes",
    params(("id" = DisputeId, Path, description = "The dispute."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the dispute must still have; 412 if it has another.")),
    request_body = DisputeReason, security(("bearer" = ["disputes:open"])),
    responses(
        (status = 200, description = "The dispute as it now is.", body = Dispute),
        (status = 412, description = "The dispute has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn appeal_dispute(
    State(app): State<App>,
    who: Can<may::OpenDisputes>,
    At(id): At<DisputeId>,
    Valid(body): Valid<DisputeReason>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| service::appeal(tx, id, body).await).await
}

/// Take back a dispute that one has opened.
#[utoipa::path(post, path = "/disputes/{id}/withdraw", operation_id = "withdraw_dispute", tag = "disputes",
    params(("id" = DisputeId, Path, description = "The dispute."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the dispute must still have; 412 if it has another.")),
    security(("bearer" = ["disputes:open"])),
    responses(
        (status = 200, description = "The dispute as it now is.", body = Dispute),
        (status = 412, description = "The dispute has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn withdraw_dispute(State(app): State<App>, who: Can<may::OpenDisputes>, At(id): At<DisputeId>) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| service::withdraw(tx, id).await).await
}
