//! `POST /v1/sign-in-options`: what a portal offers to whoever types an address.

use crate::portals;
use crate::sso::claims;
use crate::sso::providers::{self, IdentityProviderId};
use axum::Json;
use axum::extract::State;
use kernel::{App, Problem, Valid};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use validator::Validate;

/// Who wants to sign in, and where.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"client_id": "ptl_01jd3k7x2mfq8t9v5w6y0zabcd", "email": "jo@contoso.example"}))]
pub struct SignInOptionsRequest {
    /// The portal.
    #[validate(length(min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100)]
    pub client_id: String,
    /// The address that the person typed.
    #[validate(email, length(min = 3, max = 254))]
    #[schema(format = "email", min_length = 3, max_length = 254)]
    pub email: String,
}

/// How a person with this address signs in. It follows from the address's domain alone, and does not tell whether there is such a person.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"identity_providers": [{"id": "idp_01jd3k7x2mfq8t9v5w6y0zabcd", "name": "Contoso staff"}], "password": false}))]
pub struct SignInOptions {
    /// The identity providers to offer: name one as `idp` at `/v1/authorize`. At most one if its owner has claimed the domain.
    pub identity_providers: Vec<SignInProvider>,
    /// Whether to offer a password or passkey: not if an identity provider owns the domain.
    pub password: bool,
}

/// An identity provider to offer.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"id": "idp_01jd3k7x2mfq8t9v5w6y0zabcd", "name": "Contoso staff"}))]
pub struct SignInProvider {
    /// Its id.
    pub id: IdentityProviderId,
    /// What people know it as.
    pub name: String,
}

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(find_sign_in_options))
}

/// Find out how to sign in whoever has this address.
#[utoipa::path(post, path = "/sign-in-options", operation_id = "find_sign_in_options", tag = "access", request_body = SignInOptionsRequest, security(()),
    responses((status = 200, description = "What to offer.", body = SignInOptions)))]
async fn find_sign_in_options(State(app): State<App>, Valid(body): Valid<SignInOptionsRequest>) -> Result<Json<SignInOptions>, Problem> {
    let portal = portals::find(&app, &body.client_id).await?;
    let domain = claims::domain_of(&body.email);
    let (owned, rows) = providers::offered(&app.db().read_of(portal.vendor()).await?, portal.vendor(), domain.as_deref()).await?;
    let password = !owned || rows.is_empty();
    let identity_providers = rows.into_iter().map(|row| SignInProvider { id: row.id(), name: row.name }).collect();
    Ok(Json(SignInOptions { identity_providers, password }))
}
