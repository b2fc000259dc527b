//! `kill -9` in the middle of work: what was answered is there, what was not is done once when it is asked again.

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

const OPERATOR: &str = "operator-key-of-the-test-0123456789abcdef";
/// Registrations, each of a customer of its own.
const DEALS: usize = 120;
/// The service is killed when so many were answered.
const ANSWERED: usize = 40;

struct Service {
    process: Child,
    url: String,
}

impl Service {
    fn start(folder: &Path) -> Self {
        let mut process = prm(folder, &["serve"]).stdout(Stdio::piped()).spawn().expect("prm starts");
        let mut lines = BufReader::new(process.stdout.take().expect("stdout")).lines();
        let line = lines.by_ref().map_while(Result::ok).find(|line| line.contains("listens on")).expect("prm says where it listens");
        // The rest is read too, so that the service never waits for somebody to read its log.
        std::thread::spawn(move || lines.for_each(drop));
        let url = line.split_whitespace().find(|word| word.starts_with("http://")).expect("a URL").to_owned();
        Self { process, url }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn prm(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_prm"));
    command.args(arguments).current_dir(folder).env("PRM_LISTEN", "127.0.0.1:0").env("PRM_OPERATOR_KEY", OPERATOR).stdin(Stdio::null());
    command
}

async fn post(client: &Client, url: &str, bearer: &str, key: &str, body: Value) -> Option<(StatusCode, Value)> {
    let request = client.post(url).bearer_auth(bearer).header("idempotency-key", key).json(&body);
    let response = request.send().await.ok()?;
    let status = response.status();
    Some((status, response.json().await.ok()?))
}

fn deal(partner: &Value, number: usize) -> Value {
    let customer = json!({"name": format!("Customer {number} GmbH"), "country": "DE", "tax_id": format!("DE{:09}", 100_000_000 + number)});
    json!({"partner_id": partner, "type": "resale", "customer": customer, "amount": {"amount": 100, "currency": "EUR"}, "expected_close": "2030-01-31"})
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_answered_survives_kill_9_and_the_rest_is_done_once() {
    let folder = std::env::temp_dir().join(format!("prm-kill-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let client = Client::new();

    let mut service = Service::start(&folder);
    let vendors = format!("{}/v1/vendors", service.url);
    let (_, made) = post(&client, &vendors, OPERATOR, "v", json!({"name": "Acme"})).await.expect("a vendor");
    let key = made["secret"].as_str().expect("a key").to_owned();
    let partners = format!("{}/v1/partners", service.url);
    let (_, partner) = post(&client, &partners, &key, "p", json!({"name": "Northwind", "type": "reseller"})).await.expect("a partner");

    let deals = format!("{}/v1/deals", service.url);
    let (told, mut answers) = tokio::sync::mpsc::unbounded_channel();
    for number in 0..DEALS {
        let (client, deals, key, told, body) = (client.clone(), deals.clone(), key.clone(), told.clone(), deal(&partner["id"], number));
        tokio::spawn(async move {
            if let Some((StatusCode::CREATED, deal)) = post(&client, &deals, &key, &format!("deal-{number}"), body).await {
                drop(told.send((number, deal)));
            }
        });
    }
    drop(told);
    let mut answered = Vec::new();
    while let Some(answer) = answers.recv().await {
        answered.push(answer);
        if answered.len() == ANSWERED {
            service.process.kill().expect("SIGKILL");
        }
    }
    assert!(answered.len() >= ANSWERED, "only {} were answered", answered.len());
    drop(service);

    let service = Service::start(&folder);
    let url = |path: &str| format!("{}{path}", service.url);
    for (_, deal) in &answered {
        let path = format!("/v1/deals/{}", deal["id"].as_str().expect("an id"));
        let found: Value = client.get(url(&path)).bearer_auth(&key).send().await.expect("a reply").json().await.expect("JSON");
        assert_eq!(&found["id"], &deal["id"], "an answered deal is gone");
    }
    let mut ids = std::collections::BTreeSet::new();
    for number in 0..DEALS {
        let again = post(&client, &url("/v1/deals"), &key, &format!("deal-{number}"), deal(&partner["id"], number)).await;
        let (status, deal) = again.expect("a reply");
        assert_eq!((status, &deal["status"]), (StatusCode::CREATED, &json!("approved")), "{deal}");
        ids.insert(deal["id"].as_str().expect("an id").to_owned());
    }
    assert_eq!(ids.len(), DEALS, "each registration was carried out once");
    assert!(answered.iter().all(|(_, deal)| ids.contains(deal["id"].as_str().expect("an id"))), "an answered deal was registered twice");
    drop(service);

    let verified = prm(&folder, &["verify-log"]).output().expect("prm runs");
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stdout));
    std::fs::remove_dir_all(&folder).expect("the folder goes");
}
