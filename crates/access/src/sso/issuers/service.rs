//! Use cases: trust an issuer, change that, and end it; one transaction each.

use super::TrustedIssuerId;
use super::http::{TrustedIssuerCreatedEvent, TrustedIssuerDeletedEvent, TrustedIssuerUpdatedEvent};
use super::store::{self, Settings, trusted_issuer};
use super::types::{TrustedIssuer, TrustedIssuerCreate, TrustedIssuerPatch};
use crate::Permission;
use crate::error;
use crate::roles;
use crate::sso::providers::{Gone, SsoStatus, check_issuer};
use crate::sso::{self};
use jsonwebtoken::jwk::JwkSet;
use kernel::problem::kinds;
use kernel::{Problem, Tx, guard};
use serde_json::{Map, Value};

pub(super) use crate::sso::providers::words;

/// Seconds that a token may live unless said otherwise.
const LIFETIME: i64 = 3_600;
/// Keys that may be registered.
const KEYS: usize = 20;
/// Members of a key that are secret (RFC 7518 §6.2.2, §6.3.2, §6.4.1).
const SECRET: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

pub(super) async fn create(tx: &mut Tx, new: TrustedIssuerCreate) -> Result<TrustedIssuer, Problem> {
    check_issuer(tx, &new.issuer)?;
    let settings = Settings {
        jwks_uri: new.jwks_uri,
        jwks: new.jwks.map(Value::Object),
        algorithms: new.algorithms,
        person_by: new.person_by,
        person_claim: new.person_claim,
        scopes: new.scopes,
        scope_claim: new.scope_claim,
        role_claim: new.role_claim,
        role_mappings: new.role_mappings,
        mfa_methods: new.mfa_methods,
        mfa_contexts: new.mfa_contexts,
        max_lifetime: new.max_lifetime.unwrap_or(LIFETIME),
    };
    check(tx, &settings).await?;
    let row = trusted_issuer::Model {
        vendor_id: tx.vendor().0,
        id: TrustedIssuerId::fresh().0,
        name: new.name,
        issuer: new.issuer,
        audience: new.audience,
        settings: serde_json::to_string(&settings).unwrap_or_default(),
        status: SsoStatus::Active,
        ceiling: sso::ceiling(tx.actor()),
        revision: 1,
        created_at: tx.now(),
        updated_at: tx.now(),
    };
    if !store::insert(tx, row.clone()).await? {
        return Err(Problem::new(error::ISSUER_TAKEN));
    }
    let trusted_issuer = TrustedIssuer::try_from(row)?;
    tx.emit(TrustedIssuerCreatedEvent { trusted_issuer: trusted_issuer.clone() });
    Ok(trusted_issuer)
}

pub(super) async fn update(tx: &mut Tx, id: TrustedIssuerId, patch: TrustedIssuerPatch) -> Result<TrustedIssuer, Problem> {
    let before = store::find(tx, tx.vendor(), id).await?.ok_or_else(Problem::not_found)?;
    tx.actor().require_match(before.revision)?;
    sso::check_ceiling(tx.actor(), before.ceiling.as_deref())?;
    let mut row = before.clone();
    row.name = patch.name.clone().unwrap_or(row.name);
    row.status = patch.status.unwrap_or(row.status);
    let old = before.settings()?;
    let settings = merged(&old, patch);
    if settings != old {
        check(tx, &settings).await?;
        row.settings = serde_json::to_string(&settings).unwrap_or_default();
    }
    if row == before {
        return row.try_into();
    }
    (row.revision, row.updated_at, row.ceiling) = (before.revision + 1, tx.now(), sso::ceiling(tx.actor()));
    if !store::update(tx, row.clone(), before.revision).await? {
        return Err(Problem::new(kinds::STALE));
    }
    let trusted_issuer = TrustedIssuer::try_from(row)?;
    tx.emit(TrustedIssuerUpdatedEvent { trusted_issuer: trusted_issuer.clone() });
    Ok(trusted_issuer)
}

pub(super) async fn delete(tx: &mut Tx, id: TrustedIssuerId) -> Result<Gone, Problem> {
    let row = store::find(tx, tx.vendor(), id).await?.ok_or_else(Problem::not_found)?;
    sso::check_ceiling(tx.actor(), row.ceiling.as_deref())?;
    store::delete(tx, id).await?;
    let gone = TrustedIssuer { revision: row.revision + 1, ..row.try_into()? };
    tx.emit(TrustedIssuerDeletedEvent { trusted_issuer: gone });
    Ok(Gone {})
}

fn merged(old: &Settings, patch: TrustedIssuerPatch) -> Settings {
    Settings {
        jwks_uri: patch.jwks_uri.unwrap_or_else(|| old.jwks_uri.clone()),
        jwks: patch.jwks.map_or_else(|| old.jwks.clone(), |keys| keys.map(Value::Object)),
        algorithms: patch.algorithms.unwrap_or_else(|| old.algorithms.clone()),
        person_by: patch.person_by.unwrap_or(old.person_by),
        person_claim: patch.person_claim.unwrap_or_else(|| old.person_claim.clone()),
        scopes: patch.scopes.unwrap_or_else(|| old.scopes.clone()),
        scope_claim: patch.scope_claim.unwrap_or_else(|| old.scope_claim.clone()),
        role_claim: patch.role_claim.unwrap_or_else(|| old.role_claim.clone()),
        role_mappings: patch.role_mappings.unwrap_or_else(|| old.role_mappings.clone()),
        mfa_methods: patch.mfa_methods.unwrap_or_else(|| old.mfa_methods.clone()),
        mfa_contexts: patch.mfa_contexts.unwrap_or_else(|| old.mfa_contexts.clone()),
        max_lifetime: patch.max_lifetime.unwrap_or(old.max_lifetime),
    }
}

async fn check(tx: &Tx, settings: &Settings) -> Result<(), Problem> {
    match (&settings.jwks_uri, &settings.jwks) {
        (Some(_), Some(_)) => return Err(Problem::invalid("/jwks", "ambiguous", "Send jwks_uri or jwks, not both.")),
        (Some(url), None) => {
            let read = guard::read_url(url, sso::Settings::of(tx.app()).allow_private);
            drop(read.map_err(|why| Problem::invalid("/jwks_uri", "url", why))?);
        }
        (None, Some(keys)) => check_keys(keys.as_object().unwrap_or(&Map::new()))?,
        (None, None) => {}
    }
    if let Some(at) = settings.scopes.iter().position(|scope| scope.parse::<Permission>().is_err()) {
        return Err(Problem::invalid(format!("/scopes/{at}"), "scope", "This is not a permission."));
    }
    if !settings.role_mappings.is_empty() && settings.role_claim.is_none() {
        return Err(Problem::invalid("/role_claim", "required", "Say from which claim roles are mapped."));
    }
    for (at, mapping) in settings.role_mappings.iter().enumerate() {
        // Of either side: it only narrows what the person may do anyway.
        if roles::facts(tx, tx.vendor(), &mapping.role).await?.is_none() {
            return Err(Problem::invalid(format!("/role_mappings/{at}/role"), "role", "There is no such role."));
        }
    }
    Ok(())
}

/// 422 unless these are public keys that verify signatures.
fn check_keys(keys: &Map<String, Value>) -> Result<(), Problem> {
    let wrong = |detail: &str| Err(Problem::invalid("/jwks", "keys", detail));
    let Some(all) = keys.get("keys").and_then(Value::as_array).filter(|all| (1..=KEYS).contains(&all.len()) && keys.len() == 1) else {
        return wrong("Send {\"keys\": [\u{2026}]} with 1 to 20 keys (RFC 7517).");
    };
    if all.iter().any(|key| SECRET.iter().any(|member| key.get(member).is_some())) {
        return wrong("One of these is a private or shared key: make another, since this one is known now, and send its public part.");
    }
    let Ok(read) = serde_json::from_value::<JwkSet>(Value::Object(keys.clone())) else { return wrong("One of these is not a JWK (RFC 7517).") };
    if read.keys.iter().any(|key| jsonwebtoken::DecodingKey::from_jwk(key).is_err()) {
        return wrong("One of these keys cannot verify a signature here.");
    }
    if serde_json::to_string(keys).map_or(usize::MAX, |text| text.len()) > 32_768 {
        return wrong("These keys are too large.");
    }
    Ok(())
}
