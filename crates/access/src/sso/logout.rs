//! Back-channel logout (OpenID Connect Back-Channel Logout 1.0): a provider tells us that somebody signed out there.

use super::issuers::{algorithm, signed_by};
use super::outbound::Trouble;
use super::providers::{self, SsoStatus, identity_provider};
use super::{claims, documents, oidc};
use crate::tokens::oauth_refusal;
use crate::{error, sessions};
use axum::extract::{FromRequest, Request, State};
use axum::http::StatusCode;
use chrono::{DateTime, Duration, Utc};
use kernel::id::SessionId;
use kernel::{Actor, App, Problem, Tx};
use sea_orm::{ConnectionTrait, Statement};
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

/// A logout token is taken for so long after its issue.
const LASTS: Duration = Duration::minutes(10);
/// What a logout token says that it is (§2.4).
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// What a provider sends; other parameters are ignored.
#[derive(Debug, ToSchema)]
#[schema(example = json!({"logout_token": "eyJ0eXAiOiJsb2dvdXQrand0IiwiYWxnIjoiUlMyNTYifQ.eyJpc3MiOiJodHRwczovL2xvZ2luLmNvbnRvc28uZXhhbXBsZSJ9.c2ln"}))]
pub struct BackchannelLogout {
    /// The logout token: a JWT that the provider signed.
    #[schema(max_length = 16384)]
    pub logout_token: String,
}

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(backchannel_logout))
}

struct Sent(BackchannelLogout);

impl FromRequest<App> for Sent {
    type Rejection = Problem;
    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let bytes = kernel::body::body_bytes(request, app).await?;
        let token = url::form_urlencoded::parse(&bytes).find(|(name, _)| name == "logout_token").map(|(_, token)| token.into_owned());
        token.filter(|token| token.len() <= 16_384).map(|logout_token| Self(BackchannelLogout { logout_token })).ok_or_else(refused)
    }
}

fn refused() -> Problem {
    oauth_refusal(error::INVALID_REQUEST, "This is not a logout token of an identity provider that is known here.")
}

/// Where identity providers say that somebody signed out there: the sessions that followed from it end. Portals do not call it.
#[utoipa::path(post, path = "/sso/backchannel-logout", operation_id = "backchannel_logout", tag = "access", security(()),
    request_body(content = BackchannelLogout, content_type = "application/x-www-form-urlencoded", description = "The logout token."),
    responses((status = 204, description = "The sessions have ended.")))]
async fn backchannel_logout(State(app): State<App>, Sent(body): Sent) -> Result<StatusCode, Problem> {
    let token = body.logout_token;
    let unproven = oidc::payload(&token).ok_or_else(refused)?;
    let issuer = unproven["iss"].as_str().ok_or_else(refused)?;
    let client = match &unproven["aud"] {
        Value::String(one) => one.as_str(),
        Value::Array(many) if many.len() == 1 => many[0].as_str().unwrap_or_default(),
        _ => return Err(refused()),
    };
    let rows = providers::find_by_issuer(&app.db().read_across_vendors().await?, issuer, client).await?;
    let rows: Vec<_> = rows.into_iter().filter(|row| row.status == SsoStatus::Active).collect();
    if rows.is_empty() {
        return Err(refused());
    }
    // The same client of the same issuer has the same keys, whichever vendors it serves.
    let claims = proven(&app, &token, issuer, client).await.map_err(|Trouble(why)| {
        tracing::info!(why, "a logout token was refused");
        refused()
    })?;
    let logout = Logout::read(&claims, app.clock().now()).ok_or_else(refused)?;
    for row in rows {
        let actor = Actor::system("backchannel_logout", row.vendor());
        app.write(&actor, async |tx| logout.carry_out(tx, &row).await).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}

async fn proven(app: &App, token: &str, issuer: &str, client: &str) -> Result<Value, Trouble> {
    // §2.4 recommends `logout+jwt`; older providers say `JWT` or nothing.
    let (header, algorithm) = algorithm(token, &["logout+jwt", "jwt"])?;
    let (url, kid) = (oidc::discover_keys(app, issuer).await?, header.kid.as_deref());
    if let Some(claims) = signed_by(&*documents::get(app, &url).await?, token, kid, algorithm, issuer, client)? {
        return Ok(claims);
    }
    signed_by(&*documents::again(app, &url).await?, token, kid, algorithm, issuer, client)?.ok_or_else(|| Trouble::new("No such key."))
}

/// Who signed out, or which session at the provider ended.
struct Logout {
    token: String,
    subject: Option<String>,
    session: Option<String>,
}

impl Logout {
    /// §2.6: verified claims are those of a logout token, and of a fresh one.
    fn read(claims: &Value, now: DateTime<Utc>) -> Option<Self> {
        let at = |name: &str| claims[name].as_i64().and_then(|seconds| DateTime::from_timestamp(seconds, 0));
        let issued = at("iat").filter(|at| *at <= now + oidc::AHEAD && now - *at <= LASTS);
        let ended = !claims["exp"].is_null() && at("exp").is_none_or(|at| at <= now);
        let is_logout = claims["events"].get(EVENT).is_some_and(Value::is_object) && claims["nonce"].is_null();
        let short = |name: &str| claims::text(claims, name).filter(|text| (1..=255).contains(&text.len())).map(str::to_owned);
        let this = Self { token: short("jti")?, subject: short("sub"), session: short("sid") };
        (issued.is_some() && !ended && is_logout && (this.subject.is_some() || this.session.is_some())).then_some(this)
    }

    async fn carry_out(&self, tx: &mut Tx, row: &identity_provider::Model) -> Result<(), Problem> {
        let backend = tx.get_database_backend();
        let sql = "DELETE FROM logout_tokens WHERE vendor_id = $1 AND expires_at < $2";
        tx.execute_raw(Statement::from_sql_and_values(backend, sql, [row.vendor_id.into(), tx.now().into()])).await?;
        let sql = "INSERT INTO logout_tokens (vendor_id, provider_id, token_id, expires_at) VALUES ($1, $2, $3, $4) \
            ON CONFLICT (vendor_id, provider_id, token_id) DO NOTHING";
        let values = [row.vendor_id.into(), row.id.into(), self.token.clone().into(), (tx.now() + LASTS + LASTS).into()];
        if tx.execute_raw(Statement::from_sql_and_values(backend, sql, values)).await?.rows_affected() != 1 {
            // A repeated token ends nothing that began after it (§2.6, step 8).
            return Ok(());
        }
        for session in self.sessions(tx, row).await? {
            sessions::end_by_id(tx, SessionId(session), "signed_out_at_provider").await?;
        }
        Ok(())
    }

    /// The sessions that it ends: of the provider's session if it names one, else all of the subject.
    async fn sessions(&self, tx: &Tx, row: &identity_provider::Model) -> Result<Vec<Uuid>, Problem> {
        let (column, value) = match (&self.session, &self.subject) {
            (Some(session), _) => ("provider_session", session),
            (None, Some(subject)) => ("subject", subject),
            (None, None) => return Ok(Vec::new()),
        };
        let sql = format!("SELECT session_id FROM federated_sessions WHERE vendor_id = $1 AND provider_id = $2 AND {column} = $3");
        let values = [row.vendor_id.into(), row.id.into(), value.as_str().into()];
        let found = tx.query_all_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await?;
        found.iter().map(|row| row.try_get("", "session_id").map_err(Problem::from)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_a_fresh_logout_token_logs_anybody_out() {
        let now = DateTime::from_timestamp(1_000_000, 0).unwrap();
        let good = json!({"jti": "a", "iat": 999_990, "exp": 1_000_100, "sub": "jo", "sid": "s", "events": {EVENT: {}}});
        let reads = |claims: &Value| Logout::read(claims, now).is_some();
        assert!(reads(&good));
        for (member, value) in [
            ("jti", json!(null)),
            ("iat", json!(999_000)),
            ("iat", json!(1_000_100)),
            ("exp", json!(1_000_000)),
            ("events", json!({})),
            ("events", json!([EVENT])),
            ("nonce", json!("n")),
        ] {
            let mut odd = good.clone();
            odd[member] = value;
            assert!(!reads(&odd), "{odd}");
        }
        let mut nobody = good;
        (nobody["sub"], nobody["sid"]) = (json!(null), json!(null));
        assert!(!reads(&nobody));
    }
}
