//! The operations on people, and a person on the wire.

use super::reach::Reach;
use super::store::{PersonStatus, person};
use super::{service, store};
use crate::roles::RoleName;
use crate::{Can, may};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Utc};
use kernel::app::Resource;
use kernel::body::not_null;
use kernel::id::{PartnerId, PersonId};
use kernel::idempotency::Answer;
use kernel::text::not_blank;
use kernel::{App, At, Page, Params, Problem, Valid};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use validator::Validate;

/// A person to be added.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"email": "jo@contoso.example", "name": "Jo Alvarez", "role": "channel_manager"}))]
pub struct PersonCreate {
    /// The partner that the person belongs to; absent for the vendor's own people. A partner's admin may leave it out.
    pub partner_id: Option<PartnerId>,
    /// E-mail address; once per vendor, in whatever case it is written.
    #[validate(email, length(min = 3, max = 254))]
    #[schema(format = "email", min_length = 3, max_length = 254)]
    pub email: String,
    /// Full name.
    #[validate(length(min = 1, max = 200), custom(function = not_blank))]
    #[schema(min_length = 1, max_length = 200, pattern = r"\S")]
    pub name: String,
    /// Role: one of the vendor's, or with `partner_id` one of a partner's.
    pub role: RoleName,
}

/// What is to change of a person (JSON merge patch): what is absent stays.
#[derive(Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Jo Alvarez-Kim", "status": "active"}))]
pub struct PersonPatch {
    /// Full name.
    #[serde(default, deserialize_with = "not_null")]
    #[validate(length(min = 1, max = 200), custom(function = not_blank))]
    #[schema(min_length = 1, max_length = 200, pattern = r"\S", nullable = false)]
    pub name: Option<String>,
    /// Role, of the same side as before.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(nullable = false)]
    pub role: Option<RoleName>,
    /// `deactivated` shuts the person out at once, `active` lets it in again.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(nullable = false)]
    pub status: Option<PersonStatus>,
}

/// A human of the vendor or of one of its partners.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(example = json!({"id": "per_01jd3k7x2mfq8t9v5w6y0zabcd", "partner_id": "ptn_01jd3k7x2mfq8t9v5w6y0zabcd", "email": "sam@northwind.example",
    "name": "Sam Okafor", "role": "sales", "status": "active", "revision": 1, "created_at": "2026-11-20T12:00:00Z",
    "updated_at": "2026-11-20T12:00:00Z"}))]
pub struct Person {
    /// Its id.
    pub id: PersonId,
    /// The partner that the person belongs to; absent for the vendor's own people.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub partner_id: Option<PartnerId>,
    /// E-mail address, in lower case.
    pub email: String,
    /// Full name.
    pub name: String,
    /// Role. More roles may come.
    pub role: RoleName,
    /// Whether the person may come in. More statuses may come.
    pub status: PersonStatus,
    /// What the person reaches, if it is one of the vendor's and does not reach everything.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub reach: Option<Reach>,
    /// When the person was last seen, to the minute; absent in events.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub last_seen_at: Option<DateTime<Utc>>,
    /// `true` if the person has not been seen for 90 days; absent otherwise, and in events.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub dormant: Option<bool>,
    /// When the person was last invited by mail. Pending while `email_verified_at` is absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub invited_at: Option<DateTime<Utc>>,
    /// When the person first proved, by a link sent there, that the address is theirs.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub email_verified_at: Option<DateTime<Utc>>,
    /// Raised with every change.
    pub revision: i64,
    /// When the person was added.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

impl Resource for Person {
    fn revision(&self) -> Option<i64> {
        Some(self.revision)
    }
    fn location(&self) -> Option<String> {
        Some(format!("/v1/people/{}", self.id))
    }
}

impl From<person::Model> for Person {
    fn from(row: person::Model) -> Self {
        Self {
            id: row.id(),
            partner_id: row.partner(),
            role: row.role(),
            reach: row.reach(),
            last_seen_at: None,
            dormant: None,
            email: row.email,
            name: row.name,
            status: row.status,
            invited_at: row.invited_at,
            email_verified_at: row.email_verified_at,
            revision: row.revision,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

impl Person {
    /// The person as it is read at `now`, with when it was last seen.
    pub fn at(row: person::Model, now: DateTime<Utc>) -> Self {
        let (last_seen_at, dormant) = (row.last_seen_at, super::is_dormant(row.last_seen_at, row.created_at, now).then_some(true));
        Self { last_seen_at, dormant, ..row.into() }
    }
}

pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(create_person, list_people)).routes(routes!(get_person, update_person)).merge(super::reach::router())
}

/// Add a person.
///
/// A partner's admin adds people of its own partner. Nobody adds a person who may do more than they may themselves.
#[utoipa::path(post, path = "/people", operation_id = "create_person", tag = "people", request_body = PersonCreate,
    security(("bearer" = ["people:manage"])),
    responses((status = 201, description = "The new person.", body = Person)))]
async fn create_person(State(app): State<App>, who: Can<may::ManagePeople>, Valid(body): Valid<PersonCreate>) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::CREATED, async |tx| service::create(tx, body).await).await
}

/// The order of the list.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
pub enum PersonSort {
    /// Newest first.
    #[default]
    #[serde(rename = "-created_at")]
    Newest,
    /// By name, without regard to case and accents.
    #[serde(rename = "name")]
    Name,
    /// Who was changed longest ago first: for keeping a copy current.
    #[serde(rename = "updated_at")]
    Updated,
}

/// Filters of the list; all that are sent must hold.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PersonQuery {
    /// A part of the name or of the e-mail address, without regard to case and accents.
    #[param(max_length = 300)]
    pub q: Option<String>,
    /// Only people of this partner.
    pub partner_id: Option<PartnerId>,
    /// Only people in this role.
    pub role: Option<RoleName>,
    /// Only people of this status.
    pub status: Option<PersonStatus>,
    /// Only the person with this e-mail address, in whatever case it is written.
    #[param(max_length = 254)]
    pub email: Option<String>,
    /// `true`: only people who have not been seen for 90 days; `false`: only others.
    pub dormant: Option<bool>,
    /// Only people changed at or after this time.
    pub updated_since: Option<DateTime<Utc>>,
    /// The order; newest first if absent.
    #[param(inline)]
    pub sort: Option<PersonSort>,
    /// Rows on the page, 1 to 200; 25 if absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// List and search people.
///
/// A partner's own people find their colleagues only; a person of the vendor whose reach is narrowed finds the vendor's people and those of the
/// partners within it.
#[utoipa::path(get, path = "/people", operation_id = "list_people", tag = "people", params(PersonQuery),
    security(("bearer" = ["people:read"])),
    responses((status = 200, description = "A page of people.", body = Page<Person>)))]
async fn list_people(State(app): State<App>, who: Can<may::ReadPeople>, Params(query): Params<PersonQuery>) -> Result<Json<Page<Person>>, Problem> {
    let now = app.clock().now();
    let page = store::list(&app.db().read_of(who.scope.vendor()).await?, who.scope, query, now).await?;
    Ok(Json(page.map(|row| Person::at(row, now))))
}

/// Read a person.
#[utoipa::path(get, path = "/people/{id}", operation_id = "get_person", tag = "people",
    params(("id" = PersonId, Path, description = "The person.")), security(("bearer" = ["people:read"])),
    responses((status = 200, description = "The person.", body = Person)))]
async fn get_person(State(app): State<App>, who: Can<may::ReadPeople>, At(id): At<PersonId>) -> Result<Response, Problem> {
    let row = store::find_visible(&app.db().read_of(who.scope.vendor()).await?, who.scope, id).await?.ok_or_else(Problem::not_found)?;
    Ok(Answer::of(StatusCode::OK, &Person::at(row, app.clock().now())).into_response(false))
}

/// Change a person.
///
/// A JSON merge patch. Nobody changes a person who may do more than they may themselves.
#[utoipa::path(patch, path = "/people/{id}", operation_id = "update_person", tag = "people",
    params(("id" = PersonId, Path, description = "The person.")), request_body = PersonPatch, security(("bearer" = ["people:manage"])),
    responses((status = 200, description = "The person as it now is.", body = Person)))]
async fn update_person(
    State(app): State<App>,
    who: Can<may::ManagePeople>,
    At(id): At<PersonId>,
    Valid(body): Valid<PersonPatch>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| service::update(tx, id, body).await).await
}
