//! Co-sell requests: who is asked, who helps, what comes next, and who contributed what.

mod contributions;
mod ends;
mod people;
mod privacy;
mod requests;
mod tasks;

use crate::prelude::*;

/// A vendor with two partners, a seller of each, and two colleagues: the manager of the first partner and one who shows the product.
struct Together {
    acme: Vendor,
    seller: Person,
    other: Person,
    manager: String,
    engineer: String,
}

impl Together {
    async fn in_(world: &World) -> Self {
        let (acme, seller, other) = rivals(world).await;
        let (manager, engineer) = (acme.adds_colleague("channel_manager").await.id(), acme.adds_colleague("finance").await.id());
        seller.partner.is_changed(json!({ "manager_id": manager })).await;
        other.partner.is_changed(json!({ "manager_id": manager })).await;
        Self { acme, seller, other, manager, engineer }
    }

    /// Publish rules of engagement with these terms of co-selling, over the standard ones.
    async fn publishes(&self, members: Value) {
        let mut rules = self.acme.rules().await;
        rules["cosell"] = with(rules["cosell"].clone(), members);
        self.acme.publishes(rules).await;
    }

    /// Rules by which the engineer is brought in for demonstrations.
    async fn demos_are_the_engineers(&self) {
        self.publishes(json!({ "bring_in": [{ "id": "demos", "when": "help == \"demo\" && customer.country == \"DE\"", "to": self.engineer }] }))
            .await;
    }

    /// An approved deal of the seller's, and a request for help with it by the seller.
    async fn asks(&self, customer: &str, helps: &[&str]) -> (String, Reply) {
        let deal = self.seller.registers(resale(customer)).await.id();
        let request = self.seller.post(format!("/v1/deals/{deal}/request-cosell"), json!({ "helps": helps })).await.expect(201);
        (deal, request)
    }

    /// One that the vendor has accepted.
    async fn agrees(&self, customer: &str, helps: &[&str]) -> (String, String) {
        let (deal, request) = self.asks(customer, helps).await;
        moves(&self.acme, &request.id(), "accept", json!(null)).await.expect(200);
        (deal, request.id())
    }

    /// The request as the vendor's key sees it.
    async fn sees(&self, request: &str) -> Reply {
        self.acme.get(format!("/v1/cosell-requests/{request}")).await.expect(200)
    }
}

fn moves(who: &Client, request: &str, action: &str, body: Value) -> Call {
    who.post(format!("/v1/cosell-requests/{request}/{action}"), body)
}

/// Those of this side who take part now.
fn active(request: &Reply, side: &str) -> Vec<String> {
    let people = request["participants"].as_array().into_iter().flatten().filter(|one| one["active"] == true && one["side"] == side);
    people.map(|one| one["person_id"].as_str().unwrap_or_default().to_owned()).collect()
}

/// The types of the events of co-selling, in order.
async fn told(acme: &Vendor) -> Vec<String> {
    let events = acme.all("/v1/events?type=cosell_request.*").await;
    events.iter().map(|event| event["type"].as_str().unwrap_or_default().trim_start_matches("cosell_request.").to_owned()).collect()
}
