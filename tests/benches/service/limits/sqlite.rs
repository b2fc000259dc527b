//! SQLite through the same driver as the service's, and nothing else: one connection writes, a pool reads.

use super::{PAGE, READ_FROM, RowSizes};
use crate::customers::mixed;
use crate::load::CONNECTIONS;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};
use std::path::PathBuf;
use std::time::{Duration, Instant};

const TABLES: &str = "
CREATE TABLE limit_deals (vendor blob NOT NULL, id integer NOT NULL, partner blob NOT NULL, status text NOT NULL, body text NOT NULL,
    amount integer NOT NULL, created_at text NOT NULL, PRIMARY KEY (vendor, id)) WITHOUT ROWID;
CREATE TABLE limit_events (vendor blob NOT NULL, sequence integer NOT NULL, data text NOT NULL, hash blob NOT NULL, at text NOT NULL,
    PRIMARY KEY (vendor, sequence)) WITHOUT ROWID;
CREATE TABLE limit_reads (vendor integer NOT NULL, id integer NOT NULL, partner integer NOT NULL, status text NOT NULL, body text NOT NULL,
    amount integer NOT NULL, created_at text NOT NULL, PRIMARY KEY (vendor, id)) WITHOUT ROWID;
CREATE INDEX limit_reads_by_status ON limit_reads (vendor, status, id);
";
/// Readers of the service's own pool.
const READERS: u32 = 8;
const AT: &str = "2026-11-20T12:00:00.000000+00:00";

pub struct Raw {
    directory: PathBuf,
    options: SqliteConnectOptions,
    time: Duration,
    body: String,
    event: String,
}

impl Raw {
    pub async fn prepare(time: Duration, sizes: RowSizes) -> Self {
        let directory = std::env::temp_dir().join(format!("prm-bench-raw-{}", std::process::id()));
        std::fs::create_dir_all(&directory).expect("make a temporary directory");
        let options = SqliteConnectOptions::new()
            .filename(directory.join("raw.sqlite"))
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .pragma("journal_size_limit", "67108864")
            .disable_statement_logging();
        let raw = Self { directory, options, time, body: "x".repeat(sizes.deal), event: "y".repeat(sizes.event) };
        let mut connection = raw.connect().await;
        sqlx::raw_sql(TABLES).execute(&mut connection).await.expect("make the tables to measure with");
        let fill = format!(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {READ_FROM}) INSERT INTO limit_reads \
             SELECT 0, i, i % 32, CASE i % 4 WHEN 0 THEN 'approved' WHEN 1 THEN 'in_review' WHEN 2 THEN 'rejected' ELSE 'lost' END, '{}', i, '{AT}' FROM n",
            raw.body
        );
        sqlx::raw_sql(AssertSqlSafe(fill)).execute(&mut connection).await.expect("fill the table to read");
        raw
    }

    async fn connect(&self) -> SqliteConnection {
        SqliteConnection::connect_with(&self.options).await.expect("open a SQLite database")
    }

    /// Commits a second, each of `rows` deals and as many events.
    pub async fn commits(&self, rows: usize) -> f64 {
        let mut connection = self.connect().await;
        let next: i64 = sqlx::query_scalar("SELECT COALESCE(MAX(id), 0) + 1 FROM limit_deals").fetch_one(&mut connection).await.expect("the next id");
        let values = |columns: &str| vec![columns; rows].join(", ");
        let deals = format!("INSERT INTO limit_deals VALUES {}", values("(?, ?, ?, ?, ?, ?, ?)"));
        let events = format!("INSERT INTO limit_events VALUES {}", values("(?, ?, ?, ?, ?)"));
        let (vendor, hash) = ([7_u8; 16], [7_u8; 32]);
        let (began, mut done) = (Instant::now(), 0_u32);
        while began.elapsed() < self.time {
            let first = next + i64::from(done) * rows as i64;
            let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await.expect("begin");
            let mut deal = sqlx::query(AssertSqlSafe(deals.clone()));
            let mut event = sqlx::query(AssertSqlSafe(events.clone()));
            for id in first..first + rows as i64 {
                deal = deal.bind(&vendor[..]).bind(id).bind(&vendor[..]).bind("approved").bind(&self.body).bind(4_821_000_i64).bind(AT);
                event = event.bind(&vendor[..]).bind(id).bind(&self.event).bind(&hash[..]).bind(AT);
            }
            deal.execute(&mut *transaction).await.expect("insert");
            event.execute(&mut *transaction).await.expect("insert");
            transaction.commit().await.expect("commit");
            done += 1;
        }
        f64::from(done) / began.elapsed().as_secs_f64()
    }

    pub async fn reads(&self) -> f64 {
        self.queries(|pool, number| async move {
            let id = (mixed(number) % READ_FROM + 1) as i64;
            let found = sqlx::query("SELECT * FROM limit_reads WHERE vendor = 0 AND id = ?").bind(id).fetch_all(&pool).await;
            found.expect("read").len()
        })
        .await
    }

    pub async fn lists(&self) -> f64 {
        self.queries(|pool, number| async move {
            let id = (mixed(number) % (READ_FROM / 2) + READ_FROM / 2) as i64;
            let sql = "SELECT * FROM limit_reads WHERE vendor = 0 AND status = 'in_review' AND id < ? ORDER BY id DESC LIMIT ?";
            let found = sqlx::query(sql).bind(id).bind(PAGE as i64).fetch_all(&pool).await;
            found.expect("read").len()
        })
        .await
    }

    /// Queries a second of as many tasks as the service has callers, through a pool like its own.
    async fn queries<F: Future<Output = usize> + Send + 'static>(&self, query: impl Fn(SqlitePool, usize) -> F + Copy + Send + 'static) -> f64 {
        let pool =
            SqlitePoolOptions::new().max_connections(READERS).test_before_acquire(false).connect_with(self.options.clone().read_only(true)).await;
        let pool = pool.expect("open a pool");
        let (began, time) = (Instant::now(), self.time);
        let tasks = (0..CONNECTIONS).map(|task| {
            let pool = pool.clone();
            tokio::spawn(async move {
                let mut done = 0;
                while began.elapsed() < time {
                    assert!(query(pool.clone(), task * 1_000_003 + done).await > 0, "rows are found");
                    done += 1;
                }
                done
            })
        });
        let done = futures::future::join_all(tasks).await.into_iter().map(|task| task.expect("a task")).sum::<usize>();
        let rate = done as f64 / began.elapsed().as_secs_f64();
        pool.close().await;
        rate
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        _ = std::fs::remove_dir_all(&self.directory);
    }
}
