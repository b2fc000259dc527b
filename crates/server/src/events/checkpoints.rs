//! Signed checkpoints of the log, and proofs that one is the continuation of another.

use access::{Can, may};
use axum::Json;
use axum::extract::State;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use kernel::actor::Within;
use kernel::id::VendorId;
use kernel::log::checkpoint::{self, Checkpoint};
use kernel::log::note::{Note, Verifier};
use kernel::log::{TreeRead, merkle};
use kernel::problem::kinds;
use kernel::{Actor, App, At, Page, PageQuery, Params, Problem};
use sea_orm::{ConnectionTrait, DbErr};
use serde::{Deserialize, Serialize};
use std::ops::Range;
use utoipa::{IntoParams, ToSchema};

/// What the log was at some time, signed: keep it elsewhere, and nobody can change unseen what it covers.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"size": 3, "root_hash": "rra8/idLcKFPsGel5VeCZNsPqbUa9eC6FZFY8ynga3c=",
    "note": "prm.example/log/vnd_01jd3k7x2mfq8t9v5w6y0zabcd\n3\nrra8/idLcKFPsGel5VeCZNsPqbUa9eC6FZFY8ynga3c=\n\n\u{2014} prm.example/log/vnd_01jd3k7x2mfq8t9v5w6y0zabcd q3J2Zg==\n",
    "verifier_key": "prm.example/log/vnd_01jd3k7x2mfq8t9v5w6y0zabcd+ab727666+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    "created_at": "2026-11-20T12:00:00Z"}))]
pub struct LogCheckpoint {
    /// How many events it covers, from the first on.
    pub size: i64,
    /// The root of their Merkle tree (RFC 9162 §2.1.1, SHA-256), base64. The leaves are the `leaf_hash`es of the log's entries.
    pub root_hash: String,
    /// The checkpoint as a signed note (C2SP tlog-checkpoint), to be saved as a file: origin, size, root, and Ed25519 signatures.
    pub note: String,
    /// What verifies the note (C2SP signed-note), `name+id+key`. Each log has its own; keep it with the first checkpoint.
    pub verifier_key: String,
    /// When it was signed.
    pub created_at: DateTime<Utc>,
}

impl LogCheckpoint {
    fn of(row: Checkpoint, keys: &[Verifier]) -> Result<Self, Problem> {
        let note = Note::read(&row.note).map_err(Problem::internal)?;
        let key = keys.iter().find(|key| key.verifies(&note)).ok_or_else(|| Problem::internal("no key of this log verifies its checkpoint"))?;
        let verifier_key = key.write();
        Ok(Self { size: row.size, root_hash: STANDARD.encode(row.root), note: row.note, verifier_key, created_at: row.created_at })
    }
}

/// Only the vendor's own callers look behind the log, and of them only who reaches all that it tells of.
pub(super) fn vendor_side(who: &Actor) -> Result<(), Problem> {
    match who.scope.within() {
        Within::Everything => Ok(()),
        Within::Partner(_) => Err(Problem::new(kinds::FORBIDDEN)),
        Within::Reach(_) => Err(Problem::not_found()),
    }
}

/// The hashes of these ranges, base64.
pub(super) fn encoded(read: &TreeRead, ranges: &[Range<u64>]) -> Result<Vec<String>, DbErr> {
    ranges.iter().map(|range| read.hash(range).map(|hash| STANDARD.encode(hash))).collect()
}

async fn find(db: &impl ConnectionTrait, vendor: VendorId, size: i64) -> Result<Checkpoint, Problem> {
    checkpoint::find(db, vendor, size).await?.ok_or_else(Problem::not_found)
}

/// List the log's signed checkpoints, newest first.
///
/// One is signed some seconds after the log has grown. Save the newest (`limit=1`) now and then where nobody who runs this service
/// reaches it: `prm verify-log --checkpoint FILE` then finds every edit, removal, reordering or truncation of what it covers.
#[utoipa::path(get, path = "/log-checkpoints", operation_id = "list_log_checkpoints", tag = "events", params(PageQuery),
    security(("bearer" = ["events:read"])),
    responses((status = 200, description = "A page of checkpoints.", body = Page<LogCheckpoint>)))]
pub(super) async fn list_log_checkpoints(
    State(app): State<App>,
    who: Can<may::ReadEvents>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<LogCheckpoint>>, Problem> {
    const LIST: &str = "log_checkpoints";
    vendor_side(&who)?;
    let (vendor, limit, before) = (who.scope.vendor(), page.limit()?, page.after::<i64>(LIST)?);
    let db = app.db().read_of(vendor).await?;
    let rows = checkpoint::list(&db, vendor, before, limit + 1).await?;
    let keys = checkpoint::verifiers(&db, vendor).await?;
    let Page { data, next_cursor } = Page::of(LIST, rows, limit, |row| row.size);
    let data = data.into_iter().map(|row| LogCheckpoint::of(row, &keys)).collect::<Result<_, _>>()?;
    Ok(Json(Page { data, next_cursor }))
}

/// Read the signed checkpoint of this size.
#[utoipa::path(get, path = "/log-checkpoints/{size}", operation_id = "get_log_checkpoint", tag = "events",
    params(("size" = i64, Path, description = "How many events it covers.", minimum = 1)), security(("bearer" = ["events:read"])),
    responses((status = 200, description = "The checkpoint.", body = LogCheckpoint)))]
pub(super) async fn get_log_checkpoint(State(app): State<App>, who: Can<may::ReadEvents>, At(size): At<i64>) -> Result<Json<LogCheckpoint>, Problem> {
    vendor_side(&who)?;
    let db = app.db().read_of(who.scope.vendor()).await?;
    let row = find(&db, who.scope.vendor(), size).await?;
    Ok(Json(LogCheckpoint::of(row, &checkpoint::verifiers(&db, who.scope.vendor()).await?)?))
}

/// That one checkpoint's log is the beginning of another's (RFC 9162 §2.1.4).
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"from": 2, "from_root_hash": "+sVCA+fMaWzw38tCySodnbr3CtnmIfS9jZhmLwDjwSU=", "size": 3,
    "root_hash": "rra8/idLcKFPsGel5VeCZNsPqbUa9eC6FZFY8ynga3c=", "hashes": ["X0iHl9zyyUqhBpjD1XzL4z8Yx7iY5vTzWkT0qJ8vU6E="]}))]
pub struct LogConsistencyProof {
    /// The size of the older tree.
    pub from: i64,
    /// Its root, base64: compare it with the checkpoint that you kept.
    pub from_root_hash: String,
    /// The size of the newer tree.
    pub size: i64,
    /// Its root, base64.
    pub root_hash: String,
    /// The hashes that lead from the one to the other, base64.
    pub hashes: Vec<String>,
}

/// What a consistency proof is asked about.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ConsistencyQuery {
    /// The size of the older tree, e.g. of a checkpoint that you kept; 1 if absent.
    #[param(minimum = 1)]
    pub from: Option<i64>,
}

/// Prove that nothing was changed between two checkpoints.
///
/// Costs the same however long the log is.
#[utoipa::path(get, path = "/log-checkpoints/{size}/consistency-proof", operation_id = "get_log_consistency_proof", tag = "events",
    params(("size" = i64, Path, description = "How many events the newer checkpoint covers.", minimum = 1), ConsistencyQuery),
    security(("bearer" = ["events:read"])),
    responses((status = 200, description = "The proof.", body = LogConsistencyProof)))]
pub(super) async fn get_log_consistency_proof(
    State(app): State<App>,
    who: Can<may::ReadEvents>,
    At(size): At<i64>,
    Params(query): Params<ConsistencyQuery>,
) -> Result<Json<LogConsistencyProof>, Problem> {
    vendor_side(&who)?;
    let vendor = who.scope.vendor();
    let db = app.db().read_of(vendor).await?;
    find(&db, vendor, size).await?;
    let from = query.from.unwrap_or(1);
    if !(1..=size).contains(&from) {
        return Err(Problem::invalid("from", "out_of_range", format!("Ask for 1 to {size}.")));
    }
    let (old, new) = (0..from as u64, 0..size as u64);
    let path = merkle::consistency(old.end, new.end);
    let read = TreeRead::of(&db, vendor, &[path.as_slice(), &[old.clone(), new.clone()]].concat()).await?;
    let (from_root_hash, root_hash) = (STANDARD.encode(read.hash(&old)?), STANDARD.encode(read.hash(&new)?));
    Ok(Json(LogConsistencyProof { from, from_root_hash, size, root_hash, hashes: encoded(&read, &path)? }))
}
