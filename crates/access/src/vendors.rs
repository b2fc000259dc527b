//! Vendors: made by the operator, each with its own log and its first admin key.

use crate::keys::{self, ApiKeyCreate, ApiKeyCreated};
use crate::permission::Role;
use crate::{Can, Operator, may};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Utc};
use kernel::app::Resource;
use kernel::id::VendorId;
use kernel::idempotency::Answer;
use kernel::log::{self, EventKind};
use kernel::{Actor, App, Event, Problem, Subject, Tx, Valid};
use sea_orm::{ConnectionTrait, DbErr, Statement};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use validator::Validate;

/// A vendor to be made.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Contoso"}))]
pub struct VendorCreate {
    /// Its name.
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
}

/// The company whose program this is.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"id": "vnd_01jd3k7x2mfq8t9v5w6y0zabcd", "name": "Contoso", "revision": 1, "created_at": "2026-11-20T12:00:00Z"}))]
pub struct Vendor {
    /// Its id.
    pub id: VendorId,
    /// Its name.
    pub name: String,
    /// Raised with every change.
    pub revision: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// A new vendor with its first admin key.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"vendor": {"id": "vnd_01jd3k7x2mfq8t9v5w6y0zabcd", "name": "Contoso", "revision": 1, "created_at": "2026-11-20T12:00:00Z"},
    "api_key": {"id": "key_01jd3k7x2mfq8t9v5w6y0zabcd", "name": "First admin key", "hint": "prm_3f9a…", "role": "admin",
    "scopes": ["vendor:read"], "revision": 1, "created_at": "2026-11-20T12:00:00Z", "available_actions": ["revoke"]},
    "secret": "prm_3f9ac2d07be84f5a9d1c6e2b7f80a4135c9e6d2f10b38a7451f2c9d0"}))]
pub struct VendorCreated {
    /// The vendor.
    pub vendor: Vendor,
    /// Its first admin key.
    #[serde(flatten)]
    pub key: ApiKeyCreated,
}

impl Resource for Vendor {
    fn revision(&self) -> Option<i64> {
        Some(self.revision)
    }
}

impl Resource for VendorCreated {
    fn revision(&self) -> Option<i64> {
        Some(self.vendor.revision)
    }
    fn location(&self) -> Option<String> {
        Some("/v1/vendor".into())
    }
}

/// A vendor was made.
#[derive(Serialize, ToSchema)]
pub struct VendorCreatedEvent {
    /// The vendor.
    pub vendor: Vendor,
}

impl Event for VendorCreatedEvent {
    const TYPE: &'static str = "vendor.created";
    fn subject(&self) -> Subject {
        Subject::new("vendor", self.vendor.id, self.vendor.revision)
    }
}

pub(crate) fn event_kinds() -> Vec<EventKind> {
    vec![EventKind::of::<VendorCreatedEvent>("A vendor was made.")]
}

pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(create_vendor)).routes(routes!(get_vendor))
}

/// Make a vendor and its first admin key (operator only).
#[utoipa::path(post, path = "/vendors", operation_id = "create_vendor", tag = "access", request_body = VendorCreate,
    security(("operator" = [])),
    responses((status = 201, description = "The vendor and its first admin key, whose secret is shown this once.", body = VendorCreated)))]
async fn create_vendor(State(app): State<App>, Operator(who): Operator, Valid(body): Valid<VendorCreate>) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::CREATED, async |tx| found(tx, body).await).await
}

/// Read one's own vendor.
#[utoipa::path(get, path = "/vendor", operation_id = "get_vendor", tag = "access",
    security(("bearer" = ["vendor:read"])),
    responses((status = 200, description = "The vendor.", body = Vendor)))]
async fn get_vendor(State(app): State<App>, who: Can<may::ReadVendor>) -> Result<Response, Problem> {
    let vendor = find(&app.db().read_of(who.scope.vendor()).await?, who.scope.vendor()).await?.ok_or_else(Problem::not_found)?;
    Ok(Answer::of(StatusCode::OK, &vendor).into_response(false))
}

/// Make a vendor and its first admin key: what `prm vendor create` does.
pub async fn create_by_operator(app: &App, new: VendorCreate) -> Result<VendorCreated, Problem> {
    let operator = Actor::new(kernel::actor::Caller::Operator, VendorId(uuid::Uuid::nil()), None, 0);
    app.write(&operator, async |tx| found(tx, new).await).await
}

/// The kept answer of the request lies under no vendor; the events go to the new vendor's own log.
async fn found(tx: &mut Tx, new: VendorCreate) -> Result<VendorCreated, Problem> {
    let vendor = Vendor { id: VendorId::fresh(), name: new.name, revision: 1, created_at: tx.now() };
    tx.enter_vendor(vendor.id).await?;
    insert(tx, &vendor).await?;
    tx.emit(VendorCreatedEvent { vendor: vendor.clone() });
    let first = ApiKeyCreate { name: "First admin key".into(), role: Role::Admin, scopes: Vec::new(), expires_at: None };
    Ok(VendorCreated { vendor, key: keys::create(tx, first).await? })
}

async fn insert(tx: &Tx, vendor: &Vendor) -> Result<(), DbErr> {
    let sql = "INSERT INTO vendors (id, name, revision, created_at, updated_at) VALUES ($1, $2, $3, $4, $4)";
    let values = [vendor.id.0.into(), vendor.name.clone().into(), vendor.revision.into(), vendor.created_at.into()];
    tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await?;
    log::open(tx, vendor.id).await
}

/// A vendor by its id.
pub async fn find(db: &impl ConnectionTrait, id: VendorId) -> Result<Option<Vendor>, DbErr> {
    let sql = "SELECT name, revision, created_at FROM vendors WHERE id = $1";
    let row = db.query_one_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, [id.0.into()])).await?;
    let read = |row: sea_orm::QueryResult| {
        Ok(Vendor { id, name: row.try_get("", "name")?, revision: row.try_get("", "revision")?, created_at: row.try_get("", "created_at")? })
    };
    row.map(read).transpose()
}
