//! Behind each log grows its Merkle tree, and every growth ends in a signed checkpoint.
//!
//! The worker runs on every instance; whoever moves a tree's size from where it was read has grown it, the others give way.
//! It signs nothing that the chain of hashes does not bear out.

use super::tiles::{self, Edge};
use super::{append, checkpoint, event, mentions};
use crate::actor::Actor;
use crate::app::App;
use crate::id::VendorId;
use crate::problem::Problem;
use crate::tx::Tx;
use sea_orm::{ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, Statement};

/// Events taken into a tree in one transaction.
const BATCH: u64 = 1_000;

/// Take what is new in every vendor's log into its tree and sign where that ends.
pub async fn grow_all(app: &App) -> Result<(), Problem> {
    let sql = "SELECT h.vendor_id AS vendor_id FROM log_heads h LEFT JOIN log_trees t ON t.vendor_id = h.vendor_id \
        WHERE h.sequence > COALESCE(t.size, 0)";
    let db = app.db().read_across_vendors().await?;
    let rows = db.query_all_raw(Statement::from_string(app.db().backend(), sql)).await?;
    drop(db);
    for row in rows {
        let vendor = VendorId(row.try_get("", "vendor_id")?);
        // What one vendor's log holds must not hold up the others.
        if let Err(problem) = grow(app, vendor).await {
            tracing::error!(%vendor, ?problem, "no checkpoint of this log could be made");
        }
    }
    Ok(())
}

/// Take what is new in one vendor's log into its tree and sign where that ends.
pub async fn grow(app: &App, vendor: VendorId) -> Result<(), Problem> {
    loop {
        let db = app.db().read_of(vendor).await?;
        let (size, head) = (tiles::size(&db, vendor).await?, super::head(&db, vendor).await?);
        if size >= head {
            return Ok(());
        }
        let events = next(&db, vendor, size).await?;
        let edge = Edge::of(&db, vendor, size as u64).await;
        drop(db);
        if events.is_empty() {
            return Err(Problem::internal(format!("event {} is missing", size + 1)));
        }
        let actor = Actor::system("log_tree", vendor);
        let grown = app.write(&actor, async |tx| take(tx, size, &events, edge).await).await?;
        if !grown {
            return Ok(());
        }
    }
}

/// The events after `size`, if they bear out the chain; the one before is read for its hash.
async fn next(db: &impl ConnectionTrait, vendor: VendorId, size: i64) -> Result<Vec<event::Model>, Problem> {
    let find = event::Entity::find().filter(event::Column::VendorId.eq(vendor.0)).filter(event::Column::Sequence.gte(size.max(1)));
    let rows = find.order_by_asc(event::Column::Sequence).limit(BATCH + 1).all(db).await?;
    let (mut before, mut expected, mut new) = (Vec::new(), size.max(1), Vec::new());
    for row in rows {
        if row.sequence != expected {
            return Err(Problem::internal(format!("event {expected} is missing")));
        }
        expected += 1;
        if row.sequence > size {
            if append::chain(&before, &row) != row.hash {
                return Err(Problem::internal(format!("event {} was edited, moved or replaced", row.sequence)));
            }
            before.clone_from(&row.hash);
            new.push(row);
        } else {
            before = row.hash;
        }
    }
    new.truncate(BATCH as usize);
    Ok(new)
}

/// `false` if another instance took these events meanwhile.
async fn take(tx: &mut Tx, from: i64, events: &[event::Model], edge: Result<Edge, DbErr>) -> Result<bool, DbErr> {
    let (vendor, backend) = (tx.vendor(), tx.get_database_backend());
    let to = from + events.len() as i64;
    let sql = if from == 0 {
        "INSERT INTO log_trees (vendor_id, size) VALUES ($1, $2) ON CONFLICT (vendor_id) DO NOTHING"
    } else {
        "UPDATE log_trees SET size = $2 WHERE vendor_id = $1 AND size = $3"
    };
    let mut values = vec![vendor.0.into(), to.into()];
    if from > 0 {
        values.push(from.into());
    }
    if tx.execute_raw(Statement::from_sql_and_values(backend, sql, values)).await?.rows_affected() == 0 {
        return Ok(false);
    }
    // Ours alone now; the edge that was read before is the one to grow, unless it was read in the middle of another's growth.
    let mut edge = edge?;
    events.iter().for_each(|event| edge.push(append::leaf(event)));
    edge.store(tx, vendor).await?;
    mentions::note(tx, vendor, events).await?;
    checkpoint::sign(tx, to, edge.root()?).await?;
    Ok(true)
}
