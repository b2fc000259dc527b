//! The log as server-sent events.

use crate::prelude::*;

spec! {
    async fn an_event_is_told_as_soon_as_it_is_committed(world) {
        let acme = world.vendor("Acme").await;
        let mut stream = acme.get("/v1/events/stream?type=api_key.*").stream().await;
        // Nothing is settled in between: the commit itself wakes the stream.
        for name in ["first", "second"] {
            let key = acme.post("/v1/api-keys", json!({ "name": name, "role": "finance" })).await.expect(201);
            let told = stream.next().await;
            assert_eq!(told.kind, "api_key.created");
            assert_eq!(told.data["data"]["api_key"]["id"], key["api_key"]["id"]);
            assert_eq!(told.id, told.data["sequence"].to_string());
        }
    }

    async fn a_stream_without_a_beginning_begins_now(world) {
        let acme = world.vendor("Acme").await;
        let mut stream = acme.get("/v1/events/stream").stream().await;
        acme.post("/v1/api-keys", json!({ "name": "later", "role": "finance" })).await.expect(201);
        assert_eq!(stream.next().await.data["data"]["api_key"]["name"], "later");
    }

    async fn a_stream_tells_the_same_as_the_list(world) {
        let acme = world.vendor("Acme").await;
        let listed = acme.get("/v1/events?limit=200").await.expect(200);
        let mut stream = acme.get("/v1/events/stream?after=0").stream().await;
        for event in listed.rows() {
            assert_eq!(&stream.next().await.data, event);
        }
    }

    async fn what_cannot_be_meant_is_refused(world) {
        let acme = world.vendor("Acme").await;
        for path in ["/v1/events", "/v1/events/stream"] {
            acme.get(format!("{path}?after=-1")).await.invalid_at("after");
            acme.get(format!("{path}?after=soon")).await.invalid_at("after");
            acme.get(format!("{path}?type=deal.aproved")).await.invalid_at("type");
            acme.get(format!("{path}?type=deal*")).await.invalid_at("type");
            acme.get(format!("{path}?from=1")).await.invalid_at("from");
            acme.get(format!("{path}?limit=0")).await.invalid_at("limit");
        }
        acme.get("/v1/events/stream").header("last-event-id", "seven").await.invalid_at("after");
    }

    async fn a_stream_ends_when_the_instance_stops(world) {
        let acme = world.vendor("Acme").await;
        let mut stream = acme.get("/v1/events/stream").stream().await;
        world.app().service::<server::stop::Stop>().now();
        stream.end().await;
        acme.get("/health/ready").await.refused(503, "server.stopping");
        acme.get("/health/live").await.expect(200);
    }
}
