//! What no answer of any operation does, and what no operation asks for.

use super::*;

/// Words that name what must not stand in an address: addresses are logged, kept and sent on.
const SECRET: [&str; 8] = ["token", "secret", "password", "passcode", "key", "otp", "authorization", "credential"];

fn header<'a>(answer: &'a axum::response::Response, name: &str) -> &'a str {
    answer.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// JSON is UTF-8 by its definition, and so is a stream of events; any other text says what it is.
fn says_its_charset(kind: &str) -> bool {
    let plain = kind.split(';').next().unwrap_or_default();
    plain == "application/json" || plain.ends_with("+json") || plain == "text/event-stream" || kind.ends_with("; charset=utf-8")
}

spec! {
    async fn every_answer_says_what_it_is_sets_no_cookie_and_sends_nobody_elsewhere(world) {
        let acme = world.vendor("Acme").await;
        let mut found = Vec::new();
        for operation in operations(world) {
            let (path, body) = (path_to_nowhere(operation), example(world, operation));
            for client in [acme.client(), &world.anonymous()] {
                let answer = call(client, operation, &path, body.clone()).open().await;
                let (status, kind) = (answer.status(), header(&answer, "content-type").to_owned());
                let empty = axum::body::HttpBody::is_end_stream(answer.body());
                if !empty && !says_its_charset(&kind) {
                    found.push(format!("{} {status}: content-type: {kind}", operation.id));
                }
                if answer.headers().contains_key("set-cookie") {
                    found.push(format!("{} {status}: sets a cookie", operation.id));
                }
                let redirects = operation.json["responses"].as_object().into_iter().flatten().any(|(status, _)| status.starts_with('3'));
                if status.is_redirection() && !redirects {
                    found.push(format!("{} {status}: leads elsewhere", operation.id));
                }
            }
        }
        assert_none(found);
    }

    async fn what_is_served_beside_the_api_says_its_charset_too(world) {
        for path in ["/metrics", "/openapi.json", "/docs/", "/docs/swagger-ui.css", "/docs/swagger-initializer.js"] {
            let answer = world.anonymous().get(path).open().await;
            assert!(answer.status() == 200 && says_its_charset(header(&answer, "content-type")), "{path}: {:?}", answer.headers());
        }
        // A folder is a page of ours or nothing at all.
        for path in ["/docs/nothing", "/docs/../Cargo.toml", "/docs/%2e%2e/Cargo.toml", "/.git/config", "/.env", "/server-status", "/"] {
            world.anonymous().get(path).await.refused(404, "not_found");
        }
    }

    async fn the_reference_page_forgets_what_was_typed_in(world) {
        let answer = world.anonymous().get("/docs/swagger-initializer.js").open().await;
        let script = axum::body::to_bytes(answer.into_body(), 1 << 20).await.expect("a script");
        let script = String::from_utf8_lossy(&script);
        assert!(script.contains("/openapi.json"), "{script}");
        assert!(!script.contains("\"persistAuthorization\": true"), "{script}");
    }

    async fn no_operation_takes_a_secret_in_its_address(world) {
        let mut found = Vec::new();
        for operation in operations(world) {
            for parameter in operation.json["parameters"].as_array().into_iter().flatten() {
                let parameter = world.main.document.resolve(parameter);
                let name = parameter["name"].as_str().unwrap_or_default().to_lowercase();
                let words: Vec<_> = name.split(|c: char| !c.is_ascii_alphanumeric()).collect();
                // An id says which key, and is none.
                let hides = SECRET.iter().any(|secret| words.contains(secret)) && words.last() != Some(&"id");
                if matches!(parameter["in"].as_str(), Some("query" | "path" | "cookie")) && (hides || parameter["in"] == "cookie") {
                    found.push(format!("{}: {name}", operation.id));
                }
            }
        }
        assert_none(found);
    }

    async fn what_only_reads_is_asked_by_get_and_what_changes_is_not(world) {
        let acme = world.vendor("Acme").await;
        let before = world.number("SELECT COALESCE(MAX(sequence), 0) FROM events").await;
        for operation in operations(world).iter().filter(|operation| operation.method == Method::GET) {
            _ = call(acme.client(), operation, path_to_nowhere(operation), None).open().await;
        }
        assert_eq!(world.number("SELECT COALESCE(MAX(sequence), 0) FROM events").await, before);
    }
}
