//! People and keys that nobody has used for long.

use crate::prelude::*;

spec! {
    async fn people_who_have_not_been_seen_for_ninety_days_are_dormant(world) {
        let acme = world.vendor("Acme").await;
        let northwind = acme.adds_partner("Northwind").await;
        let (busy, idle) = (northwind.person("sales").await, northwind.person("sales").await);
        world.pass(days(80)).await;
        assert!(acme.get("/v1/people?dormant=true").await.expect(200).rows().is_empty());
        busy.anew().await.get("/v1/deals").await.expect(200);
        world.pass(days(11)).await;
        let dormant = acme.get("/v1/people?dormant=true").await.expect(200);
        assert_eq!(dormant.rows().iter().map(|row| row["id"].clone()).collect::<Vec<_>>(), [json!(idle.id)]);
        assert_eq!(dormant.rows()[0]["dormant"], true);
        let others = acme.get("/v1/people?dormant=false").await.expect(200);
        assert_eq!((&others.rows()[0]["id"], &others.rows()[0]["last_seen_at"]), (&json!(busy.id), &json!("2027-02-08T12:00:00Z")));
        assert!(acme.get(format!("/v1/people/{}", busy.id)).await.expect(200)["dormant"].is_null());
        idle.anew().await.get("/v1/deals").await.expect(200);
        world.settle().await;
        assert!(acme.get("/v1/people?dormant=true").await.expect(200).rows().is_empty());
    }

    async fn keys_that_nobody_used_for_ninety_days_are_dormant(world) {
        let acme = world.vendor("Acme").await;
        let made = acme.post("/v1/api-keys", json!({ "name": "Forgotten", "role": "finance" })).await.expect(201);
        let gone = acme.post("/v1/api-keys", json!({ "name": "Revoked", "role": "finance" })).await.expect(201);
        acme.post(format!("/v1/api-keys/{}/revoke", gone["api_key"]["id"].as_str().expect("an id")), json!(null)).await.expect(200);
        world.pass(days(91)).await;
        acme.get("/v1/vendor").await.expect(200);
        world.settle().await;
        let dormant = acme.get("/v1/api-keys?dormant=true").await.expect(200);
        assert_eq!(dormant.rows().iter().map(|row| row["name"].as_str().unwrap_or_default()).collect::<Vec<_>>(), ["Forgotten"]);
        assert_eq!(acme.get("/v1/api-keys?dormant=false").await.expect(200).rows().len(), 2);
        acme.bearing(&made.text("secret")).get("/v1/vendor").await.expect(200);
        world.settle().await;
        assert!(acme.get("/v1/api-keys?dormant=true").await.expect(200).rows().is_empty());
    }
}
