//! What breaks inside is told to the operator, in the log, and to nobody else.

use crate::prelude::*;
use std::collections::BTreeSet;

/// What a problem of this kind may consist of.
#[track_caller]
fn tells_nothing(answer: &Reply, code: &str) {
    let members: BTreeSet<_> = answer.body.as_object().expect("a problem").keys().map(String::as_str).collect();
    assert_eq!(members, BTreeSet::from(["type", "title", "status", "code", "request_id"]), "{answer}");
    assert_eq!((answer["code"].as_str(), answer.header("content-type")), (Some(code), Some("application/problem+json")), "{answer}");
    let text = String::from_utf8_lossy(&answer.bytes).to_lowercase();
    for inside in ["select", "insert", "sql", "table", "relation", "column", "panicked", "backtrace", ".rs", "/src/", "stack", "partners"] {
        assert!(!text.contains(inside), "{inside} in {answer}");
    }
}

spec! {
    async fn an_error_of_ours_says_nothing_but_its_id(world) {
        let acme = world.vendor("Acme").await;
        let partner = acme.adds_partner("Northwind").await;
        world.sql("ALTER TABLE partners RENAME TO partners_elsewhere").await;
        tells_nothing(&acme.get("/v1/partners").await.expect(500), "internal");
        tells_nothing(&acme.get(format!("/v1/partners/{}", partner.id)).await.expect(500), "internal");
        tells_nothing(&acme.post("/v1/partners", json!({ "name": "Another", "type": "reseller" })).await.expect(500), "internal");
        // What failed is undone and stays possible: nothing was let through because a question could not be asked.
        world.sql("ALTER TABLE partners_elsewhere RENAME TO partners").await;
        assert_eq!(acme.get("/v1/partners").await.expect(200).rows().len(), 1);
    }

    async fn nobody_is_let_in_while_nobody_can_be_looked_up(world) {
        let acme = world.vendor("Acme").await;
        world.sql("ALTER TABLE api_keys RENAME TO api_keys_elsewhere").await;
        world.clock.advance(minutes(1));
        tells_nothing(&acme.get("/v1/vendor").await.expect(500), "internal");
        tells_nothing(&acme.post("/v1/partners", json!({ "name": "Northwind", "type": "reseller" })).await.expect(500), "internal");
        world.sql("ALTER TABLE api_keys_elsewhere RENAME TO api_keys").await;
        assert_eq!(acme.get("/v1/partners").await.expect(200).rows().len(), 0);
    }

    async fn a_secret_that_does_not_open_is_an_error_and_not_an_empty_one(world) {
        let acme = world.vendor("Acme").await;
        let endpoint = acme.post("/v1/webhook-endpoints", json!({ "url": "https://hooks.example.com/", "event_types": ["deal.*"] })).await.expect(201);
        // Somebody who can write to the database, and has no key, takes one byte off.
        let shorter = if world.on == On::Sqlite { "substr(secrets, 1, length(secrets) - 1)" } else { "substring(secrets FROM 1 FOR length(secrets) - 1)" };
        assert_eq!(world.sql(&format!("UPDATE webhook_endpoints SET secrets = {shorter}")).await, 1);
        let path = format!("{}/rotate-secret", endpoint.header("location").expect("a location"));
        tells_nothing(&acme.post(path, json!({})).await.expect(500), "internal");
    }
}
