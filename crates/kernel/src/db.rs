//! The database: SQLite with one writer and a pool of readers, or Postgres; the same code above both.

use crate::id::VendorId;
use crate::lane::Lane;
use async_trait::async_trait;
use sea_orm::sqlx::pool::PoolOptions;
use sea_orm::sqlx::postgres::{PgConnectOptions, PgPool};
use sea_orm::sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sea_orm::sqlx::{self, ConnectOptions};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, ExecResult, QueryResult, RuntimeErr, Statement};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;

/// An open database.
#[derive(Clone)]
pub struct Db {
    read: DatabaseConnection,
    pub(crate) writer: Writer,
}

/// Something to read with: pass `&reading` wherever a query takes a connection. It refuses to write.
pub struct Reading(DatabaseConnection);

#[async_trait]
impl ConnectionTrait for Reading {
    fn get_database_backend(&self) -> DbBackend {
        self.0.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.0.execute_raw(statement).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.0.execute_unprepared(sql).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.0.query_one_raw(statement).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.0.query_all_raw(statement).await
    }
}

/// How writes reach the database.
#[derive(Clone)]
pub(crate) enum Writer {
    Sqlite(Arc<Mutex<Lane>>),
    Postgres(DatabaseConnection, PgPool),
}

/// Sizes of the pools.
#[derive(Debug, Clone, Copy)]
pub struct Pools {
    /// Connections to Postgres, or readers of SQLite.
    pub connections: u32,
}

impl Db {
    /// Open `sqlite://path` (made if missing) or `postgres://…`.
    pub async fn open(url: &str, pools: Pools) -> Result<Self, DbErr> {
        match url.split_once(':').map(|(scheme, _)| scheme) {
            Some("sqlite") => Self::open_sqlite(url, pools).await,
            Some("postgres" | "postgresql") => Self::open_postgres(url, pools).await,
            _ => Err(DbErr::Custom("a database URL begins with sqlite:// or postgres://".into())),
        }
    }

    async fn open_sqlite(url: &str, pools: Pools) -> Result<Self, DbErr> {
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
        Ok(Self { read: read.into(), writer: Writer::Sqlite(Arc::new(Mutex::new(Lane::new(writer.into())))) })
    }

    async fn open_postgres(url: &str, pools: Pools) -> Result<Self, DbErr> {
        let options = PgConnectOptions::from_str(url)
            .map_err(wrap)?
            .application_name("prm")
            .options([("statement_timeout", "30s"), ("idle_in_transaction_session_timeout", "60s")])
            .statement_cache_capacity(256)
            .disable_statement_logging();
        let pool = PoolOptions::<sqlx::Postgres>::new()
            .max_connections(pools.connections.max(2))
            .acquire_timeout(Duration::from_secs(10))
            .test_before_acquire(false)
            // A busy connection is known to live; only one that has rested is asked first.
            .before_acquire(|connection, meta| {
                Box::pin(async move {
                    use sqlx::Connection as _;
                    Ok(meta.idle_for < Duration::from_secs(5) || connection.ping().await.is_ok())
                })
            })
            .connect_with(options)
            .await
            .map_err(wrap)?;
        Ok(Self { read: pool.clone().into(), writer: Writer::Postgres(pool.clone().into(), pool) })
    }

    /// The connections to read with; on SQLite they refuse to write.
    pub fn read(&self) -> &DatabaseConnection {
        &self.read
    }

    /// A view of one vendor's rows.
    pub async fn read_of(&self, _vendor: VendorId) -> Result<Reading, DbErr> {
        Ok(Reading(self.read.clone()))
    }

    /// A view of every vendor's rows: for what serves all of them (authentication, workers), never for a caller's query.
    pub async fn read_across_vendors(&self) -> Result<Reading, DbErr> {
        Ok(Reading(self.read.clone()))
    }

    /// A connection that may change the schema; for migrations at start.
    pub async fn migrator(&self) -> DatabaseConnection {
        match &self.writer {
            Writer::Sqlite(lane) => lane.lock().await.connection(),
            Writer::Postgres(connection, _) => connection.clone(),
        }
    }

    /// The pool for LISTEN, if this is Postgres.
    pub fn postgres(&self) -> Option<&PgPool> {
        match &self.writer {
            Writer::Sqlite(_) => None,
            Writer::Postgres(_, pool) => Some(pool),
        }
    }

    /// Which of the two it is.
    pub fn backend(&self) -> DbBackend {
        match &self.writer {
            Writer::Sqlite(_) => DbBackend::Sqlite,
            Writer::Postgres(..) => DbBackend::Postgres,
        }
    }
}

fn wrap(cause: sqlx::Error) -> DbErr {
    DbErr::Conn(RuntimeErr::SqlxError(Arc::new(cause)))
}

fn sqlx_error(error: &DbErr) -> Option<&sqlx::Error> {
    match error {
        DbErr::Conn(RuntimeErr::SqlxError(cause)) | DbErr::Exec(RuntimeErr::SqlxError(cause)) | DbErr::Query(RuntimeErr::SqlxError(cause)) => {
            Some(cause)
        }
        _ => None,
    }
}

/// Whether the database is out of reach, full or locked, rather than the query wrong.
pub fn is_outage(error: &DbErr) -> bool {
    if matches!(error, DbErr::ConnectionAcquire(_) | DbErr::Conn(_)) {
        return true;
    }
    match sqlx_error(error) {
        Some(sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed | sqlx::Error::Tls(_)) => true,
        Some(sqlx::Error::Database(cause)) => cause.code().is_some_and(|code| {
            let outage = ["08", "53", "57P", "58"].iter().any(|class| code.len() == 5 && code.starts_with(class));
            // Deadlock, serialisation failure: nothing was done, the caller may try again.
            outage || matches!(&*code, "40001" | "40P01" | "55P03") || is_sqlite_outage(&code)
        }),
        _ => false,
    }
}

/// SQLite's primary result codes BUSY 5, LOCKED 6, READONLY 8, IOERR 10, FULL 13, CANTOPEN 14.
fn is_sqlite_outage(code: &str) -> bool {
    code.len() < 5 && code.parse::<u32>().is_ok_and(|code| matches!(code & 0xff, 5 | 6 | 8 | 10 | 13 | 14))
}

/// Whether a unique constraint refused the write.
pub fn is_duplicate(error: &DbErr) -> bool {
    matches!(error.sql_err(), Some(sea_orm::SqlErr::UniqueConstraintViolation(_)))
}

/// Whether a foreign key refused the write.
pub fn is_missing_reference(error: &DbErr) -> bool {
    matches!(error.sql_err(), Some(sea_orm::SqlErr::ForeignKeyConstraintViolation(_)))
}
