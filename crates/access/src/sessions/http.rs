//! The operations on sessions, and a session on the wire.

use super::store::{self, session};
use crate::people::person;
use crate::permission::Permission;
use crate::portals::PortalId;
use crate::{Anyone, Can, may, people};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Utc};
use kernel::actor::{Caller, Within};
use kernel::app::Resource;
use kernel::id::{PersonId, SessionId};
use kernel::idempotency::Answer;
use kernel::log::EventKind;
use kernel::personal::{DataSubject, Personal};
use kernel::{Actor, App, At, Event, Page, PageQuery, Params, Problem, Subject};
use sea_orm::sea_query::Query;
use sea_orm::{ColumnTrait, Condition, ConnectionTrait};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// A person who is, or was, signed in.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"id": "ses_01jd3k7x2mfq8t9v5w6y0zabcd", "person_id": "per_01jd3k7x2mfq8t9v5w6y0zabcd", "methods": ["pwd", "otp", "mfa"],
    "device": "Mozilla/5.0", "authenticated_at": "2026-11-20T12:00:00Z", "last_used_at": "2026-11-20T12:00:00Z", "expires_at": "2026-11-27T12:00:00Z",
    "revision": 1, "created_at": "2026-11-20T12:00:00Z", "available_actions": ["revoke"]}))]
pub struct Session {
    /// Its id; the `sid` of its tokens.
    pub id: SessionId,
    /// Whose it is.
    pub person_id: PersonId,
    /// The portal through which the person came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub portal_id: Option<PortalId>,
    /// The identity provider that vouched for the person; absent for a local sign-in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// How the person proved who they are (RFC 8176): `pwd`, `otp`, `hwk`, `fed`, `mfa` …
    pub methods: Vec<String>,
    /// The browser or device, as it calls itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
    /// When the person proved it.
    pub authenticated_at: DateTime<Utc>,
    /// When its last token was made.
    pub last_used_at: DateTime<Utc>,
    /// When it runs out unless it is used.
    pub expires_at: DateTime<Utc>,
    /// When it was ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<DateTime<Utc>>,
    /// Why it was ended: `signed_out`, `revoked`, `refresh_token_reused` … More may come.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_reason: Option<String>,
    /// Raised with every change.
    pub revision: i64,
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// What the caller may do with it now.
    pub available_actions: Vec<String>,
}

impl From<session::Model> for Session {
    fn from(row: session::Model) -> Self {
        Self {
            id: SessionId(row.id),
            person_id: PersonId(row.person_id),
            portal_id: row.portal_id.map(PortalId),
            methods: row.methods(),
            authenticated_at: row.authenticated_at,
            last_used_at: row.refreshed_at,
            expires_at: row.lasts_until(),
            ended_at: row.ended_at,
            end_reason: row.end_reason,
            revision: row.revision,
            created_at: row.created_at,
            available_actions: if row.ended_at.is_none() { vec!["revoke".to_owned()] } else { Vec::new() },
            provider: row.provider,
            device: row.device,
        }
    }
}

impl Resource for Session {
    fn revision(&self) -> Option<i64> {
        Some(self.revision)
    }
}

macro_rules! session_event {
    ($(#[$doc:meta])* $name:ident, $kind:literal) => {
        $(#[$doc])*
        #[derive(Serialize, ToSchema)]
        pub struct $name {
            /// The session as it now is.
            pub session: Session,
        }
        impl Event for $name {
            const TYPE: &'static str = $kind;
            fn subject(&self) -> Subject {
                Subject::new("session", self.session.id, self.session.revision)
            }
            fn personal(&self) -> Vec<Personal> {
                vec![Personal { whose: DataSubject::Person(self.session.person_id), members: &["/session/device"] }]
            }
        }
    };
}

session_event!(
    /// A person signed in.
    SessionStartedEvent, "session.started");
session_event!(
    /// A person proved again, or more, who they are in a session.
    SessionSteppedUpEvent, "session.stepped_up");
session_event!(
    /// A session was ended.
    SessionEndedEvent, "session.ended");

pub(crate) fn event_kinds() -> Vec<EventKind> {
    vec![
        EventKind::of::<SessionStartedEvent>("A person signed in."),
        EventKind::of::<SessionSteppedUpEvent>("A person proved again, or more, who they are in a session."),
        EventKind::of::<SessionEndedEvent>("A session was ended."),
    ]
}

pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_sessions))
        .routes(routes!(get_session))
        .routes(routes!(revoke_session))
        .routes(routes!(revoke_person_access))
}

/// Filters of the list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SessionQuery {
    /// Only this person's.
    pub person_id: Option<PersonId>,
    /// `true`: only those that are open; `false`: ended ones too. `true` if absent.
    pub open: Option<bool>,
    /// Rows on the page, 1 to 200; 25 if absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// Whose sessions `who` may see: everybody's within reach with `people:manage`, else one's own.
fn visible(who: &Actor) -> Condition {
    let own = match who.caller {
        Caller::Person(id) => session::Column::PersonId.eq(id.0),
        _ => session::Column::PersonId.is_null(),
    };
    if who.grants & Permission::ManagePeople.bit() == 0 {
        return Condition::all().add(own);
    }
    if who.scope.within() == Within::Everything {
        return Condition::all();
    }
    let theirs = Query::select()
        .column(person::Column::Id)
        .from(person::Entity)
        .and_where(person::Column::VendorId.eq(who.scope.vendor().0))
        .cond_where(who.scope.limit_or_vendors(person::Column::PartnerId))
        .to_owned();
    Condition::all().add(session::Column::PersonId.in_subquery(theirs))
}

async fn find_visible(db: &impl ConnectionTrait, who: &Actor, id: SessionId) -> Result<session::Model, Problem> {
    let one = visible(who).add(session::Column::Id.eq(id.0));
    let page = PageQuery { limit: Some(1), cursor: None };
    store::list(db, who.scope.vendor(), one, None, page).await?.data.pop().ok_or_else(Problem::not_found)
}

/// List sessions, newest first: one's own, or with `people:manage` everybody's within reach.
#[utoipa::path(get, path = "/sessions", operation_id = "list_sessions", tag = "access", params(SessionQuery),
    security(("bearer" = [])),
    responses((status = 200, description = "A page of sessions.", body = Page<Session>)))]
async fn list_sessions(State(app): State<App>, Anyone(who): Anyone, Params(query): Params<SessionQuery>) -> Result<Json<Page<Session>>, Problem> {
    let person = query.person_id.map(|id| session::Column::PersonId.eq(id.0));
    let open_at = query.open.unwrap_or(true).then(|| app.clock().now());
    let page = PageQuery { limit: query.limit, cursor: query.cursor };
    let rows = store::list(&app.db().read_of(who.scope.vendor()).await?, who.scope.vendor(), visible(&who).add_option(person), open_at, page).await?;
    Ok(Json(rows.map(Session::from)))
}

/// Read a session.
#[utoipa::path(get, path = "/sessions/{id}", operation_id = "get_session", tag = "access", params(("id" = SessionId, Path, description = "The session.")),
    security(("bearer" = [])),
    responses((status = 200, description = "The session.", body = Session)))]
async fn get_session(State(app): State<App>, Anyone(who): Anyone, At(id): At<SessionId>) -> Result<Response, Problem> {
    let row = find_visible(&app.db().read_of(who.scope.vendor()).await?, &who, id).await?;
    Ok(Answer::of(StatusCode::OK, &Session::from(row)).into_response(false))
}

/// End a session, with every token of it, at once and on every instance.
#[utoipa::path(post, path = "/sessions/{id}/revoke", operation_id = "revoke_session", tag = "access", params(("id" = SessionId, Path, description = "The session.")),
    security(("bearer" = [])),
    responses((status = 200, description = "The ended session.", body = Session)))]
async fn revoke_session(State(app): State<App>, Anyone(who): Anyone, At(id): At<SessionId>) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| {
        let row = find_visible(tx, tx.actor(), id).await?;
        if row.ended_at.is_some() {
            return Ok(Session::from(row));
        }
        let own = tx.actor().caller == Caller::Person(PersonId(row.person_id));
        let row = super::end(tx, row, if own { "signed_out" } else { "revoked" }).await?;
        Ok::<_, Problem>(Session::from(row))
    })
    .await
}

/// Sign a person out everywhere: every session and every token of theirs stops working, at once. They may sign in again.
#[utoipa::path(post, path = "/people/{id}/revoke-access", operation_id = "revoke_person_access", tag = "people",
    params(("id" = PersonId, Path, description = "The person.")), security(("bearer" = ["people:manage"])),
    responses((status = 200, description = "The person.", body = people::Person)))]
async fn revoke_person_access(State(app): State<App>, who: Can<may::ManagePeople>, At(id): At<PersonId>) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| people::revoke_access(tx, id).await).await
}
