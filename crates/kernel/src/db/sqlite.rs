//! SQLite: one connection that writes, a pool of readers that cannot.
//!
//! One file has no roles and no row-level security: here the queries' own scope is the only wall.

use super::{Pools, wrap};
use crate::lane::{self, Lane};
use sea_orm::sqlx::pool::PoolOptions;
use sea_orm::sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sea_orm::sqlx::{self, ConnectOptions};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, Statement};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;

/// An open SQLite database.
#[derive(Clone)]
pub(crate) struct Sqlite {
    pub(crate) read: DatabaseConnection,
    pub(crate) lane: Arc<Mutex<Lane>>,
}

impl Sqlite {
    pub(super) async fn open(url: &str, pools: Pools) -> Result<Self, DbErr> {
        let options = SqliteConnectOptions::from_str(url)
            .map_err(wrap)?
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(10))
            .pragma("journal_size_limit", "67108864")
            .pragma("temp_store", "memory")
            // Without it every reader copies its pages out of the kernel, and its cache is 2 MB.
            .pragma("mmap_size", "268435456")
            .statement_cache_capacity(256)
            .disable_statement_logging();
        let forever =
            |size| PoolOptions::<sqlx::Sqlite>::new().max_connections(size).max_lifetime(None).idle_timeout(None).test_before_acquire(false);
        // The writer keeps what it changes at hand, and moves the WAL into the database less often than each 4 MB.
        let writing = options.clone().pragma("cache_size", "-32768").pragma("wal_autocheckpoint", "4000");
        let writer = forever(1).connect_with(writing).await.map_err(wrap)?;
        let readers = forever(pools.connections.max(1));
        let read = readers.connect_with(options.pragma("query_only", "on")).await.map_err(wrap)?;
        Ok(Self { read: read.into(), lane: Arc::new(Mutex::new(Lane::new(writer.into()))) })
    }

    /// Write the file anew and empty the write-ahead log. `secure_delete` would not do: pages that were split keep copies.
    pub(super) async fn scrub(&self) -> Result<(), DbErr> {
        let held = lane::alone(&self.lane).await;
        let connection = held.connection();
        // In a file and not in memory: the copy is as large as the database.
        connection.execute_unprepared("PRAGMA temp_store = file").await?;
        let written = connection.execute_unprepared("VACUUM").await;
        connection.execute_unprepared("PRAGMA temp_store = memory").await?;
        written?;
        let truncate = Statement::from_string(DbBackend::Sqlite, "PRAGMA wal_checkpoint(TRUNCATE)");
        let busy = connection.query_one_raw(truncate).await?.map(|row| row.try_get_by_index::<i32>(0)).transpose()?;
        if busy == Some(0) { Ok(()) } else { Err(DbErr::Custom("a reader kept the write-ahead log from being emptied".into())) }
    }
}
