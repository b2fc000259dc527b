//! A vendor's own fields: one JSON Schema for each kind of resource, checked on every write.

use crate::prelude::*;

fn schema() -> Value {
    json!({ "schema": { "type": "object", "additionalProperties": false, "required": ["since"], "properties": {
        "since": { "type": "string", "format": "date" },
        "headcount": { "type": "integer", "minimum": 1 },
        "office": { "type": "object", "properties": { "city": { "type": "string" }, "floor": { "type": "integer" } } } } } })
}

fn partner(fields: Value) -> Value {
    json!({ "name": "Northwind", "type": "msp", "custom_fields": fields })
}

spec! {
    async fn a_custom_field_must_fit_its_schema(world) {
        let acme = world.vendor("Acme").await;
        acme.post("/v1/partners", partner(json!({ "since": "2020-01-31" }))).await.invalid_at("/custom_fields");
        let put = acme.put("/v1/custom-fields/partner", schema()).await.expect(200);
        assert_eq!((put.etag().as_str(), &put["resource"]), ("\"1\"", &json!("partner")));
        let made = acme.post("/v1/partners", partner(json!({ "since": "2020-01-31", "headcount": 12 }))).await.expect(201);
        assert_eq!(made["custom_fields"], json!({ "since": "2020-01-31", "headcount": 12 }));
        acme.post("/v1/partners", partner(json!({}))).await.invalid_at("/custom_fields");
        acme.post("/v1/partners", partner(json!({ "since": "31.1.2020" }))).await.invalid_at("/custom_fields/since");
        acme.post("/v1/partners", partner(json!({ "since": "2020-01-31", "headcount": 0 }))).await.invalid_at("/custom_fields/headcount");
        acme.post("/v1/partners", partner(json!({ "since": "2020-01-31", "colour": "red" }))).await.invalid_at("/custom_fields");
        world.vendor("Contoso").await.post("/v1/partners", partner(json!({ "since": "2020-01-31" }))).await.invalid_at("/custom_fields");
    }

    async fn custom_fields_are_merged_member_by_member(world) {
        let acme = world.vendor("Acme").await;
        acme.put("/v1/custom-fields/partner", schema()).await.expect(200);
        let made = acme.post("/v1/partners", partner(json!({ "since": "2020-01-31", "office": { "city": "Graz", "floor": 2 } }))).await.expect(201);
        let path = format!("/v1/partners/{}", made.id());
        let patch = json!({ "custom_fields": { "headcount": 5, "office": { "floor": null } } });
        let changed = acme.patch(&path, patch).if_match(1).await.expect(200);
        assert_eq!(changed["custom_fields"], json!({ "since": "2020-01-31", "headcount": 5, "office": { "city": "Graz" } }));
        acme.patch(&path, json!({ "custom_fields": { "since": null } })).if_match(2).await.invalid_at("/custom_fields");
        assert_eq!(acme.get(&path).await.expect(200).body, changed.body);
    }

    async fn a_new_schema_holds_at_once_on_every_instance(world) {
        let acme = world.vendor("Acme").await;
        let other = world.another_instance().await;
        acme.client().at(&other).post("/v1/partners", partner(json!({}))).await.expect(201);
        acme.put("/v1/custom-fields/partner", schema()).await.expect(200);
        acme.post("/v1/partners", partner(json!({}))).await.invalid_at("/custom_fields");
        let old = json!({ "schema": { "type": "object" } });
        assert_eq!(acme.put("/v1/custom-fields/partner", old.clone()).await.expect(200)["revision"], 2);
        acme.post("/v1/partners", partner(json!({ "anything": [1, { "goes": true }] }))).await.expect(201);
        assert_eq!(acme.put("/v1/custom-fields/partner", old).await.expect(200)["revision"], 2, "the same again is no change");
        assert_eq!(world.number("SELECT COUNT(*) FROM events WHERE kind = 'custom_fields.changed'").await, 2);
    }

    async fn what_is_not_a_schema_of_an_object_is_refused(world) {
        let acme = world.vendor("Acme").await;
        let wrong = [
            json!({ "type": "string" }),
            json!("object"),
            json!({ "type": "object", "properties": { "a": { "type": "whatever" } } }),
            json!({ "type": "object", "properties": { "a": { "$ref": "https://schemas.example/a.json" } } }),
            json!({ "type": "object", "$ref": "#" }),
            json!({ "type": "object", "properties": { "a": { "pattern": "(" } } }),
            json!({ "type": "object", "description": "x".repeat(40_000) }),
        ];
        for schema in wrong {
            acme.put("/v1/custom-fields/partner", json!({ "schema": schema })).await.invalid_at("/schema");
        }
        acme.put("/v1/custom-fields/partner", json!({})).await.invalid_at("/schema");
        acme.put("/v1/custom-fields/vendor", schema()).await.refused(404, "not_found");
        acme.get("/v1/custom-fields/partner").await.refused(404, "not_found");
        assert!(acme.get("/v1/custom-fields").await.rows().is_empty());
    }

    async fn the_vendor_reads_and_only_who_manages_it_defines(world) {
        let acme = world.vendor("Acme").await;
        acme.put("/v1/custom-fields/deal", schema()).await.expect(200);
        acme.put("/v1/custom-fields/account", schema()).await.expect(200);
        let manager = acme.makes_key("channel_manager", &[]).await;
        let listed: Vec<_> = manager.all("/v1/custom-fields").await.iter().map(|one| one["resource"].clone()).collect();
        assert_eq!(listed, ["account", "deal"]);
        assert_eq!(manager.get("/v1/custom-fields/deal").await.expect(200)["schema"], schema()["schema"]);
        manager.put("/v1/custom-fields/deal", schema()).await.refused(403, "auth.forbidden");
        assert!(world.vendor("Contoso").await.get("/v1/custom-fields").await.rows().is_empty());
    }
}
