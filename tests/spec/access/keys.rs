//! API keys: shown once, narrowed by scopes, ended by time or at once.

use crate::prelude::*;

async fn key(vendor: &Vendor, body: Value) -> (String, Client) {
    let made = vendor.post("/v1/api-keys", body).await.expect(201);
    (made["api_key"]["id"].as_str().expect("an id").to_owned(), vendor.bearing(&made.text("secret")))
}

async fn revoke(vendor: &Client, id: &str) -> Reply {
    vendor.post(format!("/v1/api-keys/{id}/revoke"), json!(null)).await
}

spec! {
    async fn a_secret_is_shown_once_and_stored_nowhere(world) {
        let acme = world.vendor("Acme").await;
        let made = acme.post("/v1/api-keys", json!({ "name": "CRM", "role": "integration", "scopes": ["crm:write"] })).await.expect(201);
        let (secret, id) = (made.text("secret"), made["api_key"]["id"].as_str().expect("an id").to_owned());
        assert!(secret.starts_with("prm_") && secret.len() == 60);
        assert_eq!(made.header("location"), Some(format!("/v1/api-keys/{id}").as_str()));
        for reply in [acme.get(format!("/v1/api-keys/{id}")).await, acme.get("/v1/api-keys").await, acme.get("/v1/events?limit=200").await] {
            assert!(!String::from_utf8_lossy(&reply.expect(200).bytes).contains(&secret));
        }
        let stored = format!("SELECT COUNT(*) FROM api_keys WHERE name LIKE '%{secret}%' OR hint LIKE '%{secret}%' OR CAST(hash AS text) LIKE '%{secret}%'");
        assert_eq!(world.number(&stored).await, 0);
        assert_reply_snapshot!(acme.get(format!("/v1/api-keys/{id}")).await, @r#"
        {
          "body": {
            "available_actions": [
              "revoke"
            ],
            "created_at": "2026-11-20T12:00:00Z",
            "hint": "[hint]",
            "id": "key-1",
            "name": "CRM",
            "revision": 1,
            "role": "integration",
            "scopes": [
              "crm:write"
            ]
          },
          "status": 200
        }
        "#);
    }

    async fn a_key_stops_working_when_it_expires(world) {
        let acme = world.vendor("Acme").await;
        let (_, client) = key(&acme, json!({ "name": "Trial", "role": "finance", "expires_at": "2026-11-20T13:00:00Z" })).await;
        client.get("/v1/vendor").await.expect(200);
        world.clock.advance(hours(1) - seconds(1));
        client.get("/v1/vendor").await.expect(200);
        world.clock.advance(seconds(1));
        client.get("/v1/vendor").await.refused(401, "auth.required");
        acme.post("/v1/api-keys", json!({ "name": "Late", "role": "finance", "expires_at": "2026-11-20T13:00:00Z" })).await.invalid_at("/expires_at");
    }

    async fn a_revoked_key_stops_working_at_once(world) {
        let acme = world.vendor("Acme").await;
        let (id, client) = key(&acme, json!({ "name": "CRM", "role": "finance" })).await;
        client.get("/v1/vendor").await.expect(200);
        let revoked = revoke(&acme, &id).await.expect(200);
        client.get("/v1/vendor").await.refused(401, "auth.required");
        assert_eq!((&revoked["revoked_at"], &revoked["revision"], &revoked["available_actions"]), (&json!("2026-11-20T12:00:00Z"), &json!(2), &json!([])));
        // Again is no change.
        world.clock.advance(hours(1));
        assert_eq!(revoke(&acme, &id).await.expect(200).body, revoked.body);
    }

    async fn a_revoked_key_stops_working_on_other_instances(world [connections = 6]) {
        let acme = world.vendor("Acme").await;
        let other = world.another_instance().await;
        let (id, client) = key(&acme, json!({ "name": "CRM", "role": "finance" })).await;
        let client = client.at(&other);
        client.get("/v1/vendor").await.expect(200);
        if world.on == On::Postgres {
            let _hearing = (world.main.run(), other.run());
            revoke(&acme, &id).await.expect(200);
            let told = async { while client.get("/v1/vendor").await.status == 200 {} };
            tokio::time::timeout(std::time::Duration::from_secs(20), told).await.expect("the other instance hears of it");
        } else {
            revoke(&acme, &id).await.expect(200);
        }
        // And even where the notification was lost, within five seconds.
        world.clock.advance(seconds(5));
        client.get("/v1/vendor").await.refused(401, "auth.required");
    }

    async fn scopes_narrow_what_the_role_allows(world) {
        let acme = world.vendor("Acme").await;
        let narrow = acme.makes_key("admin", &["vendor:read"]).await;
        narrow.get("/v1/vendor").await.expect(200);
        narrow.get("/v1/api-keys").await.refused(403, "auth.forbidden");
        // A scope beyond the role adds nothing.
        let finance = acme.makes_key("finance", &["vendor:read", "keys:manage"]).await;
        finance.get("/v1/vendor").await.expect(200);
        finance.get("/v1/api-keys").await.refused(403, "auth.forbidden");
        acme.post("/v1/api-keys", json!({ "name": "CRM", "role": "finance", "scopes": ["vendor:read", "everything"] })).await.invalid_at("/scopes/1");
        acme.post("/v1/api-keys", json!({ "name": "CRM", "role": "sales" })).await.invalid_at("/role");
    }

    async fn a_key_makes_no_key_that_may_do_more_than_itself(world) {
        let acme = world.vendor("Acme").await;
        let keeper = acme.makes_key("admin", &["keys:manage", "vendor:read"]).await;
        keeper.post("/v1/api-keys", json!({ "name": "Mine", "role": "admin" })).await.refused(403, "token.scope_too_wide");
        keeper.post("/v1/api-keys", json!({ "name": "Mine", "role": "finance" })).await.refused(403, "token.scope_too_wide");
        keeper.post("/v1/api-keys", json!({ "name": "Mine", "role": "finance", "scopes": ["vendor:read"] })).await.expect(201);
    }

    async fn the_last_working_admin_key_cannot_be_revoked(world) {
        let acme = world.vendor("Acme").await;
        let first = acme.all("/v1/api-keys").await[0]["id"].as_str().expect("an id").to_owned();
        revoke(&acme, &first).await.refused(409, "api_key.last_admin");
        // One that is narrowed, or will have expired, is no replacement.
        acme.makes_key("admin", &["keys:manage"]).await;
        key(&acme, json!({ "name": "Soon gone", "role": "admin", "expires_at": "2026-11-20T13:00:00Z" })).await;
        world.clock.advance(hours(1));
        revoke(&acme, &first).await.refused(409, "api_key.last_admin");
        let (_, second) = key(&acme, json!({ "name": "Second", "role": "admin" })).await;
        revoke(&second, &first).await.expect(200);
        second.get("/v1/api-keys").await.expect(200);
    }

    async fn two_admin_keys_that_revoke_each_other_do_not_lock_the_vendor_out(world [connections = 8]) {
        for _ in 0..10 {
            let acme = world.vendor("Acme").await;
            let first = acme.all("/v1/api-keys").await[0]["id"].as_str().expect("an id").to_owned();
            let (second_id, second) = key(&acme, json!({ "name": "Second", "role": "admin" })).await;
            second.get("/v1/vendor").await.expect(200);
            let (one, other) = tokio::join!(revoke(&acme, &second_id), revoke(&second, &first));
            assert!(one.status == 200 || other.status == 200, "{one}\n{other}");
            let working = [acme.get("/v1/vendor").await.status, second.get("/v1/vendor").await.status];
            assert!(working.contains(&200), "locked out: {one}\n{other}");
        }
    }

    async fn a_keys_last_use_is_written_down(world) {
        let acme = world.vendor("Acme").await;
        let (id, client) = key(&acme, json!({ "name": "CRM", "role": "finance" })).await;
        let last_use = async || { world.settle().await; acme.get(format!("/v1/api-keys/{id}")).await.expect(200)["last_used_at"].clone() };
        assert!(last_use().await.is_null());
        client.get("/v1/vendor").await.expect(200);
        assert_eq!(last_use().await, "2026-11-20T12:00:00Z");
        world.clock.advance(minutes(10));
        client.get("/v1/vendor").await.expect(200);
        assert_eq!(last_use().await, "2026-11-20T12:10:00Z");
    }

    async fn every_credential_that_does_not_work_is_answered_alike(world) {
        let acme = world.vendor("Acme").await;
        let (id, revoked) = key(&acme, json!({ "name": "CRM", "role": "finance" })).await;
        revoke(&acme, &id).await.expect(200);
        let unknown = format!("prm_{}", "0".repeat(56));
        let mistyped = acme.key.replacen(&acme.key[10..11], if &acme.key[10..11] == "0" { "1" } else { "0" }, 1);
        let (cut, long, shouted) = (acme.key[..40].to_owned(), format!("{}0", acme.key), acme.key.to_uppercase());
        let oversized = format!("prm_{}", "0".repeat(9_000));
        let revoked = revoked.credential.clone().expect("a key");
        for credential in [&unknown, &mistyped, &cut, &long, &shouted, &oversized, &revoked, "", " ", "a b", "prm_", "prm_\u{e9}", "x"] {
            assert_refused_alike(&acme.bearing(credential)).await;
        }
        for odd in ["Basic dXNlcjpwYXNz", "Bearer", "bearer", acme.key.as_str(), "Bearer  "] {
            let reply = world.anonymous().get("/v1/vendor").header("authorization", odd).await;
            assert_eq!(without_id(reply), without_id(world.anonymous().get("/v1/vendor").await), "{odd}");
        }
        // The scheme's name is not case-sensitive (RFC 9110 §11.1).
        world.anonymous().get("/v1/vendor").header("authorization", &format!("bearer {}", acme.key)).await.expect(200);
    }
}

async fn assert_refused_alike(client: &Client) {
    let reply = client.get("/v1/vendor").await;
    let plain =
        json!({ "type": "/problems/auth.required", "title": "A valid API key or access token is needed.", "status": 401, "code": "auth.required" });
    assert_eq!(without_id(reply), plain, "{:?}", client.credential);
}

fn without_id(reply: Reply) -> Value {
    let mut body = reply.refused(401, "auth.required").body;
    body.as_object_mut().expect("an object").remove("request_id");
    body
}
