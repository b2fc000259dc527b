//! What an OAuth library needs to know of this service (RFC 8414).

use super::grants::Grants;
use crate::Permission;
use axum::Json;
use axum::extract::State;
use kernel::App;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The authorisation server's metadata (RFC 8414).
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"issuer": "https://prm.example.com", "authorization_endpoint": "https://prm.example.com/v1/authorize",
    "authorization_response_iss_parameter_supported": true, "token_endpoint": "https://prm.example.com/v1/tokens",
    "revocation_endpoint": "https://prm.example.com/v1/tokens/revoke", "jwks_uri": "https://prm.example.com/.well-known/jwks.json",
    "grant_types_supported": ["client_credentials"], "response_types_supported": ["code"], "scopes_supported": ["deals:read"],
    "token_endpoint_auth_methods_supported": ["client_secret_basic"], "revocation_endpoint_auth_methods_supported": ["none"],
    "code_challenge_methods_supported": ["S256"], "service_documentation": "https://prm.example.com/docs"}))]
pub struct AuthorizationServerMetadata {
    /// Who signs tokens: `iss`.
    issuer: String,
    /// Where a portal sends a browser to sign in.
    authorization_endpoint: String,
    /// Whether what comes back names `issuer` (RFC 9207).
    authorization_response_iss_parameter_supported: bool,
    /// Where tokens are got.
    token_endpoint: String,
    /// Where tokens are taken back (RFC 7009).
    revocation_endpoint: String,
    /// The keys that verify tokens.
    jwks_uri: String,
    /// What `grant_type` may be.
    grant_types_supported: Vec<&'static str>,
    /// What `response_type` may be.
    response_types_supported: Vec<&'static str>,
    /// Every permission.
    scopes_supported: Vec<&'static str>,
    /// How a client says who it is.
    token_endpoint_auth_methods_supported: Vec<&'static str>,
    /// How a client says who it is when it takes a token back: the token is proof enough.
    revocation_endpoint_auth_methods_supported: Vec<&'static str>,
    /// How a `code_challenge` is made (RFC 7636).
    code_challenge_methods_supported: Vec<&'static str>,
    /// Where to read on.
    service_documentation: String,
}

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get_authorization_server_metadata))
}

/// The OAuth metadata of this service (RFC 8414).
#[utoipa::path(get, path = "/.well-known/oauth-authorization-server", operation_id = "get_authorization_server_metadata", tag = "access", security(()),
    responses((status = 200, description = "The metadata.", body = AuthorizationServerMetadata)))]
async fn get_authorization_server_metadata(State(app): State<App>) -> Json<AuthorizationServerMetadata> {
    let at = |path: &str| format!("{}{path}", app.public_url());
    Json(AuthorizationServerMetadata {
        issuer: app.public_url().to_owned(),
        authorization_endpoint: at("/v1/authorize"),
        authorization_response_iss_parameter_supported: true,
        token_endpoint: at("/v1/tokens"),
        revocation_endpoint: at("/v1/tokens/revoke"),
        jwks_uri: at("/.well-known/jwks.json"),
        grant_types_supported: app.service::<Grants>().names(),
        response_types_supported: vec!["code"],
        scopes_supported: Permission::ALL.iter().map(|permission| permission.wire()).collect(),
        token_endpoint_auth_methods_supported: vec!["client_secret_basic", "client_secret_post", "none"],
        revocation_endpoint_auth_methods_supported: vec!["none"],
        code_challenge_methods_supported: vec!["S256"],
        service_documentation: at("/docs"),
    })
}
