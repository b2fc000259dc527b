//! Signing in: public operations, which name the portal by its `client_id`.

use super::super::factors::Factor;
use super::super::sign_in::{self, Coming};
use super::PasskeyAnswer;
use crate::portals;
use crate::tokens::Token;
use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use kernel::{App, Problem, Valid};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use validator::Validate;

/// Who wants to sign in.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"client_id": "ptl_01jd3k7x2mfq8t9v5w6y0zabcd", "email": "sam@northwind.example", "password": "vermilion otter bicycle"}))]
pub struct SignInCreate {
    /// The portal's id.
    #[validate(length(min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100)]
    pub client_id: String,
    /// E-mail address, in whatever case.
    #[validate(length(min = 3, max = 254))]
    #[schema(min_length = 3, max_length = 254)]
    pub email: String,
    /// Password.
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    pub password: String,
    /// The page's origin, if it is not that of the portal's first address: passkeys belong to a host.
    #[validate(length(min = 1, max = 300))]
    #[schema(min_length = 1, max_length = 300)]
    pub origin: Option<String>,
    /// The browser or device, as the session's list shall show it.
    #[validate(length(max = 200))]
    #[schema(max_length = 200)]
    pub device: Option<String>,
}

/// Where somebody wants to sign in with a passkey alone.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"client_id": "ptl_01jd3k7x2mfq8t9v5w6y0zabcd"}))]
pub struct SignInPasskeyAsk {
    /// The portal's id.
    #[validate(length(min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100)]
    pub client_id: String,
    /// The page's origin, if it is not that of the portal's first address.
    #[validate(length(min = 1, max = 300))]
    #[schema(min_length = 1, max_length = 300)]
    pub origin: Option<String>,
    /// The browser or device, as the session's list shall show it.
    #[validate(length(max = 200))]
    #[schema(max_length = 200)]
    pub device: Option<String>,
}

/// A code that continues an attempt.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"attempt": "prma_3f9ac2d07be84f5a9d1c6e2b7f80a4135c9e6d2f10b38a7451f2c9d03f9ac2d0", "code": "287082"}))]
pub struct SignInCode {
    /// `attempt` of the challenge.
    #[validate(length(min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100)]
    pub attempt: String,
    /// The code.
    #[validate(length(min = 1, max = 64))]
    #[schema(min_length = 1, max_length = 64)]
    pub code: String,
}

/// Whether somebody is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SignInStatus {
    /// `token` works.
    SignedIn,
    /// `challenge` asks for a second factor.
    MfaRequired,
}

/// A second factor. More may come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SecondFactor {
    /// A code of the authenticator app.
    Totp,
    /// A passkey.
    Passkey,
    /// A recovery code.
    RecoveryCode,
}

/// What is asked for next.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"attempt": "prma_3f9ac2d07be84f5a9d1c6e2b7f80a4135c9e6d2f10b38a7451f2c9d03f9ac2d0", "methods": ["totp", "recovery_code"],
    "expires_at": "2026-11-20T12:05:00Z"}))]
pub struct SignInChallenge {
    /// Send it with the factor.
    pub attempt: String,
    /// Any one of these.
    pub methods: Vec<SecondFactor>,
    /// With `passkey`: for `PublicKeyCredential.parseRequestOptionsFromJSON()`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<std::collections::HashMap<String, Value>>, nullable = false)]
    pub passkey_options: Option<Map<String, Value>>,
    /// Until when it is taken.
    pub expires_at: DateTime<Utc>,
}

impl kernel::Resource for SignInChallenge {}

/// How far somebody got.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"status": "mfa_required", "challenge": {
    "attempt": "prma_3f9ac2d07be84f5a9d1c6e2b7f80a4135c9e6d2f10b38a7451f2c9d03f9ac2d0", "methods": ["totp", "recovery_code"],
    "expires_at": "2026-11-20T12:05:00Z"}, "mfa_enrolment_required": false}))]
pub struct SignInResult {
    /// Whether the person is in.
    pub status: SignInStatus,
    /// With `signed_in`: the session's first token.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub token: Option<Token>,
    /// With `mfa_required`: what is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub challenge: Option<SignInChallenge>,
    /// The person's role needs a second factor and the person has none yet: until they add one under `/v1/me/authenticators`, the token does little else.
    pub mfa_enrolment_required: bool,
}

impl SignInResult {
    /// A session is open.
    pub fn open(token: Token, must_enrol: bool) -> Self {
        Self { status: SignInStatus::SignedIn, token: Some(token), challenge: None, mfa_enrolment_required: must_enrol }
    }

    /// A second factor is asked for.
    pub fn challenged(challenge: SignInChallenge) -> Self {
        Self { status: SignInStatus::MfaRequired, token: None, challenge: Some(challenge), mfa_enrolment_required: false }
    }
}

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(sign_in))
        .routes(routes!(sign_in_with_totp))
        .routes(routes!(sign_in_with_recovery_code))
        .routes(routes!(ask_for_passkey))
        .routes(routes!(sign_in_with_passkey))
}

/// Sign in with e-mail address and password.
///
/// Whether the address is known is not told, neither by the answer nor by its time. After a few wrong guesses further ones wait
/// (429 with `Retry-After`); a password reset by mail opens the way at once.
#[utoipa::path(post, path = "/sign-ins", operation_id = "sign_in", tag = "sign-in", request_body = SignInCreate, security(()),
    responses((status = 200, description = "A session, or what is asked for next.", body = SignInResult)))]
async fn sign_in(State(app): State<App>, Valid(body): Valid<SignInCreate>) -> Result<Json<SignInResult>, Problem> {
    let portal = portals::find(&app, &body.client_id).await?;
    let coming = Coming { portal, origin: body.origin, device: body.device };
    sign_in::by_password(&app, coming, &body.email, &body.password).await.map(Json)
}

/// Continue with the code of an authenticator app. Each code works once.
#[utoipa::path(post, path = "/sign-ins/totp", operation_id = "sign_in_with_totp", tag = "sign-in", request_body = SignInCode, security(()),
    responses((status = 200, description = "A session.", body = SignInResult)))]
async fn sign_in_with_totp(State(app): State<App>, Valid(body): Valid<SignInCode>) -> Result<Json<SignInResult>, Problem> {
    sign_in::go_on(&app, &body.attempt, |_| Factor::Totp(body.code)).await.map(Json)
}

/// Continue with a recovery code. Each works once.
#[utoipa::path(post, path = "/sign-ins/recovery-code", operation_id = "sign_in_with_recovery_code", tag = "sign-in", request_body = SignInCode,
    security(()), responses((status = 200, description = "A session.", body = SignInResult)))]
async fn sign_in_with_recovery_code(State(app): State<App>, Valid(body): Valid<SignInCode>) -> Result<Json<SignInResult>, Problem> {
    sign_in::go_on(&app, &body.attempt, |_| Factor::RecoveryCode(body.code)).await.map(Json)
}

/// Begin to sign in with a passkey alone, without saying who one is.
#[utoipa::path(post, path = "/sign-ins/passkey-options", operation_id = "ask_for_passkey", tag = "sign-in", request_body = SignInPasskeyAsk, security(()),
    responses((status = 200, description = "What the browser is to be asked with.", body = SignInChallenge)))]
async fn ask_for_passkey(State(app): State<App>, Valid(body): Valid<SignInPasskeyAsk>) -> Result<Json<SignInChallenge>, Problem> {
    let portal = portals::find(&app, &body.client_id).await?;
    sign_in::discover(&app, Coming { portal, origin: body.origin, device: body.device }).await.map(Json)
}

/// Sign in, or continue, with a passkey. Each challenge works once.
#[utoipa::path(post, path = "/sign-ins/passkey", operation_id = "sign_in_with_passkey", tag = "sign-in", request_body = PasskeyAnswer, security(()),
    responses((status = 200, description = "A session.", body = SignInResult)))]
async fn sign_in_with_passkey(State(app): State<App>, Valid(body): Valid<PasskeyAnswer>) -> Result<Json<SignInResult>, Problem> {
    sign_in::go_on(&app, &body.attempt, |ceremony| Factor::Passkey(body.credential, ceremony)).await.map(Json)
}
