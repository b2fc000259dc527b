//! The one way to write: a transaction that buffers events and numbers them last.

use crate::actor::{Actor, Caller, Scope};
use crate::app::App;
use crate::db::{Engine, Reach, Session};
use crate::hub::Wake;
use crate::id::{EventId, VendorId};
use crate::lane::{self, Held};
use crate::log::{self, Event, Pending};
use crate::personal;
use crate::problem::Problem;
use crate::timers;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use futures::FutureExt as _;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, Statement};
use std::collections::BTreeSet;
use std::panic::AssertUnwindSafe;
use tokio::sync::Mutex;

/// An open write. Dropped without a commit, it leaves nothing behind.
pub struct Tx {
    app: App,
    actor: Actor,
    now: DateTime<Utc>,
    connection: Connection,
    /// What the database lets it see now.
    reach: Reach,
    pending: Vec<Pending>,
    timer_set: bool,
    /// Data subjects whose keys this write destroys: nothing about them is sealed anew.
    erased: BTreeSet<[u8; 32]>,
}

enum Connection {
    Sqlite(Held),
    Postgres(Mutex<Session>),
}

impl Tx {
    /// A write that touches rows of its actor's vendor.
    pub(crate) async fn begin(app: &App, actor: &Actor) -> Result<Self, DbErr> {
        Self::begin_with(app, actor, Reach::Vendor(actor.scope.vendor())).await
    }

    pub(crate) async fn begin_with(app: &App, actor: &Actor, reach: Reach) -> Result<Self, DbErr> {
        let connection = match &app.db().engine {
            Engine::Sqlite(sqlite) => Connection::Sqlite(lane::enter(&sqlite.lane).await?),
            Engine::Postgres(postgres) => Connection::Postgres(Mutex::new(postgres.begin("BEGIN", reach).await?)),
        };
        let (app, actor, now) = (app.clone(), actor.clone(), app.clock().now());
        Ok(Self { app, actor, now, connection, reach, pending: Vec::new(), timer_set: false, erased: BTreeSet::new() })
    }

    /// From here on, touch rows of `vendor` only.
    pub(crate) async fn touch(&mut self, vendor: VendorId) -> Result<(), DbErr> {
        let reach = Reach::Vendor(vendor);
        if self.reach != reach {
            if let Connection::Postgres(session) = &self.connection {
                session.lock().await.reach(reach).await?;
            }
            self.reach = reach;
        }
        Ok(())
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

    /// Touch the rows of `vendor`, which this write makes, and append what it emits to its log.
    pub async fn enter_vendor(&mut self, vendor: VendorId) -> Result<(), DbErr> {
        self.touch(vendor).await?;
        self.actor = self.actor.acting_for(vendor);
        Ok(())
    }

    /// The application, for its caches and settings; its database is not for use in here.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// Append an event to the vendor's log when this write commits.
    pub fn emit<E: Event>(&mut self, event: E) {
        let pending = Pending::of(self.vendor(), &event);
        self.pending.push(pending);
    }

    /// Ids and types of what was emitted so far, in order.
    pub fn emitted(&self) -> Vec<(EventId, &'static str)> {
        self.pending.iter().map(|event| (EventId(event.id), event.kind)).collect()
    }

    /// Write as `caller`, who may do what the actor may: the events of this write name it.
    pub fn act_as(&mut self, caller: Caller) {
        self.actor.caller = caller;
    }

    /// Carry out a part of this write that may fail: then what it did and emitted is undone, and the write goes on. A panic is a
    /// failure like any other. The outer error is the write's own: it cannot go on.
    pub async fn attempt<T, F>(&mut self, part: F) -> Result<Result<T, Problem>, DbErr>
    where
        F: AsyncFnOnce(&mut Tx) -> Result<T, Problem>,
    {
        self.execute_unprepared("SAVEPOINT part").await?;
        let (pending, timer_set, reach) = (self.pending.len(), self.timer_set, self.reach);
        let (actor, erased) = (self.actor.clone(), self.erased.clone());
        let outcome = AssertUnwindSafe(part(self)).catch_unwind().await;
        let outcome = outcome.unwrap_or_else(|_| Err(Problem::internal("a part of a write panicked")));
        if outcome.is_err() {
            self.execute_unprepared("ROLLBACK TO SAVEPOINT part").await?;
            self.pending.truncate(pending);
            (self.timer_set, self.reach, self.actor, self.erased) = (timer_set, reach, actor, erased);
        }
        self.execute_unprepared("RELEASE SAVEPOINT part").await?;
        Ok(outcome)
    }

    /// Seal nothing about this data subject any more: what was emitted about it is stored with the markers only.
    pub(crate) fn forget(&mut self, subject: [u8; 32]) {
        self.erased.insert(subject);
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
        let mut pending = std::mem::take(&mut self.pending);
        let noted: Vec<_> = pending.iter().map(|event| (event.kind, event.subject.id.clone())).collect();
        let vendor = self.vendor();
        let mut learnt = None;
        let wake = if pending.is_empty() {
            None
        } else {
            let count = pending.len() as i64;
            self.touch(vendor).await?;
            // Before the head is taken, which makes every other writer of this vendor wait.
            personal::drop_erased(&mut pending, &self.erased);
            learnt = personal::seal(&self.app, &self, vendor, &mut pending, self.now).await?;
            let sequence = log::append(&self, vendor, self.now, self.actor.reference(), pending).await?;
            Some(Wake { vendor, first: sequence - count + 1, sequence, local: true })
        };
        let Self { app, connection, timer_set, .. } = self;
        // Caches first: whoever is woken must not find what is no longer true.
        let then = move || {
            if let Some(learnt) = learnt {
                learnt.keep(&app);
            }
            noted.iter().for_each(|(kind, subject)| app.note(vendor, kind, subject));
            wake.into_iter().for_each(|wake| app.hub().wake(wake));
            if timer_set {
                app.hub().timer_set();
            }
        };
        match connection {
            Connection::Sqlite(held) => lane::leave(held, Box::new(then)).await,
            // In a task of its own: a caller that hangs up must not leave a commit half awaited, or unheard of.
            Connection::Postgres(session) => {
                let commit = async move { session.into_inner().commit().await.map(|()| then()) };
                tokio::spawn(commit).await.map_err(|cause| DbErr::Custom(cause.to_string()))?
            }
        }
    }

    pub(crate) async fn abandon(self) {
        match self.connection {
            Connection::Sqlite(held) => lane::abandon(held).await,
            // Waited for: the caller may try again at once, and must not find its own locks.
            Connection::Postgres(session) => {
                if let Err(cause) = session.into_inner().rollback().await {
                    tracing::warn!(%cause, "rollback failed");
                }
            }
        }
    }
}

#[async_trait]
impl ConnectionTrait for Tx {
    fn get_database_backend(&self) -> DbBackend {
        self.app.db().backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        crate::db::told(&statement);
        match &self.connection {
            Connection::Sqlite(held) => held.transaction().execute_raw(statement).await,
            Connection::Postgres(session) => session.lock().await.execute(&statement).await,
        }
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        match &self.connection {
            Connection::Sqlite(held) => held.transaction().execute_unprepared(sql).await,
            Connection::Postgres(session) => session.lock().await.run(sql).await,
        }
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        crate::db::told(&statement);
        match &self.connection {
            Connection::Sqlite(held) => held.transaction().query_one_raw(statement).await,
            Connection::Postgres(session) => session.lock().await.one(&statement).await,
        }
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        crate::db::told(&statement);
        match &self.connection {
            Connection::Sqlite(held) => held.transaction().query_all_raw(statement).await,
            Connection::Postgres(session) => session.lock().await.all(&statement).await,
        }
    }
}
