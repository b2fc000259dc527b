//! The operations on identity providers, and a provider on the wire.

use super::check::{IdentityProviderCheck, check};
use super::store::{self, identity_provider};
use super::{IdentityProviderId, service};
use crate::RoleName;
use crate::sso::claims::RoleMapping;
use crate::{Can, may};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Utc};
use kernel::app::Resource;
use kernel::body::{not_null, present};
use kernel::id::PartnerId;
use kernel::idempotency::Answer;
use kernel::text::not_blank;
use kernel::{App, At, Page, PageQuery, Params, Problem, Valid};
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use validator::Validate;

/// Whom a provider lets in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Provisioning {
    /// Also people who are not known yet: they are added at their first sign-in, if their address is verified and of one of its domains.
    JustInTime,
    /// Only people who are there already.
    #[default]
    KnownOnly,
}

/// Whether an identity provider or trusted issuer is in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema, EnumIter, DeriveActiveEnum)]
#[serde(rename_all = "snake_case")]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum SsoStatus {
    /// Is in use.
    Active,
    /// Lets nobody in.
    Disabled,
}

/// An identity provider to be added.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Contoso staff", "issuer": "https://login.contoso.example", "client_id": "prm",
    "client_secret": "a-secret-of-the-provider", "email_domains": ["contoso.example"], "provisioning": "just_in_time", "role_claim": "groups",
    "role_mappings": [{"value": "prm-channel", "role": "channel_manager"}], "default_role": "marketing", "mfa_methods": ["mfa"]}))]
pub struct IdentityProviderCreate {
    /// What people know it as.
    #[validate(length(min = 1, max = 200), custom(function = not_blank))]
    #[schema(min_length = 1, max_length = 200, pattern = r"\S")]
    pub name: String,
    /// The partner whose people it lets in; absent for the vendor's own provider.
    pub partner_id: Option<PartnerId>,
    /// Its issuer, as its discovery document writes it: an https URL. It does not change.
    #[validate(length(min = 1, max = 500))]
    #[schema(min_length = 1, max_length = 500)]
    pub issuer: String,
    /// The client as which we are registered there.
    #[validate(length(min = 1, max = 300))]
    #[schema(min_length = 1, max_length = 300)]
    pub client_id: String,
    /// The client's secret there; absent for a public client. Kept encrypted, never shown.
    #[validate(length(min = 1, max = 500))]
    #[schema(min_length = 1, max_length = 500)]
    pub client_secret: Option<String>,
    /// E-mail domains that it owns here: whose addresses are sent to it and taken from it. A domain has one provider, and one where anybody
    /// gets an address has none.
    #[serde(default)]
    #[validate(length(max = 50))]
    #[schema(max_items = 50)]
    pub email_domains: Vec<String>,
    /// What is asked of it beside `openid`; `email` and `profile` if absent.
    #[validate(length(max = 20), custom(function = service::scopes))]
    #[schema(max_items = 20)]
    pub scopes: Option<Vec<String>>,
    /// Whom it lets in; `known_only` if absent.
    #[serde(default)]
    pub provisioning: Provisioning,
    /// The claim from which a new person's role follows: a name, or names joined by dots.
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    pub role_claim: Option<String>,
    /// Which value leads to which role; the first that fits decides.
    #[serde(default)]
    #[validate(nested, length(max = 50))]
    #[schema(max_items = 50)]
    pub role_mappings: Vec<RoleMapping>,
    /// The role of a new person whom no mapping fits; absent: such a person is refused.
    pub default_role: Option<RoleName>,
    /// Whether, where there is a `role_claim`, the role follows the claims at every sign-in; true if absent. False: a person gets it once, and
    /// it is changed here.
    #[serde(default = "yes")]
    pub sync_role: bool,
    /// The claim that says that the address is verified; `email_verified` if absent. Entra ID says it in `xms_edov`.
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    pub email_verified_claim: Option<String>,
    /// Values of its `amr` that count as more than one factor.
    #[serde(default)]
    #[validate(length(max = 20), custom(function = service::words))]
    #[schema(max_items = 20)]
    pub mfa_methods: Vec<String>,
    /// Values of its `acr` that count as more than one factor.
    #[serde(default)]
    #[validate(length(max = 20), custom(function = service::words))]
    #[schema(max_items = 20)]
    pub mfa_contexts: Vec<String>,
}

fn yes() -> bool {
    true
}

/// What is to change of an identity provider (JSON merge patch): what is absent stays.
#[derive(Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"client_secret": "the-next-secret", "status": "active", "name": "Contoso staff (new)"}))]
pub struct IdentityProviderPatch {
    /// What people know it as.
    #[serde(default, deserialize_with = "not_null")]
    #[validate(length(min = 1, max = 200), custom(function = not_blank))]
    #[schema(min_length = 1, max_length = 200, pattern = r"\S", nullable = false)]
    pub name: Option<String>,
    /// The client as which we are registered there.
    #[serde(default, deserialize_with = "not_null")]
    #[validate(length(min = 1, max = 300))]
    #[schema(min_length = 1, max_length = 300, nullable = false)]
    pub client_id: Option<String>,
    /// The client's secret there; null for a public client.
    #[serde(default, deserialize_with = "present")]
    #[validate(length(min = 1, max = 500))]
    #[schema(min_length = 1, max_length = 500)]
    pub client_secret: Option<Option<String>>,
    /// E-mail domains that it owns here.
    #[serde(default, deserialize_with = "not_null")]
    #[validate(length(max = 50))]
    #[schema(max_items = 50, nullable = false)]
    pub email_domains: Option<Vec<String>>,
    /// What is asked of it beside `openid`.
    #[serde(default, deserialize_with = "not_null")]
    #[validate(length(max = 20), custom(function = service::scopes))]
    #[schema(max_items = 20, nullable = false)]
    pub scopes: Option<Vec<String>>,
    /// Whom it lets in.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(nullable = false)]
    pub provisioning: Option<Provisioning>,
    /// The claim from which a new person's role follows.
    #[serde(default, deserialize_with = "present")]
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    pub role_claim: Option<Option<String>>,
    /// Which value leads to which role.
    #[serde(default, deserialize_with = "not_null")]
    #[validate(nested, length(max = 50))]
    #[schema(max_items = 50, nullable = false)]
    pub role_mappings: Option<Vec<RoleMapping>>,
    /// The role of a new person whom no mapping fits.
    #[serde(default, deserialize_with = "present")]
    pub default_role: Option<Option<RoleName>>,
    /// Whether the role follows the claims at every sign-in.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(nullable = false)]
    pub sync_role: Option<bool>,
    /// The claim that says that the address is verified.
    #[serde(default, deserialize_with = "not_null")]
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200, nullable = false)]
    pub email_verified_claim: Option<String>,
    /// Values of its `amr` that count as more than one factor.
    #[serde(default, deserialize_with = "not_null")]
    #[validate(length(max = 20), custom(function = service::words))]
    #[schema(max_items = 20, nullable = false)]
    pub mfa_methods: Option<Vec<String>>,
    /// Values of its `acr` that count as more than one factor.
    #[serde(default, deserialize_with = "not_null")]
    #[validate(length(max = 20), custom(function = service::words))]
    #[schema(max_items = 20, nullable = false)]
    pub mfa_contexts: Option<Vec<String>>,
    /// `disabled` lets nobody in any more and ends every session that began through it.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(nullable = false)]
    pub status: Option<SsoStatus>,
}

/// Who vouches for people (OpenID Connect).
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"id": "idp_01jd3k7x2mfq8t9v5w6y0zabcd", "name": "Contoso staff", "issuer": "https://login.contoso.example",
    "client_id": "prm", "has_client_secret": true, "email_domains": ["contoso.example"], "scopes": ["email", "profile"],
    "provisioning": "just_in_time", "role_claim": "groups", "role_mappings": [{"value": "prm-channel", "role": "channel_manager"}],
    "default_role": "marketing", "sync_role": true, "email_verified_claim": "email_verified", "mfa_methods": ["mfa"], "mfa_contexts": [], "status": "active",
    "revision": 1, "created_at": "2026-11-20T12:00:00Z", "updated_at": "2026-11-20T12:00:00Z", "available_actions": ["check"]}))]
pub struct IdentityProvider {
    /// Its id.
    pub id: IdentityProviderId,
    /// What people know it as.
    pub name: String,
    /// The partner whose people it lets in; absent for the vendor's own provider.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub partner_id: Option<PartnerId>,
    /// Its issuer.
    pub issuer: String,
    /// The client as which we are registered there.
    pub client_id: String,
    /// Whether there is a secret of the client.
    pub has_client_secret: bool,
    /// E-mail domains that it owns here.
    pub email_domains: Vec<String>,
    /// What is asked of it beside `openid`.
    pub scopes: Vec<String>,
    /// Whom it lets in. More ways may come.
    pub provisioning: Provisioning,
    /// The claim from which a new person's role follows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role_claim: Option<String>,
    /// Which value leads to which role.
    pub role_mappings: Vec<RoleMapping>,
    /// The role of a new person whom no mapping fits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_role: Option<RoleName>,
    /// Whether the role follows the claims at every sign-in.
    pub sync_role: bool,
    /// The claim that says that the address is verified.
    pub email_verified_claim: String,
    /// Values of its `amr` that count as more than one factor.
    pub mfa_methods: Vec<String>,
    /// Values of its `acr` that count as more than one factor.
    pub mfa_contexts: Vec<String>,
    /// Whether it is in use. More statuses may come.
    pub status: SsoStatus,
    /// Raised with every change.
    pub revision: i64,
    /// When it was added.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
    /// What the caller may do with it now.
    pub available_actions: Vec<String>,
}

impl TryFrom<identity_provider::Model> for IdentityProvider {
    type Error = Problem;
    fn try_from(row: identity_provider::Model) -> Result<Self, Problem> {
        let settings = row.settings()?;
        Ok(Self {
            id: row.id(),
            partner_id: row.partner(),
            name: row.name,
            issuer: row.issuer,
            client_id: row.client_id,
            has_client_secret: row.client_secret.is_some(),
            email_domains: settings.email_domains,
            scopes: settings.scopes,
            provisioning: settings.provisioning,
            role_claim: settings.role_claim,
            role_mappings: settings.role_mappings,
            default_role: settings.default_role,
            sync_role: settings.sync_role,
            email_verified_claim: settings.email_verified_claim,
            mfa_methods: settings.mfa_methods,
            mfa_contexts: settings.mfa_contexts,
            status: row.status,
            revision: row.revision,
            created_at: row.created_at,
            updated_at: row.updated_at,
            available_actions: vec!["check".to_owned()],
        })
    }
}

impl Resource for IdentityProvider {
    fn revision(&self) -> Option<i64> {
        Some(self.revision)
    }
    fn location(&self) -> Option<String> {
        Some(format!("/v1/identity-providers/{}", self.id))
    }
}

pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(create_identity_provider, list_identity_providers))
        .routes(routes!(get_identity_provider, update_identity_provider, delete_identity_provider))
        .routes(routes!(check_identity_provider))
}

/// Add an identity provider.
///
/// Register `…/v1/sso/callback` of this service there as the address to come back to. Nobody maps claims to a role that may do more than
/// they may themselves. E-mail domains are handed out by the vendor, not by a partner's people.
#[utoipa::path(post, path = "/identity-providers", operation_id = "create_identity_provider", tag = "access", request_body = IdentityProviderCreate,
    security(("bearer" = ["access:manage"])),
    responses((status = 201, description = "The new identity provider.", body = IdentityProvider)))]
async fn create_identity_provider(
    State(app): State<App>,
    who: Can<may::ManageAccess>,
    Valid(body): Valid<IdentityProviderCreate>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::CREATED, async |tx| service::create(tx, body).await).await
}

/// Filters of the list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct IdentityProviderQuery {
    /// Only this partner's.
    pub partner_id: Option<PartnerId>,
    /// Rows on the page, 1 to 200; 25 if absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// List identity providers, newest first.
#[utoipa::path(get, path = "/identity-providers", operation_id = "list_identity_providers", tag = "access", params(IdentityProviderQuery),
    security(("bearer" = ["access:manage"])),
    responses((status = 200, description = "A page of identity providers.", body = Page<IdentityProvider>)))]
async fn list_identity_providers(
    State(app): State<App>,
    who: Can<may::ManageAccess>,
    Params(query): Params<IdentityProviderQuery>,
) -> Result<Json<Page<IdentityProvider>>, Problem> {
    let page = PageQuery { limit: query.limit, cursor: query.cursor };
    let rows = store::list(&app.db().read_of(who.scope.vendor()).await?, who.scope, query.partner_id, page).await?;
    let data = rows.data.into_iter().map(IdentityProvider::try_from).collect::<Result<_, _>>()?;
    Ok(Json(Page { data, next_cursor: rows.next_cursor }))
}

/// Read an identity provider, without its secret.
#[utoipa::path(get, path = "/identity-providers/{id}", operation_id = "get_identity_provider", tag = "access",
    params(("id" = IdentityProviderId, Path, description = "The identity provider.")), security(("bearer" = ["access:manage"])),
    responses((status = 200, description = "The identity provider.", body = IdentityProvider)))]
async fn get_identity_provider(State(app): State<App>, who: Can<may::ManageAccess>, At(id): At<IdentityProviderId>) -> Result<Response, Problem> {
    let row = store::find_visible(&app.db().read_of(who.scope.vendor()).await?, who.scope, id).await?.ok_or_else(Problem::not_found)?;
    Ok(Answer::of(StatusCode::OK, &IdentityProvider::try_from(row)?).into_response(false))
}

/// Change an identity provider.
#[utoipa::path(patch, path = "/identity-providers/{id}", operation_id = "update_identity_provider", tag = "access",
    params(("id" = IdentityProviderId, Path, description = "The identity provider.")), request_body = IdentityProviderPatch,
    security(("bearer" = ["access:manage"])),
    responses((status = 200, description = "The identity provider as it now is.", body = IdentityProvider)))]
async fn update_identity_provider(
    State(app): State<App>,
    who: Can<may::ManageAccess>,
    At(id): At<IdentityProviderId>,
    Valid(body): Valid<IdentityProviderPatch>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| service::update(tx, id, body).await).await
}

/// Delete an identity provider. Every session that began through it ends; the people and their identities stay.
#[utoipa::path(delete, path = "/identity-providers/{id}", operation_id = "delete_identity_provider", tag = "access",
    params(("id" = IdentityProviderId, Path, description = "The identity provider.")), security(("bearer" = ["access:manage"])),
    responses((status = 204, description = "It is gone.")))]
async fn delete_identity_provider(State(app): State<App>, who: Can<may::ManageAccess>, At(id): At<IdentityProviderId>) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::NO_CONTENT, async |tx| service::delete(tx, id).await).await
}

/// Ask an identity provider, now, whether it would work: discovery, keys, algorithms, and what is missing in its settings here.
#[utoipa::path(post, path = "/identity-providers/{id}/check", operation_id = "check_identity_provider", tag = "access",
    params(("id" = IdentityProviderId, Path, description = "The identity provider.")), security(("bearer" = ["access:manage"])),
    responses((status = 200, description = "What was found.", body = IdentityProviderCheck)))]
async fn check_identity_provider(State(app): State<App>, who: Can<may::ManageAccess>, At(id): At<IdentityProviderId>) -> Result<Response, Problem> {
    let row = store::find_visible(&app.db().read_of(who.scope.vendor()).await?, who.scope, id).await?.ok_or_else(Problem::not_found)?;
    let found = check(&app, &row).await;
    app.reply(&who, StatusCode::OK, async |_| Ok::<_, Problem>(found)).await
}
