//! The stored Merkle tree, in tiles of 256 hashes as C2SP tlog-tiles cuts it: a proof reads a few tiles, however long the log is.
//!
//! Tile `number` at `level` holds the hashes of the perfect subtrees of `256^level` leaves from `256 * number` on. Only the last
//! tile of a level ever grows.

use super::merkle::{Hash, Node, fold, node, nodes};
use crate::id::VendorId;
use sea_orm::{ConnectionTrait, DbErr, Statement};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// Hashes in a full tile, as a power of two.
const HEIGHT: u32 = 8;
/// Hashes in a full tile.
const WIDTH: usize = 1 << HEIGHT;

type Tiles = BTreeMap<(u32, u64), Vec<Hash>>;

/// How many events the stored tree of a vendor's log covers.
pub async fn size(db: &impl ConnectionTrait, vendor: VendorId) -> Result<i64, DbErr> {
    let sql = "SELECT size FROM log_trees WHERE vendor_id = $1";
    let row = db.query_one_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, [vendor.0.into()])).await?;
    row.map_or(Ok(0), |row| row.try_get("", "size"))
}

/// Hashes of ranges of a stored tree, read with one query.
pub struct TreeRead(Tiles);

impl TreeRead {
    /// Read what the hashes of `ranges` need; each lies within the tree.
    pub async fn of(db: &impl ConnectionTrait, vendor: VendorId, ranges: &[Range<u64>]) -> Result<Self, DbErr> {
        let wanted: BTreeSet<_> = ranges.iter().flat_map(nodes).map(|node| place(node).0).collect();
        Ok(Self(load(db, vendor, &wanted).await?))
    }

    /// The hash of a range.
    pub fn hash(&self, range: &Range<u64>) -> Result<Hash, DbErr> {
        let hashes: Option<Vec<_>> = nodes(range).into_iter().map(|node| hash_in(&self.0, node)).collect();
        hashes.map(|hashes| fold(&hashes)).ok_or_else(|| DbErr::Custom(format!("the stored tree lacks hashes of {range:?}")))
    }

    /// How many tiles were read.
    pub fn tiles(&self) -> usize {
        self.0.len()
    }
}

/// The tile that a node lies in, and which of its hashes are below it.
fn place(node: Node) -> ((u32, u64), Range<usize>) {
    let (level, above) = (node.level / HEIGHT, node.level % HEIGHT);
    let first = node.index << above;
    let at = (first % WIDTH as u64) as usize;
    ((level, first / WIDTH as u64), at..at + (1 << above))
}

fn hash_in(tiles: &Tiles, wanted: Node) -> Option<Hash> {
    let (tile, below) = place(wanted);
    tiles.get(&tile)?.get(below).map(top)
}

/// The hash over a power of two of hashes.
fn top(hashes: &[Hash]) -> Hash {
    match hashes {
        [one] => *one,
        many => {
            let (left, right) = many.split_at(many.len() / 2);
            node(&top(left), &top(right))
        }
    }
}

/// The growing edge of a stored tree: the last tile of every level.
pub(super) struct Edge {
    pub(super) size: u64,
    tiles: Tiles,
    changed: BTreeSet<(u32, u64)>,
}

impl Edge {
    /// Read the edge of the tree of `size` leaves.
    pub(super) async fn of(db: &impl ConnectionTrait, vendor: VendorId, size: u64) -> Result<Self, DbErr> {
        let count = |level: u32| size >> (HEIGHT * level);
        let wanted = (0..u64::BITS / HEIGHT).filter(|level| count(*level) % WIDTH as u64 > 0).map(|level| (level, count(level) / WIDTH as u64));
        let tiles = load(db, vendor, &wanted.collect()).await?;
        let whole = tiles.iter().all(|((level, _), hashes)| hashes.len() as u64 == count(*level) % WIDTH as u64);
        if whole { Ok(Self { size, tiles, changed: BTreeSet::new() }) } else { Err(DbErr::Custom("the stored tree is not of its size".into())) }
    }

    /// Add the next leaf.
    pub(super) fn push(&mut self, leaf: Hash) {
        let (mut hash, mut level, mut index) = (leaf, 0, self.size);
        self.size += 1;
        loop {
            let key = (level, index / WIDTH as u64);
            let tile = self.tiles.entry(key).or_default();
            tile.push(hash);
            self.changed.insert(key);
            if tile.len() < WIDTH {
                return;
            }
            hash = top(tile);
            (level, index) = (level + 1, key.1);
        }
    }

    /// The root of the tree as it now is.
    pub(super) fn root(&self) -> Result<Hash, DbErr> {
        let hashes: Option<Vec<_>> = nodes(&(0..self.size)).into_iter().map(|node| hash_in(&self.tiles, node)).collect();
        hashes.map(|hashes| fold(&hashes)).ok_or_else(|| DbErr::Custom("the stored tree lacks its edge".into()))
    }

    /// Write down the tiles that changed.
    pub(super) async fn store(&self, tx: &impl ConnectionTrait, vendor: VendorId) -> Result<(), DbErr> {
        for key in &self.changed {
            let sql = "INSERT INTO log_tiles (vendor_id, level, number, hashes) VALUES ($1, $2, $3, $4) \
                ON CONFLICT (vendor_id, level, number) DO UPDATE SET hashes = excluded.hashes";
            let values = [vendor.0.into(), (key.0 as i32).into(), (key.1 as i64).into(), self.tiles[key].concat().into()];
            tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await?;
        }
        Ok(())
    }
}

async fn load(db: &impl ConnectionTrait, vendor: VendorId, wanted: &BTreeSet<(u32, u64)>) -> Result<Tiles, DbErr> {
    if wanted.is_empty() {
        return Ok(Tiles::new());
    }
    let any: Vec<_> = (0..wanted.len()).map(|at| format!("(level = ${} AND number = ${})", 2 * at + 2, 2 * at + 3)).collect();
    let sql = format!("SELECT level, number, hashes FROM log_tiles WHERE vendor_id = $1 AND ({})", any.join(" OR "));
    let keys = wanted.iter().flat_map(|(level, number)| [(*level as i32).into(), (*number as i64).into()]);
    let values = std::iter::once(vendor.0.into()).chain(keys);
    let rows = db.query_all_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, values)).await?;
    let read = |row: sea_orm::QueryResult| {
        let (level, number): (i32, i64) = (row.try_get("", "level")?, row.try_get("", "number")?);
        let hashes: Vec<u8> = row.try_get("", "hashes")?;
        Ok(((level as u32, number as u64), hashes.as_chunks().0.to_vec()))
    };
    rows.into_iter().map(read).collect()
}

/// The leaves that the stored tree holds from `256 * number` on.
pub(super) async fn leaves(db: &impl ConnectionTrait, vendor: VendorId, number: u64) -> Result<Vec<Hash>, DbErr> {
    Ok(load(db, vendor, &BTreeSet::from([(0, number)])).await?.remove(&(0, number)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::super::merkle::{Growing, consistency, inclusion, leaf};
    use super::*;

    #[test]
    fn tiles_hold_every_hash_that_a_proof_wants() {
        let mut edge = Edge { size: 0, tiles: Tiles::new(), changed: BTreeSet::new() };
        let mut growing = Growing::default();
        for number in 0..70_000u32 {
            let leaf = leaf(&number.to_be_bytes());
            edge.push(leaf);
            growing.push(leaf);
            if number % 997 == 0 || number > 69_990 {
                assert_eq!(edge.root().unwrap(), growing.root(), "{number}");
            }
        }
        let read = TreeRead(edge.tiles);
        for (index, size) in [(0, 1), (0, 70_000), (255, 256), (65_535, 65_536), (69_999, 70_000), (300, 65_537)] {
            let ranges = inclusion(index, size);
            assert!(ranges.iter().all(|range| read.hash(range).is_ok()), "{index} in {size}");
            let tiles: BTreeSet<_> = ranges.iter().flat_map(nodes).map(|node| place(node).0).collect();
            assert!(tiles.len() <= 8, "{index} in {size}: {} tiles", tiles.len());
        }
        for (old, new) in [(1, 70_000), (255, 256), (65_536, 70_000), (65_537, 69_999)] {
            assert!(consistency(old, new).iter().all(|range| read.hash(range).is_ok()), "{old} to {new}");
        }
    }
}
