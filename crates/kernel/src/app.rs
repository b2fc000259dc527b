//! What every handler and worker is given: database, clock, hints, secrets and shared services.

use crate::actor::Actor;
use crate::clock::Clock;
use crate::db::{Db, Reach};
use crate::hub::Hub;
use crate::id::VendorId;
use crate::idempotency::{self, Running};
use crate::problem::{Problem, kinds};
use crate::seal::Sealer;
use crate::tx::Tx;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::{Arc, RwLock};

/// The application; cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    db: Db,
    clock: Clock,
    hub: Hub,
    sealer: Sealer,
    public_url: String,
    services: RwLock<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>,
    watchers: RwLock<Vec<Watcher>>,
    running: Running,
}

/// Called for every event that this or another instance has committed: vendor, type, subject id.
/// Type `*` means that some may have been missed and nothing cached should be trusted.
type Watcher = Box<dyn Fn(VendorId, &str, &str) + Send + Sync>;

/// What an operation answers with.
pub trait Resource: Serialize {
    /// Its revision, for `ETag`.
    fn revision(&self) -> Option<i64> {
        None
    }
    /// Its path, for `Location` when it was just created.
    fn location(&self) -> Option<String> {
        None
    }
    /// The status to answer with, where only the outcome tells: an upsert made something, or changed it.
    fn status(&self) -> Option<StatusCode> {
        None
    }
}

/// Nothing to say: the body of a 204.
impl Resource for () {}

impl App {
    /// Put the parts together. `public_url` is how callers reach this service, without a slash at the end.
    pub fn new(db: Db, clock: Clock, sealer: Sealer, public_url: String) -> Self {
        Self(Arc::new(Inner {
            db,
            clock,
            hub: Hub::default(),
            sealer,
            public_url,
            services: RwLock::default(),
            watchers: RwLock::default(),
            running: Running::default(),
        }))
    }

    /// The database.
    pub fn db(&self) -> &Db {
        &self.0.db
    }

    /// The clock.
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// Hints between workers.
    pub fn hub(&self) -> &Hub {
        &self.0.hub
    }

    /// What encrypts secrets at rest.
    pub fn sealer(&self) -> &Sealer {
        &self.0.sealer
    }

    /// How callers reach this service.
    pub fn public_url(&self) -> &str {
        &self.0.public_url
    }

    /// Share a service (a cache, an index, a port's adapter) under its type.
    pub fn provide<T: Any + Send + Sync>(&self, service: T) {
        self.0.services.write().expect("services").insert(TypeId::of::<T>(), Arc::new(service));
    }

    /// The service of this type; made on first use.
    pub fn service<T: Any + Send + Sync + Default>(&self) -> Arc<T> {
        if let Some(found) = self.find_service() {
            return found;
        }
        let mut services = self.0.services.write().expect("services");
        let made = services.entry(TypeId::of::<T>()).or_insert_with(|| Arc::new(T::default()));
        made.clone().downcast().expect("services are kept under their own type")
    }

    /// The service of this type, if one was provided.
    pub fn find_service<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        let services = self.0.services.read().expect("services");
        services.get(&TypeId::of::<T>()).cloned().and_then(|service| service.downcast().ok())
    }

    /// Call `watch` for every committed event, so that a cache can drop what is no longer true.
    pub fn watch(&self, watch: impl Fn(VendorId, &str, &str) + Send + Sync + 'static) {
        self.0.watchers.write().expect("watchers").push(Box::new(watch));
    }

    /// Tell the watchers of one committed event.
    pub(crate) fn note(&self, vendor: VendorId, kind: &str, subject: &str) {
        self.0.watchers.read().expect("watchers").iter().for_each(|watch| watch(vendor, kind, subject));
    }

    /// Carry out a write: everything in `work`, with its events, or nothing.
    pub async fn write<T, E, F>(&self, actor: &Actor, work: F) -> Result<T, Problem>
    where
        F: AsyncFnOnce(&mut Tx) -> Result<T, E>,
        Problem: From<E>,
    {
        Self::finish(Tx::begin(self, actor).await?, work).await
    }

    /// Carry out a write of the worker `name` that touches rows of every vendor, in the few tables that the wall
    /// opens to such work (migrations/src/wall.rs). It belongs to no vendor, so it emits nothing.
    pub async fn write_across_vendors<T, E, F>(&self, name: &'static str, work: F) -> Result<T, Problem>
    where
        F: AsyncFnOnce(&mut Tx) -> Result<T, E>,
        Problem: From<E>,
    {
        let nobody = Actor::system(name, VendorId(uuid::Uuid::nil()));
        Self::finish(Tx::begin_with(self, &nobody, Reach::AllVendors).await?, work).await
    }

    async fn finish<T, E, F>(mut tx: Tx, work: F) -> Result<T, Problem>
    where
        F: AsyncFnOnce(&mut Tx) -> Result<T, E>,
        Problem: From<E>,
    {
        match work(&mut tx).await {
            Ok(done) => {
                tx.commit().await?;
                Ok(done)
            }
            Err(cause) => {
                tx.abandon().await;
                Err(cause.into())
            }
        }
    }

    /// Carry out what `work` does and throw it away: for checks and previews.
    pub async fn rehearse<T, E, F>(&self, actor: &Actor, work: F) -> Result<T, Problem>
    where
        F: AsyncFnOnce(&mut Tx) -> Result<T, E>,
        Problem: From<E>,
    {
        let mut tx = Tx::begin(self, actor).await?;
        let outcome = work(&mut tx).await;
        tx.abandon().await;
        Ok(outcome?)
    }

    /// Carry out the write that a request asks for and answer it with `status`; a repeated
    /// `Idempotency-Key` gets the first answer again and does nothing.
    pub async fn reply<T, E, F>(&self, actor: &Actor, status: StatusCode, work: F) -> Result<Response, Problem>
    where
        T: Resource,
        F: AsyncFnOnce(&mut Tx) -> Result<T, E>,
        Problem: From<E>,
    {
        let Some(request) = idempotency::Request::of(actor) else {
            let made = self.write(actor, work).await?;
            return Ok(idempotency::Answer::of(status, &made).into_response(false));
        };
        let _alone = self.0.running.enter(&request).ok_or_else(|| Problem::new(kinds::STILL_RUNNING))?;
        let mut tx = Tx::begin(self, actor).await?;
        let outcome = async {
            if let Some(earlier) = idempotency::earlier(&tx, self.sealer(), &request).await? {
                return Ok((earlier, true));
            }
            let answer = idempotency::Answer::of(status, &work(&mut tx).await?);
            // The answer is the caller's, even if the operator has entered a vendor meanwhile.
            tx.touch(actor.scope.vendor()).await?;
            idempotency::keep(&tx, self.sealer(), &request, &answer, tx.now()).await?;
            Ok::<_, Problem>((answer, false))
        }
        .await;
        match outcome {
            Ok((answer, false)) => tx.commit().await.map(|()| answer.into_response(false)).map_err(<Problem as From<sea_orm::DbErr>>::from),
            Ok((answer, true)) => {
                tx.abandon().await;
                Ok(answer.into_response(true))
            }
            Err(problem) => {
                tx.abandon().await;
                Err(problem)
            }
        }
    }
}
