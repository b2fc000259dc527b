//! The keys that sign access tokens: Ed25519, sealed at rest, rotated, published as a JWKS.

use crate::authenticate::refused;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Duration, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use kernel::seal::{KeyColumn, Sealed};
use kernel::{App, Problem};
use sea_orm::{ConnectionTrait, Statement};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::sync::{Arc, RwLock};

/// The type of an access token (RFC 9068 §2.1).
const TYPE: &str = "at+jwt";
/// A key signs for this long.
const SIGNS_FOR: Duration = Duration::days(30);
/// A key that no longer signs is published for this long: more than any token lives.
const PUBLISHED_AFTER: Duration = Duration::days(1);

struct Key {
    id: String,
    signer: EncodingKey,
    verifier: DecodingKey,
    public: Vec<u8>,
    made: DateTime<Utc>,
    /// Until when it stays published for statements that it signed.
    kept_until: Option<DateTime<Utc>>,
}

impl Key {
    /// Whether a token that it signed could still live: a key is kept for longer if it signed statements.
    fn verifies_tokens(&self, now: DateTime<Utc>) -> bool {
        now - self.made <= SIGNS_FOR + SIGNS_FOR + PUBLISHED_AFTER
    }
}

/// After this long the keys are read again before one signs: another process may have made a newer one.
const READ_AGAIN: Duration = Duration::seconds(30);

/// The keys in use, newest first; read again when they are old or a token names an unknown one.
#[derive(Default)]
struct Keys(RwLock<Read>);

#[derive(Clone, Default)]
struct Read {
    keys: Arc<Vec<Key>>,
    at: DateTime<Utc>,
}

impl Keys {
    fn now(&self) -> Arc<Vec<Key>> {
        self.0.read().expect("signing keys").keys.clone()
    }

    /// The keys, if they were read a moment ago.
    fn recent(&self, now: DateTime<Utc>) -> Option<Arc<Vec<Key>>> {
        let read = self.0.read().expect("signing keys");
        (now - read.at < READ_AGAIN).then(|| read.keys.clone())
    }
}

/// Sign `claims` as an access token.
pub async fn sign(app: &App, claims: &impl Serialize) -> Result<String, Problem> {
    let keys = signers(app).await?;
    encode(keys.first().ok_or_else(|| Problem::internal("no signing key"))?, TYPE, claims)
}

/// Sign `claims` as a statement of type `typ`, with a key that stays published until `kept_until` at least.
pub(crate) async fn sign_kept(app: &App, typ: &str, claims: &impl Serialize, kept_until: DateTime<Utc>) -> Result<String, Problem> {
    let keys = signers(app).await?;
    let key = keys.first().ok_or_else(|| Problem::internal("no signing key"))?;
    if key.kept_until.is_none_or(|until| until < kept_until) {
        keep(app, &key.id, kept_until + SIGNS_FOR).await?;
        reload(app).await?;
    }
    encode(key, typ, claims)
}

fn encode(key: &Key, typ: &str, claims: &impl Serialize) -> Result<String, Problem> {
    let header = Header { typ: Some(typ.into()), kid: Some(key.id.clone()), ..Header::new(Algorithm::EdDSA) };
    jsonwebtoken::encode(&header, claims, &key.signer).map_err(Problem::internal)
}

/// The keys, of which the newest signs; makes one if there is none or it has signed long enough.
async fn signers(app: &App) -> Result<Arc<Vec<Key>>, Problem> {
    let fresh = |keys: &[Key]| keys.first().is_some_and(|key| app.clock().now() - key.made < SIGNS_FOR);
    let recent = app.service::<Keys>().recent(app.clock().now()).filter(|keys| fresh(keys));
    let mut keys = match recent {
        Some(keys) => keys,
        None => reload(app).await?,
    };
    if !fresh(&keys) {
        make(app).await?;
        keys = reload(app).await?;
    }
    Ok(keys)
}

/// Read the claims of a token that one of our keys signed. Times are the caller's to check.
pub async fn verify<T: DeserializeOwned>(app: &App, token: &str) -> Result<T, Problem> {
    let key = signer_of(app, token, TYPE).await?;
    let mut rules = Validation::new(Algorithm::EdDSA);
    rules.set_audience(&[app.public_url()]);
    rules.set_issuer(&[app.public_url()]);
    rules.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    decode(token, &key, rules)
}

/// Read the claims of a statement of type `typ` that one of our keys signed. Times are the caller's to check.
pub(crate) async fn verify_kept<T: DeserializeOwned>(app: &App, typ: &str, statement: &str) -> Result<T, Problem> {
    let key = signer_of(app, statement, typ).await?;
    let mut rules = Validation::new(Algorithm::EdDSA);
    rules.validate_aud = false;
    rules.set_issuer(&[app.public_url()]);
    rules.set_required_spec_claims(&["iss", "sub"]);
    decode(statement, &key, rules)
}

fn decode<T: DeserializeOwned>(token: &str, key: &DecodingKey, mut rules: Validation) -> Result<T, Problem> {
    // The library reads the machine's clock; ours is injected, and the claims say until when.
    rules.validate_exp = false;
    jsonwebtoken::decode(token, key, &rules).map(|token| token.claims).map_err(|_| refused())
}

/// The key of ours that a token or statement of type `typ` names.
async fn signer_of(app: &App, token: &str, typ: &str) -> Result<DecodingKey, Problem> {
    let header = jsonwebtoken::decode_header(token).map_err(|_| refused())?;
    // Nothing in the header chooses how to verify but the name of one of our own keys.
    let extra = header.jku.is_some() || header.jwk.is_some() || header.x5u.is_some() || header.x5c.is_some() || header.crit.is_some();
    if header.alg != Algorithm::EdDSA || header.typ.as_deref() != Some(typ) || extra {
        return Err(refused());
    }
    let id = header.kid.ok_or_else(refused)?;
    let mut keys = app.service::<Keys>().now();
    if !keys.iter().any(|key| key.id == id) {
        keys = reload(app).await?;
    }
    let found = keys.iter().find(|key| key.id == id && (typ != TYPE || key.verifies_tokens(app.clock().now())));
    found.map(|key| key.verifier.clone()).ok_or_else(refused)
}

/// A public key as RFC 8037 writes it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Jwk {
    /// `OKP`.
    pub kty: &'static str,
    /// `Ed25519`.
    pub crv: &'static str,
    /// `EdDSA`.
    pub alg: &'static str,
    /// `sig`.
    #[serde(rename = "use")]
    pub usage: &'static str,
    /// Named in a token's header.
    pub kid: String,
    /// The public key, base64url.
    pub x: String,
}

/// The keys that verify our tokens now.
pub async fn published(app: &App) -> Result<Vec<Jwk>, Problem> {
    let keys = reload(app).await?;
    let jwk = |key: &Key| Jwk { kty: "OKP", crv: "Ed25519", alg: "EdDSA", usage: "sig", kid: key.id.clone(), x: URL_SAFE_NO_PAD.encode(&key.public) };
    Ok(keys.iter().map(jwk).collect())
}

/// Make a new key, which signs from now on; the others verify until they have aged.
pub async fn make(app: &App) -> Result<(), Problem> {
    let pair = Ed25519KeyPair::generate().map_err(|_| Problem::internal("could not make a key"))?;
    let document = pair.to_pkcs8v1().map_err(|_| Problem::internal("could not write a key"))?;
    let id = kernel::id::fresh().simple().to_string();
    let sealed = app.sealer().seal(&purpose(&id), document.as_ref());
    app.write_across_vendors("signing", async |tx| {
        let sql = "INSERT INTO signing_keys (id, sealed, public_key, created_at) VALUES ($1, $2, $3, $4)";
        let values = [id.into(), sealed.into(), pair.public_key().as_ref().to_vec().into(), tx.now().into()];
        tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await?;
        let sql = "DELETE FROM signing_keys WHERE created_at < $1 AND (kept_until IS NULL OR kept_until < $2)";
        let values = [(tx.now() - SIGNS_FOR - SIGNS_FOR - PUBLISHED_AFTER).into(), tx.now().into()];
        tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await
    })
    .await
    .map(|_| ())
}

/// Keep a key published until then, for whoever holds a statement that it signed.
async fn keep(app: &App, id: &str, until: DateTime<Utc>) -> Result<(), Problem> {
    app.write_across_vendors("signing", async |tx| {
        let sql = "UPDATE signing_keys SET kept_until = $2 WHERE id = $1 AND (kept_until IS NULL OR kept_until < $2)";
        tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, [id.into(), until.into()])).await
    })
    .await
    .map(|_| ())
}

fn purpose(id: &str) -> String {
    format!("signing:{id}")
}

/// Where signing keys are sealed.
pub(crate) const SEALED: Sealed = Sealed {
    table: "signing_keys",
    key: &[KeyColumn::Text("id")],
    column: "sealed",
    purpose: |row| Ok(purpose(&row.try_get::<String>("", "id")?)),
    also: &[],
};

async fn reload(app: &App) -> Result<Arc<Vec<Key>>, Problem> {
    let sql = "SELECT id, sealed, public_key, created_at, kept_until FROM signing_keys ORDER BY created_at DESC, id DESC";
    let rows = app.db().read_across_vendors().await?.query_all_raw(Statement::from_string(app.db().backend(), sql)).await?;
    let mut keys = Vec::new();
    for row in rows {
        let id: String = row.try_get("", "id")?;
        let private = app.sealer().open(&purpose(&id), &row.try_get::<Vec<u8>>("", "sealed")?).map_err(Problem::internal)?;
        let public: Vec<u8> = row.try_get("", "public_key")?;
        let (signer, verifier) = (EncodingKey::from_ed_der(&private), DecodingKey::from_ed_der(&public));
        let (made, kept_until) = (row.try_get("", "created_at")?, row.try_get("", "kept_until")?);
        keys.push(Key { id, signer, verifier, public, made, kept_until });
    }
    let keys = Arc::new(keys);
    *app.service::<Keys>().0.write().expect("signing keys") = Read { keys: keys.clone(), at: app.clock().now() };
    Ok(keys)
}
