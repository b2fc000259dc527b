//! Does a provider work? What is wrong with it, in sentences, before anybody tries to sign in.

use super::store::identity_provider;
use crate::sso::{documents, oidc};
use kernel::App;
use kernel::app::Resource;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// What was found when the provider was asked.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"works": false, "redirect_uri": "https://prm.example.com/v1/sso/callback",
    "faults": [{"code": "discovery", "detail": "It answered with status 404."}], "warnings": []}))]
pub struct IdentityProviderCheck {
    /// Whether people can sign in, as far as can be told without one.
    pub works: bool,
    /// What must be registered at the provider as the address to come back to.
    pub redirect_uri: String,
    /// Where people are sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorization_endpoint: Option<String>,
    /// The ids of the keys that it signs with now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_ids: Option<Vec<String>>,
    /// What keeps people out.
    pub faults: Vec<IdentityProviderFinding>,
    /// What is worth a look.
    pub warnings: Vec<IdentityProviderFinding>,
}

/// Something that was found.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"code": "discovery", "detail": "It answered with status 404."}))]
pub struct IdentityProviderFinding {
    /// `discovery`, `keys`, `algorithms`, `flow`, `pkce`, `domains` or `roles`. More may come.
    pub code: String,
    /// What is wrong, in a sentence.
    pub detail: String,
}

impl Resource for IdentityProviderCheck {}

fn finding(code: &str, detail: impl Into<String>) -> IdentityProviderFinding {
    IdentityProviderFinding { code: code.to_owned(), detail: detail.into() }
}

/// Ask the provider, now.
pub(super) async fn check(app: &App, row: &identity_provider::Model) -> IdentityProviderCheck {
    let (mut faults, mut warnings) = (Vec::new(), Vec::new());
    let (mut authorization_endpoint, mut key_ids) = (None, None);
    match oidc::discover(app, &row.issuer, true).await {
        Err(trouble) => faults.push(finding("discovery", trouble.0)),
        Ok(document) => {
            authorization_endpoint = document["authorization_endpoint"].as_str().map(str::to_owned);
            look_at(&document, &mut faults, &mut warnings);
            match documents::again(app, document["jwks_uri"].as_str().unwrap_or_default()).await {
                Err(trouble) => faults.push(finding("keys", trouble.0)),
                Ok(keys) => key_ids = Some(ids(&keys, &mut faults)),
            }
        }
    }
    if let Ok(settings) = row.settings() {
        if settings.email_domains.is_empty() {
            warnings.push(finding("domains", "It owns no e-mail domain: it signs in only people who are linked to it already."));
        }
        if settings.provisioning == super::Provisioning::JustInTime && settings.default_role.is_none() && settings.role_mappings.is_empty() {
            faults.push(finding("roles", "New people would have no role: set default_role or role_mappings."));
        }
    }
    let redirect_uri = format!("{}/v1/sso/callback", app.public_url());
    IdentityProviderCheck { works: faults.is_empty(), redirect_uri, authorization_endpoint, key_ids, faults, warnings }
}

fn look_at(document: &Value, faults: &mut Vec<IdentityProviderFinding>, warnings: &mut Vec<IdentityProviderFinding>) {
    let lists = |name: &str, value: &str| document[name].as_array().is_none_or(|values| values.iter().any(|one| one == value));
    if !lists("response_types_supported", "code") {
        faults.push(finding("flow", "It does not offer the authorisation-code flow."));
    }
    let signs = document["id_token_signing_alg_values_supported"].as_array();
    if signs.is_some_and(|all| all.iter().filter_map(Value::as_str).all(|one| one == "none" || one.starts_with("HS"))) {
        faults.push(finding("algorithms", "It signs ID tokens with nothing but a shared secret; a public key is needed."));
    }
    if document["code_challenge_methods_supported"].is_null() || !lists("code_challenge_methods_supported", "S256") {
        warnings.push(finding("pkce", "It does not say that it checks PKCE (S256)."));
    }
}

fn ids(keys: &Value, faults: &mut Vec<IdentityProviderFinding>) -> Vec<String> {
    let all = keys["keys"].as_array().map(Vec::as_slice).unwrap_or_default();
    if all.is_empty() {
        faults.push(finding("keys", "It publishes no keys."));
    }
    all.iter().take(50).filter_map(|key| key["kid"].as_str()).map(|kid| kid.chars().take(200).collect()).collect()
}
