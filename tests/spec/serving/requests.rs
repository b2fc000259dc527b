//! What every request and every answer carries.

use crate::prelude::*;
use axum::response::Response;

fn header<'a>(response: &'a Response, name: &str) -> Option<&'a str> {
    response.headers().get(name).and_then(|value| value.to_str().ok())
}

spec! {
    async fn an_idempotency_key_is_visible_ascii_of_at_most_255_characters(world) {
        let acme = world.vendor("Acme").await;
        let long = "k".repeat(256);
        for key in ["", "two words", "schlüssel", &long] {
            acme.post("/v1/api-keys", json!({ "name": "a", "role": "finance" })).idempotency_key(key).await.invalid_at("Idempotency-Key");
        }
        acme.post("/v1/api-keys", json!({ "name": "a", "role": "finance" })).idempotency_key(&long[1..]).await.expect(201);
    }

    async fn answers_are_not_kept_by_caches_nor_guessed_at(world) {
        let acme = world.vendor("Acme").await;
        let answer = acme.get("/v1/vendor").await.expect(200);
        assert_eq!((answer.header("cache-control"), answer.header("x-content-type-options")), (Some("no-store"), Some("nosniff")));
        let refused = world.anonymous().get("/v1/vendor").await.refused(401, "auth.required");
        assert_eq!((refused.header("cache-control"), refused.header("www-authenticate")), (Some("no-store"), Some("Bearer realm=\"prm\"")));
    }

    async fn long_answers_are_compressed_if_the_caller_likes(world) {
        let acme = world.vendor("Acme").await;
        let list = || acme.get("/v1/events").header("accept-encoding", "gzip");
        assert_eq!(header(&acme.get("/v1/vendor").header("accept-encoding", "gzip").open().await, "content-encoding"), None);
        for name in ["a", "b", "c"] {
            acme.post("/v1/api-keys", json!({ "name": name, "role": "finance" })).await.expect(201);
        }
        assert_eq!(header(&list().open().await, "content-encoding"), Some("gzip"));
        assert_eq!(header(&acme.get("/v1/events").open().await, "content-encoding"), None);
    }

    async fn a_stream_is_never_compressed(world) {
        let acme = world.vendor("Acme").await;
        let stream = acme.get("/v1/events/stream?after=0").header("accept-encoding", "gzip").open().await;
        assert_eq!((header(&stream, "content-encoding"), header(&stream, "x-accel-buffering")), (None, Some("no")));
    }
}
