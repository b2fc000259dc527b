//! The writing end: events are numbered, chained and stored in the transaction of the change itself.

use super::{Event, Subject, event, merkle};
use crate::actor::ActorRef;
use crate::id::VendorId;
use crate::personal::{self, Secret};
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use sea_orm::{DbBackend, QueryTrait as _, Statement};
use sha2::{Digest, Sha256};

/// An event that was emitted and waits for its number.
#[derive(Clone)]
pub(crate) struct Pending {
    pub(crate) id: Uuid,
    pub(crate) kind: &'static str,
    pub(crate) version: i32,
    pub(crate) subject: Subject,
    pub(crate) data: String,
    /// What was taken out of `data`, waiting for its keys.
    pub(crate) secrets: Vec<Secret>,
    /// The same, sealed.
    pub(crate) personal: Option<String>,
}

impl Pending {
    pub(crate) fn of<E: Event>(vendor: VendorId, event: &E) -> Self {
        let personal = event.personal();
        let (data, secrets) = if personal.is_empty() {
            (serde_json::to_string(event).expect("an event is plain data"), Vec::new())
        } else {
            let mut data = serde_json::to_value(event).expect("an event is plain data");
            let secrets = personal::take(vendor, &mut data, &personal);
            (data.to_string(), secrets)
        };
        Self { id: crate::id::fresh(), kind: E::TYPE, version: E::VERSION, subject: event.subject(), data, secrets, personal: None }
    }
}

/// Number, chain and store what a transaction emitted; the last thing that it does before its commit.
pub(crate) async fn append(
    tx: &impl ConnectionTrait,
    vendor: VendorId,
    at: DateTime<Utc>,
    actor: ActorRef,
    pending: Vec<Pending>,
) -> Result<i64, DbErr> {
    let backend = tx.get_database_backend();
    let take = "UPDATE log_heads SET sequence = sequence + $2 WHERE vendor_id = $1 RETURNING sequence, hash";
    let values = [vendor.0.into(), (pending.len() as i64).into()];
    let head = tx.query_one_raw(Statement::from_sql_and_values(backend, take, values)).await?;
    let head = head.ok_or_else(|| DbErr::RecordNotFound("the vendor has no log".into()))?;
    let last: i64 = head.try_get("", "sequence")?;
    let mut hash: Vec<u8> = head.try_get("", "hash")?;
    let first = last - pending.len() as i64 + 1;
    let mut rows = Vec::with_capacity(pending.len());
    for (sequence, new) in (first..).zip(pending) {
        let mut row = event::Model {
            vendor_id: vendor.0,
            sequence,
            id: new.id,
            kind: new.kind.to_owned(),
            version: new.version,
            occurred_at: at,
            actor_kind: actor.kind.clone(),
            actor_id: actor.id.clone(),
            subject_kind: new.subject.kind,
            subject_id: new.subject.id,
            subject_revision: new.subject.revision,
            data: new.data,
            hash: Vec::new(),
            personal: new.personal,
        };
        row.hash = chain(&hash, &row);
        hash.clone_from(&row.hash);
        rows.push(row);
    }
    store(tx, vendor, rows, hash).await?;
    Ok(last)
}

/// Insert the events and write the new end of the chain down.
async fn store(tx: &impl ConnectionTrait, vendor: VendorId, rows: Vec<event::Model>, hash: Vec<u8>) -> Result<(), DbErr> {
    let backend = tx.get_database_backend();
    let head = [vendor.0.into(), hash.into()];
    // Chunks: SQLite takes no more than 32,766 variables in a statement.
    const CHUNK: usize = 1_000;
    if backend == DbBackend::Postgres && rows.len() <= CHUNK {
        // One trip instead of two while every other writer of this vendor waits for the head.
        let insert = event::Entity::insert_many(rows.into_iter().map(event::ActiveModel::from)).build(backend);
        let values = insert.values.map_or_else(Vec::new, |values| values.0);
        let (id, end) = (values.len() + 1, values.len() + 2);
        let sql = format!("WITH inserted AS ({}) UPDATE log_heads SET hash = ${end} WHERE vendor_id = ${id}", insert.sql);
        return tx.execute_raw(Statement::from_sql_and_values(backend, sql, values.into_iter().chain(head))).await.map(|_| ());
    }
    for chunk in rows.chunks(CHUNK) {
        event::Entity::insert_many(chunk.iter().cloned().map(event::ActiveModel::from)).exec_without_returning(tx).await?;
    }
    let keep = "UPDATE log_heads SET hash = $2 WHERE vendor_id = $1";
    tx.execute_raw(Statement::from_sql_and_values(backend, keep, head)).await.map(|_| ())
}

/// The bytes that an event's hash covers, field by field in their order: `before` is the hash of the event before it, empty for the
/// first. Numbers are big-endian (`version` 4 bytes, the others 8), the time is in microseconds since 1970, ids are the 16 bytes of
/// the UUID, texts UTF-8; `personal` is there only if the event holds personal data.
pub fn each_field(before: &[u8], event: &event::Model, mut take: impl FnMut(&'static str, &[u8])) {
    take("previous_hash", before);
    take("vendor_id", event.vendor_id.as_bytes());
    take("sequence", &event.sequence.to_be_bytes());
    take("event_id", event.id.as_bytes());
    take("type", event.kind.as_bytes());
    take("version", &event.version.to_be_bytes());
    take("occurred_at", &event.occurred_at.timestamp_micros().to_be_bytes());
    take("actor_type", event.actor_kind.as_bytes());
    take("actor_id", event.actor_id.as_bytes());
    take("subject_type", event.subject_kind.as_bytes());
    take("subject_id", event.subject_id.as_bytes());
    take("subject_revision", &event.subject_revision.to_be_bytes());
    take("data", event.data.as_bytes());
    if let Some(personal) = &event.personal {
        take("personal", personal.as_bytes());
    }
}

/// SHA-256 over [`each_field`], each with its length (8 bytes, big-endian) in front.
pub fn chain(before: &[u8], event: &event::Model) -> Vec<u8> {
    let mut hash = Sha256::new();
    each_field(before, event, |_, bytes| {
        hash.update((bytes.len() as u64).to_be_bytes());
        hash.update(bytes);
    });
    hash.finalize().to_vec()
}

/// The Merkle tree's leaf for an event: it covers the event's place in the chain, and so all before it, with 32 bytes to carry about.
pub fn leaf(event: &event::Model) -> merkle::Hash {
    merkle::leaf(&event.hash)
}

/// Open an empty log for a new vendor.
pub async fn open(tx: &impl ConnectionTrait, vendor: VendorId) -> Result<(), DbErr> {
    let sql = "INSERT INTO log_heads (vendor_id, sequence, hash) VALUES ($1, 0, $2)";
    let values = [vendor.0.into(), Vec::<u8>::new().into()];
    tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await.map(|_| ())
}
