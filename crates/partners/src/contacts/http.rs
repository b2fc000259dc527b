//! Contacts over HTTP.

use super::types::{PartnerContact, PartnerContactCreate, PartnerContactPatch, PartnerContactQuery};
use super::{PartnerContactId, service, store};
use crate::store as partners;
use access::{Can, may};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use kernel::id::PartnerId;
use kernel::idempotency::Answer;
use kernel::{App, At, Page, PageQuery, Params, Problem, Valid};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_partner_contacts, create_partner_contact)).routes(routes!(
        get_partner_contact,
        update_partner_contact,
        delete_partner_contact
    ))
}

/// List the contacts at a partner, oldest first.
#[utoipa::path(get, path = "/partners/{id}/contacts", operation_id = "list_partner_contacts", tag = "partners",
    params(("id" = PartnerId, Path, description = "The partner."), PartnerContactQuery), security(("bearer" = ["people:read"])),
    responses((status = 200, description = "A page of contacts.", body = Page<PartnerContact>)))]
async fn list_partner_contacts(
    State(app): State<App>,
    who: Can<may::ReadPeople>,
    At(id): At<PartnerId>,
    Params(query): Params<PartnerContactQuery>,
) -> Result<Json<Page<PartnerContact>>, Problem> {
    const LIST: &str = "partner:contacts";
    let page = PageQuery { limit: query.limit, cursor: query.cursor };
    let (limit, after) = (page.limit()?, page.after::<Uuid>(LIST)?);
    let db = app.db().read_of(who.scope.vendor()).await?;
    partners::find(&db, who.scope, id).await?.ok_or_else(Problem::not_found)?;
    let rows = store::list(&db, who.scope, id, query.function, after, limit + 1).await?;
    let primary = store::primary(&db, who.scope.vendor().0, id.0).await?;
    let of = |row: &store::ContactRow| primary.iter().filter(|(contact, _)| *contact == row.id).map(|(_, function)| *function).collect();
    Ok(Json(Page::of(LIST, rows, limit, |row| row.id).map(|row| PartnerContact::of(&row, of(&row)))))
}

/// Add a contact at a partner: somebody to talk to, who needs no login for that.
#[utoipa::path(post, path = "/partners/{id}/contacts", operation_id = "create_partner_contact", tag = "partners",
    params(("id" = PartnerId, Path, description = "The partner.")), request_body = PartnerContactCreate, security(("bearer" = ["people:manage"])),
    responses((status = 201, description = "The new contact.", body = PartnerContact)))]
async fn create_partner_contact(
    State(app): State<App>,
    who: Can<may::ManagePeople>,
    At(id): At<PartnerId>,
    Valid(body): Valid<PartnerContactCreate>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::CREATED, async |tx| service::create(tx, id, body).await).await
}

/// Read a contact at a partner.
#[utoipa::path(get, path = "/partners/{id}/contacts/{contact}", operation_id = "get_partner_contact", tag = "partners",
    params(("id" = PartnerId, Path, description = "The partner."), ("contact" = PartnerContactId, Path, description = "The contact.")),
    security(("bearer" = ["people:read"])),
    responses((status = 200, description = "The contact.", body = PartnerContact)))]
async fn get_partner_contact(
    State(app): State<App>,
    who: Can<may::ReadPeople>,
    At((id, contact)): At<(PartnerId, PartnerContactId)>,
) -> Result<Response, Problem> {
    let db = app.db().read_of(who.scope.vendor()).await?;
    let row = store::find(&db, who.scope, id, contact).await?.ok_or_else(Problem::not_found)?;
    let primary = store::primary_for(&db, &row).await?;
    Ok(Answer::of(StatusCode::OK, &PartnerContact::of(&row, primary)).into_response(false))
}

/// Change a contact at a partner.
#[utoipa::path(patch, path = "/partners/{id}/contacts/{contact}", operation_id = "update_partner_contact", tag = "partners",
    params(("id" = PartnerId, Path, description = "The partner."), ("contact" = PartnerContactId, Path, description = "The contact.")),
    request_body = PartnerContactPatch, security(("bearer" = ["people:manage"])),
    responses((status = 200, description = "The contact as it now is.", body = PartnerContact)))]
async fn update_partner_contact(
    State(app): State<App>,
    who: Can<may::ManagePeople>,
    At((id, contact)): At<(PartnerId, PartnerContactId)>,
    Valid(body): Valid<PartnerContactPatch>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| service::update(tx, id, contact, body).await).await
}

/// Take a contact at a partner out.
#[utoipa::path(delete, path = "/partners/{id}/contacts/{contact}", operation_id = "delete_partner_contact", tag = "partners",
    params(("id" = PartnerId, Path, description = "The partner."), ("contact" = PartnerContactId, Path, description = "The contact.")),
    security(("bearer" = ["people:manage"])),
    responses((status = 204, description = "It is taken out.")))]
async fn delete_partner_contact(
    State(app): State<App>,
    who: Can<may::ManagePeople>,
    At((id, contact)): At<(PartnerId, PartnerContactId)>,
) -> Result<StatusCode, Problem> {
    app.write(&who, async |tx| service::delete(tx, id, contact).await).await?;
    Ok(StatusCode::NO_CONTENT)
}
