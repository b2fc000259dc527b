//! Holds the stored log against its chain of hashes, its Merkle tree, its checkpoints, and one that somebody kept.

use super::append::chain;
use super::checkpoint::{self, Checkpoint};
use super::merkle::{self, Growing, Hash};
use super::note::{BadNote, CheckpointText, Note, Verifier};
use super::{event, tiles};
use crate::id::VendorId;
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use sea_orm::{QueryOrder, QuerySelect, Statement};
use std::collections::BTreeMap;

/// What [`verify`] found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Events read.
    pub events: i64,
    /// The first thing that is wrong, if anything is.
    pub fault: Option<String>,
}

/// A checkpoint that somebody kept outside of the database.
#[derive(Debug, Clone)]
pub struct Saved {
    note: Note,
    /// What it says.
    pub checkpoint: CheckpointText,
}

impl Saved {
    /// Read a signed note, or the JSON of the API that carries one.
    pub fn read(text: &str) -> Result<Self, BadNote> {
        let json: Option<serde_json::Value> = serde_json::from_str(text).ok();
        let carried = json.as_ref().and_then(|json| json["note"].as_str());
        let note = Note::read(carried.unwrap_or(text))?;
        let checkpoint = CheckpointText::read(&note.text)?;
        Ok(Self { note, checkpoint })
    }

    /// The vendor whose log it is about: the last part of its origin.
    pub fn vendor(&self) -> Option<VendorId> {
        self.checkpoint.origin.rsplit('/').next()?.parse().ok()
    }

    /// Whether one of these keys signed it.
    pub fn is_signed_by(&self, keys: &[Verifier]) -> bool {
        keys.iter().any(|key| key.name == self.checkpoint.origin && key.verifies(&self.note))
    }
}

/// Walk a vendor's whole log and check numbers and chain against the recorded head, and the tree and the checkpoints that were
/// made of it. The log may grow meanwhile.
pub async fn verify(db: &impl ConnectionTrait, vendor: VendorId) -> Result<Verdict, DbErr> {
    walk(db, vendor, None).await
}

/// The same, and that the log's beginning is what `saved` was signed for: whoever recomputed all of the database is found by it.
pub async fn verify_against(db: &impl ConnectionTrait, vendor: VendorId, saved: &Saved) -> Result<Verdict, DbErr> {
    walk(db, vendor, Some(&saved.checkpoint)).await
}

/// What the log is held against, event by event.
struct Expected<'a> {
    /// How many events the stored tree covers.
    tree: u64,
    /// The tree's leaves of the last 256 events looked at.
    leaves: Vec<Hash>,
    /// Roots by size: of stored checkpoints, as far as they were looked up.
    signed: BTreeMap<i64, (Hash, DateTime<Utc>)>,
    /// All stored checkpoints up to here were looked up.
    looked_up: i64,
    saved: Option<&'a CheckpointText>,
}

impl Expected<'_> {
    /// What is wrong after the event that made `growing` what it is, if anything is.
    async fn fault(&mut self, db: &impl ConnectionTrait, vendor: VendorId, leaf: Hash, growing: &Growing) -> Result<Option<String>, DbErr> {
        let size = growing.size();
        let index = size - 1;
        if index < self.tree {
            if index.is_multiple_of(256) {
                self.leaves = tiles::leaves(db, vendor, index / 256).await?;
            }
            if self.leaves.get((index % 256) as usize) != Some(&leaf) {
                return Ok(Some(format!("event {size} is not the one that its Merkle tree holds")));
            }
        }
        if size as i64 > self.looked_up {
            self.looked_up = size as i64 + 999;
            let found = checkpoints(db, vendor, size as i64, self.looked_up).await?;
            self.signed = found.into_iter().map(|one| (one.size, (one.root, one.created_at))).collect();
        }
        if let Some((root, at)) = self.signed.get(&(size as i64))
            && *root != growing.root()
        {
            return Ok(Some(format!("the first {size} events are not those that the checkpoint of {} was signed for", at.to_rfc3339())));
        }
        match self.saved {
            Some(saved) if saved.size == size && saved.root != growing.root() => {
                Ok(Some(format!("the first {size} events are not those that the saved checkpoint was signed for")))
            }
            _ => Ok(None),
        }
    }
}

async fn walk(db: &impl ConnectionTrait, vendor: VendorId, saved: Option<&CheckpointText>) -> Result<Verdict, DbErr> {
    let (mut after, mut hash) = (0, Vec::new());
    let fault = |events, text: String| Ok(Verdict { events, fault: Some(text) });
    // The tree before the head: it never reaches beyond it. The head before the events: up to there everything must be there,
    // whatever is appended in the meantime.
    let tree = tiles::size(db, vendor).await?;
    let Some(head) = recorded_head(db, vendor).await? else { return fault(after, "the log has no head".into()) };
    let mut expected = Expected { tree: tree as u64, leaves: Vec::new(), signed: BTreeMap::new(), looked_up: 0, saved };
    let mut growing = Growing::default();
    while after < head.0 {
        let rows = event::Entity::find()
            .filter(event::Column::VendorId.eq(vendor.0))
            .filter(event::Column::Sequence.gt(after))
            .filter(event::Column::Sequence.lte(head.0))
            .order_by_asc(event::Column::Sequence)
            .limit(1_000)
            .all(db)
            .await?;
        if rows.is_empty() {
            break;
        }
        for row in &rows {
            if row.sequence != after + 1 {
                return fault(after, format!("event {} is missing", after + 1));
            }
            if chain(&hash, row) != row.hash {
                return fault(after, format!("event {} was edited, moved or replaced", row.sequence));
            }
            let leaf = merkle::leaf(&row.hash);
            growing.push(leaf);
            if let Some(text) = expected.fault(db, vendor, leaf, &growing).await? {
                return fault(after, text);
            }
            hash.clone_from(&row.hash);
            after += 1;
        }
    }
    if head != (after, hash) {
        return fault(after, format!("the log ends at {after}, its head says {}", head.0));
    }
    if tree > after {
        return fault(after, format!("the log ends at {after}, its Merkle tree says {tree}"));
    }
    if let Some(saved) = saved.filter(|saved| saved.size > after as u64) {
        return fault(after, format!("the log ends at {after}, the saved checkpoint was signed for {}", saved.size));
    }
    // An event that no head has ever counted was put in.
    let last = last_event(db, vendor).await?;
    let head = recorded_head(db, vendor).await?.map_or(0, |head| head.0);
    if last > head {
        return fault(after, format!("the log ends at {last}, its head says {head}"));
    }
    Ok(Verdict { events: after, fault: None })
}

async fn checkpoints(db: &impl ConnectionTrait, vendor: VendorId, first: i64, last: i64) -> Result<Vec<Checkpoint>, DbErr> {
    let found = checkpoint::list(db, vendor, Some(last + 1), (last - first + 1) as u64).await?;
    Ok(found.into_iter().filter(|one| one.size >= first).collect())
}

async fn recorded_head(db: &impl ConnectionTrait, vendor: VendorId) -> Result<Option<(i64, Vec<u8>)>, DbErr> {
    let sql = "SELECT sequence, hash FROM log_heads WHERE vendor_id = $1";
    let row = db.query_one_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, [vendor.0.into()])).await?;
    row.map(|row| Ok((row.try_get("", "sequence")?, row.try_get("", "hash")?))).transpose()
}

async fn last_event(db: &impl ConnectionTrait, vendor: VendorId) -> Result<i64, DbErr> {
    let sql = "SELECT COALESCE(MAX(sequence), 0) AS last FROM events WHERE vendor_id = $1";
    let row = db.query_one_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, [vendor.0.into()])).await?;
    row.map_or(Ok(0), |row| row.try_get("", "last"))
}
