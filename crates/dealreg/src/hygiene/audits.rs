//! Audits over HTTP, and their beginning.

use super::events::HygieneAuditStarted;
use super::store::{self, AuditRow};
use super::types::{Accepted, HygieneAudit, HygieneAuditOrigin, HygieneTally};
use super::work::Phase;
use super::{HygieneAuditId, settings};
use access::{Can, may};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use kernel::idempotency::Answer;
use kernel::{App, At, Page, PageQuery, Params, Problem, Tx};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(start_hygiene_audit, list_hygiene_audits)).routes(routes!(get_hygiene_audit))
}

/// The audit that is being carried out, if one is.
pub(super) async fn running(tx: &Tx) -> Result<Option<AuditRow>, Problem> {
    Ok(store::running(tx, tx.scope()).await?)
}

/// Begin an audit, unless one is being carried out; says which is, then.
pub(super) async fn begin(tx: &mut Tx, origin: HygieneAuditOrigin) -> Result<AuditRow, Problem> {
    let settings = settings::find(tx, tx.scope(), tx.now()).await?.settings;
    let tallies: Vec<_> = settings.kinds.iter().map(|kind| HygieneTally { kind: *kind, examined: 0, opened: 0, resolved: 0, open: None }).collect();
    let row = AuditRow {
        vendor_id: tx.vendor().0,
        id: HygieneAuditId::fresh().0,
        origin: if origin == HygieneAuditOrigin::Nightly { "nightly" } else { "requested" }.to_owned(),
        status: "running".to_owned(),
        phase: Phase::first(&settings).wire().to_owned(),
        after_id: Uuid::nil(),
        steps: 0,
        lease_until: None,
        settings: store::text(&settings),
        summary: store::text(&tallies),
        revision: 1,
        created_at: tx.now(),
        updated_at: tx.now(),
        completed_at: None,
    };
    if store::insert_audit(tx, &row).await? {
        tx.emit(HygieneAuditStarted { audit: row.show()? });
        return Ok(row);
    }
    running(tx).await?.ok_or_else(|| Problem::new(kernel::problem::kinds::UNAVAILABLE))
}

/// Carry out an audit now.
///
/// The answer tells where to follow it. If one is being carried out already, the answer is that one.
#[utoipa::path(post, path = "/hygiene/audits", operation_id = "start_hygiene_audit", tag = "hygiene",
    security(("bearer" = ["hygiene:manage"])),
    responses((status = 202, description = "The audit, which is carried out from now on.", body = HygieneAudit)))]
async fn start_hygiene_audit(State(app): State<App>, who: Can<may::ManageHygiene>) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::ACCEPTED, async |tx| {
        let row = match running(tx).await? {
            Some(row) => row,
            None => begin(tx, HygieneAuditOrigin::Requested).await?,
        };
        Ok::<_, Problem>(Accepted(row.show()?))
    })
    .await
}

/// List audits, newest first.
#[utoipa::path(get, path = "/hygiene/audits", operation_id = "list_hygiene_audits", tag = "hygiene", params(PageQuery),
    security(("bearer" = ["hygiene:read"])),
    responses((status = 200, description = "A page of audits.", body = Page<HygieneAudit>)))]
async fn list_hygiene_audits(
    State(app): State<App>,
    who: Can<may::ReadHygiene>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<HygieneAudit>>, Problem> {
    const LIST: &str = "hygiene_audits";
    let (limit, before) = (page.limit()?, page.after::<Uuid>(LIST)?);
    let rows = store::audit_list(&app.db().read_of(who.scope.vendor()).await?, who.scope, before, limit + 1).await?;
    let page = Page::of(LIST, rows, limit, |row| row.id);
    Ok(Json(page.try_map(|row| row.show())?))
}

/// Read an audit: how far it has come, and what it found.
#[utoipa::path(get, path = "/hygiene/audits/{id}", operation_id = "get_hygiene_audit", tag = "hygiene",
    params(("id" = HygieneAuditId, Path, description = "The audit.")), security(("bearer" = ["hygiene:read"])),
    responses((status = 200, description = "The audit.", body = HygieneAudit)))]
async fn get_hygiene_audit(State(app): State<App>, who: Can<may::ReadHygiene>, At(id): At<HygieneAuditId>) -> Result<Response, Problem> {
    let row = store::audit(&app.db().read_of(who.scope.vendor()).await?, who.scope, id).await?.ok_or_else(Problem::not_found)?;
    Ok(Answer::of(StatusCode::OK, &row.show()?).into_response(false))
}
