//! An issuer that says what a specification wants it to say, lies above all. What honest providers do is shown with a real one ([`crate::peer`]).

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use axum::extract::State;
use axum::http::Uri;
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

/// A key that it signs with.
#[derive(Clone)]
pub struct Key {
    /// Its name.
    pub id: String,
    signer: jsonwebtoken::EncodingKey,
    public: Vec<u8>,
}

impl Key {
    /// A fresh Ed25519 key of this name.
    pub fn fresh(id: &str) -> Self {
        let pair = Ed25519KeyPair::generate().expect("a key");
        let document = pair.to_pkcs8v1().expect("a document");
        let signer = jsonwebtoken::EncodingKey::from_ed_der(document.as_ref());
        Self { id: id.to_owned(), signer, public: pair.public_key().as_ref().to_vec() }
    }

    /// Its public part (RFC 8037).
    pub fn jwk(&self) -> Value {
        json!({ "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": self.id, "x": URL_SAFE_NO_PAD.encode(&self.public) })
    }

    /// A token with these claims.
    pub fn signs(&self, claims: &Value) -> String {
        self.signs_as(claims, "JWT")
    }

    /// A token of this `typ`.
    pub fn signs_as(&self, claims: &Value, kind: &str) -> String {
        let mut header = jsonwebtoken::Header::new(jsonwebtoken::Algorithm::EdDSA);
        (header.kid, header.typ) = (Some(self.id.clone()), Some(kind.to_owned()));
        jsonwebtoken::encode(&header, claims, &self.signer).expect("a token")
    }

    /// A token without a signature.
    pub fn leaves_unsigned(&self, claims: &Value) -> String {
        format!("{}.{}.", encoded(&json!({ "alg": "none", "kid": self.id })), encoded(claims))
    }

    /// A token signed with the public key as if it were a shared secret.
    pub fn signs_with_the_public_key(&self, claims: &Value) -> String {
        let mut header = jsonwebtoken::Header::new(jsonwebtoken::Algorithm::HS256);
        header.kid = Some(self.id.clone());
        jsonwebtoken::encode(&header, claims, &jsonwebtoken::EncodingKey::from_secret(&self.public)).expect("a token")
    }
}

fn encoded(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

/// Listens on a port of 127.0.0.1 until it is dropped.
pub struct Liar {
    /// `http://127.0.0.1:port`.
    pub issuer: String,
    /// The key that it publishes.
    pub key: Key,
    told: Arc<Told>,
    _stop: tokio::sync::oneshot::Sender<()>,
}

#[derive(Default)]
struct Told {
    answers: Mutex<HashMap<String, Value>>,
    asked: Mutex<HashMap<String, usize>>,
}

impl Liar {
    /// One whose discovery document and keys are in order, so far.
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let issuer = format!("http://{}", listener.local_addr().expect("an address"));
        let (told, (stop, stopped)) = (Arc::<Told>::default(), tokio::sync::oneshot::channel::<()>());
        let router = Router::new().fallback(answer).with_state(told.clone());
        tokio::spawn(async move {
            tokio::select! {
                served = axum::serve(listener, router) => served.expect("serve"),
                _ = stopped => {}
            }
        });
        let liar = Self { key: Key::fresh("first"), issuer, told, _stop: stop };
        liar.answers("/.well-known/openid-configuration", liar.document());
        liar.publishes(&[&liar.key]);
        liar
    }

    /// A discovery document that is in order.
    pub fn document(&self) -> Value {
        let at = |path: &str| format!("{}{path}", self.issuer);
        json!({
            "issuer": self.issuer, "authorization_endpoint": at("/auth"), "token_endpoint": at("/token"), "jwks_uri": at("/jwks"),
            "response_types_supported": ["code"], "subject_types_supported": ["public"], "id_token_signing_alg_values_supported": ["EdDSA"],
            "code_challenge_methods_supported": ["S256"]
        })
    }

    /// From now on, answer this on that path.
    pub fn answers(&self, path: &str, body: Value) {
        self.told.answers.lock().expect("the answers").insert(path.to_owned(), body);
    }

    /// From now on, publish these keys.
    pub fn publishes(&self, keys: &[&Key]) {
        self.answers("/jwks", json!({ "keys": keys.iter().map(|key| key.jwk()).collect::<Vec<_>>() }));
    }

    /// From now on, give out this ID token.
    pub fn gives(&self, id_token: &str) {
        self.answers("/token", json!({ "access_token": "a", "token_type": "Bearer", "id_token": id_token }));
    }

    /// How often this path was asked for.
    pub fn asked(&self, path: &str) -> usize {
        self.told.asked.lock().expect("the counts").get(path).copied().unwrap_or_default()
    }
}

async fn answer(State(told): State<Arc<Told>>, uri: Uri) -> Response {
    *told.asked.lock().expect("the counts").entry(uri.path().to_owned()).or_default() += 1;
    let answer = told.answers.lock().expect("the answers").get(uri.path()).cloned();
    match answer {
        // A redirect, for whoever would follow one.
        Some(Value::String(to)) => (axum::http::StatusCode::FOUND, [("location", to)]).into_response(),
        Some(body) => Json(body).into_response(),
        None => axum::http::StatusCode::NOT_FOUND.into_response(),
    }
}
