//! The operations on keys, and a key on the wire.

use super::service;
use super::store::{self, api_key};
use crate::Can;
use crate::permission::{self, Role, may};
use crate::roles::RoleName;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Utc};
use kernel::app::Resource;
use kernel::id::{ApiKeyId, PartnerId, PersonId};
use kernel::idempotency::Answer;
use kernel::{App, At, Page, PageQuery, Params, Problem, Valid};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use validator::Validate;

/// A key to be made.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "CRM sync", "role": "integration", "scopes": ["crm:write", "events:read"], "expires_at": "2027-11-20T00:00:00Z"}))]
pub struct ApiKeyCreate {
    /// What it is for; people will read it when they decide whether to revoke it.
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// One of the vendor's roles, or with `partner_id` one of a partner's; the key may do no more than its role.
    pub role: Role,
    /// The only partner that the key reaches: for the partner's own systems. The vendor's own key if absent.
    pub partner_id: Option<PartnerId>,
    /// The person whose key it is: it is revoked when that person is deactivated.
    pub owner_id: Option<PersonId>,
    /// The role of people whom the key provisions by SCIM, if no group or `roles` says otherwise; `marketing`, or `sales` for a partner's, if absent.
    pub default_role: Option<RoleName>,
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
    /// The only partner that it reaches; absent on the vendor's own keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partner_id: Option<PartnerId>,
    /// The person whose key it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner_id: Option<PersonId>,
    /// The role of people whom it provisions by SCIM, if no group or `roles` says otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_role: Option<RoleName>,
    /// When it stops working.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was revoked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<DateTime<Utc>>,
    /// When it was last used, to the minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_used_at: Option<DateTime<Utc>>,
    /// `true` if it works and has not been used for 90 days; absent otherwise, and in events.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dormant: Option<bool>,
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
            partner_id: key.partner(),
            owner_id: key.owner(),
            default_role: key.default_role(),
            scopes: permission::names(key.grants()).into_iter().map(str::to_owned).collect(),
            name: key.name,
            hint: key.hint,
            expires_at: key.expires_at,
            revoked_at: key.revoked_at,
            last_used_at: key.last_used_at,
            dormant: None,
            revision: key.revision,
            created_at: key.created_at,
            available_actions,
        }
    }
}

impl ApiKey {
    /// The key as it is read at `now`.
    pub fn at(key: api_key::Model, now: DateTime<Utc>) -> Self {
        let dormant = key.revoked_at.is_none() && crate::people::is_dormant(key.last_used_at, key.created_at, now);
        Self { dormant: dormant.then_some(true), ..key.into() }
    }
}

pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(create_api_key, list_api_keys)).routes(routes!(get_api_key)).routes(routes!(revoke_api_key))
}

/// Make an API key. The secret is in this answer and nowhere else.
#[utoipa::path(post, path = "/api-keys", operation_id = "create_api_key", tag = "access", request_body = ApiKeyCreate,
    security(("bearer" = ["keys:manage"])),
    responses((status = 201, description = "The new key with its secret.", body = ApiKeyCreated)))]
async fn create_api_key(State(app): State<App>, who: Can<may::ManageKeys>, Valid(body): Valid<ApiKeyCreate>) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::CREATED, async |tx| service::create(tx, body).await).await
}

/// Filters of the list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ApiKeyQuery {
    /// `true`: only working keys that have not been used for 90 days; `false`: only others.
    pub dormant: Option<bool>,
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
    let (page, now) = (PageQuery { limit: query.limit, cursor: query.cursor }, app.clock().now());
    let db = app.db().read_of(who.scope.vendor()).await?;
    Ok(axum::Json(store::list(&db, who.scope, query.dormant, now, page).await?.map(|key| ApiKey::at(key, now))))
}

/// Read an API key, without its secret.
#[utoipa::path(get, path = "/api-keys/{id}", operation_id = "get_api_key", tag = "access", params(("id" = ApiKeyId, Path, description = "The key.")),
    security(("bearer" = ["keys:manage"])),
    responses((status = 200, description = "The key.", body = ApiKey)))]
async fn get_api_key(State(app): State<App>, who: Can<may::ManageKeys>, At(id): At<ApiKeyId>) -> Result<Response, Problem> {
    let db = app.db().read_of(who.scope.vendor()).await?;
    let key = store::find_visible(&db, who.scope, id).await?.ok_or_else(Problem::not_found)?;
    Ok(Answer::of(StatusCode::OK, &ApiKey::at(key, app.clock().now())).into_response(false))
}

/// Revoke an API key, at once and for good. Tokens made from it stop working too.
#[utoipa::path(post, path = "/api-keys/{id}/revoke", operation_id = "revoke_api_key", tag = "access", params(("id" = ApiKeyId, Path, description = "The key.")),
    security(("bearer" = ["keys:manage"])),
    responses((status = 200, description = "The revoked key.", body = ApiKey)))]
async fn revoke_api_key(State(app): State<App>, who: Can<may::ManageKeys>, At(id): At<ApiKeyId>) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| service::revoke(tx, id).await).await
}
