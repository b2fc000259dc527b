//! Who is calling, and what a front end may show them.

use crate::prelude::*;

spec! {
    async fn a_person_of_a_partner_is_told_who_it_is_and_what_it_may_do(world) {
        let acme = world.vendor("Acme").await;
        let seller = acme.adds_partner("Northwind").await.person("engineer").await;
        let me = seller.signs_in(&["pwd", "otp", "mfa"]).await.get("/v1/me").await.expect(200);
        assert_eq!((&me["kind"], &me["person"]["id"], &me["person"]["email"]), (&json!("person"), &json!(seller.id), &json!(seller.email)));
        assert_eq!(me["role"], json!({ "name": "engineer", "title": "Engineer" }));
        assert_eq!((&me["vendor"]["name"], &me["partner"]["name"], &me["partner"]["status"]), (&json!("Acme"), &json!("Northwind"), &json!("active")));
        assert_eq!(me["permissions"], json!(["partners:read", "deals:read", "rules:read", "onboarding:work", "cosell:work"]));
        assert_eq!(me["can"], json!({ "cosell": ["work"], "deals": ["read"], "onboarding": ["work"], "partners": ["read"], "rules": ["read"] }));
        assert_eq!(me["session"]["methods"], json!(["pwd", "otp", "mfa"]));
        assert_eq!((&me["session"]["authenticated_at"], &me["session"]["expires_at"]), (&json!("2026-11-20T12:00:00Z"), &json!("2026-11-27T12:00:00Z")));
        let minted = seller.get("/v1/me").await.expect(200);
        assert!(minted["session"].is_null() && minted["api_key"].is_null() && minted["reach"].is_null(), "{minted}");
    }

    async fn a_key_and_its_token_are_told_what_their_scopes_leave(world) {
        let acme = world.vendor("Acme").await;
        let key = acme.makes_key("integration", &["crm:write", "events:read"]).await;
        let me = key.get("/v1/me").await.expect(200);
        assert_eq!((&me["kind"], &me["api_key"]["name"], &me["role"]["name"]), (&json!("api_key"), &json!("integration key"), &json!("integration")));
        assert_eq!(me["can"], json!({ "crm": ["write"], "events": ["read"] }));
        let token = key.post("/v1/tokens", json!({ "scopes": ["crm:write"] })).await.expect(201);
        assert_eq!(acme.bearing(&token.text("access_token")).get("/v1/me").await.expect(200)["permissions"], json!(["crm:write"]));
    }

    async fn a_narrowed_person_is_told_of_its_reach_and_what_it_leaves(world) {
        let acme = world.vendor("Acme").await;
        let admin = acme.narrowed("admin", json!({ "territories": [{ "region": "DACH" }] })).await;
        let me = admin.get("/v1/me").await.expect(200);
        assert_eq!(me["reach"], json!({ "territories": [{ "region": "DACH" }], "partner_ids": [] }));
        assert!(me["can"]["keys"].is_null() && me["can"]["webhooks"].is_null(), "{me}");
        assert_eq!(me["can"]["deals"], json!(["read", "register", "decide", "see_rivals"]));
    }
}
