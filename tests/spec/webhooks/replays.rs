//! Disabling, replaying, resending, rotating.

use super::*;

spec! {
    async fn disabling_loses_nothing(world) {
        let (acme, receiver) = (world.vendor("Acme").await, Receiver::start().await);
        let hook = hook(&acme, &receiver, &["api_key.*"]).await;
        hook.act(&acme, "disable").await.expect(200);
        something_happens(&acme).await;
        something_happens(&acme).await;
        world.settle().await;
        assert!(receiver.requests().is_empty());
        hook.act(&acme, "enable").await.expect(200);
        world.settle().await;
        assert_eq!(receiver.types(), ["api_key.created", "api_key.created"]);
    }

    async fn a_replay_sends_the_same_ids_again(world) {
        let (acme, receiver) = (world.vendor("Acme").await, Receiver::start().await);
        let hook = hook(&acme, &receiver, &["api_key.*"]).await;
        for _ in 0..3 {
            something_happens(&acme).await;
        }
        world.settle().await;
        let mut first = receiver.take();
        first.sort_by_key(|request| request.event["sequence"].as_i64());
        let from = first[1].event["sequence"].as_i64().expect("a sequence");
        acme.post(format!("{}/replay", hook.path), json!({ "from_sequence": from })).await.expect(200);
        world.settle().await;
        let mut again = receiver.take();
        again.sort_by_key(|request| request.event["sequence"].as_i64());
        assert_eq!(again.iter().map(|request| request.id()).collect::<Vec<_>>(), first[1..].iter().map(|request| request.id()).collect::<Vec<_>>());
        let counts: Vec<_> = hook.deliveries(&acme).await.iter().map(|delivery| delivery["attempt_count"].clone()).collect();
        assert_eq!(counts, [2, 2, 1]);
        let beyond = hook.now(&acme).await["position"].as_i64().expect("a position") + 2;
        acme.post(format!("{}/replay", hook.path), json!({ "from_sequence": beyond })).await.invalid_at("/from_sequence");
    }

    async fn a_replay_while_it_works_is_not_undone(world) {
        let (acme, receiver) = (world.vendor("Acme").await, Receiver::start().await);
        let hook = hook(&acme, &receiver, &["api_key.*"]).await;
        something_happens(&acme).await;
        world.settle().await;
        let from = receiver.take()[0].event["sequence"].clone();
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let running = tokio::spawn(webhooks::keep_running(world.app().clone(), stopped));
        something_happens(&acme).await;
        receiver.has_got(1).await;
        acme.post(format!("{}/replay", hook.path), json!({ "from_sequence": from })).await.expect(200);
        receiver.has_got(3).await;
        stop.send(true).expect("it runs");
        running.await.expect("it stops");
        let mut ids: Vec<_> = receiver.take().iter().map(|request| request.id()).collect();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), 2);
    }

    async fn a_delivery_is_resent_on_demand_with_its_id(world) {
        let (acme, receiver) = (world.vendor("Acme").await, Receiver::start().await);
        let hook = hook(&acme, &receiver, &["api_key.*"]).await;
        something_happens(&acme).await;
        world.settle().await;
        let delivery = hook.only_delivery(&acme).await["webhook_delivery"]["id"].as_str().expect("an id").to_owned();
        acme.post(format!("/v1/webhook-deliveries/{delivery}/resend"), json!(null)).await.expect(202);
        world.settle().await;
        let [first, second] = &receiver.take()[..] else { panic!("two requests") };
        assert_eq!(first.id(), second.id());
        assert_eq!(hook.only_delivery(&acme).await["attempts"].as_array().map(Vec::len), Some(2));
        hook.act(&acme, "disable").await.expect(200);
        acme.post(format!("/v1/webhook-deliveries/{delivery}/resend"), json!(null)).await.refused(409, "webhook_endpoint.disabled");
    }

    async fn a_rotated_secret_overlaps_with_the_old_one(world) {
        let (acme, receiver) = (world.vendor("Acme").await, Receiver::start().await);
        let hook = hook(&acme, &receiver, &["api_key.*"]).await;
        let rotated = acme.post(format!("{}/rotate-secret", hook.path), json!({ "overlap_seconds": 3_600 })).await.expect(200);
        let new = rotated.text("secret");
        assert_ne!(new, hook.secret);
        something_happens(&acme).await;
        world.settle().await;
        let [during] = &receiver.take()[..] else { panic!("one request") };
        assert!(during.is_signed_with(&hook.secret) && during.is_signed_with(&new));
        world.pass(hours(1)).await;
        something_happens(&acme).await;
        world.settle().await;
        let [after] = &receiver.take()[..] else { panic!("one request") };
        assert!(!after.is_signed_with(&hook.secret) && after.is_signed_with(&new));
    }

    async fn what_failed_is_sent_to_the_new_address(world) {
        let (acme, receiver, moved) = (world.vendor("Acme").await, Receiver::start().await, Receiver::start().await);
        let hook = hook(&acme, &receiver, &["api_key.*"]).await;
        receiver.answers(500);
        something_happens(&acme).await;
        world.settle().await;
        acme.patch(&hook.path, json!({ "url": moved.url })).if_match(1).await.expect(200);
        world.pass(seconds(6)).await;
        assert_eq!((receiver.requests().len(), moved.requests().len()), (1, 1));
    }
}
