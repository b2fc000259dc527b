//! What a vendor sets for itself.

use crate::prelude::*;

spec! {
    async fn a_vendor_changes_its_name_and_origins(world) {
        let acme = world.vendor("Acme").await;
        let before = acme.get("/v1/vendor").await.expect(200);
        assert_eq!(before["allowed_origins"], json!([]));
        let origins = json!(["https://Portal.Acme.example/", "https://portal.acme.example", "http://localhost:3000"]);
        let after = acme.patch("/v1/vendor", json!({ "name": "Acme Corp", "allowed_origins": origins })).if_match(before.etag()).await.expect(200);
        assert_eq!((&after["name"], &after["allowed_origins"]), (&json!("Acme Corp"), &json!(["https://portal.acme.example", "http://localhost:3000"])));
        assert_eq!(acme.get("/v1/vendor").await.expect(200).body, after.body);
        let told = acme.get("/v1/events?type=vendor.updated").await.expect(200);
        assert_eq!((&told.rows()[0]["data"]["vendor"], &told.rows()[0]["data"]["changed"]), (&after.body, &json!(["name", "allowed_origins"])));
        // Nothing happens when nothing changes.
        acme.patch("/v1/vendor", json!({ "name": "Acme Corp" })).if_match(after.etag()).await.expect(200);
        assert_eq!(acme.get("/v1/events?type=vendor.updated").await.expect(200).rows().len(), 1);
    }

    async fn only_who_manages_the_vendor_changes_it(world) {
        let acme = world.vendor("Acme").await;
        let etag = acme.get("/v1/vendor").await.expect(200).etag();
        for caller in [acme.makes_key("channel_manager", &[]).await, acme.makes_key("admin", &["vendor:read"]).await] {
            caller.patch("/v1/vendor", json!({ "name": "Mine" })).if_match(&etag).await.refused(403, "auth.forbidden");
        }
    }

    async fn what_is_no_origin_or_not_for_a_vendor_to_say_is_refused(world) {
        let acme = world.vendor("Acme").await;
        for odd in ["*", "null", "http://portal.acme.example", "https://portal.acme.example/app", "https://u:p@acme.example", "https://*.acme.example"] {
            acme.patch("/v1/vendor", json!({ "allowed_origins": ["https://a.example", odd] })).if_match(1).await.invalid_at("/allowed_origins/1");
        }
        let many: Vec<_> = (0..21).map(|number| format!("https://{number}.example")).collect();
        acme.patch("/v1/vendor", json!({ "allowed_origins": many })).if_match(1).await.invalid_at("/allowed_origins");
        acme.patch("/v1/vendor", json!({ "rate_limit": 0 })).if_match(1).await.invalid_at("/rate_limit");
        acme.patch("/v1/vendor", json!({ "name": null })).if_match(1).await.invalid_at("/name");
    }
}
