//! Findings over HTTP: to be read, dismissed and reopened; and what becomes of one whose account was merged.

use super::HygieneFindingId;
use super::events::{HygieneFindingDismissed, HygieneFindingOpened, HygieneFindingResolved};
use super::store::{self, Filter, FindingRow};
use super::types::{HygieneFinding, HygieneFindingDismiss, HygieneFindingStatus, HygieneKind};
use crate::error;
use access::{Can, Field, may};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::Duration;
use kernel::id::PartnerId;
use kernel::idempotency::Answer;
use kernel::log::Envelope;
use kernel::problem::ProblemDocument;
use kernel::{App, At, Page, PageQuery, Params, Problem, Tx, Valid};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

/// Findings that one merge resolves at most; what is beyond is left to the next audit.
const MOST_MERGED: u64 = 200;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_hygiene_findings))
        .routes(routes!(get_hygiene_finding))
        .routes(routes!(dismiss_hygiene_finding))
        .routes(routes!(reopen_hygiene_finding))
}

/// Which findings to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct HygieneFindingQuery {
    /// Only findings of this kind.
    #[param(inline)]
    pub kind: Option<HygieneKind>,
    /// Only findings that stand so.
    #[param(inline)]
    pub status: Option<HygieneFindingStatus>,
    /// Only findings about this partner.
    pub partner_id: Option<PartnerId>,
    /// Only findings about the account, deal, opportunity or partner of this id of ours.
    #[param(max_length = 100)]
    pub subject_id: Option<String>,
    /// Rows on the page, 1 to 200; 25 if absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// The id of something that findings are about, whatever kind it is of.
fn subject(text: &str) -> Result<Uuid, Problem> {
    let read = ["acc", "deal", "opp", "ptn"].iter().find_map(|prefix| kernel::id::read(prefix, text).ok());
    read.ok_or_else(|| Problem::invalid("subject_id", "id", "Send the id of an account, a deal, an opportunity or a partner."))
}

/// List findings, newest first: all that audits came upon, or those that stand so.
#[utoipa::path(get, path = "/hygiene/findings", operation_id = "list_hygiene_findings", tag = "hygiene", params(HygieneFindingQuery),
    security(("bearer" = ["hygiene:read"])),
    responses((status = 200, description = "A page of findings.", body = Page<HygieneFinding>)))]
async fn list_hygiene_findings(
    State(app): State<App>,
    who: Can<may::ReadHygiene>,
    Params(query): Params<HygieneFindingQuery>,
) -> Result<Json<Page<HygieneFinding>>, Problem> {
    const LIST: &str = "hygiene_findings";
    let page = PageQuery { limit: query.limit, cursor: query.cursor };
    let (limit, before) = (page.limit()?, page.after::<Uuid>(LIST)?);
    let subject = query.subject_id.as_deref().map(subject).transpose()?;
    let filter = Filter { kind: query.kind, status: query.status, partner: query.partner_id, subject };
    let sight = (who.scope, Field::Rivals.shown_to(&who));
    let rows = store::list(&app.db().read_of(who.scope.vendor()).await?, sight, &filter, before, limit + 1).await?;
    let page = Page::of(LIST, rows, limit, |row| row.id);
    Ok(Json(page.try_map(|row| row.show(who.grants))?))
}

/// Read a finding.
#[utoipa::path(get, path = "/hygiene/findings/{id}", operation_id = "get_hygiene_finding", tag = "hygiene",
    params(("id" = HygieneFindingId, Path, description = "The finding.")), security(("bearer" = ["hygiene:read"])),
    responses((status = 200, description = "The finding.", body = HygieneFinding)))]
async fn get_hygiene_finding(State(app): State<App>, who: Can<may::ReadHygiene>, At(id): At<HygieneFindingId>) -> Result<Response, Problem> {
    let db = app.db().read_of(who.scope.vendor()).await?;
    let row = store::find(&db, who.scope, Field::Rivals.shown_to(&who), id).await?.ok_or_else(Problem::not_found)?;
    Ok(Answer::of(StatusCode::OK, &row.show(who.grants)?).into_response(false))
}

/// Say that a finding does not matter, and why.
///
/// Audits leave it alone until `for_days` are over or, without that, until the facts are others: a name or number of one of two duplicates, say.
#[utoipa::path(post, path = "/hygiene/findings/{id}/dismiss", operation_id = "dismiss_hygiene_finding", tag = "hygiene",
    params(("id" = HygieneFindingId, Path, description = "The finding."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the finding must still have; 412 if it has another.")),
    request_body = HygieneFindingDismiss,
    security(("bearer" = ["hygiene:manage"])),
    responses(
        (status = 200, description = "The finding as it now is.", body = HygieneFinding),
        (status = 412, description = "The finding has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn dismiss_hygiene_finding(
    State(app): State<App>,
    who: Can<may::ManageHygiene>,
    At(id): At<HygieneFindingId>,
    Valid(body): Valid<HygieneFindingDismiss>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| dismiss(tx, id, body).await).await
}

/// Take back that a finding does not matter.
#[utoipa::path(post, path = "/hygiene/findings/{id}/reopen", operation_id = "reopen_hygiene_finding", tag = "hygiene",
    params(("id" = HygieneFindingId, Path, description = "The finding."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the finding must still have; 412 if it has another.")),
    security(("bearer" = ["hygiene:manage"])),
    responses(
        (status = 200, description = "The finding as it now is.", body = HygieneFinding),
        (status = 412, description = "The finding has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn reopen_hygiene_finding(State(app): State<App>, who: Can<may::ManageHygiene>, At(id): At<HygieneFindingId>) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| reopen(tx, id).await).await
}

/// The finding, held, if it stands so; 409 otherwise.
async fn held(tx: &Tx, id: HygieneFindingId, status: HygieneFindingStatus) -> Result<FindingRow, Problem> {
    let row = store::hold(tx, Field::Rivals.shown_to(tx.actor()), id).await?.ok_or_else(Problem::not_found)?;
    if tx.actor().request.if_match.is_some() {
        tx.actor().require_match(row.revision)?;
    }
    if row.status() != status {
        return Err(Problem::new(error::HYGIENE_FINDING_STATUS).detail(format!("The finding is {}.", row.status)));
    }
    Ok(row)
}

async fn dismiss(tx: &mut Tx, id: HygieneFindingId, body: HygieneFindingDismiss) -> Result<HygieneFinding, Problem> {
    let mut row = held(tx, id, HygieneFindingStatus::Open).await?;
    let (by, now) = (tx.actor().reference(), tx.now());
    row.stand(HygieneFindingStatus::Dismissed, now);
    row.dismissed_at = Some(now);
    row.dismissed_until = body.for_days.map(|days| now + Duration::days(days));
    (row.dismissed_by_kind, row.dismissed_by_id) = (Some(by.kind), Some(by.id));
    row.dismiss_reason = Some(body.reason);
    store::update(tx, &row).await?;
    tx.emit(HygieneFindingDismissed::of(row.show(u64::MAX)?));
    row.show(tx.actor().grants)
}

async fn reopen(tx: &mut Tx, id: HygieneFindingId) -> Result<HygieneFinding, Problem> {
    let mut row = held(tx, id, HygieneFindingStatus::Dismissed).await?;
    row.stand(HygieneFindingStatus::Open, tx.now());
    store::update(tx, &row).await?;
    tx.emit(HygieneFindingOpened::of(row.show(u64::MAX)?));
    row.show(tx.actor().grants)
}

/// What an event of a merge says of the account that went.
#[derive(Deserialize)]
struct Told {
    merged: ToldAccount,
}

#[derive(Deserialize)]
struct ToldAccount {
    id: crm::AccountId,
}

/// An account was merged into another: it is nobody's duplicate any more, whatever the next audit finds of the other.
pub(super) async fn merged(tx: &mut Tx, event: &Envelope) -> Result<(), Problem> {
    let told: Told = serde_json::from_str(event.data.get()).map_err(Problem::internal)?;
    for row in store::hold_standing(tx, HygieneKind::DuplicateAccounts, told.merged.id.0, MOST_MERGED).await? {
        resolve(tx, row).await?;
    }
    Ok(())
}

/// A finding is so no longer.
pub(super) async fn resolve(tx: &mut Tx, mut row: FindingRow) -> Result<(), Problem> {
    row.stand(HygieneFindingStatus::Resolved, tx.now());
    store::update(tx, &row).await?;
    tx.emit(HygieneFindingResolved::of(row.show(u64::MAX)?));
    Ok(())
}
