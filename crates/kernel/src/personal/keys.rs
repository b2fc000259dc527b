//! The keys of data subjects: made when something about them is first written, kept sealed, destroyed by erasure.

use super::DataSubject;
use crate::app::App;
use crate::cache::Followed;
use crate::id::VendorId;
use crate::seal::{KeyColumn, Sealed};
use crate::seal::{Sealer, random};
use chrono::{DateTime, Duration, Utc};
use sea_orm::{ConnectionTrait, DbErr, Statement, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use uuid::Uuid;

/// The events after which no cached key is trusted.
const DESTROYED: &[&str] = &["*", "erasure.created", "person.erased"];
/// How long a cached key is trusted: the bound on how late another instance hears of an erasure if every hint of it was lost.
const KEPT: Duration = Duration::seconds(60);
/// Keys looked up in one statement.
const CHUNK: usize = 500;

/// A data subject's key.
pub(crate) struct Key {
    pub(crate) id: Uuid,
    pub(crate) sealer: Sealer,
}

type Cached = (Option<Arc<Key>>, DateTime<Utc>);

/// The keys used lately, by subject for writing and by id for reading; `None` where one was destroyed.
pub(super) struct Keys {
    by_subject: Followed<(Uuid, [u8; 32]), Cached>,
    by_id: Followed<(Uuid, Uuid), Cached>,
}

impl Default for Keys {
    fn default() -> Self {
        Self { by_subject: Followed::new(20_000), by_id: Followed::new(20_000) }
    }
}

/// Forget keys on every instance when one was destroyed. Once, at start.
pub fn follow(app: &App) {
    let keys = app.service::<Keys>();
    app.watch(move |_, kind, _| {
        if DESTROYED.contains(&kind) {
            keys.by_subject.forget_all();
            keys.by_id.forget_all();
        }
    });
}

/// Keys that a write looked up or made: cached once it has committed, for what is not stored must not be used again.
pub(crate) struct Learnt {
    vendor: VendorId,
    generation: u64,
    keys: Vec<([u8; 32], Arc<Key>)>,
}

impl Learnt {
    /// The write has committed.
    pub(crate) fn keep(self, app: &App) {
        let (cache, now) = (app.service::<Keys>(), app.clock().now());
        for (subject, key) in self.keys {
            cache.by_subject.insert_if(self.generation, (self.vendor.0, subject), (Some(key), now));
        }
    }
}

/// The keys of `subjects`; those that there are not are made.
pub(crate) async fn for_writing(
    app: &App,
    tx: &impl ConnectionTrait,
    vendor: VendorId,
    subjects: BTreeSet<[u8; 32]>,
    now: DateTime<Utc>,
) -> Result<(BTreeMap<[u8; 32], Arc<Key>>, Learnt), DbErr> {
    let cache = app.service::<Keys>();
    let generation = cache.by_subject.generation();
    let mut found = BTreeMap::new();
    let mut missing = Vec::new();
    for subject in subjects {
        match cache.by_subject.get(&(vendor.0, subject)) {
            Some((Some(key), since)) if now - since < KEPT => drop(found.insert(subject, key)),
            _ => missing.push(subject),
        }
    }
    let mut learnt = Learnt { vendor, generation, keys: Vec::new() };
    for chunk in missing.chunks(CHUNK) {
        let mut stored = by_subject(app, tx, vendor, chunk).await?;
        let fresh: Vec<_> = chunk.iter().copied().filter(|subject| !stored.contains_key(subject)).collect();
        if !fresh.is_empty() {
            make(app, tx, vendor, &fresh, now, &mut stored).await?;
        }
        learnt.keys.extend(stored.iter().map(|(subject, key)| (*subject, key.clone())));
        found.append(&mut stored);
    }
    Ok((found, learnt))
}

/// Make a key for each of `subjects`, in their order; another write may have been faster.
async fn make(
    app: &App,
    tx: &impl ConnectionTrait,
    vendor: VendorId,
    subjects: &[[u8; 32]],
    now: DateTime<Utc>,
    found: &mut BTreeMap<[u8; 32], Arc<Key>>,
) -> Result<(), DbErr> {
    let mut lost = Vec::new();
    for subject in subjects {
        let (id, secret) = (crate::id::fresh(), random::<32>());
        let sql = "INSERT INTO personal_keys (vendor_id, id, subject, sealed, created_at) VALUES ($1, $2, $3, $4, $5) \
            ON CONFLICT (vendor_id, subject) DO NOTHING";
        let sealed = app.sealer().seal(&purpose(id), &secret);
        let values = [vendor.0.into(), id.into(), subject.to_vec().into(), sealed.into(), now.into()];
        let done = tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await?;
        if done.rows_affected() == 1 {
            found.insert(*subject, Arc::new(Key { id, sealer: Sealer::new(&secret) }));
        } else {
            lost.push(*subject);
        }
    }
    if !lost.is_empty() {
        found.append(&mut by_subject(app, tx, vendor, &lost).await?);
    }
    Ok(())
}

async fn by_subject(app: &App, db: &impl ConnectionTrait, vendor: VendorId, subjects: &[[u8; 32]]) -> Result<BTreeMap<[u8; 32], Arc<Key>>, DbErr> {
    let values = subjects.iter().map(|subject| subject.to_vec().into());
    let rows = rows(app, db, vendor, "subject", values).await?;
    rows.into_iter().map(|(subject, key)| Ok((subject.try_into().map_err(|_| unreadable())?, Arc::new(key)))).collect()
}

/// The keys with these ids; one that was destroyed is left out.
pub(super) async fn for_reading(
    app: &App,
    db: &impl ConnectionTrait,
    vendor: VendorId,
    ids: BTreeSet<Uuid>,
) -> Result<BTreeMap<Uuid, Arc<Key>>, DbErr> {
    let (cache, now) = (app.service::<Keys>(), app.clock().now());
    let generation = cache.by_id.generation();
    let mut found = BTreeMap::new();
    let mut missing = Vec::new();
    for id in ids {
        match cache.by_id.get(&(vendor.0, id)) {
            Some((key, since)) if now - since < KEPT => found.extend(key.map(|key| (id, key))),
            _ => missing.push(id),
        }
    }
    for chunk in missing.chunks(CHUNK) {
        let stored = rows(app, db, vendor, "id", chunk.iter().map(|id| (*id).into())).await?;
        let mut stored: BTreeMap<_, _> = stored.into_iter().map(|(_, key)| (key.id, Arc::new(key))).collect();
        for id in chunk {
            cache.by_id.insert_if(generation, (vendor.0, *id), (stored.get(id).cloned(), now));
        }
        found.append(&mut stored);
    }
    Ok(found)
}

async fn rows(
    app: &App,
    db: &impl ConnectionTrait,
    vendor: VendorId,
    column: &str,
    values: impl ExactSizeIterator<Item = Value>,
) -> Result<Vec<(Vec<u8>, Key)>, DbErr> {
    let holes: Vec<_> = (2..values.len() + 2).map(|number| format!("${number}")).collect();
    let sql = format!("SELECT id, subject, sealed FROM personal_keys WHERE vendor_id = $1 AND {column} IN ({})", holes.join(", "));
    let values = std::iter::once(vendor.0.into()).chain(values);
    let rows = db.query_all_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, values)).await?;
    let read = |row: sea_orm::QueryResult| {
        let id: Uuid = row.try_get("", "id")?;
        let secret = app.sealer().open(&purpose(id), &row.try_get::<Vec<u8>>("", "sealed")?).map_err(|_| unreadable())?;
        let secret: [u8; 32] = secret.try_into().map_err(|_| unreadable())?;
        Ok((row.try_get("", "subject")?, Key { id, sealer: Sealer::new(&secret) }))
    };
    rows.into_iter().map(read).collect()
}

/// The ids of the keys of `subjects` that there are.
pub async fn key_ids(db: &impl ConnectionTrait, vendor: VendorId, subjects: &[DataSubject]) -> Result<Vec<Uuid>, DbErr> {
    let mut ids = Vec::new();
    for subject in subjects {
        let sql = "SELECT id FROM personal_keys WHERE vendor_id = $1 AND subject = $2";
        let values = [vendor.0.into(), subject.digest(vendor).to_vec().into()];
        let row = db.query_one_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, values)).await?;
        ids.extend(row.map(|row| row.try_get::<Uuid>("", "id")).transpose()?);
    }
    Ok(ids)
}

/// Destroy the keys of `subjects`: nothing that was sealed with them can be read again. Returns how many there were.
/// The write must emit one of the events that [`follow`] heeds.
pub async fn destroy(tx: &mut crate::Tx, subjects: &[DataSubject]) -> Result<u64, DbErr> {
    let mut gone = 0;
    for subject in subjects {
        tx.forget(subject.digest(tx.vendor()));
        let sql = "DELETE FROM personal_keys WHERE vendor_id = $1 AND subject = $2";
        let values = [tx.vendor().0.into(), subject.digest(tx.vendor()).to_vec().into()];
        gone += tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await?.rows_affected();
    }
    Ok(gone)
}

/// Where the keys of data subjects are sealed.
pub const SEALED: Sealed = Sealed {
    table: "personal_keys",
    key: &[KeyColumn::Uuid("vendor_id"), KeyColumn::Uuid("id")],
    column: "sealed",
    purpose: |row| Ok(purpose(row.try_get("", "id")?)),
    also: &[],
};

fn purpose(id: Uuid) -> String {
    format!("personal:{id}")
}

fn unreadable() -> DbErr {
    DbErr::Custom("a data subject's key does not open with PRM_SECRET_KEY".into())
}
