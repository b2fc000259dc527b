//! The one table to extend when a new resource or action appears: how to make a living thing, and a request that works.

use super::{example, fill};
use crate::prelude::*;
use spec::deals::{large, resale, with};
use spec::document::Operation;

/// An id of this kind that nothing has; `kind` is the schema's name in the document.
pub fn nobody(kind: &str) -> String {
    let prefix = match kind {
        "PortalId" => "ptl",
        "SessionId" => "ses",
        "DealId" => "deal",
        "RulesId" => "roe",
        "ImportId" => "imp",
        "WebhookEndpointId" => "whe",
        "WebhookDeliveryId" => "whd",
        _ => panic!("tests/spec/ratchets/fixtures.rs: add a line to `nobody` for ids of the kind {kind}"),
    };
    kernel::id::write(prefix, kernel::id::fresh())
}

/// The path to a new, living thing of this vendor, for a path of the document.
pub async fn living(acme: &Vendor, path: &str) -> String {
    let number = spec::unique();
    let root = path.split("/{").next().unwrap_or_default();
    let id = match root {
        "/v1/api-keys" => acme.post("/v1/api-keys", json!({ "name": "A key", "role": "finance" })).await.expect(201)["api_key"]["id"].clone(),
        "/v1/portals" => {
            let body = json!({ "name": "A portal", "redirect_uris": ["https://portal.example/signed-in"] });
            acme.post("/v1/portals", body).await.expect(201)["id"].clone()
        }
        "/v1/sessions" => json!(acme.adds_partner("Northwind").await.person("sales").await.signs_in(&["pwd"]).await.session),
        "/v1/people" => acme.adds_colleague("finance").await["id"].clone(),
        "/v1/partners" => json!(acme.adds_partner(&format!("Partner {number}")).await.id),
        "/v1/custom-fields" => {
            acme.put("/v1/custom-fields/partner", json!({ "schema": { "type": "object", "title": format!("{number}") } })).await.expect(200);
            json!("partner")
        }
        "/v1/accounts" => {
            acme.put(format!("/v1/accounts/A-{number}"), json!({ "name": format!("Account {number}") })).await.expect(201)["external_id"].clone()
        }
        "/v1/opportunities" => {
            let body = json!({ "name": format!("Opportunity {number}"), "status": "open" });
            acme.put(format!("/v1/opportunities/O-{number}"), body).await.expect(201)["external_id"].clone()
        }
        "/v1/imports" => acme.post("/v1/imports", json!({ "resource": "accounts", "format": "ndjson" })).await.expect(201)["id"].clone(),
        "/v1/deals" => json!(deal(acme, "approved").await),
        "/v1/rules-of-engagement" => json!(acme.drafts(acme.rules().await).await.id()),
        "/v1/webhook-endpoints" => json!(endpoint(acme).await),
        "/v1/webhook-deliveries" => json!(delivery(acme).await),
        "/problems" => json!("not_found"),
        _ => panic!("tests/spec/ratchets/fixtures.rs: add a line to `living` that makes what {path} is about"),
    };
    let id = id.as_str().expect("an id").to_owned();
    fill(path, |_| id.clone())
}

/// Whether a thing of this path is named by its caller or by us rather than by an id that only its vendor has.
pub fn is_named_freely(path: &str) -> bool {
    ["/v1/accounts/", "/v1/opportunities/", "/v1/custom-fields/", "/problems/"].iter().any(|root| path.starts_with(root))
}

/// Operations that ask with `POST` and change nothing, so that a repeat has nothing to spare.
pub fn changes_nothing(operation: &Operation) -> bool {
    matches!(operation.id.as_str(), "check_deal" | "simulate_rules")
}

/// A request of this operation that works: its path and body. Most need no line here.
pub async fn ready(acme: &Vendor, operation: &Operation) -> (String, Option<Value>) {
    let world = acme.world();
    let body = example(world, operation);
    let deal_in = async |state: &str| {
        fill(&operation.path, {
            let id = deal(acme, state).await;
            move |_| id.clone()
        })
    };
    match operation.id.as_str() {
        "approve_deal" | "reject_deal" | "request_deal_information" => (deal_in("in_review").await, body),
        "resubmit_deal" => (deal_in("information_requested").await, body),
        "submit_deal" => (deal_in("draft").await, body),
        "register_deal" | "check_deal" => {
            let partner = acme.adds_partner("Northwind").await;
            (operation.path.clone(), body.map(|body| partner.gets(body)))
        }
        "create_token" => {
            let seller = acme.adds_partner("Northwind").await.person("sales").await;
            (operation.path.clone(), Some(json!({ "person_email": seller.email, "expires_in": 900 })))
        }
        "reinstate_partner" => {
            let path = living(acme, &operation.path).await;
            acme.post(path.replace("/reinstate", "/suspend"), json!({ "reason": "For a while." })).await.expect(200);
            (path, body)
        }
        "enable_webhook_endpoint" => {
            let path = living(acme, &operation.path).await;
            acme.post(path.replace("/enable", "/disable"), json!(null)).await.expect(200);
            (path, body)
        }
        _ if operation.path.contains('{') => (living(acme, &operation.path).await, body),
        _ => (operation.path.clone(), body),
    }
}

/// A deal in this state.
async fn deal(acme: &Vendor, state: &str) -> String {
    let partner = acme.adds_partner("Northwind").await;
    let new = resale(&format!("Customer {}", letters(spec::unique())));
    let new = match state {
        "approved" => new,
        "draft" => with(new, json!({ "draft": true })),
        _ => large(new),
    };
    let rules = acme.rules().await;
    if rules["rules"].as_array().is_some_and(|rules| rules.iter().all(|rule| rule["id"] != "large")) {
        acme.reviews_large_deals().await;
    }
    let id = acme.registers(partner.gets(new)).await.id();
    if state == "information_requested" {
        acme.moves(&id, "request-information", json!({ "question": "Who is the economic buyer?" })).await.expect(200);
    }
    let now = acme.deal(&id).await;
    assert_eq!(now["status"], state, "{now}");
    id
}

/// Customers whose names differ in a digit look alike; these do not.
fn letters(number: u64) -> String {
    let syllables = ["bo", "ka", "ri", "tu", "ne", "sol", "fim", "gor", "wex", "pya"];
    number.to_string().bytes().map(|digit| syllables[usize::from(digit - b'0')]).collect::<String>().repeat(2)
}

async fn endpoint(acme: &Vendor) -> String {
    // Nobody listens there.
    let body = json!({ "url": "http://127.0.0.1:9/hook", "event_types": ["webhook.test"] });
    let made = acme.post("/v1/webhook-endpoints", body).await.expect(201);
    [&made["id"], &made["endpoint"]["id"], &made["webhook_endpoint"]["id"]].into_iter().find_map(Value::as_str).expect("an id").to_owned()
}

async fn delivery(acme: &Vendor) -> String {
    let endpoint = endpoint(acme).await;
    acme.post(format!("/v1/webhook-endpoints/{endpoint}/test"), json!(null)).await;
    acme.world().settle().await;
    let deliveries = acme.get(format!("/v1/webhook-endpoints/{endpoint}/deliveries")).await.expect(200);
    deliveries["data"][0]["id"].as_str().unwrap_or_else(|| panic!("a delivery\n{deliveries}")).to_owned()
}
