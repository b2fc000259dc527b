//! A signature service on a real socket, in the words of DocuSign and of Dropbox Sign: what it is sent is checked, and it answers as they do.

use super::signature_shapes::{form, wrong};
use crate::prelude::*;
use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::signature::KeyPair as _;
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use kernel::clock::Clock;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};

/// The account at DocuSign.
pub const ACCOUNT: &str = "an-account";
/// The API key at Dropbox Sign.
pub const API_KEY: &str = "an-api-key-of-dropbox-sign";
/// What it gives out as a signed file, unless told otherwise.
pub const SIGNED: &[u8] = b"%PDF-1.7\nsigned by all\n%%EOF\n";

/// The integration's private key as PEM, and its public one.
pub fn key() -> &'static (String, Vec<u8>) {
    static KEY: OnceLock<(String, Vec<u8>)> = OnceLock::new();
    KEY.get_or_init(|| {
        let pair = aws_lc_rs::rsa::KeyPair::generate(aws_lc_rs::rsa::KeySize::Rsa2048).expect("a key");
        let der: Pkcs8V1Der<'_> = pair.as_der().expect("its bytes");
        let text = STANDARD.encode(der.as_ref());
        let lines: Vec<_> = text.as_bytes().chunks(64).map(|line| String::from_utf8_lossy(line).into_owned()).collect();
        let pem = format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", lines.join("\n"));
        (pem, pair.public_key().as_ref().to_vec())
    })
}

/// How somebody stands there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    Waits,
    Signed,
    Declined(&'static str),
}

/// How a request ended there without all signatures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    Voided(String),
    Expired,
}

/// A request that was made there.
#[derive(Debug, Clone)]
pub struct Made {
    pub id: String,
    /// As it was sent.
    pub sent: Value,
    /// The file that it came with.
    pub file: Vec<u8>,
    /// Its signers: name, address, how they stand and since when.
    pub signers: Vec<(String, String, Standing, DateTime<Utc>)>,
    pub ending: Option<Ending>,
    at: DateTime<Utc>,
}

/// What it does instead of answering.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// This status, with these seconds as `Retry-After`.
    Status(u16, i64),
    /// It does what it was asked, and its answer is lost.
    LosesAnswer,
    /// It never answers.
    Hangs,
}

struct Held {
    made: Vec<Made>,
    calls: Vec<String>,
    wrong: Vec<String>,
    failures: Vec<(&'static str, Failure)>,
    file: Vec<u8>,
    clock: Clock,
}

/// Listens on a port of 127.0.0.1 until it is dropped; then it must have been sent nothing wrong.
pub struct Peer {
    /// `http://127.0.0.1:port`.
    pub url: String,
    held: Arc<Mutex<Held>>,
    _stop: tokio::sync::oneshot::Sender<()>,
}

impl Drop for Peer {
    fn drop(&mut self) {
        // Whoever panics already is not to be kept from saying why.
        let wrong = self.held.lock().map(|held| held.wrong.join("\n")).unwrap_or_default();
        assert!(wrong.is_empty() || std::thread::panicking(), "{wrong}");
    }
}

impl Peer {
    pub async fn start(world: &World) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let (made, calls, wrong, failures) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let held = Arc::new(Mutex::new(Held { made, calls, wrong, failures, file: SIGNED.to_vec(), clock: world.clock.clone() }));
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let router = Router::new().fallback(answer).with_state(held.clone());
        tokio::spawn(async move {
            tokio::select! {
                served = axum::serve(listener, router) => served.expect("serve"),
                _ = stopped => {}
            }
        });
        Self { url, held, _stop: stop }
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().expect("what it holds")
    }

    /// The requests that were made, in order.
    pub fn made(&self) -> Vec<Made> {
        self.held().made.clone()
    }

    /// What it was asked so far, which it forgets: without tokens.
    pub fn calls(&self) -> Vec<String> {
        std::mem::take(&mut self.held().calls)
    }

    /// From now on, this is the signed file.
    pub fn gives(&self, file: Vec<u8>) {
        self.held().file = file;
    }

    /// The next call of this name fails so; after those already told.
    pub fn fails(&self, call: &'static str, failure: Failure) {
        self.held().failures.push((call, failure));
    }

    /// The signer of this place of the newest request now stands so.
    pub fn stands(&self, at: usize, standing: Standing) {
        let mut held = self.held();
        let now = held.clock.now();
        let signer = &mut held.made.last_mut().expect("a request").signers[at];
        (signer.2, signer.3) = (standing, now);
    }

    /// Everybody signs the newest request.
    pub fn all_sign(&self) {
        for at in 0..self.made().last().expect("a request").signers.len() {
            self.stands(at, Standing::Signed);
        }
    }

    /// The newest request ends so.
    pub fn ends(&self, ending: Ending) {
        self.held().made.last_mut().expect("a request").ending = Some(ending);
    }
}

/// A call that was understood.
struct Asked {
    kind: &'static str,
    name: &'static str,
    id: Option<String>,
    body: Value,
    file: Vec<u8>,
}

async fn answer(State(held): State<Arc<Mutex<Held>>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let bytes = axum::body::to_bytes(body, 64 * 1024 * 1024).await.expect("a body");
    let read = read(&parts, &bytes);
    let failure = {
        let mut held = held.lock().expect("what it holds");
        let asked = match &read {
            Ok(asked) => asked,
            Err(sentence) => {
                held.wrong.push(sentence.clone());
                return refusal(400, 0);
            }
        };
        if asked.name != "token" {
            held.calls.push(asked.name.to_owned());
        }
        let place = held.failures.iter().position(|(name, _)| *name == asked.name);
        place.map(|place| held.failures.remove(place).1)
    };
    match failure {
        Some(Failure::Hangs) => std::future::pending().await,
        Some(Failure::Status(status, seconds)) => refusal(status, seconds),
        lost => {
            let answer = held.lock().expect("what it holds").does(read.expect("a call"));
            if lost.is_some() { refusal(500, 0) } else { answer }
        }
    }
}

fn refusal(status: u16, seconds: i64) -> Response {
    let told = json!({ "errorCode": "A_CODE", "message": "In words.", "error": { "error_name": "a_code", "error_msg": "In words." } });
    (StatusCode::from_u16(status).expect("a status"), [("retry-after", seconds.to_string())], axum::Json(told)).into_response()
}

/// What is asked, if it is asked as it should be.
fn read(parts: &Parts, bytes: &[u8]) -> Result<Asked, String> {
    let path: Vec<_> = parts.uri.path().trim_start_matches('/').split('/').collect();
    let (kind, name, id) = match (parts.method.as_str(), path.as_slice()) {
        ("POST", ["oauth", "token"]) => ("docusign", "token", None),
        ("GET", ["restapi", "v2.1", "accounts", ACCOUNT, "envelopes"]) => ("docusign", "find", None),
        ("POST", ["restapi", "v2.1", "accounts", ACCOUNT, "envelopes"]) => ("docusign", "create", None),
        ("GET", ["restapi", "v2.1", "accounts", ACCOUNT, "envelopes", id]) => ("docusign", "look", Some(*id)),
        ("PUT", ["restapi", "v2.1", "accounts", ACCOUNT, "envelopes", id]) => ("docusign", "void", Some(*id)),
        ("GET", ["restapi", "v2.1", "accounts", ACCOUNT, "envelopes", id, "documents", "combined"]) => ("docusign", "file", Some(*id)),
        ("GET", ["v3", "signature_request", "list"]) => ("dropbox", "find", None),
        ("POST", ["v3", "signature_request", "send"]) => ("dropbox", "create", None),
        ("GET", ["v3", "signature_request", "files", id]) => ("dropbox", "file", Some(*id)),
        ("POST", ["v3", "signature_request", "cancel", id]) => ("dropbox", "void", Some(*id)),
        ("GET", ["v3", "signature_request", id]) => ("dropbox", "look", Some(*id)),
        (method, _) => return Err(format!("nobody takes {method} {}", parts.uri)),
    };
    let header = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let credential = match (kind, name) {
        ("docusign", "token") => String::new(),
        ("docusign", _) => "Bearer a-token".to_owned(),
        _ => format!("Basic {}", STANDARD.encode(format!("{API_KEY}:"))),
    };
    if header("authorization") != credential {
        return Err(format!("{kind} {name} came with another credential"));
    }
    let pairs =
        |text: &[u8]| url::form_urlencoded::parse(text).map(|(name, value)| (name.into_owned(), json!(value))).collect::<serde_json::Map<_, _>>();
    let (body, file) = match (kind, name) {
        ("docusign", "token") => (granted(&Value::Object(pairs(bytes)))?, Vec::new()),
        ("dropbox", "create") => form(header("content-type"), bytes).ok_or("it is no form in parts")?,
        _ if bytes.is_empty() => (Value::Null, Vec::new()),
        _ => (serde_json::from_slice(bytes).map_err(|cause| cause.to_string())?, Vec::new()),
    };
    let sent = json!({ "query": pairs(parts.uri.query().unwrap_or_default().as_bytes()), "body": body });
    match wrong(&format!("{kind} {name}"), &sent) {
        Some(sentence) => Err(sentence),
        None => Ok(Asked { kind, name, id: id.map(str::to_owned), body, file }),
    }
}

/// A grant whose assertion is verified, in the place of which stand its claims.
fn granted(form: &Value) -> Result<Value, String> {
    let mut validation = Validation::new(Algorithm::RS256);
    (validation.validate_exp, validation.validate_aud) = (false, false);
    validation.required_spec_claims.clear();
    let key = DecodingKey::from_rsa_der(&key().1);
    let read = jsonwebtoken::decode::<Value>(form["assertion"].as_str().unwrap_or_default(), &key, &validation).map_err(|cause| cause.to_string())?;
    Ok(with(form.clone(), json!({ "assertion": read.claims })))
}

impl Held {
    fn does(&mut self, asked: Asked) -> Response {
        let place = asked.id.as_deref().map(|id| self.made.iter().position(|one| one.id == id));
        let place = match place {
            Some(None) => return refusal(404, 0),
            Some(place) => place,
            None => None,
        };
        match (asked.kind, asked.name, place) {
            (_, "token", _) => axum::Json(json!({ "access_token": "a-token", "token_type": "Bearer", "expires_in": 3_600 })).into_response(),
            (kind, "create", _) => self.makes(kind, asked),
            (kind, "find", _) => self.lists(kind),
            (_, "file", _) => ([("content-type", "application/pdf")], Body::from(self.file.clone())).into_response(),
            (kind, "void", Some(at)) => {
                let one = &mut self.made[at];
                if one.is_complete() || one.ending.is_some() {
                    return refusal(400, 0);
                }
                one.ending = Some(Ending::Voided(asked.body["voidedReason"].as_str().unwrap_or_default().to_owned()));
                if kind == "docusign" { axum::Json(json!({ "envelopeId": one.id })).into_response() } else { StatusCode::OK.into_response() }
            }
            ("docusign", _, Some(at)) => axum::Json(self.made[at].envelope()).into_response(),
            (_, _, Some(at)) => axum::Json(json!({ "signature_request": self.made[at].request() })).into_response(),
            (_, name, None) => panic!("{name} of nothing"),
        }
    }

    fn makes(&mut self, kind: &str, Asked { body, file, .. }: Asked) -> Response {
        let at = self.clock.now();
        let (named, file) = match kind {
            "docusign" => {
                let file = STANDARD.decode(body["documents"][0]["documentBase64"].as_str().unwrap_or_default()).expect("base64");
                (body["recipients"]["signers"].as_array().cloned().unwrap_or_default(), file)
            }
            _ => (body["signers"].as_object().into_iter().flatten().map(|(_, signer)| signer.clone()).collect(), file),
        };
        let text = |one: &Value, name: &str| one[name].as_str().unwrap_or_default().to_owned();
        let address = if kind == "docusign" { "email" } else { "email_address" };
        let signers = named.iter().map(|one| (text(one, "name"), text(one, address), Standing::Waits, at)).collect();
        let made = Made { id: format!("{kind}-{}", spec::unique()), sent: body, file, signers, ending: None, at };
        let answer = if kind == "docusign" {
            let summary =
                json!({ "envelopeId": made.id, "status": "sent", "statusDateTime": at.to_rfc3339(), "uri": format!("/envelopes/{}", made.id) });
            (StatusCode::CREATED, axum::Json(summary)).into_response()
        } else {
            axum::Json(json!({ "signature_request": made.request() })).into_response()
        };
        self.made.push(made);
        answer
    }

    fn lists(&self, kind: &str) -> Response {
        let count = self.made.len();
        let answer = match kind {
            "docusign" => json!({ "resultSetSize": count.to_string(), "envelopes": self.made.iter().map(Made::envelope).collect::<Vec<_>>() }),
            _ => json!({ "list_info": { "num_pages": 1, "num_results": count, "page": 1, "page_size": 100 },
                "signature_requests": self.made.iter().rev().map(Made::request).collect::<Vec<_>>() }),
        };
        axum::Json(answer).into_response()
    }
}

impl Made {
    fn is_complete(&self) -> bool {
        self.signers.iter().all(|signer| signer.2 == Standing::Signed)
    }

    /// As DocuSign shows an `envelope`.
    fn envelope(&self) -> Value {
        let signer = |(at, (name, email, standing, since)): (usize, &(String, String, Standing, DateTime<Utc>))| {
            let (status, member) = match standing {
                Standing::Waits => ("sent", "sentDateTime"),
                Standing::Signed => ("completed", "signedDateTime"),
                Standing::Declined(_) => ("declined", "declinedDateTime"),
            };
            let reason = if let Standing::Declined(reason) = standing { *reason } else { "" };
            json!({ "recipientId": (at + 1).to_string(), "recipientIdGuid": format!("guid-{}", at + 1), "name": name, "email": email, "status": status,
                "declinedReason": reason, member: since.to_rfc3339() })
        };
        let declined = self.signers.iter().any(|one| matches!(one.2, Standing::Declined(_)));
        let (status, reason) = match &self.ending {
            Some(Ending::Voided(reason)) => ("voided", reason.as_str()),
            Some(Ending::Expired) => ("voided", "Envelope has expired."),
            None if declined => ("declined", ""),
            None if self.is_complete() => ("completed", ""),
            None => ("sent", ""),
        };
        let last = self.signers.iter().map(|one| one.3).max().unwrap_or(self.at);
        json!({ "envelopeId": self.id, "status": status, "voidedReason": reason, "completedDateTime": last.to_rfc3339(), "customFields": self.sent["customFields"],
            "recipients": { "signers": self.signers.iter().enumerate().map(signer).collect::<Vec<_>>() } })
    }

    /// As Dropbox Sign shows a `signature_request`.
    fn request(&self) -> Value {
        let signer = |(at, (name, email, standing, since)): (usize, &(String, String, Standing, DateTime<Utc>))| {
            let (status, reason) = match (&self.ending, standing) {
                (Some(Ending::Voided(_)), Standing::Waits) => ("canceled", None),
                (Some(Ending::Expired), Standing::Waits) => ("expired", None),
                (_, Standing::Waits) => ("awaiting_signature", None),
                (_, Standing::Signed) => ("signed", None),
                (_, Standing::Declined(reason)) => ("declined", Some(*reason)),
            };
            json!({ "signature_id": format!("signature-{at}"), "order": at, "signer_name": name, "signer_email_address": email, "status_code": status,
                "decline_reason": reason, "signed_at": (status == "signed").then(|| since.timestamp()) })
        };
        json!({ "signature_request_id": self.id, "title": self.sent["title"], "metadata": self.sent["metadata"], "created_at": self.at.timestamp(),
            "is_complete": self.is_complete(), "is_declined": self.signers.iter().any(|one| matches!(one.2, Standing::Declined(_))), "has_error": false,
            "signatures": self.signers.iter().enumerate().map(signer).collect::<Vec<_>>() })
    }
}
