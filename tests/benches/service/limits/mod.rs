//! What this machine's database does at most with rows of the same size and nothing else to do.

mod postgres;
mod sqlite;

use crate::service::Service;
use postgres::PgBench;
use spec::database::On;
use sqlite::Raw;
use std::time::Duration;

/// Bytes of text that a registration stores in its deal and in its event.
#[derive(Debug, Clone, Copy)]
pub struct RowSizes {
    pub deal: usize,
    pub event: usize,
}

/// Rows in the table that is read.
pub const READ_FROM: usize = 100_000;
/// Rows of a page, and of an import's commit.
pub const PAGE: usize = 25;
pub const HUNDRED: usize = 100;

pub enum Limits {
    Sqlite(Box<Raw>),
    Postgres(PgBench),
}

impl Limits {
    /// Make the tables to measure with, each measurement taking `time`.
    pub async fn prepare(service: &Service, time: Duration, sizes: RowSizes) -> Self {
        eprintln!("  {} bytes of text in a deal, {} in its event", sizes.deal, sizes.event);
        match service.on {
            On::Sqlite => Self::Sqlite(Box::new(Raw::prepare(time, sizes).await)),
            On::Postgres => Self::Postgres(PgBench::prepare(service.url(), time, sizes).await),
        }
    }

    /// A deal and its event, one commit each: commits a second. On Postgres in one round trip.
    pub async fn commits(&self) -> f64 {
        match self {
            Self::Sqlite(raw) => raw.commits(1).await,
            Self::Postgres(bench) => bench.one_trip().await,
        }
    }

    /// The same in four round trips; Postgres only.
    pub async fn four_trips(&self) -> Option<f64> {
        match self {
            Self::Sqlite(_) => None,
            Self::Postgres(bench) => Some(bench.four_trips().await),
        }
    }

    /// Deals and events by hundreds: deals a second, one connection.
    pub async fn rows(&self) -> f64 {
        match self {
            Self::Sqlite(raw) => raw.commits(HUNDRED).await * HUNDRED as f64,
            Self::Postgres(bench) => bench.hundreds().await,
        }
    }

    /// One row by its key.
    pub async fn reads(&self) -> f64 {
        match self {
            Self::Sqlite(raw) => raw.reads().await,
            Self::Postgres(bench) => bench.reads().await,
        }
    }

    /// A page of rows of one status, newest first.
    pub async fn lists(&self) -> f64 {
        match self {
            Self::Sqlite(raw) => raw.lists().await,
            Self::Postgres(bench) => bench.lists().await,
        }
    }
}
