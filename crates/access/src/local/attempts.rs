//! What is between two requests of one sign-in: sealed, short, used once, and found by a secret that only its beginner has.

use super::links::secret;
use super::passkeys::Ceremony;
use crate::authenticate;
use chrono::{DateTime, Duration, Utc};
use kernel::id::{PersonId, SessionId, VendorId};
use kernel::seal::{KeyColumn, Sealed};
use kernel::{Actor, App, Problem, Tx};
use sea_orm::{ConnectionTrait, DbErr, Statement};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// How long the next step may take.
pub const LASTS: Duration = Duration::minutes(5);

/// What an attempt is for; one of another kind does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// To sign in.
    SignIn,
    /// To prove more in a session that is open.
    StepUp,
    /// To add a passkey.
    Enrolment,
    /// To have a password-reset link sent.
    ResetRequest,
}

/// What is kept.
#[derive(Serialize, Deserialize)]
pub struct State {
    /// What it is for.
    pub kind: Kind,
    /// Who it is, if that is known.
    pub person: Option<PersonId>,
    /// Through which portal.
    pub portal: Option<Uuid>,
    /// In which session.
    pub session: Option<SessionId>,
    /// What was proven so far (RFC 8176).
    pub proven: Vec<String>,
    /// The browser, as it calls itself.
    pub device: Option<String>,
    /// The passkey's challenge.
    pub ceremony: Option<Ceremony>,
    /// Of a reset: the address, and the page to open.
    pub reset: Option<(String, Option<String>)>,
}

impl State {
    /// Nothing proven yet.
    pub fn new(kind: Kind) -> Self {
        Self { kind, person: None, portal: None, session: None, proven: Vec::new(), device: None, ceremony: None, reset: None }
    }
}

/// An attempt that is still open.
pub struct Attempt {
    /// Of which vendor.
    pub vendor: VendorId,
    /// Its row.
    pub id: Uuid,
    /// What is kept.
    pub state: State,
}

/// What was begun.
pub struct Begun {
    /// Its row.
    pub id: Uuid,
    /// What continues it.
    pub secret: String,
    /// Until when.
    pub expires_at: DateTime<Utc>,
}

/// Where the state of sign-ins under way is sealed.
pub(crate) const SEALED: Sealed = Sealed {
    table: "sign_in_attempts",
    key: &[KeyColumn::Uuid("vendor_id"), KeyColumn::Uuid("id")],
    column: "sealed",
    purpose: |row| Ok(purpose(row.try_get("", "id")?)),
    also: &[],
};

fn purpose(id: Uuid) -> String {
    format!("sign_in_attempt:{id}")
}

/// Write an attempt down.
pub async fn store(tx: &Tx, state: &State) -> Result<Begun, Problem> {
    let (id, secret, expires_at) = (kernel::id::fresh(), secret("prma_"), tx.now() + LASTS);
    let sealed = tx.app().sealer().seal(&purpose(id), &serde_json::to_vec(state).map_err(Problem::internal)?);
    let sql = "INSERT INTO sign_in_attempts (vendor_id, id, hash, sealed, expires_at) VALUES ($1, $2, $3, $4, $5)";
    let values = [tx.vendor().0.into(), id.into(), authenticate::hash(&secret).to_vec().into(), sealed.into(), expires_at.into()];
    tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await?;
    Ok(Begun { id, secret, expires_at })
}

/// Begin an attempt, in a write of its own.
pub async fn begin(app: &App, vendor: VendorId, state: &State) -> Result<Begun, Problem> {
    app.write(&Actor::system("sign_in", vendor), async |tx| store(tx, state).await).await
}

/// The open attempt of this secret and kind.
pub async fn find(app: &App, kind: Kind, secret: &str) -> Result<Option<Attempt>, Problem> {
    let sql = "SELECT vendor_id, id, sealed FROM sign_in_attempts WHERE hash = $1 AND expires_at > $2";
    let values = [authenticate::hash(secret).to_vec().into(), app.clock().now().into()];
    let row = {
        let db = app.db().read_across_vendors().await?;
        db.query_one_raw(Statement::from_sql_and_values(app.db().backend(), sql, values)).await?
    };
    let Some(row) = row else { return Ok(None) };
    let (vendor, id) = (VendorId(row.try_get("", "vendor_id")?), row.try_get("", "id")?);
    let state = open(app, id, &row.try_get::<Vec<u8>>("", "sealed")?)?;
    Ok(Some(Attempt { vendor, id, state }).filter(|attempt| attempt.state.kind == kind))
}

fn open(app: &App, id: Uuid, sealed: &[u8]) -> Result<State, Problem> {
    let plain = app.sealer().open(&purpose(id), sealed).map_err(Problem::internal)?;
    serde_json::from_slice(&plain).map_err(Problem::internal)
}

/// Take what an attempt keeps, and the attempt with it; `None` if it is gone.
pub async fn take(tx: &Tx, id: Uuid) -> Result<Option<State>, Problem> {
    let sql = "DELETE FROM sign_in_attempts WHERE vendor_id = $1 AND id = $2 RETURNING sealed";
    let values = [tx.vendor().0.into(), id.into()];
    let row = tx.query_one_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await?;
    row.map(|row| open(tx.app(), id, &row.try_get::<Vec<u8>>("", "sealed")?)).transpose()
}

/// Use an attempt up; `false` if it was used meanwhile.
pub async fn spend(tx: &Tx, attempt: &Attempt) -> Result<bool, DbErr> {
    let sql = "DELETE FROM sign_in_attempts WHERE vendor_id = $1 AND id = $2";
    let values = [attempt.vendor.0.into(), attempt.id.into()];
    Ok(tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await?.rows_affected() == 1)
}

/// Forget what has run out.
pub async fn sweep(tx: &Tx) -> Result<u64, DbErr> {
    let sql = "DELETE FROM sign_in_attempts WHERE expires_at < $1";
    Ok(tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, [tx.now().into()])).await?.rows_affected())
}
