//! `GET /v1/sso/callback`: the browser comes back from the identity provider.

use super::admit::{Proof, admit};
use super::authorize::{Wanted, broken, cookie_name, purpose};
use super::back::Back;
use super::store::{self, code};
use crate::sso::providers::{self, SsoStatus, identity_provider};
use crate::sso::{claims, oidc};
use crate::{authenticate, error};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use chrono::Duration;
use futures::future::BoxFuture;
use kernel::id::VendorId;
use kernel::{Actor, App, Params, Problem};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

/// The portal has this long to exchange its code.
const CODE_LASTS: Duration = Duration::seconds(60);

/// What an identity provider answers (RFC 6749 §4.1.2, RFC 9207); other parameters are ignored.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SsoCallbackQuery {
    /// What we sent along.
    #[param(max_length = 200)]
    state: Option<String>,
    /// The provider's code.
    #[param(max_length = 8000)]
    code: Option<String>,
    /// Why there is none.
    #[param(max_length = 200)]
    error: Option<String>,
    /// The provider's issuer.
    #[param(max_length = 500)]
    iss: Option<String>,
}

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(sso_callback))
}

/// Where identity providers send browsers back to. Register it with them; portals do not call it.
#[utoipa::path(get, path = "/sso/callback", operation_id = "sso_callback", tag = "access", params(SsoCallbackQuery), security(()),
    responses((status = 302, description = "Back to the portal, with a code or an error.",
        headers(("Location" = String, description = "Where to go."), ("Set-Cookie" = Option<String>, description = "Unties the browser.")))))]
async fn sso_callback(State(app): State<App>, headers: HeaderMap, Params(query): Params<SsoCallbackQuery>) -> Result<Response, Problem> {
    let unknown = || Problem::new(error::SIGN_IN_UNKNOWN);
    let state = query.state.as_deref().ok_or_else(unknown)?;
    let found = store::find(&app.db().read_across_vendors().await?, &authenticate::hash(state)).await?;
    let attempt = found.filter(|row| row.expires_at > app.clock().now()).ok_or_else(unknown)?;
    let name = cookie_name(&app, state);
    // In another browser this is somebody's attempt to sign a stranger in as themselves, or to get at a stranger's code.
    let browser = cookie(&headers, &name).map(authenticate::hash).filter(|hash| hash[..] == attempt.browser_hash[..]);
    browser.ok_or_else(unknown)?;
    let actor = Actor::system("sign_in", VendorId(attempt.vendor_id));
    let (vendor, id) = (attempt.vendor_id, attempt.id);
    if !app.write(&actor, async |tx| store::take(tx, vendor, id).await).await? {
        return Err(unknown());
    }
    let sealed = app.sealer().open(&purpose(attempt.id), &attempt.sealed).map_err(Problem::internal)?;
    let wanted: Wanted = serde_json::from_slice(&sealed).map_err(Problem::internal)?;
    let back = Back::trusted(&wanted);
    let device = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()).map(|agent| agent.chars().take(200).collect());
    let mut response = match come_in(&app, &actor, (attempt.vendor_id, attempt.provider_id), wanted, &query, device).await {
        Ok(code) => back.with_code(&app, &code),
        Err((error, problem)) => back.with_error(&app, error, &problem),
    }?;
    let secure = if app.public_url().starts_with("https:") { "; Secure" } else { "" };
    let untie = format!("{name}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0{secure}");
    response.headers_mut().insert(header::SET_COOKIE, HeaderValue::from_str(&untie).map_err(Problem::internal)?);
    Ok(response)
}

/// The value of a cookie that was sent.
fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    all.flat_map(|line| line.split(';')).find_map(|pair| pair.trim().split_once('=').filter(|(key, _)| *key == name).map(|(_, value)| value))
}

type Refusal = (&'static str, Problem);

fn failed(detail: impl Into<String>) -> Refusal {
    ("access_denied", Problem::new(error::SIGN_IN_PROVIDER).detail(detail))
}

/// Verify what the provider says, let the person in, and make the portal's code.
async fn come_in(
    app: &App,
    actor: &Actor,
    (vendor_id, provider_id): (Uuid, Uuid),
    wanted: Wanted,
    query: &SsoCallbackQuery,
    device: Option<String>,
) -> Result<String, Refusal> {
    let read = |cause: sea_orm::DbErr| broken(cause.into());
    let found = {
        let db = app.db().read_of(actor.scope.vendor()).await.map_err(read)?;
        providers::find(&db, actor.scope.vendor(), provider_id).await.map_err(read)?
    };
    let provider = found.filter(|row| row.status == SsoStatus::Active).ok_or_else(|| failed("The identity provider is not in use any more."))?;
    let proof = prove(app, &provider, &wanted, query).await.inspect_err(|(_, problem)| {
        tracing::warn!(provider = %provider.id(), detail = problem.detail.as_deref().unwrap_or_default(), "an identity provider vouched for nobody");
    })?;
    let secret = format!("prmc_{}", super::unguessable());
    let (code_hash, now) = (authenticate::hash(&secret).to_vec(), app.clock().now());
    let unfilled = code::Model {
        vendor_id,
        id: kernel::id::fresh(),
        code_hash,
        person_id: Uuid::nil(),
        portal_id: wanted.portal,
        provider_id,
        redirect_uri: wanted.redirect_uri,
        code_challenge: wanted.code_challenge,
        methods: proof.methods.join(" "),
        subject: proof.subject.clone(),
        provider_session: claims::text(&proof.claims, "sid").map(|sid| sid.chars().take(255).collect()),
        device,
        expires_at: now + CODE_LASTS,
        session_id: None,
    };
    let admitted = let_in(app, actor, provider, proof, unfilled).await;
    admitted.map_err(|problem| if problem.kind.status < 500 { ("access_denied", problem) } else { broken(problem) })?;
    Ok(secret)
}

/// Let the person in and keep the portal's code, in one write.
fn let_in<'a>(
    app: &'a App,
    actor: &'a Actor,
    provider: identity_provider::Model,
    proof: Proof,
    unfilled: code::Model,
) -> BoxFuture<'a, Result<(), Problem>> {
    Box::pin(app.write(actor, async move |tx| {
        let person = admit(tx, &provider, &proof).await?;
        Ok::<_, Problem>(store::keep(tx, code::Model { person_id: person.id.0, ..unfilled }).await?)
    }))
}

/// What the provider proves about the person.
async fn prove(app: &App, provider: &identity_provider::Model, wanted: &Wanted, query: &SsoCallbackQuery) -> Result<Proof, Refusal> {
    let relying = oidc::Relying::on(app, provider).await.map_err(|trouble| failed(trouble.0))?;
    if !relying.is_from(query.iss.as_deref()) {
        return Err(failed("The answer names another issuer."));
    }
    if let Some(error) = &query.error {
        let word: String = error.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').take(50).collect();
        return Err(failed(format!("The identity provider answered {word}.")));
    }
    let code = query.code.as_deref().ok_or_else(|| failed("The identity provider sent no code."))?;
    let claims = relying.redeem(app, code, &wanted.verifier, &wanted.nonce).await.map_err(|trouble| failed(trouble.0))?;
    let settings = provider.settings().map_err(broken)?;
    Proof::of(claims, &settings).ok_or_else(|| failed("The identity provider named no subject."))
}
