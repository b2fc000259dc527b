//! A fresh, migrated database for every test, on either engine.

use crate::postgres;
use kernel::db::{Db, Pools};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// Which database a specification runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum On {
    /// The embedded default.
    Sqlite,
    /// The one for many instances.
    Postgres,
}

/// A database of one test; it goes when the test ends.
pub struct Database {
    /// How to open it.
    pub url: String,
    engine: Engine,
}

enum Engine {
    Sqlite { directory: PathBuf },
    Postgres { name: String },
}

impl Database {
    /// A copy of the migrated template, or `None` if this machine has no Postgres and need not have.
    pub async fn fresh(on: On) -> Option<Self> {
        match on {
            On::Sqlite => Some(Self::sqlite().await),
            On::Postgres => {
                let (name, url) = postgres::fresh().await?;
                Some(Self { url, engine: Engine::Postgres { name } })
            }
        }
    }

    async fn sqlite() -> Self {
        let directory = scratch("sqlite");
        let path = directory.join("prm.sqlite");
        std::fs::write(&path, sqlite_template().await).expect("copy the template database");
        Self { url: url_of(&path), engine: Engine::Sqlite { directory } }
    }

    /// Open it, as an instance of the service would.
    pub async fn open(&self, connections: u32) -> Db {
        Db::open(&self.url, Pools { connections }).await.expect("open the test database")
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        match &self.engine {
            Engine::Sqlite { directory } => _ = std::fs::remove_dir_all(directory),
            Engine::Postgres { name } => postgres::discard(name),
        }
    }
}

/// Bring a database's schema up to date.
pub async fn migrate(db: &Db) {
    server::serve::migrate(db).await.expect("migrate the template database");
}

/// The bytes of a migrated SQLite database, made once a process.
async fn sqlite_template() -> &'static [u8] {
    static TEMPLATE: OnceLock<Vec<u8>> = OnceLock::new();
    static MAKING: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
    let _alone = MAKING.lock().await;
    if TEMPLATE.get().is_none() {
        let directory = scratch("template");
        let path = directory.join("template.sqlite");
        let db = Db::open(&url_of(&path), Pools { connections: 1 }).await.expect("make the template database");
        migrate(&db).await;
        // The last connection to close writes everything back into the one file.
        db.close().await.expect("close the template");
        let bytes = std::fs::read(&path).expect("read the template");
        _ = std::fs::remove_dir_all(&directory);
        _ = TEMPLATE.set(bytes);
    }
    TEMPLATE.get().expect("just made")
}

fn url_of(path: &Path) -> String {
    format!("sqlite://{}", path.display())
}

/// Remove what processes left behind that were killed, where /proc tells which live.
fn sweep() {
    if !Path::new("/proc/self").exists() {
        return;
    }
    for entry in std::fs::read_dir(std::env::temp_dir()).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let owner = ["prm-sqlite-", "prm-template-"].iter().find_map(|what| name.strip_prefix(what)?.split('-').next());
        if owner.is_some_and(|owner| !Path::new("/proc").join(owner).exists()) {
            _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

/// An empty directory that nobody else uses.
pub(crate) fn scratch(what: &str) -> PathBuf {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    if number == 0 {
        sweep();
    }
    let path = std::env::temp_dir().join(format!("prm-{what}-{}-{number}", std::process::id()));
    _ = std::fs::remove_dir_all(&path);
    std::fs::create_dir_all(&path).expect("make a temporary directory");
    path
}
