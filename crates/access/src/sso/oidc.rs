//! OpenID Connect towards a provider: discovery, the authorisation request, and a code turned into proven claims.

use super::documents;
use super::outbound::{self, Trouble};
use super::providers::identity_provider;
use chrono::{DateTime, Duration, Utc};
use kernel::App;
use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreErrorResponseType, CoreJsonWebKeySet, CoreJwsSigningAlgorithm, CoreProviderMetadata,
};
use openidconnect::{
    AuthType, AuthorizationCode, ClaimsVerificationError, ClientId, ClientSecret, CsrfToken, EndpointMaybeSet, EndpointNotSet, EndpointSet,
    LoginHint, Nonce, OAuth2TokenResponse, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RequestTokenError, Scope, SignatureVerificationError,
    StandardErrorResponse, TokenResponse,
};
use serde_json::{Map, Value};
use std::sync::Arc;
use url::Url;

/// Signatures that anybody can verify and only the provider can make. Never `none`, never a shared secret.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];
/// How far a provider's clock may run ahead of ours.
pub(super) const AHEAD: Duration = Duration::seconds(60);

type Client = CoreClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointMaybeSet, EndpointMaybeSet>;

/// Where a provider publishes what it is (OpenID Connect Discovery §4).
pub(super) fn discovery_url(issuer: &str) -> String {
    format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'))
}

/// What a provider publishes of itself, if it is sound: the issuer is the one that was asked for, and no address leads astray.
pub(super) async fn discover(app: &App, issuer: &str, anew: bool) -> Result<Arc<Value>, Trouble> {
    let url = discovery_url(issuer);
    let found = if anew { documents::again(app, &url).await } else { documents::get(app, &url).await }?;
    if found["issuer"] != issuer {
        return Err(Trouble::new("Its discovery document names another issuer; they must be the same letter for letter."));
    }
    for name in ["authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint"] {
        match found[name].as_str() {
            Some(url) => drop(outbound::allowed(app, url).map_err(|Trouble(why)| Trouble(format!("Its {name} cannot be used: {why}")))?),
            None if name == "userinfo_endpoint" => {}
            None => return Err(Trouble(format!("Its discovery document names no {name}."))),
        }
    }
    Ok(found)
}

/// Where an issuer publishes its keys: all that is needed of one whose tokens are taken as they are.
pub(super) async fn discover_keys(app: &App, issuer: &str) -> Result<String, Trouble> {
    let found = documents::get(app, &discovery_url(issuer)).await?;
    if found["issuer"] != issuer {
        return Err(Trouble::new("Its discovery document names another issuer; they must be the same letter for letter."));
    }
    let url = found["jwks_uri"].as_str().ok_or_else(|| Trouble::new("Its discovery document names no jwks_uri."))?;
    outbound::allowed(app, url).map(|_| url.to_owned())
}

/// A provider that was discovered, as this vendor's client sees it.
pub(super) struct Relying {
    document: Arc<Value>,
    client_id: String,
    client_secret: Option<String>,
    redirect_uri: String,
}

/// An authorisation request that is about to be sent.
pub(super) struct Request {
    pub(super) url: Url,
    pub(super) state: String,
    pub(super) nonce: String,
    pub(super) verifier: String,
}

impl Relying {
    /// Discover the provider of this row.
    pub(super) async fn on(app: &App, row: &identity_provider::Model) -> Result<Self, Trouble> {
        let document = discover(app, &row.issuer, false).await?;
        let client_secret = row.secret(app.sealer()).map_err(|_| Trouble::new("Its client secret cannot be opened."))?;
        let redirect_uri = format!("{}/v1/sso/callback", app.public_url());
        Ok(Self { document, client_id: row.client_id.clone(), client_secret, redirect_uri })
    }

    fn client(&self, keys: &Value) -> Result<Client, Trouble> {
        let unreadable = |_| Trouble::new("What it publishes of itself cannot be read.");
        let keys: CoreJsonWebKeySet = serde_json::from_value(keys.clone()).map_err(unreadable)?;
        let metadata: CoreProviderMetadata = serde_json::from_value((*self.document).clone()).map_err(unreadable)?;
        let redirect = RedirectUrl::new(self.redirect_uri.clone()).map_err(|_| Trouble::new("The public URL of this service is none."))?;
        let secret = self.client_secret.clone().map(ClientSecret::new);
        let client = CoreClient::from_provider_metadata(metadata.set_jwks(keys), ClientId::new(self.client_id.clone()), secret);
        Ok(client.set_redirect_uri(redirect).set_auth_type(self.auth_type()))
    }

    /// `client_secret_basic` unless the provider takes only the other (OpenID Connect Discovery §3: basic is the default).
    fn auth_type(&self) -> AuthType {
        let offered = self.document["token_endpoint_auth_methods_supported"].as_array();
        let offers = |method: &str| offered.is_none_or(|methods| methods.iter().any(|one| one == method));
        if offers("client_secret_basic") { AuthType::BasicAuth } else { AuthType::RequestBody }
    }

    /// Where to send the browser, with fresh PKCE, state and nonce.
    pub(super) fn request(&self, scopes: &[String], hint: Option<&str>) -> Result<Request, Trouble> {
        let verifier = PkceCodeVerifier::new(super::sign_in::unguessable());
        let (state, nonce) = (super::sign_in::unguessable(), super::sign_in::unguessable());
        let client = self.client(&serde_json::json!({"keys": []}))?;
        let (sent_state, sent_nonce) = (CsrfToken::new(state.clone()), Nonce::new(nonce.clone()));
        let mut request = client.authorize_url(CoreAuthenticationFlow::AuthorizationCode, move || sent_state, move || sent_nonce);
        request = request.set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier));
        // The library asks for `openid` by itself.
        request = request.add_scopes(scopes.iter().filter(|scope| *scope != "openid").cloned().map(Scope::new));
        if let Some(hint) = hint {
            request = request.set_login_hint(LoginHint::new(hint.to_owned()));
        }
        let (url, ..) = request.url();
        Ok(Request { url, state, nonce, verifier: verifier.secret().clone() })
    }

    /// RFC 9207: an answer that another provider gave in this one's name is refused.
    pub(super) fn is_from(&self, iss: Option<&str>) -> bool {
        match iss {
            Some(iss) => self.document["issuer"] == iss,
            None => self.document["authorization_response_iss_parameter_supported"] != true,
        }
    }

    /// Turn a code into proven claims: of the ID token, and of the user-info endpoint where that says more.
    pub(super) async fn redeem(&self, app: &App, code: &str, verifier: &str, nonce: &str) -> Result<Value, Trouble> {
        let jwks_uri = self.document["jwks_uri"].as_str().unwrap_or_default();
        let client = self.client(&*documents::get(app, jwks_uri).await?)?;
        let calling = app.clone();
        let call = move |request| {
            let app = calling.clone();
            async move { outbound::send(&app, request).await }
        };
        let request = client.exchange_code(AuthorizationCode::new(code.to_owned())).map_err(|_| Trouble::new("It has no token endpoint."))?;
        let request = request.set_pkce_verifier(PkceCodeVerifier::new(verifier.to_owned()));
        let answer = request.request_async(&call).await.map_err(|cause| Trouble(format!("It did not redeem its code: {}.", said(&cause))))?;
        let token = answer.id_token().ok_or_else(|| Trouble::new("It gave no ID token."))?;
        let (now, nonce) = (app.clock().now(), Nonce::new(nonce.to_owned()));
        let mut outcome = verify(&client, token, &nonce, now);
        if matches!(outcome, Err(ClaimsVerificationError::SignatureVerification(SignatureVerificationError::NoMatchingKey))) {
            let renewed = self.client(&*documents::again(app, jwks_uri).await?)?;
            outcome = verify(&renewed, token, &nonce, now);
        }
        outcome.map_err(|cause| Trouble(format!("Its ID token is not acceptable: {cause}.")))?;
        let claims = payload(&token.to_string()).ok_or_else(|| Trouble::new("Its ID token cannot be read."))?;
        if claims.get("azp").is_some_and(|azp| *azp != self.client_id.as_str()) {
            return Err(Trouble::new("Its ID token is not acceptable: it was issued to another client."));
        }
        self.with_user_info(app, claims, answer.access_token().secret()).await
    }

    /// Many providers keep the ID token short and say the rest at the user-info endpoint (OpenID Connect Core §5.3).
    async fn with_user_info(&self, app: &App, claims: Value, access_token: &str) -> Result<Value, Trouble> {
        let Some(url) = self.document["userinfo_endpoint"].as_str().filter(|_| claims.get("email").is_none()) else { return Ok(claims) };
        let more = outbound::get_json(app, url, Some(access_token)).await.map_err(|Trouble(why)| Trouble(format!("Its user-info: {why}")))?;
        // §5.3.2: an answer about somebody else is not used.
        if more["sub"] != claims["sub"] {
            return Err(Trouble::new("Its user-info is about somebody else."));
        }
        let mut all: Map<String, Value> = more.as_object().cloned().unwrap_or_default();
        all.extend(claims.as_object().cloned().unwrap_or_default());
        Ok(all.into())
    }
}

fn verify(client: &Client, token: &openidconnect::core::CoreIdToken, nonce: &Nonce, now: DateTime<Utc>) -> Result<(), ClaimsVerificationError> {
    let verifier = client
        .id_token_verifier()
        .set_allowed_algs(ALGORITHMS)
        .set_time_fn(move || now)
        .set_issue_time_verifier_fn(move |at| if at <= now + AHEAD { Ok(()) } else { Err("it was issued in the future".to_owned()) });
    token.claims(&verifier, nonce).map(|_| ())
}

/// What a provider said instead of a token, in few words: its texts are not ours to repeat.
fn said(cause: &RequestTokenError<Trouble, StandardErrorResponse<CoreErrorResponseType>>) -> String {
    match cause {
        RequestTokenError::ServerResponse(answer) => {
            let word: String = answer.error().to_string().chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').take(50).collect();
            format!("it answered {word}")
        }
        RequestTokenError::Request(Trouble(why)) => why.trim_end_matches('.').to_owned(),
        RequestTokenError::Parse(..) | RequestTokenError::Other(_) => "its answer could not be read".to_owned(),
    }
}

/// The claims of a token whose signature was verified already, or is yet to be.
pub(super) fn payload(token: &str) -> Option<Value> {
    use base64::Engine as _;
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    serde_json::from_slice(&bytes).ok().filter(Value::is_object)
}
