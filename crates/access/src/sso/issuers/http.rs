//! The operations on trusted issuers, and their events.

use super::store;
use super::types::{TrustedIssuer, TrustedIssuerCreate, TrustedIssuerPatch};
use super::{TrustedIssuerId, service};
use crate::{Can, may};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use kernel::idempotency::Answer;
use kernel::log::EventKind;
use kernel::problem::kinds;
use kernel::{Actor, App, At, Event, Page, PageQuery, Params, Problem, Subject, Valid};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

macro_rules! issuer_event {
    ($(#[$doc:meta])* $name:ident, $kind:literal) => {
        $(#[$doc])*
        #[derive(Serialize, ToSchema)]
        pub struct $name {
            /// The issuer as it now is, or was.
            pub trusted_issuer: TrustedIssuer,
        }
        impl Event for $name {
            const TYPE: &'static str = $kind;
            fn subject(&self) -> Subject {
                Subject::new("trusted_issuer", self.trusted_issuer.id, self.trusted_issuer.revision)
            }
        }
    };
}

issuer_event!(
    /// An issuer was trusted.
    TrustedIssuerCreatedEvent, "trusted_issuer.created");
issuer_event!(
    /// A trusted issuer was changed.
    TrustedIssuerUpdatedEvent, "trusted_issuer.updated");
issuer_event!(
    /// A trusted issuer was deleted.
    TrustedIssuerDeletedEvent, "trusted_issuer.deleted");

pub(crate) fn event_kinds() -> Vec<EventKind> {
    vec![
        EventKind::of::<TrustedIssuerCreatedEvent>("An issuer was trusted."),
        EventKind::of::<TrustedIssuerUpdatedEvent>("A trusted issuer was changed."),
        EventKind::of::<TrustedIssuerDeletedEvent>("A trusted issuer was deleted."),
    ]
}

pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(create_trusted_issuer, list_trusted_issuers)).routes(routes!(
        get_trusted_issuer,
        update_trusted_issuer,
        delete_trusted_issuer
    ))
}

/// 403 for a partner's people: an issuer speaks for everybody of the vendor.
fn of_vendor(who: &Actor) -> Result<(), Problem> {
    if who.scope.partner().is_none() { Ok(()) } else { Err(Problem::new(kinds::FORBIDDEN).detail("Only the vendor trusts issuers.")) }
}

/// Trust an issuer: its tokens then call this API as they are, or are exchanged for ours (RFC 8693).
#[utoipa::path(post, path = "/trusted-issuers", operation_id = "create_trusted_issuer", tag = "access", request_body = TrustedIssuerCreate,
    security(("bearer" = ["access:manage"])),
    responses((status = 201, description = "The trusted issuer.", body = TrustedIssuer)))]
async fn create_trusted_issuer(
    State(app): State<App>,
    who: Can<may::ManageAccess>,
    Valid(body): Valid<TrustedIssuerCreate>,
) -> Result<Response, Problem> {
    of_vendor(&who)?;
    app.reply(&who, StatusCode::CREATED, async |tx| service::create(tx, body).await).await
}

/// List trusted issuers, newest first.
#[utoipa::path(get, path = "/trusted-issuers", operation_id = "list_trusted_issuers", tag = "access", params(PageQuery),
    security(("bearer" = ["access:manage"])),
    responses((status = 200, description = "A page of trusted issuers.", body = Page<TrustedIssuer>)))]
async fn list_trusted_issuers(
    State(app): State<App>,
    who: Can<may::ManageAccess>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<TrustedIssuer>>, Problem> {
    of_vendor(&who)?;
    let rows = store::list(&app.db().read_of(who.scope.vendor()).await?, who.scope.vendor(), page).await?;
    let data = rows.data.into_iter().map(TrustedIssuer::try_from).collect::<Result<_, _>>()?;
    Ok(Json(Page { data, next_cursor: rows.next_cursor }))
}

/// Read a trusted issuer.
#[utoipa::path(get, path = "/trusted-issuers/{id}", operation_id = "get_trusted_issuer", tag = "access",
    params(("id" = TrustedIssuerId, Path, description = "The trusted issuer.")), security(("bearer" = ["access:manage"])),
    responses((status = 200, description = "The trusted issuer.", body = TrustedIssuer)))]
async fn get_trusted_issuer(State(app): State<App>, who: Can<may::ManageAccess>, At(id): At<TrustedIssuerId>) -> Result<Response, Problem> {
    of_vendor(&who)?;
    let row = store::find(&app.db().read_of(who.scope.vendor()).await?, who.scope.vendor(), id).await?.ok_or_else(Problem::not_found)?;
    Ok(Answer::of(StatusCode::OK, &TrustedIssuer::try_from(row)?).into_response(false))
}

/// Change a trusted issuer.
#[utoipa::path(patch, path = "/trusted-issuers/{id}", operation_id = "update_trusted_issuer", tag = "access",
    params(("id" = TrustedIssuerId, Path, description = "The trusted issuer.")), request_body = TrustedIssuerPatch,
    security(("bearer" = ["access:manage"])),
    responses((status = 200, description = "The trusted issuer as it now is.", body = TrustedIssuer)))]
async fn update_trusted_issuer(
    State(app): State<App>,
    who: Can<may::ManageAccess>,
    At(id): At<TrustedIssuerId>,
    Valid(body): Valid<TrustedIssuerPatch>,
) -> Result<Response, Problem> {
    of_vendor(&who)?;
    app.reply(&who, StatusCode::OK, async |tx| service::update(tx, id, body).await).await
}

/// Trust an issuer no more: its tokens stop working at once; those that were exchanged end within minutes.
#[utoipa::path(delete, path = "/trusted-issuers/{id}", operation_id = "delete_trusted_issuer", tag = "access",
    params(("id" = TrustedIssuerId, Path, description = "The trusted issuer.")), security(("bearer" = ["access:manage"])),
    responses((status = 204, description = "It is gone.")))]
async fn delete_trusted_issuer(State(app): State<App>, who: Can<may::ManageAccess>, At(id): At<TrustedIssuerId>) -> Result<Response, Problem> {
    of_vendor(&who)?;
    app.reply(&who, StatusCode::NO_CONTENT, async |tx| service::delete(tx, id).await).await
}
