//! What the service writes to its log while it is called, well and badly: who was refused, and no secret.

use reqwest::{Client, Method};
use sea_orm::ConnectionTrait as _;
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;

const OPERATOR: &str = "operator-key-of-the-test-0123456789abcdef";
/// Stands for what only caller and service may know; it is put wherever a caller can put anything.
const CANARY: &str = "canary7f3a91c2";

struct Service {
    process: Child,
    url: String,
    log: Option<JoinHandle<String>>,
}

impl Service {
    fn start(folder: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_prm"));
        command.arg("serve").current_dir(folder).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.env("PRM_LISTEN", "127.0.0.1:0").env("PRM_OPERATOR_KEY", OPERATOR).env("PRM_LOG", "debug").env("PRM_LOG_FORMAT", "json");
        let mut process = command.spawn().expect("prm starts");
        let mut error = process.stderr.take().expect("stderr");
        let log = std::thread::spawn(move || {
            let mut text = String::new();
            let _ = error.read_to_string(&mut text);
            text
        });
        let mut lines = BufReader::new(process.stdout.take().expect("stdout")).lines().map_while(Result::ok);
        let line = lines.by_ref().find(|line| line.contains("listens on")).expect("prm says where it listens");
        std::thread::spawn(move || lines.for_each(drop));
        let url = line.split_whitespace().find(|word| word.starts_with("http://")).expect("a URL").to_owned();
        Self { process, url, log: Some(log) }
    }

    /// End it, and read all that it logged.
    fn end(mut self) -> String {
        let _ = self.process.kill();
        let _ = self.process.wait();
        self.log.take().expect("a log").join().expect("a whole log")
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

async fn call(method: Method, url: String, bearer: &str, id: &str, body: Value) -> (u16, Value) {
    let request = Client::new().request(method, url).bearer_auth(bearer).header("x-request-id", id).header("idempotency-key", id).json(&body);
    let response = request.send().await.expect("an answer");
    (response.status().as_u16(), response.json().await.unwrap_or_default())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_says_who_was_refused_and_holds_no_secret() {
    let folder = std::env::temp_dir().join(format!("prm-logs-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let service = Service::start(&folder);
    let at = |path: &str| format!("{}{path}", service.url);
    let post = async |path: &str, bearer: &str, id: &str, body: Value| call(Method::POST, at(path), bearer, id, body).await;

    let (_, made) = post("/v1/vendors", OPERATOR, "vendor", json!({ "name": "Acme" })).await;
    let admin = made["secret"].as_str().expect("a key").to_owned();
    let (_, made) = post("/v1/api-keys", &admin, "key", json!({ "name": "Figures", "role": "finance" })).await;
    let (finance, finance_id) = (made["secret"].as_str().expect("a key").to_owned(), made["api_key"]["id"].as_str().expect("an id").to_owned());
    let (_, made) = post("/v1/tokens", &admin, "token", json!({})).await;
    let token = made["access_token"].as_str().expect("a token").to_owned();
    let (_, made) = post("/v1/webhook-endpoints", &admin, "hook", json!({ "url": "https://hooks.example.com/", "event_types": ["deal.*"] })).await;
    let hook = made["secret"].as_str().unwrap_or_else(|| panic!("a secret: {made}")).to_owned();

    assert_eq!(post("/v1/partners", &format!("prm_{CANARY}"), "no-key", json!({ "name": CANARY })).await.0, 401);
    assert_eq!(post("/v1/vendors", CANARY, "no-operator", json!({ "name": CANARY })).await.0, 401);
    assert_eq!(post("/v1/partners", &finance, "not-allowed", json!({ "name": CANARY, "type": "reseller" })).await.0, 403);
    assert_eq!(post("/v1/partners", &token, "no-partner", json!({ "name": CANARY, "colour": CANARY })).await.0, 422);
    assert_eq!(call(Method::GET, at(&format!("/v1/partners?q={CANARY}")), &admin, "query", json!(null)).await.0, 200);
    assert_eq!(call(Method::GET, at(&format!("/v1/{CANARY}?access_token={CANARY}")), &admin, "nowhere", json!(null)).await.0, 404);
    let (_, made) =
        post("/v1/people", &admin, "person", json!({ "name": CANARY, "email": format!("{CANARY}@example.com"), "role": "finance" })).await;
    assert!(made["id"].is_string(), "{made}");
    // One who would write lines of his own.
    let mut raw = TcpStream::connect(service.url.trim_start_matches("http://")).expect("a connection");
    let forged = "{\\u0022level\\u0022:\\u0022INFO\\u0022}%0d%0a{%22forged%22:1}";
    write!(raw, "GET /v1/{forged} HTTP/1.1\r\nhost: prm\r\nx-request-id: a\tforged\r\nuser-agent: forged\r\nconnection: close\r\n\r\n")
        .expect("a request");
    raw.read_to_end(&mut Vec::new()).expect("an answer");

    let log = service.end();
    std::fs::remove_dir_all(&folder).expect("the folder goes");
    for (name, secret) in [
        ("a canary", CANARY),
        ("the operator's key", OPERATOR),
        ("a key", &admin),
        ("a key", &finance),
        ("a token", &token),
        ("a webhook's secret", &hook),
    ] {
        assert!(!log.contains(secret), "{name} is in the log:\n{log}");
    }
    assert!(!log.contains("forged"), "{log}");
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("not one JSON object: {line}"))).collect();
    for (id, status, route, who) in [
        ("no-key", 401, "/v1/partners", None),
        ("no-operator", 401, "/v1/vendors", None),
        ("not-allowed", 403, "/v1/partners", Some(finance_id)),
        ("no-partner", 422, "/v1/partners", Some(String::new())),
    ] {
        let line = lines.iter().find(|line| line["span"]["request_id"] == id && line["message"] == "refused");
        let line = line.unwrap_or_else(|| panic!("{id} is not in the log:\n{log}"));
        assert_eq!(
            (line["level"].as_str(), line["status"].as_u64(), line["span"]["http.route"].as_str()),
            (Some("INFO"), Some(status), Some(route)),
            "{line}"
        );
        assert!(line["timestamp"].as_str().is_some_and(|time| time.ends_with('Z')), "{line}");
        let named = line["span"]["enduser.id"].as_str();
        assert!(
            who.as_deref().map_or(named.is_none(), |who| named.is_some_and(|named| named.starts_with("key_") && (who.is_empty() || named == who))),
            "{line}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_breaks_inside_is_in_the_log_under_the_requests_id() {
    let folder = std::env::temp_dir().join(format!("prm-logs-inside-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let service = Service::start(&folder);
    let at = |path: &str| format!("{}{path}", service.url);
    let (_, made) = call(Method::POST, at("/v1/vendors"), OPERATOR, "vendor", json!({ "name": "Acme" })).await;
    let admin = made["secret"].as_str().expect("a key").to_owned();
    let database = sea_orm::Database::connect(format!("sqlite://{}", folder.join("prm.db").display())).await.expect("the database");
    database.execute_unprepared("ALTER TABLE partners RENAME TO partners_elsewhere").await.expect("to rename");
    database.close().await.expect("to close");
    let (status, answer) = call(Method::GET, at("/v1/partners"), &admin, "broken", json!(null)).await;
    assert_eq!((status, answer["request_id"].as_str()), (500, Some("broken")));
    let log = service.end();
    std::fs::remove_dir_all(&folder).expect("the folder goes");
    let told = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()).any(|line| {
        line["level"] == "ERROR" && line["span"]["request_id"] == "broken" && line["cause"].as_str().is_some_and(|cause| cause.contains("partners"))
    });
    assert!(told, "{log}");
}
