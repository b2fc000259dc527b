//! API keys: `prm_` and 56 hexadecimal digits, shown once, stored as a hash.

use crate::error;
use crate::permission::{self, Permission, Role, may};
use crate::{Can, authenticate};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Utc};
use kernel::app::Resource;
use kernel::id::{ApiKeyId, VendorId};
use kernel::idempotency::Answer;
use kernel::log::EventKind;
use kernel::workers::{WokenBy, Worker};
use kernel::{Actor, App, At, Event, Page, PageQuery, Params, Problem, Scope, Subject, Tx, Valid};
use sea_orm::ExprTrait as _;
use sea_orm::entity::prelude::*;
use sea_orm::{ActiveValue::Set, QueryOrder, QuerySelect, Statement};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use validator::Validate;

/// Every key begins with this, so that a leaked one is found by scanners.
pub const PREFIX: &str = "prm_";

/// The table of keys.
pub mod api_key {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "api_keys")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub name: String,
        pub hash: Vec<u8>,
        pub hint: String,
        pub role: String,
        pub scopes: String,
        pub expires_at: Option<DateTime<Utc>>,
        pub revoked_at: Option<DateTime<Utc>>,
        pub last_used_at: Option<DateTime<Utc>>,
        pub revision: i64,
        pub created_at: DateTime<Utc>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

impl api_key::Model {
    /// Its id.
    pub fn id(&self) -> ApiKeyId {
        ApiKeyId(self.id)
    }

    /// Whose it is.
    pub fn vendor(&self) -> VendorId {
        VendorId(self.vendor_id)
    }

    fn scopes(&self) -> Vec<String> {
        serde_json::from_str(&self.scopes).unwrap_or_default()
    }

    fn role(&self) -> Role {
        self.role.parse().unwrap_or(Role::Engineer)
    }

    /// What it may do.
    pub fn grants(&self) -> u64 {
        authenticate::narrowed(self.role(), &self.scopes())
    }
}

/// A key to be made.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "CRM sync", "role": "integration", "scopes": ["crm:write", "events:read"], "expires_at": "2027-11-20T00:00:00Z"}))]
pub struct ApiKeyCreate {
    /// What it is for; people will read it when they decide whether to revoke it.
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// One of the vendor's roles; the key may do no more than its role.
    pub role: Role,
    /// Permissions that narrow the role; all that the role allows if absent.
    #[serde(default)]
    #[validate(length(max = 64))]
    #[schema(max_items = 64)]
    pub scopes: Vec<String>,
    /// When it stops working; never if absent.
    pub expires_at: Option<DateTime<Utc>>,
}

/// An API key, without its secret.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"id": "key_01jd3k7x2mfq8t9v5w6y0zabcd", "name": "CRM sync", "hint": "prm_3f9a…", "role": "integration",
    "scopes": ["crm:write", "events:read"], "revision": 1, "created_at": "2026-11-20T12:00:00Z", "available_actions": ["revoke"]}))]
pub struct ApiKey {
    /// Its id.
    pub id: ApiKeyId,
    /// What it is for.
    pub name: String,
    /// How the secret begins, to tell keys apart.
    pub hint: String,
    /// Its role.
    pub role: Role,
    /// The permissions that it has.
    pub scopes: Vec<String>,
    /// When it stops working.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was revoked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<DateTime<Utc>>,
    /// When it was last used, to the minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_used_at: Option<DateTime<Utc>>,
    /// Raised with every change.
    pub revision: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// What the caller may do with it now.
    pub available_actions: Vec<String>,
}

/// A new key with its secret, which is shown this once.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"api_key": {"id": "key_01jd3k7x2mfq8t9v5w6y0zabcd", "name": "CRM sync", "hint": "prm_3f9a…", "role": "integration",
    "scopes": ["crm:write"], "revision": 1, "created_at": "2026-11-20T12:00:00Z", "available_actions": ["revoke"]},
    "secret": "prm_3f9ac2d07be84f5a9d1c6e2b7f80a4135c9e6d2f10b38a7451f2c9d0"}))]
pub struct ApiKeyCreated {
    /// The key.
    pub api_key: ApiKey,
    /// Send it as `Authorization: Bearer …`. It cannot be read again.
    pub secret: String,
}

impl Resource for ApiKey {
    fn revision(&self) -> Option<i64> {
        Some(self.revision)
    }
}

impl Resource for ApiKeyCreated {
    fn revision(&self) -> Option<i64> {
        Some(self.api_key.revision)
    }
    fn location(&self) -> Option<String> {
        Some(format!("/v1/api-keys/{}", self.api_key.id))
    }
}

impl From<api_key::Model> for ApiKey {
    fn from(key: api_key::Model) -> Self {
        let available_actions = if key.revoked_at.is_none() { vec!["revoke".to_owned()] } else { Vec::new() };
        Self {
            id: key.id(),
            role: key.role(),
            scopes: permission::names(key.grants()).into_iter().map(str::to_owned).collect(),
            name: key.name,
            hint: key.hint,
            expires_at: key.expires_at,
            revoked_at: key.revoked_at,
            last_used_at: key.last_used_at,
            revision: key.revision,
            created_at: key.created_at,
            available_actions,
        }
    }
}

macro_rules! key_event {
    ($(#[$doc:meta])* $name:ident, $kind:literal) => {
        $(#[$doc])*
        #[derive(Serialize, ToSchema)]
        pub struct $name {
            /// The key, without its secret.
            pub api_key: ApiKey,
        }
        impl Event for $name {
            const TYPE: &'static str = $kind;
            fn subject(&self) -> Subject {
                Subject::new("api_key", self.api_key.id, self.api_key.revision)
            }
        }
    };
}

key_event!(
    /// An API key was made.
    ApiKeyCreatedEvent, "api_key.created");
key_event!(
    /// An API key was revoked.
    ApiKeyRevokedEvent, "api_key.revoked");

pub(crate) fn event_kinds() -> Vec<EventKind> {
    vec![EventKind::of::<ApiKeyCreatedEvent>("An API key was made."), EventKind::of::<ApiKeyRevokedEvent>("An API key was revoked.")]
}

pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(create_api_key, list_api_keys)).routes(routes!(get_api_key)).routes(routes!(revoke_api_key))
}

/// Make an API key. The secret is in this answer and nowhere else.
#[utoipa::path(post, path = "/api-keys", operation_id = "create_api_key", tag = "access", request_body = ApiKeyCreate,
    security(("bearer" = ["keys:manage"])),
    responses((status = 201, description = "The new key with its secret.", body = ApiKeyCreated)))]
async fn create_api_key(State(app): State<App>, who: Can<may::ManageKeys>, Valid(body): Valid<ApiKeyCreate>) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::CREATED, async |tx| create(tx, body).await).await
}

/// Filters of the list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ApiKeyQuery {
    /// Rows on the page, 1 to 200; 25 if absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// List API keys, newest first.
#[utoipa::path(get, path = "/api-keys", operation_id = "list_api_keys", tag = "access", params(ApiKeyQuery),
    security(("bearer" = ["keys:manage"])),
    responses((status = 200, description = "A page of keys.", body = Page<ApiKey>)))]
async fn list_api_keys(
    State(app): State<App>,
    who: Can<may::ManageKeys>,
    Params(query): Params<ApiKeyQuery>,
) -> Result<axum::Json<Page<ApiKey>>, Problem> {
    let page = PageQuery { limit: query.limit, cursor: query.cursor };
    let (limit, after) = (page.limit()?, page.after::<Uuid>("api_keys")?);
    let mut find = api_key::Entity::find().filter(api_key::Column::VendorId.eq(who.scope.vendor().0));
    if let Some(after) = after {
        find = find.filter(api_key::Column::Id.lt(after));
    }
    let rows = find.order_by_desc(api_key::Column::Id).limit(limit + 1).all(&app.db().read_of(who.scope.vendor()).await?).await?;
    Ok(axum::Json(Page::of("api_keys", rows, limit, |row| row.id).map(ApiKey::from)))
}

/// Read an API key, without its secret.
#[utoipa::path(get, path = "/api-keys/{id}", operation_id = "get_api_key", tag = "access", params(("id" = ApiKeyId, Path, description = "The key.")),
    security(("bearer" = ["keys:manage"])),
    responses((status = 200, description = "The key.", body = ApiKey)))]
async fn get_api_key(State(app): State<App>, who: Can<may::ManageKeys>, At(id): At<ApiKeyId>) -> Result<Response, Problem> {
    let key = find(&app.db().read_of(who.scope.vendor()).await?, who.scope.vendor(), id).await?.ok_or_else(Problem::not_found)?;
    Ok(Answer::of(StatusCode::OK, &ApiKey::from(key)).into_response(false))
}

/// Revoke an API key, at once and for good. Tokens made from it stop working too.
#[utoipa::path(post, path = "/api-keys/{id}/revoke", operation_id = "revoke_api_key", tag = "access", params(("id" = ApiKeyId, Path, description = "The key.")),
    security(("bearer" = ["keys:manage"])),
    responses((status = 200, description = "The revoked key.", body = ApiKey)))]
async fn revoke_api_key(State(app): State<App>, who: Can<may::ManageKeys>, At(id): At<ApiKeyId>) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| revoke(tx, id).await).await
}

/// Make a key for the vendor of this write.
pub async fn create(tx: &mut Tx, new: ApiKeyCreate) -> Result<ApiKeyCreated, Problem> {
    check(tx, &new)?;
    let secret = fresh_secret();
    let row = api_key::Model {
        vendor_id: tx.vendor().0,
        id: ApiKeyId::fresh().0,
        name: new.name,
        hash: authenticate::hash(&secret).to_vec(),
        hint: format!("{}…", &secret[..8]),
        role: new.role.wire().to_owned(),
        scopes: serde_json::to_string(&new.scopes).unwrap_or_default(),
        expires_at: new.expires_at,
        revoked_at: None,
        last_used_at: None,
        revision: 1,
        created_at: tx.now(),
    };
    api_key::Entity::insert(api_key::ActiveModel::from(row.clone())).exec_without_returning(tx).await?;
    let api_key = ApiKey::from(row);
    tx.emit(ApiKeyCreatedEvent { api_key: api_key.clone() });
    Ok(ApiKeyCreated { api_key, secret })
}

fn check(tx: &Tx, new: &ApiKeyCreate) -> Result<(), Problem> {
    if new.role.is_partners() {
        return Err(Problem::invalid("/role", "role", "An API key has one of the vendor's roles; mint tokens for partners' people."));
    }
    if let Some(at) = new.scopes.iter().position(|scope| scope.parse::<Permission>().is_err()) {
        let known: Vec<_> = Permission::ALL.iter().map(|permission| permission.wire()).collect();
        return Err(Problem::invalid(format!("/scopes/{at}"), "scope", format!("A scope is one of {}.", known.join(", "))));
    }
    if new.expires_at.is_some_and(|at| at <= tx.now()) {
        return Err(Problem::invalid("/expires_at", "past", "A key expires in the future."));
    }
    let operator = tx.actor().caller == kernel::actor::Caller::Operator;
    if !operator && authenticate::narrowed(new.role, &new.scopes) & !tx.actor().grants != 0 {
        return Err(Problem::new(error::SCOPE_TOO_WIDE));
    }
    Ok(())
}

async fn revoke(tx: &mut Tx, id: ApiKeyId) -> Result<ApiKey, Problem> {
    one_at_a_time(tx).await?;
    let key = find(tx, tx.vendor(), id).await?.ok_or_else(Problem::not_found)?;
    if key.revoked_at.is_some() {
        return Ok(key.into());
    }
    if key.role() == Role::Admin && !another_admin(tx, &key).await? {
        return Err(Problem::new(error::LAST_ADMIN_KEY));
    }
    let revoked = api_key::Model { revoked_at: Some(tx.now()), revision: key.revision + 1, ..key };
    let change = api_key::ActiveModel { revoked_at: Set(revoked.revoked_at), revision: Set(revoked.revision), ..Default::default() };
    let this = api_key::Column::VendorId.eq(revoked.vendor_id).and(api_key::Column::Id.eq(revoked.id));
    api_key::Entity::update_many().set(change).filter(this).exec(tx).await?;
    let api_key = ApiKey::from(revoked);
    tx.emit(ApiKeyRevokedEvent { api_key: api_key.clone() });
    Ok(api_key)
}

/// Two admin keys that revoke each other in the same instant must not both succeed. SQLite writes one by one anyway.
async fn one_at_a_time(tx: &Tx) -> Result<(), DbErr> {
    if tx.get_database_backend() != sea_orm::DbBackend::Postgres {
        return Ok(());
    }
    let sql = "SELECT id FROM vendors WHERE id = $1 FOR NO KEY UPDATE";
    tx.query_one_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, [tx.vendor().0.into()])).await.map(|_| ())
}

async fn another_admin(tx: &Tx, key: &api_key::Model) -> Result<bool, DbErr> {
    let working = api_key::Column::RevokedAt.is_null().and(api_key::Column::ExpiresAt.is_null().or(api_key::Column::ExpiresAt.gt(tx.now())));
    let other = api_key::Column::Role.eq(Role::Admin.wire()).and(api_key::Column::Scopes.eq("[]")).and(api_key::Column::Id.ne(key.id));
    let found = api_key::Entity::find().filter(api_key::Column::VendorId.eq(key.vendor_id)).filter(working.and(other)).one(tx).await?;
    Ok(found.is_some())
}

/// A secret: random, with a checksum that tells a mistyped key from an unknown one without a query.
fn fresh_secret() -> String {
    let body = hex(&kernel::seal::random::<24>());
    format!("{PREFIX}{body}{}", checksum(&body))
}

/// Whether a key's checksum fits.
pub fn checksum_holds(secret: &str) -> bool {
    let Some(rest) = secret.strip_prefix(PREFIX) else { return false };
    rest.len() == 56 && rest.is_ascii() && checksum(&rest[..48]) == rest[48..]
}

fn checksum(body: &str) -> String {
    hex(&Sha256::digest(body.as_bytes())[..4])
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The key with this hash, of whichever vendor: the one query without a scope, since it yields the scope.
pub async fn find_by_hash(db: &impl ConnectionTrait, hash: &[u8; 32]) -> Result<Option<api_key::Model>, DbErr> {
    api_key::Entity::find().filter(api_key::Column::Hash.eq(hash.to_vec())).one(db).await
}

/// A vendor's key.
pub async fn find(db: &impl ConnectionTrait, vendor: VendorId, id: ApiKeyId) -> Result<Option<api_key::Model>, DbErr> {
    api_key::Entity::find_by_id((vendor.0, id.0)).one(db).await
}

/// Keys used since they were last written down.
#[derive(Default)]
struct Used(Mutex<HashMap<(Uuid, Uuid), DateTime<Utc>>>);

/// Note that a key was used; written down by [`last_use_worker`].
pub(crate) fn used(app: &App, key: &api_key::Model) {
    let now = app.clock().now();
    if key.last_used_at.is_none_or(|at| now - at >= chrono::Duration::minutes(1)) {
        app.service::<Used>().0.lock().expect("used keys").insert((key.vendor_id, key.id), now);
    }
}

/// Writes down when keys were last used, once a minute: not worth a write per request.
pub(crate) fn last_use_worker() -> Worker {
    let run: kernel::workers::Run = Arc::new(|app| Box::pin(async move { write_down(&app).await }));
    Worker { name: "key_last_use", woken_by: WokenBy::Nothing, poll: std::time::Duration::from_secs(60), run }
}

async fn write_down(app: &App) -> Result<usize, Problem> {
    let used = std::mem::take(&mut *app.service::<Used>().0.lock().expect("used keys"));
    let count = used.len();
    for ((vendor, id), at) in used {
        let actor = Actor { scope: Scope::vendor_wide(VendorId(vendor)), ..Actor::system("key_last_use", VendorId(vendor)) };
        app.write(&actor, async |tx| {
            let sql = "UPDATE api_keys SET last_used_at = $3 WHERE vendor_id = $1 AND id = $2";
            let values = [vendor.into(), id.into(), at.into()];
            tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await
        })
        .await?;
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistyped_key_is_told_apart_without_a_query() {
        let secret = fresh_secret();
        assert!(checksum_holds(&secret));
        let wrong = secret.replacen(&secret[4..5], if &secret[4..5] == "0" { "1" } else { "0" }, 1);
        assert!(!checksum_holds(&wrong));
        assert!(!checksum_holds("prm_") && !checksum_holds("prm_ééééééééééééééééééééééééééééé"));
    }
}
