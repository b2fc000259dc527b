//! Deal registration, said briefly.

use crate::actors::{Partner, Person, Vendor};
use crate::client::{Client, Reply};
use crate::world::World;
use serde_json::{Value, json};

/// A registration of a resale to a customer of this name in Germany.
pub fn resale(name: &str) -> Value {
    resale_to(json!({ "name": name, "country": "DE" }))
}

/// A registration of a resale to this customer.
pub fn resale_to(customer: Value) -> Value {
    let amount = json!({ "amount": 4_821_000, "currency": "EUR" });
    json!({ "type": "resale", "customer": customer, "amount": amount, "expected_close": "2027-03-31" })
}

/// `value` with these members set.
pub fn with(mut value: Value, members: Value) -> Value {
    for (name, member) in members.as_object().into_iter().flatten() {
        value[name] = member.clone();
    }
    value
}

/// The codes of a decision's reasons, the one that decided first; of a deal or a check.
pub fn codes(answer: &Reply) -> Vec<String> {
    let reasons = answer["decision"]["reasons"].as_array().into_iter().flatten();
    reasons.map(|reason| reason["code"].as_str().unwrap_or_default().to_owned()).collect()
}

/// The types of a deal's steps, oldest first.
pub async fn steps(reader: &Client, deal: &str) -> Vec<String> {
    let steps = reader.all(&format!("/v1/deals/{deal}/timeline")).await;
    steps.iter().map(|step| step["type"].as_str().unwrap_or_default().to_owned()).collect()
}

/// A vendor with two partners and a seller of each: the first registers, the second comes later.
pub async fn rivals(world: &World) -> (Vendor, Person, Person) {
    let acme = world.vendor("Acme").await;
    let northwind = acme.adds_partner("Northwind").await.person("sales").await;
    let southridge = acme.adds_partner("Southridge").await.person("sales").await;
    (acme, northwind, southridge)
}

impl Client {
    /// Register a deal, which must be taken, whatever is decided.
    pub async fn registers(&self, deal: Value) -> Reply {
        self.post("/v1/deals", deal).await.expect(201)
    }

    /// Ask what a registration would be answered with.
    pub async fn checks(&self, deal: Value) -> Reply {
        self.post("/v1/deals/check", deal).await.expect(200)
    }

    /// Read a deal.
    pub async fn deal(&self, id: &str) -> Reply {
        self.get(format!("/v1/deals/{id}")).await.expect(200)
    }

    /// Take an action on a deal; `json!(null)` sends no body.
    pub fn moves(&self, deal: &str, action: &str, body: Value) -> crate::client::Call {
        self.post(format!("/v1/deals/{deal}/{action}"), body)
    }
}

impl Vendor {
    /// The rules of engagement in force, to be changed and published.
    pub async fn rules(&self) -> Value {
        self.get("/v1/rules-of-engagement/in-force").await.expect(200)["engagement"].clone()
    }

    /// Draft these rules of engagement.
    pub async fn drafts(&self, rules: Value) -> Reply {
        self.post("/v1/rules-of-engagement", rules).await.expect(201)
    }

    /// Draft and publish these rules of engagement, in force from now on.
    pub async fn publishes(&self, rules: Value) -> Reply {
        let draft = self.drafts(rules).await;
        self.post(format!("/v1/rules-of-engagement/{}/publish", draft.id()), json!(null)).await.expect(200)
    }

    /// Publish rules that send every deal of more than 100,000 EUR to a person, and else are the standard ones.
    pub async fn reviews_large_deals(&self) -> Reply {
        let mut rules = self.rules().await;
        let sentence = "Deals of this size are looked at by a person.";
        let large =
            json!({ "id": "large", "when": "deal.amount.amount > 10000000", "outcome": "review", "code": "large_deal", "sentence": sentence });
        rules["rules"].as_array_mut().expect("rules").insert(0, large);
        self.publishes(rules).await
    }

    /// Have its CRM say that it is in talks with a company of this name in Germany.
    pub async fn is_in_talks_with(&self, name: &str) -> Reply {
        let account = format!("A-{}", crate::unique());
        self.put(format!("/v1/accounts/{account}"), json!({ "name": name, "country": "DE" })).await.expect(201);
        let sale = json!({ "name": format!("{name}: robots"), "status": "open", "account_external_id": account });
        self.put(format!("/v1/opportunities/O-{}", crate::unique()), sale).await.expect(201)
    }
}

impl Partner {
    /// A registration by the vendor on this partner's behalf.
    pub fn gets(&self, deal: Value) -> Value {
        with(deal, json!({ "partner_id": self.id }))
    }
}

/// `deal` in a size that [`Vendor::reviews_large_deals`] sends to a person.
pub fn large(deal: Value) -> Value {
    with(deal, json!({ "amount": { "amount": 60_000_000, "currency": "EUR" } }))
}
