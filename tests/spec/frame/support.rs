//! A small domain to try the frame with: notes, each an event and a row.

use crate::prelude::*;
use kernel::id::VendorId;
use kernel::{Actor, App, Event, Problem, Subject, Tx};
use sea_orm::{ConnectionTrait as _, Statement};
use serde::Serialize;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// A note was taken.
#[derive(Serialize)]
pub struct Noted {
    pub text: String,
    pub part: u64,
}

impl Event for Noted {
    const TYPE: &'static str = "note.taken";
    fn subject(&self) -> Subject {
        Subject::new("note", &self.text, 1)
    }
}

/// The kernel's id of a vendor.
pub fn id(vendor: &Vendor) -> VendorId {
    vendor.id.parse().expect("a vendor's id")
}

/// A worker that acts for the vendor.
pub fn worker(vendor: &Vendor) -> Actor {
    Actor::system("spec", id(vendor))
}

/// Take a note: a row, and `parts` events.
pub async fn take(tx: &mut Tx, text: &str, parts: u64) -> Result<(), Problem> {
    let sql = "INSERT INTO readers (vendor_id, name, sequence) VALUES ($1, $2, 0)";
    let values = [tx.vendor().0.into(), format!("note:{text}").into()];
    tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await?;
    (1..=parts).for_each(|part| tx.emit(Noted { text: text.to_owned(), part }));
    Ok(())
}

/// Take a note in a write of its own.
pub async fn note(app: &App, vendor: &Vendor, text: &str, parts: u64) -> Result<(), Problem> {
    app.write(&worker(vendor), async |tx| take(tx, text, parts).await).await
}

/// How many rows of notes there are whose text begins so.
pub async fn rows(world: &World, beginning: &str) -> i64 {
    world.number(&format!("SELECT COUNT(*) FROM readers WHERE name LIKE 'note:{beginning}%'")).await
}

/// The texts of all notes in the vendor's log, one for each event.
pub async fn noted(vendor: &Vendor) -> Vec<String> {
    let events = log_of(vendor).await;
    let notes = events.iter().filter(|event| event["type"] == Noted::TYPE);
    notes.map(|event| event["data"]["text"].as_str().expect("a text").to_owned()).collect()
}

/// The vendor's whole log, read as an integrator would.
pub async fn log_of(vendor: &Vendor) -> Vec<Value> {
    let (mut events, mut after) = (Vec::new(), 0);
    loop {
        let page = vendor.get(format!("/v1/events?after={after}&limit=200")).await.expect(200);
        events.extend(page.rows().iter().cloned());
        after = page["next_after"].as_i64().expect("a place in the log");
        if page["head"] == after {
            return events;
        }
    }
}

/// The log is whole: numbers without a gap, a chain without a break, a head that fits.
pub async fn assert_whole(world: &World, vendor: &Vendor) {
    let verdict = kernel::log::verify(&world.app().db().read_of(id(vendor)).await.expect("a view"), id(vendor)).await.expect("the log can be read");
    assert_eq!(verdict.fault, None);
}

/// A place where a write waits, in the middle, until it is let through.
#[derive(Clone, Default)]
pub struct Gate(Arc<Inner>);

struct Inner {
    arrived: Semaphore,
    open: Semaphore,
}

impl Default for Inner {
    fn default() -> Self {
        Self { arrived: Semaphore::new(0), open: Semaphore::new(0) }
    }
}

impl Gate {
    /// For the write: say that it is here, and wait.
    pub async fn pass(&self) {
        self.0.arrived.add_permits(1);
        self.0.open.acquire().await.expect("the gate is never closed for good").forget();
    }

    /// For the test: wait until a write is here.
    pub async fn reached(&self) {
        self.0.arrived.acquire().await.expect("the gate is never closed for good").forget();
    }

    /// For the test: let one through.
    pub fn open(&self) {
        self.0.open.add_permits(1);
    }
}

/// Poll `work` up to `times` times, then drop it where it stands; `None` if it was dropped.
pub async fn dropped_after<F: Future>(work: F, times: usize) -> Option<F::Output> {
    let mut work = Box::pin(work);
    let mut left = times;
    std::future::poll_fn(move |context| {
        if left == 0 {
            return std::task::Poll::Ready(None);
        }
        left -= 1;
        match work.as_mut().poll(context) {
            std::task::Poll::Ready(done) => std::task::Poll::Ready(Some(done)),
            // Dropped as soon as it has been polled for the last time, not when it is next woken.
            std::task::Poll::Pending if left == 0 => std::task::Poll::Ready(None),
            std::task::Poll::Pending => std::task::Poll::Pending,
        }
    })
    .await
}
