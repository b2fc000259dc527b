//! Several instances on one Postgres tell one another what was written: LISTEN and NOTIFY.
//!
//! NOTIFY is sent after the commit and for many commits at once, since a transaction that
//! notifies makes every other such commit wait for it.

use crate::app::App;
use crate::hub::Wake;
use crate::id::VendorId;
use crate::log;
use sea_orm::{DbErr, sqlx};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::sync::watch;
use uuid::Uuid;

const CHANNEL: &str = "prm_log";
/// After a notification, commits within this time share the next.
const GATHER: Duration = Duration::from_millis(10);
/// After a notification that failed, the next is tried this much later.
const RETRY: Duration = Duration::from_millis(500);
/// Stands in a notification where some were lost.
const MISSED: &str = "*";
/// Postgres refuses payloads of 8,000 bytes.
const ENTRIES: usize = 80;

/// Tell the other instances, and hear them, until `stop`. Does nothing on SQLite.
pub async fn keep_running(app: App, stop: watch::Receiver<bool>) {
    if app.db().postgres().is_none() {
        return;
    }
    let instance = Uuid::new_v4().simple().to_string();
    tokio::join!(tell(&app, &instance, stop.clone()), hear(&app, &instance, stop));
}

async fn tell(app: &App, instance: &str, mut stop: watch::Receiver<bool>) {
    let Some(pool) = app.db().postgres() else { return };
    let mut log = app.hub().listen();
    // Something was not told: the others are to trust nothing that they have cached.
    let mut missed = false;
    loop {
        let mut heads = BTreeMap::new();
        let wait = if missed { RETRY } else { Duration::MAX };
        tokio::select! {
            first = log.recv() => match first {
                Ok(wake) => note(&mut heads, wake),
                Err(RecvError::Lagged(_)) => missed = true,
                Err(RecvError::Closed) => return,
            },
            () = tokio::time::sleep(wait) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
        tokio::time::sleep(GATHER).await;
        loop {
            match log.try_recv() {
                Ok(wake) => note(&mut heads, wake),
                Err(TryRecvError::Lagged(_)) => missed = true,
                Err(TryRecvError::Empty | TryRecvError::Closed) => break,
            }
        }
        match notify(pool, instance, heads, missed).await {
            Ok(()) => missed = false,
            Err(cause) => {
                tracing::warn!(%cause, "could not tell the other instances; they are told to look for themselves as soon as possible");
                missed = true;
            }
        }
    }
}

async fn notify(pool: &sqlx::PgPool, instance: &str, heads: BTreeMap<Uuid, (i64, i64)>, missed: bool) -> Result<(), sqlx::Error> {
    let mut words: Vec<_> = heads.into_iter().map(|(vendor, (from, to))| format!(" {}:{from}:{to}", vendor.simple())).collect();
    if missed {
        words.push(format!(" {MISSED}"));
    }
    for chunk in words.chunks(ENTRIES) {
        let payload = format!("{instance}{}", chunk.concat());
        sqlx::query("SELECT pg_notify($1, $2)").bind(CHANNEL).bind(payload).execute(pool).await?;
    }
    Ok(())
}

fn note(heads: &mut BTreeMap<Uuid, (i64, i64)>, wake: Wake) {
    if wake.local {
        let range = heads.entry(wake.vendor.0).or_insert((wake.first, wake.sequence));
        *range = (range.0.min(wake.first), range.1.max(wake.sequence));
    }
}

async fn hear(app: &App, instance: &str, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        tokio::select! {
            heard = listen(app, instance) => if let Err(cause) = heard {
                tracing::warn!(%cause, "lost the notifications of other instances; connecting again");
            },
            _ = stop.wait_for(|stop| *stop) => return,
        }
        // Whatever was cached may have changed while nobody listened.
        app.note(VendorId(Uuid::nil()), "*", "");
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

async fn listen(app: &App, instance: &str) -> Result<(), sqlx::Error> {
    let Some(pool) = app.db().listener() else { return Ok(()) };
    let mut listener = sqlx::postgres::PgListener::connect_with(pool).await?;
    listener.listen(CHANNEL).await?;
    app.note(VendorId(Uuid::nil()), "*", "");
    loop {
        let Some(message) = listener.try_recv().await? else { return Ok(()) };
        let mut words = message.payload().split(' ');
        if words.next() == Some(instance) {
            continue;
        }
        for word in words {
            match range(word) {
                Some((vendor, from, to)) => pass_on(app, vendor, from, to).await,
                None if word == MISSED => app.note(VendorId(Uuid::nil()), "*", ""),
                None => {}
            }
        }
    }
}

fn range(word: &str) -> Option<(VendorId, i64, i64)> {
    let mut parts = word.split(':');
    Some((VendorId(parts.next()?.parse().ok()?), parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

async fn read(app: &App, vendor: VendorId, from: i64, to: i64) -> Result<Vec<(String, String)>, DbErr> {
    log::changes(&app.db().read_of(vendor).await?, vendor, from, to).await
}

async fn pass_on(app: &App, vendor: VendorId, from: i64, to: i64) {
    /// With more than this, whatever is cached of the vendor is dropped rather than looked at.
    const MOST: i64 = 1_000;
    let events = match to - from < MOST {
        true => read(app, vendor, from, to).await.ok(),
        false => None,
    };
    match events {
        Some(events) => events.iter().for_each(|(kind, subject)| app.note(vendor, kind, subject)),
        None => app.note(vendor, "*", ""),
    }
    app.hub().wake(Wake { vendor, first: from, sequence: to, local: false });
}
