//! Single sign-on: with a real provider, with ones that lie, and with issuers of the vendor's own.

mod cookies;
mod lies;
mod logout;
mod peer;
mod providers;
mod trusted;

use crate::prelude::*;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use spec::liar::Liar;
use spec::peer::{Browser, location, parameter};
use url::Url;

const FORM: &str = "application/x-www-form-urlencoded";
const BACK: &str = "https://portal.example/signed-in";
const VERIFIER: &str = "a-verifier-of-the-portal-that-nobody-else-knows";

/// A vendor's front end.
async fn portal(acme: &Vendor) -> String {
    acme.post("/v1/portals", json!({ "name": "Portal", "redirect_uris": [BACK] })).await.expect(201).id()
}

/// The path on which a front end begins a sign-in; `more` are further parameters.
fn begins(portal: &str, more: &[(&str, &str)]) -> String {
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER));
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    let usual = [
        ("response_type", "code"),
        ("client_id", portal),
        ("redirect_uri", BACK),
        ("state", "of the portal"),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ];
    for (name, value) in usual.iter().filter(|(name, _)| !more.iter().any(|(other, _)| other == name)).chain(more) {
        query.append_pair(name, value);
    }
    format!("/v1/authorize?{}", query.finish())
}

/// The form with which a front end exchanges its code; `more` replaces parameters.
fn exchange(portal: &str, code: &str, more: &[(&str, &str)]) -> String {
    let usual = [("grant_type", "authorization_code"), ("client_id", portal), ("redirect_uri", BACK), ("code", code), ("code_verifier", VERIFIER)];
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in usual.iter().filter(|(name, _)| !more.iter().any(|(other, _)| other == name)).chain(more) {
        form.append_pair(name, value);
    }
    form.finish()
}

async fn asks(client: &Client, form: &str) -> Reply {
    client.call(Method::POST, "/v1/tokens").raw(FORM, form).await
}

/// The session's tokens for the code with which the portal was reached.
async fn redeems(world: &World, portal: &str, at: &Url) -> Reply {
    assert_eq!(parameter(at, "error"), None, "{at}");
    asks(&world.anonymous(), &exchange(portal, &parameter(at, "code").expect("a code"), &[])).await.expect(200)
}

/// A provider of this issuer at the vendor; `more` replaces members.
async fn provider(acme: &Vendor, issuer: &str, more: Value) -> Reply {
    let mut body = json!({
        "name": "Staff", "issuer": issuer, "client_id": "prm", "client_secret": "a-secret-of-the-provider",
        "email_domains": ["contoso.example"], "provisioning": "just_in_time", "default_role": "marketing"
    });
    body.as_object_mut().expect("an object").extend(more.as_object().cloned().expect("an object"));
    acme.post("/v1/identity-providers", body).await.expect(201)
}

/// A sign-in that has reached the provider: what it must put into its token, and the way back.
struct UnderWay {
    browser: Browser,
    nonce: String,
    state: String,
}

impl UnderWay {
    async fn begin(world: &World, path: &str) -> Self {
        let mut browser = Browser::new(world);
        let at = location(&browser.visits(path).await.expect(302));
        let (nonce, state) = (parameter(&at, "nonce").expect("a nonce"), parameter(&at, "state").expect("a state"));
        assert_eq!(parameter(&at, "code_challenge_method").as_deref(), Some("S256"));
        Self { browser, nonce, state }
    }

    /// Claims of an ID token that is in order.
    fn claims(&self, world: &World, liar: &Liar) -> Value {
        let now = world.now().timestamp();
        json!({
            "iss": liar.issuer, "aud": "prm", "sub": "jo-1", "nonce": self.nonce, "iat": now, "exp": now + 300,
            "email": "jo@contoso.example", "email_verified": true, "name": "Jo Alvarez"
        })
    }

    /// Come back from the provider, with further parameters.
    async fn comes_back(mut self, more: &str) -> Url {
        location(&self.browser.visits(&format!("/v1/sso/callback?code=c&state={}{more}", self.state)).await.expect(302))
    }
}

/// The error and our own code of it with which the portal was reached.
fn refusal(at: &Url) -> (String, String) {
    assert!(at.as_str().starts_with(BACK), "{at}");
    assert_eq!(parameter(at, "state").as_deref(), Some("of the portal"));
    assert_eq!(parameter(at, "code"), None);
    (parameter(at, "error").unwrap_or_default(), parameter(at, "error_code").unwrap_or_default())
}
