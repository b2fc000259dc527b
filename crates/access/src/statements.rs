//! Signed statements: what the installation says to whoever reads it, verifiable with the published keys.
//!
//! A statement is a JWS of a type of its own (RFC 8725 §3.11), so that it never passes as an access token, nor a token as a statement. The key
//! that signed one stays in `/.well-known/jwks.json` for as long as its issuer asks, however often keys rotate meanwhile.

use crate::signing;
use chrono::{DateTime, Utc};
use kernel::{App, Problem};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Sign `claims` as a statement of type `typ`, e.g. `prm-protection+jwt`; its key stays published until `kept_until` at least.
/// May write, so never inside a transaction.
pub async fn sign(app: &App, typ: &str, claims: &impl Serialize, kept_until: DateTime<Utc>) -> Result<String, Problem> {
    signing::sign_kept(app, typ, claims, kept_until).await
}

/// The claims of a statement of type `typ` that this installation signed; `None` for anything else. Times are the caller's to check.
pub async fn read<T: DeserializeOwned>(app: &App, typ: &str, statement: &str) -> Result<Option<T>, Problem> {
    match signing::verify_kept(app, typ, statement).await {
        Ok(claims) => Ok(Some(claims)),
        Err(problem) if problem.kind == kernel::problem::kinds::UNAUTHENTICATED => Ok(None),
        Err(problem) => Err(problem),
    }
}
