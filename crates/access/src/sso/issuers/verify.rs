//! From a trusted issuer's JWT to a person and what the token allows.

use super::store::{self, Settings, trusted_issuer};
use super::types::{PersonBy, SigningAlgorithm};
use crate::authenticate::{self, refused};
use crate::people::{self, Standing};
use crate::sso::outbound::Trouble;
use crate::sso::{claims, documents, identities, oidc, under};
use crate::{permission, policy, roles};
use chrono::{DateTime, Duration, Utc};
use jsonwebtoken::jwk::{Jwk, JwkSet, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use kernel::actor::{Authentication, Caller, Scope};
use kernel::id::{PartnerId, VendorId};
use kernel::{Actor, App, Problem};
use sea_orm::ConnectionTrait;
use serde_json::Value;
use std::sync::Arc;

/// What a token of a trusted issuer stands for.
pub(super) struct Accepted {
    pub(super) issuer: trusted_issuer::Model,
    pub(super) person: Standing,
    pub(super) partner: Option<PartnerId>,
    pub(super) grants: u64,
    pub(super) authentication: Authentication,
    pub(super) expires: DateTime<Utc>,
}

/// The caller that `credential` stands for, if it is a trusted issuer's; `None` if it is not even meant to be.
pub(crate) async fn bearer(app: &App, credential: &str) -> Result<Option<(Actor, Option<DateTime<Utc>>)>, Problem> {
    let Some(claims) = oidc::payload(credential).filter(|claims| claims["iss"].is_string() && claims["iss"] != app.public_url()) else {
        return Ok(None);
    };
    let accepted = accept(app, credential, &claims).await?;
    let vendor = VendorId(accepted.issuer.vendor_id);
    let authentication = Some(Arc::new(accepted.authentication));
    // What the vendor demands of people, and how far they reach, holds whoever vouches for them.
    let demanded = policy::of(app, vendor).await?;
    let withheld = accepted.grants & demanded.withheld(&accepted.person.role, authentication.as_deref(), app.clock().now());
    let scope = Scope::new(vendor, accepted.person.within());
    let actor = Actor::new(Caller::Person(accepted.person.id), vendor, accepted.partner, accepted.grants & !withheld);
    Ok(Some((Actor { authentication, withheld, scope, ..actor }, Some(accepted.expires))))
}

/// Verify a token whose claims were read but not believed yet. One refusal for everything that can be wrong.
pub(super) async fn accept(app: &App, token: &str, unproven: &Value) -> Result<Accepted, Problem> {
    let issuer = unproven["iss"].as_str().ok_or_else(refused)?;
    let audiences: Vec<&str> = match &unproven["aud"] {
        Value::String(one) => vec![one],
        Value::Array(many) => many.iter().take(10).filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let found = store::find_by_audience(&app.db().read_across_vendors().await?, issuer, &audiences).await?;
    let row = found.ok_or_else(refused)?;
    let settings = row.settings()?;
    let claims = proven(app, &row, &settings, token).await.map_err(|Trouble(why)| {
        tracing::info!(issuer = %row.id(), why, "a token of a trusted issuer was refused");
        refused()
    })?;
    let (issued, expires) = times(&claims, settings.max_lifetime, app.clock().now()).ok_or_else(refused)?;
    let db = app.db().read_of(VendorId(row.vendor_id)).await?;
    let found = person(&db, &row, &settings, &claims).await?.ok_or_else(refused)?;
    if found.tokens_valid_from.is_some_and(|from| issued <= from) {
        return Err(refused());
    }
    let standing = found.standing().ok_or_else(refused)?;
    people::seen(app, &found);
    let most = under(row.ceiling.as_deref()) & narrowed(&db, &row, &settings, &claims).await?;
    drop(db);
    let (grants, partner) = authenticate::standing(app, &standing).await?;
    let methods = claims::methods(&claims, &settings.mfa_methods, &settings.mfa_contexts);
    let at = claims["auth_time"].as_i64().and_then(|at| DateTime::from_timestamp(at, 0)).filter(|at| *at <= issued).unwrap_or(issued);
    let authentication = Authentication { session: None, methods, at };
    Ok(Accepted { issuer: row, person: standing, partner, grants: grants & most, authentication, expires })
}

/// The claims, if a key of the issuer signed them. What is not in memory is fetched again when a key is unknown.
async fn proven(app: &App, row: &trusted_issuer::Model, settings: &Settings, token: &str) -> Result<Value, Trouble> {
    let (header, algorithm) = algorithm(token, &["jwt", "at+jwt"])?;
    if !settings.algorithms.iter().any(|allowed| allowed.of_library() == algorithm) {
        return Err(Trouble::new("This algorithm is not allowed."));
    }
    let kid = header.kid.as_deref();
    if let Some(keys) = &settings.jwks {
        return signed_by(keys, token, kid, algorithm, &row.issuer, &row.audience)?.ok_or_else(|| Trouble::new("No such key."));
    }
    let url = match &settings.jwks_uri {
        Some(url) => url.clone(),
        None => oidc::discover_keys(app, &row.issuer).await?,
    };
    if let Some(claims) = signed_by(&*documents::get(app, &url).await?, token, kid, algorithm, &row.issuer, &row.audience)? {
        return Ok(claims);
    }
    signed_by(&*documents::again(app, &url).await?, token, kid, algorithm, &row.issuer, &row.audience)?.ok_or_else(|| Trouble::new("No such key."))
}

/// The header and algorithm of a token, if they are such as we take: asymmetric, of these types, without demands of its own (`crit`).
pub(in crate::sso) fn algorithm(token: &str, types: &[&str]) -> Result<(jsonwebtoken::Header, Algorithm), Trouble> {
    use base64::Engine as _;
    let header = jsonwebtoken::decode_header(token).map_err(|_| Trouble::new("Not a JWT."))?;
    let raw = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap_or_default()).unwrap_or_default();
    let raw: Value = serde_json::from_slice(&raw).unwrap_or_default();
    if !raw["crit"].is_null() {
        return Err(Trouble::new("It demands what we do not know (crit)."));
    }
    let kind = header.typ.as_deref().unwrap_or("jwt").to_ascii_lowercase();
    if !types.contains(&kind.strip_prefix("application/").unwrap_or(&kind)) {
        return Err(Trouble::new("It is a token for something else."));
    }
    match header.alg {
        Algorithm::HS256 | Algorithm::HS384 | Algorithm::HS512 => Err(Trouble::new("It is signed with a shared secret.")),
        asymmetric => Ok((header, asymmetric)),
    }
}

/// The claims of `token` if a key of this set signed them; `None` if it names a key that is not there. Times are the caller's to check.
pub(in crate::sso) fn signed_by(
    keys: &Value,
    token: &str,
    kid: Option<&str>,
    algorithm: Algorithm,
    issuer: &str,
    audience: &str,
) -> Result<Option<Value>, Trouble> {
    let keys: JwkSet = serde_json::from_value(keys.clone()).map_err(|_| Trouble::new("Its keys cannot be read."))?;
    let Some(key) = fitting(&keys, kid, algorithm) else { return Ok(None) };
    let key = DecodingKey::from_jwk(key).map_err(|_| Trouble::new("Its key cannot be used."))?;
    let mut rules = Validation::new(algorithm);
    rules.set_audience(&[audience]);
    rules.set_issuer(&[issuer]);
    rules.set_required_spec_claims(&["iss", "aud"]);
    // The library reads the machine's clock; ours is injected.
    (rules.validate_exp, rules.validate_nbf) = (false, false);
    let token = jsonwebtoken::decode::<Value>(token, &key, &rules).map_err(|cause| Trouble(format!("{cause}.")))?;
    Ok(Some(token.claims))
}

/// The key that a token names. One that names none is verified with the only key that could have signed it.
fn fitting<'a>(keys: &'a JwkSet, kid: Option<&str>, algorithm: Algorithm) -> Option<&'a Jwk> {
    let could = |key: &&Jwk| {
        let signs = !matches!(key.common.public_key_use, Some(PublicKeyUse::Encryption));
        signs && SigningAlgorithm::fits(key, algorithm)
    };
    let mut fitting = keys.keys.iter().filter(could).filter(|key| kid.is_none() || key.common.key_id.as_deref() == kid);
    let first = fitting.next()?;
    fitting.next().is_none().then_some(first)
}

/// When a token was issued and ends, if it is in force now and does not live longer than it may.
fn times(claims: &Value, max_lifetime: i64, now: DateTime<Utc>) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
    // RFC 7519 §2: NumericDate may have a fraction.
    let at = |name: &str| claims[name].as_f64().and_then(|seconds| DateTime::from_timestamp(seconds as i64, 0));
    let (issued, expires) = (at("iat")?, at("exp")?);
    let begun = claims["nbf"].is_null() || at("nbf")? <= now + oidc::AHEAD;
    let lives = expires - issued <= Duration::seconds(max_lifetime) && issued <= now + oidc::AHEAD && begun && now < expires;
    lives.then_some((issued, expires))
}

/// Whom the claims are about.
async fn person(
    db: &impl ConnectionTrait,
    row: &trusted_issuer::Model,
    settings: &Settings,
    claims: &Value,
) -> Result<Option<people::person::Model>, Problem> {
    let vendor = VendorId(row.vendor_id);
    let default = match settings.person_by {
        PersonBy::Email => "email",
        PersonBy::Identity | PersonBy::PersonId => "sub",
    };
    let Some(named) = claims::text(claims, settings.person_claim.as_deref().unwrap_or(default)).filter(|named| named.len() <= 300) else {
        return Ok(None);
    };
    match settings.person_by {
        PersonBy::PersonId => match named.parse() {
            Ok(id) => Ok(people::find(db, vendor, id).await?),
            Err(_) => Ok(None),
        },
        // The vendor takes its own issuer's word for addresses, unless that itself says that it does not know.
        PersonBy::Email if !claims["email_verified"].is_null() && !claims::says_yes(claims, "email_verified") => Ok(None),
        PersonBy::Email => Ok(people::find_by_email(db, vendor, named).await?),
        PersonBy::Identity => match identities::find_person(db, vendor, &row.issuer, named).await? {
            Some(id) => Ok(people::find(db, vendor, id).await?),
            None => Ok(None),
        },
    }
}

/// What the token allows at most: by the registration, by its scopes, by the role that follows from its claims.
async fn narrowed(db: &impl ConnectionTrait, row: &trusted_issuer::Model, settings: &Settings, claims: &Value) -> Result<u64, Problem> {
    let of = |names: &mut dyn Iterator<Item = &str>| permission::bits(&names.filter_map(|name| name.parse().ok()).collect::<Vec<_>>());
    let mut most = if settings.scopes.is_empty() { u64::MAX } else { of(&mut settings.scopes.iter().map(String::as_str)) };
    if let Some(claim) = &settings.scope_claim {
        most &= of(&mut claims::texts(claims, claim).into_iter().flat_map(|text| text.split(' ')));
    }
    if settings.role_claim.is_some() {
        let role = claims::role(claims, settings.role_claim.as_deref(), &settings.role_mappings).ok_or_else(refused)?;
        most &= roles::facts(db, VendorId(row.vendor_id), role).await?.ok_or_else(refused)?.grants;
    }
    Ok(most)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_token_is_in_force_from_its_issue_to_its_end_and_not_too_long() {
        let now = DateTime::from_timestamp(1_000_000, 0).unwrap();
        let fits = |claims: Value| times(&claims, 3_600, now).is_some();
        assert!(fits(json!({"iat": 999_990, "exp": 1_000_300})));
        assert!(fits(json!({"iat": 1_000_030, "nbf": 1_000_060, "exp": 1_000_300.5})));
        for odd in [
            json!({"exp": 1_000_300}),
            json!({"iat": 999_990}),
            json!({"iat": 999_000, "exp": 1_000_000}),
            json!({"iat": 1_000_061, "exp": 1_000_300}),
            json!({"iat": 999_990, "nbf": 1_000_061, "exp": 1_000_300}),
            json!({"iat": 999_990, "nbf": "soon", "exp": 1_000_300}),
            json!({"iat": 999_990, "exp": 1_003_591}),
            json!({"iat": "999990", "exp": "1000300"}),
            json!({"iat": -1e300, "exp": 1e300}),
        ] {
            assert!(!fits(odd.clone()), "{odd}");
        }
    }
}
