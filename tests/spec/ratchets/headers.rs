//! What every answer of every operation carries.

use super::*;

spec! {
    async fn every_answer_tells_browsers_and_caches_to_keep_out(world) {
        let acme = world.vendor("Acme").await;
        let mut found = Vec::new();
        for operation in operations(world) {
            let (path, body) = (path_to_nowhere(operation), example(world, operation));
            for client in [acme.client(), &world.anonymous()] {
                let answer = call(client, operation, &path, body.clone()).open().await;
                let header = |name: &str| answer.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
                let wanted = [
                    ("x-content-type-options", "nosniff"),
                    ("referrer-policy", "no-referrer"),
                    ("cross-origin-resource-policy", "same-origin"),
                    ("strict-transport-security", "max-age=31536000; includeSubDomains"),
                ];
                for (name, value) in wanted {
                    if header(name) != value {
                        found.push(format!("{} {}: {name}: {}", operation.id, answer.status(), header(name)));
                    }
                }
                let policy = header("content-security-policy");
                if !policy.contains("default-src 'none'") || !policy.contains("frame-ancestors 'none'") {
                    found.push(format!("{} {}: content-security-policy: {policy}", operation.id, answer.status()));
                }
                if !header("cache-control").contains("no-store") && !header("content-type").starts_with("text/event-stream") {
                    found.push(format!("{} {}: cache-control: {}", operation.id, answer.status(), header("cache-control")));
                }
                for name in ["server", "x-powered-by", "via"] {
                    if answer.headers().contains_key(name) {
                        found.push(format!("{}: {name} tells what runs here", operation.id));
                    }
                }
                if header("x-request-id").is_empty() {
                    found.push(format!("{}: no x-request-id", operation.id));
                }
            }
        }
        assert_none(found);
    }

    async fn every_answer_to_a_caller_tells_where_it_stands_with_its_limits(world) {
        let acme = world.vendor("Acme").await;
        let mut found = Vec::new();
        for operation in operations(world) {
            let known = call(acme.client(), operation, path_to_nowhere(operation), example(world, operation)).open().await;
            let unknown = call(&world.anonymous(), operation, path_to_nowhere(operation), example(world, operation)).open().await;
            for name in ["ratelimit", "ratelimit-policy"] {
                if !known.headers().contains_key(name) || unknown.headers().contains_key(name) {
                    found.push(format!("{} {}: {name}", operation.id, known.status()));
                }
            }
        }
        assert_none(found);
    }
}
