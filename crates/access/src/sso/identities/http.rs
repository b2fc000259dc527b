//! The operations on identities, and an identity on the wire.

use super::IdentityId;
use super::store::{self, identity};
use crate::people::{self, person};
use crate::sso::providers::Gone;
use crate::{Can, error, may, roles, sessions};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Utc};
use kernel::app::Resource;
use kernel::id::PersonId;
use kernel::idempotency::Answer;
use kernel::log::EventKind;
use kernel::text::not_blank;
use kernel::{App, At, Event, Page, PageQuery, Params, Problem, Subject, Tx, Valid};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use validator::Validate;

/// An identity to be linked to a person.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"person_id": "per_01jd3k7x2mfq8t9v5w6y0zabcd", "issuer": "https://login.contoso.example", "subject": "248289761001"}))]
pub struct IdentityCreate {
    /// Who it is.
    pub person_id: PersonId,
    /// The issuer: `iss` of its tokens.
    #[validate(length(min = 1, max = 500), custom(function = not_blank))]
    #[schema(min_length = 1, max_length = 500, pattern = r"\S")]
    pub issuer: String,
    /// Who the person is to the issuer: `sub` of its tokens.
    #[validate(length(min = 1, max = 255), custom(function = not_blank))]
    #[schema(min_length = 1, max_length = 255, pattern = r"\S")]
    pub subject: String,
}

/// Who a person is to an issuer.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"id": "idt_01jd3k7x2mfq8t9v5w6y0zabcd", "person_id": "per_01jd3k7x2mfq8t9v5w6y0zabcd",
    "issuer": "https://login.contoso.example", "subject": "248289761001", "created_at": "2026-11-20T12:00:00Z"}))]
pub struct Identity {
    /// Its id.
    pub id: IdentityId,
    /// Who it is.
    pub person_id: PersonId,
    /// The issuer.
    pub issuer: String,
    /// Who the person is to the issuer.
    pub subject: String,
    /// When it was linked.
    pub created_at: DateTime<Utc>,
}

impl From<identity::Model> for Identity {
    fn from(row: identity::Model) -> Self {
        Self { id: IdentityId(row.id), person_id: PersonId(row.person_id), issuer: row.issuer, subject: row.subject, created_at: row.created_at }
    }
}

impl Resource for Identity {
    fn location(&self) -> Option<String> {
        Some(format!("/v1/identities/{}", self.id))
    }
}

macro_rules! identity_event {
    ($(#[$doc:meta])* $name:ident, $kind:literal) => {
        $(#[$doc])*
        #[derive(Serialize, ToSchema)]
        pub struct $name {
            /// The identity.
            pub identity: Identity,
        }
        impl Event for $name {
            const TYPE: &'static str = $kind;
            fn subject(&self) -> Subject {
                Subject::new("identity", self.identity.id, 1)
            }
        }
    };
}

identity_event!(
    /// An identity was linked to a person.
    IdentityLinkedEvent, "identity.linked");
identity_event!(
    /// An identity was taken from a person.
    IdentityUnlinkedEvent, "identity.unlinked");

pub(crate) fn event_kinds() -> Vec<EventKind> {
    vec![
        EventKind::of::<IdentityLinkedEvent>("An identity was linked to a person."),
        EventKind::of::<IdentityUnlinkedEvent>("An identity was taken from a person."),
    ]
}

pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(create_identity, list_identities)).routes(routes!(get_identity, delete_identity))
}

/// Link an identity to a person, whose tokens and sign-ins then stand for that person.
///
/// Nobody links an identity to a person who may do more than they may themselves.
#[utoipa::path(post, path = "/identities", operation_id = "create_identity", tag = "access", request_body = IdentityCreate,
    security(("bearer" = ["access:manage"])),
    responses((status = 201, description = "The new identity.", body = Identity)))]
async fn create_identity(State(app): State<App>, who: Can<may::ManageAccess>, Valid(body): Valid<IdentityCreate>) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::CREATED, async |tx| {
        let found = people::find(tx, tx.vendor(), body.person_id).await?;
        let person = found.filter(|person| reached(tx, person));
        let person = person.ok_or_else(|| Problem::invalid("/person_id", "not_found", "There is no such person."))?;
        check_reach(tx, &person).await?;
        link(tx, person.id(), &body.issuer, &body.subject).await
    })
    .await
}

/// Filters of the list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct IdentityQuery {
    /// Only this person's.
    pub person_id: Option<PersonId>,
    /// Rows on the page, 1 to 200; 25 if absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// List identities, newest first.
#[utoipa::path(get, path = "/identities", operation_id = "list_identities", tag = "access", params(IdentityQuery),
    security(("bearer" = ["access:manage"])),
    responses((status = 200, description = "A page of identities.", body = Page<Identity>)))]
async fn list_identities(
    State(app): State<App>,
    who: Can<may::ManageAccess>,
    Params(query): Params<IdentityQuery>,
) -> Result<Json<Page<Identity>>, Problem> {
    let page = PageQuery { limit: query.limit, cursor: query.cursor };
    let rows = store::list(&app.db().read_of(who.scope.vendor()).await?, who.scope, query.person_id, page).await?;
    Ok(Json(rows.map(Identity::from)))
}

/// Read an identity.
#[utoipa::path(get, path = "/identities/{id}", operation_id = "get_identity", tag = "access",
    params(("id" = IdentityId, Path, description = "The identity.")), security(("bearer" = ["access:manage"])),
    responses((status = 200, description = "The identity.", body = Identity)))]
async fn get_identity(State(app): State<App>, who: Can<may::ManageAccess>, At(id): At<IdentityId>) -> Result<Response, Problem> {
    let row = store::find_visible(&app.db().read_of(who.scope.vendor()).await?, who.scope, id).await?.ok_or_else(Problem::not_found)?;
    Ok(Answer::of(StatusCode::OK, &Identity::from(row)).into_response(false))
}

/// Take an identity from a person. The person's sessions end.
#[utoipa::path(delete, path = "/identities/{id}", operation_id = "delete_identity", tag = "access",
    params(("id" = IdentityId, Path, description = "The identity.")), security(("bearer" = ["access:manage"])),
    responses((status = 204, description = "It is gone.")))]
async fn delete_identity(State(app): State<App>, who: Can<may::ManageAccess>, At(id): At<IdentityId>) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::NO_CONTENT, async |tx| {
        let row = store::find_visible(tx, tx.scope(), id).await?.ok_or_else(Problem::not_found)?;
        if let Some(person) = people::find(tx, tx.vendor(), PersonId(row.person_id)).await? {
            check_reach(tx, &person).await?;
        }
        store::delete(tx, id).await?;
        sessions::end_all(tx, PersonId(row.person_id), "identity_unlinked").await?;
        tx.emit(IdentityUnlinkedEvent { identity: row.into() });
        Ok::<_, Problem>(Gone {})
    })
    .await
}

/// Whether the caller reaches this person: a partner's caller reaches only its own partner's.
fn reached(tx: &Tx, person: &person::Model) -> bool {
    tx.scope().partner().is_none() || person.partner() == tx.scope().partner()
}

/// 403 if the person may do what the caller may not: linking is as good as signing in as them.
async fn check_reach(tx: &Tx, person: &person::Model) -> Result<(), Problem> {
    let grants = roles::facts(tx, tx.vendor(), &person.role()).await?.map_or(0, |role| role.grants);
    if grants & !tx.actor().grants == 0 { Ok(()) } else { Err(Problem::new(error::ROLE_TOO_HIGH)) }
}

/// Link an identity to a person; 409 if it is somebody's already.
pub(in crate::sso) async fn link(tx: &mut Tx, person: PersonId, issuer: &str, subject: &str) -> Result<Identity, Problem> {
    let row = identity::Model {
        vendor_id: tx.vendor().0,
        id: IdentityId::fresh().0,
        person_id: person.0,
        issuer: issuer.to_owned(),
        subject: subject.to_owned(),
        created_at: tx.now(),
    };
    if !store::insert(tx, row.clone()).await? {
        return Err(Problem::new(error::IDENTITY_TAKEN));
    }
    let identity = Identity::from(row);
    tx.emit(IdentityLinkedEvent { identity: identity.clone() });
    Ok(identity)
}
