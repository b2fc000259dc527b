//! From a bearer credential to an [`Actor`].
//!
//! What was found is kept for a second: a credential is looked up once, not once a request.
//! Whatever changes a credential's meaning is an event, and such an event empties the cache.

use crate::people::{self, Standing};
use crate::permission::{self, Role};
use crate::{gates, keys, partner_status, policy, roles, sessions, signing, sso, tokens};
use chrono::{DateTime, Duration, Utc};
use kernel::actor::{Caller, Scope, Within};
use kernel::cache::Followed;
use kernel::problem::kinds;
use kernel::{Actor, App, Problem};
use sea_orm::ConnectionTrait;
use sha2::{Digest, Sha256};

/// How long a finding is kept: the bound on how late another instance hears of a revocation
/// when the notification of it was lost. One second is what a leaver is promised.
const KEPT: Duration = Duration::seconds(1);
/// What a credential's meaning follows from.
const FORGETS: [&str; 12] = [
    "api_key",
    "person",
    "partner",
    "role",
    "session",
    "token",
    "access_policy",
    "trusted_issuer",
    "identity",
    "agreement",
    "agreement_policy",
    "partner_contract",
];
/// Longer credentials are refused unread.
const LONGEST: usize = 8_192;

#[derive(Clone)]
struct Finding {
    actor: Actor,
    until: DateTime<Utc>,
}

struct Findings(Followed<[u8; 32], Finding>);

impl Default for Findings {
    fn default() -> Self {
        Self(Followed::new(10_000))
    }
}

/// The operator's key, as a hash; without one nobody is the operator.
pub struct OperatorKey(pub [u8; 32]);

/// Empty the cache whenever a credential may have lost its meaning. Once, at start.
pub fn follow(app: &App) {
    let findings = app.service::<Findings>();
    app.watch(move |_, kind, _| {
        let resource = kind.split('.').next().unwrap_or_default();
        if kind == "*" || FORGETS.contains(&resource) && !kind.ends_with(".created") {
            findings.0.forget_all();
        }
    });
}

/// SHA-256: keys and tokens are random and long, so a plain hash hides them.
pub fn hash(credential: &str) -> [u8; 32] {
    Sha256::digest(credential.as_bytes()).into()
}

/// The operator, if `credential` is the operator's key.
pub fn operator(app: &App, credential: &str) -> Result<Actor, Problem> {
    let key = app.find_service::<OperatorKey>().ok_or_else(refused)?;
    // Equal hashes of unequal keys do not exist, and timing tells nothing about a hash's preimage.
    if hash(credential) != key.0 {
        return Err(refused());
    }
    Ok(Actor::new(Caller::Operator, kernel::id::VendorId(uuid::Uuid::nil()), None, 0))
}

/// The caller that `credential` (an API key or an access token) stands for.
pub async fn caller(app: &App, credential: &str) -> Result<Actor, Problem> {
    if credential.len() > LONGEST {
        return Err(refused());
    }
    let now = app.clock().now();
    let findings = app.service::<Findings>();
    let hash = hash(credential);
    let load = async {
        let (actor, expires) = match credential.strip_prefix(keys::PREFIX) {
            Some(_) => by_key(app, credential, &hash).await?,
            None => by_token(app, credential).await?,
        };
        let until = expires.map_or(now + KEPT, |expires| expires.min(now + KEPT));
        let actor = gates::hold_back(app, actor).await?;
        if until > now { Ok(Finding { actor, until }) } else { Err(refused()) }
    };
    findings.0.get_if_or_load(hash, |finding| now < finding.until, load).await.map(|finding| finding.actor)
}

async fn by_key(app: &App, credential: &str, hash: &[u8; 32]) -> Result<(Actor, Option<DateTime<Utc>>), Problem> {
    if !keys::checksum_holds(credential) {
        return Err(refused());
    }
    let now = app.clock().now();
    let key = keys::find_by_hash(&app.db().read_across_vendors().await?, hash).await?.ok_or_else(refused)?;
    if key.revoked_at.is_some() || key.expires_at.is_some_and(|at| at <= now) {
        return Err(refused());
    }
    keys::used(app, &key);
    let reach = if key.partner().is_some() { reach_of(&app.db().read_of(key.vendor()).await?, &key).await? } else { None };
    let actor = Actor::new(Caller::ApiKey(key.id()), key.vendor(), reach, key.grants());
    Ok((actor, key.expires_at))
}

/// The only partner that a key reaches, if it is bound to one; a suspended partner's keys do not work.
async fn reach_of(db: &impl ConnectionTrait, key: &keys::api_key::Model) -> Result<Option<kernel::id::PartnerId>, Problem> {
    if let Some(partner) = key.partner() {
        partner_status(db, key.vendor(), partner).await?.filter(|status| works(status)).ok_or_else(refused)?;
    }
    Ok(key.partner())
}

async fn by_token(app: &App, credential: &str) -> Result<(Actor, Option<DateTime<Utc>>), Problem> {
    if let Some(accepted) = sso::issuers::bearer(app, credential).await? {
        return Ok(accepted);
    }
    let claims: tokens::Claims = signing::verify(app, credential).await?;
    let (caller, vendor, scopes) = claims.subject().ok_or_else(refused)?;
    if !claims.has_begun(app.clock().now()) {
        return Err(refused());
    }
    let db = app.db().read_of(vendor).await?;
    if tokens::is_revoked(&db, vendor, &claims).await? || !sessions::is_open(&db, vendor, claims.session(), app.clock().now()).await? {
        return Err(refused());
    }
    let within;
    let mut role = None;
    let most = match caller {
        Caller::ApiKey(id) => {
            let key = keys::find(&db, vendor, id).await?.ok_or_else(refused)?;
            let expired = key.expires_at.is_some_and(|at| at <= app.clock().now());
            if key.revoked_at.is_some() || expired {
                return Err(refused());
            }
            within = reach_of(&db, &key).await?.map_or(Within::Everything, Within::Partner);
            key.grants()
        }
        Caller::Person(id) => {
            let person = people::find(&db, vendor, id).await?.ok_or_else(refused)?;
            if person.tokens_valid_from.is_some_and(|from| claims.is_before(from)) {
                return Err(refused());
            }
            let standing_of = person.standing().ok_or_else(refused)?;
            within = standing_of.within();
            role = Some(person.role());
            people::seen(app, &person);
            standing(app, &standing_of).await?.0
        }
        Caller::Operator | Caller::System(_) | Caller::Automation(_) => return Err(refused()),
    };
    drop(db);
    let (grants, authentication) = (most & scopes, claims.authentication());
    // Keys are no people: what a vendor demands of people does not concern them.
    let withheld = match role {
        Some(role) => grants & policy::of(app, vendor).await?.withheld(&role, authentication.as_deref(), app.clock().now()),
        None => 0,
    };
    let actor = Actor::new(caller, vendor, None, grants & !withheld);
    Ok((Actor { authentication, withheld, scope: Scope::new(vendor, within), ..actor }, Some(claims.expires())))
}

/// What an active person may do now: no more than can be limited if its reach is narrowed; a suspended partner's people may do nothing.
pub async fn standing(app: &App, person: &Standing) -> Result<(u64, Option<kernel::id::PartnerId>), Problem> {
    let role = roles::known(app, person.vendor, &person.role).await?.filter(|role| role.is_partners == person.partner.is_some());
    let role = role.ok_or_else(refused)?;
    if let Some(partner) = person.partner {
        let db = app.db().read_of(person.vendor).await?;
        let status = partner_status(&db, person.vendor, partner).await?;
        status.filter(|status| works(status)).ok_or_else(refused)?;
    }
    let most = if person.narrowed { permission::limitable() } else { u64::MAX };
    Ok((role.grants & most, person.partner))
}

/// Whether a partner in this status has access at all.
pub(crate) fn works(status: &str) -> bool {
    !matches!(status, "suspended" | "ended")
}

/// What a role and a list of scopes allow together; no scopes means all that the role allows.
pub fn narrowed(role: Role, scopes: &[String]) -> u64 {
    let named = scopes.iter().filter_map(|scope| scope.parse().ok()).collect::<Vec<_>>();
    if scopes.is_empty() { role.grants() } else { role.grants() & permission::bits(&named) }
}

/// One answer to every credential that does not work, so that it tells nothing.
pub fn refused() -> Problem {
    Problem::new(kinds::UNAUTHENTICATED)
}
