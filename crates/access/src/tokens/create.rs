//! `POST /v1/tokens`: an access token for a key, for a person on a key's word, or by an OAuth grant.

use super::grants::{self, TokenForm};
use super::{LIFETIME, Making, make};
use crate::permission::{self, Permission};
use crate::{authenticate, can, error, keys, people};
use axum::extract::{FromRequest, Request, State};
use axum::http::{StatusCode, header};
use axum::response::Response;
use kernel::actor::Caller;
use kernel::app::Resource;
use kernel::id::{PersonId, SessionId};
use kernel::problem::kinds;
use kernel::{Actor, App, OptionalValid, Problem};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use validator::Validate;

/// Which token is wanted; an empty body asks for one of the calling key itself.
#[derive(Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"person_email": "jo@northwind.example", "expires_in": 900}))]
pub struct TokenCreate {
    /// Mint it for this person (needs `tokens:mint`).
    pub person_id: Option<PersonId>,
    /// Mint it for the person with this e-mail address (needs `tokens:mint`).
    #[validate(length(min = 3, max = 254))]
    #[schema(min_length = 3, max_length = 254)]
    pub person_email: Option<String>,
    /// Permissions that narrow the token; all that the person or key has if absent.
    #[validate(length(max = 64))]
    #[schema(max_items = 64)]
    pub scopes: Option<Vec<String>>,
    /// Seconds that it lives, 60 to 3600; 900 if absent.
    #[validate(range(min = 60, max = 3600))]
    #[schema(minimum = 60, maximum = 3600)]
    pub expires_in: Option<i64>,
}

/// An access token, as RFC 6749 §5.1 answers.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"access_token": "eyJ0eXAiOiJhdCtqd3QiLCJhbGciOiJFZERTQSJ9.eyJzdWIiOiJwZXJfMDEifQ.c2ln", "token_type": "Bearer",
    "expires_in": 900, "scope": "deals:read deals:register"}))]
pub struct Token {
    /// Send it as `Authorization: Bearer …`.
    pub access_token: String,
    /// `Bearer`.
    pub token_type: String,
    /// Seconds that it lives.
    pub expires_in: i64,
    /// The permissions that it holds, separated by spaces.
    pub scope: String,
    /// Exchange it for the next token of the session with `grant_type=refresh_token`; it works once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
    /// The session that it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_id: Option<SessionId>,
    /// On a token exchange, what was issued (RFC 8693 §2.2.1): `urn:ietf:params:oauth:token-type:access_token`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issued_token_type: Option<String>,
}

impl Resource for Token {}

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(create_token))
}

/// What was asked for, and by whom; who calls is settled before the body is looked at.
enum Wanted {
    ByKey(Box<Actor>, bool, TokenCreate),
    ByGrant(Option<(String, String)>, Box<TokenForm>),
}

impl FromRequest<App> for Wanted {
    type Rejection = Problem;
    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let form = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        if form.is_some_and(|value| value.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/x-www-form-urlencoded")) {
            let client = can::basic(request.headers());
            return grants::read(&kernel::body::body_bytes(request, app).await?).map(|form| Self::ByGrant(client, Box::new(form)));
        }
        let (mut parts, body) = request.into_parts();
        let who = can::caller(&mut parts, app).await?;
        let by_key = can::bearer(&parts.headers)?.starts_with(keys::PREFIX);
        let OptionalValid(body) = OptionalValid::from_request(Request::from_parts(parts, body), app).await?;
        Ok(Self::ByKey(Box::new(who), by_key, body))
    }
}

/// Get an access token.
///
/// As JSON with an API key: exchange the key for a short token, or mint one for a person. A vendor's portal back end calls
/// this with its key and `person_id` or `person_email`, and hands the token to its front end, which then calls on that
/// person's behalf.
///
/// As a form (RFC 6749): `grant_type=client_credentials` with a key's id and secret as the client's, `refresh_token`, and the other
/// grants that `/.well-known/oauth-authorization-server` lists. A form answers 200, and its refusals carry `error` too.
#[utoipa::path(post, path = "/tokens", operation_id = "create_token", tag = "access",
    request_body(content((Option<TokenCreate> = "application/json"), (TokenForm = "application/x-www-form-urlencoded")), description = "Which token is wanted."),
    security(("bearer" = [])),
    responses((status = 201, description = "The token.", body = Token), (status = 200, description = "The token, by an OAuth grant.", body = Token)))]
async fn create_token(State(app): State<App>, wanted: Wanted) -> Result<Response, Problem> {
    match wanted {
        Wanted::ByGrant(client, form) => grants::answer(&app, client, *form).await,
        Wanted::ByKey(who, by_key, body) => {
            // Only a key is exchanged: a token that made its own successor would outlive its end.
            if !by_key && body.person_id.is_none() && body.person_email.is_none() {
                return Err(Problem::new(kinds::FORBIDDEN).detail("A token is made from an API key."));
            }
            let token = issue(&app, &who, body).await?;
            app.reply(&who, StatusCode::CREATED, async |_| Ok::<_, Problem>(token)).await
        }
    }
}

/// A token for `who`, or minted on its word.
pub(super) async fn issue(app: &App, who: &Actor, wanted: TokenCreate) -> Result<Token, Problem> {
    let (subject, most) = subject(app, who, &wanted).await?;
    let grants = match &wanted.scopes {
        None => most,
        Some(scopes) => {
            let named: Option<Vec<Permission>> = scopes.iter().map(|scope| scope.parse().ok()).collect();
            let named = permission::bits(&named.ok_or_else(|| Problem::invalid("/scopes", "scope", "One of these is not a permission."))?);
            if named & !most != 0 {
                return Err(Problem::new(error::SCOPE_TOO_WIDE));
            }
            named
        }
    };
    let expires_in = wanted.expires_in.unwrap_or(LIFETIME);
    make(app, Making { subject, client: who.reference().id, vendor: who.scope.vendor(), grants, expires_in, authentication: None }).await
}

/// Whom the token is to stand for, and all that it may allow.
async fn subject(app: &App, who: &Actor, wanted: &TokenCreate) -> Result<(String, u64), Problem> {
    let db = app.db().read_of(who.scope.vendor()).await?;
    let person = match (&wanted.person_id, &wanted.person_email) {
        (None, None) => {
            return match who.caller {
                Caller::ApiKey(id) => Ok((id.to_string(), who.grants)),
                _ => Err(Problem::new(kinds::FORBIDDEN).detail("A token is made from an API key.")),
            };
        }
        (Some(_), Some(_)) => return Err(Problem::invalid("/person_email", "ambiguous", "Send person_id or person_email, not both.")),
        _ if who.grants & Permission::MintTokens.bit() == 0 => {
            return Err(Problem::new(kinds::FORBIDDEN).detail("This needs the permission tokens:mint."));
        }
        (Some(id), None) => people::find(&db, who.scope.vendor(), *id).await?,
        (None, Some(email)) => people::find_by_email(&db, who.scope.vendor(), email).await?,
    };
    let no_such = || Problem::new(error::NO_SUCH_PERSON);
    let person = person.and_then(|person| person.standing()).filter(|person| person.partner.is_some()).ok_or_else(no_such)?;
    if people::find_visible(&db, who.scope, person.id).await?.is_none() {
        return Err(no_such());
    }
    let (grants, _) = authenticate::standing(app, &person).await.map_err(|_| no_such())?;
    Ok((person.id.to_string(), grants))
}
