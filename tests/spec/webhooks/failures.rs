//! Receivers that fail, and processes that die.

use super::*;
use std::time::Duration;

/// Seconds after a failure until the next attempt, as the manual gives them.
const SCHEDULE: [i64; 20] =
    [5, 30, 120, 300, 900, 1_800, 3_600, 7_200, 14_400, 28_800, 43_200, 57_600, 86_400, 86_400, 86_400, 86_400, 86_400, 86_400, 86_400, 86_400];

spec! {
    async fn retries_follow_the_schedule_with_one_id(world) {
        let (acme, receiver, healthy) = (world.vendor("Acme").await, Receiver::start().await, Receiver::start().await);
        let hook = hook(&acme, &receiver, &["api_key.created"]).await;
        super::hook(&acme, &healthy, &["*"]).await;
        receiver.answers(503);
        something_happens(&acme).await;
        world.settle().await;
        for (at, pause) in SCHEDULE.into_iter().enumerate().take(12) {
            assert_eq!(receiver.requests().len(), at + 1);
            world.pass(chrono::Duration::milliseconds(pause * 899)).await;
            assert_eq!(receiver.requests().len(), at + 1, "too soon after failure {}", at + 1);
            world.pass(chrono::Duration::milliseconds(pause * 202)).await;
        }
        let requests = receiver.requests();
        assert!(requests.iter().all(|request| request.id() == requests[0].id() && request.bytes == requests[0].bytes));
        assert!(requests.last().expect("requests").is_signed_with(&hook.secret));
        assert_ne!(requests[0].header("webhook-timestamp"), requests[1].header("webhook-timestamp"));
        receiver.answers(200);
        world.pass(days(2)).await;
        assert_eq!(hook.only_delivery(&acme).await["webhook_delivery"]["status"], "succeeded");
        assert_eq!(hook.only_delivery(&acme).await["attempts"].as_array().map(Vec::len), Some(14));
    }

    async fn a_delivery_is_given_up_after_the_last_attempt_and_can_be_resent(world) {
        let (acme, receiver) = (world.vendor("Acme").await, Receiver::start().await);
        let hook = hook(&acme, &receiver, &["api_key.*"]).await;
        receiver.next(500, &[], "");
        something_happens(&acme).await;
        world.settle().await;
        let first = receiver.take()[0].id();
        for pause in SCHEDULE {
            receiver.next(500, &[], "");
            world.pass(seconds(pause + pause / 10 + 1)).await;
            // Another event gets through, so that the endpoint as a whole does not count as failing.
            something_happens(&acme).await;
            world.settle().await;
        }
        let failed = acme.all(&format!("{}/deliveries?status=failed", hook.path)).await;
        assert_eq!((failed.len(), &failed[0]["event_id"], &failed[0]["attempt_count"]), (1, &json!(first), &json!(21)));
        receiver.take();
        let path = format!("/v1/webhook-deliveries/{}", failed[0]["id"].as_str().expect("an id"));
        assert_eq!(acme.post(format!("{path}/resend"), json!(null)).await.expect(202)["status"], "retrying");
        world.settle().await;
        assert_eq!(receiver.take()[0].id(), first);
        assert_eq!(acme.get(&path).await.expect(200)["webhook_delivery"]["status"], "succeeded");
    }

    async fn an_endpoint_that_fails_for_eight_days_is_disabled_and_loses_nothing(world) {
        let (acme, receiver) = (world.vendor("Acme").await, Receiver::start().await);
        let hook = hook(&acme, &receiver, &["api_key.*"]).await;
        receiver.answers(500);
        something_happens(&acme).await;
        for _ in 0..9 {
            world.pass(days(1)).await;
        }
        let disabled = hook.now(&acme).await;
        assert_eq!((&disabled["status"], &disabled["status_reason"]), (&json!("disabled"), &json!("failing")));
        let told = acme.all("/v1/events?type=webhook_endpoint.disabled").await;
        assert_eq!((told.len(), &told[0]["data"]["webhook_endpoint"]["status_reason"]), (1, &json!("failing")));
        something_happens(&acme).await;
        world.settle().await;
        receiver.answers(200);
        receiver.take();
        hook.act(&acme, "enable").await.expect(200);
        world.settle().await;
        let ids: std::collections::BTreeSet<_> = receiver.take().iter().map(|request| request.id()).collect();
        assert_eq!(ids.len(), 2);
        assert!(hook.deliveries(&acme).await.iter().all(|delivery| delivery["status"] == "succeeded"));
    }

    async fn retry_after_puts_off_and_never_hastens(world) {
        let (acme, receiver) = (world.vendor("Acme").await, Receiver::start().await);
        hook(&acme, &receiver, &["api_key.*"]).await;
        receiver.next(429, &[("retry-after", "600")], "");
        receiver.next(503, &[("retry-after", "1")], "");
        something_happens(&acme).await;
        world.settle().await;
        world.pass(seconds(599)).await;
        assert_eq!(receiver.requests().len(), 1);
        world.pass(seconds(2)).await;
        assert_eq!(receiver.requests().len(), 2);
        world.pass(seconds(26)).await;
        assert_eq!(receiver.requests().len(), 2);
        world.pass(seconds(8)).await;
        assert_eq!(receiver.requests().len(), 3);
    }

    async fn gone_disables_the_endpoint(world) {
        let (acme, receiver) = (world.vendor("Acme").await, Receiver::start().await);
        let hook = hook(&acme, &receiver, &["api_key.*"]).await;
        receiver.next(410, &[], "");
        something_happens(&acme).await;
        world.settle().await;
        assert_eq!(hook.now(&acme).await["status_reason"], "gone");
        assert_eq!(acme.all("/v1/events?type=webhook_endpoint.disabled").await.len(), 1);
        something_happens(&acme).await;
        world.pass(days(1)).await;
        assert_eq!(receiver.requests().len(), 1);
    }

    async fn a_redirect_is_a_failure_and_is_not_followed(world) {
        let (acme, receiver, elsewhere) = (world.vendor("Acme").await, Receiver::start().await, Receiver::start().await);
        let hook = hook(&acme, &receiver, &["api_key.*"]).await;
        receiver.next(308, &[("location", &elsewhere.url)], "");
        something_happens(&acme).await;
        world.settle().await;
        assert!(elsewhere.requests().is_empty());
        let delivery = hook.only_delivery(&acme).await;
        assert_eq!(delivery["webhook_delivery"]["status"], "retrying");
        assert_eq!((&delivery["attempts"][0]["response_status"], &delivery["attempts"][0]["error"]), (&json!(308), &json!("redirects are not followed")));
    }

    async fn nobody_at_the_other_end_is_a_failure_that_says_so(world) {
        let (acme, receiver) = (world.vendor("Acme").await, Receiver::start().await);
        let hook = hook_like(&acme, json!({ "url": "http://127.0.0.1:1/hook", "event_types": ["api_key.*"] })).await;
        super::hook(&acme, &receiver, &["api_key.*"]).await;
        something_happens(&acme).await;
        world.settle().await;
        let delivery = hook.only_delivery(&acme).await;
        assert!(delivery["attempts"][0]["error"].as_str().is_some_and(|error| error.contains("refused")), "{delivery}");
        assert_eq!(receiver.requests().len(), 1);
    }

    async fn a_receiver_that_hangs_holds_up_neither_others_nor_the_cursor(world) {
        settings(world, |settings| (settings.timeout, settings.slow_after) = (Duration::from_millis(1_500), Duration::from_millis(50)));
        let (acme, receiver, hanging) = (world.vendor("Acme").await, Receiver::start().await, Receiver::start().await);
        let stuck = hook(&acme, &hanging, &["api_key.*"]).await;
        hook(&acme, &receiver, &["api_key.*"]).await;
        hanging.hangs();
        something_happens(&acme).await;
        let settled = tokio::spawn({
            let world = world.clone();
            async move { world.settle().await }
        });
        receiver.has_got(1).await;
        hanging.has_got(1).await;
        // The event that hangs gets its row while it hangs, and the cursor moves on.
        while stuck.deliveries(&acme).await.is_empty() {
            tokio::task::yield_now().await;
        }
        assert!(!settled.is_finished());
        assert_eq!(stuck.deliveries(&acme).await[0]["status"], "pending");
        settled.await.expect("it settles");
        let delivery = stuck.only_delivery(&acme).await;
        assert_eq!((&delivery["webhook_delivery"]["status"], &delivery["attempts"][0]["error"]), (&json!("retrying"), &json!("timed out")));
    }

    async fn a_process_that_dies_between_the_post_and_its_record_sends_the_same_id_again(world) {
        let (acme, receiver) = (world.vendor("Acme").await, Receiver::start().await);
        let hook = hook(&acme, &receiver, &["api_key.*"]).await;
        receiver.hangs();
        something_happens(&acme).await;
        let dying = tokio::spawn(webhooks::fleet::deliver_due(world.app().clone()));
        receiver.has_got(1).await;
        dying.abort();
        _ = dying.await;
        receiver.answers(200);
        world.settle().await;
        assert_eq!(receiver.requests().len(), 1, "its lease still runs");
        world.pass(seconds(31)).await;
        let [before, after] = &receiver.take()[..] else { panic!("two requests") };
        assert_eq!(before.id(), after.id());
        assert_eq!(hook.only_delivery(&acme).await["webhook_delivery"]["status"], "succeeded");
    }
}
