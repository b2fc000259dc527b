//! One's own authenticators and recovery codes.

use super::super::attempts::{self, Kind, State as Kept};
use super::super::factors::refused;
use super::super::passkeys::{self, Place};
use super::super::store::{self, authenticator};
use super::super::{AuthenticatorId, Me, enrolment, service};
use super::PasskeyOptions;
use crate::tokens::Token;
use crate::{Anyone, error, people, policy, sessions};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Utc};
use kernel::app::Resource;
use kernel::body::not_null;
use kernel::idempotency::Answer;
use kernel::text::not_blank;
use kernel::{Actor, App, At, OptionalValid, Page, PageQuery, Params, Problem, Valid};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use validator::Validate;

/// Something that a person signs in with.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"id": "atn_01jd3k7x2mfq8t9v5w6y0zabcd", "kind": "totp", "name": "Authenticator app", "confirmed_at": "2026-11-20T12:00:00Z",
    "revision": 2, "created_at": "2026-11-20T12:00:00Z", "available_actions": ["update", "delete"]}))]
pub struct Authenticator {
    /// Its id.
    pub id: AuthenticatorId,
    /// `totp` or `passkey`. More may come.
    pub kind: String,
    /// What its owner calls it.
    pub name: String,
    /// Of a passkey: the host that it works on.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub host: Option<String>,
    /// When it was shown to work; until then it counts for nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub confirmed_at: Option<DateTime<Utc>>,
    /// When it was last used.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub last_used_at: Option<DateTime<Utc>>,
    /// Raised with every change.
    pub revision: i64,
    /// When it was added.
    pub created_at: DateTime<Utc>,
    /// What its owner may do with it now.
    pub available_actions: Vec<String>,
}

impl From<authenticator::Model> for Authenticator {
    fn from(row: authenticator::Model) -> Self {
        let actions: &[&str] = if row.confirmed_at.is_some() { &["update", "delete"] } else { &["confirm", "update", "delete"] };
        Self {
            id: row.id(),
            kind: row.kind,
            name: row.name,
            host: row.rp_id,
            confirmed_at: row.confirmed_at,
            last_used_at: row.last_used_at,
            revision: row.revision,
            created_at: row.created_at,
            available_actions: actions.iter().map(ToString::to_string).collect(),
        }
    }
}

impl Resource for Authenticator {
    fn revision(&self) -> Option<i64> {
        Some(self.revision)
    }
}

/// An authenticator app to be added.
#[derive(Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "My phone"}))]
pub struct AuthenticatorTotpCreate {
    /// What to call it.
    #[validate(length(min = 1, max = 100), custom(function = not_blank))]
    #[schema(min_length = 1, max_length = 100, pattern = r"\S")]
    pub name: Option<String>,
}

/// An authenticator app that waits for its first code.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"authenticator": {"id": "atn_01jd3k7x2mfq8t9v5w6y0zabcd", "kind": "totp", "name": "My phone", "revision": 1,
    "created_at": "2026-11-20T12:00:00Z", "available_actions": ["confirm", "update", "delete"]}, "secret": "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
    "otpauth_uri": "otpauth://totp/Contoso:sam%40northwind.example?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Contoso"}))]
pub struct AuthenticatorTotpCreated {
    /// The authenticator.
    pub authenticator: Authenticator,
    /// The secret, in base32, for who types it. Shown this once.
    pub secret: String,
    /// The same as an address, for a QR code.
    pub otpauth_uri: String,
}

impl Resource for AuthenticatorTotpCreated {}

/// The first code of an authenticator app.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"code": "287082"}))]
pub struct AuthenticatorConfirm {
    /// The code that the app shows.
    #[validate(length(min = 1, max = 64))]
    #[schema(min_length = 1, max_length = 64)]
    pub code: String,
}

/// An authenticator that works.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"authenticator": {"id": "atn_01jd3k7x2mfq8t9v5w6y0zabcd", "kind": "totp", "name": "My phone",
    "confirmed_at": "2026-11-20T12:00:00Z", "revision": 2, "created_at": "2026-11-20T12:00:00Z", "available_actions": ["update", "delete"]},
    "recovery_codes": ["4f9k2m-x8q0wr-7tbn3c-d5hjz1"], "token": {"access_token": "eyJ0eXAiOiJhdCtqd3QifQ.eyJzdWIiOiJwZXJfMDEifQ.c2ln",
    "token_type": "Bearer", "expires_in": 900, "scope": "deals:read"}}))]
pub struct AuthenticatorAdded {
    /// The authenticator.
    pub authenticator: Authenticator,
    /// With the first one: ten codes, each of which stands in for it once. Shown this once.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub recovery_codes: Option<Vec<String>>,
    /// The session's next access token: it says `mfa`.
    pub token: Token,
}

impl Resource for AuthenticatorAdded {}

/// A passkey to be added.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"attempt": "prma_3f9ac2d07be84f5a9d1c6e2b7f80a4135c9e6d2f10b38a7451f2c9d03f9ac2d0", "name": "My laptop",
    "credential": {"id": "q83vEg", "rawId": "q83vEg", "type": "public-key", "response": {}}}))]
pub struct AuthenticatorPasskeyCreate {
    /// `attempt` of the options.
    #[validate(length(min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100)]
    pub attempt: String,
    /// What to call it.
    #[validate(length(min = 1, max = 100), custom(function = not_blank))]
    #[schema(min_length = 1, max_length = 100, pattern = r"\S")]
    pub name: Option<String>,
    /// The credential, as `PublicKeyCredential.toJSON()` writes it.
    #[schema(value_type = std::collections::HashMap<String, Value>)]
    pub credential: Map<String, Value>,
}

/// Where a passkey is to be added.
#[derive(Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"origin": "https://portal.contoso.example"}))]
pub struct AuthenticatorPasskeyAsk {
    /// The page's origin, if it is not that of the portal's first address: a passkey belongs to a host.
    #[validate(length(min = 1, max = 300))]
    #[schema(min_length = 1, max_length = 300)]
    pub origin: Option<String>,
}

/// What is to change of an authenticator (JSON merge patch).
#[derive(Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "My old phone"}))]
pub struct AuthenticatorPatch {
    /// What to call it.
    #[serde(default, deserialize_with = "not_null")]
    #[validate(length(min = 1, max = 100), custom(function = not_blank))]
    #[schema(min_length = 1, max_length = 100, pattern = r"\S", nullable = false)]
    pub name: Option<String>,
}

/// New recovery codes.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"recovery_codes": ["4f9k2m-x8q0wr-7tbn3c-d5hjz1"]}))]
pub struct RecoveryCodesCreated {
    /// Ten codes, each of which stands in for a second factor once. Shown this once.
    pub recovery_codes: Vec<String>,
}

impl Resource for RecoveryCodesCreated {}

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_authenticators))
        .routes(routes!(get_authenticator, update_authenticator, delete_authenticator))
        .routes(routes!(create_totp_authenticator))
        .routes(routes!(confirm_authenticator))
        .routes(routes!(ask_for_new_passkey))
        .routes(routes!(create_passkey_authenticator))
        .routes(routes!(replace_recovery_codes))
}

/// For what has an id: what is not one's own does not exist, and keys own nothing.
fn owner(who: &Actor) -> Result<Me, Problem> {
    Me::of(who).map_err(|_| Problem::not_found())
}

/// List one's own authenticators, newest first. Keys have none.
#[utoipa::path(get, path = "/me/authenticators", operation_id = "list_authenticators", tag = "sign-in", params(PageQuery),
    security(("bearer" = [])),
    responses((status = 200, description = "A page of authenticators.", body = Page<Authenticator>)))]
async fn list_authenticators(
    State(app): State<App>,
    Anyone(who): Anyone,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<Authenticator>>, Problem> {
    let person = Me::of(&who).map_or(kernel::id::PersonId(uuid::Uuid::nil()), |me| me.person);
    let rows = store::list(&app.db().read_of(who.scope.vendor()).await?, who.scope.vendor(), person, page).await?;
    Ok(Json(rows.map(Authenticator::from)))
}

/// Read one of one's own authenticators.
#[utoipa::path(get, path = "/me/authenticators/{id}", operation_id = "get_authenticator", tag = "sign-in",
    params(("id" = AuthenticatorId, Path, description = "The authenticator.")), security(("bearer" = [])),
    responses((status = 200, description = "The authenticator.", body = Authenticator)))]
async fn get_authenticator(State(app): State<App>, Anyone(who): Anyone, At(id): At<AuthenticatorId>) -> Result<Response, Problem> {
    let me = owner(&who)?;
    let row = store::find(&app.db().read_of(me.vendor).await?, me.vendor, me.person, id).await?.ok_or_else(Problem::not_found)?;
    Ok(Answer::of(StatusCode::OK, &Authenticator::from(row)).into_response(false))
}

/// Name one of one's own authenticators anew.
#[utoipa::path(patch, path = "/me/authenticators/{id}", operation_id = "update_authenticator", tag = "sign-in",
    params(("id" = AuthenticatorId, Path, description = "The authenticator.")), request_body = AuthenticatorPatch, security(("bearer" = [])),
    responses((status = 200, description = "The authenticator as it now is.", body = Authenticator)))]
async fn update_authenticator(
    State(app): State<App>,
    Anyone(who): Anyone,
    At(id): At<AuthenticatorId>,
    Valid(body): Valid<AuthenticatorPatch>,
) -> Result<Response, Problem> {
    let me = owner(&who)?;
    app.reply(&who, StatusCode::OK, async |tx| enrolment::rename(tx, me, id, body.name).await.map(Authenticator::from)).await
}

/// Remove one of one's own authenticators. Needs a proof not older than five minutes.
#[utoipa::path(delete, path = "/me/authenticators/{id}", operation_id = "delete_authenticator", tag = "sign-in",
    params(("id" = AuthenticatorId, Path, description = "The authenticator.")), security(("bearer" = [])),
    responses((status = 204, description = "It is gone.")))]
async fn delete_authenticator(State(app): State<App>, Anyone(who): Anyone, At(id): At<AuthenticatorId>) -> Result<Response, Problem> {
    let me = owner(&who)?;
    app.reply(&who, StatusCode::NO_CONTENT, async |tx| enrolment::remove(tx, me, id).await).await
}

/// Begin to add an authenticator app. It counts once its first code was sent to `confirm`. Needs a proof not older than five minutes.
#[utoipa::path(post, path = "/me/authenticators/totp", operation_id = "create_totp_authenticator", tag = "sign-in",
    request_body = Option<AuthenticatorTotpCreate>, security(("bearer" = [])),
    responses((status = 201, description = "The authenticator with its secret, which is shown this once.", body = AuthenticatorTotpCreated)))]
async fn create_totp_authenticator(
    State(app): State<App>,
    Anyone(who): Anyone,
    OptionalValid(body): OptionalValid<AuthenticatorTotpCreate>,
) -> Result<Response, Problem> {
    let me = Me::of(&who)?;
    app.reply(&who, StatusCode::CREATED, async |tx| {
        let (row, secret, otpauth_uri) = enrolment::begin_totp(tx, me, body.name).await?;
        Ok::<_, Problem>(AuthenticatorTotpCreated { authenticator: row.into(), secret, otpauth_uri })
    })
    .await
}

/// Confirm an authenticator app by its first code. The session counts as strong from then on.
#[utoipa::path(post, path = "/me/authenticators/{id}/confirm", operation_id = "confirm_authenticator", tag = "sign-in",
    params(("id" = AuthenticatorId, Path, description = "The authenticator.")), request_body = AuthenticatorConfirm, security(("bearer" = [])),
    responses((status = 200, description = "The authenticator; with the first one, recovery codes.", body = AuthenticatorAdded)))]
async fn confirm_authenticator(
    State(app): State<App>,
    Anyone(who): Anyone,
    At(id): At<AuthenticatorId>,
    Valid(body): Valid<AuthenticatorConfirm>,
) -> Result<Response, Problem> {
    let me = owner(&who)?;
    let raised = sessions::raise(&app, me.vendor, me.session, &["otp".to_owned(), policy::MFA.to_owned()]).await;
    app.reply(&who, StatusCode::OK, async |tx| {
        let (row, recovery_codes) = enrolment::confirm_totp(tx, me, id, &body.code).await?;
        Ok::<_, Problem>(AuthenticatorAdded { authenticator: row.into(), recovery_codes, token: raised?.store(tx).await? })
    })
    .await
}

/// Begin to add a passkey. Needs a proof not older than five minutes.
#[utoipa::path(post, path = "/me/authenticators/passkey-options", operation_id = "ask_for_new_passkey", tag = "sign-in",
    request_body = Option<AuthenticatorPasskeyAsk>, security(("bearer" = [])),
    responses((status = 200, description = "What the browser is to be asked with.", body = PasskeyOptions)))]
async fn ask_for_new_passkey(
    State(app): State<App>,
    Anyone(who): Anyone,
    OptionalValid(body): OptionalValid<AuthenticatorPasskeyAsk>,
) -> Result<Response, Problem> {
    let me = Me::of(&who)?;
    let portal = sessions::portal_of(&app, me.vendor, me.session).await?;
    app.reply(&who, StatusCode::OK, async |tx| {
        let known = enrolment::require_room(tx, me).await?;
        let portal = portal.ok_or_else(|| Problem::new(error::NO_SUCH_PORTAL).detail("This session did not come through a portal."))?;
        let place = Place::of(&portal, body.origin.as_deref())?;
        let person = people::find(tx, me.vendor, me.person).await?.ok_or_else(Problem::not_found)?;
        let (options, ceremony) = place.register(tx.app(), me.person, &person.email, &person.name, &known)?;
        let kept = Kept { person: Some(me.person), session: Some(me.session), ceremony: Some(ceremony), ..Kept::new(Kind::Enrolment) };
        let begun = attempts::store(tx, &kept).await?;
        Ok::<_, Problem>(PasskeyOptions { attempt: begun.secret, options, expires_at: begun.expires_at })
    })
    .await
}

/// Add a passkey. The session counts as strong from then on.
#[utoipa::path(post, path = "/me/authenticators/passkeys", operation_id = "create_passkey_authenticator", tag = "sign-in",
    request_body = AuthenticatorPasskeyCreate, security(("bearer" = [])),
    responses((status = 201, description = "The passkey; with the first authenticator, recovery codes.", body = AuthenticatorAdded)))]
async fn create_passkey_authenticator(
    State(app): State<App>,
    Anyone(who): Anyone,
    Valid(body): Valid<AuthenticatorPasskeyCreate>,
) -> Result<Response, Problem> {
    let me = Me::of(&who)?;
    let attempt = attempts::find(&app, Kind::Enrolment, &body.attempt).await?.filter(|attempt| attempt.state.session == Some(me.session));
    let raised = sessions::raise(&app, me.vendor, me.session, &["pop", "user", policy::MFA].map(str::to_owned)).await;
    app.reply(&who, StatusCode::CREATED, async |tx| {
        let attempt = attempt.ok_or_else(refused)?;
        let known = enrolment::require_room(tx, me).await?;
        let registered = passkeys::registered(attempt.state.ceremony.as_ref().ok_or_else(refused)?, body.credential)?;
        if !attempts::spend(tx, &attempt).await? {
            return Err(refused());
        }
        let row = service::add_passkey(tx, me.person, registered, body.name).await?;
        let recovery_codes = enrolment::first_codes(tx, me, known.is_empty()).await?;
        enrolment::tell(tx, me, "A passkey was added to your sign-in.").await?;
        Ok(AuthenticatorAdded { authenticator: row.into(), recovery_codes, token: raised?.store(tx).await? })
    })
    .await
}

/// Get new recovery codes; the old ones do not work any more. Needs a proof not older than five minutes.
#[utoipa::path(post, path = "/me/recovery-codes", operation_id = "replace_recovery_codes", tag = "sign-in", security(("bearer" = [])),
    responses((status = 201, description = "The codes, which are shown this once.", body = RecoveryCodesCreated)))]
async fn replace_recovery_codes(State(app): State<App>, Anyone(who): Anyone) -> Result<Response, Problem> {
    let me = Me::of(&who)?;
    app.reply(&who, StatusCode::CREATED, async |tx| {
        enrolment::require_recent(tx, me).await?;
        Ok::<_, Problem>(RecoveryCodesCreated { recovery_codes: enrolment::replace_codes(tx, me).await? })
    })
    .await
}
