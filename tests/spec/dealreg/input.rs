//! What bad input gets: a place, a code, and nothing half done.

use crate::prelude::*;

/// `deal` with the value at this pointer replaced or added.
fn set(mut deal: Value, pointer: &str, value: Value) -> Value {
    let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
    deal.pointer_mut(parent).expect("a parent")[name] = value;
    deal
}

fn whole() -> Value {
    with(
        resale_to(json!({ "name": "Fabrikam", "country": "DE", "contact": { "name": "Ada Byron" } })),
        json!({
        "lines": [{ "product": "GTX Pro", "quantity": 1 }], "custom_fields": {} }),
    )
}

/// Places, values that do not belong there, and the codes that say so.
fn bad() -> Vec<(&'static str, Value, &'static str, &'static str)> {
    let at = |pointer, value, code| (pointer, value, pointer, code);
    let long = |length: usize| json!("x".repeat(length));
    vec![
        at("/type", json!("lease"), "invalid_value"),
        at("/type", json!(null), "invalid_value"),
        at("/amount", json!(12), "invalid_value"),
        at("/amount/currency", json!("ZZZ"), "invalid_value"),
        at("/amount/currency", json!("eur"), "invalid_value"),
        at("/amount/amount", json!(-1), "invalid_value"),
        at("/amount/amount", json!(1_000_000_000_000_001_i64), "invalid_value"),
        at("/amount/amount", json!(9_223_372_036_854_775_808_u64), "invalid_value"),
        at("/amount/amount", json!(12.5), "invalid_value"),
        at("/amount/amount", json!("100"), "invalid_value"),
        at("/amount/tax", json!(1), "unknown_field"),
        at("/expected_close", json!("2027-02-30"), "invalid_value"),
        at("/expected_close", json!("31.03.2027"), "invalid_value"),
        at("/expected_close", json!("0027-03-31"), "date"),
        at("/expected_close", json!("+12027-03-31"), "date"),
        at("/partner_id", json!("acc_01jd3k7x2mfq8t9v5w6y0zabcd"), "invalid_value"),
        at("/partner_id", json!("ptn_1"), "invalid_value"),
        at("/partner_id", json!("ptn_01jd3k7x2mfq8t9v5w6y0zabcd"), "no_such_partner"),
        at("/customer", json!(null), "invalid_value"),
        at("/customer/name", json!(""), "length"),
        at("/customer/name", json!("  "), "blank"),
        at("/customer/name", long(301), "length"),
        at("/customer/name", json!("Fabri\u{0}kam"), "control_character"),
        at("/customer/name", json!("Fabri\u{1b}[31mkam"), "control_character"),
        at("/customer/country", json!("XX"), "country"),
        at("/customer/country", json!("de"), "country"),
        at("/customer/country", json!("Germany"), "country"),
        at("/customer/domain", long(254), "length"),
        at("/customer/address", long(501), "length"),
        at("/customer/tax_id", long(51), "length"),
        at("/customer/phone", long(51), "length"),
        at("/customer/vat", json!("DE1"), "unknown_field"),
        at("/customer/contact/name", json!(""), "length"),
        at("/customer/contact/email", json!("nobody"), "email"),
        at("/customer/contact/fax", json!("1"), "unknown_field"),
        at("/lines", json!(vec![json!({ "product": "GTX Pro", "quantity": 1 }); 101]), "length"),
        ("/lines", json!([{ "product": "GTX Pro", "quantity": 0 }]), "/lines/0/quantity", "range"),
        ("/lines", json!([{ "product": "GTX Pro", "quantity": 1 }, { "product": "", "quantity": 1 }]), "/lines/1/product", "length"),
        ("/lines", json!([{ "product": "GTX Pro", "quantity": 1_000_001 }]), "/lines/0/quantity", "range"),
        (
            "/lines",
            json!([{ "product": "GTX Pro", "quantity": 1, "unit_price": { "amount": -1, "currency": "EUR" } }]),
            "/lines/0/unit_price/amount",
            "invalid_value",
        ),
        ("/lines", json!([{ "product": "GTX Pro" }]), "/lines/0/quantity", "required"),
        at("/custom_fields", json!([]), "invalid_value"),
        at("/custom_fields", json!({ "anything": 1 }), "unknown_field"),
        at("/status", json!("approved"), "unknown_field"),
        at("/draft", json!("yes"), "invalid_value"),
    ]
}

#[track_caller]
fn names(refused: Reply, pointer: &str, code: &str) {
    let refused = refused.invalid_at(pointer);
    let coded = refused["errors"].as_array().is_some_and(|errors| errors.iter().any(|error| error["pointer"] == pointer && error["code"] == code));
    assert!(coded, "expected {code} at {pointer}\n{refused}");
}

spec! {
    async fn what_is_wrong_with_a_deal_is_named(world) {
        let (acme, seller, _) = rivals(world).await;
        for (place, value, pointer, code) in bad() {
            let deal = set(seller.partner.gets(whole()), place, value);
            names(acme.post("/v1/deals", deal.clone()).await, pointer, code);
            names(acme.post("/v1/deals/check", deal.clone()).await, pointer, code);
            if place != "/draft" {
                names(acme.post("/v1/deals", with(deal, json!({ "draft": true }))).await, pointer, code);
            }
        }
        assert!(acme.all("/v1/deals").await.is_empty());
        assert!(acme.all("/v1/events?type=deal.*").await.is_empty());
    }

    async fn what_is_wrong_with_a_change_is_named(world) {
        let (_, seller, _) = rivals(world).await;
        let deal = seller.registers(with(whole(), json!({ "draft": true }))).await;
        let fixed = ["/partner_id", "/status", "/draft"];
        for (place, value, pointer, code) in bad().into_iter().filter(|(place, ..)| !fixed.contains(place)) {
            let body = set(json!({ "customer": whole()["customer"], "amount": whole()["amount"] }), place, value);
            names(seller.patch(format!("/v1/deals/{}", deal.id()), body).if_match(1).await, pointer, code);
        }
        for field in ["type", "customer", "amount", "expected_close", "lines", "custom_fields"] {
            let path = format!("/v1/deals/{}", deal.id());
            seller.patch(path, json!({ field: null })).if_match(1).await.invalid_at(&format!("/{field}"));
        }
        assert_eq!(seller.deal(&deal.id()).await.body, deal.body);
    }

    async fn what_a_deal_cannot_do_without_is_named(world) {
        let (_, seller, _) = rivals(world).await;
        for field in ["type", "customer", "amount", "expected_close"] {
            let mut deal = whole();
            deal.as_object_mut().expect("an object").remove(field);
            names(seller.post("/v1/deals", deal).await, &format!("/{field}"), "required");
        }
        for field in ["name", "country"] {
            let mut deal = whole();
            deal["customer"].as_object_mut().expect("an object").remove(field);
            names(seller.post("/v1/deals", deal).await, &format!("/customer/{field}"), "required");
        }
        seller.call(Method::POST, "/v1/deals").raw("application/json", "{\"type\":").await.refused(400, "request.malformed");
        seller.call(Method::POST, "/v1/deals").raw("text/csv", "type,amount").await.refused(415, "body.media_type");
    }

    async fn the_words_that_come_with_an_action_are_bounded(world) {
        let (acme, seller, _) = rivals(world).await;
        acme.reviews_large_deals().await;
        let deal = seller.registers(large(whole())).await.id();
        for (action, body, pointer) in [
            ("reject", json!({}), "/reason"),
            ("reject", json!({ "reason": "" }), "/reason"),
            ("reject", json!({ "reason": "x".repeat(2_001) }), "/reason"),
            ("request-information", json!({ "question": "a\u{7}b" }), "/question"),
            ("request-information", json!({ "question": "Why?", "by": "Friday" }), "/by"),
            ("approve", json!({ "note": "Fine." }), "/note"),
            ("close", json!({ "outcome": "draw" }), "/outcome"),
            ("withdraw", json!({ "reason": 5 }), "/reason"),
        ] {
            acme.moves(&deal, action, body).await.invalid_at(pointer);
        }
        assert_eq!(steps(&acme, &deal).await, ["deal.in_review"]);
    }
}
