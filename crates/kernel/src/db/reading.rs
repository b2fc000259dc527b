//! Reading: on Postgres in read-only transactions that say whose rows they see.
//!
//! A reading keeps its transaction from one statement to the next, so that the second costs one round trip; but
//! only as long as nobody waits for a connection. So code that holds a reading and asks for another connection,
//! or goes elsewhere meanwhile, holds nobody up: not even itself, with one connection in all. Each statement
//! sees what was committed when it began, as it would in one transaction.

use super::postgres::Postgres;
use super::session::{Reach, Session};
use async_trait::async_trait;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, ExecResult, QueryResult, Statement};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// A transaction that nothing was asked of for so long is ended; Postgres would cut it off some time later.
const RESTS: Duration = Duration::from_secs(5);

/// Something to read with: pass `&reading` wherever a query takes a connection. It refuses to write.
pub struct Reading(From);

enum From {
    Sqlite(DatabaseConnection),
    Postgres { db: Arc<Postgres>, reach: Reach, number: u64 },
}

/// Transactions between two statements of their readings, by the reading's number.
#[derive(Default)]
pub(super) struct Resting {
    sessions: Mutex<HashMap<u64, (Session, Instant)>>,
    next: AtomicU64,
    waiting: AtomicUsize,
}

impl Resting {
    /// Give a connection up to whoever waits for one.
    pub(super) fn give_one_up(&self) {
        let mut sessions = self.sessions.lock().expect("resting sessions");
        let any = sessions.keys().next().copied();
        let given = any.and_then(|number| sessions.remove(&number));
        drop(sessions);
        drop(given);
    }

    /// Somebody waits for a connection until the guard is dropped.
    pub(super) fn wait(&self) -> impl Drop + '_ {
        struct Waiting<'a>(&'a AtomicUsize);
        impl Drop for Waiting<'_> {
            fn drop(&mut self) {
                self.0.fetch_sub(1, Ordering::SeqCst);
            }
        }
        self.waiting.fetch_add(1, Ordering::SeqCst);
        Waiting(&self.waiting)
    }

    fn take(&self, number: u64) -> Option<Session> {
        let (session, since) = self.sessions.lock().expect("resting sessions").remove(&number)?;
        (since.elapsed() < RESTS).then_some(session)
    }

    fn rest(&self, number: u64, session: Session) {
        if self.waiting.load(Ordering::SeqCst) == 0 {
            let before = self.sessions.lock().expect("resting sessions").insert(number, (session, Instant::now()));
            drop(before);
        }
    }
}

impl Reading {
    pub(super) fn of_sqlite(connection: DatabaseConnection) -> Self {
        Self(From::Sqlite(connection))
    }

    pub(super) fn of_postgres(db: Arc<Postgres>, reach: Reach) -> Self {
        let number = db.resting.next.fetch_add(1, Ordering::Relaxed);
        Self(From::Postgres { db, reach, number })
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        if let From::Postgres { db, number, .. } = &self.0 {
            drop(db.resting.take(*number));
        }
    }
}

/// Carry a call out on the database; on Postgres in a transaction, which rests afterwards unless the call failed.
macro_rules! carry_out {
    ($self:ident, |$connection:ident| $sqlite:expr, |$session:ident| $postgres:expr) => {
        match &$self.0 {
            From::Sqlite($connection) => $sqlite.await,
            From::Postgres { db, reach, number } => {
                let mut $session = match db.resting.take(*number) {
                    Some(session) => session,
                    None => db.begin("BEGIN READ ONLY", *reach).await?,
                };
                let done = $postgres.await?;
                db.resting.rest(*number, $session);
                Ok(done)
            }
        }
    };
}

#[async_trait]
impl ConnectionTrait for Reading {
    fn get_database_backend(&self) -> DbBackend {
        match &self.0 {
            From::Sqlite(_) => DbBackend::Sqlite,
            From::Postgres { .. } => DbBackend::Postgres,
        }
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        super::told(&statement);
        carry_out!(self, |connection| connection.execute_raw(statement), |session| session.execute(&statement))
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        carry_out!(self, |connection| connection.execute_unprepared(sql), |session| session.run(sql))
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        super::told(&statement);
        carry_out!(self, |connection| connection.query_one_raw(statement), |session| session.one(&statement))
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        super::told(&statement);
        carry_out!(self, |connection| connection.query_all_raw(statement), |session| session.all(&statement))
    }
}
