//! Portals: a vendor's front ends, as public OAuth clients. Whoever signs in does so through one, and comes back to one of its addresses.

use crate::{Can, error, may};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Utc};
use kernel::app::Resource;
use kernel::body::not_null;
use kernel::id::VendorId;
use kernel::idempotency::Answer;
use kernel::log::EventKind;
use kernel::{App, At, Event, Page, PageQuery, Params, Problem, Subject, Tx, Valid};
use sea_orm::entity::prelude::*;
use sea_orm::{Condition, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use validator::{Validate, ValidationError};

kernel::define_id!(
    /// A front end of the vendor; the `client_id` with which people sign in.
    PortalId, "ptl");

/// The table of portals.
pub mod portal {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "portals")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub name: String,
        pub redirect_uris: String,
        pub revision: i64,
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// A front end to be added.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Partner portal", "redirect_uris": ["https://portal.contoso.example/signed-in"]}))]
pub struct PortalCreate {
    /// What people know it as.
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// The addresses to which a sign-in may come back, compared letter for letter: https, or http on localhost.
    #[validate(length(min = 1, max = 20), custom(function = addresses))]
    #[schema(min_items = 1, max_items = 20)]
    pub redirect_uris: Vec<String>,
}

/// What is to change of a front end (JSON merge patch): what is absent stays.
#[derive(Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"redirect_uris": ["https://portal.contoso.example/signed-in", "http://localhost:3000/signed-in"]}))]
pub struct PortalPatch {
    /// What people know it as.
    #[serde(default, deserialize_with = "not_null")]
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200, nullable = false)]
    pub name: Option<String>,
    /// The addresses to which a sign-in may come back.
    #[serde(default, deserialize_with = "not_null")]
    #[validate(length(min = 1, max = 20), custom(function = addresses))]
    #[schema(min_items = 1, max_items = 20, nullable = false)]
    pub redirect_uris: Option<Vec<String>>,
}

/// A front end of the vendor.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"id": "ptl_01jd3k7x2mfq8t9v5w6y0zabcd", "name": "Partner portal",
    "redirect_uris": ["https://portal.contoso.example/signed-in"], "revision": 1, "created_at": "2026-11-20T12:00:00Z",
    "updated_at": "2026-11-20T12:00:00Z"}))]
pub struct Portal {
    /// Its id: the `client_id` of its sign-ins. Not a secret.
    pub id: PortalId,
    /// What people know it as.
    pub name: String,
    /// The addresses to which a sign-in may come back.
    pub redirect_uris: Vec<String>,
    /// Raised with every change.
    pub revision: i64,
    /// When it was added.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

impl portal::Model {
    /// Whose it is.
    pub fn vendor(&self) -> VendorId {
        VendorId(self.vendor_id)
    }

    /// The addresses to which a sign-in may come back.
    pub fn redirect_uris(&self) -> Vec<String> {
        serde_json::from_str(&self.redirect_uris).unwrap_or_default()
    }
}

impl From<portal::Model> for Portal {
    fn from(row: portal::Model) -> Self {
        let redirect_uris = row.redirect_uris();
        Self { id: PortalId(row.id), name: row.name, redirect_uris, revision: row.revision, created_at: row.created_at, updated_at: row.updated_at }
    }
}

impl Resource for Portal {
    fn revision(&self) -> Option<i64> {
        Some(self.revision)
    }
    fn location(&self) -> Option<String> {
        Some(format!("/v1/portals/{}", self.id))
    }
}

/// An address that a browser may be sent to with a code: exact, without a fragment (RFC 9700 §2.1), not in the clear but to one's own machine.
fn addresses(sent: &[String]) -> Result<(), ValidationError> {
    let fits = |text: &String| {
        let Ok(url) = url::Url::parse(text) else { return false };
        let local = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
        let scheme = url.scheme() == "https" || url.scheme() == "http" && local;
        scheme && url.fragment().is_none() && url.username().is_empty() && url.password().is_none() && text.len() <= 2_000 && !text.contains('*')
    };
    if sent.iter().all(fits) {
        return Ok(());
    }
    Err(ValidationError::new("url").with_message("Each is an https URL without a fragment; http only on localhost.".into()))
}

macro_rules! portal_event {
    ($(#[$doc:meta])* $name:ident, $kind:literal) => {
        $(#[$doc])*
        #[derive(Serialize, ToSchema)]
        pub struct $name {
            /// The front end as it now is, or was.
            pub portal: Portal,
        }
        impl Event for $name {
            const TYPE: &'static str = $kind;
            fn subject(&self) -> Subject {
                Subject::new("portal", self.portal.id, self.portal.revision)
            }
        }
    };
}

portal_event!(
    /// A front end was added.
    PortalCreatedEvent, "portal.created");
portal_event!(
    /// A front end was changed.
    PortalUpdatedEvent, "portal.updated");

pub(crate) fn event_kinds() -> Vec<EventKind> {
    vec![EventKind::of::<PortalCreatedEvent>("A front end was added."), EventKind::of::<PortalUpdatedEvent>("A front end was changed.")]
}

pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(create_portal, list_portals)).routes(routes!(get_portal, update_portal))
}

/// Add a front end through which people sign in.
#[utoipa::path(post, path = "/portals", operation_id = "create_portal", tag = "access", request_body = PortalCreate,
    security(("bearer" = ["access:manage"])),
    responses((status = 201, description = "The new front end.", body = Portal)))]
async fn create_portal(State(app): State<App>, who: Can<may::ManageAccess>, Valid(body): Valid<PortalCreate>) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::CREATED, async |tx| create(tx, body).await).await
}

/// List front ends, newest first.
#[utoipa::path(get, path = "/portals", operation_id = "list_portals", tag = "access", params(PageQuery),
    security(("bearer" = ["access:manage"])),
    responses((status = 200, description = "A page of front ends.", body = Page<Portal>)))]
async fn list_portals(State(app): State<App>, who: Can<may::ManageAccess>, Params(page): Params<PageQuery>) -> Result<Json<Page<Portal>>, Problem> {
    let (limit, after) = (page.limit()?, page.after::<Uuid>("portals")?);
    let mut find = portal::Entity::find().filter(portal::Column::VendorId.eq(who.scope.vendor().0));
    if let Some(after) = after {
        find = find.filter(portal::Column::Id.lt(after));
    }
    let rows = find.order_by_desc(portal::Column::Id).limit(limit + 1).all(&app.db().read_of(who.scope.vendor()).await?).await?;
    Ok(Json(Page::of("portals", rows, limit, |row| row.id).map(Portal::from)))
}

/// Read a front end.
#[utoipa::path(get, path = "/portals/{id}", operation_id = "get_portal", tag = "access", params(("id" = PortalId, Path, description = "The front end.")),
    security(("bearer" = ["access:manage"])),
    responses((status = 200, description = "The front end.", body = Portal)))]
async fn get_portal(State(app): State<App>, who: Can<may::ManageAccess>, At(id): At<PortalId>) -> Result<Response, Problem> {
    let vendor = who.scope.vendor();
    let row = portal::Entity::find_by_id((vendor.0, id.0)).one(&app.db().read_of(vendor).await?).await?.ok_or_else(Problem::not_found)?;
    Ok(Answer::of(StatusCode::OK, &Portal::from(row)).into_response(false))
}

/// Change a front end.
#[utoipa::path(patch, path = "/portals/{id}", operation_id = "update_portal", tag = "access", params(("id" = PortalId, Path, description = "The front end.")),
    request_body = PortalPatch, security(("bearer" = ["access:manage"])),
    responses((status = 200, description = "The front end as it now is.", body = Portal)))]
async fn update_portal(
    State(app): State<App>,
    who: Can<may::ManageAccess>,
    At(id): At<PortalId>,
    Valid(body): Valid<PortalPatch>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| update(tx, id, body).await).await
}

async fn create(tx: &mut Tx, new: PortalCreate) -> Result<Portal, Problem> {
    let row = portal::Model {
        vendor_id: tx.vendor().0,
        id: PortalId::fresh().0,
        name: new.name,
        redirect_uris: serde_json::to_string(&new.redirect_uris).unwrap_or_default(),
        revision: 1,
        created_at: tx.now(),
        updated_at: tx.now(),
    };
    portal::Entity::insert(portal::ActiveModel::from(row.clone())).exec_without_returning(tx).await?;
    let portal = Portal::from(row);
    tx.emit(PortalCreatedEvent { portal: portal.clone() });
    Ok(portal)
}

async fn update(tx: &mut Tx, id: PortalId, patch: PortalPatch) -> Result<Portal, Problem> {
    let before = portal::Entity::find_by_id((tx.vendor().0, id.0)).one(tx).await?.ok_or_else(Problem::not_found)?;
    tx.actor().require_match(before.revision)?;
    let mut row = before.clone();
    row.name = patch.name.unwrap_or(row.name);
    row.redirect_uris = patch.redirect_uris.map_or(row.redirect_uris, |uris| serde_json::to_string(&uris).unwrap_or_default());
    if row == before {
        return Ok(row.into());
    }
    (row.revision, row.updated_at) = (before.revision + 1, tx.now());
    let this = Condition::all().add(portal::Column::VendorId.eq(row.vendor_id)).add(portal::Column::Id.eq(row.id));
    let same = this.add(portal::Column::Revision.eq(before.revision));
    if portal::Entity::update_many().set(portal::ActiveModel::from(row.clone()).reset_all()).filter(same).exec(tx).await?.rows_affected != 1 {
        return Err(Problem::new(kernel::problem::kinds::STALE));
    }
    let portal = Portal::from(row);
    tx.emit(PortalUpdatedEvent { portal: portal.clone() });
    Ok(portal)
}

/// The portal with this `client_id`, of whichever vendor: who signs in through it belongs to that vendor.
pub async fn find(app: &App, client_id: &str) -> Result<portal::Model, Problem> {
    let unknown = || Problem::new(error::NO_SUCH_PORTAL);
    let id: PortalId = client_id.parse().map_err(|_| unknown())?;
    let row = portal::Entity::find().filter(portal::Column::Id.eq(id.0)).one(&app.db().read_across_vendors().await?).await?;
    row.ok_or_else(unknown)
}
