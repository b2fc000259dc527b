//! `/webhook-deliveries`, and the deliveries of an endpoint.

use super::endpoints::WebhookEndpointId;
use crate::service;
use crate::store::{self, Wanted};
use access::{Can, may};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Utc};
use kernel::app::Resource;
use kernel::id::EventId;
use kernel::{App, At, Page, PageQuery, Params, Problem};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

kernel::define_id!(
    /// The delivery of one event to one endpoint.
    WebhookDeliveryId, "whd");

/// What became of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WebhookDeliveryStatus {
    /// Not answered yet, or held back until earlier events of its subject are delivered.
    Pending,
    /// The last attempt failed; another follows.
    Retrying,
    /// The receiver answered 2xx.
    Succeeded,
    /// Given up after the last attempt. It can still be resent.
    Failed,
}

impl WebhookDeliveryStatus {
    fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Retrying => "retrying",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
        }
    }

    fn of(name: &str) -> Self {
        [Self::Pending, Self::Retrying, Self::Succeeded].into_iter().find(|status| status.name() == name).unwrap_or(Self::Failed)
    }
}

/// The delivery of one event to one endpoint.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"id": "whd_01jd3k7x2mfq8t9v5w6y0zabcd", "webhook_endpoint_id": "whe_01jd3k7x2mfq8t9v5w6y0zabcd",
    "event_id": "evt_01jd3k7x2mfq8t9v5w6y0zabcd", "event_type": "deal.approved", "sequence": 41, "subject_id": "deal_01jd3k7x2mfq8t9v5w6y0zabcd",
    "status": "retrying", "attempt_count": 1, "next_attempt_at": "2026-11-20T12:00:05Z", "created_at": "2026-11-20T12:00:00Z",
    "last_attempt": {"number": 1, "at": "2026-11-20T12:00:00Z", "response_status": 500, "response_excerpt": "oops", "duration_ms": 12},
    "available_actions": ["resend"]}))]
pub struct WebhookDelivery {
    /// Its id.
    pub id: WebhookDeliveryId,
    /// Where it goes.
    pub webhook_endpoint_id: WebhookEndpointId,
    /// The event; also the `webhook-id` of every attempt.
    pub event_id: EventId,
    /// The event's type.
    pub event_type: String,
    /// The event's place in the log.
    pub sequence: i64,
    /// What the event is about.
    pub subject_id: String,
    /// What became of it.
    pub status: WebhookDeliveryStatus,
    /// Attempts so far.
    pub attempt_count: i64,
    /// When it is tried next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_attempt_at: Option<DateTime<Utc>>,
    /// The last attempt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_attempt: Option<WebhookAttempt>,
    /// When the first attempt was recorded.
    pub created_at: DateTime<Utc>,
    /// What the caller may do with it now.
    pub available_actions: Vec<String>,
}

/// One POST and what came back.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"number": 1, "at": "2026-11-20T12:00:00Z", "response_status": 500, "response_excerpt": "oops", "duration_ms": 12}))]
pub struct WebhookAttempt {
    /// 1 for the first.
    pub number: i64,
    /// When it was sent.
    pub at: DateTime<Utc>,
    /// The HTTP status that the receiver answered with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_status: Option<i32>,
    /// The beginning of the receiver's answer, up to 1 KiB, as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_excerpt: Option<String>,
    /// Why there was no answer, or why it counts as a failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// How long it took.
    pub duration_ms: i64,
}

/// A delivery with all of its attempts.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"webhook_delivery": {"id": "whd_01jd3k7x2mfq8t9v5w6y0zabcd", "webhook_endpoint_id": "whe_01jd3k7x2mfq8t9v5w6y0zabcd",
    "event_id": "evt_01jd3k7x2mfq8t9v5w6y0zabcd", "event_type": "deal.approved", "sequence": 41, "subject_id": "deal_01jd3k7x2mfq8t9v5w6y0zabcd",
    "status": "succeeded", "attempt_count": 1, "created_at": "2026-11-20T12:00:00Z", "available_actions": ["resend"]},
    "attempts": [{"number": 1, "at": "2026-11-20T12:00:00Z", "response_status": 204, "duration_ms": 12}]}))]
pub struct WebhookDeliveryDetail {
    /// The delivery.
    pub webhook_delivery: WebhookDelivery,
    /// Its attempts, in order.
    pub attempts: Vec<WebhookAttempt>,
}

impl Resource for WebhookDelivery {}

impl From<store::delivery::Model> for WebhookDelivery {
    fn from(row: store::delivery::Model) -> Self {
        Self {
            id: WebhookDeliveryId(row.id),
            webhook_endpoint_id: WebhookEndpointId(row.endpoint_id),
            event_id: EventId(row.event_id),
            last_attempt: last_attempt(&row),
            event_type: row.event_type,
            sequence: row.sequence,
            subject_id: row.subject_id,
            status: WebhookDeliveryStatus::of(&row.status),
            attempt_count: row.attempts,
            next_attempt_at: row.next_attempt_at,
            created_at: row.created_at,
            available_actions: vec!["resend".to_owned()],
        }
    }
}

fn last_attempt(row: &store::delivery::Model) -> Option<WebhookAttempt> {
    Some(WebhookAttempt {
        number: row.attempts,
        at: row.attempted_at?,
        response_status: row.response_status,
        response_excerpt: row.response_excerpt.clone(),
        error: row.error.clone(),
        duration_ms: row.duration_ms.unwrap_or_default(),
    })
}

impl From<store::attempt::Model> for WebhookAttempt {
    fn from(row: store::attempt::Model) -> Self {
        Self {
            number: row.number,
            at: row.at,
            response_status: row.response_status,
            response_excerpt: row.response_excerpt,
            error: row.error,
            duration_ms: row.duration_ms,
        }
    }
}

/// Filters of the list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WebhookDeliveryQuery {
    /// Only deliveries in this status.
    #[param(inline)]
    pub status: Option<WebhookDeliveryStatus>,
    /// Only deliveries of events of this type.
    pub event_type: Option<String>,
    /// Rows on the page, 1 to 200; 25 if absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// Every route of this file.
pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(get)).routes(routes!(resend))
}

/// List an endpoint's deliveries, those of the newest events first. Those that succeeded or were given up are kept for 30 days.
#[utoipa::path(get, path = "/webhook-endpoints/{id}/deliveries", operation_id = "list_webhook_deliveries", tag = "webhooks",
    params(("id" = WebhookEndpointId, Path, description = "The endpoint."), WebhookDeliveryQuery),
    security(("bearer" = ["webhooks:manage"])),
    responses((status = 200, description = "A page of deliveries.", body = Page<WebhookDelivery>)))]
async fn list(
    State(app): State<App>,
    who: Can<may::ManageWebhooks>,
    At(id): At<WebhookEndpointId>,
    Params(query): Params<WebhookDeliveryQuery>,
) -> Result<Json<Page<WebhookDelivery>>, Problem> {
    const LIST: &str = "webhook_deliveries";
    let (db, vendor) = (&app.db().read_of(who.scope.vendor()).await?, who.scope.vendor());
    let page = PageQuery { limit: query.limit, cursor: query.cursor };
    let (limit, before) = (page.limit()?, page.after::<Uuid>(LIST)?);
    store::endpoint(db, vendor, id.0).await?.ok_or_else(Problem::not_found)?;
    let wanted = Wanted { status: query.status.map(WebhookDeliveryStatus::name), event_type: query.event_type, before };
    let rows = store::deliveries(db, vendor, id.0, &wanted, limit + 1).await?;
    Ok(Json(Page::of(LIST, rows, limit, |row| row.id).map(WebhookDelivery::from)))
}

/// Read a delivery with all of its attempts.
#[utoipa::path(get, path = "/webhook-deliveries/{id}", operation_id = "get_webhook_delivery", tag = "webhooks",
    params(("id" = WebhookDeliveryId, Path, description = "The delivery.")),
    security(("bearer" = ["webhooks:manage"])),
    responses((status = 200, description = "The delivery.", body = WebhookDeliveryDetail)))]
async fn get(State(app): State<App>, who: Can<may::ManageWebhooks>, At(id): At<WebhookDeliveryId>) -> Result<Json<WebhookDeliveryDetail>, Problem> {
    let db = app.db().read_of(who.scope.vendor()).await?;
    let row = service::delivery(&db, who.scope.vendor(), id).await?;
    let earlier = store::attempts(&db, &row).await?;
    let attempts = earlier.into_iter().map(WebhookAttempt::from).chain(last_attempt(&row)).collect();
    Ok(Json(WebhookDeliveryDetail { webhook_delivery: row.into(), attempts }))
}

/// Make a delivery again, now, with the same `webhook-id`. If it was settled, its schedule of retries begins anew.
#[utoipa::path(post, path = "/webhook-deliveries/{id}/resend", operation_id = "resend_webhook_delivery", tag = "webhooks",
    params(("id" = WebhookDeliveryId, Path, description = "The delivery.")),
    security(("bearer" = ["webhooks:manage"])),
    responses((status = 202, description = "The delivery, due now.", body = WebhookDelivery)))]
async fn resend(State(app): State<App>, who: Can<may::ManageWebhooks>, At(id): At<WebhookDeliveryId>) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::ACCEPTED, async |tx| service::resend(tx, id).await).await
}
