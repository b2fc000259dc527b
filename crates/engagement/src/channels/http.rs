//! `/notification-channels`.

use super::service;
use super::store::{self, channel};
use crate::NotificationChannelId;
use access::{Can, may};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Utc};
use kernel::app::Resource;
use kernel::idempotency::Answer;
use kernel::locale::a_language;
use kernel::text::not_blank;
use kernel::{App, At, Page, PageQuery, Params, Problem, Valid};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use validator::Validate;

/// Which chat it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NotificationChannelKind {
    /// Slack: an incoming webhook.
    Slack,
    /// Microsoft Teams: a workflow that is started by a webhook.
    Teams,
}

impl NotificationChannelKind {
    pub(super) fn wire(self) -> &'static str {
        match self {
            Self::Slack => "slack",
            Self::Teams => "teams",
        }
    }

    pub(super) fn stored(text: &str) -> Self {
        if text == "teams" { Self::Teams } else { Self::Slack }
    }
}

/// Whether a channel is told anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NotificationChannelStatus {
    /// It is told.
    Active,
    /// It is not: somebody, or the chat itself, wanted no more.
    Disabled,
}

/// A channel to be added.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "#deal-desk", "kind": "slack", "url": "https://hooks.slack.example/services/T000/B000/XXXX", "templates": ["*"]}))]
pub struct NotificationChannelCreate {
    /// What people call it.
    #[validate(length(min = 1, max = 200), custom(function = not_blank))]
    #[schema(min_length = 1, max_length = 200, pattern = r"\S")]
    pub name: String,
    /// Which chat it is.
    pub kind: NotificationChannelKind,
    /// The incoming webhook. It is a secret, kept sealed and never shown again.
    #[validate(length(min = 1, max = 2000))]
    #[schema(min_length = 1, max_length = 2000, format = "uri")]
    pub url: String,
    /// Which templates are posted there: names, all of a resource (`deal.*`), or everything (`*`).
    #[validate(length(min = 1, max = 100))]
    #[schema(min_items = 1, max_items = 100)]
    pub templates: Vec<String>,
    /// The language of its messages; `en` if absent.
    #[serde(default)]
    #[validate(length(min = 2, max = 35), custom(function = a_language))]
    #[schema(min_length = 2, max_length = 35, pattern = "^[a-z]{2,3}(-[A-Za-z0-9]{1,8})*$")]
    pub language: Option<String>,
}

/// What to change of a channel (JSON Merge Patch).
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "#deal-desk-emea", "templates": ["notifications.*"]}))]
pub struct NotificationChannelPatch {
    /// What people call it.
    #[serde(default, deserialize_with = "kernel::body::not_null")]
    #[validate(length(min = 1, max = 200), custom(function = not_blank))]
    #[schema(min_length = 1, max_length = 200, pattern = r"\S", nullable = false)]
    pub name: Option<String>,
    /// The incoming webhook from now on, also for what waits.
    #[serde(default, deserialize_with = "kernel::body::not_null")]
    #[validate(length(min = 1, max = 2000))]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 2000, format = "uri", nullable = false)]
    pub url: Option<String>,
    /// Which templates are posted there from now on.
    #[serde(default, deserialize_with = "kernel::body::not_null")]
    #[validate(length(min = 1, max = 100))]
    #[schema(min_items = 1, max_items = 100, nullable = false)]
    pub templates: Option<Vec<String>>,
    /// The language of its messages.
    #[serde(default, deserialize_with = "kernel::body::not_null")]
    #[validate(length(min = 2, max = 35), custom(function = a_language))]
    #[schema(min_length = 2, max_length = 35, pattern = "^[a-z]{2,3}(-[A-Za-z0-9]{1,8})*$", nullable = false)]
    pub language: Option<String>,
}

/// A room of a chat that is told, without its URL.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"id": "nch_01jd3k7x2mfq8t9v5w6y0zabcd", "name": "#deal-desk", "kind": "slack", "host": "hooks.slack.example", "templates": ["*"],
    "language": "en", "status": "active", "last_sent_at": "2026-11-20T12:00:00Z", "revision": 1, "created_at": "2026-11-20T12:00:00Z",
    "updated_at": "2026-11-20T12:00:00Z", "available_actions": ["test", "disable", "delete"]}))]
pub struct NotificationChannel {
    /// Its id.
    pub id: NotificationChannelId,
    /// What people call it.
    pub name: String,
    /// Which chat it is.
    pub kind: NotificationChannelKind,
    /// The host of its webhook; the rest of the URL is a secret.
    pub host: String,
    /// Which templates are posted there.
    pub templates: Vec<String>,
    /// The language of its messages.
    pub language: String,
    /// Whether it is told anything.
    pub status: NotificationChannelStatus,
    /// What came of the last attempt, if it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
    /// Since when nothing got through.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failing_since: Option<DateTime<Utc>>,
    /// When the last message got through.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_sent_at: Option<DateTime<Utc>>,
    /// Raised with every change by a caller, and when it is disabled.
    pub revision: i64,
    /// When it was added.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
    /// What the caller may do with it now.
    pub available_actions: Vec<String>,
}

impl Resource for NotificationChannel {
    fn revision(&self) -> Option<i64> {
        Some(self.revision)
    }
    fn location(&self) -> Option<String> {
        Some(format!("/v1/notification-channels/{}", self.id))
    }
}

impl From<channel::Model> for NotificationChannel {
    fn from(row: channel::Model) -> Self {
        let active = row.status == "active";
        let actions: &[&str] = if active { &["test", "disable", "delete"] } else { &["enable", "delete"] };
        Self {
            id: NotificationChannelId(row.id),
            kind: NotificationChannelKind::stored(&row.kind),
            templates: row.templates(),
            name: row.name,
            host: row.host,
            language: row.language,
            status: if active { NotificationChannelStatus::Active } else { NotificationChannelStatus::Disabled },
            last_error: row.last_error,
            failing_since: row.failing_since,
            last_sent_at: row.last_sent_at,
            revision: row.revision,
            created_at: row.created_at,
            updated_at: row.updated_at,
            available_actions: actions.iter().map(ToString::to_string).collect(),
        }
    }
}

/// Every route of this file.
pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(create, list))
        .routes(routes!(get, update, delete))
        .routes(routes!(test))
        .routes(routes!(disable))
        .routes(routes!(enable))
}

/// Add a channel to Slack or Teams.
///
/// Messages are posted to its incoming webhook, in a few seconds, and tried again for about a day. A chat that answers that the webhook is gone or
/// forbidden (401, 403, 404, 410) disables the channel; another refusal is shown in `last_error`. Rivals are never named there.
#[utoipa::path(post, path = "/notification-channels", operation_id = "create_notification_channel", tag = "notifications",
    request_body = NotificationChannelCreate, security(("bearer" = ["notifications:manage"])),
    responses((status = 201, description = "The new channel.", body = NotificationChannel)))]
async fn create(
    State(app): State<App>,
    who: Can<may::ManageNotifications>,
    Valid(body): Valid<NotificationChannelCreate>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::CREATED, async |tx| service::create(tx, body).await).await
}

/// List channels, newest first.
#[utoipa::path(get, path = "/notification-channels", operation_id = "list_notification_channels", tag = "notifications", params(PageQuery),
    security(("bearer" = ["notifications:manage"])),
    responses((status = 200, description = "A page of channels.", body = Page<NotificationChannel>)))]
async fn list(
    State(app): State<App>,
    who: Can<may::ManageNotifications>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<NotificationChannel>>, Problem> {
    const LIST: &str = "notification_channels";
    let (limit, before) = (page.limit()?, page.after::<Uuid>(LIST)?);
    let rows = store::page(&app.db().read_of(who.scope.vendor()).await?, who.scope.vendor(), before, limit + 1).await?;
    Ok(Json(Page::of(LIST, rows, limit, |row| row.id).map(NotificationChannel::from)))
}

/// Read a channel, without its URL.
#[utoipa::path(get, path = "/notification-channels/{id}", operation_id = "get_notification_channel", tag = "notifications",
    params(("id" = NotificationChannelId, Path, description = "The channel.")), security(("bearer" = ["notifications:manage"])),
    responses((status = 200, description = "The channel.", body = NotificationChannel)))]
async fn get(State(app): State<App>, who: Can<may::ManageNotifications>, At(id): At<NotificationChannelId>) -> Result<Response, Problem> {
    let row = store::find(&app.db().read_of(who.scope.vendor()).await?, who.scope.vendor(), id.0).await?.ok_or_else(Problem::not_found)?;
    Ok(Answer::of(StatusCode::OK, &NotificationChannel::from(row)).into_response(false))
}

/// Change a channel.
#[utoipa::path(patch, path = "/notification-channels/{id}", operation_id = "update_notification_channel", tag = "notifications",
    params(("id" = NotificationChannelId, Path, description = "The channel.")), request_body = NotificationChannelPatch,
    security(("bearer" = ["notifications:manage"])),
    responses((status = 200, description = "The changed channel.", body = NotificationChannel)))]
async fn update(
    State(app): State<App>,
    who: Can<may::ManageNotifications>,
    At(id): At<NotificationChannelId>,
    Valid(patch): Valid<NotificationChannelPatch>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| service::update(tx, id, patch).await).await
}

/// Delete a channel. What waits for it is not sent.
#[utoipa::path(delete, path = "/notification-channels/{id}", operation_id = "delete_notification_channel", tag = "notifications",
    params(("id" = NotificationChannelId, Path, description = "The channel.")), security(("bearer" = ["notifications:manage"])),
    responses((status = 204, description = "It is gone.")))]
async fn delete(State(app): State<App>, who: Can<may::ManageNotifications>, At(id): At<NotificationChannelId>) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::NO_CONTENT, async |tx| service::delete(tx, id).await).await
}

/// Send a test message. What came of it is seen in `last_sent_at` and `last_error` shortly.
#[utoipa::path(post, path = "/notification-channels/{id}/test", operation_id = "test_notification_channel", tag = "notifications",
    params(("id" = NotificationChannelId, Path, description = "The channel.")), security(("bearer" = ["notifications:manage"])),
    responses((status = 202, description = "It is on its way.", body = NotificationChannel)))]
async fn test(State(app): State<App>, who: Can<may::ManageNotifications>, At(id): At<NotificationChannelId>) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::ACCEPTED, async |tx| service::test(tx, id).await).await
}

/// Disable a channel. What waits for it is not sent.
#[utoipa::path(post, path = "/notification-channels/{id}/disable", operation_id = "disable_notification_channel", tag = "notifications",
    params(("id" = NotificationChannelId, Path, description = "The channel.")), security(("bearer" = ["notifications:manage"])),
    responses((status = 200, description = "The disabled channel.", body = NotificationChannel)))]
async fn disable(State(app): State<App>, who: Can<may::ManageNotifications>, At(id): At<NotificationChannelId>) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| service::set_status(tx, id, "disabled").await).await
}

/// Enable a channel again. What would have been sent meanwhile is not.
#[utoipa::path(post, path = "/notification-channels/{id}/enable", operation_id = "enable_notification_channel", tag = "notifications",
    params(("id" = NotificationChannelId, Path, description = "The channel.")), security(("bearer" = ["notifications:manage"])),
    responses((status = 200, description = "The channel.", body = NotificationChannel)))]
async fn enable(State(app): State<App>, who: Can<may::ManageNotifications>, At(id): At<NotificationChannelId>) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| service::set_status(tx, id, "active").await).await
}
