//! Whatever goes wrong is a problem document that can be quoted.

use crate::prelude::*;

spec! {
    async fn a_path_that_does_not_exist_is_a_problem(world) {
        let acme = world.vendor("Acme").await;
        for path in ["/v1/nothing", "/v1/", "/v2/partners", "/v1/api-keys/a/b/c", "/v1/api-keys/"] {
            acme.get(path).await.refused(404, "not_found");
        }
    }

    async fn a_method_that_does_not_exist_is_a_problem(world) {
        let acme = world.vendor("Acme").await;
        let refused = acme.delete("/v1/api-keys").await.refused(405, "method.not_allowed");
        assert!(refused.header("allow").is_some_and(|allow| allow.contains("GET") && allow.contains("POST")), "{refused}");
    }

    async fn a_body_over_the_limit_is_a_problem(world) {
        let acme = world.vendor("Acme").await;
        let large = json!({ "name": "x".repeat(2 << 20), "role": "finance" });
        acme.post("/v1/api-keys", large.clone()).await.refused(413, "body.too_large");
        acme.post("/v1/api-keys", large).idempotency_key("one").await.refused(413, "body.too_large");
    }

    async fn a_body_that_is_not_json_is_a_problem(world) {
        let acme = world.vendor("Acme").await;
        let post = || acme.call(Method::POST, "/v1/api-keys");
        for body in ["", "{", "{\"name\": \"a\"", "name=a", "\u{feff}{}", "{\"name\": 1e999}"] {
            post().raw("application/json", body).await.refused(400, "request.malformed");
        }
        post().raw("application/json", b"\xff\xfe{}".to_vec()).await.refused(400, "request.malformed");
        post().raw("text/plain", "{}").await.refused(415, "body.media_type");
        // Deep nesting must not take the stack.
        post().raw("application/json", format!("{}{}", "[".repeat(200_000), "]".repeat(200_000))).await.refused(400, "request.malformed");
    }

    async fn a_problem_carries_the_requests_id(world) {
        let acme = world.vendor("Acme").await;
        let mine = acme.get("/v1/nothing").header("x-request-id", "my-id-7").await.expect(404);
        assert_eq!((mine["request_id"].as_str(), mine.header("x-request-id")), (Some("my-id-7"), Some("my-id-7")));
        let fresh = acme.get("/v1/nothing").header("x-request-id", "not a token").await.expect(404);
        assert_eq!(fresh["request_id"].as_str(), fresh.header("x-request-id"));
        assert_ne!(fresh["request_id"], "not a token");
    }

    async fn what_is_wrong_is_named_all_at_once(world) {
        let acme = world.vendor("Acme").await;
        let refused = acme.post("/v1/api-keys", json!({ "name": "", "role": "finance", "scopes": vec!["deals:read"; 65] })).await;
        let refused = refused.invalid_at("/name").invalid_at("/scopes");
        assert_eq!(refused["errors"].as_array().map(Vec::len), Some(2));
        acme.post("/v1/api-keys", json!({ "name": "a\u{7}b", "role": "fin\u{0}ance" })).await.invalid_at("/name").invalid_at("/role");
        acme.post("/v1/api-keys", json!({ "name": "a", "role": "finance", "colour": 1 })).await.invalid_at("/colour");
        acme.post("/v1/api-keys", json!({ "name": "a" })).await.invalid_at("/role");
    }
}
