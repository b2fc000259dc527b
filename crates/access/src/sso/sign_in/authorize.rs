//! `GET /v1/authorize`: a portal sends a browser here, and we send it on to the person's identity provider.

use super::back::{Back, found};
use super::store::{self, attempt};
use crate::sso::providers::{self, IdentityProviderId, SsoStatus, identity_provider};
use crate::sso::{claims, oidc};
use crate::{authenticate, error, portals};
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use chrono::Duration;
use kernel::seal::{KeyColumn, Sealed};
use kernel::{Actor, App, Params, Problem};
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// A person has this long at the provider.
const TIME: Duration = Duration::minutes(15);

/// What a portal asks for (RFC 6749 §4.1.1, RFC 7636 §4.3); other parameters are ignored.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AuthorizeQuery {
    /// `code`.
    #[param(max_length = 100)]
    response_type: Option<String>,
    /// The portal.
    #[param(required = true, max_length = 100)]
    client_id: Option<String>,
    /// One of the portal's addresses, letter for letter.
    #[param(required = true, max_length = 2000)]
    redirect_uri: Option<String>,
    /// Comes back as it was sent, at most 1,000 characters.
    #[param(max_length = 1000)]
    state: Option<String>,
    /// SHA-256 of the verifier, base64url. Required.
    #[param(max_length = 128)]
    code_challenge: Option<String>,
    /// `S256`.
    #[param(max_length = 100)]
    code_challenge_method: Option<String>,
    /// The person's e-mail address: its domain chooses the provider, which is told it.
    #[param(max_length = 254)]
    login_hint: Option<String>,
    /// The identity provider, by id: one of those that `POST /v1/sign-in-options` lists.
    #[param(max_length = 100)]
    idp: Option<String>,
}

/// What is kept of the portal's request until the person comes back, and of ours.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Wanted {
    pub(super) portal: uuid::Uuid,
    pub(super) redirect_uri: String,
    pub(super) state: Option<String>,
    pub(super) code_challenge: String,
    pub(super) nonce: String,
    pub(super) verifier: String,
}

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(authorize))
}

/// Begin a sign-in: send the person's browser here.
///
/// An authorisation-code flow (RFC 6749 §4.1) with PKCE. The browser goes on to the identity provider of the person and comes back to
/// `redirect_uri` with a `code`, which `POST /v1/tokens` exchanges with `grant_type=authorization_code` within a minute; or with an `error`
/// (§4.1.2.1) and an `error_code` that says more precisely why. As long as the portal and its address are not known to be right, what is
/// wrong is a problem document.
#[utoipa::path(get, path = "/authorize", operation_id = "authorize", tag = "access", params(AuthorizeQuery), security(()),
    responses((status = 302, description = "On to the identity provider, or back to the portal with an error.",
        headers(("Location" = String, description = "Where to go."), ("Set-Cookie" = Option<String>, description = "Ties the sign-in to this browser.")))))]
async fn authorize(State(app): State<App>, Params(query): Params<AuthorizeQuery>) -> Result<Response, Problem> {
    let portal = portals::find(&app, query.client_id.as_deref().unwrap_or_default()).await?;
    let redirect_uri = query.redirect_uri.clone().unwrap_or_default();
    if !portal.redirect_uris().contains(&redirect_uri) {
        return Err(Problem::new(error::REDIRECT_UNKNOWN));
    }
    let wanted = Wanted {
        portal: portal.id,
        redirect_uri,
        state: query.state.clone(),
        code_challenge: query.code_challenge.clone().unwrap_or_default(),
        nonce: String::new(),
        verifier: String::new(),
    };
    let back = Back::trusted(&Wanted { state: wanted.state.clone().filter(|state| state.len() <= 1_000), ..copy(&wanted) });
    match go(&app, &portal, &query, wanted).await {
        Ok(response) => Ok(response),
        Err((kind, problem)) => back.with_error(&app, kind, &problem),
    }
}

fn copy(wanted: &Wanted) -> Wanted {
    Wanted {
        portal: wanted.portal,
        redirect_uri: wanted.redirect_uri.clone(),
        state: wanted.state.clone(),
        code_challenge: String::new(),
        nonce: String::new(),
        verifier: String::new(),
    }
}

type Refusal = (&'static str, Problem);

fn invalid(sentence: &str) -> Refusal {
    ("invalid_request", Problem::new(error::INVALID_REQUEST).detail(sentence))
}

/// What a failure of ours is called in OAuth.
pub(super) fn broken(problem: Problem) -> Refusal {
    (if problem.kind.status == 503 { "temporarily_unavailable" } else { "server_error" }, problem)
}

/// What is wrong with the request itself.
fn wrong(query: &AuthorizeQuery) -> Option<Refusal> {
    if query.response_type.as_deref() != Some("code") {
        return Some(("unsupported_response_type", Problem::new(error::INVALID_REQUEST).detail("Send response_type=code.")));
    }
    if query.state.as_ref().is_some_and(|state| state.len() > 1_000) {
        return Some(invalid("A state has at most 1,000 characters."));
    }
    let challenge = query.code_challenge.as_deref().unwrap_or_default();
    let base64url = challenge.len() == 43 && challenge.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if query.code_challenge_method.as_deref() != Some("S256") || !base64url {
        return Some(invalid("Send code_challenge, the SHA-256 of the verifier in base64url, and code_challenge_method=S256."));
    }
    None
}

async fn go(app: &App, portal: &portals::portal::Model, query: &AuthorizeQuery, wanted: Wanted) -> Result<Response, Refusal> {
    if let Some(refusal) = wrong(query) {
        return Err(refusal);
    }
    let hint = query.login_hint.as_deref().filter(|hint| hint.len() <= 254 && !hint.chars().any(char::is_control));
    let provider = choose(app, portal, query.idp.as_deref(), hint).await?;
    let failed = |trouble: crate::sso::outbound::Trouble| {
        tracing::warn!(provider = %provider.id(), %trouble, "an identity provider does not work");
        ("temporarily_unavailable", Problem::new(error::SIGN_IN_PROVIDER).detail(trouble.0))
    };
    let scopes = provider.settings().map_err(broken)?.scopes;
    let relying = oidc::Relying::on(app, &provider).await.map_err(failed)?;
    let request = relying.request(&scopes, hint).map_err(failed)?;
    let browser = super::unguessable();
    let wanted = Wanted { nonce: request.nonce, verifier: request.verifier, ..wanted };
    let state_hash = authenticate::hash(&request.state).to_vec();
    let text = serde_json::to_vec(&wanted).map_err(|cause| broken(Problem::internal(cause)))?;
    let id = kernel::id::fresh();
    let row = attempt::Model {
        vendor_id: portal.vendor_id,
        id,
        browser_hash: authenticate::hash(&browser).to_vec(),
        provider_id: provider.id,
        sealed: app.sealer().seal(&purpose(id), &text),
        expires_at: app.clock().now() + TIME,
        state_hash,
    };
    let actor = Actor::system("sign_in", portal.vendor());
    app.write(&actor, async |tx| store::begin(tx, row).await).await.map_err(broken)?;
    let mut response = found(request.url.as_str()).map_err(broken)?;
    let cookie = HeaderValue::from_str(&cookie(app, &request.state, &browser)).map_err(|cause| broken(Problem::internal(cause)))?;
    response.headers_mut().insert(header::SET_COOKIE, cookie);
    Ok(response)
}

/// Where the state of sign-ins under way is sealed.
pub(crate) const SEALED: Sealed = Sealed {
    table: "sso_attempts",
    key: &[KeyColumn::Uuid("vendor_id"), KeyColumn::Uuid("id")],
    column: "sealed",
    purpose: |row| Ok(purpose(row.try_get("", "id")?)),
    also: &[],
};

/// What a sign-in is sealed for: it opens in its own row only.
pub(super) fn purpose(id: uuid::Uuid) -> String {
    format!("sign_in:{id}")
}

/// The name of the cookie of the sign-in with this state: several may be under way in one browser.
pub(super) fn cookie_name(app: &App, state: &str) -> String {
    let hash = kernel::text::hex(&authenticate::hash(state)[..8]);
    // The prefix makes browsers refuse it from a neighbouring host; it needs https.
    let prefix = if app.public_url().starts_with("https:") { "__Host-" } else { "" };
    format!("{prefix}prm_sign_in_{hash}")
}

fn cookie(app: &App, state: &str, browser: &str) -> String {
    let secure = if app.public_url().starts_with("https:") { "; Secure" } else { "" };
    format!("{}={browser}; Path=/; HttpOnly; SameSite=Lax; Max-Age={}{secure}", cookie_name(app, state), TIME.num_seconds())
}

/// The provider that was named, or the one for the domain of the address, or the only one that there is.
async fn choose(app: &App, portal: &portals::portal::Model, named: Option<&str>, hint: Option<&str>) -> Result<identity_provider::Model, Refusal> {
    let unread = |cause: sea_orm::DbErr| broken(cause.into());
    let db = app.db().read_of(portal.vendor()).await.map_err(unread)?;
    if let Some(named) = named {
        let id = named.parse::<IdentityProviderId>().map_err(|_| invalid("There is no such identity provider."))?;
        let found = providers::find(&db, portal.vendor(), id.0).await.map_err(unread)?;
        return found.filter(|row| row.status == SsoStatus::Active).ok_or_else(|| invalid("There is no such identity provider."));
    }
    let domain = hint.and_then(claims::domain_of);
    let (_, mut offered) = providers::offered(&db, portal.vendor(), domain.as_deref()).await.map_err(unread)?;
    match (offered.len(), offered.pop()) {
        (1, Some(only)) => Ok(only),
        _ => Err(invalid("Send login_hint with an address that an identity provider signs in, or idp with the provider's id.")),
    }
}
