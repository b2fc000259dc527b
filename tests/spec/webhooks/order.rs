//! Strict order per subject.

use super::*;

async fn ordered(vendor: &Vendor, receiver: &Receiver) -> Hook {
    hook_like(vendor, json!({ "url": receiver.url, "event_types": ["api_key.*"], "ordered": true })).await
}

spec! {
    async fn a_failure_holds_back_what_follows_of_its_subject_and_nothing_else(world) {
        let (acme, receiver) = (world.vendor("Acme").await, Receiver::start().await);
        let hook = ordered(&acme, &receiver).await;
        receiver.next(500, &[], "");
        let key = something_happens(&acme).await;
        world.settle().await;
        something_follows(&acme, &key).await;
        something_happens(&acme).await;
        world.settle().await;
        assert_eq!(receiver.types(), ["api_key.created", "api_key.created"]);
        let held = acme.all(&format!("{}/deliveries?status=pending", hook.path)).await;
        assert_eq!((held.len(), &held[0]["event_type"]), (1, &json!("api_key.revoked")));
        world.pass(seconds(6)).await;
        assert_eq!(receiver.types(), ["api_key.created", "api_key.revoked"]);
        assert!(hook.deliveries(&acme).await.iter().all(|delivery| delivery["status"] == "succeeded"));
    }

    async fn many_events_of_many_subjects_arrive_in_order_whatever_fails(world) {
        let (acme, receiver) = (world.vendor("Acme").await, Receiver::start().await);
        ordered(&acme, &receiver).await;
        for round in 0..40 {
            let key = something_happens(&acme).await;
            something_follows(&acme, &key).await;
            if round % 3 == 0 {
                receiver.next(204, &[], "");
                receiver.next(500, &[], "");
            }
        }
        for _ in 0..4 {
            world.pass(minutes(3)).await;
        }
        let mut seen = std::collections::HashMap::<String, Vec<String>>::new();
        for request in receiver.take() {
            seen.entry(request.event["subject"]["id"].as_str().expect("an id").to_owned()).or_default().push(request.kind());
        }
        assert_eq!(seen.len(), 40);
        for kinds in seen.values() {
            assert_eq!(kinds.last().map(String::as_str), Some("api_key.revoked"));
            assert!(kinds.is_sorted(), "{kinds:?}");
        }
        assert_eq!(world.number("SELECT COUNT(*) FROM webhook_deliveries WHERE status <> 'succeeded'").await, 0);
    }

    async fn giving_order_up_lets_everything_go(world) {
        let (acme, receiver) = (world.vendor("Acme").await, Receiver::start().await);
        let hook = ordered(&acme, &receiver).await;
        receiver.next(500, &[], "");
        let key = something_happens(&acme).await;
        world.settle().await;
        something_follows(&acme, &key).await;
        world.settle().await;
        receiver.take();
        acme.patch(&hook.path, json!({ "ordered": false })).if_match(1).await.expect(200);
        world.settle().await;
        assert_eq!(receiver.types(), ["api_key.revoked"]);
    }
}
