//! What this crate publishes.

use crate::http::deliveries::WebhookDeliveryId;
use crate::http::endpoints::{WebhookEndpoint, WebhookEndpointId};
use kernel::log::EventKind;
use kernel::{Event, Subject};
use serde::Serialize;
use utoipa::ToSchema;

macro_rules! endpoint_event {
    ($(#[$doc:meta])* $name:ident, $kind:literal) => {
        $(#[$doc])*
        #[derive(Serialize, ToSchema)]
        pub struct $name {
            /// The endpoint as it now is, without its secret.
            pub webhook_endpoint: WebhookEndpoint,
        }
        impl Event for $name {
            const TYPE: &'static str = $kind;
            fn subject(&self) -> Subject {
                Subject::new("webhook_endpoint", self.webhook_endpoint.id, self.webhook_endpoint.revision)
            }
        }
    };
}

endpoint_event!(
    /// A webhook endpoint was added.
    WebhookEndpointCreatedEvent, "webhook_endpoint.created");
endpoint_event!(
    /// A webhook endpoint was changed, or its secret rotated.
    WebhookEndpointUpdatedEvent, "webhook_endpoint.updated");
endpoint_event!(
    /// A webhook endpoint gets nothing any more; its place in the log is kept.
    WebhookEndpointDisabledEvent, "webhook_endpoint.disabled");
endpoint_event!(
    /// A webhook endpoint gets events again, from where it stopped.
    WebhookEndpointEnabledEvent, "webhook_endpoint.enabled");
endpoint_event!(
    /// A webhook endpoint was set back in the log and gets those events again.
    WebhookEndpointReplayedEvent, "webhook_endpoint.replayed");
endpoint_event!(
    /// A webhook endpoint was deleted.
    WebhookEndpointDeletedEvent, "webhook_endpoint.deleted");

/// Somebody asked for a delivery to be made again.
#[derive(Serialize, ToSchema)]
pub struct WebhookDeliveryResentEvent {
    /// The delivery.
    pub webhook_delivery_id: WebhookDeliveryId,
    /// Its endpoint.
    pub webhook_endpoint_id: WebhookEndpointId,
}

impl Event for WebhookDeliveryResentEvent {
    const TYPE: &'static str = "webhook_delivery.resent";
    fn subject(&self) -> Subject {
        Subject::new("webhook_delivery", self.webhook_delivery_id, 1)
    }
}

/// A test: only the endpoint that it is about gets it, whatever types that endpoint asked for.
#[derive(Serialize, ToSchema)]
pub struct WebhookTestEvent {
    /// The endpoint that is tested.
    pub webhook_endpoint_id: WebhookEndpointId,
    /// A greeting.
    pub message: String,
    #[serde(skip)]
    pub(crate) revision: i64,
}

impl Event for WebhookTestEvent {
    const TYPE: &'static str = crate::rules::TEST_EVENT;
    fn subject(&self) -> Subject {
        Subject::new("webhook_endpoint", self.webhook_endpoint_id, self.revision)
    }
}

/// Every event that this crate publishes.
pub fn event_kinds() -> Vec<EventKind> {
    vec![
        EventKind::of::<WebhookEndpointCreatedEvent>("A webhook endpoint was added."),
        EventKind::of::<WebhookEndpointUpdatedEvent>("A webhook endpoint was changed, or its secret rotated."),
        EventKind::of::<WebhookEndpointDisabledEvent>(
            "A webhook endpoint was disabled: by a caller, by its receiver (410), or after days of failure.",
        ),
        EventKind::of::<WebhookEndpointEnabledEvent>("A webhook endpoint was enabled and continues from where it stopped."),
        EventKind::of::<WebhookEndpointReplayedEvent>("A webhook endpoint was set back in the log and gets those events again."),
        EventKind::of::<WebhookEndpointDeletedEvent>("A webhook endpoint was deleted."),
        EventKind::of::<WebhookDeliveryResentEvent>("Somebody asked for a webhook delivery to be made again."),
        EventKind::of::<WebhookTestEvent>("A test, which only the endpoint that it is about gets."),
    ]
}
