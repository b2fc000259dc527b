//! Use cases of the API: each one write.

use crate::error;
use crate::events::*;
use crate::http::deliveries::{WebhookDelivery, WebhookDeliveryId};
use crate::http::endpoints::*;
use crate::sign::{Keyring, purpose};
use crate::store::{self, endpoint};
use crate::{EventTypes, Settings, rules};
use chrono::Duration;
use kernel::guard;
use kernel::id::VendorId;
use kernel::problem::FieldError;
use kernel::{App, Problem, Tx, log};
use sea_orm::{ConnectionTrait, EntityTrait};

/// Endpoints that a vendor may have.
pub const MOST_ENDPOINTS: u64 = 50;
/// How long an old secret signs along if nothing is said.
const OVERLAP: Duration = Duration::hours(24);

/// Add an endpoint at the head of the log, or where the caller wants it to begin.
pub async fn create(tx: &mut Tx, new: WebhookEndpointCreate) -> Result<WebhookEndpointSecret, Problem> {
    let url = check(tx.app(), Some(&new.url), Some(&new.event_types))?.unwrap_or_default();
    if store::count(tx).await? >= MOST_ENDPOINTS {
        return Err(Problem::new(error::TOO_MANY));
    }
    let head = log::head(tx, tx.vendor()).await?;
    if new.from_sequence.is_some_and(|from| from > head + 1) {
        return Err(Problem::invalid("/from_sequence", "out_of_range", format!("The log ends at {head}.")));
    }
    let (id, keyring) = (WebhookEndpointId::fresh(), Keyring::fresh());
    let row = endpoint::Model {
        vendor_id: tx.vendor().0,
        id: id.0,
        url,
        description: new.description,
        event_types: serde_json::to_string(&new.event_types).unwrap_or_default(),
        ordered: new.ordered,
        status: "active".to_owned(),
        status_reason: None,
        secrets: keyring.seal(tx.app().sealer(), &purpose(id.0)),
        public_key: keyring.public_key(),
        cursor: new.from_sequence.map_or(head, |from| from - 1),
        rewound_from: 0,
        wake_at: None,
        failing_since: None,
        lease_owner: None,
        lease_until: None,
        revision: 1,
        created_at: tx.now(),
        updated_at: tx.now(),
    };
    endpoint::Entity::insert(endpoint::ActiveModel::from(row.clone())).exec_without_returning(tx).await?;
    let webhook_endpoint = WebhookEndpoint::from(row);
    tx.emit(WebhookEndpointCreatedEvent { webhook_endpoint: webhook_endpoint.clone() });
    let (secret, public_key) = (keyring.secret(), keyring.public_key());
    Ok(WebhookEndpointSecret { webhook_endpoint, secret, public_key, previous_valid_until: None })
}

/// Check what a caller sends; returns the URL in its normal form.
fn check(app: &App, url: Option<&String>, types: Option<&Vec<String>>) -> Result<Option<String>, Problem> {
    let mut errors = Vec::new();
    let allow_private = Settings::of(app).allow_private;
    let url = url.and_then(|url| match guard::read_url(url, allow_private) {
        Ok(url) => Some(String::from(url)),
        Err(fault) => {
            errors.push(FieldError::new("/url", "url", fault));
            None
        }
    });
    let published = app.find_service::<EventTypes>();
    for (at, wanted) in types.into_iter().flatten().enumerate() {
        if !published.as_ref().is_some_and(|published| rules::is_known(wanted, &published.0)) {
            let fix = "Use a published event type, all of a resource (`deal.*`), or `*`.";
            errors.push(FieldError::new(format!("/event_types/{at}"), "unknown_event_type", fix));
        }
    }
    if errors.is_empty() { Ok(url) } else { Err(Problem::invalid_all(errors)) }
}

async fn find(tx: &Tx, id: WebhookEndpointId) -> Result<endpoint::Model, Problem> {
    store::endpoint(tx, tx.vendor(), id.0).await?.ok_or_else(Problem::not_found)
}

/// Change an endpoint.
pub async fn update(tx: &mut Tx, id: WebhookEndpointId, patch: WebhookEndpointPatch) -> Result<WebhookEndpoint, Problem> {
    let row = find(tx, id).await?;
    tx.actor().require_match(row.revision)?;
    let url = check(tx.app(), patch.url.as_ref(), patch.event_types.as_ref())?;
    let mut new = row.clone();
    new.url = url.unwrap_or(new.url);
    new.description = patch.description.unwrap_or(new.description);
    new.ordered = patch.ordered.unwrap_or(new.ordered);
    if let Some(types) = &patch.event_types {
        new.event_types = serde_json::to_string(types).unwrap_or_default();
    }
    if new == row {
        return Ok(row.into());
    }
    if row.ordered && !new.ordered {
        store::release_held(tx, row.id).await?;
    }
    let webhook_endpoint = save(tx, new).await?;
    tx.emit(WebhookEndpointUpdatedEvent { webhook_endpoint: webhook_endpoint.clone() });
    Ok(webhook_endpoint)
}

/// Store an endpoint as changed by this write.
async fn save(tx: &Tx, row: endpoint::Model) -> Result<WebhookEndpoint, Problem> {
    let row = endpoint::Model { revision: row.revision + 1, updated_at: tx.now(), ..row };
    store::change(tx, &row).await?;
    Ok(row.into())
}

/// Delete an endpoint; the sweeper takes its deliveries away and then its row.
pub async fn delete(tx: &mut Tx, id: WebhookEndpointId) -> Result<(), Problem> {
    let row = find(tx, id).await?;
    let gone = endpoint::Model { status: "deleted".to_owned(), secrets: Vec::new(), ..row };
    let webhook_endpoint = save(tx, gone).await?;
    let webhook_endpoint = WebhookEndpoint { available_actions: Vec::new(), ..webhook_endpoint };
    tx.emit(WebhookEndpointDeletedEvent { webhook_endpoint });
    Ok(())
}

/// Give an endpoint a new secret.
pub async fn rotate(tx: &mut Tx, id: WebhookEndpointId, how: WebhookSecretRotate) -> Result<WebhookEndpointSecret, Problem> {
    let mut row = find(tx, id).await?;
    let overlap = how.overlap_seconds.map_or(OVERLAP, Duration::seconds);
    let mut keyring = Keyring::open(tx.app().sealer(), &purpose(row.id), &row.secrets)?;
    keyring.rotate(tx.now(), overlap);
    row.secrets = keyring.seal(tx.app().sealer(), &purpose(row.id));
    row.public_key = keyring.public_key();
    let webhook_endpoint = save(tx, row).await?;
    tx.emit(WebhookEndpointUpdatedEvent { webhook_endpoint: webhook_endpoint.clone() });
    let (secret, public_key) = (keyring.secret(), keyring.public_key());
    Ok(WebhookEndpointSecret { webhook_endpoint, secret, public_key, previous_valid_until: Some(tx.now() + overlap) })
}

/// Send nothing any more; the cursor stays.
pub async fn disable(tx: &mut Tx, id: WebhookEndpointId) -> Result<WebhookEndpoint, Problem> {
    let row = find(tx, id).await?;
    if row.status == "disabled" {
        return Ok(row.into());
    }
    let off = endpoint::Model { status: "disabled".to_owned(), status_reason: Some("requested".to_owned()), ..row };
    let webhook_endpoint = save(tx, off).await?;
    tx.emit(WebhookEndpointDisabledEvent { webhook_endpoint: webhook_endpoint.clone() });
    Ok(webhook_endpoint)
}

/// Send again, from the cursor, and at once what had failed.
pub async fn enable(tx: &mut Tx, id: WebhookEndpointId) -> Result<WebhookEndpoint, Problem> {
    let row = find(tx, id).await?;
    if row.status == "active" {
        return Ok(row.into());
    }
    let on = endpoint::Model { status: "active".to_owned(), status_reason: None, failing_since: None, ..row };
    store::hasten(tx, on.id).await?;
    let webhook_endpoint = save(tx, on).await?;
    tx.emit(WebhookEndpointEnabledEvent { webhook_endpoint: webhook_endpoint.clone() });
    Ok(webhook_endpoint)
}

/// Set the cursor back, so that events from `from` on are sent again.
pub async fn replay(tx: &mut Tx, id: WebhookEndpointId, from: i64) -> Result<WebhookEndpoint, Problem> {
    let row = find(tx, id).await?;
    if from > row.cursor + 1 {
        let detail = format!("Events after {} were not sent yet; replay from there or before.", row.cursor);
        return Err(Problem::invalid("/from_sequence", "out_of_range", detail));
    }
    store::rewind(tx, row.id, from - 1).await?;
    let webhook_endpoint = save(tx, endpoint::Model { cursor: from - 1, ..row }).await?;
    tx.emit(WebhookEndpointReplayedEvent { webhook_endpoint: webhook_endpoint.clone() });
    Ok(webhook_endpoint)
}

/// Send a test event.
pub async fn test(tx: &mut Tx, id: WebhookEndpointId) -> Result<WebhookEndpoint, Problem> {
    let row = find(tx, id).await?;
    if row.status != "active" {
        return Err(Problem::new(error::DISABLED));
    }
    let message = "If you can read this and its signature verifies, the endpoint works.".to_owned();
    tx.emit(WebhookTestEvent { webhook_endpoint_id: id, message, revision: row.revision });
    Ok(row.into())
}

/// A delivery that the vendor may see.
pub async fn delivery(db: &impl ConnectionTrait, vendor: VendorId, id: WebhookDeliveryId) -> Result<store::delivery::Model, Problem> {
    let row = store::delivery(db, vendor, id.0).await?.ok_or_else(Problem::not_found)?;
    store::endpoint(db, vendor, row.endpoint_id).await?.ok_or_else(Problem::not_found)?;
    Ok(row)
}

/// Make a delivery due now.
pub async fn resend(tx: &mut Tx, id: WebhookDeliveryId) -> Result<WebhookDelivery, Problem> {
    let mut row = delivery(tx, tx.vendor(), id).await?;
    let endpoint = find(tx, WebhookEndpointId(row.endpoint_id)).await?;
    if endpoint.status != "active" {
        return Err(Problem::new(error::DISABLED));
    }
    if matches!(row.status.as_str(), "succeeded" | "failed") {
        row.failures = 0;
    }
    row.status = "retrying".to_owned();
    row.next_attempt_at = Some(tx.now());
    store::resend(tx, &row).await?;
    let webhook_endpoint_id = WebhookEndpointId(row.endpoint_id);
    tx.emit(WebhookDeliveryResentEvent { webhook_delivery_id: id, webhook_endpoint_id });
    Ok(row.into())
}
