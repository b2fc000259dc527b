//! Custom fields: a vendor's own, checked on every write, on every instance.

use super::support::*;
use crate::prelude::*;
use kernel::{App, Problem, fields};

fn headcount(least: i64) -> Value {
    let properties = json!({ "headcount": { "type": "integer", "minimum": least }, "since": { "type": "string", "format": "date" } });
    json!({ "schema": { "type": "object", "additionalProperties": false, "properties": properties } })
}

/// What the write of any resource does with its custom fields.
async fn check(app: &App, vendor: &Vendor, value: Value) -> Result<(), Problem> {
    let value = value.as_object().expect("an object").clone();
    app.write(&worker(vendor), async |tx| fields::check(tx, "partner", &value).await).await
}

/// The pointer of the first thing that is wrong.
async fn wrong_at(app: &App, vendor: &Vendor, value: Value) -> String {
    check(app, vendor, value).await.expect_err("refused").errors[0].pointer.clone()
}

spec! {
    async fn without_a_schema_there_are_no_custom_fields(world) {
        let acme = world.vendor("Acme").await;
        check(world.app(), &acme, json!({})).await.expect("none are fine");
        assert_eq!(wrong_at(world.app(), &acme, json!({ "headcount": 1 })).await, "/custom_fields");
    }

    async fn a_value_that_does_not_fit_is_named(world) {
        let acme = world.vendor("Acme").await;
        acme.put("/v1/custom-fields/partner", headcount(1)).await.expect(200);
        check(world.app(), &acme, json!({ "headcount": 1, "since": "2026-02-28" })).await.expect("fits");
        assert_eq!(wrong_at(world.app(), &acme, json!({ "headcount": 0 })).await, "/custom_fields/headcount");
        assert_eq!(wrong_at(world.app(), &acme, json!({ "since": "2026-02-30" })).await, "/custom_fields/since");
        assert_eq!(wrong_at(world.app(), &acme, json!({ "other": 1 })).await, "/custom_fields");
        let long = "x".repeat(fields::MAX_VALUE);
        assert_eq!(wrong_at(world.app(), &acme, json!({ "other": long })).await, "/custom_fields");
    }

    async fn a_schema_is_each_vendors_and_each_resources_own(world) {
        let (acme, rival) = (world.vendor("Acme").await, world.vendor("Rival").await);
        acme.put("/v1/custom-fields/account", headcount(1)).await.expect(200);
        rival.put("/v1/custom-fields/partner", headcount(1)).await.expect(200);
        assert_eq!(wrong_at(world.app(), &acme, json!({ "headcount": 1 })).await, "/custom_fields");
        rival.get("/v1/custom-fields/account").await.refused(404, "not_found");
    }

    async fn a_changed_schema_holds_at_once_and_on_every_instance(world [connections = 6]) {
        let acme = world.vendor("Acme").await;
        let other = world.another_instance().await;
        acme.put("/v1/custom-fields/partner", headcount(1)).await.expect(200);
        let _hearing = (world.main.run(), other.run());
        for least in 2..6 {
            check(world.app(), &acme, json!({ "headcount": least - 1 })).await.expect("fits");
            acme.put("/v1/custom-fields/partner", headcount(least)).await.expect(200);
            assert_eq!(wrong_at(world.app(), &acme, json!({ "headcount": least - 1 })).await, "/custom_fields/headcount");
        }
        if world.on == On::Postgres {
            check(&other.app, &acme, json!({ "headcount": 5 })).await.expect("fits");
            acme.put("/v1/custom-fields/partner", headcount(9)).await.expect(200);
            // The other instance is told by a notification, which takes its time.
            let told = async { while check(&other.app, &acme, json!({ "headcount": 5 })).await.is_ok() {} };
            tokio::time::timeout(std::time::Duration::from_secs(20), told).await.expect("the other instance hears of it");
        }
    }

    /// Whoever changes a schema and hangs up leaves no instance with the old one in its cache.
    async fn a_caller_that_hangs_up_leaves_no_stale_schema(world) {
        let acme = world.vendor("Acme").await;
        for times in 1..50 {
            acme.put("/v1/custom-fields/partner", headcount(1)).await.expect(200);
            check(world.app(), &acme, json!({ "headcount": 1 })).await.expect("fits");
            _ = dropped_after(acme.put("/v1/custom-fields/partner", headcount(2)).into_future(), times).await;
            // A write of our own waits for whatever commit may still be under way.
            note(world.app(), &acme, &format!("{times}"), 1).await.expect("a note");
            let stored = acme.get("/v1/custom-fields/partner").await.expect(200)["schema"]["properties"]["headcount"]["minimum"].clone();
            let fits = check(world.app(), &acme, json!({ "headcount": 1 })).await.is_ok();
            assert_eq!(fits, stored == 1, "hung up after {times} polls: minimum is {stored}, 1 fits: {fits}");
        }
    }

    async fn a_schema_that_cannot_be_used_is_refused(world) {
        let acme = world.vendor("Acme").await;
        let put = |schema: Value| acme.put("/v1/custom-fields/partner", json!({ "schema": schema }));
        for schema in [
            json!({}), json!([]), json!({ "type": "array" }), json!({ "type": "object", "properties": 3 }), json!({ "type": "object", "$ref": "https://example.com/schema.json" }),
            json!({ "type": "object", "properties": { "a": { "$ref": "file:///etc/passwd" } } }),
            json!({ "type": "object", "properties": { "a": { "type": "string", "pattern": "(" } } }), json!({ "type": "object", "title": "x".repeat(fields::MAX_SCHEMA) }),
        ] {
            put(schema).await.invalid_at("/schema");
        }
        acme.get("/v1/custom-fields/partner").await.refused(404, "not_found");
        acme.put("/v1/custom-fields/spaceship", headcount(1)).await.refused(404, "not_found");
    }

    async fn the_same_schema_again_is_no_change(world) {
        let acme = world.vendor("Acme").await;
        let first = acme.put("/v1/custom-fields/partner", headcount(1)).await.expect(200);
        let again = acme.put("/v1/custom-fields/partner", headcount(1)).await.expect(200);
        assert_eq!((first.bytes, log_of(&acme).await.len()), (again.bytes, 3));
    }
}
