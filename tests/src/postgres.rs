//! Postgres for the tests: one throwaway cluster a run, one database a test.
//!
//! `PRM_TEST_POSTGRES` says which: `required` fails without one, `off` skips it, a URL names a server
//! to use, as its superuser, whom row-level security lets look behind the service's back; unset, the machine's own binaries are used if there are any. A cluster of ours is watched
//! by a shell that waits for this process to end, however it ends, then stops it and removes its files.
//! On a server named by a URL the template (`prm_template_…`) stays, and after a killed run its `t_…` too.

use crate::cluster::{self, Cluster};
use crate::database::migrate;
use kernel::db::{Db, Pools};
use sqlx::Connection as _;
use std::io::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock, mpsc};
use tokio::sync::oneshot;

/// A server and the name of the migrated database in it that every test copies.
struct Server {
    /// URL with `{name}` where the database's name stands.
    url: String,
    template: String,
    /// One at a time: Postgres copies a template only while nobody else does.
    work: Mutex<mpsc::Sender<Work>>,
}

enum Work {
    Create(String, oneshot::Sender<()>),
    Discard(String),
}

/// A new database: its name and URL; `None` if Postgres is not to be had and need not be.
pub(crate) async fn fresh() -> Option<(String, String)> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let server = server()?;
    let name = format!("t_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let (made, done) = oneshot::channel();
    server.send(Work::Create(name.clone(), made));
    done.await.expect("the Postgres janitor makes the database");
    let url = server.url_of(&name);
    Some((name, url))
}

/// Drop a database of ours, whenever there is time.
pub(crate) fn discard(name: &str) {
    if let Some(server) = server() {
        server.send(Work::Discard(name.to_owned()));
    }
}

impl Server {
    fn send(&self, work: Work) {
        _ = self.work.lock().expect("janitor").send(work);
    }

    fn url_of(&self, database: &str) -> String {
        self.url.replace("{name}", database)
    }
}

fn server() -> Option<&'static Server> {
    static SERVER: OnceLock<Option<Server>> = OnceLock::new();
    SERVER.get_or_init(start).as_ref()
}

fn start() -> Option<Server> {
    let wanted = std::env::var("PRM_TEST_POSTGRES").unwrap_or_default();
    let (url, template) = match wanted.as_str() {
        "off" => return None,
        "" | "required" => match cluster::start() {
            Ok(Cluster { url, template }) => (url, template),
            Err(why) if wanted.is_empty() => {
                // Not eprintln: the test runner would keep it to itself.
                let notice =
                    format!("\n*** POSTGRES IS NOT TESTED: {why}\n*** Install it (Debian: apt install postgresql) or set PRM_TEST_POSTGRES.\n\n");
                _ = std::io::stderr().write_all(notice.as_bytes());
                return None;
            }
            Err(why) => panic!("PRM_TEST_POSTGRES=required, but {why}"),
        },
        url => (named(url), format!("prm_template_{}", std::process::id())),
    };
    let (sender, work) = mpsc::channel();
    let server = Server { url, template, work: Mutex::new(sender) };
    let (admin, template, template_url) = (server.url_of("postgres"), server.template.clone(), server.url_of(&server.template));
    std::thread::spawn(move || janitor(&admin, &template, &template_url, &work));
    Some(server)
}

/// `postgres://host/anything?options` with a place for the name.
fn named(url: &str) -> String {
    let mut parsed = url::Url::parse(url).expect("PRM_TEST_POSTGRES is `required`, `off` or a URL");
    parsed.set_path("/NAME");
    parsed.to_string().replacen("/NAME", "/{name}", 1)
}

/// Make and drop databases, one after the other, on a thread and runtime of its own.
fn janitor(admin: &str, template: &str, template_url: &str, work: &mpsc::Receiver<Work>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let mut connection = sqlx::PgConnection::connect(admin).await.expect("connect to the test cluster");
        // Of a cluster that processes share, one makes the template. On a server by URL each has its own.
        let alone = (template == cluster::TEMPLATE).then(cluster::lock);
        make_template(&mut connection, template, template_url).await;
        drop(alone);
        while let Ok(work) = work.recv() {
            match work {
                Work::Create(name, made) => {
                    run(&mut connection, &format!("CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")).await;
                    _ = made.send(());
                }
                Work::Discard(name) => run(&mut connection, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await,
            }
        }
    });
}

async fn make_template(connection: &mut sqlx::PgConnection, template: &str, url: &str) {
    let known = "SELECT 1 FROM pg_database WHERE datname = $1 AND datistemplate";
    if sqlx::query(known).bind(template).fetch_optional(&mut *connection).await.expect("look for the template").is_some() {
        return;
    }
    run(connection, &format!("CREATE DATABASE {template}")).await;
    let db = Db::open(url, Pools { connections: 2 }).await.expect("open the template");
    migrate(&db).await;
    db.close().await.expect("close the template");
    run(connection, &format!("ALTER DATABASE {template} IS_TEMPLATE true")).await;
}

async fn run(connection: &mut sqlx::PgConnection, sql: &str) {
    let done = sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(connection).await;
    done.unwrap_or_else(|cause| panic!("{sql}: {cause}"));
}
