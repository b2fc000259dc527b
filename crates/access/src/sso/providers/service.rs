//! Use cases: add, change and delete an identity provider; one transaction each.

use super::events::{IdentityProviderCreatedEvent, IdentityProviderDeletedEvent, IdentityProviderUpdatedEvent};
use super::http::{IdentityProvider, IdentityProviderCreate, IdentityProviderPatch, SsoStatus};
use super::store::{self, Settings, identity_provider};
use super::{IdentityProviderId, Provisioning};
use crate::sso::{self, SharedDomains, claims};
use crate::{error, partner_status, sessions};
use kernel::app::Resource;
use kernel::id::PartnerId;
use kernel::problem::kinds;
use kernel::{Problem, Tx, guard};
use serde::Serialize;
use std::borrow::Cow;
use validator::ValidationError;

/// What is answered where nothing is left to be said.
#[derive(Serialize)]
pub(in crate::sso) struct Gone {}

impl Resource for Gone {}

/// For `#[validate(custom(function = …))]`: scopes are words of visible ASCII (RFC 6749 §3.3).
pub(super) fn scopes(sent: &[String]) -> Result<(), ValidationError> {
    let word = |text: &String| (1..=100).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic() && b != b'"' && b != b'\\');
    if sent.iter().all(word) { Ok(()) } else { Err(wrong("Each is one word of at most 100 visible ASCII characters.")) }
}

/// For `#[validate(custom(function = …))]`: short and not empty.
pub(in crate::sso) fn words(sent: &[String]) -> Result<(), ValidationError> {
    let short = |text: &String| (1..=200).contains(&text.len()) && !text.trim().is_empty();
    if sent.iter().all(short) { Ok(()) } else { Err(wrong("Each has 1 to 200 characters.")) }
}

fn wrong(sentence: &'static str) -> ValidationError {
    ValidationError::new("invalid_value").with_message(Cow::Borrowed(sentence))
}

/// 422 unless the issuer is a URL that may be called, as OpenID Connect Discovery §3 wants it: without query and fragment.
pub(in crate::sso) fn check_issuer(tx: &Tx, issuer: &str) -> Result<(), Problem> {
    let url = guard::read_url(issuer, sso::Settings::of(tx.app()).allow_private).map_err(|why| Problem::invalid("/issuer", "url", why))?;
    if url.query().is_some() {
        return Err(Problem::invalid("/issuer", "url", "An issuer has no query."));
    }
    if issuer.trim_end_matches('/') == tx.app().public_url() {
        return Err(Problem::invalid("/issuer", "own", "This service does not vouch for people to itself."));
    }
    Ok(())
}

pub(super) async fn create(tx: &mut Tx, new: IdentityProviderCreate) -> Result<IdentityProvider, Problem> {
    check_issuer(tx, &new.issuer)?;
    let partner = new.partner_id.or(tx.scope().partner());
    check_partner(tx, partner).await?;
    let id = IdentityProviderId::fresh();
    let settings = Settings {
        email_domains: domains(tx, &new.email_domains)?,
        scopes: new.scopes.unwrap_or_else(|| vec!["email".to_owned(), "profile".to_owned()]),
        provisioning: new.provisioning,
        role_claim: new.role_claim,
        role_mappings: new.role_mappings,
        default_role: new.default_role,
        sync_role: new.sync_role,
        email_verified_claim: new.email_verified_claim.unwrap_or_else(|| "email_verified".to_owned()),
        mfa_methods: new.mfa_methods,
        mfa_contexts: new.mfa_contexts,
    };
    check_settings(tx, &settings, partner).await?;
    let seal = |secret: String| tx.app().sealer().seal(&store::purpose(id), secret.as_bytes());
    let row = identity_provider::Model {
        vendor_id: tx.vendor().0,
        id: id.0,
        partner_id: partner.map(|partner| partner.0),
        name: new.name,
        issuer: new.issuer,
        client_id: new.client_id,
        client_secret: new.client_secret.map(seal),
        settings: serde_json::to_string(&settings).unwrap_or_default(),
        status: SsoStatus::Active,
        ceiling: sso::ceiling(tx.actor()),
        revision: 1,
        created_at: tx.now(),
        updated_at: tx.now(),
    };
    if tx.scope().partner().is_some() && !settings.email_domains.is_empty() {
        return Err(Problem::new(error::DOMAIN_BY_VENDOR));
    }
    store::insert(tx, row.clone()).await?;
    claim(tx, id, &settings.email_domains).await?;
    let identity_provider = IdentityProvider::try_from(row)?;
    tx.emit(IdentityProviderCreatedEvent { identity_provider: identity_provider.clone() });
    Ok(identity_provider)
}

pub(super) async fn update(tx: &mut Tx, id: IdentityProviderId, patch: IdentityProviderPatch) -> Result<IdentityProvider, Problem> {
    let before = store::find_visible(tx, tx.scope(), id).await?.ok_or_else(Problem::not_found)?;
    tx.actor().require_match(before.revision)?;
    sso::check_ceiling(tx.actor(), before.ceiling.as_deref())?;
    let old = before.settings()?;
    let settings = merged(tx, &old, &patch)?;
    if settings.email_domains != old.email_domains {
        if tx.scope().partner().is_some() {
            return Err(Problem::new(error::DOMAIN_BY_VENDOR));
        }
        claim(tx, id, &settings.email_domains).await?;
    }
    check_settings(tx, &settings, before.partner()).await?;
    let mut row = before.clone();
    row.name = patch.name.unwrap_or(row.name);
    row.client_id = patch.client_id.unwrap_or(row.client_id);
    if let Some(secret) = patch.client_secret {
        row.client_secret = secret.map(|secret| tx.app().sealer().seal(&store::purpose(id), secret.as_bytes()));
    }
    if settings != old {
        row.settings = serde_json::to_string(&settings).unwrap_or_default();
    }
    row.status = patch.status.unwrap_or(row.status);
    if row == before {
        return row.try_into();
    }
    (row.revision, row.updated_at, row.ceiling) = (before.revision + 1, tx.now(), sso::ceiling(tx.actor()));
    if !store::update(tx, row.clone(), before.revision).await? {
        return Err(Problem::new(kinds::STALE));
    }
    if row.status == SsoStatus::Disabled && before.status == SsoStatus::Active {
        sessions::end_all_of_provider(tx, &id.to_string(), "provider_disabled").await?;
    }
    let identity_provider = IdentityProvider::try_from(row)?;
    tx.emit(IdentityProviderUpdatedEvent { identity_provider: identity_provider.clone() });
    Ok(identity_provider)
}

pub(super) async fn delete(tx: &mut Tx, id: IdentityProviderId) -> Result<Gone, Problem> {
    let row = store::find_visible(tx, tx.scope(), id).await?.ok_or_else(Problem::not_found)?;
    sso::check_ceiling(tx.actor(), row.ceiling.as_deref())?;
    store::delete(tx, id.0).await?;
    sessions::end_all_of_provider(tx, &id.to_string(), "provider_deleted").await?;
    let gone = IdentityProvider { revision: row.revision + 1, ..row.try_into()? };
    tx.emit(IdentityProviderDeletedEvent { identity_provider: gone });
    Ok(Gone {})
}

fn merged(tx: &Tx, old: &Settings, patch: &IdentityProviderPatch) -> Result<Settings, Problem> {
    let or = |new: &Option<Vec<String>>, old: &Vec<String>| new.clone().unwrap_or_else(|| old.clone());
    Ok(Settings {
        email_domains: patch.email_domains.as_ref().map_or_else(|| Ok(old.email_domains.clone()), |sent| domains(tx, sent))?,
        scopes: or(&patch.scopes, &old.scopes),
        provisioning: patch.provisioning.unwrap_or(old.provisioning),
        role_claim: patch.role_claim.clone().unwrap_or_else(|| old.role_claim.clone()),
        role_mappings: patch.role_mappings.clone().unwrap_or_else(|| old.role_mappings.clone()),
        default_role: patch.default_role.clone().unwrap_or_else(|| old.default_role.clone()),
        sync_role: patch.sync_role.unwrap_or(old.sync_role),
        email_verified_claim: patch.email_verified_claim.clone().unwrap_or_else(|| old.email_verified_claim.clone()),
        mfa_methods: or(&patch.mfa_methods, &old.mfa_methods),
        mfa_contexts: or(&patch.mfa_contexts, &old.mfa_contexts),
    })
}

/// Domains as they are compared, each once; 422 for one that is none, or that nobody can own.
fn domains(tx: &Tx, sent: &[String]) -> Result<Vec<String>, Problem> {
    let shared = tx.app().find_service::<SharedDomains>();
    let mut domains = Vec::new();
    for (at, text) in sent.iter().enumerate() {
        let place = format!("/email_domains/{at}");
        let domain = claims::domain(text).ok_or_else(|| Problem::invalid(&place, "domain", "This is not an e-mail domain, e.g. contoso.com."))?;
        if shared.as_ref().is_some_and(|shared| (shared.0)(&domain)) {
            return Err(Problem::invalid(&place, "shared", "Anybody gets an address at this domain: no company's provider owns it."));
        }
        domains.push(domain);
    }
    domains.sort();
    domains.dedup();
    Ok(domains)
}

async fn claim(tx: &Tx, id: IdentityProviderId, domains: &[String]) -> Result<(), Problem> {
    match store::claim(tx, id.0, domains).await? {
        None => Ok(()),
        Some(taken) => Err(Problem::new(error::DOMAIN_TAKEN).detail(format!("Another identity provider owns {taken}."))),
    }
}

/// 422 unless the partner exists and is within reach; a rival is answered like one that does not exist.
async fn check_partner(tx: &Tx, partner: Option<PartnerId>) -> Result<(), Problem> {
    let Some(partner) = partner else { return Ok(()) };
    if tx.scope().reaches(tx, partner).await? && partner_status(tx, tx.vendor(), partner).await?.is_some() {
        return Ok(());
    }
    Err(Problem::invalid("/partner_id", "not_found", "There is no such partner."))
}

/// Roles are of the provider's side and within the caller's own permissions; whoever is added needs a domain to belong to.
async fn check_settings(tx: &Tx, settings: &Settings, partner: Option<PartnerId>) -> Result<(), Problem> {
    for (at, mapping) in settings.role_mappings.iter().enumerate() {
        sso::check_role(tx, &mapping.role, partner.is_some(), &format!("/role_mappings/{at}/role")).await?;
    }
    if let Some(role) = &settings.default_role {
        sso::check_role(tx, role, partner.is_some(), "/default_role").await?;
    }
    if !settings.role_mappings.is_empty() && settings.role_claim.is_none() {
        return Err(Problem::invalid("/role_claim", "required", "Say from which claim roles are mapped."));
    }
    if settings.provisioning == Provisioning::JustInTime && settings.email_domains.is_empty() {
        return Err(Problem::invalid("/email_domains", "required", "People are added only with an address of a domain that the provider owns."));
    }
    Ok(())
}
