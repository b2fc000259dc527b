//! OAuth grants at the token endpoint (RFC 6749): a form in, a token or an `error` out.

use super::create::{Token, TokenCreate, issue};
use crate::{authenticate, error, keys, limits, sessions};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use futures::future::BoxFuture;
use kernel::id::ApiKeyId;
use kernel::idempotency::Answer;
use kernel::problem::Kind;
use kernel::{App, Problem};
use serde::Deserialize;
use std::sync::RwLock;
use utoipa::ToSchema;
use validator::Validate;

/// What an OAuth library sends: which parameters count depends on `grant_type`; others are ignored (RFC 6749 §3.2).
#[derive(Debug, Default, Deserialize, Validate, ToSchema)]
#[schema(example = json!({"grant_type": "client_credentials", "client_id": "key_01jd3k7x2mfq8t9v5w6y0zabcd",
    "client_secret": "prm_3f9ac2d07be84f5a9d1c6e2b7f80a4135c9e6d2f10b38a7451f2c9d0", "scope": "deals:read"}))]
pub struct TokenForm {
    /// `client_credentials`, `refresh_token`, or another that `/.well-known/oauth-authorization-server` lists.
    #[validate(length(min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100)]
    pub grant_type: String,
    /// Permissions that narrow the token, separated by spaces.
    #[validate(length(max = 2000))]
    #[schema(max_length = 2000)]
    pub scope: Option<String>,
    /// The client, unless it stands in `Authorization: Basic`: a key's id, or a portal's.
    #[validate(length(max = 100))]
    #[schema(max_length = 100)]
    pub client_id: Option<String>,
    /// The key's secret, unless it stands in `Authorization: Basic`. Portals have none.
    #[validate(length(max = 200))]
    #[schema(max_length = 200)]
    pub client_secret: Option<String>,
    /// With `refresh_token`: the one that the last answer of the session held.
    #[validate(length(max = 200))]
    #[schema(max_length = 200)]
    pub refresh_token: Option<String>,
    /// With `authorization_code`: the code that came back to the portal.
    #[validate(length(max = 200))]
    #[schema(max_length = 200)]
    pub code: Option<String>,
    /// With `authorization_code`: the address that the code came back to.
    #[validate(length(max = 2000))]
    #[schema(max_length = 2000)]
    pub redirect_uri: Option<String>,
    /// With `authorization_code`: what the `code_challenge` was made from (RFC 7636).
    #[validate(length(max = 128))]
    #[schema(max_length = 128)]
    pub code_verifier: Option<String>,
    /// With a token exchange (RFC 8693): the token of the trusted issuer.
    #[validate(length(max = 16384))]
    #[schema(max_length = 16384)]
    pub subject_token: Option<String>,
    /// With a token exchange: what `subject_token` is, `urn:ietf:params:oauth:token-type:jwt` or `…:id_token`.
    #[validate(length(max = 100))]
    #[schema(max_length = 100)]
    pub subject_token_type: Option<String>,
    /// With a token exchange: `urn:ietf:params:oauth:token-type:access_token`, if anything.
    #[validate(length(max = 100))]
    #[schema(max_length = 100)]
    pub requested_token_type: Option<String>,
}

/// What answers one more `grant_type`: the form, and the client's id and secret if it sent them as `Authorization: Basic`.
pub type Grant = fn(App, Option<(String, String)>, TokenForm) -> BoxFuture<'static, Result<Token, Problem>>;

/// The grants beyond those that are built in here, by `grant_type`; registered once, at start.
#[derive(Default)]
pub struct Grants(RwLock<Vec<(&'static str, Grant)>>);

impl Grants {
    /// Answer `grant_type` with `grant`.
    pub fn on(&self, grant_type: &'static str, grant: Grant) {
        self.0.write().expect("grants").push((grant_type, grant));
    }

    /// Every `grant_type` that is answered.
    pub(super) fn names(&self) -> Vec<&'static str> {
        ["client_credentials", "refresh_token"].into_iter().chain(self.0.read().expect("grants").iter().map(|(name, _)| *name)).collect()
    }

    fn find(&self, grant_type: &str) -> Option<Grant> {
        self.0.read().expect("grants").iter().find(|(name, _)| *name == grant_type).map(|(_, grant)| *grant)
    }
}

/// A refusal with the `error` that RFC 6749 §5.2 gives it.
pub fn oauth_refusal(kind: Kind, detail: impl Into<String>) -> Problem {
    let error = kind.code.rsplit('.').next().unwrap_or_default().to_owned();
    let detail = detail.into();
    Problem::new(kind).with("error", error).with("error_description", &detail).detail(detail)
}

/// Read the form; a parameter that comes twice is refused (RFC 6749 §3.2).
pub(super) fn read(bytes: &[u8]) -> Result<TokenForm, Problem> {
    let refused = |detail: &str| oauth_refusal(error::INVALID_REQUEST, detail);
    let mut members = serde_json::Map::new();
    for (name, value) in url::form_urlencoded::parse(bytes) {
        // A parameter without a value counts as one that was not sent.
        if !value.is_empty() && members.insert(name.into_owned(), value.into_owned().into()).is_some() {
            return Err(refused("Send each parameter once."));
        }
    }
    members.entry("grant_type").or_insert_with(|| "".into());
    let form: TokenForm = serde_json::from_value(members.into()).map_err(|_| refused("The form could not be read."))?;
    form.validate()
        .map_err(|found| refused(&format!("Look at: {}.", found.errors().keys().map(ToString::to_string).collect::<Vec<_>>().join(", "))))?;
    Ok(form)
}

/// Give out the token that the form asks for.
pub(super) async fn answer(app: &App, client: Option<(String, String)>, form: TokenForm) -> Result<Response, Problem> {
    let token = match form.grant_type.as_str() {
        "client_credentials" => of_client(app, client, form).await,
        "refresh_token" => sessions::refresh(app, &form).await,
        other => match app.service::<Grants>().find(other) {
            Some(grant) => grant(app.clone(), client, form).await,
            None => {
                let known = app.service::<Grants>().names().join(", ");
                Err(oauth_refusal(error::UNSUPPORTED_GRANT, format!("Send one of {known} as grant_type.")))
            }
        },
    }?;
    Ok(Answer::of(StatusCode::OK, &token).into_response(false).into_response())
}

/// RFC 6749 §4.4: an integration's own token, by its key's id and secret.
async fn of_client(app: &App, client: Option<(String, String)>, form: TokenForm) -> Result<Token, Problem> {
    let refused = || oauth_refusal(error::INVALID_CLIENT, "Send a working key's id as client_id and its secret as client_secret.");
    let (id, secret) = client.or_else(|| form.client_id.clone().zip(form.client_secret.clone())).ok_or_else(refused)?;
    if !secret.starts_with(keys::PREFIX) {
        return Err(refused());
    }
    let who = authenticate::caller(app, &secret).await.map_err(|problem| if problem.kind.status == 401 { refused() } else { problem })?;
    if id.parse::<ApiKeyId>().ok().map(kernel::actor::Caller::ApiKey) != Some(who.caller.clone()) {
        return Err(refused());
    }
    if let (_, Some(exceeded)) = limits::count(app, &who).await? {
        return Err(exceeded);
    }
    let scopes = form.scope.as_deref().map(|scope| scope.split(' ').filter(|name| !name.is_empty()).map(str::to_owned).collect());
    let wanted = TokenCreate { scopes, ..TokenCreate::default() };
    issue(app, &who, wanted).await.map_err(|problem| match problem.kind.status {
        403 | 422 => oauth_refusal(error::INVALID_SCOPE, "A scope is one of the permissions that the key holds."),
        _ => problem,
    })
}
