//! What a connection may cost: real sockets, small limits, no waiting but for the service itself.

use crate::prelude::*;
use server::Limits;
use server::frame::Connections;
use spec::world::Served;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const SOON: Duration = Duration::from_millis(100);
const NEVER: Duration = Duration::from_secs(3_600);

fn heads_come_soon(limits: Limits) -> Limits {
    Limits { connections: Connections { head: SOON, idle: NEVER, ..Connections::default() }, ..limits }
}

fn rests_are_short(limits: Limits) -> Limits {
    Limits { connections: Connections { head: NEVER, idle: SOON, ..Connections::default() }, ..limits }
}

fn bodies_come_soon(limits: Limits) -> Limits {
    Limits { body_pause: SOON, ..limits }
}

fn three_connections(limits: Limits) -> Limits {
    Limits { connections: Connections { per_address: 3, ..Connections::default() }, ..limits }
}

fn answers_are_taken_soon(limits: Limits) -> Limits {
    Limits { connections: Connections { write: SOON, ..Connections::default() }, ..limits }
}

async fn connect(served: &Served) -> TcpStream {
    TcpStream::connect(served.url.trim_start_matches("http://")).await.expect("a connection")
}

/// Everything until the service closes the connection; a reset closes it too.
async fn rest(stream: &mut TcpStream) -> String {
    let (mut all, mut some) = (Vec::new(), [0; 4_096]);
    while let Ok(count @ 1..) = stream.read(&mut some).await {
        all.extend_from_slice(&some[..count]);
    }
    String::from_utf8_lossy(&all).into_owned()
}

/// One answer, read by its length.
async fn answer(stream: &mut TcpStream) -> String {
    let mut read = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&read).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).map_or(0, |length| length.parse().expect("a length"));
            if body.len() >= length {
                return text;
            }
        }
        assert!(stream.read_buf(&mut read).await.expect("more") > 0, "closed after {text:?}");
    }
}

#[track_caller]
fn is_problem(answer: &str, status: u16, code: &str) {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("an answer: {answer:?}"));
    assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
    for header in ["content-type: application/problem+json", "x-content-type-options: nosniff", "cache-control: no-store", "x-request-id: "] {
        assert!(head.contains(header), "{header} is missing in {answer}");
    }
    let body: Value = serde_json::from_str(body).unwrap_or_else(|cause| panic!("{cause}: {answer}"));
    assert_eq!((&body["status"], &body["code"]), (&json!(status), &json!(code)));
}

const GET: &[u8] = b"GET /health/live HTTP/1.1\r\nhost: prm\r\n\r\n";

spec! {
    async fn a_head_that_does_not_come_ends_the_connection(world [limits = heads_come_soon]) {
        let served = world.main.serve().await;
        // One says nothing, one a little, one goes on and on without an end.
        let mut silent = connect(&served).await;
        assert_eq!(rest(&mut silent).await, "");
        let mut slow = connect(&served).await;
        slow.write_all(b"GET /health/live HTTP/1.1\r\nhost: ").await.expect("to write");
        assert_eq!(rest(&mut slow).await, "");
        let mut dripping = connect(&served).await;
        dripping.write_all(b"GET /health/live HTTP/1.1\r\n").await.expect("to write");
        while dripping.write_all(b"x: y\r\n").await.is_ok() {
            tokio::task::yield_now().await;
            let mut byte = [0];
            match dripping.try_read(&mut byte) {
                Err(cause) if cause.kind() == std::io::ErrorKind::WouldBlock => {}
                _ => break,
            }
        }
        // The second request of a connection has no more time than the first, though resting is free.
        let mut kept = connect(&served).await;
        kept.write_all(GET).await.expect("to write");
        assert!(answer(&mut kept).await.starts_with("HTTP/1.1 200"));
        kept.write_all(&GET[..20]).await.expect("to write");
        assert_eq!(rest(&mut kept).await, "");
    }

    async fn a_connection_may_rest_for_a_while(world [limits = rests_are_short]) {
        let served = world.main.serve().await;
        let acme = world.vendor("Acme").await;
        let mut streaming = connect(&served).await;
        let request = format!("GET /v1/events/stream HTTP/1.1\r\nhost: prm\r\nauthorization: Bearer {}\r\n\r\n", acme.key);
        streaming.write_all(request.as_bytes()).await.expect("to write");
        let mut kept = connect(&served).await;
        for _ in 0..3 {
            kept.write_all(GET).await.expect("to write");
            assert!(answer(&mut kept).await.starts_with("HTTP/1.1 200"));
        }
        assert_eq!(rest(&mut kept).await, "");
        // An answer that goes on is no rest: the stream, which is older, still tells.
        acme.post("/v1/api-keys", json!({ "name": "A key", "role": "finance" })).await.expect(201);
        let mut told = String::new();
        let mut some = [0; 4_096];
        while !told.contains("api_key.created") {
            let count = streaming.read(&mut some).await.expect("more");
            assert!(count > 0, "the stream was cut after {told}");
            told.push_str(&String::from_utf8_lossy(&some[..count]));
        }
    }

    async fn a_body_that_stops_coming_is_given_up(world [limits = bodies_come_soon]) {
        let served = world.main.serve().await;
        let acme = world.vendor("Acme").await;
        for key in ["", "idempotency-key: one\r\n"] {
            let mut stream = connect(&served).await;
            let request = format!(
                "POST /v1/partners HTTP/1.1\r\nhost: prm\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\n{key}content-length: 100\r\n\r\n{{",
                acme.key
            );
            stream.write_all(request.as_bytes()).await.expect("to write");
            is_problem(&rest(&mut stream).await, 408, "body.stalled");
        }
    }

    async fn what_is_no_request_is_answered_with_a_problem_too(world) {
        let served = world.main.serve().await;
        for garbage in ["\x16\x03\x01\x02\r\n\r\n", "GET / HTTP/1.1\r\nbad header\r\n\r\n", "GET  HTTP/9.9\r\n\r\n"] {
            let mut stream = connect(&served).await;
            stream.write_all(garbage.as_bytes()).await.expect("to write");
            is_problem(&rest(&mut stream).await, 400, "request.malformed");
        }
        let with_headers = |count: usize, length: usize| {
            let headers: String = (0..count).map(|number| format!("x-{number}: {}\r\n", "v".repeat(length))).collect();
            format!("GET /health/live HTTP/1.1\r\nhost: prm\r\nconnection: close\r\n{headers}\r\n")
        };
        for (request, status, code) in [
            (with_headers(1, 17 << 10), 431, "request.headers_too_large"),
            (with_headers(70, 1), 431, "request.headers_too_large"),
            (with_headers(200, 1), 431, "request.headers_too_large"),
            (with_headers(1, 100 << 10), 431, "request.headers_too_large"),
            (format!("GET /health/live?{} HTTP/1.1\r\nhost: prm\r\nconnection: close\r\n\r\n", "q".repeat(9 << 10)), 414, "request.uri_too_long"),
        ] {
            let mut stream = connect(&served).await;
            // The service may close before it has read everything.
            _ = stream.write_all(request.as_bytes()).await;
            is_problem(&rest(&mut stream).await, status, code);
        }
        // What fits is answered, and with an error of the ordinary kind where there is one.
        let mut stream = connect(&served).await;
        stream.write_all(with_headers(50, 100).as_bytes()).await.expect("to write");
        assert!(rest(&mut stream).await.starts_with("HTTP/1.1 200"));
        let mut stream = connect(&served).await;
        stream.write_all(b"GET /v1/vendor HTTP/1.1\r\nhost: prm\r\nconnection: close\r\n\r\n").await.expect("to write");
        is_problem(&rest(&mut stream).await, 401, "auth.required");
    }

    async fn one_address_has_so_many_connections_and_no_more(world [limits = three_connections]) {
        let served = world.main.serve().await;
        let mut open = Vec::new();
        for _ in 0..3 {
            let mut stream = connect(&served).await;
            stream.write_all(GET).await.expect("to write");
            answer(&mut stream).await;
            open.push(stream);
        }
        assert_eq!(rest(&mut connect(&served).await).await, "");
        // One that ends makes room.
        let mut ended = open.pop().expect("a connection");
        ended.write_all(b"GET /health/live HTTP/1.1\r\nhost: prm\r\nconnection: close\r\n\r\n").await.expect("to write");
        assert!(rest(&mut ended).await.starts_with("HTTP/1.1 200"));
        loop {
            let mut again = connect(&served).await;
            _ = again.write_all(GET).await;
            let mut first = [0; 12];
            if again.read_exact(&mut first).await.is_ok() {
                assert_eq!(&first, b"HTTP/1.1 200");
                break;
            }
        }
    }

    async fn an_answer_that_nobody_takes_is_given_up(world [limits = answers_are_taken_soon]) {
        let served = world.main.serve().await;
        let mut stream = connect(&served).await;
        // Asks and asks, and never listens, until the buffers between are full and the service has had enough.
        let many = b"GET /problems HTTP/1.1\r\nhost: prm\r\n\r\n".repeat(1_000);
        while stream.write_all(&many).await.is_ok() {}
    }

    async fn a_deeply_nested_body_is_refused(world) {
        let acme = world.vendor("Acme").await;
        let deep = "[".repeat(100_000);
        for path in ["/v1/partners", "/v1/deals", "/v1/rules-of-engagement", "/v1/imports", "/v1/tokens", "/v1/webhook-endpoints"] {
            acme.call(Method::POST, path).raw("application/json", deep.as_str()).await.refused(400, "request.malformed");
        }
        acme.call(Method::PUT, "/v1/custom-fields/partner").raw("application/json", deep.as_str()).await.refused(400, "request.malformed");
    }
}
