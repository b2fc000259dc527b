//! `/webhook-endpoints`.

use crate::service;
use crate::store;
use access::{Can, may};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Utc};
use kernel::app::Resource;
use kernel::idempotency::Answer;
use kernel::{App, At, OptionalValid, Page, PageQuery, Params, Problem, Valid};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use validator::Validate;

kernel::define_id!(
    /// A webhook endpoint.
    WebhookEndpointId, "whe");

/// An endpoint to be added.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"url": "https://crm.example.com/hooks/prm", "event_types": ["deal.*", "partner.created"], "description": "CRM sync", "ordered": true}))]
pub struct WebhookEndpointCreate {
    /// Where events are sent: `https://`, a public host, no user name or password.
    #[validate(length(min = 1, max = 2000))]
    #[schema(min_length = 1, max_length = 2000, format = "uri")]
    pub url: String,
    /// Which events: types (`deal.approved`), all of a resource (`deal.*`), or everything (`*`).
    #[validate(length(min = 1, max = 100))]
    #[schema(min_items = 1, max_items = 100)]
    pub event_types: Vec<String>,
    /// What it is for.
    #[serde(default)]
    #[validate(length(max = 500))]
    #[schema(max_length = 500)]
    pub description: String,
    /// Whether events about one subject are sent strictly one after another: a failure holds back later events of that
    /// subject, and of no other, until it is delivered or given up. Without it, events arrive in almost the log's order.
    #[serde(default)]
    pub ordered: bool,
    /// The first event to send; 1 for the whole log. Only what happens from now on if absent.
    #[validate(range(min = 1))]
    #[schema(minimum = 1)]
    pub from_sequence: Option<i64>,
}

/// What to change of an endpoint (JSON Merge Patch).
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"event_types": ["*"], "description": "CRM sync, everything"}))]
pub struct WebhookEndpointPatch {
    /// Where events are sent from now on, retries included.
    #[serde(default, deserialize_with = "kernel::body::not_null")]
    #[validate(length(min = 1, max = 2000))]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 2000, format = "uri", nullable = false)]
    pub url: Option<String>,
    /// Which events are sent from now on.
    #[serde(default, deserialize_with = "kernel::body::not_null")]
    #[validate(length(min = 1, max = 100))]
    #[schema(min_items = 1, max_items = 100, nullable = false)]
    pub event_types: Option<Vec<String>>,
    /// What it is for.
    #[serde(default, deserialize_with = "kernel::body::not_null")]
    #[validate(length(max = 500))]
    #[schema(max_length = 500, nullable = false)]
    pub description: Option<String>,
    /// Whether events about one subject are sent strictly one after another.
    #[serde(default, deserialize_with = "kernel::body::not_null")]
    #[schema(nullable = false)]
    pub ordered: Option<bool>,
}

/// Whether an endpoint gets events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WebhookEndpointStatus {
    /// It gets events.
    Active,
    /// It gets none; its place in the log is kept.
    Disabled,
}

/// Where events are sent, without the secret.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"id": "whe_01jd3k7x2mfq8t9v5w6y0zabcd", "url": "https://crm.example.com/hooks/prm", "event_types": ["deal.*"],
    "description": "CRM sync", "ordered": true, "status": "active", "public_key": "whpk_MCowBQYDK2VwAyEAs0lQ0Fq8m3QnH1kGJm0Q1g==", "position": 41,
    "revision": 1, "created_at": "2026-11-20T12:00:00Z", "updated_at": "2026-11-20T12:00:00Z",
    "available_actions": ["disable", "rotate_secret", "replay", "test", "delete"]}))]
pub struct WebhookEndpoint {
    /// Its id.
    pub id: WebhookEndpointId,
    /// Where events are sent.
    pub url: String,
    /// Which events are sent.
    pub event_types: Vec<String>,
    /// What it is for.
    pub description: String,
    /// Whether events about one subject are sent strictly one after another.
    pub ordered: bool,
    /// Whether it gets events.
    pub status: WebhookEndpointStatus,
    /// Why it is disabled: `requested`, `gone` (the receiver answered 410) or `failing` (nothing got through for 8 days).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_reason: Option<String>,
    /// Verifies the `v1a` signatures (Ed25519), as Standard Webhooks libraries take it.
    pub public_key: String,
    /// Every event up to this sequence was delivered or has a delivery that will be.
    pub position: i64,
    /// Since when every attempt has failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failing_since: Option<DateTime<Utc>>,
    /// Raised with every change by a caller, and when it is disabled.
    pub revision: i64,
    /// When it was added.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
    /// What the caller may do with it now.
    pub available_actions: Vec<String>,
}

/// An endpoint with a new secret, which is shown this once.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"webhook_endpoint": {"id": "whe_01jd3k7x2mfq8t9v5w6y0zabcd", "url": "https://crm.example.com/hooks/prm", "event_types": ["deal.*"],
    "description": "CRM sync", "ordered": true, "status": "active", "public_key": "whpk_MCowBQYDK2VwAyEAs0lQ0Fq8m3QnH1kGJm0Q1g==", "position": 41,
    "revision": 1, "created_at": "2026-11-20T12:00:00Z", "updated_at": "2026-11-20T12:00:00Z",
    "available_actions": ["disable", "rotate_secret", "replay", "test", "delete"]},
    "secret": "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD4fKTnB2lKGs=", "public_key": "whpk_MCowBQYDK2VwAyEAs0lQ0Fq8m3QnH1kGJm0Q1g=="}))]
pub struct WebhookEndpointSecret {
    /// The endpoint.
    pub webhook_endpoint: WebhookEndpoint,
    /// Verifies the `v1` signatures (HMAC-SHA256), as Standard Webhooks libraries take it. It cannot be read again.
    pub secret: String,
    /// Verifies the `v1a` signatures (Ed25519).
    pub public_key: String,
    /// Until when the secret before this one signs too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous_valid_until: Option<DateTime<Utc>>,
}

impl Resource for WebhookEndpoint {
    fn revision(&self) -> Option<i64> {
        Some(self.revision)
    }
}

impl Resource for WebhookEndpointSecret {
    fn revision(&self) -> Option<i64> {
        Some(self.webhook_endpoint.revision)
    }
    fn location(&self) -> Option<String> {
        Some(format!("/v1/webhook-endpoints/{}", self.webhook_endpoint.id))
    }
}

impl From<store::endpoint::Model> for WebhookEndpoint {
    fn from(row: store::endpoint::Model) -> Self {
        Self {
            id: WebhookEndpointId(row.id),
            event_types: row.types(),
            available_actions: crate::rules::actions(&row.status).iter().map(ToString::to_string).collect(),
            status: if row.status == "active" { WebhookEndpointStatus::Active } else { WebhookEndpointStatus::Disabled },
            url: row.url,
            description: row.description,
            ordered: row.ordered,
            status_reason: row.status_reason,
            public_key: row.public_key,
            position: row.cursor,
            failing_since: row.failing_since,
            revision: row.revision,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// How to rotate a secret.
#[derive(Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"overlap_seconds": 3600}))]
pub struct WebhookSecretRotate {
    /// How long the old secret signs too, up to 30 days; 86,400 (a day) if absent, 0 if it leaked.
    #[validate(range(min = 0, max = 2592000))]
    #[schema(minimum = 0, maximum = 2592000)]
    pub overlap_seconds: Option<i64>,
}

/// From where to send events again.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"from_sequence": 1}))]
pub struct WebhookReplay {
    /// The first event to send again, with the `webhook-id` that it had; at most one past the endpoint's `position`.
    #[validate(range(min = 1))]
    #[schema(minimum = 1)]
    pub from_sequence: i64,
}

/// Every route of this file.
pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(create, list))
        .routes(routes!(get, update, delete))
        .routes(routes!(rotate_secret))
        .routes(routes!(disable))
        .routes(routes!(enable))
        .routes(routes!(replay))
        .routes(routes!(test))
}

/// Add a webhook endpoint. The secret is in this answer and nowhere else.
///
/// Every event of the types asked for is sent as a signed POST (Standard Webhooks: `webhook-id`, `webhook-timestamp`,
/// `webhook-signature` with `v1` and `v1a`), at least once, always with the same `webhook-id`. An answer of 2xx within 15 seconds
/// is a success; anything else, redirects included, is tried again over at least 8 days. 410 disables the endpoint.
#[utoipa::path(post, path = "/webhook-endpoints", operation_id = "create_webhook_endpoint", tag = "webhooks", request_body = WebhookEndpointCreate,
    security(("bearer" = ["webhooks:manage"])),
    responses((status = 201, description = "The new endpoint with its secret.", body = WebhookEndpointSecret)))]
async fn create(State(app): State<App>, who: Can<may::ManageWebhooks>, Valid(body): Valid<WebhookEndpointCreate>) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::CREATED, async |tx| service::create(tx, body).await).await
}

/// List webhook endpoints, newest first.
#[utoipa::path(get, path = "/webhook-endpoints", operation_id = "list_webhook_endpoints", tag = "webhooks", params(PageQuery),
    security(("bearer" = ["webhooks:manage"])),
    responses((status = 200, description = "A page of endpoints.", body = Page<WebhookEndpoint>)))]
async fn list(
    State(app): State<App>,
    who: Can<may::ManageWebhooks>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<WebhookEndpoint>>, Problem> {
    const LIST: &str = "webhook_endpoints";
    let (limit, before) = (page.limit()?, page.after::<Uuid>(LIST)?);
    let rows = store::endpoints(&app.db().read_of(who.scope.vendor()).await?, who.scope.vendor(), before, limit + 1).await?;
    Ok(Json(Page::of(LIST, rows, limit, |row| row.id).map(WebhookEndpoint::from)))
}

/// Read a webhook endpoint, without its secret.
#[utoipa::path(get, path = "/webhook-endpoints/{id}", operation_id = "get_webhook_endpoint", tag = "webhooks",
    params(("id" = WebhookEndpointId, Path, description = "The endpoint.")),
    security(("bearer" = ["webhooks:manage"])),
    responses((status = 200, description = "The endpoint.", body = WebhookEndpoint)))]
async fn get(State(app): State<App>, who: Can<may::ManageWebhooks>, At(id): At<WebhookEndpointId>) -> Result<Response, Problem> {
    let row = store::endpoint(&app.db().read_of(who.scope.vendor()).await?, who.scope.vendor(), id.0).await?.ok_or_else(Problem::not_found)?;
    Ok(Answer::of(StatusCode::OK, &WebhookEndpoint::from(row)).into_response(false))
}

/// Change a webhook endpoint. What was not delivered yet is sent under the new settings.
#[utoipa::path(patch, path = "/webhook-endpoints/{id}", operation_id = "update_webhook_endpoint", tag = "webhooks",
    params(("id" = WebhookEndpointId, Path, description = "The endpoint.")), request_body = WebhookEndpointPatch,
    security(("bearer" = ["webhooks:manage"])),
    responses((status = 200, description = "The changed endpoint.", body = WebhookEndpoint)))]
async fn update(
    State(app): State<App>,
    who: Can<may::ManageWebhooks>,
    At(id): At<WebhookEndpointId>,
    Valid(patch): Valid<WebhookEndpointPatch>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| service::update(tx, id, patch).await).await
}

/// Delete a webhook endpoint. Nothing is sent any more and its deliveries are forgotten.
#[utoipa::path(delete, path = "/webhook-endpoints/{id}", operation_id = "delete_webhook_endpoint", tag = "webhooks",
    params(("id" = WebhookEndpointId, Path, description = "The endpoint.")),
    security(("bearer" = ["webhooks:manage"])),
    responses((status = 204, description = "It is gone.")))]
async fn delete(State(app): State<App>, who: Can<may::ManageWebhooks>, At(id): At<WebhookEndpointId>) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::NO_CONTENT, async |tx| service::delete(tx, id).await).await
}

/// Rotate the secret and the key pair. The old ones sign too for a while, so that receivers can change over.
#[utoipa::path(post, path = "/webhook-endpoints/{id}/rotate-secret", operation_id = "rotate_webhook_endpoint_secret", tag = "webhooks",
    params(("id" = WebhookEndpointId, Path, description = "The endpoint.")), request_body(content = Option<WebhookSecretRotate>),
    security(("bearer" = ["webhooks:manage"])),
    responses((status = 200, description = "The endpoint with its new secret.", body = WebhookEndpointSecret)))]
async fn rotate_secret(
    State(app): State<App>,
    who: Can<may::ManageWebhooks>,
    At(id): At<WebhookEndpointId>,
    OptionalValid(body): OptionalValid<WebhookSecretRotate>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| service::rotate(tx, id, body).await).await
}

/// Disable a webhook endpoint. Its place in the log is kept, so that nothing is lost.
#[utoipa::path(post, path = "/webhook-endpoints/{id}/disable", operation_id = "disable_webhook_endpoint", tag = "webhooks",
    params(("id" = WebhookEndpointId, Path, description = "The endpoint.")),
    security(("bearer" = ["webhooks:manage"])),
    responses((status = 200, description = "The disabled endpoint.", body = WebhookEndpoint)))]
async fn disable(State(app): State<App>, who: Can<may::ManageWebhooks>, At(id): At<WebhookEndpointId>) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| service::disable(tx, id).await).await
}

/// Enable a webhook endpoint. It gets at once what it missed and what had failed, and then what comes.
#[utoipa::path(post, path = "/webhook-endpoints/{id}/enable", operation_id = "enable_webhook_endpoint", tag = "webhooks",
    params(("id" = WebhookEndpointId, Path, description = "The endpoint.")),
    security(("bearer" = ["webhooks:manage"])),
    responses((status = 200, description = "The enabled endpoint.", body = WebhookEndpoint)))]
async fn enable(State(app): State<App>, who: Can<may::ManageWebhooks>, At(id): At<WebhookEndpointId>) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| service::enable(tx, id).await).await
}

/// Send events again, from a sequence on. Each keeps the `webhook-id` that it had.
#[utoipa::path(post, path = "/webhook-endpoints/{id}/replay", operation_id = "replay_webhook_endpoint", tag = "webhooks",
    params(("id" = WebhookEndpointId, Path, description = "The endpoint.")), request_body = WebhookReplay,
    security(("bearer" = ["webhooks:manage"])),
    responses((status = 200, description = "The endpoint, set back.", body = WebhookEndpoint)))]
async fn replay(
    State(app): State<App>,
    who: Can<may::ManageWebhooks>,
    At(id): At<WebhookEndpointId>,
    Valid(body): Valid<WebhookReplay>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| service::replay(tx, id, body.from_sequence).await).await
}

/// Send a `webhook.test` event to this endpoint and no other.
#[utoipa::path(post, path = "/webhook-endpoints/{id}/test", operation_id = "test_webhook_endpoint", tag = "webhooks",
    params(("id" = WebhookEndpointId, Path, description = "The endpoint.")),
    security(("bearer" = ["webhooks:manage"])),
    responses((status = 202, description = "The endpoint; see its deliveries for what became of the test.", body = WebhookEndpoint)))]
async fn test(State(app): State<App>, who: Can<may::ManageWebhooks>, At(id): At<WebhookEndpointId>) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::ACCEPTED, async |tx| service::test(tx, id).await).await
}
