//! Access tokens: short JWTs (RFC 9068), made from an API key, minted for a person of a partner, or belonging to a session.
//!
//! One endpoint gives them out: as JSON to a key (`create`), and as a form to any OAuth library (`grants`).

mod create;
mod grants;
mod metadata;
mod revoke;

pub use create::{Token, TokenCreate};
pub use grants::{Grant, Grants, TokenForm, oauth_refusal};
pub(crate) use revoke::is_revoked;

use crate::permission::{self, Permission};
use crate::signing;
use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use kernel::actor::{Authentication, Caller};
use kernel::id::{PersonId, SessionId, VendorId};
use kernel::log::EventKind;
use kernel::{App, Problem};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

/// Seconds that a token lives unless asked otherwise.
pub(crate) const LIFETIME: i64 = 900;

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
    jti: Uuid,
    /// Ours have none; one that has it was made elsewhere, and is held to it.
    #[serde(default, skip_serializing)]
    nbf: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sid: Option<SessionId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    auth_time: Option<i64>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    amr: Vec<String>,
    /// `mfa` if the person proved two factors, so that a resource server reads it without knowing the methods (RFC 9470 §4).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    acr: Option<String>,
}

/// What a token is made of.
pub(crate) struct Making {
    /// `key_…` or `per_…`.
    pub(crate) subject: String,
    /// Who asked for it: a key, or a portal.
    pub(crate) client: String,
    /// Whose data it reaches.
    pub(crate) vendor: VendorId,
    /// What it allows.
    pub(crate) grants: u64,
    /// Seconds that it lives.
    pub(crate) expires_in: i64,
    /// How the person proved who they are, if they did it here.
    pub(crate) authentication: Option<Authentication>,
}

/// Sign a token. May write (a new signing key), so never inside a transaction.
pub(crate) async fn make(app: &App, making: Making) -> Result<Token, Problem> {
    let (now, scope) = (app.clock().now().timestamp(), permission::names(making.grants).join(" "));
    let (session, at, methods) = match making.authentication {
        Some(proof) => (proof.session, Some(proof.at.timestamp()), proof.methods),
        None => (None, None, Vec::new()),
    };
    let claims = Claims {
        iss: app.public_url().to_owned(),
        aud: app.public_url().to_owned(),
        sub: making.subject,
        client_id: making.client,
        vendor_id: making.vendor,
        scope: scope.clone(),
        iat: now,
        exp: now + making.expires_in,
        jti: kernel::id::fresh(),
        nbf: None,
        sid: session,
        auth_time: at,
        acr: methods.iter().any(|method| method == crate::policy::MFA).then(|| crate::policy::MFA.to_owned()),
        amr: methods,
    };
    let access_token = signing::sign(app, &claims).await?;
    Ok(Token {
        access_token,
        token_type: "Bearer".into(),
        expires_in: making.expires_in,
        scope,
        refresh_token: None,
        session_id: session,
        issued_token_type: None,
    })
}

impl Claims {
    /// Whom the token stands for, of which vendor, and with which permissions at most.
    pub fn subject(&self) -> Option<(Caller, VendorId, u64)> {
        let caller = match self.sub.split_once('_')?.0 {
            "per" => Caller::Person(self.sub.parse::<PersonId>().ok()?),
            "key" => Caller::ApiKey(self.sub.parse().ok()?),
            _ => return None,
        };
        let scopes: Vec<Permission> = self.scope.split(' ').filter_map(|scope| scope.parse().ok()).collect();
        Some((caller, self.vendor_id, permission::bits(&scopes)))
    }

    /// Whether it works already.
    pub(crate) fn has_begun(&self, now: DateTime<Utc>) -> bool {
        self.iat <= now.timestamp() && self.nbf.is_none_or(|from| from <= now.timestamp())
    }

    /// When it stops working.
    pub fn expires(&self) -> DateTime<Utc> {
        DateTime::from_timestamp(self.exp, 0).unwrap_or(DateTime::UNIX_EPOCH)
    }

    /// The session that it belongs to, if to one.
    pub(crate) fn session(&self) -> Option<SessionId> {
        self.sid
    }

    /// Whether all tokens of its person were taken back at `from`, and this one with them. Those of a session end with it.
    pub(crate) fn is_before(&self, from: DateTime<Utc>) -> bool {
        self.sid.is_none() && self.iat <= from.timestamp()
    }

    /// How the person proved who they are.
    pub(crate) fn authentication(&self) -> Option<Arc<Authentication>> {
        let at = DateTime::from_timestamp(self.auth_time?, 0)?;
        Some(Arc::new(Authentication { session: self.sid, methods: self.amr.clone(), at }))
    }
}

/// The keys that verify access tokens (RFC 7517).
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": "0198c1c26d3f7e0a9a510d9f7a1b2c3d",
    "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}))]
pub struct Jwks {
    /// Newest first.
    keys: Vec<signing::Jwk>,
}

/// The public keys of access tokens, for `/.well-known/jwks.json`.
#[utoipa::path(get, path = "/.well-known/jwks.json", operation_id = "get_jwks", tag = "access", security(()),
    responses((status = 200, description = "The keys, newest first.", body = Jwks)))]
pub async fn get_jwks(State(app): State<App>) -> Result<Json<Jwks>, Problem> {
    Ok(Json(Jwks { keys: signing::published(&app).await? }))
}

/// Make a new signing key at once; tokens of the older ones still verify until they end.
pub async fn rotate(app: &App) -> Result<(), Problem> {
    signing::make(app).await?;
    signing::published(app).await.map(|_| ())
}

/// Routes that do not lie under `/v1`.
pub fn well_known() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get_jwks)).merge(metadata::router())
}

pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().merge(create::router()).merge(revoke::router())
}

pub(crate) fn event_kinds() -> Vec<EventKind> {
    revoke::event_kinds()
}
