//! `/notifications`: one's own.

use super::store::{self, Wanted, notification};
use crate::ports::Rows;
use crate::view::{self, Told};
use crate::{NotificationId, error};
use access::Anyone;
use access::people::{self, person};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Utc};
use kernel::actor::Caller;
use kernel::app::Resource;
use kernel::id::{EventId, PersonId};
use kernel::idempotency::Answer;
use kernel::{Actor, App, At, Page, PageQuery, Params, Problem, Tx};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

/// Unread notifications are counted to here.
const MOST: i64 = 1_000;

/// What a notification leads to.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"type": "deal", "id": "deal_01jd3k7x2mfq8t9v5w6y0zabcd"}))]
pub struct NotificationLink {
    /// The kind of resource.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its id.
    pub id: String,
}

/// Something that one was told.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"id": "ntf_01jd3k7x2mfq8t9v5w6y0zabcd", "template": "deal.approved", "title": "Your deal with Fabrikam was approved",
    "text": "Hello Sam,\n\nit is protected until 2027-02-18.\n", "link": {"type": "deal", "id": "deal_01jd3k7x2mfq8t9v5w6y0zabcd"},
    "event_id": "evt_01jd3k7x2mfq8t9v5w6y0zabcd", "event_type": "deal.approved", "available": true, "archived": false, "created_at": "2026-11-20T12:00:00Z",
    "available_actions": ["read", "archive"]}))]
pub struct Notification {
    /// Its id.
    pub id: NotificationId,
    /// What it was made from.
    pub template: String,
    /// In a line. Rendered now: in the language that one reads now, from what one may see now.
    pub title: String,
    /// In full.
    pub text: String,
    /// What it leads to.
    pub link: NotificationLink,
    /// The event that it follows from; absent if one may not see it any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_id: Option<EventId>,
    /// The event's type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_type: Option<String>,
    /// The automation that sent it; the vendor's people only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub automation: Option<String>,
    /// Whether one may still see what it is about; without that its text is empty.
    pub available: bool,
    /// When it was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read_at: Option<DateTime<Utc>>,
    /// Whether it was put away.
    pub archived: bool,
    /// When it was sent.
    pub created_at: DateTime<Utc>,
    /// What one may do with it now.
    pub available_actions: Vec<String>,
}

impl Resource for Notification {}

impl Notification {
    fn of(row: notification::Model, told: &Told, vendors: bool) -> Self {
        let made = told.made.get(&row.id);
        let read = if row.read_at.is_some() { "unread" } else { "read" };
        let archive = if row.archived_at.is_some() { "unarchive" } else { "archive" };
        Self {
            id: NotificationId(row.id),
            template: row.template,
            title: made.map_or_else(|| "No longer available".to_owned(), |(_, made)| made.rendered.subject.clone()),
            text: made.map(|(_, made)| made.rendered.text.clone()).unwrap_or_default(),
            link: NotificationLink { kind: row.link_type, id: row.link_id },
            event_id: made.map(|(event, _)| event.id),
            event_type: made.map(|(event, _)| event.kind.clone()),
            automation: vendors.then_some(row.automation),
            available: made.is_some(),
            read_at: row.read_at,
            archived: row.archived_at.is_some(),
            created_at: row.created_at,
            available_actions: vec![read.to_owned(), archive.to_owned()],
        }
    }
}

/// How much one has not read.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"unread": 3}))]
pub struct NotificationCount {
    /// Unread notifications, counted to 1,000.
    pub unread: i64,
}

impl Resource for NotificationCount {}

/// Which notifications.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct NotificationQuery {
    /// Only unread ones.
    pub unread: Option<bool>,
    /// Those put away, instead of the others.
    pub archived: Option<bool>,
    /// Rows on the page, 1 to 200; 25 if absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// The person who calls; 403 for a key.
pub(crate) fn person_of(who: &Actor) -> Result<PersonId, Problem> {
    match who.caller {
        Caller::Person(person) => Ok(person),
        _ => Err(Problem::new(error::NOT_A_PERSON)),
    }
}

/// Notifications as their person sees them.
pub(crate) async fn shown(app: &App, rows: Rows<'_>, person: &person::Model, all: Vec<notification::Model>) -> Result<Vec<Notification>, Problem> {
    let told = view::told(app, rows, person, &all).await?;
    Ok(all.into_iter().map(|row| Notification::of(row, &told, person.partner_id.is_none())).collect())
}

pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(count))
        .routes(routes!(read_all))
        .routes(routes!(get))
        .routes(routes!(read))
        .routes(routes!(unread))
        .routes(routes!(archive))
        .routes(routes!(unarchive))
}

/// List one's own notifications, newest first. A key has none.
#[utoipa::path(get, path = "/notifications", operation_id = "list_notifications", tag = "notifications", params(NotificationQuery), security(("bearer" = [])),
    responses((status = 200, description = "A page of notifications.", body = Page<Notification>)))]
async fn list(State(app): State<App>, Anyone(who): Anyone, Params(query): Params<NotificationQuery>) -> Result<Json<Page<Notification>>, Problem> {
    let (unread, archived) = (query.unread.unwrap_or_default(), query.archived.unwrap_or_default());
    let list = format!("notifications:{unread}:{archived}");
    let page = PageQuery { limit: query.limit, cursor: query.cursor };
    let (limit, before) = (page.limit()?, page.after::<Uuid>(&list)?);
    let (vendor, wanted) = (who.scope.vendor(), Wanted { unread, archived, before });
    let Ok(id) = person_of(&who) else { return Ok(Json(Page { data: Vec::new(), next_cursor: None })) };
    let db = app.db().read_of(vendor).await?;
    let person = people::find(&db, vendor, id).await?.ok_or_else(Problem::not_found)?;
    let rows = store::page(&db, vendor, id, wanted, limit + 1).await?;
    let Page { data, next_cursor } = Page::of(&list, rows, limit, |row| row.id);
    Ok(Json(Page { data: shown(&app, Rows::Reading(&db), &person, data).await?, next_cursor }))
}

/// Count one's unread notifications.
#[utoipa::path(get, path = "/notifications/unread-count", operation_id = "count_unread_notifications", tag = "notifications", security(("bearer" = [])),
    responses((status = 200, description = "How many there are.", body = NotificationCount)))]
async fn count(State(app): State<App>, Anyone(who): Anyone) -> Result<Response, Problem> {
    let unread = match person_of(&who) {
        Ok(id) => store::unread(&app.db().read_of(who.scope.vendor()).await?, who.scope.vendor(), id, MOST).await?,
        Err(_) => 0,
    };
    Ok(Answer::of(StatusCode::OK, &NotificationCount { unread }).into_response(false))
}

/// Read one of one's own notifications. It stays unread until it is marked.
#[utoipa::path(get, path = "/notifications/{id}", operation_id = "get_notification", tag = "notifications",
    params(("id" = NotificationId, Path, description = "The notification.")), security(("bearer" = [])),
    responses((status = 200, description = "The notification.", body = Notification)))]
async fn get(State(app): State<App>, Anyone(who): Anyone, At(id): At<NotificationId>) -> Result<Response, Problem> {
    let (vendor, id_of_person) = (who.scope.vendor(), person_of(&who).map_err(|_| Problem::not_found())?);
    let db = app.db().read_of(vendor).await?;
    let row = store::find(&db, vendor, id_of_person, id.0).await?.ok_or_else(Problem::not_found)?;
    let person = people::find(&db, vendor, id_of_person).await?.ok_or_else(Problem::not_found)?;
    let one = shown(&app, Rows::Reading(&db), &person, vec![row]).await?.pop().ok_or_else(Problem::not_found)?;
    Ok(Answer::of(StatusCode::OK, &one).into_response(false))
}

/// Mark a notification as read.
#[utoipa::path(post, path = "/notifications/{id}/read", operation_id = "read_notification", tag = "notifications",
    params(("id" = NotificationId, Path, description = "The notification.")), security(("bearer" = [])),
    responses((status = 200, description = "The notification.", body = Notification)))]
async fn read(State(app): State<App>, Anyone(who): Anyone, At(id): At<NotificationId>) -> Result<Response, Problem> {
    mark(&app, &who, id, |row, now| row.read_at = row.read_at.or(Some(now))).await
}

/// Mark a notification as unread again.
#[utoipa::path(post, path = "/notifications/{id}/unread", operation_id = "unread_notification", tag = "notifications",
    params(("id" = NotificationId, Path, description = "The notification.")), security(("bearer" = [])),
    responses((status = 200, description = "The notification.", body = Notification)))]
async fn unread(State(app): State<App>, Anyone(who): Anyone, At(id): At<NotificationId>) -> Result<Response, Problem> {
    mark(&app, &who, id, |row, _| row.read_at = None).await
}

/// Put a notification away. It is no longer listed or counted.
#[utoipa::path(post, path = "/notifications/{id}/archive", operation_id = "archive_notification", tag = "notifications",
    params(("id" = NotificationId, Path, description = "The notification.")), security(("bearer" = [])),
    responses((status = 200, description = "The notification.", body = Notification)))]
async fn archive(State(app): State<App>, Anyone(who): Anyone, At(id): At<NotificationId>) -> Result<Response, Problem> {
    mark(&app, &who, id, |row, now| row.archived_at = row.archived_at.or(Some(now))).await
}

/// Take a notification out again that was put away.
#[utoipa::path(post, path = "/notifications/{id}/unarchive", operation_id = "unarchive_notification", tag = "notifications",
    params(("id" = NotificationId, Path, description = "The notification.")), security(("bearer" = [])),
    responses((status = 200, description = "The notification.", body = Notification)))]
async fn unarchive(State(app): State<App>, Anyone(who): Anyone, At(id): At<NotificationId>) -> Result<Response, Problem> {
    mark(&app, &who, id, |row, _| row.archived_at = None).await
}

/// Mark all of one's notifications as read.
#[utoipa::path(post, path = "/notifications/read-all", operation_id = "read_all_notifications", tag = "notifications", security(("bearer" = [])),
    responses((status = 200, description = "None is unread.", body = NotificationCount)))]
async fn read_all(State(app): State<App>, Anyone(who): Anyone) -> Result<Response, Problem> {
    let person = person_of(&who)?;
    app.reply(&who, StatusCode::OK, async |tx| {
        store::read_all(tx, person).await?;
        Ok::<_, Problem>(NotificationCount { unread: 0 })
    })
    .await
}

async fn mark(app: &App, who: &Actor, id: NotificationId, change: fn(&mut notification::Model, DateTime<Utc>)) -> Result<Response, Problem> {
    let person = person_of(who).map_err(|_| Problem::not_found())?;
    app.reply(who, StatusCode::OK, async |tx| marked(tx, person, id, change).await).await
}

async fn marked(
    tx: &mut Tx,
    id_of_person: PersonId,
    id: NotificationId,
    change: fn(&mut notification::Model, DateTime<Utc>),
) -> Result<Notification, Problem> {
    let before = store::find(tx, tx.vendor(), id_of_person, id.0).await?.ok_or_else(Problem::not_found)?;
    let mut row = before.clone();
    change(&mut row, tx.now());
    if row != before {
        store::update(tx, row.clone()).await?;
    }
    let person = people::find(tx, tx.vendor(), id_of_person).await?.ok_or_else(Problem::not_found)?;
    let app = tx.app().clone();
    shown(&app, Rows::Tx(tx), &person, vec![row]).await?.pop().ok_or_else(Problem::not_found)
}
