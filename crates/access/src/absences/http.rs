//! The operations on absences, and an absence on the wire.

use super::store::{AbsenceStatus, absence};
use super::{AbsenceId, service, store};
use crate::{Anyone, Can, may};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Utc};
use kernel::app::Resource;
use kernel::body::{not_null, present};
use kernel::id::PersonId;
use kernel::idempotency::Answer;
use kernel::{Actor, App, At, Page, PageQuery, Params, Problem, Valid};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use validator::Validate;

/// An absence to be entered.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"begins_at": "2026-12-21T00:00:00Z", "ends_at": "2027-01-04T00:00:00Z", "hand_over": true}))]
pub struct AbsenceCreate {
    /// From when on the person is away; may lie in the past, for somebody who is away already.
    pub begins_at: DateTime<Utc>,
    /// From when on the person is back.
    pub ends_at: DateTime<Utc>,
    /// Who stands in: another active person of the vendor.
    pub cover_id: Option<PersonId>,
    /// Whether what the person holds when it begins is handed over as well.
    #[serde(default)]
    pub hand_over: bool,
}

/// What is to change of an absence (JSON merge patch): what is absent stays, null clears.
#[derive(Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"ends_at": "2027-01-08T00:00:00Z"}))]
pub struct AbsencePatch {
    /// From when on the person is away; while it has not begun.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(nullable = false)]
    pub begins_at: Option<DateTime<Utc>>,
    /// From when on the person is back; now or earlier ends it.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(nullable = false)]
    pub ends_at: Option<DateTime<Utc>>,
    /// Who stands in: another active person of the vendor.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<PersonId>)]
    pub cover_id: Option<Option<PersonId>>,
    /// Whether what the person holds when it begins is handed over as well.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(nullable = false)]
    pub hand_over: Option<bool>,
}

/// A time in which a person of the vendor is out of office.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(example = json!({"id": "abs_01jd3k7x2mfq8t9v5w6y0zabcd", "person_id": "per_01jd3k7x2mfq8t9v5w6y0zabcd", "status": "planned",
    "begins_at": "2026-12-21T00:00:00Z", "ends_at": "2027-01-04T00:00:00Z", "hand_over": true, "revision": 1,
    "created_at": "2026-11-20T12:00:00Z", "updated_at": "2026-11-20T12:00:00Z"}))]
pub struct Absence {
    /// Its id.
    pub id: AbsenceId,
    /// Who is away.
    pub person_id: PersonId,
    /// Where it stands. More statuses may come.
    pub status: AbsenceStatus,
    /// From when on.
    pub begins_at: DateTime<Utc>,
    /// From when on the person is back.
    pub ends_at: DateTime<Utc>,
    /// Who stands in, if anybody does.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub cover_id: Option<PersonId>,
    /// Whether what the person holds when it begins is handed over as well.
    pub hand_over: bool,
    /// Raised with every change.
    pub revision: i64,
    /// When it was entered.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

impl From<absence::Model> for Absence {
    fn from(row: absence::Model) -> Self {
        Self {
            id: AbsenceId(row.id),
            person_id: PersonId(row.person_id),
            status: row.status,
            begins_at: row.begins_at,
            ends_at: row.ends_at,
            cover_id: row.cover_id.map(PersonId),
            hand_over: row.hand_over,
            revision: row.revision,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

impl Resource for Absence {
    fn revision(&self) -> Option<i64> {
        Some(self.revision)
    }
    fn location(&self) -> Option<String> {
        Some(format!("/v1/absences/{}", self.id))
    }
}

pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(create_person_absence))
        .routes(routes!(create_own_absence, list_own_absences))
        .routes(routes!(list_absences))
        .routes(routes!(get_absence, update_absence, delete_absence))
}

/// Enter when a person of the vendor is out of office, and who stands in.
#[utoipa::path(post, path = "/people/{id}/absences", operation_id = "create_person_absence", tag = "people",
    params(("id" = PersonId, Path, description = "A person of the vendor.")), request_body = AbsenceCreate, security(("bearer" = ["people:manage"])),
    responses((status = 201, description = "The absence.", body = Absence)))]
async fn create_person_absence(
    State(app): State<App>,
    who: Can<may::ManagePeople>,
    At(id): At<PersonId>,
    Valid(body): Valid<AbsenceCreate>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::CREATED, async |tx| service::create(tx, id, body).await).await
}

/// Enter when one is out of office oneself, and who stands in. For people of the vendor.
#[utoipa::path(post, path = "/me/absences", operation_id = "create_own_absence", tag = "people", request_body = AbsenceCreate,
    security(("bearer" = [])),
    responses((status = 201, description = "The absence.", body = Absence)))]
async fn create_own_absence(State(app): State<App>, Anyone(who): Anyone, Valid(body): Valid<AbsenceCreate>) -> Result<Response, Problem> {
    let own = service::oneself(&who)?;
    app.reply(&who, StatusCode::CREATED, async |tx| service::create(tx, own, body).await).await
}

/// Filters of one's own absences.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct OwnAbsenceQuery {
    /// Only absences that stand so.
    #[param(inline)]
    pub status: Option<AbsenceStatus>,
    /// Rows on the page, 1 to 200; 25 if absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// List one's own absences, those entered last first; a key has none.
#[utoipa::path(get, path = "/me/absences", operation_id = "list_own_absences", tag = "people", params(OwnAbsenceQuery),
    security(("bearer" = [])),
    responses((status = 200, description = "A page of absences.", body = Page<Absence>)))]
async fn list_own_absences(
    State(app): State<App>,
    Anyone(who): Anyone,
    Params(query): Params<OwnAbsenceQuery>,
) -> Result<Json<Page<Absence>>, Problem> {
    let page = PageQuery { limit: query.limit, cursor: query.cursor };
    match service::oneself(&who) {
        Ok(own) => listed(&app, &who, Some(own), query.status, page).await,
        // A key is never away.
        Err(_) => {
            page.limit()?;
            page.after::<Uuid>(LIST)?;
            Ok(Json(Page { data: Vec::new(), next_cursor: None }))
        }
    }
}

/// Filters of the list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AbsenceQuery {
    /// Only absences of this person.
    pub person_id: Option<PersonId>,
    /// Only absences that stand so.
    #[param(inline)]
    pub status: Option<AbsenceStatus>,
    /// Rows on the page, 1 to 200; 25 if absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// List the absences of the vendor's people, those entered last first. A partner's people see none.
#[utoipa::path(get, path = "/absences", operation_id = "list_absences", tag = "people", params(AbsenceQuery),
    security(("bearer" = ["people:read"])),
    responses((status = 200, description = "A page of absences.", body = Page<Absence>)))]
async fn list_absences(
    State(app): State<App>,
    who: Can<may::ReadPeople>,
    Params(query): Params<AbsenceQuery>,
) -> Result<Json<Page<Absence>>, Problem> {
    listed(&app, &who, query.person_id, query.status, PageQuery { limit: query.limit, cursor: query.cursor }).await
}

const LIST: &str = "absences";

async fn listed(
    app: &App,
    who: &Actor,
    person: Option<PersonId>,
    status: Option<AbsenceStatus>,
    page: PageQuery,
) -> Result<Json<Page<Absence>>, Problem> {
    let (limit, before) = (page.limit()?, page.after::<Uuid>(LIST)?);
    let db = app.db().read_of(who.scope.vendor()).await?;
    let rows = store::list(&db, who.scope, person, status, before, limit + 1).await?;
    Ok(Json(Page::of(LIST, rows, limit, |row| row.id).map(Absence::from)))
}

/// Read an absence: one's own, or with `people:read` anybody's.
#[utoipa::path(get, path = "/absences/{id}", operation_id = "get_absence", tag = "people",
    params(("id" = AbsenceId, Path, description = "The absence.")), security(("bearer" = [])),
    responses((status = 200, description = "The absence.", body = Absence)))]
async fn get_absence(State(app): State<App>, Anyone(who): Anyone, At(id): At<AbsenceId>) -> Result<Response, Problem> {
    let row = store::find(&app.db().read_of(who.scope.vendor()).await?, who.scope, id).await?;
    let row = row.filter(|row| service::may_see(&who, row)).ok_or_else(Problem::not_found)?;
    Ok(Answer::of(StatusCode::OK, &Absence::from(row)).into_response(false))
}

/// Change an absence: one's own, or with `people:manage` that of somebody else.
#[utoipa::path(patch, path = "/absences/{id}", operation_id = "update_absence", tag = "people",
    params(("id" = AbsenceId, Path, description = "The absence.")), request_body = AbsencePatch, security(("bearer" = [])),
    responses((status = 200, description = "The absence as it now is.", body = Absence)))]
async fn update_absence(
    State(app): State<App>,
    Anyone(who): Anyone,
    At(id): At<AbsenceId>,
    Valid(body): Valid<AbsencePatch>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| service::update(tx, id, body).await).await
}

/// Take an absence out; whoever is away by it is back at once.
#[utoipa::path(delete, path = "/absences/{id}", operation_id = "delete_absence", tag = "people",
    params(("id" = AbsenceId, Path, description = "The absence.")), security(("bearer" = [])),
    responses((status = 204, description = "It is gone.")))]
async fn delete_absence(State(app): State<App>, Anyone(who): Anyone, At(id): At<AbsenceId>) -> Result<StatusCode, Problem> {
    app.write(&who, async |tx| service::delete(tx, id).await).await?;
    Ok(StatusCode::NO_CONTENT)
}
