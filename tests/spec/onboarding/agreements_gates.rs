//! An NDA before data: what a partner's people and keys may not do until the partner has signed.

use super::agreements::Sent;
use super::*;

async fn asks_first(acme: &Vendor, permissions: Value) {
    acme.put("/v1/agreement-policy", json!({ "gates": [{ "kind": "reseller", "permissions": permissions }] })).await.expect(200);
}

spec! {
    async fn deals_are_seen_once_the_agreement_is_signed(world) {
        let sent = Sent::new(world).await;
        asks_first(&sent.acme, json!(["deals:read", "deals:register", "leads:read"])).await;
        let seller = sent.northwind.person("sales").await;
        let refused = seller.get("/v1/deals").await.refused(403, "agreement.required");
        assert_eq!(refused["kinds"], json!(["reseller"]));
        seller.post("/v1/deals", resale("Fabrikam")).await.refused(403, "agreement.required");
        seller.get("/v1/partners").await.expect(200);
        sent.sam.get(format!("/v1/agreements/{}", sent.agreement)).await.expect(200);
        assert_eq!(sent.acme.get("/v1/deals").await.expect(200)["data"], json!([]), "the vendor's own see everything");
        sent.signs(&sent.sam, 0).await.expect(200);
        seller.get("/v1/deals").await.refused(403, "agreement.required");
        sent.signs(&sent.kim, 1).await.expect(200);
        seller.get("/v1/deals").await.expect(200);
        seller.registers(resale("Fabrikam")).await;
    }

    async fn it_holds_for_keys_and_for_each_partner_alone(world) {
        let sent = Sent::new(world).await;
        asks_first(&sent.acme, json!(["deals:read"])).await;
        let key = json!({ "name": "Their CRM", "role": "partner_admin", "partner_id": sent.northwind.id });
        let key = sent.acme.bearing(&sent.acme.post("/v1/api-keys", key).await.expect(201).text("secret"));
        key.get("/v1/deals").await.refused(403, "agreement.required");
        sent.is_signed().await;
        key.get("/v1/deals").await.expect(200);
        let other = sent.acme.adds_partner("Contoso").await.person("sales").await;
        other.get("/v1/deals").await.refused(403, "agreement.required");
        sent.acme.put("/v1/agreement-policy", json!({ "gates": [] })).await.expect(200);
        other.get("/v1/deals").await.expect(200);
    }

    async fn nobody_is_told_of_deals_before(world) {
        let sent = Sent::new(world).await;
        asks_first(&sent.acme, json!(["deals:read"])).await;
        let seller = sent.northwind.person("sales").await;
        let told = async || {
            let rows = seller.all("/v1/notifications").await;
            rows.iter().any(|row| row["event_type"].as_str().is_some_and(|kind| kind.starts_with("deal.")))
        };
        let deal = sent.acme.registers(sent.northwind.gets(resale("Fabrikam"))).await.id();
        let comments = async || {
            sent.acme.post(format!("/v1/deals/{deal}/comments"), json!({ "text": "Well done." })).await.expect(201);
            world.settle().await;
        };
        comments().await;
        assert!(!told().await, "not yet");
        sent.is_signed().await;
        comments().await;
        assert!(told().await);
        // What was told is not to be read any more when something else is to be signed first.
        sent.acme.put("/v1/agreement-policy", json!({ "gates": [{ "kind": "nda", "permissions": ["deals:read"] }] })).await.expect(200);
        assert!(!told().await, "not any more");
    }

    async fn whoever_is_to_sign_can_be_invited_before(world) {
        let acme = world.vendor("Acme").await;
        asks_first(&acme, json!(["deals:read"])).await;
        let northwind = acme.adds_partner("Northwind").await;
        let admin = northwind.person("partner_admin").await;
        admin.get("/v1/deals").await.refused(403, "agreement.required");
        let signatory = json!({ "email": "ceo@northwind.example", "name": "Kim", "role": "executive", "partner_id": northwind.id });
        admin.post("/v1/people", signatory).await.expect(201);
    }

    async fn the_gate_shuts_when_the_contract_is_over(world) {
        let sent = Sent::new(world).await;
        asks_first(&sent.acme, json!(["deals:read"])).await;
        sent.is_signed().await;
        let seller = sent.northwind.person("sales").await;
        seller.get("/v1/deals").await.expect(200);
        let path = format!("/v1/partners/{}/contracts", sent.northwind.id);
        let contract = sent.acme.all(&path).await[0]["id"].as_str().expect("an id").to_owned();
        let notice = json!({ "reason": "They part.", "ends_on": "2026-11-22" });
        sent.acme.post(format!("{path}/{contract}/terminate"), notice).await.expect(200);
        seller.get("/v1/deals").await.expect(200);
        world.pass(days(3)).await;
        seller.anew().await.get("/v1/deals").await.refused(403, "agreement.required");
    }

    async fn what_would_shut_out_the_signers_is_refused(world) {
        let acme = world.vendor("Acme").await;
        let puts = async |gates: Value| acme.put("/v1/agreement-policy", json!({ "gates": gates })).await;
        puts(json!([{ "kind": "nda", "permissions": ["partners:read"] }])).await.invalid_at("/gates/0/permissions/0");
        puts(json!([{ "kind": "nda", "permissions": ["deals:raed"] }])).await.invalid_at("/gates/0/permissions/0");
        puts(json!([{ "kind": "nda", "permissions": [] }])).await.invalid_at("/gates/0/permissions");
        let one = json!({ "kind": "nda", "permissions": ["deals:read"] });
        puts(json!([one, one])).await.invalid_at("/gates/1/kind");
        assert_eq!(acme.get("/v1/agreement-policy").await.expect(200)["gates"], json!([]));
        acme.adds_partner("Northwind").await.person("partner_admin").await.put("/v1/agreement-policy", json!({ "gates": [] })).await.refused(403, "auth.forbidden");
    }
}
