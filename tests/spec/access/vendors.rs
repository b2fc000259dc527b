//! Vendors are made by the operator, and none sees another.

use crate::prelude::*;

spec! {
    async fn the_operator_makes_a_vendor_and_its_first_admin_key(world) {
        let made = world.operator().post("/v1/vendors", json!({ "name": "Contoso" })).await.expect(201);
        let key = world.bearing(&made.text("secret"));
        assert_eq!(key.get("/v1/vendor").await.expect(200)["name"], "Contoso");
        assert_eq!(made["api_key"]["scopes"].as_array().map(Vec::len), Some(access::Permission::ALL.len()));
        let mut told = made;
        told.body["api_key"]["scopes"] = json!("all of them");
        assert_reply_snapshot!(told, @r#"
        {
          "body": {
            "api_key": {
              "available_actions": [
                "revoke"
              ],
              "created_at": "2026-11-20T12:00:00Z",
              "hint": "[hint]",
              "id": "key-1",
              "name": "First admin key",
              "revision": 1,
              "role": "admin",
              "scopes": "all of them"
            },
            "secret": "[secret]",
            "vendor": {
              "allowed_origins": [],
              "created_at": "2026-11-20T12:00:00Z",
              "id": "vnd-1",
              "name": "Contoso",
              "revision": 1
            }
          },
          "status": 201
        }
        "#);
    }

    async fn nobody_but_the_operator_makes_a_vendor(world) {
        let acme = world.vendor("Acme").await;
        for caller in [acme.client(), &world.anonymous(), &world.bearing("guess"), &acme.makes_key("integration", &[]).await] {
            caller.post("/v1/vendors", json!({ "name": "Mine" })).await.refused(401, "auth.required");
        }
        assert_eq!(world.number("SELECT COUNT(*) FROM vendors").await, 1);
    }

    async fn the_operators_key_opens_no_vendors_doors(world) {
        world.vendor("Acme").await;
        for path in ["/v1/vendor", "/v1/api-keys", "/v1/people", "/v1/events"] {
            world.operator().get(path).await.refused(401, "auth.required");
        }
    }

    async fn no_vendor_sees_or_touches_anything_of_another(world) {
        let (acme, rival) = (world.vendor("Acme").await, world.vendor("Rival").await);
        let key = acme.post("/v1/api-keys", json!({ "name": "CRM", "role": "finance" })).await.expect(201);
        let key = key["api_key"]["id"].as_str().expect("an id").to_owned();
        let person = acme.adds_colleague("finance").await;
        assert_eq!(rival.all("/v1/api-keys").await.len(), 1);
        assert_eq!(rival.all("/v1/people").await.len(), 0);
        rival.get(format!("/v1/api-keys/{key}")).await.refused(404, "not_found");
        rival.post(format!("/v1/api-keys/{key}/revoke"), json!(null)).await.refused(404, "not_found");
        rival.get(format!("/v1/people/{}", person.id())).await.refused(404, "not_found");
        rival.patch(format!("/v1/people/{}", person.id()), json!({ "name": "Mine" })).if_match(1).await.refused(404, "not_found");
        assert_eq!(rival.get("/v1/vendor").await.expect(200)["id"], rival.id.as_str());
        // The same e-mail address may be known to both.
        let same = json!({ "name": "A colleague", "email": person.text("email"), "role": "finance" });
        rival.post("/v1/people", same).await.expect(201);
    }
}
