//! Leads and referrals: who is asked, in which order, and what comes of it.

mod conversion;
mod distribution;
mod forms;
mod imports;
mod offers;
mod privacy;
mod referrals;

use crate::prelude::*;

/// A lead from a company of this name in Germany, with somebody to talk to.
fn lead(company: &str) -> Value {
    json!({
        "company": { "name": company, "country": "DE" }, "interests": ["robots"], "amount": { "amount": 100_000, "currency": "EUR" },
        "contact": { "name": "Ada Byron", "email": format!("ada@{}.example", company.to_lowercase().replace(' ', "-")) },
    })
}

/// A vendor's ways with leads.
trait Leads {
    async fn captures(&self, lead: Value) -> Reply;
    async fn lead(&self, id: &str) -> Reply;
    fn acts(&self, lead: &str, action: &str, body: Value) -> Call;
}

impl Leads for Client {
    async fn captures(&self, lead: Value) -> Reply {
        self.post("/v1/leads", lead).await.expect(201)
    }
    async fn lead(&self, id: &str) -> Reply {
        self.get(format!("/v1/leads/{id}")).await.expect(200)
    }
    fn acts(&self, lead: &str, action: &str, body: Value) -> Call {
        self.post(format!("/v1/leads/{lead}/{action}"), body)
    }
}

/// A vendor and partners in Germany of these names, with a seller of each.
async fn partners(world: &World, names: &[&str]) -> (Vendor, Vec<Person>) {
    let acme = world.vendor("Acme").await;
    let mut sellers = Vec::new();
    for name in names {
        let body = json!({ "name": name, "type": "reseller", "country": "DE", "specialisations": ["robots"] });
        sellers.push(acme.adds_partner_like(body).await.person("sales").await);
    }
    (acme, sellers)
}

/// Publish the rules for leads in force with these members set.
async fn publishes(acme: &Vendor, members: Value) {
    let rules = acme.get("/v1/lead-rules/in-force").await.expect(200)["rules"].clone();
    let draft = acme.post("/v1/lead-rules", with(rules, members)).await.expect(201);
    acme.post(format!("/v1/lead-rules/{}/publish", draft.id()), json!(null)).await.expect(200);
}

/// The one of these sellers whose partner the lead is with, and the others.
fn split<'a>(sellers: &'a [Person], lead: &Reply) -> (&'a Person, Vec<&'a Person>) {
    let (mut with, without): (Vec<_>, Vec<_>) = sellers.iter().partition(|seller| lead["partner_id"] == json!(seller.partner.id));
    (with.pop().unwrap_or_else(|| panic!("one of them is asked\n{lead}")), without)
}

/// The types of a vendor's events about leads, in order.
async fn told(acme: &Vendor, lead: &str) -> Vec<String> {
    let events = acme.all("/v1/events?type=lead.*").await;
    let of = events.iter().filter(|event| event["subject"]["id"] == lead);
    of.map(|event| event["type"].as_str().unwrap_or_default().to_owned()).collect()
}
