//! The operations.

use super::store::{self, Erasure};
use super::{ErasureId, IS_A_PERSON, erase, export};
use access::{Can, may, people};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use export::PersonalDataExport;
use kernel::id::PersonId;
use kernel::idempotency::Answer;
use kernel::personal::Known;
use kernel::{Actor, App, At, Page, PageQuery, Params, Problem, Scope, Valid};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use validator::Validate;

pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(export_person))
        .routes(routes!(erase_person))
        .routes(routes!(export_contact))
        .routes(routes!(erase_contact, list_erasures))
        .routes(routes!(get_erasure))
}

/// From where an export goes on.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ExportQuery {
    /// `next_after` of the answer before; the beginning if absent.
    #[param(minimum = 0)]
    pub after: Option<i64>,
}

/// Export everything that is held about a person.
///
/// What every part of the service keeps, and the events by and about the person, page by page.
#[utoipa::path(get, path = "/people/{id}/export", operation_id = "export_person", tag = "privacy",
    params(("id" = PersonId, Path, description = "The person."), ExportQuery), security(("bearer" = ["people:export"])),
    responses((status = 200, description = "What is held.", body = PersonalDataExport)))]
async fn export_person(
    State(app): State<App>,
    who: Can<may::ExportPeople>,
    At(id): At<PersonId>,
    Params(query): Params<ExportQuery>,
) -> Result<Json<PersonalDataExport>, Problem> {
    let known = known_person(&app, &who, id).await?;
    export::export(&app, &known, query.after).await.map(Json)
}

/// Erase a person, for good.
///
/// The person is deactivated; markers take the place of its name and address everywhere; what the log and webhooks hold of it cannot be
/// read again by anybody, while the log's hashes and checkpoints stay valid. Events tell of every resource that changed with it.
/// Contacts with the same e-mail address are erased too, and for the vendor's own people owners of opportunities by the same name.
/// `status` is `finished` once no copy is left in the files of an embedded database; on Postgres dead rows, the write-ahead
/// log and backups go by the operator's own times. Free text (notes, questions, custom fields) is not searched.
#[utoipa::path(post, path = "/people/{id}/erase", operation_id = "erase_person", tag = "privacy",
    params(("id" = PersonId, Path, description = "The person.")), security(("bearer" = ["people:erase"])),
    responses((status = 202, description = "The erasure.", body = Erasure)))]
async fn erase_person(State(app): State<App>, who: Can<may::ErasePeople>, At(id): At<PersonId>) -> Result<Response, Problem> {
    let prepared = erase::prepare(&app, known_person(&app, &who, id).await?).await?;
    app.reply(&who, StatusCode::ACCEPTED, async |tx| erase::carry_out(tx, prepared).await).await
}

/// A contact who is no person here: in a deal, or in the CRM.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"email": "ada@fabrikam.example"}))]
pub struct PrivacyContact {
    /// The e-mail address by which the contact is known, in whatever case it is written.
    #[validate(email, length(min = 3, max = 254))]
    #[schema(format = "email", min_length = 3, max_length = 254)]
    pub email: Option<String>,
    /// The name, for those of whom no address is known. Everybody who is known by nothing but this name is meant.
    #[validate(length(min = 1, max = 200), custom(function = kernel::text::not_blank))]
    #[schema(min_length = 1, max_length = 200, pattern = r"\S")]
    pub name: Option<String>,
}

/// A contact of whom everything is to be exported.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"email": "ada@fabrikam.example"}))]
pub struct PrivacyExport {
    /// The e-mail address by which the contact is known, in whatever case it is written.
    #[validate(email, length(min = 3, max = 254))]
    #[schema(format = "email", min_length = 3, max_length = 254)]
    pub email: Option<String>,
    /// The name, for those of whom no address is known.
    #[validate(length(min = 1, max = 200), custom(function = kernel::text::not_blank))]
    #[schema(min_length = 1, max_length = 200, pattern = r"\S")]
    pub name: Option<String>,
    /// `next_after` of the answer before; the beginning if absent.
    #[validate(range(min = 0))]
    #[schema(minimum = 0)]
    pub after: Option<i64>,
}

/// Export everything that is held about a contact who is no person here.
///
/// A `POST`, since addresses do not belong into paths, which are logged. Changes nothing.
#[utoipa::path(post, path = "/privacy/exports", operation_id = "export_contact", tag = "privacy", request_body = PrivacyExport,
    security(("bearer" = ["people:export"])),
    responses((status = 200, description = "What is held.", body = PersonalDataExport)))]
async fn export_contact(
    State(app): State<App>,
    who: Can<may::ExportPeople>,
    Valid(body): Valid<PrivacyExport>,
) -> Result<Json<PersonalDataExport>, Problem> {
    export::export(&app, &known_contact(&who, body.email, body.name)?, body.after).await.map(Json)
}

/// Erase a contact who is no person here, for good.
///
/// Like the erasure of a person: in deals, opportunities, refused rows of imports, answers of webhook receivers, and in the log.
#[utoipa::path(post, path = "/privacy/erasures", operation_id = "erase_contact", tag = "privacy", request_body = PrivacyContact,
    security(("bearer" = ["people:erase"])),
    responses((status = 202, description = "The erasure.", body = Erasure)))]
async fn erase_contact(State(app): State<App>, who: Can<may::ErasePeople>, Valid(body): Valid<PrivacyContact>) -> Result<Response, Problem> {
    let known = known_contact(&who, body.email, body.name)?;
    if let Some(email) = &known.email
        && people::find_by_email(&app.db().read_of(known.vendor).await?, known.vendor, email).await?.is_some()
    {
        return Err(Problem::new(IS_A_PERSON));
    }
    let prepared = erase::prepare(&app, known).await?;
    app.reply(&who, StatusCode::ACCEPTED, async |tx| erase::carry_out(tx, prepared).await).await
}

/// List erasures, newest first.
///
/// After a backup was restored, the people named here are to be erased again.
#[utoipa::path(get, path = "/privacy/erasures", operation_id = "list_erasures", tag = "privacy", params(PageQuery),
    security(("bearer" = ["people:erase"])),
    responses((status = 200, description = "A page of erasures.", body = Page<Erasure>)))]
async fn list_erasures(State(app): State<App>, who: Can<may::ErasePeople>, Params(page): Params<PageQuery>) -> Result<Json<Page<Erasure>>, Problem> {
    const LIST: &str = "erasures";
    vendor_side(&who)?;
    let (limit, before) = (page.limit()?, page.after::<Uuid>(LIST)?);
    let db = app.db().read_of(who.scope.vendor()).await?;
    let rows = store::list(&db, who.scope.vendor(), before, limit + 1).await?;
    Ok(Json(Page::of(LIST, rows, limit, |row| row.id.0)))
}

/// Read an erasure.
#[utoipa::path(get, path = "/privacy/erasures/{id}", operation_id = "get_erasure", tag = "privacy",
    params(("id" = ErasureId, Path, description = "The erasure.")), security(("bearer" = ["people:erase"])),
    responses((status = 200, description = "The erasure.", body = Erasure)))]
async fn get_erasure(State(app): State<App>, who: Can<may::ErasePeople>, At(id): At<ErasureId>) -> Result<Response, Problem> {
    vendor_side(&who)?;
    let db = app.db().read_of(who.scope.vendor()).await?;
    let row = store::find(&db, who.scope.vendor(), id).await?.ok_or_else(Problem::not_found)?;
    Ok(Answer::of(StatusCode::OK, &row).into_response(false))
}

/// Data of contacts, and of people in other domains, lies beyond any partner's reach.
fn vendor_side(who: &Actor) -> Result<(), Problem> {
    if who.scope.partner().is_none() { Ok(()) } else { Err(Problem::not_found()) }
}

async fn known_person(app: &App, who: &Actor, id: PersonId) -> Result<Known, Problem> {
    vendor_side(who)?;
    people::known(&app.db().read_of(who.scope.vendor()).await?, who.scope, id).await
}

fn known_contact(who: &Actor, email: Option<String>, name: Option<String>) -> Result<Known, Problem> {
    vendor_side(who)?;
    if email.is_some() == name.is_some() {
        return Err(Problem::invalid("/email", "one_of", "Send either the address or, if none is known, the name."));
    }
    let by_name = name.is_some();
    let scope: Scope = who.scope;
    Ok(Known { vendor: scope.vendor(), person: None, email: email.map(|email| people::canonical_email(&email)), name, by_name })
}
