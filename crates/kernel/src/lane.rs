//! Group commit on SQLite: writers pass one connection along, each in a savepoint of a shared
//! transaction, and all are answered after its one commit.
//!
//! The mutex is fair. The first writer of a batch opens the transaction and sends for the
//! committer, which queues behind every writer that already waits; so a batch is whoever came
//! while the last commit was on its way to the disk, and there is nothing to tune.

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbErr, RuntimeErr, SqliteTransactionMode, TransactionOptions, TransactionTrait,
};
use std::sync::Arc;
use tokio::sync::{Mutex, OwnedMutexGuard, watch};

/// The one connection that writes.
pub(crate) struct Lane {
    connection: DatabaseConnection,
    batch: Option<Batch>,
    left: Left,
}

/// What the last writer left to be done with its savepoint before anything else runs.
///
/// It is set before the statement that does it is awaited, never after: a statement that was begun is
/// carried out even if whoever began it is dropped.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Left {
    Nothing,
    Release,
    Undo,
}

struct Batch {
    transaction: DatabaseTransaction,
    outcome: watch::Sender<Option<Result<(), DbErr>>>,
    then: Vec<Then>,
    /// SQLite gave the whole transaction up (disk full, I/O error): nobody in it may be told yes.
    lost: Option<DbErr>,
}

/// What follows from a commit; done even if the caller has gone.
pub(crate) type Then = Box<dyn FnOnce() + Send + Sync>;

pub(crate) type Held = OwnedMutexGuard<Lane>;

impl Lane {
    pub(crate) fn new(connection: DatabaseConnection) -> Self {
        Self { connection, batch: None, left: Left::Nothing }
    }

    pub(crate) fn connection(&self) -> DatabaseConnection {
        self.connection.clone()
    }

    pub(crate) fn transaction(&self) -> &DatabaseTransaction {
        &self.batch.as_ref().expect("a writer holds an open batch").transaction
    }

    /// Keep the last writer's changes, or take them back if it was dropped or gave up.
    async fn mend(&mut self) {
        if self.left == Left::Undo {
            self.left = Left::Release;
            self.run("ROLLBACK TO w").await;
        }
        if self.left == Left::Release {
            self.left = Left::Nothing;
            self.run("RELEASE w").await;
        }
    }

    async fn run(&mut self, sql: &str) {
        let Some(batch) = &mut self.batch else { return };
        if let Err(cause) = batch.transaction.execute_unprepared(sql).await {
            // Whoever shares the batch may try again: an outage, not a mistake of theirs.
            let cause = format!("SQLite gave the shared transaction up: {cause}");
            batch.lost = Some(DbErr::Conn(RuntimeErr::Internal(cause)));
        }
    }
}

/// Wait for the lane and open a savepoint in it.
pub(crate) async fn enter(lane: &Arc<Mutex<Lane>>) -> Result<Held, DbErr> {
    let mut held = lane.clone().lock_owned().await;
    held.mend().await;
    if let Some(cause) = held.batch.as_ref().and_then(|batch| batch.lost.clone()) {
        return Err(cause);
    }
    if held.batch.is_none() {
        let immediate = TransactionOptions { sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate), ..Default::default() };
        let transaction = held.connection.begin_with_options(immediate).await?;
        held.batch = Some(Batch { transaction, outcome: watch::Sender::new(None), then: Vec::new(), lost: None });
        tokio::spawn(close(lane.clone()));
    }
    held.left = Left::Undo;
    held.transaction().execute_unprepared("SAVEPOINT w").await?;
    Ok(held)
}

/// Keep this writer's changes, let the next one in, and wait for the commit, from which `then` follows.
pub(crate) async fn leave(mut held: Held, then: Then) -> Result<(), DbErr> {
    held.left = Left::Release;
    let batch = held.batch.as_mut().expect("a writer holds an open batch");
    batch.then.push(then);
    let mut outcome = batch.outcome.subscribe();
    drop(held);
    let done = outcome.wait_for(Option::is_some).await;
    let lost = || DbErr::Custom("the commit was abandoned".into());
    done.map_err(|_| lost())?.clone().unwrap_or_else(|| Err(lost()))
}

/// Undo this writer's changes and let the next one in.
pub(crate) async fn abandon(mut held: Held) {
    held.mend().await;
}

/// Wait for the lane and commit what is open in it: nobody is in a transaction until it is let go of.
pub(crate) async fn alone(lane: &Arc<Mutex<Lane>>) -> Held {
    let mut held = lane.clone().lock_owned().await;
    if let Some((batch, result)) = finish(&mut held).await {
        tell(batch.then, &batch.outcome, result);
    }
    held
}

async fn close(lane: Arc<Mutex<Lane>>) {
    let mut held = lane.lock_owned().await;
    let finished = finish(&mut held).await;
    drop(held);
    if let Some((batch, result)) = finished {
        tell(batch.then, &batch.outcome, result);
    }
}

struct Finished {
    then: Vec<Then>,
    outcome: watch::Sender<Option<Result<(), DbErr>>>,
}

/// Commit the open batch, if there is one.
async fn finish(held: &mut Held) -> Option<(Finished, Result<(), DbErr>)> {
    held.mend().await;
    let batch = held.batch.take()?;
    let result = match batch.lost {
        Some(cause) => {
            // It fails where there is nothing left to roll back; what it was about is told all the same.
            _ = batch.transaction.rollback().await;
            Err(cause)
        }
        None => batch.transaction.commit().await,
    };
    Some((Finished { then: batch.then, outcome: batch.outcome }, result))
}

fn tell(then: Vec<Then>, outcome: &watch::Sender<Option<Result<(), DbErr>>>, result: Result<(), DbErr>) {
    if result.is_ok() {
        then.into_iter().for_each(|then| then());
    }
    outcome.send_replace(Some(result));
}
