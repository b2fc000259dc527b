//! What is made before anything is measured, by callers who say what is wrong.

use crate::http::{Connection, Head};
use crate::service::{OPERATOR_KEY, Service};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// One caller of the setup's own, who says what is wrong.
pub struct Admin(Connection);

impl Admin {
    pub async fn of(service: &Service) -> Self {
        Self(Connection::open(service.addr).await.expect("the service listens"))
    }

    pub async fn send(&mut self, method: &str, path: &str, token: &str, content_type: &str, body: &[u8]) -> Value {
        let mut request = Vec::new();
        Head { method, path, token, content_type, key: None }.write(&mut request, body);
        let answer = self.0.exchange(&request).await.expect("an answer");
        let text = String::from_utf8_lossy(answer.body).into_owned();
        assert!((200..300).contains(&answer.status), "{method} {path}: {} {text}", answer.status);
        serde_json::from_str(&text).unwrap_or_default()
    }

    pub async fn post(&mut self, path: &str, token: &str, body: Value) -> Value {
        self.send("POST", path, token, "application/json", body.to_string().as_bytes()).await
    }

    /// A new vendor's id and key.
    pub async fn vendor(&mut self, name: &str) -> (String, String) {
        let made = self.post("/v1/vendors", OPERATOR_KEY, json!({ "name": name })).await;
        (text(&made["vendor"]["id"]), text(&made["secret"]))
    }
}

pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("a text, not {value}")).to_owned()
}

/// A new partner with a person who sells for it; returns the person's token.
pub async fn person(admin: &mut Admin, key: &str, number: usize) -> String {
    let partner = admin.post("/v1/partners", key, json!({ "name": format!("Partner {number}"), "type": "reseller", "country": "DE" })).await;
    let body = json!({ "name": "Somebody", "email": format!("sales{number}@partner.example"), "role": "sales", "partner_id": partner["id"] });
    let person = admin.post("/v1/people", key, body).await;
    text(&admin.post("/v1/tokens", key, json!({ "person_id": person["id"], "expires_in": 3600 })).await["access_token"])
}

/// Import a file of accounts; returns rows a second from its sending to its end.
pub async fn import(admin: &mut Admin, key: &str, csv: String, rows: usize) -> f64 {
    let made = admin.post("/v1/imports", key, json!({ "resource": "accounts", "format": "csv" })).await;
    let path = format!("/v1/imports/{}", text(&made["id"]));
    let began = Instant::now();
    admin.send("PUT", &format!("{path}/content"), key, "text/csv", csv.as_bytes()).await;
    loop {
        tokio::time::sleep(Duration::from_millis(20)).await;
        let import = admin.send("GET", &path, key, "", b"").await;
        match import["status"].as_str() {
            Some("queued" | "running") => {}
            Some("succeeded") => {
                assert!(import["progress"]["created"] == rows, "every account is new: {import}");
                return rows as f64 / began.elapsed().as_secs_f64();
            }
            _ => panic!("the import failed: {import}"),
        }
    }
}
