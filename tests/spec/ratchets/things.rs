//! How each living thing is made that operations are tried on, in the state that they ask for.

use super::fill;
use super::ready::me;
use crate::prelude::*;
use spec::deals::{large, resale, with};
use spec::document::Operation;
use spec::local::outbox;

/// An open access review, and an item of it about a colleague; two, so that one decision does not close it.
pub async fn review(acme: &Vendor) -> (String, String) {
    let (one, _) = (acme.adds_colleague("finance").await, acme.adds_colleague("finance").await);
    let body =
        json!({ "name": "A review", "scope": { "side": "vendor" }, "reviewers": { "by": "channel_managers" }, "deadline": "2099-01-01T00:00:00Z" });
    let review = acme.post("/v1/access-reviews", body).await.expect(201).id();
    acme.world().settle().await;
    let items = acme.all(&format!("/v1/access-reviews/{review}/items?limit=200")).await;
    let item = items.iter().find(|item| item["person_id"] == one.id()).and_then(|item| item["id"].as_str()).expect("an item").to_owned();
    (review, item)
}

/// A screening list of which nothing is published.
pub async fn screening_list(acme: &Vendor) -> String {
    let body = json!({ "name": format!("List {}", spec::unique()), "format": "ofac" });
    acme.post("/v1/screening-lists", body).await.expect(201).id()
}

/// A version of it that names one company.
pub fn golden_phoenix() -> Value {
    json!({ "files": { "sdn": "1,\"GOLDEN PHOENIX SHIPPING COMPANY\",-0- ,\"SDGT\",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \n" } })
}

/// A fact about the sustainability of a partner of its own.
pub async fn esg_fact(acme: &Vendor) -> String {
    let partner = acme.adds_partner("Northwind").await.id;
    let body = json!({ "kind": "certificate", "standard": "ISO 14001", "issued_on": "2026-02-01", "expires_on": "2027-01-31" });
    acme.post(format!("/v1/partners/{partner}/esg-facts"), body).await.expect(201).id()
}

/// A review of a partner of its own.
pub async fn partner_review(acme: &Vendor) -> String {
    let partner = acme.adds_partner("Northwind").await.id;
    let body = json!({ "kind": "business", "title": "Third quarter", "held_on": "2026-11-18" });
    acme.post(format!("/v1/partners/{partner}/reviews"), body).await.expect(201).id()
}

/// An action that was agreed in one.
pub async fn partner_review_action(acme: &Vendor) -> String {
    let review = partner_review(acme).await;
    let body = json!({ "text": "Certify a third engineer", "side": "partner", "due_on": "2027-01-31" });
    acme.post(format!("/v1/partner-reviews/{review}/actions"), body).await.expect(201).id()
}

/// A check of a partner of its own that waits for a person.
pub async fn check_under_review(acme: &Vendor) -> String {
    let list = screening_list(acme).await;
    acme.post(format!("/v1/screening-lists/{list}/publish"), golden_phoenix()).await.expect(200);
    let partner = acme.adds_partner("Goldan Phoenix Shipping").await.id;
    let vetted = acme.post(format!("/v1/partners/{partner}/vetting"), json!(null)).await.expect(200);
    let checks = vetted["checks"].as_array().into_iter().flatten();
    let waiting = checks.filter(|check| check["result"] == "review").find_map(|check| check["id"].as_str());
    waiting.unwrap_or_else(|| panic!("a check under review\n{vetted}")).to_owned()
}

/// An automation that plans to prolong deals; its name.
pub async fn automation(acme: &Vendor) -> Value {
    let steps = json!([{ "step": "deal.extend", "after": { "days": 3 } }]);
    let body = json!({ "name": format!("automation-{}", spec::unique()), "summary": "Prolongs.", "on": ["deal.approved"], "steps": steps });
    acme.post("/v1/automations", body).await.expect(201)["name"].clone()
}

/// Terms by which a subscription makes its partner an incumbent.
pub fn commercial_terms() -> Value {
    let rule = json!({ "id": "all", "when": "true", "days_before": 90, "days_after": 30, "rivals": "refuse" });
    json!({ "title": "Terms", "earnings": [], "incumbency": [rule] })
}

/// An approved deal of a partner of its own with one line of this model.
pub async fn sold(acme: &Vendor, model: &str) -> String {
    let partner = acme.adds_partner("Northwind").await;
    let price = json!({ "amount": 100_000, "currency": "EUR" });
    let line = json!({ "product": "GTX Pro", "quantity": 1, "model": model, "unit_price": price, "committed": price, "term_months": 12 });
    let new = with(resale(&format!("Customer {}", letters(spec::unique()))), json!({ "lines": [line] }));
    acme.registers(partner.gets(new)).await.id()
}

/// A request for a special price in this state.
pub async fn pricing_request(acme: &Vendor, state: &str) -> String {
    let deal = sold(acme, "resale").await;
    let body = json!({ "lines": [{ "line": 0, "basis_points": 1000 }], "reason": "A cheaper offer." });
    let id = acme.post(format!("/v1/deals/{deal}/pricing-requests"), body).await.expect(201).id();
    let moves = async |action: &str, body: Value| _ = acme.post(format!("/v1/pricing-requests/{id}/{action}"), body).await.expect(200);
    match state {
        "countered" => moves("counter", json!({ "lines": [{ "line": 0, "basis_points": 500 }], "reason": "Half." })).await,
        "approved" => moves("approve", json!(null)).await,
        _ => {}
    }
    id
}

/// An incumbency of a partner of its own.
pub async fn incumbency(acme: &Vendor) -> String {
    let draft = acme.post("/v1/commercial-terms", commercial_terms()).await.expect(201).id();
    acme.post(format!("/v1/commercial-terms/{draft}/publish"), json!(null)).await.expect(200);
    let deal = sold(acme, "subscription").await;
    let partner = acme.deal(&deal).await["partner_id"].clone();
    acme.moves(&deal, "close", json!({ "outcome": "won" })).await.expect(200);
    let rows = acme.get(format!("/v1/incumbencies?partner_id={}", partner.as_str().unwrap_or_default())).await.expect(200);
    rows["data"][0]["id"].as_str().unwrap_or_else(|| panic!("an incumbency\n{rows}")).to_owned()
}

/// A new partner in this state.
pub async fn partner(acme: &Vendor, status: &str) -> String {
    acme.adds_partner_like(json!({ "name": format!("Partner {}", spec::unique()), "type": "reseller", "status": status })).await.id
}

/// A new application form, of which nothing is published: its id and its token.
pub async fn application_form(acme: &Vendor) -> (String, String) {
    let body = json!({ "name": "A form", "page": "https://www.acme.example/apply", "per_minute": 6000 });
    let made = acme.post("/v1/application-forms", body).await.expect(201);
    (made["application_form"]["id"].as_str().expect("an id").to_owned(), made.text("token"))
}

/// A new version of this form.
pub async fn form_version(acme: &Vendor, form: &str) -> String {
    let schema = json!({ "type": "object", "properties": { "employees": { "type": "integer" } } });
    let content = json!({ "languages": ["en", "de"], "default_language": "en", "schema": schema, "layout": [], "required": [] });
    acme.post("/v1/application-form-versions", json!({ "form_id": form, "content": content })).await.expect(201).id()
}

/// The token of a form that is asked.
pub async fn asked_form(acme: &Vendor) -> String {
    let (form, token) = application_form(acme).await;
    let version = form_version(acme, &form).await;
    acme.post(format!("/v1/application-form-versions/{version}/publish"), json!(null)).await.expect(200);
    token
}

/// An application in this state, and the secret of its applicant.
pub async fn application(acme: &Vendor, state: &str) -> (String, String) {
    let (token, number) = (asked_form(acme).await, letters(spec::unique()));
    let (nobody, email) = (acme.world().anonymous(), format!("sam@{number}.example"));
    nobody.post("/v1/public/applications", json!({ "token": token, "email": email })).await.expect(202);
    let id = acme.get("/v1/applications?limit=1").await.expect(200)["data"][0]["id"].as_str().expect("an id").to_owned();
    let sent = acme.post(format!("/v1/applications/{id}/send-link"), json!(null)).await.expect(200);
    let secret = match sent["link"].as_str() {
        Some(link) => secret_in(link),
        None => {
            acme.world().settle().await;
            secret_in(&outbox(acme, &email).await.text)
        }
    };
    if state != "draft" {
        let company = json!({ "name": format!("Applicant {number}"), "country": "DE", "partner_type": "reseller" });
        let body = json!({ "secret": secret, "company": company, "contact": { "name": "Sam Okafor" } });
        nobody.post("/v1/public/applications/submit", body).await.expect(200);
    }
    (id, secret)
}

/// A new lead of a partner of its own, in this state.
pub async fn lead(acme: &Vendor, state: &str) -> String {
    let number = spec::unique();
    let company = json!({ "name": format!("Lead company {number}"), "country": "DE" });
    let amount = json!({ "amount": 100_000, "currency": "EUR" });
    let lead = acme.post("/v1/leads", json!({ "company": company, "amount": amount, "hold": true })).await.expect(201).id();
    let moves = async |action: &str, body: Value| _ = acme.post(format!("/v1/leads/{lead}/{action}"), body).await.expect(200);
    if state == "disqualified" {
        moves("disqualify", json!({ "reason": "A student." })).await;
    }
    if matches!(state, "offered" | "accepted") {
        let partner = acme.adds_partner(&format!("Lead partner {number}")).await.id;
        moves("assign", json!({ "partner_id": partner })).await;
    }
    if state == "accepted" {
        moves("accept", json!(null)).await;
    }
    lead
}

/// A new referral by a partner of its own, in this state.
pub async fn referral(acme: &Vendor, state: &str) -> String {
    let number = spec::unique();
    let partner = acme.adds_partner(&format!("Referring {number}")).await;
    let body =
        json!({ "company": { "name": format!("Referred company {number}"), "country": "DE" }, "amount": { "amount": 100_000, "currency": "EUR" } });
    let id = acme.post("/v1/referrals", partner.gets(body)).await.expect(201).id();
    let moves = async |action: &str, body: Value| _ = acme.post(format!("/v1/referrals/{id}/{action}"), body).await.expect(200);
    if state != "submitted" {
        moves("accept", json!(null)).await;
    }
    if state == "won" {
        moves("close", json!({ "outcome": "won" })).await;
    }
    id
}

pub async fn portal(acme: &Vendor) -> String {
    let body = json!({ "name": "A portal", "redirect_uris": ["https://portal.example/signed-in"] });
    acme.post("/v1/portals", body).await.expect(201).id()
}

/// Two accounts that were merged.
pub async fn merge(acme: &Vendor) -> String {
    let number = spec::unique();
    for account in [format!("M-{number}"), format!("S-{number}")] {
        acme.put(format!("/v1/accounts/{account}"), json!({ "name": format!("Account {account}") })).await.expect(201);
    }
    acme.post(format!("/v1/accounts/M-{number}/merge"), json!({ "into": format!("S-{number}") })).await.expect(201).id()
}

/// What an audit came upon: a deal of a partner that nobody manages.
pub async fn finding(acme: &Vendor) -> String {
    let deal = deal(acme, "approved").await;
    acme.post("/v1/hygiene/audits", json!(null)).await.expect(202);
    acme.world().settle().await;
    let found = acme.get(format!("/v1/hygiene/findings?kind=deal_without_owner&subject_id={deal}")).await.expect(200);
    found["data"][0]["id"].as_str().unwrap_or_else(|| panic!("a finding\n{found}")).to_owned()
}

/// A request for help with a deal of its own, in this state.
pub async fn cosell(acme: &Vendor, state: &str) -> String {
    let deal = deal(acme, "approved").await;
    let request = acme.post(format!("/v1/deals/{deal}/request-cosell"), json!({ "helps": ["demo", "pricing"] })).await.expect(201).id();
    if state != "requested" {
        acme.post(format!("/v1/cosell-requests/{request}/accept"), json!(null)).await.expect(200);
    }
    if state == "proposed" {
        let partner = acme.get(format!("/v1/cosell-requests/{request}")).await.expect(200)["partner_id"].clone();
        let seller =
            json!({ "name": "Somebody", "email": format!("sales-{}@partner.example", spec::unique()), "role": "sales", "partner_id": partner });
        let seller = acme.post("/v1/people", seller).await.expect(201).id();
        let token = acme.post("/v1/tokens", json!({ "person_id": seller })).await.expect(201).text("access_token");
        let said = json!({ "contributions": [{ "side": "partner", "basis_points": 10_000 }] });
        acme.bearing(&token).post(format!("/v1/cosell-requests/{request}/propose-contributions"), said).await.expect(200);
    }
    request
}

/// A next step of a request of its own.
pub async fn cosell_task(acme: &Vendor) -> String {
    let request = cosell(acme, "accepted").await;
    acme.post(format!("/v1/cosell-requests/{request}/tasks"), json!({ "title": "Show it" })).await.expect(201).id()
}

/// A deal that the vendor's own sales stand against, and who registered it.
pub async fn disputable(acme: &Vendor) -> (String, Person) {
    let name = format!("Customer {}", letters(spec::unique()));
    acme.is_in_talks_with(&name).await;
    let seller = acme.adds_partner("Northwind").await.person("sales").await;
    (seller.registers(resale(&name)).await.id(), seller)
}

/// A dispute with the vendor's own sales in this state.
pub async fn dispute(acme: &Vendor, state: &str) -> String {
    let (deal, seller) = disputable(acme).await;
    let body = json!({ "deal_id": deal, "reason": "Both sell to it.", "against_direct_sales": true });
    let id = acme.post("/v1/disputes", body).await.expect(201).id();
    let path = |action: &str| format!("/v1/disputes/{id}/{action}");
    if state == "offered" {
        seller.post(path("propose-settlement"), json!({ "outcome": "stands" })).await.expect(200);
    }
    if matches!(state, "heard" | "under_review" | "decided") {
        for side in [&*seller, acme.client()] {
            side.post(path("statements"), json!({ "text": "It is ours." })).await.expect(201);
        }
    }
    if matches!(state, "under_review" | "decided") {
        acme.post(path("begin-review"), json!(null)).await.expect(200);
    }
    if state == "decided" {
        acme.post(path("decide"), json!({ "outcome": "stands", "public_reason": "It was there first." })).await.expect(200);
    }
    id
}

/// The path of this operation for a dispute in this state.
pub async fn disputed(acme: &Vendor, operation: &Operation, state: &str) -> String {
    let id = dispute(acme, state).await;
    fill(&operation.path, |_| id.clone())
}

/// A verdict on two companies of two deals.
pub async fn two_companies(acme: &Vendor) -> Value {
    let (one, other) = (deal(acme, "approved").await, deal(acme, "approved").await);
    json!({ "verdict": "different", "one": { "deal_id": one }, "other": { "deal_id": other }, "reason": "Two companies." })
}

/// A deal in this state.
pub async fn deal(acme: &Vendor, state: &str) -> String {
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

/// A refused deal that waits for its customer to be free.
pub async fn watched(acme: &Vendor) -> String {
    let held = deal(acme, "approved").await;
    let customer = acme.deal(&held).await["customer"].clone();
    let rival = acme.adds_partner("Southridge").await;
    let refused = acme.registers(rival.gets(spec::deals::resale_to(customer))).await;
    assert_eq!(refused["status"], "rejected", "{refused}");
    acme.post(format!("/v1/deals/{}/watch", refused.id()), json!(null)).await.expect(201);
    refused.id()
}

/// Customers whose names differ in a digit look alike; these do not.
pub fn letters(number: u64) -> String {
    let syllables = ["bo", "ka", "ri", "tu", "ne", "sol", "fim", "gor", "wex", "pya"];
    number.to_string().bytes().map(|digit| syllables[usize::from(digit - b'0')]).collect::<String>().repeat(2)
}

/// The id of something that the one person of this vendor was told.
pub async fn notification(acme: &Vendor) -> String {
    let me = me(acme).await;
    let id = me.get("/v1/me").await.expect(200)["person"]["id"].clone();
    acme.tells("person.created", json!({ "to": [{ "people": [id] }], "template": "notifications.notice" })).await;
    me.get("/v1/notifications?limit=1").await.expect(200)["data"][0]["id"].as_str().expect("an id").to_owned()
}

pub async fn endpoint(acme: &Vendor) -> String {
    // Nobody listens there.
    let body = json!({ "url": "http://127.0.0.1:9/hook", "event_types": ["webhook.test"] });
    let made = acme.post("/v1/webhook-endpoints", body).await.expect(201);
    [&made["id"], &made["endpoint"]["id"], &made["webhook_endpoint"]["id"]].into_iter().find_map(Value::as_str).expect("an id").to_owned()
}

pub async fn delivery(acme: &Vendor) -> String {
    let endpoint = endpoint(acme).await;
    acme.post(format!("/v1/webhook-endpoints/{endpoint}/test"), json!(null)).await;
    acme.world().settle().await;
    let deliveries = acme.get(format!("/v1/webhook-endpoints/{endpoint}/deliveries")).await.expect(200);
    deliveries["data"][0]["id"].as_str().unwrap_or_else(|| panic!("a delivery\n{deliveries}")).to_owned()
}
