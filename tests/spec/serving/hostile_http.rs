//! Requests that mean one thing to whoever stands in front of the service and another to the service itself.

use crate::prelude::*;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Longer than any answer takes; a connection that is still open then has not understood what it was sent.
const PATIENCE: Duration = Duration::from_secs(15);

/// Everything that comes back when this is sent, until the service closes the connection.
async fn sent(url: &str, bytes: &str) -> String {
    let mut stream = TcpStream::connect(url.trim_start_matches("http://")).await.expect("a connection");
    // The service may close before it has read everything.
    _ = stream.write_all(bytes.as_bytes()).await;
    let (mut all, mut some) = (Vec::new(), [0; 4_096]);
    while let Ok(Ok(count @ 1..)) = tokio::time::timeout(PATIENCE, stream.read(&mut some)).await {
        all.extend_from_slice(&some[..count]);
    }
    String::from_utf8_lossy(&all).into_owned()
}

/// The statuses of the answers on one connection, in order.
fn statuses(answers: &str) -> Vec<&str> {
    answers.match_indices("HTTP/1.1 ").map(|(at, found)| &answers[at + found.len()..][..3]).collect()
}

spec! {
    async fn a_body_ends_where_its_transfer_encoding_says(world) {
        let served = world.main.serve().await;
        let acme = world.vendor("Acme").await;
        // To one who went by the length, what follows would be part of the first request's body, or the other way about.
        let next = "GET /health/ready HTTP/1.1\r\nhost: prm\r\nconnection: close\r\n\r\n";
        for (number, length) in [0, 4, 40, 200].into_iter().enumerate() {
            let body = json!({ "name": format!("Partner {number}"), "type": "reseller" }).to_string();
            let first = format!(
                "POST /v1/partners HTTP/1.1\r\nhost: prm\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\n\
                 content-length: {length}\r\ntransfer-encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n",
                acme.key,
                body.len()
            );
            let answers = sent(&served.url, &format!("{first}{next}")).await;
            // Read as chunked (RFC 9112 §6.3), or refused outright; nothing is answered that nobody asked.
            assert!(matches!(statuses(&answers)[..], ["400"] | ["201"] | ["201", "200"]), "{length}: {answers}");
        }
    }

    async fn a_request_whose_end_is_in_doubt_is_refused(world) {
        let served = world.main.serve().await;
        let head = "POST /v1/partners HTTP/1.1\r\nhost: prm\r\nconnection: close\r\n";
        let next = "GET /health/ready HTTP/1.1\r\nhost: prm\r\nconnection: close\r\n\r\n";
        for doubtful in [
            "content-length: 0\r\ncontent-length: 5",
            "content-length: 0, 5",
            "content-length: +0",
            "content-length: -1",
            "content-length: 0x10",
            "content-length: 99999999999999999999999",
            "content-length : 0",
            "transfer-encoding: chunked, identity",
            "transfer-encoding: gzip",
            "transfer-encoding : chunked",
        ] {
            let answers = sent(&served.url, &format!("{head}{doubtful}\r\n\r\n{next}")).await;
            assert!(matches!(statuses(&answers)[..], ["400"] | []), "{doubtful}: {answers}");
        }
        for garbled in ["5\r\nabc\r\n0\r\n\r\n", "x\r\n\r\n", "-1\r\n\r\n", "fffffffffffffffff\r\n\r\n"] {
            let answers = sent(&served.url, &format!("{head}transfer-encoding: chunked\r\n\r\n{garbled}")).await;
            assert!(!answers.contains("HTTP/1.1 2") && statuses(&answers).len() <= 1, "{garbled:?}: {answers}");
        }
    }

    async fn no_header_makes_a_request_another_one(world) {
        let acme = world.vendor("Acme").await;
        for name in ["x-http-method-override", "x-http-method", "x-method-override"] {
            acme.get("/v1/api-keys").header(name, "DELETE").await.expect(200);
            acme.post("/v1/partners", json!({ "name": format!("By {name}"), "type": "reseller" })).header(name, "GET").await.expect(201);
        }
        acme.post("/v1/partners?_method=DELETE", json!({ "name": "By query", "type": "reseller" })).await.expect(201);
        for name in ["x-original-url", "x-rewrite-url", "x-forwarded-prefix", "x-forwarded-path"] {
            let answer = world.anonymous().get("/health/live").header(name, "/v1/vendor").await.expect(200);
            assert_eq!(answer["status"], "ok");
        }
        for name in ["x-vendor-id", "x-user-id", "x-forwarded-user", "x-remote-user", "x-api-key", "cookie"] {
            world.anonymous().get("/v1/vendor").header(name, &acme.key).await.refused(401, "auth.required");
        }
        // A host of the caller's making is in no answer.
        let answer = acme.get("/.well-known/oauth-authorization-server").header("host", "evil.example").header("x-forwarded-host", "evil.example").await;
        assert!(!String::from_utf8_lossy(&answer.bytes).contains("evil.example"), "{answer}");
    }

    async fn methods_that_tell_of_the_request_itself_are_not_there(world) {
        let acme = world.vendor("Acme").await;
        for method in ["TRACE", "TRACK", "CONNECT", "PROPFIND", "DEBUG"] {
            let method = Method::from_bytes(method.as_bytes()).expect("a method");
            let answer = acme.call(method.clone(), "/v1/api-keys").header("x-told", "back-again").open().await;
            assert_eq!(answer.status(), 405, "{method}");
        }
    }

    async fn a_credential_comes_once_and_in_its_header(world) {
        let acme = world.vendor("Acme").await;
        let served = world.main.serve().await;
        let key = &acme.key;
        let get = |path: &str, headers: &str| format!("GET {path} HTTP/1.1\r\nhost: prm\r\nconnection: close\r\n{headers}\r\n");
        let good = format!("authorization: Bearer {key}\r\n");
        assert_eq!(statuses(&sent(&served.url, &get("/v1/vendor", &good)).await), ["200"]);
        for (path, headers) in [
            ("/v1/vendor".to_owned(), format!("{good}authorization: Bearer nothing\r\n")),
            ("/v1/vendor".to_owned(), format!("authorization: Bearer nothing\r\n{good}")),
            ("/v1/vendor".to_owned(), format!("authorization: Bearer nothing, Bearer {key}\r\n")),
            (format!("/v1/vendor?access_token={key}"), String::new()),
            (format!("/v1/vendor?api_key={key}&token={key}"), String::new()),
        ] {
            let answers = sent(&served.url, &get(&path, &headers)).await;
            assert_eq!(statuses(&answers), ["401"], "{path} {headers}");
            assert!(!answers.contains(key.as_str()), "{answers}");
        }
    }

    async fn a_member_that_is_written_twice_is_refused_by_name(world) {
        let acme = world.vendor("Acme").await;
        let post = |path: &str, body: &str| acme.call(Method::POST, path).raw("application/json", body);
        let refused = post("/v1/partners", r#"{"name": "Seen", "type": "reseller", "name": "Kept"}"#).await.invalid_at("/name");
        assert_eq!(refused["errors"][0]["code"], "repeated");
        post("/v1/partners", r#"{"name": "Seen", "type": "reseller", "n\u0061me": "Kept"}"#).await.invalid_at("/name");
        post("/v1/deals", r#"{"customer": {"name": "A", "country": "DE", "country": "AT"}}"#).await.invalid_at("/customer/country");
        let import = r#"{"resource": "accounts", "format": "ndjson", "mapping": {"a": "x", "a": "y"}}"#;
        post("/v1/imports", import).await.invalid_at("/mapping/a");
    }

    async fn a_compressed_body_is_never_unpacked(world) {
        let acme = world.vendor("Acme").await;
        // The beginning of a gzip file; unpacked, such a thing may be a thousand times its size.
        let packed = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xab\x56\xca\x4b\xcc\x4d\x55\xb2\x52\x50\x72\x4c\x4a\x56\xaa\x05\x00".to_vec();
        for encoding in ["gzip", "deflate", "br", "zstd"] {
            let answer = acme.call(Method::POST, "/v1/partners").raw("application/json", packed.clone()).header("content-encoding", encoding).await;
            assert!(matches!(answer.status, 400 | 415), "{answer}");
        }
        let import = acme.post("/v1/imports", json!({ "resource": "accounts", "format": "csv" })).await.expect(201);
        let path = format!("/v1/imports/{}/content", import.id());
        acme.call(Method::PUT, &path).raw("text/csv", packed.clone()).header("content-encoding", "gzip").await.invalid_at("/content");
        acme.call(Method::PUT, &path).raw("application/zip", packed.clone()).await.refused(415, "body.media_type");
        acme.call(Method::PUT, &path).raw("multipart/form-data; boundary=x", packed).await.refused(415, "body.media_type");
    }
}
