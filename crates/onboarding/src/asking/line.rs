//! Makes the attempts that are due: at least once, again after a while, and whoever hangs delays nobody else.

use super::call::{self, Heard};
use chrono::{DateTime, Duration, Utc};
use futures::future::{BoxFuture, FusedFuture as _};
use futures::stream::FuturesUnordered;
use futures::{FutureExt as _, StreamExt as _};
use kernel::id::VendorId;
use kernel::keyring::Keyring;
use kernel::{Actor, App, Problem, Tx};
use sea_orm::{ConnectionTrait, DbErr, Statement};
use std::collections::HashMap;
use uuid::Uuid;

/// Whoever has claimed an attempt makes it within this time, or another instance takes it up.
pub const LEASE: Duration = Duration::minutes(2);
/// Calls under way at once.
const AT_ONCE: usize = 64;
/// Of these, to the same one.
const EACH: usize = 4;
/// Requests that are looked at together.
const LOOK_AT: usize = 256;
/// While calls are under way, what has come due meanwhile is looked for this often.
const LOOK: std::time::Duration = std::time::Duration::from_secs(1);

/// Claim an attempt of the request of this id; `None` if there is none to be made any more.
pub type Claim = for<'a> fn(&'a mut Tx, Uuid) -> BoxFuture<'a, Result<Option<Attempt>, Problem>>;
/// Keep what came of an attempt, unless something else came first.
pub type Settle = for<'a> fn(&'a mut Tx, &'a Attempt, &'a Heard) -> BoxFuture<'a, Result<(), Problem>>;

/// What is asked, of whom, and what is made of the answers.
pub struct Line {
    /// Who acts.
    pub actor: &'static str,
    /// Where the requests are.
    pub requests: Requests,
    /// Claims an attempt.
    pub claim: Claim,
    /// Keeps what came of one.
    pub settle: Settle,
}

/// A table of requests.
#[derive(Debug, Clone, Copy)]
pub struct Requests {
    /// The table.
    pub table: &'static str,
    /// Its column that tells who is asked.
    pub of: &'static str,
}

/// An attempt that is to be made.
pub struct Attempt {
    /// The request.
    pub id: Uuid,
    /// The round that it belongs to: asked anew, it is another.
    pub round: i64,
    /// How many there were in this round, this one among them.
    pub attempts: i64,
    /// Until when it is claimed.
    pub lease: DateTime<Utc>,
    /// Where it goes.
    pub url: String,
    /// The `webhook-id`: the same for all attempts of a round.
    pub message: String,
    /// What is said.
    pub body: Vec<u8>,
    /// What it is signed with.
    pub keys: Option<Keyring>,
}

struct Due {
    vendor: VendorId,
    id: Uuid,
    of: Uuid,
}

impl Line {
    /// Make all attempts that are due, and those that come due meanwhile; how many that were.
    pub async fn run(&self, app: &App) -> Result<usize, Problem> {
        self.requests.run(app, |vendor, id| Box::pin(self.make(app, vendor, id))).await
    }

    async fn make(&self, app: &App, vendor: VendorId, id: Uuid) -> Result<(), Problem> {
        let actor = Actor::system(self.actor, vendor);
        if let Some(attempt) = app.write(&actor, async |tx| (self.claim)(tx, id).await).await? {
            let heard = call::post(app, &attempt).await;
            app.write(&actor, async |tx| (self.settle)(tx, &attempt, &heard).await).await?;
        }
        Ok(())
    }
}

impl Requests {
    /// Have `make` make an attempt of all that are due, and of those that come due meanwhile; how many that were. It must leave what it takes up not due.
    pub async fn run<'a>(&self, app: &'a App, make: impl Fn(VendorId, Uuid) -> BoxFuture<'a, Result<(), Problem>>) -> Result<usize, Problem> {
        let (mut under_way, mut whose, mut log) = (FuturesUnordered::new(), HashMap::<Uuid, Uuid>::new(), app.hub().listen());
        let (mut made, mut failed, mut again) = (0, None, false);
        // Attempts hold connections: they go on while a look waits for one.
        let mut look = std::pin::pin!(self.due(app).fuse());
        loop {
            if look.is_terminated() && failed.is_none() && std::mem::take(&mut again) {
                look.set(self.due(app).fuse());
            }
            if look.is_terminated() && under_way.is_empty() {
                return failed.map_or(Ok(made), Err);
            }
            tokio::select! {
                due = &mut look, if !look.is_terminated() => match due {
                    Ok(due) => for one in due {
                        let busy = whose.values().filter(|of| **of == one.of).count();
                        if whose.len() < AT_ONCE && busy < EACH && !whose.contains_key(&one.id) {
                            whose.insert(one.id, one.of);
                            let attempt = make(one.vendor, one.id);
                            under_way.push(async move { (one.id, attempt.await) });
                        }
                    },
                    Err(problem) => failed = Some(problem),
                },
                Some((id, outcome)) = under_way.next() => {
                    whose.remove(&id);
                    again = true;
                    match outcome {
                        Ok(()) => made += 1,
                        Err(problem) => failed = Some(problem),
                    }
                }
                _ = log.recv() => {
                    while log.try_recv().is_ok() {}
                    again = true;
                }
                () = tokio::time::sleep(LOOK) => again = true,
            }
        }
    }

    /// Which requests, of all vendors, something is to be done about: a few of each who is asked, so that many of one hide nobody else's.
    async fn due(&self, app: &App) -> Result<Vec<Due>, Problem> {
        let (table, of) = (self.table, self.of);
        let sql = format!(
            "SELECT vendor_id, id, whose FROM (SELECT vendor_id, id, {of} AS whose, due_at, \
             ROW_NUMBER() OVER (PARTITION BY vendor_id, {of} ORDER BY due_at, id) AS place FROM {table} WHERE due_at <= $1) AS waiting \
             WHERE place <= {EACH} ORDER BY due_at LIMIT {LOOK_AT}"
        );
        let db = app.db().read_across_vendors().await?;
        let rows = db.query_all_raw(Statement::from_sql_and_values(app.db().backend(), &sql, [app.clock().now().into()])).await?;
        let read = |row: sea_orm::QueryResult| {
            Ok(Due { vendor: VendorId(row.try_get("", "vendor_id")?), id: row.try_get("", "id")?, of: row.try_get("", "whose")? })
        };
        rows.into_iter().map(read).collect::<Result<_, DbErr>>().map_err(Problem::from)
    }

    /// Keep that an attempt began: no change that anybody is told of.
    pub async fn begin(&self, tx: &Tx, id: Uuid, due_at: DateTime<Utc>, attempts: i64) -> Result<(), DbErr> {
        let sql = format!("UPDATE {} SET due_at = $3, attempts = $4 WHERE vendor_id = $1 AND id = $2", self.table);
        run(tx, &sql, vec![tx.vendor().0.into(), id.into(), due_at.into(), attempts.into()]).await
    }

    /// Keep that an attempt failed and when the next one is made: no change that anybody is told of either.
    pub async fn put_off(&self, tx: &Tx, id: Uuid, due_at: DateTime<Utc>, why: String, status: Option<u16>) -> Result<(), DbErr> {
        let sql = format!("UPDATE {} SET due_at = $3, last_error = $4, last_status = $5 WHERE vendor_id = $1 AND id = $2", self.table);
        run(tx, &sql, vec![tx.vendor().0.into(), id.into(), due_at.into(), why.into(), status.map(i64::from).into()]).await
    }
}

async fn run(tx: &Tx, sql: &str, values: Vec<sea_orm::Value>) -> Result<(), DbErr> {
    tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await.map(drop)
}
