//! The one way to write: a transaction that buffers events and numbers them last.

use crate::actor::{Actor, Scope};
use crate::app::App;
use crate::db::Writer;
use crate::hub::Wake;
use crate::id::VendorId;
use crate::lane::{self, Held};
use crate::log::{self, Event, Pending};
use crate::timers;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult, Statement, TransactionTrait};

/// An open write. Dropped without a commit, it leaves nothing behind.
pub struct Tx {
    app: App,
    actor: Actor,
    now: DateTime<Utc>,
    connection: Connection,
    pending: Vec<Pending>,
    timer_set: bool,
}

enum Connection {
    Sqlite(Held),
    Postgres(DatabaseTransaction),
}

impl Tx {
    pub(crate) async fn begin(app: &App, actor: &Actor) -> Result<Self, DbErr> {
        let connection = match &app.db().writer {
            Writer::Sqlite(lane) => Connection::Sqlite(lane::enter(lane).await?),
            Writer::Postgres(pool, _) => Connection::Postgres(pool.begin().await?),
        };
        let (app, actor, now) = (app.clone(), actor.clone(), app.clock().now());
        Ok(Self { app, actor, now, connection, pending: Vec::new(), timer_set: false })
    }

    /// The time of this write, one for all that it does.
    pub fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// Who writes.
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// Whose rows this write may touch.
    pub fn scope(&self) -> Scope {
        self.actor.scope
    }

    /// The vendor whose log it appends to.
    pub fn vendor(&self) -> VendorId {
        self.actor.scope.vendor()
    }

    /// Append what this write emits to the log of `vendor`, which it has just made.
    pub fn enter_vendor(&mut self, vendor: VendorId) {
        self.actor = self.actor.acting_for(vendor);
    }

    /// The application, for its caches and settings; its database is not for use in here.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// Append an event to the vendor's log when this write commits.
    pub fn emit<E: Event>(&mut self, event: E) {
        let data = serde_json::to_string(&event).expect("an event is plain data");
        self.pending.push(Pending { kind: E::TYPE, version: E::VERSION, subject: event.subject(), data });
    }

    /// Wake worker `kind` for `subject` at `due`; an earlier setting of the same pair is replaced.
    pub async fn set_timer(&mut self, kind: &'static str, subject: &str, due: DateTime<Utc>) -> Result<(), DbErr> {
        self.timer_set = true;
        timers::set(self, self.vendor(), kind, subject, due).await
    }

    /// Forget the timer `kind` of `subject`, if there is one.
    pub async fn clear_timer(&mut self, kind: &'static str, subject: &str) -> Result<(), DbErr> {
        timers::clear(self, self.vendor(), kind, subject).await
    }

    pub(crate) async fn commit(mut self) -> Result<(), DbErr> {
        let pending = std::mem::take(&mut self.pending);
        let noted: Vec<_> = pending.iter().map(|event| (event.kind, event.subject.id.clone())).collect();
        let vendor = self.vendor();
        let wake = if pending.is_empty() {
            None
        } else {
            let count = pending.len() as i64;
            let sequence = log::append(&self, vendor, self.now, self.actor.reference(), pending).await?;
            Some(Wake { vendor, first: sequence - count + 1, sequence, local: true })
        };
        let Self { app, connection, timer_set, .. } = self;
        // Caches first: whoever is woken must not find what is no longer true.
        let then = move || {
            noted.iter().for_each(|(kind, subject)| app.note(vendor, kind, subject));
            wake.into_iter().for_each(|wake| app.hub().wake(wake));
            if timer_set {
                app.hub().timer_set();
            }
        };
        match connection {
            Connection::Sqlite(held) => lane::leave(held, Box::new(then)).await,
            // In a task of its own: a caller that hangs up must not leave a commit half awaited, or unheard of.
            Connection::Postgres(transaction) => {
                let commit = async move { transaction.commit().await.map(|()| then()) };
                tokio::spawn(commit).await.map_err(|cause| DbErr::Custom(cause.to_string()))?
            }
        }
    }

    pub(crate) async fn abandon(self) {
        match self.connection {
            Connection::Sqlite(held) => lane::abandon(held).await,
            Connection::Postgres(transaction) => {
                if let Err(cause) = transaction.rollback().await {
                    tracing::warn!(%cause, "rollback failed");
                }
            }
        }
    }
}

macro_rules! on_connection {
    ($self:ident, $call:ident ( $($argument:expr),* )) => {
        match &$self.connection {
            Connection::Sqlite(held) => held.transaction().$call($($argument),*).await,
            Connection::Postgres(transaction) => transaction.$call($($argument),*).await,
        }
    };
}

#[async_trait]
impl ConnectionTrait for Tx {
    fn get_database_backend(&self) -> DbBackend {
        self.app.db().backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        on_connection!(self, execute_raw(statement))
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        on_connection!(self, execute_unprepared(sql))
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        on_connection!(self, query_one_raw(statement))
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        on_connection!(self, query_all_raw(statement))
    }
}
