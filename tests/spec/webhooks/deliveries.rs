//! What a receiver gets.

use super::*;
use base64::Engine as _;
use kernel::clock::Clock;

spec! {
    async fn the_public_library_verifies_what_is_sent(world) {
        // The library compares with the machine's clock, so for once the world's clock shows the machine's time.
        world.clock.advance(Clock::machine().now() - world.now());
        let (acme, receiver) = (world.vendor("Acme").await, Receiver::start().await);
        let hook = hook(&acme, &receiver, &["api_key.*"]).await;
        something_happens(&acme).await;
        world.settle().await;
        let [request] = &receiver.take()[..] else { panic!("one request") };
        let webhook = standardwebhooks::Webhook::new(&hook.secret).expect("a secret");
        webhook.verify(&request.bytes, &request.headers).expect("it verifies");
        assert_eq!(request.header("content-type"), "application/json");
        assert!(webhook.verify(&request.bytes[1..], &request.headers).is_err());
    }

    async fn the_public_key_verifies_it_too(world) {
        use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};
        let (acme, receiver) = (world.vendor("Acme").await, Receiver::start().await);
        let hook = hook(&acme, &receiver, &["api_key.*"]).await;
        something_happens(&acme).await;
        world.settle().await;
        let [request] = &receiver.take()[..] else { panic!("one request") };
        let decode = |text: &str| base64::engine::general_purpose::STANDARD.decode(text).expect("base64");
        let key = decode(hook.public_key.strip_prefix("whpk_").expect("a public key"));
        let signature = request.header("webhook-signature").split(' ').find_map(|one| one.strip_prefix("v1a,")).expect("v1a");
        let content = [format!("{}.{}.", request.id(), request.header("webhook-timestamp")).as_bytes(), &request.bytes].concat();
        UnparsedPublicKey::new(&ED25519, key).verify(&content, &decode(signature)).expect("it verifies");
    }

    async fn the_body_is_the_event_as_the_log_has_it(world) {
        let (acme, receiver) = (world.vendor("Acme").await, Receiver::start().await);
        hook(&acme, &receiver, &["api_key.*"]).await;
        something_happens(&acme).await;
        world.settle().await;
        let [request] = &receiver.take()[..] else { panic!("one request") };
        let log = acme.all("/v1/events?type=api_key.created").await;
        assert_eq!(log.last(), Some(&request.event));
        assert_eq!(request.header("webhook-timestamp"), world.now().timestamp().to_string());
    }

    async fn only_what_was_asked_for_and_only_from_then_on(world) {
        let (acme, receiver, all) = (world.vendor("Acme").await, Receiver::start().await, Receiver::start().await);
        let key = something_happens(&acme).await;
        hook(&acme, &receiver, &["api_key.revoked"]).await;
        hook_like(&acme, json!({ "url": all.url, "event_types": ["api_key.*"], "from_sequence": 1 })).await;
        something_happens(&acme).await;
        something_follows(&acme, &key).await;
        world.settle().await;
        assert_eq!(receiver.types(), ["api_key.revoked"]);
        let mut types = all.types();
        types.sort();
        assert_eq!(types, ["api_key.created", "api_key.created", "api_key.created", "api_key.revoked"]);
    }

    async fn a_test_reaches_the_endpoint_it_is_about_and_no_other(world) {
        let (acme, receiver, other) = (world.vendor("Acme").await, Receiver::start().await, Receiver::start().await);
        let hook = hook(&acme, &receiver, &["api_key.revoked"]).await;
        super::hook(&acme, &other, &["api_key.*"]).await;
        hook.act(&acme, "test").await.expect(202);
        world.settle().await;
        let [request] = &receiver.take()[..] else { panic!("one request") };
        assert_eq!((request.kind().as_str(), &request.event["subject"]["id"]), ("webhook.test", &json!(hook.id)));
        assert!(other.requests().is_empty());
    }

    async fn a_delivery_tells_what_came_of_it(world) {
        let (acme, receiver) = (world.vendor("Acme").await, Receiver::start().await);
        let hook = hook(&acme, &receiver, &["api_key.*"]).await;
        receiver.next(500, &[], &"x\u{0}y".repeat(2_000));
        something_happens(&acme).await;
        world.settle().await;
        let delivery = hook.only_delivery(&acme).await;
        assert_eq!(delivery["webhook_delivery"]["status"], "retrying");
        assert_eq!(delivery["attempts"][0]["response_status"], 500);
        let excerpt = delivery["attempts"][0]["response_excerpt"].as_str().expect("an excerpt");
        assert!(excerpt.starts_with("xyxy") && excerpt.len() <= 1_024);
        world.pass(seconds(6)).await;
        let delivery = hook.only_delivery(&acme).await;
        assert_eq!((&delivery["webhook_delivery"]["status"], &delivery["webhook_delivery"]["attempt_count"]), (&json!("succeeded"), &json!(2)));
        let statuses: Vec<_> = delivery["attempts"].as_array().expect("attempts").iter().map(|one| one["response_status"].clone()).collect();
        assert_eq!(statuses, [500, 204]);
        assert!(acme.all(&format!("{}/deliveries?status=retrying", hook.path)).await.is_empty());
        assert_eq!(acme.all(&format!("{}/deliveries?status=succeeded&event_type=api_key.created", hook.path)).await.len(), 1);
        acme.get(format!("{}/deliveries?status=lost", hook.path)).await.expect(422);
    }

    async fn hundreds_of_events_reach_many_endpoints_once_each(world) {
        let acme = world.vendor("Acme").await;
        let receivers = join_all((0..5).map(|_| Receiver::start())).await;
        for receiver in &receivers {
            hook(&acme, receiver, &["api_key.*"]).await;
        }
        for _ in 0..300 {
            something_happens(&acme).await;
        }
        world.settle().await;
        for receiver in &receivers {
            let mut ids: Vec<_> = receiver.take().iter().map(|request| request.id()).collect();
            ids.sort();
            ids.dedup();
            assert_eq!(ids.len(), 300);
        }
        assert_eq!(world.number("SELECT COUNT(*) FROM webhook_deliveries WHERE status = 'succeeded' AND attempts = 1").await, 1_500);
        assert_eq!(world.number("SELECT COUNT(*) FROM webhook_endpoints WHERE lease_until IS NOT NULL").await, 0);
    }

    async fn two_instances_never_both_drive_an_endpoint(world) {
        let (acme, receiver, other) = (world.vendor("Acme").await, Receiver::start().await, world.another_instance().await);
        hook(&acme, &receiver, &["api_key.*"]).await;
        for _ in 0..50 {
            something_happens(&acme).await;
        }
        tokio::join!(world.settle(), other.settle(), world.settle(), other.settle());
        world.settle().await;
        assert_eq!(receiver.requests().len(), 50);
    }

    async fn in_production_a_commit_is_what_sends(world) {
        let (acme, receiver) = (world.vendor("Acme").await, Receiver::start().await);
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let running = tokio::spawn(webhooks::keep_running(world.app().clone(), stopped));
        let hook = hook(&acme, &receiver, &["api_key.*"]).await;
        for count in 1..=20 {
            something_happens(&acme).await;
            receiver.has_got(count).await;
        }
        stop.send(true).expect("it runs");
        running.await.expect("it stops");
        assert_eq!(world.number("SELECT COUNT(*) FROM webhook_endpoints WHERE lease_until IS NOT NULL").await, 0);
        assert_eq!(hook.deliveries(&acme).await.len(), 20);
        world.settle().await;
        assert_eq!(receiver.requests().len(), 20);
    }
}
