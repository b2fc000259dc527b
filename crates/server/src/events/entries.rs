//! Events as they are stored and hashed, and proofs that they are in the log.

use super::checkpoints::{encoded, vendor_side};
use access::{Can, may};
use axum::Json;
use axum::extract::State;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kernel::id::EventId;
use kernel::log::{self, TreeRead, merkle};
use kernel::{App, At, Params, Problem};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// A field that an event's hash covers.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"name": "type", "bytes": "ZGVhbC5hcHByb3ZlZA=="}))]
pub struct LogEntryField {
    /// What it is.
    pub name: &'static str,
    /// Its bytes as they are hashed, base64.
    pub bytes: String,
}

/// An event as it is stored and hashed; personal data is in it encrypted, and stays so after an erasure.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"sequence": 1, "event_id": "evt_01jd3k7x2mfq8t9v5w6y0zabcd",
    "fields": [{"name": "previous_hash", "bytes": ""}, {"name": "type", "bytes": "dmVuZG9yLmNyZWF0ZWQ="}],
    "hash": "n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=", "leaf_hash": "bjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB0="}))]
pub struct LogEntry {
    /// Its place in the log: 1, 2, 3 …
    pub sequence: i64,
    /// The event's id.
    pub event_id: EventId,
    /// What its hash covers, in this order: `hash` is SHA-256 over all fields, each as its length (8 bytes, big-endian) and its bytes.
    /// `previous_hash` is the `hash` of the entry before, empty for the first; numbers are big-endian; ids are the 16 bytes that the
    /// base32 of the id stands for; `occurred_at` is in microseconds since 1970; `personal`, if there is any, is what of `data` is about
    /// people, encrypted with a key for each of them.
    pub fields: Vec<LogEntryField>,
    /// The event's hash, base64.
    pub hash: String,
    /// Its leaf in the log's Merkle tree: SHA-256 over a zero byte and `hash` (RFC 9162 §2.1.1), base64.
    pub leaf_hash: String,
}

/// Read an event as it is stored and hashed.
///
/// With it, anybody can recompute the chain of hashes and the leaves that checkpoints are signed over.
#[utoipa::path(get, path = "/log-entries/{sequence}", operation_id = "get_log_entry", tag = "events",
    params(("sequence" = i64, Path, description = "The event's sequence.", minimum = 1)), security(("bearer" = ["events:read"])),
    responses((status = 200, description = "The stored event.", body = LogEntry)))]
pub(super) async fn get_log_entry(State(app): State<App>, who: Can<may::ReadEvents>, At(sequence): At<i64>) -> Result<Json<LogEntry>, Problem> {
    vendor_side(&who)?;
    let vendor = who.scope.vendor();
    let db = app.db().read_of(vendor).await?;
    let row = log::entry(&db, vendor, sequence).await?.ok_or_else(Problem::not_found)?;
    let before = log::entry(&db, vendor, sequence - 1).await?.map_or_else(Vec::new, |row| row.hash);
    let mut fields = Vec::with_capacity(14);
    log::each_field(&before, &row, |name, bytes| fields.push(LogEntryField { name, bytes: STANDARD.encode(bytes) }));
    let (hash, leaf_hash) = (STANDARD.encode(&row.hash), STANDARD.encode(log::leaf(&row)));
    Ok(Json(LogEntry { sequence, event_id: EventId(row.id), fields, hash, leaf_hash }))
}

/// That an event is in the log (RFC 9162 §2.1.3).
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"sequence": 3, "leaf_index": 2, "tree_size": 3, "leaf_hash": "bjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB0=",
    "hashes": ["+sVCA+fMaWzw38tCySodnbr3CtnmIfS9jZhmLwDjwSU="], "root_hash": "rra8/idLcKFPsGel5VeCZNsPqbUa9eC6FZFY8ynga3c="}))]
pub struct LogInclusionProof {
    /// The event's sequence.
    pub sequence: i64,
    /// Its leaf's place: one less.
    pub leaf_index: i64,
    /// The size of the tree that it is proven to be in.
    pub tree_size: i64,
    /// Its leaf, base64.
    pub leaf_hash: String,
    /// The hashes that lead from the leaf to the root, base64.
    pub hashes: Vec<String>,
    /// The root that they lead to: compare it with that of a checkpoint of this size.
    pub root_hash: String,
}

/// What an inclusion proof is asked about.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct InclusionQuery {
    /// The size of the tree, e.g. a checkpoint's; the newest if absent.
    #[param(minimum = 1)]
    pub tree_size: Option<i64>,
}

/// Prove that an event is in the log.
///
/// Costs the same however long the log is. A new event is in the tree some seconds later.
#[utoipa::path(get, path = "/log-entries/{sequence}/inclusion-proof", operation_id = "get_log_inclusion_proof", tag = "events",
    params(("sequence" = i64, Path, description = "The event's sequence.", minimum = 1), InclusionQuery), security(("bearer" = ["events:read"])),
    responses((status = 200, description = "The proof.", body = LogInclusionProof)))]
pub(super) async fn get_log_inclusion_proof(
    State(app): State<App>,
    who: Can<may::ReadEvents>,
    At(sequence): At<i64>,
    Params(query): Params<InclusionQuery>,
) -> Result<Json<LogInclusionProof>, Problem> {
    vendor_side(&who)?;
    let vendor = who.scope.vendor();
    let db = app.db().read_of(vendor).await?;
    let row = log::entry(&db, vendor, sequence).await?.ok_or_else(Problem::not_found)?;
    let newest = log::size(&db, vendor).await?;
    let size = query.tree_size.unwrap_or(newest);
    if !(sequence..=newest).contains(&size) {
        let detail = format!("The tree now has {newest} events; ask for one of {sequence} or more, and wait some seconds for a new event.");
        return Err(Problem::invalid("tree_size", "out_of_range", detail));
    }
    let (index, tree) = (sequence as u64 - 1, 0..size as u64);
    let path = merkle::inclusion(index, size as u64);
    let read = TreeRead::of(&db, vendor, &[path.as_slice(), std::slice::from_ref(&tree)].concat()).await?;
    Ok(Json(LogInclusionProof {
        sequence,
        leaf_index: sequence - 1,
        tree_size: size,
        leaf_hash: STANDARD.encode(log::leaf(&row)),
        hashes: encoded(&read, &path)?,
        root_hash: STANDARD.encode(read.hash(&tree)?),
    }))
}
