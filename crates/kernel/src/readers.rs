//! Readers of the log: whatever reacts to a change follows it with a durable cursor.
//!
//! The cursor moves in the transaction of the effect, and only from where it was read: so an
//! event has its effect once, whichever instances look at it and wherever they die.

use crate::actor::Actor;
use crate::app::App;
use crate::id::VendorId;
use crate::log::{self, Envelope, Filter};
use crate::problem::{Problem, kinds};
use crate::tx::Tx;
use futures::future::BoxFuture;
use sea_orm::{ConnectionTrait, DbErr, Statement};
use uuid::Uuid;

/// Events handled in one transaction.
const BATCH: u64 = 100;

/// What a reader does, in the transaction that moves its cursor.
pub enum React {
    /// With each event, one after the other.
    Each(for<'a> fn(&'a mut Tx, &'a Envelope) -> BoxFuture<'a, Result<(), Problem>>),
    /// With all that are new, in their order: for what is written with few statements, however many they are.
    Together(Together),
}

/// Reacts to several events at once.
pub type Together = for<'a> fn(&'a mut Tx, &'a [Envelope]) -> BoxFuture<'a, Result<(), Problem>>;

impl React {
    async fn run(&self, tx: &mut Tx, events: &[Envelope]) -> Result<(), Problem> {
        match self {
            Self::Together(react) if !events.is_empty() => react(tx, events).await,
            Self::Together(_) => Ok(()),
            Self::Each(react) => {
                for event in events {
                    react(tx, event).await?;
                }
                Ok(())
            }
        }
    }
}

/// Whether an event calls for anything at all; asked before the transaction, so that long looks hold nothing up.
pub type Relevant = for<'a> fn(&'a App, &'a Envelope) -> BoxFuture<'a, Result<bool, Problem>>;

/// A named reader with its durable cursor per vendor.
pub struct Reader {
    /// Names the cursor; never renamed.
    pub name: &'static str,
    /// The types it takes; the cursor passes over the others.
    pub types: &'static [&'static str],
    /// Which of those it reacts to; all if absent.
    pub relevant: Option<Relevant>,
    /// What it does.
    pub react: React,
}

impl Reader {
    /// Handle what is new in every vendor's log; returns how many events were passed.
    pub async fn run(&self, app: &App) -> Result<usize, Problem> {
        let (mut passed, mut failed) = (0, None);
        for (vendor, cursor, _) in behind(app, self.name, 1_000).await? {
            // What one vendor's log holds must not hold up the others.
            match self.advance(app, vendor, cursor).await {
                Ok(count) => passed += count,
                Err(problem) => failed = Some(problem),
            }
        }
        match failed {
            Some(problem) if passed == 0 => Err(problem),
            Some(problem) => {
                tracing::warn!(reader = self.name, ?problem, "a reader failed for some vendors; it tries again");
                Ok(passed)
            }
            None => Ok(passed),
        }
    }

    async fn advance(&self, app: &App, vendor: VendorId, cursor: i64) -> Result<usize, Problem> {
        let db = app.db().read_of(vendor).await?;
        let head = log::head(&db, vendor).await?;
        let filter = Filter { types: self.types.iter().map(ToString::to_string).collect(), subject: None };
        let events = log::read(app, &db, vendor, cursor, &filter, BATCH).await?;
        drop(db);
        let last = events.last().map_or(cursor, |event| event.sequence);
        // A full batch ends at its last event; a short one has seen all up to the head, or beyond what was the head just now.
        let reached = if events.len() as u64 == BATCH { last } else { last.max(head) };
        let events = self.relevant(app, events).await?;
        let actor = Actor::system(self.name, vendor);
        let moved = app
            .write(&actor, async |tx| {
                if !move_cursor(tx, self.name, vendor, cursor, reached).await? {
                    return Ok::<_, Problem>(false);
                }
                self.react.run(tx, &events).await?;
                Ok(true)
            })
            .await?;
        Ok(if moved { (reached - cursor) as usize } else { 0 })
    }

    async fn relevant(&self, app: &App, mut events: Vec<Envelope>) -> Result<Vec<Envelope>, Problem> {
        let Some(relevant) = self.relevant else { return Ok(events) };
        let mut kept = Vec::new();
        for event in events.drain(..) {
            if relevant(app, &event).await? {
                kept.push(event);
            }
        }
        Ok(kept)
    }
}

/// Vendors whose log goes beyond the cursor of `name`, with that cursor and the log's head; `most` of them.
pub async fn behind(app: &App, name: &str, most: i64) -> Result<Vec<(VendorId, i64, i64)>, DbErr> {
    let sql = "SELECT h.vendor_id AS vendor_id, COALESCE(r.sequence, 0) AS sequence, h.sequence AS head FROM log_heads h \
        LEFT JOIN readers r ON r.vendor_id = h.vendor_id AND r.name = $1 \
        WHERE h.sequence > COALESCE(r.sequence, 0) LIMIT $2";
    let values = [name.into(), most.into()];
    let rows = app.db().read_across_vendors().await?.query_all_raw(Statement::from_sql_and_values(app.db().backend(), sql, values)).await?;
    let read =
        |row: sea_orm::QueryResult| Ok((VendorId(row.try_get::<Uuid>("", "vendor_id")?), row.try_get("", "sequence")?, row.try_get("", "head")?));
    rows.into_iter().map(read).collect()
}

/// Move a cursor from `from` to `to`; `false` if another instance has moved it meanwhile.
pub async fn move_cursor(tx: &Tx, name: &str, vendor: VendorId, from: i64, to: i64) -> Result<bool, DbErr> {
    let sql = "INSERT INTO readers (vendor_id, name, sequence) VALUES ($1, $2, $4) \
        ON CONFLICT (vendor_id, name) DO UPDATE SET sequence = $4 WHERE readers.sequence = $3";
    let fresh_only = "INSERT INTO readers (vendor_id, name, sequence) VALUES ($1, $2, $3) ON CONFLICT (vendor_id, name) DO NOTHING";
    let backend = tx.get_database_backend();
    if from == 0 {
        let first = [vendor.0.into(), name.into(), to.into()];
        let done = tx.execute_raw(Statement::from_sql_and_values(backend, fresh_only, first)).await?;
        if done.rows_affected() == 1 {
            return Ok(true);
        }
    }
    let values = [vendor.0.into(), name.into(), from.into(), to.into()];
    Ok(tx.execute_raw(Statement::from_sql_and_values(backend, sql, values)).await?.rows_affected() == 1)
}

/// A cursor's place; 0 if it has never moved.
pub async fn cursor(app: &App, name: &str, vendor: VendorId) -> Result<i64, Problem> {
    let sql = "SELECT sequence FROM readers WHERE vendor_id = $1 AND name = $2";
    let values = [vendor.0.into(), name.into()];
    let row = app.db().read_of(vendor).await?.query_one_raw(Statement::from_sql_and_values(app.db().backend(), sql, values)).await?;
    row.map_or(Ok(0), |row| row.try_get("", "sequence").map_err(|_| Problem::new(kinds::INTERNAL)))
}
