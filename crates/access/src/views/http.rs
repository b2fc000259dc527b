//! The operations on one's own views.

use super::store::{self, view};
use super::{Lists, MOST, ViewId};
use crate::{Anyone, error};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Utc};
use kernel::actor::Caller;
use kernel::app::Resource;
use kernel::body::not_null;
use kernel::id::PersonId;
use kernel::idempotency::Answer;
use kernel::log::EventKind;
use kernel::problem::{FieldError, kinds};
use kernel::text::not_blank;
use kernel::{Actor, App, At, Event, Page, PageQuery, Params, Problem, Subject, Tx, Valid};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use validator::{Validate, ValidationError};

/// A view to be kept.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"list": "deals", "name": "Approved, newest first", "filters": {"status": "approved", "sort": "-created_at"},
    "columns": ["customer.name", "amount", "protected_until"], "is_default": true}))]
pub struct ViewCreate {
    /// The list that it is of: `deals` for `GET /v1/deals`.
    #[validate(length(min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100)]
    pub list: String,
    /// What its owner calls it.
    #[validate(length(min = 1, max = 100), custom(function = not_blank))]
    #[schema(min_length = 1, max_length = 100, pattern = r"\S")]
    pub name: String,
    /// Parameters of the list as they are sent in its query, `sort` among them; at most 30.
    #[serde(default)]
    #[validate(custom(function = short))]
    pub filters: BTreeMap<String, String>,
    /// What is shown of each row, in this order, in the front end's own words.
    #[serde(default)]
    #[validate(length(max = 50), custom(function = words))]
    #[schema(max_items = 50)]
    pub columns: Vec<String>,
    /// Whether the list opens with it; the one that did so before does no more.
    #[serde(default)]
    pub is_default: bool,
}

/// What is to change of a view (JSON merge patch): what is absent stays.
#[derive(Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Approved", "columns": ["customer.name", "amount"]}))]
pub struct ViewPatch {
    /// What its owner calls it.
    #[serde(default, deserialize_with = "not_null")]
    #[validate(length(min = 1, max = 100), custom(function = not_blank))]
    #[schema(min_length = 1, max_length = 100, pattern = r"\S", nullable = false)]
    pub name: Option<String>,
    /// Parameters of the list; replaces them all.
    #[serde(default, deserialize_with = "not_null")]
    #[validate(custom(function = short))]
    #[schema(nullable = false)]
    pub filters: Option<BTreeMap<String, String>>,
    /// What is shown of each row.
    #[serde(default, deserialize_with = "not_null")]
    #[validate(length(max = 50), custom(function = words))]
    #[schema(max_items = 50, nullable = false)]
    pub columns: Option<Vec<String>>,
    /// Whether the list opens with it.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(nullable = false)]
    pub is_default: Option<bool>,
}

/// What its owner wants to see of a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"id": "view_01jd3k7x2mfq8t9v5w6y0zabcd", "list": "deals", "name": "Approved, newest first",
    "filters": {"status": "approved", "sort": "-created_at"}, "columns": ["customer.name", "amount"], "is_default": true, "revision": 1,
    "created_at": "2026-11-20T12:00:00Z", "updated_at": "2026-11-20T12:00:00Z"}))]
pub struct View {
    /// Its id.
    pub id: ViewId,
    /// The list that it is of.
    pub list: String,
    /// What its owner calls it.
    pub name: String,
    /// Parameters of the list as they are sent in its query.
    pub filters: BTreeMap<String, String>,
    /// What is shown of each row, in this order.
    pub columns: Vec<String>,
    /// Whether the list opens with it.
    pub is_default: bool,
    /// Raised with every change.
    pub revision: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

impl TryFrom<view::Model> for View {
    type Error = Problem;
    fn try_from(row: view::Model) -> Result<Self, Problem> {
        Ok(Self {
            id: ViewId(row.id),
            list: row.list,
            name: row.name,
            filters: serde_json::from_str(&row.filters).map_err(Problem::internal)?,
            columns: serde_json::from_str(&row.columns).map_err(Problem::internal)?,
            is_default: row.is_default,
            revision: row.revision,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

impl Resource for View {
    fn revision(&self) -> Option<i64> {
        Some(self.revision)
    }
    fn location(&self) -> Option<String> {
        Some(format!("/v1/me/views/{}", self.id))
    }
}

/// What is answered where nothing is left to be said.
#[derive(Serialize)]
struct Gone {}

impl Resource for Gone {}

fn short(filters: &BTreeMap<String, String>) -> Result<(), ValidationError> {
    if filters.len() <= 30 && filters.iter().all(|(name, value)| name.len() <= 100 && value.len() <= 1_000) {
        return Ok(());
    }
    Err(ValidationError::new("length").with_message("At most 30 parameters, each of at most 1,000 characters.".into()))
}

fn words(columns: &[String]) -> Result<(), ValidationError> {
    if columns.iter().all(|column| (1..=100).contains(&column.len())) {
        return Ok(());
    }
    Err(ValidationError::new("length").with_message("Each has 1 to 100 characters.".into()))
}

macro_rules! view_events {
    ($($name:ident = $kind:literal $summary:literal;)+) => {
        $(#[doc = $summary]
        #[derive(Serialize, ToSchema)]
        pub struct $name {
            /// Whose it is.
            pub person_id: PersonId,
            /// The list that it is of. What it holds is nobody else's business.
            pub list: String,
            #[serde(skip)]
            view: (ViewId, i64),
        }
        impl $name {
            fn of(row: &view::Model) -> Self {
                Self { person_id: PersonId(row.person_id), list: row.list.clone(), view: (ViewId(row.id), row.revision) }
            }
        }
        impl Event for $name {
            const TYPE: &'static str = $kind;
            fn subject(&self) -> Subject {
                Subject::new("view", self.view.0, self.view.1)
            }
        })+

        pub(crate) fn event_kinds() -> Vec<EventKind> {
            vec![$(EventKind::of::<$name>($summary)),+]
        }
    };
}

view_events! {
    ViewCreatedEvent = "view.created" "A person kept a view of a list.";
    ViewUpdatedEvent = "view.updated" "A person changed a view.";
    ViewDeletedEvent = "view.deleted" "A person deleted a view.";
}

pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(create_view, list_views)).routes(routes!(get_view, update_view, delete_view))
}

/// The person who calls; keys have no views, and for what has an id they find none.
fn owner(who: &Actor) -> Option<PersonId> {
    match who.caller {
        Caller::Person(person) => Some(person),
        _ => None,
    }
}

/// Keep a view of a list: its filters, columns and order. People only.
#[utoipa::path(post, path = "/me/views", operation_id = "create_view", tag = "views", request_body = ViewCreate,
    security(("bearer" = [])),
    responses((status = 201, description = "The new view.", body = View)))]
async fn create_view(State(app): State<App>, Anyone(who): Anyone, Valid(body): Valid<ViewCreate>) -> Result<Response, Problem> {
    let person = owner(&who).ok_or_else(|| Problem::new(error::PERSON_NEEDED))?;
    app.reply(&who, StatusCode::CREATED, async |tx| create(tx, person, body).await).await
}

/// Filters of the list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ViewQuery {
    /// Only views of this list, e.g. `deals`.
    pub list: Option<String>,
    /// Rows on the page, 1 to 200; 25 if absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// List one's own views, newest first. Keys have none.
#[utoipa::path(get, path = "/me/views", operation_id = "list_views", tag = "views", params(ViewQuery),
    security(("bearer" = [])),
    responses((status = 200, description = "A page of views.", body = Page<View>)))]
async fn list_views(State(app): State<App>, Anyone(who): Anyone, Params(query): Params<ViewQuery>) -> Result<Json<Page<View>>, Problem> {
    let page = PageQuery { limit: query.limit, cursor: query.cursor };
    let (vendor, person) = (who.scope.vendor(), owner(&who).unwrap_or(PersonId(uuid::Uuid::nil())));
    let found = store::page(&app.db().read_of(vendor).await?, vendor, person, query.list.as_deref(), page).await?;
    let data = found.data.into_iter().map(View::try_from).collect::<Result<_, _>>()?;
    Ok(Json(Page { data, next_cursor: found.next_cursor }))
}

/// Read one of one's own views.
#[utoipa::path(get, path = "/me/views/{id}", operation_id = "get_view", tag = "views", params(("id" = ViewId, Path, description = "The view.")),
    security(("bearer" = [])),
    responses((status = 200, description = "The view.", body = View)))]
async fn get_view(State(app): State<App>, Anyone(who): Anyone, At(id): At<ViewId>) -> Result<Response, Problem> {
    let person = owner(&who).ok_or_else(Problem::not_found)?;
    let db = app.db().read_of(who.scope.vendor()).await?;
    let row = store::find(&db, who.scope.vendor(), person, id).await?.ok_or_else(Problem::not_found)?;
    Ok(Answer::of(StatusCode::OK, &View::try_from(row)?).into_response(false))
}

/// Change one of one's own views.
#[utoipa::path(patch, path = "/me/views/{id}", operation_id = "update_view", tag = "views", params(("id" = ViewId, Path, description = "The view.")),
    request_body = ViewPatch, security(("bearer" = [])),
    responses((status = 200, description = "The view as it now is.", body = View)))]
async fn update_view(State(app): State<App>, Anyone(who): Anyone, At(id): At<ViewId>, Valid(body): Valid<ViewPatch>) -> Result<Response, Problem> {
    let person = owner(&who).ok_or_else(Problem::not_found)?;
    app.reply(&who, StatusCode::OK, async |tx| update(tx, person, id, body).await).await
}

/// Delete one of one's own views.
#[utoipa::path(delete, path = "/me/views/{id}", operation_id = "delete_view", tag = "views", params(("id" = ViewId, Path, description = "The view.")),
    security(("bearer" = [])),
    responses((status = 204, description = "It is gone.")))]
async fn delete_view(State(app): State<App>, Anyone(who): Anyone, At(id): At<ViewId>) -> Result<Response, Problem> {
    let person = owner(&who).ok_or_else(Problem::not_found)?;
    app.reply(&who, StatusCode::NO_CONTENT, async |tx| delete(tx, person, id).await).await
}

/// 422 unless every filter is one of this list's.
fn check(tx: &Tx, list: &str, filters: &BTreeMap<String, String>) -> Result<(), Problem> {
    let lists = tx.app().service::<Lists>();
    let Some(known) = lists.0.get(list) else {
        let all: Vec<_> = lists.0.keys().map(String::as_str).collect();
        return Err(Problem::invalid("/list", "unknown", format!("There is no such list; there are {}.", all.join(", "))));
    };
    let takes = format!("The list {list} takes {}.", known.iter().map(String::as_str).collect::<Vec<_>>().join(", "));
    let fault = |name: &String| FieldError::new(format!("/filters/{}", name.replace('~', "~0").replace('/', "~1")), "unknown", &takes);
    let faults: Vec<_> = filters.keys().filter(|name| !known.contains(*name)).map(fault).collect();
    if faults.is_empty() { Ok(()) } else { Err(Problem::invalid_all(faults)) }
}

async fn create(tx: &mut Tx, person: PersonId, new: ViewCreate) -> Result<View, Problem> {
    check(tx, &new.list, &new.filters)?;
    if store::count(tx, person).await? >= MOST {
        return Err(Problem::new(error::TOO_MANY_VIEWS).detail(format!("A person keeps at most {MOST} views.")));
    }
    let row = view::Model {
        vendor_id: tx.vendor().0,
        id: ViewId::fresh().0,
        person_id: person.0,
        list: new.list,
        name: new.name,
        filters: serde_json::to_string(&new.filters).map_err(Problem::internal)?,
        columns: serde_json::to_string(&new.columns).map_err(Problem::internal)?,
        is_default: new.is_default,
        revision: 1,
        created_at: tx.now(),
        updated_at: tx.now(),
    };
    if row.is_default {
        store::demote_others(tx, &row).await?;
    }
    store::insert(tx, row.clone()).await?;
    tx.emit(ViewCreatedEvent::of(&row));
    row.try_into()
}

async fn update(tx: &mut Tx, person: PersonId, id: ViewId, patch: ViewPatch) -> Result<View, Problem> {
    let before = store::find(tx, tx.vendor(), person, id).await?.ok_or_else(Problem::not_found)?;
    tx.actor().require_match(before.revision)?;
    let mut row = before.clone();
    if let Some(filters) = &patch.filters {
        check(tx, &row.list, filters)?;
        row.filters = serde_json::to_string(filters).map_err(Problem::internal)?;
    }
    if let Some(columns) = &patch.columns {
        row.columns = serde_json::to_string(columns).map_err(Problem::internal)?;
    }
    row.name = patch.name.unwrap_or(row.name);
    row.is_default = patch.is_default.unwrap_or(row.is_default);
    if row == before {
        return row.try_into();
    }
    (row.revision, row.updated_at) = (before.revision + 1, tx.now());
    if row.is_default {
        store::demote_others(tx, &row).await?;
    }
    if !store::update(tx, row.clone(), before.revision).await? {
        return Err(Problem::new(kinds::STALE));
    }
    tx.emit(ViewUpdatedEvent::of(&row));
    row.try_into()
}

async fn delete(tx: &mut Tx, person: PersonId, id: ViewId) -> Result<Gone, Problem> {
    let mut row = store::find(tx, tx.vendor(), person, id).await?.ok_or_else(Problem::not_found)?;
    store::delete(tx, &row).await?;
    row.revision += 1;
    tx.emit(ViewDeletedEvent::of(&row));
    Ok(Gone {})
}
