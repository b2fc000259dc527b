//! The world of one specification: a fresh database, a clock that stands, and instances of the service.

use crate::actors::Vendor;
use crate::client::Client;
use crate::database::{Database, On};
use crate::document::Document;
use axum::Router;
use chrono::{DateTime, Duration, Utc};
use kernel::App;
use kernel::clock::Clock;
use kernel::seal::Sealer;
use kernel::workers::{self, Worker};
use serde_json::json;
use server::Limits;
use std::ops::Deref;
use std::sync::Arc;

/// The operator's key in every world.
pub const OPERATOR_KEY: &str = "operator-key-of-the-test-world-0123456789";
/// How callers reach the service, as tokens and links name it.
pub const PUBLIC_URL: &str = "https://prm.test";
/// What the clock shows when a world begins.
pub const START: &str = "2026-11-20T12:00:00Z";

/// One specification's world; cheap to clone into tasks.
#[derive(Clone)]
pub struct World(Arc<Inner>);

/// What [`World`] holds; reached through it.
pub struct Inner {
    /// Which database it stands on.
    pub on: On,
    /// Stands at [`START`] until it is moved; one for all instances.
    pub clock: Clock,
    /// The instance that everything goes to unless another is named.
    pub main: Instance,
    options: Options,
    // Last: it goes after everything that uses it.
    database: Arc<Database>,
}

/// One running instance of the service: its own pools and caches.
#[derive(Clone)]
pub struct Instance {
    /// The application.
    pub app: App,
    /// Its whole HTTP surface.
    pub router: Router,
    /// What a request may cost it.
    pub limits: Limits,
    /// Its background work, which runs only in [`World::settle`] unless [`Instance::run`] is called.
    pub workers: Vec<Worker>,
    /// The published document.
    pub document: &'static Document,
}

/// What a world may be asked for, beyond the ordinary.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Connections to Postgres, or readers of SQLite, of each instance.
    pub connections: u32,
    /// How often one may call: by far more than specifications do, unless they are about it.
    pub rates: access::limits::Settings,
    /// What a request may cost, changed from what is usual.
    pub limits: fn(Limits) -> Limits,
    /// Seals secrets at rest.
    pub secret_key: [u8; 32],
    /// Keys that only open.
    pub previous_keys: &'static [[u8; 32]],
    /// Whether webhooks may go to private addresses and over plain http: to receivers on 127.0.0.1.
    pub private_receivers: bool,
    /// Whether identity providers and issuers may lie at private addresses and speak plain http: on 127.0.0.1.
    pub private_providers: bool,
    /// Whether the clock stands at the machine's time instead of at [`START`]: for peers that live by the machine's clock.
    pub machine_time: bool,
}

impl Default for Options {
    fn default() -> Self {
        let rates = access::limits::Settings { vendor: 6_000_000, credential: 6_000_000, failures: 6_000_000 };
        Self {
            connections: 4,
            rates,
            limits: |limits| limits,
            secret_key: [7; 32],
            previous_keys: &[],
            private_receivers: true,
            private_providers: true,
            machine_time: false,
        }
    }
}

impl Deref for World {
    type Target = Inner;
    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl World {
    /// A new world; `None` if its database is not to be had on this machine and need not be.
    pub async fn new(on: On, options: Options) -> Option<Self> {
        let database = Arc::new(Database::fresh(on).await?);
        let start = if options.machine_time { Clock::machine().now() } else { START.parse().expect("a time") };
        let clock = Clock::manual(start);
        let main = Instance::start(&database, &clock, options).await;
        Some(Self(Arc::new(Inner { on, clock, main, options, database })))
    }

    /// A second instance of the service on the same database, as if on another machine.
    pub async fn another_instance(&self) -> Instance {
        Instance::start(&self.database, &self.clock, self.options).await
    }

    /// A second instance that is set up in another way.
    pub async fn another_instance_like(&self, options: Options) -> Instance {
        Instance::start(&self.database, &self.clock, options).await
    }

    /// The URL of the database, as the owner of its tables.
    pub fn database_url(&self) -> &str {
        &self.database.url
    }

    /// The main instance's application.
    pub fn app(&self) -> &App {
        &self.main.app
    }

    /// The time in this world.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Let time pass, and then everything that falls due in it happen.
    pub async fn pass(&self, by: Duration) {
        self.clock.advance(by);
        self.settle().await;
    }

    /// Let everything happen that follows from what was done: timers, readers, imports, deliveries.
    pub async fn settle(&self) {
        self.main.settle().await;
    }

    /// A caller without any credential.
    pub fn anonymous(&self) -> Client {
        Client::new(&self.main, None)
    }

    /// A caller with this credential.
    pub fn bearing(&self, credential: &str) -> Client {
        Client::new(&self.main, Some(credential.to_owned()))
    }

    /// The operator of the installation.
    pub fn operator(&self) -> Client {
        self.bearing(OPERATOR_KEY)
    }

    /// A new vendor, acting with its first admin key.
    pub async fn vendor(&self, name: &str) -> Vendor {
        let made = self.operator().post("/v1/vendors", json!({ "name": name })).await.expect(201);
        Vendor::new(self, made["vendor"]["id"].as_str().expect("an id"), made["secret"].as_str().expect("a secret"))
    }

    /// Carry out SQL behind the service's back, as an intruder or a repair would; returns the rows changed.
    pub async fn sql(&self, sql: &str) -> u64 {
        use sea_orm::ConnectionTrait as _;
        let connection = self.app().db().migrator().await;
        connection.execute_unprepared(sql).await.unwrap_or_else(|cause| panic!("{sql}: {cause}")).rows_affected()
    }

    /// Everything that the database holds, in its files or in its tables.
    pub async fn stored(&self) -> Vec<u8> {
        crate::stored::everything(&self.database.url, self.app()).await
    }

    /// The one number that this query answers with.
    pub async fn number(&self, sql: &str) -> i64 {
        use sea_orm::ConnectionTrait as _;
        let statement = sea_orm::Statement::from_string(self.app().db().backend(), sql);
        let row = match self.on {
            On::Sqlite => self.app().db().read_across_vendors().await.expect("a view").query_one_raw(statement).await,
            On::Postgres => self.app().db().migrator().await.query_one_raw(statement).await,
        };
        let row = row.unwrap_or_else(|cause| panic!("{sql}: {cause}"));
        row.unwrap_or_else(|| panic!("{sql}: no row")).try_get_by_index(0).expect("a bigint")
    }
}

impl Instance {
    async fn start(database: &Database, clock: &Clock, options: Options) -> Self {
        let db = database.open(options.connections).await;
        let app = App::new(db, clock.clone(), Sealer::with_others(&options.secret_key, options.previous_keys), PUBLIC_URL.to_owned());
        crate::assemble::instance(app, options)
    }

    /// A caller of this instance with this credential.
    pub fn bearing(&self, credential: &str) -> Client {
        Client::new(self, Some(credential.to_owned()))
    }

    /// Run every worker until none finds anything to do.
    pub async fn settle(&self) {
        workers::settle(&self.app, &self.workers).await.expect("the workers settle");
    }

    /// Run the background work as production does, until the guard is dropped.
    pub fn run(&self) -> Running {
        let (stop, stopped) = tokio::sync::watch::channel(false);
        for task in server::assemble::background(&self.app, &stopped) {
            tokio::spawn(task);
        }
        Running { stop }
    }

    /// Listen on a port of 127.0.0.1 until the guard is dropped.
    pub async fn serve(&self) -> Served {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let (router, limits, (stop, stopped)) = (self.router.clone(), self.limits.clone(), tokio::sync::oneshot::channel::<()>());
        tokio::spawn(async move { server::listen::serve(listener, router, &limits, async { _ = stopped.await }).await });
        Served { url, _stop: stop }
    }
}

/// Background work that ends with this guard.
pub struct Running {
    stop: tokio::sync::watch::Sender<bool>,
}

impl Drop for Running {
    fn drop(&mut self) {
        _ = self.stop.send(true);
    }
}

/// A listening instance, until it is dropped.
pub struct Served {
    /// `http://127.0.0.1:port`.
    pub url: String,
    _stop: tokio::sync::oneshot::Sender<()>,
}
