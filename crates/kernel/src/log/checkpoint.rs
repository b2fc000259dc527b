//! Signed checkpoints of a vendor's log, and the keys that sign them: one for each log, sealed at rest, published.

use super::merkle::Hash;
use super::note::{CheckpointText, Signer, Verifier};
use crate::id::VendorId;
use crate::seal::random;
use crate::seal::{KeyColumn, Sealed};
use crate::tx::Tx;
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbErr, QueryResult, Statement};
use uuid::Uuid;

/// A stored checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// How many events it covers.
    pub size: i64,
    /// The root of their tree.
    pub root: Hash,
    /// The signed note.
    pub note: String,
    /// When it was signed.
    pub created_at: DateTime<Utc>,
}

/// Sign and store the checkpoint of the log's first `size` events.
pub(super) async fn sign(tx: &Tx, size: i64, root: Hash) -> Result<(), DbErr> {
    let signer = signer(tx).await?;
    let text = CheckpointText { origin: signer.verifier().name.clone(), size: size as u64, root };
    let sql =
        "INSERT INTO log_checkpoints (vendor_id, size, root, note, created_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (vendor_id, size) DO NOTHING";
    let values = [tx.vendor().0.into(), size.into(), root.to_vec().into(), signer.sign(&text.write()).into(), tx.now().into()];
    tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await.map(|_| ())
}

/// The newest key of the log; made if there is none.
async fn signer(tx: &Tx) -> Result<Signer, DbErr> {
    let sql = "SELECT id, origin, sealed FROM log_keys WHERE vendor_id = $1 ORDER BY id DESC LIMIT 1";
    let row = tx.query_one_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, [tx.vendor().0.into()])).await?;
    let Some(row) = row else { return make(tx).await };
    let sealed: Vec<u8> = row.try_get("", "sealed")?;
    let secret = tx.app().sealer().open(&purpose(row.try_get("", "id")?), &sealed).ok();
    let secret = secret.and_then(|secret| <[u8; 32]>::try_from(secret).ok());
    let secret = secret.ok_or_else(|| DbErr::Custom("a log's key does not open with PRM_SECRET_KEY".into()))?;
    Ok(Signer::new(&row.try_get::<String>("", "origin")?, &secret))
}

async fn make(tx: &Tx) -> Result<Signer, DbErr> {
    let (id, secret) = (crate::id::fresh(), random::<32>());
    // A schema-less URL, as C2SP tlog-checkpoint wants it; it stays, wherever this service may move.
    let origin = origin(tx.app().public_url(), tx.vendor());
    let signer = Signer::new(&origin, &secret);
    let sql = "INSERT INTO log_keys (vendor_id, id, origin, public_key, sealed, created_at) VALUES ($1, $2, $3, $4, $5, $6)";
    let sealed = tx.app().sealer().seal(&purpose(id), &secret);
    let values = [tx.vendor().0.into(), id.into(), origin.into(), signer.verifier().public.to_vec().into(), sealed.into(), tx.now().into()];
    tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await?;
    Ok(signer)
}

fn origin(public_url: &str, vendor: VendorId) -> String {
    let host = public_url.split_once("://").map_or(public_url, |(_, rest)| rest);
    let host: String = host.chars().map(|c| if c.is_whitespace() || c == '+' { '-' } else { c }).collect();
    format!("{}/log/{vendor}", host.trim_end_matches('/'))
}

/// What verifies the checkpoints of a vendor's log, the newest first.
pub async fn verifiers(db: &impl ConnectionTrait, vendor: VendorId) -> Result<Vec<Verifier>, DbErr> {
    let sql = "SELECT origin, public_key FROM log_keys WHERE vendor_id = $1 ORDER BY id DESC";
    let rows = db.query_all_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, [vendor.0.into()])).await?;
    let read = |row: QueryResult| {
        let public: Vec<u8> = row.try_get("", "public_key")?;
        let public = public.try_into().map_err(|_| DbErr::Custom("a stored public key has not 32 bytes".into()))?;
        Ok(Verifier { name: row.try_get("", "origin")?, public })
    };
    rows.into_iter().map(read).collect()
}

/// Up to `limit` checkpoints, the newest first, from before `before`.
pub async fn list(db: &impl ConnectionTrait, vendor: VendorId, before: Option<i64>, limit: u64) -> Result<Vec<Checkpoint>, DbErr> {
    let sql = "SELECT size, root, note, created_at FROM log_checkpoints WHERE vendor_id = $1 AND size < $2 ORDER BY size DESC LIMIT $3";
    let values = [vendor.0.into(), before.unwrap_or(i64::MAX).into(), (limit as i64).into()];
    let rows = db.query_all_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, values)).await?;
    rows.into_iter().map(checkpoint).collect()
}

/// The checkpoint of the log's first `size` events.
pub async fn find(db: &impl ConnectionTrait, vendor: VendorId, size: i64) -> Result<Option<Checkpoint>, DbErr> {
    let sql = "SELECT size, root, note, created_at FROM log_checkpoints WHERE vendor_id = $1 AND size = $2";
    let row = db.query_one_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, [vendor.0.into(), size.into()])).await?;
    row.map(checkpoint).transpose()
}

fn checkpoint(row: QueryResult) -> Result<Checkpoint, DbErr> {
    let root: Vec<u8> = row.try_get("", "root")?;
    Ok(Checkpoint {
        size: row.try_get("", "size")?,
        root: root.try_into().map_err(|_| DbErr::Custom("a stored root has not 32 bytes".into()))?,
        note: row.try_get("", "note")?,
        created_at: row.try_get("", "created_at")?,
    })
}

/// Where the keys that sign checkpoints are sealed.
pub const SEALED: Sealed = Sealed {
    table: "log_keys",
    key: &[KeyColumn::Uuid("vendor_id"), KeyColumn::Uuid("id")],
    column: "sealed",
    purpose: |row| Ok(purpose(row.try_get("", "id")?)),
    also: &[],
};

fn purpose(id: Uuid) -> String {
    format!("log_key:{id}")
}
