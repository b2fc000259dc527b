//! Whoever leaves has no working token, session or key one second later, on any instance.

use super::*;

/// Somebody with a token, a session and a key of their own, all of which work everywhere.
struct Working {
    id: String,
    credentials: Vec<String>,
}

async fn somebody(acme: &Vendor) -> Working {
    let partner = acme.adds_partner("Northwind").await;
    let sam = partner.person("partner_admin").await;
    let signed_in = sam.signs_in(&["pwd"]).await;
    let body = json!({"name": "Sam's key", "role": "partner_admin", "partner_id": partner.id, "owner_id": sam.id});
    let key = acme.post("/v1/api-keys", body).await.expect(201).text("secret");
    let token = acme.bearing(&key).post("/v1/tokens", json!({})).await.expect(201).text("access_token");
    let credentials = [sam.credential.clone(), signed_in.credential.clone()].into_iter().flatten().chain([key, token]).collect();
    Working { id: sam.id.clone(), credentials }
}

async fn leaves(acme: &Vendor, working: &Working) {
    let partner = acme.get(format!("/v1/people/{}", working.id)).await.expect(200).text("partner_id");
    let directory = bound_key(acme, &partner).await;
    let off = patch(json!([{"op": "Replace", "path": "active", "value": "False"}]));
    directory.patch(format!("/scim/v2/Users/{}", working.id), off).await.expect(200);
}

spec! {
    async fn a_leaver_is_out_on_every_instance_as_soon_as_they_have_heard(world [connections = 12]) {
        let acme = world.vendor("Acme").await;
        let other = world.another_instance().await;
        let _running = (world.main.run(), other.run());
        let working = somebody(&acme).await;
        for credential in &working.credentials {
            acme.bearing(credential).get("/v1/partners").await.expect(200);
            other.bearing(credential).get("/v1/partners").await.expect(200);
        }
        leaves(&acme, &working).await;
        // The clock stands still: the bound of the cache does not help.
        for credential in &working.credentials {
            acme.bearing(credential).get("/v1/partners").await.expect(401);
            if world.on == On::Postgres {
                let mut tries = 0;
                while other.bearing(credential).get("/v1/partners").await.status != 401 {
                    tries += 1;
                    assert!(tries < 20_000, "the other instance did not hear of it");
                    tokio::task::yield_now().await;
                }
            }
        }
        assert_eq!(acme.get(format!("/v1/people/{}", working.id)).await.expect(200)["status"], "deactivated");
    }

    /// No worker runs, so that no instance hears of anything.
    async fn a_leaver_is_out_one_second_later_though_the_notification_was_lost(world) {
        let acme = world.vendor("Acme").await;
        let other = world.another_instance().await;
        let working = somebody(&acme).await;
        for credential in &working.credentials {
            other.bearing(credential).get("/v1/partners").await.expect(200);
        }
        leaves(&acme, &working).await;
        world.clock.advance(seconds(1));
        for credential in &working.credentials {
            acme.bearing(credential).get("/v1/partners").await.expect(401);
            other.bearing(credential).get("/v1/partners").await.expect(401);
        }
    }

    async fn the_keys_of_a_leaver_are_revoked_for_good(world) {
        let acme = world.vendor("Acme").await;
        let jo = acme.adds_colleague("admin").await.id();
        let key = acme.post("/v1/api-keys", json!({"name": "Jo's", "role": "admin", "owner_id": jo})).await.expect(201);
        acme.delete(format!("/scim/v2/Users/{jo}")).await.expect(204);
        let now = acme.get(format!("/v1/api-keys/{}", key["api_key"]["id"].as_str().unwrap_or_default())).await.expect(200);
        assert!(now["revoked_at"].is_string() && now["owner_id"] == json!(jo), "{now}");
        acme.post("/v1/api-keys", json!({"name": "Jo's", "role": "admin", "owner_id": jo})).await.invalid_at("/owner_id");
    }
}
