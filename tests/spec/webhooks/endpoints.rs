//! Endpoints: what may be asked for, and what is told.

use super::*;

spec! {
    async fn the_secret_is_shown_once_and_never_again(world) {
        let (acme, receiver) = (world.vendor("Acme").await, Receiver::start().await);
        let hook = hook(&acme, &receiver, &["*"]).await;
        assert!(hook.secret.starts_with("whsec_") && hook.public_key.starts_with("whpk_"));
        let read = hook.now(&acme).await;
        assert!(read["secret"].is_null() && read["public_key"] == hook.public_key.as_str());
        let log = acme.all("/v1/events").await;
        assert!(log.iter().all(|event| !event.to_string().contains(&hook.secret)));
    }

    async fn a_repeated_request_makes_one_endpoint_and_shows_the_same_secret(world) {
        let acme = world.vendor("Acme").await;
        let body = json!({ "url": "https://crm.example.com/hook", "event_types": ["*"] });
        let first = acme.post("/v1/webhook-endpoints", body.clone()).idempotency_key("one").await.expect(201);
        let again = acme.post("/v1/webhook-endpoints", body).idempotency_key("one").await.expect(201);
        assert_eq!(first.bytes, again.bytes);
        assert_eq!(acme.all("/v1/webhook-endpoints").await.len(), 1);
    }

    async fn what_is_asked_for_must_exist(world) {
        let acme = world.vendor("Acme").await;
        let ask = |types: Value| acme.post("/v1/webhook-endpoints", json!({ "url": "https://crm.example.com/hook", "event_types": types }));
        ask(json!(["api_key.created", "api_key.lost"])).await.invalid_at("/event_types/1");
        ask(json!(["api_keys.*"])).await.invalid_at("/event_types/0");
        ask(json!([])).await.invalid_at("/event_types");
        ask(json!(["api_key.*", "webhook_endpoint.disabled"])).await.expect(201);
    }

    async fn targets_that_are_not_on_the_public_internet_are_refused(world) {
        let acme = world.vendor("Acme").await;
        settings(world, |settings| settings.allow_private = false);
        for url in ["https://127.0.0.1/", "https://[::1]/", "https://169.254.169.254/latest", "https://2130706433/", "http://crm.example.com/", "https://a:b@crm.example.com/"] {
            acme.post("/v1/webhook-endpoints", json!({ "url": url, "event_types": ["*"] })).await.invalid_at("/url");
        }
        acme.post("/v1/webhook-endpoints", json!({ "url": "https://crm.example.com/", "event_types": ["*"] })).await.expect(201);
    }

    async fn a_target_that_was_allowed_once_is_checked_again_when_something_is_sent(world) {
        let (acme, receiver) = (world.vendor("Acme").await, Receiver::start().await);
        let hook = hook(&acme, &receiver, &["api_key.*"]).await;
        settings(world, |settings| settings.allow_private = false);
        something_happens(&acme).await;
        world.settle().await;
        assert!(receiver.requests().is_empty());
        let delivery = hook.only_delivery(&acme).await;
        assert_eq!(delivery["webhook_delivery"]["status"], "retrying");
        assert_eq!(delivery["attempts"][0]["error"], "Only https is called.");
    }

    async fn a_change_needs_the_revision_that_was_read(world) {
        let (acme, receiver) = (world.vendor("Acme").await, Receiver::start().await);
        let hook = hook(&acme, &receiver, &["api_key.*"]).await;
        let etag = hook.now(&acme).await.etag();
        acme.patch(&hook.path, json!({ "description": "CRM" })).await.refused(428, "revision.required");
        let changed = acme.patch(&hook.path, json!({ "description": "CRM" })).if_match(&etag).await.expect(200);
        assert_eq!(changed["revision"], 2);
        acme.patch(&hook.path, json!({ "description": "ERP" })).if_match(&etag).await.refused(412, "revision.stale");
        acme.patch(&hook.path, json!({ "event_types": ["nonsense"] })).if_match(2).await.invalid_at("/event_types/0");
        acme.patch(&hook.path, json!({ "url": null })).if_match(2).await.invalid_at("/url");
    }

    async fn a_deleted_endpoint_is_gone_with_its_deliveries(world) {
        let (acme, receiver) = (world.vendor("Acme").await, Receiver::start().await);
        let hook = hook(&acme, &receiver, &["api_key.*"]).await;
        something_happens(&acme).await;
        world.settle().await;
        let delivery = hook.deliveries(&acme).await[0]["id"].as_str().expect("an id").to_owned();
        acme.delete(&hook.path).await.expect(204);
        acme.get(&hook.path).await.refused(404, "not_found");
        acme.get(format!("{}/deliveries", hook.path)).await.refused(404, "not_found");
        acme.get(format!("/v1/webhook-deliveries/{delivery}")).await.refused(404, "not_found");
        something_happens(&acme).await;
        world.settle().await;
        assert_eq!(receiver.requests().len(), 1);
        assert_eq!(world.number("SELECT COUNT(*) FROM webhook_deliveries").await, 0);
        assert_eq!(world.number("SELECT COUNT(*) FROM webhook_endpoints").await, 0);
    }

    async fn another_vendor_sees_nothing_of_it(world) {
        let (acme, rival, receiver) = (world.vendor("Acme").await, world.vendor("Rival").await, Receiver::start().await);
        let hook = hook(&acme, &receiver, &["*"]).await;
        rival.get(&hook.path).await.refused(404, "not_found");
        hook.act(&rival, "disable").await.refused(404, "not_found");
        assert!(rival.all("/v1/webhook-endpoints").await.is_empty());
        receiver.take();
        something_happens(&rival).await;
        world.settle().await;
        assert!(receiver.requests().iter().all(|request| request.event["vendor_id"] == acme.id.as_str()));
    }

    async fn a_vendor_has_at_most_fifty(world) {
        let acme = world.vendor("Acme").await;
        let body = json!({ "url": "https://crm.example.com/hook", "event_types": ["*"] });
        for _ in 0..50 {
            acme.post("/v1/webhook-endpoints", body.clone()).await.expect(201);
        }
        acme.post("/v1/webhook-endpoints", body).await.refused(409, "webhook_endpoint.too_many");
    }

    async fn it_says_what_may_be_done_with_it(world) {
        let (acme, receiver) = (world.vendor("Acme").await, Receiver::start().await);
        let hook = hook(&acme, &receiver, &["api_key.*"]).await;
        assert_eq!(hook.now(&acme).await["available_actions"], json!(["disable", "rotate_secret", "replay", "test", "delete"]));
        let disabled = hook.act(&acme, "disable").await.expect(200);
        assert_eq!((&disabled["status"], &disabled["status_reason"]), (&json!("disabled"), &json!("requested")));
        assert_eq!(disabled["available_actions"], json!(["enable", "rotate_secret", "replay", "delete"]));
        hook.act(&acme, "test").await.refused(409, "webhook_endpoint.disabled");
    }
}
