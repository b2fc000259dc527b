//! Commercial models: what a partner earns, at which price it may sell, and who may renew.

mod estimates;
mod pricing;
mod products;
mod renewals;
mod terms;
mod usage;

use crate::prelude::*;

fn eur(amount: i64) -> Value {
    json!({ "amount": amount, "currency": "EUR" })
}

/// A line of one product, sold on.
fn line(product: &str, quantity: i64, unit_price: i64) -> Value {
    json!({ "product": product, "quantity": quantity, "unit_price": eur(unit_price) })
}

/// A line of a subscription: 1,000.00 EUR a month for a year.
fn subscription(product: &str) -> Value {
    json!({ "product": product, "quantity": 1, "model": "subscription", "term_months": 12, "recurring": { "amount": eur(100_000), "every": "month" } })
}

/// A registration with these lines.
fn sale(customer: &str, lines: Value) -> Value {
    with(resale(customer), json!({ "lines": lines }))
}

/// A rule of the terms that gives a part of the lines of a model.
fn earns(id: &str, model: &str, when: &str, basis_points: i64) -> Value {
    json!({ "id": id, "model": model, "when": when, "basis_points": basis_points, "sentence": format!("By the rule {id}.") })
}

/// Terms: a tenth of whatever is sold, small discounts at once, and incumbents.
fn terms() -> Value {
    let everything = ["resale", "subscription", "consumption", "revenue_share"].map(|model| earns(model, model, "true", 1_000));
    let limits =
        json!([{ "id": "limits", "when": "true", "automatic_up_to": 500, "one_person_up_to": 2_000, "sentence": "Small discounts are fine." }]);
    json!({
        "title": "Terms", "earnings": everything,
        "pricing": { "rules": limits, "valid_days": 30, "most_valid_days": 60, "warning_days": [7] },
        "incumbency": [{ "id": "everybody", "when": "true", "days_before": 60, "days_after": 30, "rivals": "refuse" }],
    })
}

/// Draft and publish commercial terms, in force from now on.
async fn agrees(acme: &Vendor, terms: Value) -> Reply {
    let draft = acme.post("/v1/commercial-terms", terms).await.expect(201);
    acme.post(format!("/v1/commercial-terms/{}/publish", draft.id()), json!(null)).await.expect(200)
}

/// A vendor with these terms and two partners, with a seller of each.
async fn with_terms(world: &World, terms: Value) -> (Vendor, Person, Person) {
    let (acme, northwind, southridge) = rivals(world).await;
    agrees(&acme, terms).await;
    (acme, northwind, southridge)
}

async fn estimate(reader: &Client, deal: &str) -> Reply {
    reader.get(format!("/v1/deals/{deal}/estimate")).await.expect(200)
}

/// The only total of an estimate, in euros' cents.
fn total(estimate: &Value) -> i64 {
    match estimate["totals"].as_array().map(Vec::as_slice) {
        Some([one]) if one["currency"] == "EUR" => one["amount"].as_i64().unwrap_or(-1),
        _ => panic!("one total in EUR\n{estimate}"),
    }
}

/// The codes of an estimate's lines.
fn line_codes(estimate: &Value) -> Vec<&str> {
    estimate["lines"].as_array().into_iter().flatten().filter_map(|line| line["code"].as_str()).collect()
}

/// The types of a vendor's events of one kind, in order.
async fn told(acme: &Vendor, types: &str) -> Vec<String> {
    let events = acme.all(&format!("/v1/events?type={types}")).await;
    events.iter().map(|event| event["type"].as_str().unwrap_or_default().to_owned()).collect()
}

/// The titles of what somebody was told.
async fn inbox(person: &Person) -> Vec<String> {
    let told = person.anew().await.all("/v1/notifications").await;
    told.iter().filter_map(|one| one["title"].as_str().map(str::to_owned)).collect()
}

/// A person of the vendor who may approve prices, signed in.
async fn approver(acme: &Vendor) -> SignedIn {
    let colleague = acme.adds_colleague("channel_manager").await.id();
    acme.sees_sign_in(&colleague, &["pwd"]).await
}
