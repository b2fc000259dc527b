//! Taking a token back (RFC 7009): who holds it may end it.

use super::Claims;
use crate::{authenticate, sessions, signing};
use axum::extract::{FromRequest, Request, State};
use axum::http::{StatusCode, header};
use kernel::id::VendorId;
use kernel::log::EventKind;
use kernel::{Actor, App, Event, Problem, Subject, Valid};
use sea_orm::{ConnectionTrait, DbErr, Statement};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use validator::Validate;

/// A token to be taken back.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[schema(example = json!({"token": "eyJ0eXAiOiJhdCtqd3QiLCJhbGciOiJFZERTQSJ9.eyJzdWIiOiJwZXJfMDEifQ.c2ln"}))]
#[serde(deny_unknown_fields)]
pub struct TokenRevoke {
    /// An access token, or a session's refresh token.
    #[validate(length(min = 1, max = 8192))]
    #[schema(min_length = 1, max_length = 8192)]
    pub token: String,
    /// `access_token` or `refresh_token`; not needed, since the two look different.
    #[validate(length(max = 100))]
    #[schema(max_length = 100)]
    pub token_type_hint: Option<String>,
    /// The client, as OAuth libraries send it; not needed, since the token is proof enough.
    #[validate(length(max = 100))]
    #[schema(max_length = 100)]
    pub client_id: Option<String>,
    /// The client's secret, as OAuth libraries send it; not needed.
    #[validate(length(max = 200))]
    #[schema(max_length = 200)]
    pub client_secret: Option<String>,
}

/// An access token was taken back.
#[derive(Serialize, ToSchema)]
pub struct TokenRevokedEvent {
    /// The token's `jti`.
    pub token_id: String,
    /// Whom it stood for: a key's or a person's id.
    pub holder: String,
}

impl Event for TokenRevokedEvent {
    const TYPE: &'static str = "token.revoked";
    fn subject(&self) -> Subject {
        Subject::new("token", &self.token_id, 1)
    }
}

pub(super) fn event_kinds() -> Vec<EventKind> {
    vec![EventKind::of::<TokenRevokedEvent>("An access token was taken back before its end.")]
}

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(revoke_token))
}

struct Wanted(TokenRevoke);

impl FromRequest<App> for Wanted {
    type Rejection = Problem;
    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if !kind.to_ascii_lowercase().starts_with("application/x-www-form-urlencoded") {
            return Valid::from_request(request, app).await.map(|Valid(body)| Self(body));
        }
        let bytes = kernel::body::body_bytes(request, app).await?;
        let members = url::form_urlencoded::parse(&bytes).map(|(name, value)| (name.into_owned(), value.into_owned().into()));
        kernel::body::from_value(serde_json::Value::Object(members.collect())).map(Self)
    }
}

/// Take a token back, at once and on every instance.
///
/// RFC 7009, as JSON or as a form. A refresh token ends its session with every token of it. A token that does not work is
/// answered alike: there is nothing left to do.
#[utoipa::path(post, path = "/tokens/revoke", operation_id = "revoke_token", tag = "access", security(()),
    request_body(content = TokenRevoke, description = "The token; OAuth libraries send the same as a form."),
    responses((status = 204, description = "The token does not work any more.")))]
async fn revoke_token(State(app): State<App>, Wanted(body): Wanted) -> Result<StatusCode, Problem> {
    if body.token.starts_with(sessions::PREFIX) {
        sessions::end_by_secret(&app, &body.token).await?;
    } else if let Ok(actor) = authenticate::caller(&app, &body.token).await
        && let Ok(claims) = signing::verify::<Claims>(&app, &body.token).await
    {
        revoke(&app, &actor, claims).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}

async fn revoke(app: &App, actor: &Actor, claims: Claims) -> Result<(), Problem> {
    app.write(actor, async |tx| {
        let backend = tx.get_database_backend();
        let sql = "INSERT INTO revoked_tokens (vendor_id, id, expires_at) VALUES ($1, $2, $3) ON CONFLICT (vendor_id, id) DO NOTHING";
        let values = [tx.vendor().0.into(), claims.jti.into(), claims.expires().into()];
        if tx.execute_raw(Statement::from_sql_and_values(backend, sql, values)).await?.rows_affected() == 1 {
            tx.emit(TokenRevokedEvent { token_id: claims.jti.to_string(), holder: claims.sub.clone() });
        }
        let sql = "DELETE FROM revoked_tokens WHERE vendor_id = $1 AND expires_at < $2";
        let values = [tx.vendor().0.into(), (tx.now() - chrono::Duration::days(1)).into()];
        tx.execute_raw(Statement::from_sql_and_values(backend, sql, values)).await.map(|_| ())
    })
    .await
}

/// Whether the token of these claims was taken back.
pub(crate) async fn is_revoked(db: &impl ConnectionTrait, vendor: VendorId, claims: &Claims) -> Result<bool, DbErr> {
    find(db, vendor, claims.jti).await
}

async fn find(db: &impl ConnectionTrait, vendor: VendorId, id: Uuid) -> Result<bool, DbErr> {
    let sql = "SELECT 1 AS one FROM revoked_tokens WHERE vendor_id = $1 AND id = $2";
    let row = db.query_one_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, [vendor.0.into(), id.into()])).await?;
    Ok(row.is_some())
}
