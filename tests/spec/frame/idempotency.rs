//! `Idempotency-Key`: one effect, one answer, however often and wherever it is asked.

use super::support::*;
use crate::prelude::*;

fn new_key(name: &str) -> Value {
    json!({ "name": name, "role": "finance" })
}

async fn keys_called(vendor: &Vendor, name: &str) -> usize {
    vendor.all("/v1/api-keys").await.iter().filter(|key| key["name"] == name).count()
}

spec! {
    async fn a_repeated_request_gets_the_same_bytes_and_does_nothing(world) {
        let acme = world.vendor("Acme").await;
        let first = acme.post("/v1/api-keys", new_key("CRM")).idempotency_key("one").await.expect(201);
        assert_eq!(first.header("idempotent-replayed"), None);
        let other = world.another_instance().await;
        world.clock.advance(days(29));
        for instance in [&world.main, &other] {
            let again = acme.at(instance).post("/v1/api-keys", new_key("CRM")).idempotency_key("one").await.expect(201);
            assert_eq!(again.header("idempotent-replayed"), Some("true"));
            assert_eq!((&again.bytes, again.header("etag"), again.header("location")), (&first.bytes, first.header("etag"), first.header("location")));
        }
        assert_eq!(keys_called(&acme, "CRM").await, 1);
        assert_eq!(log_of(&acme).await.len(), 3);
    }

    async fn another_body_under_the_same_key_is_refused(world) {
        let acme = world.vendor("Acme").await;
        acme.post("/v1/api-keys", new_key("CRM")).idempotency_key("one").await.expect(201);
        acme.post("/v1/api-keys", new_key("ERP")).idempotency_key("one").await.refused(422, "idempotency.key_reused");
        assert_eq!(keys_called(&acme, "ERP").await, 0);
    }

    async fn a_key_is_bound_to_the_caller_and_the_path(world) {
        let (acme, rival) = (world.vendor("Acme").await, world.vendor("Rival").await);
        let colleague = acme.makes_key("admin", &[]).await;
        let first = acme.post("/v1/api-keys", new_key("CRM")).idempotency_key("one").await.expect(201);
        let second = colleague.post("/v1/api-keys", new_key("CRM")).idempotency_key("one").await.expect(201);
        let third = rival.post("/v1/api-keys", new_key("CRM")).idempotency_key("one").await.expect(201);
        assert!(first["secret"] != second["secret"] && second["secret"] != third["secret"]);
        let id = first["api_key"]["id"].as_str().expect("an id");
        acme.post(format!("/v1/api-keys/{id}/revoke"), json!(null)).idempotency_key("one").await.expect(200);
    }

    async fn a_refused_request_may_be_mended_under_the_same_key(world) {
        let acme = world.vendor("Acme").await;
        acme.post("/v1/api-keys", json!({ "name": "CRM", "role": "sales" })).idempotency_key("one").await.invalid_at("/role");
        acme.post("/v1/api-keys", new_key("CRM")).idempotency_key("one").await.expect(201);
    }

    async fn a_key_is_forgotten_after_thirty_days(world) {
        let acme = world.vendor("Acme").await;
        let first = acme.post("/v1/api-keys", new_key("CRM")).idempotency_key("one").await.expect(201);
        world.pass(days(31)).await;
        let later = acme.post("/v1/api-keys", new_key("CRM")).idempotency_key("one").await.expect(201);
        assert_eq!(later.header("idempotent-replayed"), None);
        assert!(later["secret"] != first["secret"]);
    }

    async fn the_operators_requests_are_kept_too(world) {
        let vendor = json!({ "name": "Acme" });
        let first = world.operator().post("/v1/vendors", vendor.clone()).idempotency_key("one").await.expect(201);
        let again = world.operator().post("/v1/vendors", vendor).idempotency_key("one").await.expect(201);
        assert_eq!(first.bytes, again.bytes);
        assert_eq!(world.number("SELECT COUNT(*) FROM vendors").await, 1);
    }

    async fn many_at_once_with_one_key_have_one_effect(world [connections = 16]) {
        let acme = world.vendor("Acme").await;
        let other = world.another_instance().await;
        let calls = (0..32).map(|number| {
            let instance = if number % 2 == 0 { &world.main } else { &other };
            let call = acme.at(instance).post("/v1/api-keys", new_key("CRM")).idempotency_key("one");
            tokio::spawn(async move { call.await })
        });
        let replies: Vec<Reply> = join_all(calls).await.into_iter().map(|reply| reply.expect("a call")).collect();
        let (made, running): (Vec<_>, Vec<_>) = replies.iter().partition(|reply| reply.status == 201);
        assert!(running.iter().all(|reply| reply.status == 409 && reply["code"] == "idempotency.still_running"), "{running:?}");
        assert!(made.iter().all(|reply| reply.bytes == made[0].bytes));
        assert_eq!(made.iter().filter(|reply| reply.header("idempotent-replayed").is_none()).count(), 1);
        assert_eq!(keys_called(&acme, "CRM").await, 1);
        // Whoever was told to ask again gets the answer.
        let again = acme.at(&other).post("/v1/api-keys", new_key("CRM")).idempotency_key("one").await.expect(201);
        assert_eq!(again.bytes, made[0].bytes);
    }

    async fn a_caller_that_hangs_up_at_any_point_learns_the_outcome_by_asking_again(world) {
        let acme = world.vendor("Acme").await;
        for times in 1..50 {
            let (name, key) = (format!("CRM {times}"), format!("key-{times}"));
            let call = || acme.post("/v1/api-keys", new_key(&name)).idempotency_key(&key);
            _ = dropped_after(call().into_future(), times).await;
            // Until the server has noticed that nobody waits any more, it says so.
            let answered = loop {
                let reply = call().await;
                if reply.status != 409 {
                    break reply.expect(201);
                }
                reply.refused(409, "idempotency.still_running");
            };
            assert_eq!(call().await.expect(201).bytes, answered.bytes);
            assert_eq!(keys_called(&acme, &name).await, 1, "hung up after {times} polls");
        }
        assert_whole(world, &acme).await;
    }
}
