//! Webhooks: endpoints, deliveries, and what a receiver may rely on.

mod deliveries;
mod endpoints;
mod failures;
mod order;
mod replays;
mod tls;

use crate::prelude::*;
use spec::receiver::Receiver;

/// A webhook endpoint of a vendor.
pub struct Hook {
    pub path: String,
    pub id: String,
    pub secret: String,
    pub public_key: String,
}

/// Have these events sent to the receiver.
pub async fn hook(vendor: &Vendor, receiver: &Receiver, types: &[&str]) -> Hook {
    hook_like(vendor, json!({ "url": receiver.url, "event_types": types })).await
}

/// Add an endpoint, described in full.
pub async fn hook_like(vendor: &Vendor, body: Value) -> Hook {
    let made = vendor.post("/v1/webhook-endpoints", body).await.expect(201);
    let id = made["webhook_endpoint"]["id"].as_str().expect("an id").to_owned();
    Hook { path: format!("/v1/webhook-endpoints/{id}"), id, secret: made.text("secret"), public_key: made.text("public_key") }
}

impl Hook {
    /// The endpoint as it now is.
    pub async fn now(&self, vendor: &Vendor) -> Reply {
        vendor.get(&self.path).await.expect(200)
    }

    /// Its deliveries, those of the newest events first.
    pub async fn deliveries(&self, vendor: &Vendor) -> Vec<Value> {
        vendor.all(&format!("{}/deliveries", self.path)).await
    }

    /// The one delivery that it has, with its attempts.
    pub async fn only_delivery(&self, vendor: &Vendor) -> Reply {
        let deliveries = self.deliveries(vendor).await;
        assert_eq!(deliveries.len(), 1, "{deliveries:#?}");
        vendor.get(format!("/v1/webhook-deliveries/{}", deliveries[0]["id"].as_str().expect("an id"))).await.expect(200)
    }

    /// Do one of its actions.
    pub async fn act(&self, vendor: &Vendor, action: &str) -> Reply {
        vendor.post(format!("{}/{action}", self.path), json!(null)).await
    }
}

/// Something happens to an API key: `api_key.created`, about a subject of its own. Returns the key's path.
pub async fn something_happens(vendor: &Vendor) -> String {
    let made = vendor.post("/v1/api-keys", json!({ "name": "A key", "role": "integration" })).await.expect(201);
    format!("/v1/api-keys/{}", made["api_key"]["id"].as_str().expect("an id"))
}

/// What happens next to the same key: `api_key.revoked`.
pub async fn something_follows(vendor: &Vendor, key: &str) {
    vendor.post(format!("{key}/revoke"), json!(null)).await.expect(200);
}

/// Try under other settings than those of every world. Before the first delivery.
pub fn settings(world: &World, change: impl FnOnce(&mut webhooks::Settings)) {
    let mut settings = webhooks::Settings { allow_private: true, ..webhooks::Settings::default() };
    change(&mut settings);
    world.app().provide(settings);
}
