//! Access tokens: short JWTs (RFC 9068), made from an API key or minted for a person of a partner.

use crate::permission::{self, Permission};
use crate::{Anyone, authenticate, can, error, keys, people, signing};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use chrono::{DateTime, Utc};
use kernel::actor::Caller;
use kernel::app::Resource;
use kernel::id::{PersonId, VendorId};
use kernel::problem::kinds;
use kernel::{Actor, App, OptionalValid, Problem};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use validator::Validate;

/// Seconds that a token lives unless asked otherwise.
const LIFETIME: i64 = 900;

/// What a token says.
#[derive(Debug, Serialize, Deserialize)]
pub struct Claims {
    iss: String,
    aud: String,
    sub: String,
    client_id: String,
    vendor_id: VendorId,
    scope: String,
    iat: i64,
    exp: i64,
    jti: String,
}

impl Claims {
    /// Whom the token stands for, of which vendor, and with which permissions at most.
    pub fn subject(&self) -> Option<(Caller, VendorId, u64)> {
        let caller = match self.sub.split_once('_')?.0 {
            "per" => Caller::Person(self.sub.parse().ok()?),
            "key" => Caller::ApiKey(self.sub.parse().ok()?),
            _ => return None,
        };
        let scopes: Vec<Permission> = self.scope.split(' ').filter_map(|scope| scope.parse().ok()).collect();
        Some((caller, self.vendor_id, permission::bits(&scopes)))
    }

    /// When it stops working.
    pub fn expires(&self) -> DateTime<Utc> {
        DateTime::from_timestamp(self.exp, 0).unwrap_or(DateTime::UNIX_EPOCH)
    }
}

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
}

impl Resource for Token {}

/// The keys that verify access tokens (RFC 7517).
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": "0198c1c26d3f7e0a9a510d9f7a1b2c3d",
    "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}))]
pub struct Jwks {
    /// Newest first.
    keys: Vec<signing::Jwk>,
}

pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(create_token))
}

/// Exchange an API key for a short access token, or mint one for a person.
///
/// A vendor's portal back end calls this with its key and `person_id` or `person_email`, and hands the token to
/// its front end, which then calls on that person's behalf.
#[utoipa::path(post, path = "/tokens", operation_id = "create_token", tag = "access", request_body(content = Option<TokenCreate>, description = "Which token is wanted."),
    security(("bearer" = [])),
    responses((status = 201, description = "The token.", body = Token)))]
async fn create_token(
    State(app): State<App>,
    Anyone(who): Anyone,
    headers: HeaderMap,
    OptionalValid(body): OptionalValid<TokenCreate>,
) -> Result<Response, Problem> {
    // Only a key is exchanged: a token that made its own successor would outlive its end.
    let exchange = body.person_id.is_none() && body.person_email.is_none();
    if exchange && !can::bearer(&headers)?.starts_with(keys::PREFIX) {
        return Err(Problem::new(kinds::FORBIDDEN).detail("A token is made from an API key."));
    }
    let token = issue(&app, &who, body).await?;
    app.reply(&who, StatusCode::CREATED, async |_| Ok::<_, Problem>(token)).await
}

async fn issue(app: &App, who: &Actor, wanted: TokenCreate) -> Result<Token, Problem> {
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
    let (now, expires_in, scope) = (app.clock().now().timestamp(), wanted.expires_in.unwrap_or(LIFETIME), permission::names(grants).join(" "));
    let claims = Claims {
        iss: app.public_url().to_owned(),
        aud: app.public_url().to_owned(),
        sub: subject,
        client_id: who.reference().id,
        vendor_id: who.scope.vendor(),
        scope: scope.clone(),
        iat: now,
        exp: now + expires_in,
        jti: kernel::id::fresh().to_string(),
    };
    Ok(Token { access_token: signing::sign(app, &claims).await?, token_type: "Bearer".into(), expires_in, scope })
}

/// Whom the token is to stand for, and all that it may allow.
async fn subject(app: &App, who: &Actor, wanted: &TokenCreate) -> Result<(String, u64), Problem> {
    let db = &app.db().read_of(who.scope.vendor()).await?;
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
        (Some(id), None) => people::find(db, who.scope.vendor(), *id).await?,
        (None, Some(email)) => people::find_by_email(db, who.scope.vendor(), email).await?,
    };
    let no_such = || Problem::new(error::NO_SUCH_PERSON);
    let person = person.and_then(|person| person.standing()).filter(|person| person.partner.is_some()).ok_or_else(no_such)?;
    let (grants, _) = authenticate::standing(app, &person).await.map_err(|_| no_such())?;
    Ok((person.id.to_string(), grants))
}

/// The public keys of access tokens, for `/.well-known/jwks.json`.
#[utoipa::path(get, path = "/.well-known/jwks.json", operation_id = "get_jwks", tag = "access", security(()),
    responses((status = 200, description = "The keys, newest first.", body = Jwks)))]
pub async fn get_jwks(State(app): State<App>) -> Result<Json<Jwks>, Problem> {
    Ok(Json(Jwks { keys: signing::published(&app).await? }))
}

/// Make a new signing key at once; tokens of the older ones still verify until they end.
pub async fn rotate(app: &App) -> Result<(), Problem> {
    signing::make(app).await
}

/// Routes that do not lie under `/v1`.
pub fn well_known() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get_jwks))
}
