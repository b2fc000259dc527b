//! The service under load: as `prm serve` runs it, on a database of its own.

use sea_orm::ConnectionTrait as _;
use server::Config;
use server::serve::{self, Running};
use server::telemetry::Telemetry;
use spec::database::{Database, On};
use sqlx::{Connection as _, PgConnection, Row as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use tokio::net::TcpListener;

pub const OPERATOR_KEY: &str = "operator-key-of-the-benchmark-0123456789";
/// 32 bytes of nothing: what it seals is gone when the benchmark ends.
const SECRET_KEY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

/// What a crash of the machine must not undo is written for good, as by default; the harness's cluster has it off for speed.
const DURABLE: [&str; 7] = [
    "ALTER SYSTEM SET fsync = on",
    "ALTER SYSTEM SET full_page_writes = on",
    "ALTER SYSTEM SET synchronous_commit = on",
    "ALTER SYSTEM SET autovacuum = on",
    "ALTER SYSTEM SET max_wal_size = '4GB'",
    "ALTER SYSTEM SET checkpoint_timeout = '5min'",
    "SELECT pg_reload_conf()",
];

pub struct Service {
    pub on: On,
    pub addr: SocketAddr,
    running: Running,
    stopped: Stopped,
}

/// A database that no service uses now.
pub struct Stopped {
    pub on: On,
    pub database: Database,
    /// The service's configuration file.
    pub config: PathBuf,
    directory: PathBuf,
}

impl Service {
    /// Start it; `None` if this machine has no Postgres.
    pub async fn start(on: On) -> Option<Self> {
        let database = Database::fresh(on).await?;
        if on == On::Postgres {
            make_durable(&database.url).await;
        }
        let directory = std::env::temp_dir().join(format!("prm-bench-{}-{on:?}", std::process::id()));
        std::fs::create_dir_all(&directory).expect("make a temporary directory");
        let config = directory.join("prm.toml");
        let text = format!(
            "database_url = \"{}\"\nlisten = \"127.0.0.1:0\"\npublic_url = \"http://127.0.0.1\"\noperator_key = \"{OPERATOR_KEY}\"\n\
             secret_key = \"{SECRET_KEY}\"\nwebhook_allow_private = true\n\
             read_timeout = 3600\nkeep_alive = 3600\n\
             rate_limit_vendor = 0\nrate_limit_key = 0\nrate_limit_failures = 0\n",
            database.url
        );
        std::fs::write(&config, text).expect("write the configuration");
        let read = Config::load(Some(&config)).expect("a good configuration");
        static TELEMETRY: OnceLock<Telemetry> = OnceLock::new();
        TELEMETRY.get_or_init(|| Telemetry::start(&read).expect("logs begin"));
        let listener = TcpListener::bind(read.listen).await.expect("a free port");
        let running = serve::start(&read, listener).await.expect("the service starts");
        Some(Self { on, addr: running.addr, running, stopped: Stopped { on, database, config, directory } })
    }

    pub fn app(&self) -> &kernel::App {
        &self.running.app
    }

    /// What Postgres does by itself within a minute of many rows: it looks at what there is.
    pub async fn analyze(&self) {
        if self.on == On::Postgres {
            self.app().db().migrator().await.execute_unprepared("ANALYZE").await.expect("look at what there is");
        }
    }

    pub fn url(&self) -> &str {
        &self.stopped.database.url
    }

    /// Where the database server of our own works.
    pub fn postgres_home(&self) -> Option<PathBuf> {
        let (_, home) = self.url().split_once("?host=")?;
        Path::new(home).is_dir().then(|| home.into())
    }

    /// What the database promises, in a sentence.
    pub async fn settings(&self) -> String {
        if self.on == On::Sqlite {
            return format!("SQLite: WAL, synchronous=FULL, in {}.", self.url().trim_start_matches("sqlite://"));
        }
        let mut connection = PgConnection::connect(self.url()).await.expect("connect to Postgres");
        let sql = "SELECT name || '=' || current_setting(name) FROM pg_settings WHERE name IN \
            ('fsync', 'full_page_writes', 'synchronous_commit', 'shared_buffers', 'server_version') ORDER BY name";
        let rows = sqlx::query(sql).fetch_all(&mut connection).await.expect("read the settings");
        let settings: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
        format!("Postgres: {}.", settings.join(", "))
    }

    /// Carry out SQL behind the service's back.
    pub async fn sql(&self, sql: &str) {
        use sea_orm::ConnectionTrait as _;
        let connection = self.app().db().migrator().await;
        connection.execute_unprepared(sql).await.unwrap_or_else(|cause| panic!("{sql}: {cause}"));
    }

    /// The one number that this query answers with.
    pub async fn number(&self, sql: &str) -> i64 {
        use sea_orm::ConnectionTrait as _;
        let statement = sea_orm::Statement::from_string(self.app().db().backend(), sql);
        let row = match self.app().db().backend() {
            sea_orm::DbBackend::Postgres => self.app().db().migrator().await.query_one_raw(statement).await,
            _ => self.app().db().read_across_vendors().await.expect("a view").query_one_raw(statement).await,
        };
        let row = row.unwrap_or_else(|cause| panic!("{sql}: {cause}"));
        row.and_then(|row| row.try_get_by_index(0).ok()).unwrap_or_default()
    }

    pub async fn stop(self) -> Stopped {
        self.running.stop().await;
        self.stopped
    }
}

impl Drop for Stopped {
    fn drop(&mut self) {
        _ = std::fs::remove_dir_all(&self.directory);
    }
}

/// Only a cluster of the harness's own; a server that was named is measured as it is.
async fn make_durable(url: &str) {
    let named = std::env::var("PRM_TEST_POSTGRES").is_ok_and(|wanted| wanted.contains("://"));
    if named {
        return;
    }
    let mut connection = PgConnection::connect(url).await.expect("connect to Postgres");
    for sql in DURABLE {
        sqlx::query(sql).execute(&mut connection).await.expect("change a setting");
    }
    sqlx::query("CHECKPOINT").execute(&mut connection).await.expect("a checkpoint");
}
