//! The database: SQLite with one writer and a pool of readers, or Postgres; the same code above both.
//!
//! Whoever reads says whose rows: one vendor's, or explicitly those of all. On Postgres row-level security holds
//! them to it; on SQLite, which has none, it is only said.

mod postgres;
mod reading;
mod session;
mod sqlite;

use crate::id::VendorId;
pub use postgres::APP_ROLE;
use sea_orm::sqlx::{self, PgPool};
use sea_orm::{DatabaseConnection, DbBackend, DbErr, RuntimeErr, Statement};
use std::sync::Arc;

pub use reading::Reading;
pub(crate) use session::{Reach, Session};

/// An open database.
#[derive(Clone)]
pub struct Db {
    pub(crate) engine: Engine,
}

/// Which of the two it is.
#[derive(Clone)]
pub(crate) enum Engine {
    Sqlite(sqlite::Sqlite),
    Postgres(Arc<postgres::Postgres>),
}

/// Sizes of the pools.
#[derive(Debug, Clone, Copy)]
pub struct Pools {
    /// Connections to Postgres, or readers of SQLite.
    pub connections: u32,
}

impl Db {
    /// Open `sqlite://path` (made if missing) or `postgres://…`, whose user owns the tables and may become [`APP_ROLE`].
    pub async fn open(url: &str, pools: Pools) -> Result<Self, DbErr> {
        Self::open_apart(url, None, pools).await
    }

    /// Open it; on Postgres with an owner's URL for migrations, and `url` as an ordinary user for everything else.
    pub async fn open_apart(url: &str, owner: Option<&str>, pools: Pools) -> Result<Self, DbErr> {
        let engine = match url.split_once(':').map(|(scheme, _)| scheme) {
            Some("sqlite") => Engine::Sqlite(sqlite::Sqlite::open(url, pools).await?),
            Some("postgres" | "postgresql") => Engine::Postgres(Arc::new(postgres::Postgres::open(url, owner, pools).await?)),
            _ => return Err(DbErr::Custom("a database URL begins with sqlite:// or postgres://".into())),
        };
        Ok(Self { engine })
    }

    /// A view of one vendor's rows. On Postgres the database itself shows no other, whatever the query says.
    pub async fn read_of(&self, vendor: VendorId) -> Result<Reading, DbErr> {
        Ok(self.reading(Reach::Vendor(vendor)))
    }

    /// A view of every vendor's rows, in the few tables that the wall opens to it (migrations/src/wall.rs): for what
    /// serves all vendors (authentication by hash, workers that look for work), never for a caller's query.
    pub async fn read_across_vendors(&self) -> Result<Reading, DbErr> {
        Ok(self.reading(Reach::AllVendors))
    }

    fn reading(&self, reach: Reach) -> Reading {
        match &self.engine {
            Engine::Sqlite(sqlite) => Reading::of_sqlite(sqlite.read.clone()),
            Engine::Postgres(postgres) => Reading::of_postgres(postgres.clone(), reach),
        }
    }

    /// A connection that may change the schema; for migrations at start. On Postgres it is the owner's.
    pub async fn migrator(&self) -> DatabaseConnection {
        match &self.engine {
            Engine::Sqlite(sqlite) => sqlite.lane.lock().await.connection(),
            Engine::Postgres(postgres) => postgres.owner.clone().into(),
        }
    }

    /// The role of Postgres that reads and writes, and so needs grants; none on SQLite. And whether it is a user's own,
    /// with the owner's URL apart, rather than one that the owner takes on.
    pub fn role(&self) -> Option<(&str, bool)> {
        match &self.engine {
            Engine::Sqlite(_) => None,
            Engine::Postgres(postgres) => Some((&postgres.role, postgres.apart)),
        }
    }

    /// Whether the wall holds this service: otherwise why not and what to do, as a sentence. SQLite has no wall.
    pub async fn check_role(&self) -> Result<(), String> {
        match &self.engine {
            Engine::Sqlite(_) => Ok(()),
            Engine::Postgres(postgres) => postgres.check_role().await,
        }
    }

    /// Write SQLite's file anew and empty its write-ahead log, so that nothing of what was deleted or overwritten is left in either.
    /// Everybody who writes waits for it. Does nothing on Postgres, where only the owner of a table may, and VACUUM, the
    /// write-ahead log and backups go by the operator's times.
    pub async fn scrub(&self) -> Result<(), DbErr> {
        match &self.engine {
            Engine::Sqlite(sqlite) => sqlite.scrub().await,
            Engine::Postgres(_) => Ok(()),
        }
    }

    /// The pool of the application's connections, if this is Postgres. A statement on it that has not said whose
    /// rows it is about sees none.
    pub fn postgres(&self) -> Option<&PgPool> {
        match &self.engine {
            Engine::Sqlite(_) => None,
            Engine::Postgres(postgres) => Some(&postgres.pool),
        }
    }

    /// The pool for LISTEN, if this is Postgres.
    pub fn listener(&self) -> Option<&PgPool> {
        match &self.engine {
            Engine::Sqlite(_) => None,
            Engine::Postgres(postgres) => Some(&postgres.listener),
        }
    }

    /// Close every connection. Closed in order, a SQLite database is one file again.
    pub async fn close(&self) -> Result<(), DbErr> {
        match &self.engine {
            Engine::Sqlite(sqlite) => {
                sqlite.read.clone().close().await?;
                self.migrator().await.close().await
            }
            Engine::Postgres(postgres) => {
                for pool in [&postgres.listener, &postgres.pool, &postgres.owner] {
                    pool.close().await;
                }
                Ok(())
            }
        }
    }

    /// Which of the two it is.
    pub fn backend(&self) -> DbBackend {
        match &self.engine {
            Engine::Sqlite(_) => DbBackend::Sqlite,
            Engine::Postgres(_) => DbBackend::Postgres,
        }
    }
}

/// Tell whoever listens (`PRM_LOG=prm::sql=trace`) what is asked of the database; never with which values.
pub(crate) fn told(statement: &Statement) {
    tracing::trace!(target: "prm::sql", sql = statement.sql, "statement");
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
