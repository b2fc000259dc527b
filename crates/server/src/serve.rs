//! Running the service: open, migrate, listen, work, and stop without losing anything.

use crate::stop::Stop;
use crate::telemetry::{self, Telemetry};
use crate::{Config, assemble, listen};
use access::authenticate::{OperatorKey, hash};
use kernel::App;
use kernel::clock::Clock;
use kernel::db::Db;
use migrations::Role;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// Why the service cannot run, as a sentence for the operator.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// A running service.
pub struct Running {
    /// Where it listens.
    pub addr: SocketAddr,
    /// The application.
    pub app: App,
    http: JoinSet<()>,
    workers: JoinSet<()>,
    workers_stop: watch::Sender<bool>,
    grace: Duration,
}

/// The application on its database, which is migrated. `addr` is where it listens, if it does.
pub async fn open(config: &Config, addr: Option<SocketAddr>) -> Result<App, Failure> {
    let sealer = config.sealer()?;
    let owner = config.migration_database_url.as_ref().map(|url| url.0.as_str());
    let db = Db::open_apart(&config.database_url.0, owner, config.pools()).await;
    let db = db.map_err(|cause| format!("The database cannot be opened: {cause}."))?;
    migrate(&db).await?;
    db.check_role().await?;
    let public_url = config.public_url.clone().unwrap_or_else(|| format!("http://{}", addr.unwrap_or(config.listen)));
    let app = App::new(db, Clock::machine(), sealer, public_url);
    if let Some(key) = &config.operator_key {
        app.provide(OperatorKey(hash(&key.0)));
    }
    Ok(app)
}

/// Bring the schema up to date, and on Postgres the wall. Instances that start together take turns.
pub async fn migrate(db: &Db) -> Result<(), Failure> {
    let role = db.role().map(|(role, apart)| if apart { Role::Given(role) } else { Role::Own(role) });
    Ok(migrations::bring_up(&db.migrator().await, role).await.map_err(|cause| format!("The database cannot be migrated: {cause}."))?)
}

/// Start everything on `listener`.
pub async fn start(config: &Config, listener: TcpListener) -> Result<Running, Failure> {
    let addr = listener.local_addr()?;
    let app = open(config, Some(addr)).await?;
    app.provide(telemetry::Metrics::for_config(config));
    telemetry::metrics(&app).make_global();
    assemble::configure(&app, config);
    assemble::follow(&app);
    let limits = config.limits();
    let (router, _) = assemble::assemble(&app, &limits);
    let (workers_stop, stopping) = watch::channel(false);
    let workers = assemble::background(&app, &stopping).into_iter().collect();

    let mut told = app.service::<Stop>().listen();
    let mut http = JoinSet::new();
    http.spawn(async move {
        let until = async move { drop(told.wait_for(|stop| *stop).await) };
        listen::serve(listener, router, &limits, until).await;
    });
    Ok(Running { addr, app, http, workers, workers_stop, grace: config.shutdown_grace })
}

impl Running {
    /// Stop: no longer ready, requests in hand are answered, streams end, workers finish their piece.
    pub async fn stop(mut self) {
        self.app.service::<Stop>().now();
        let ended = tokio::time::timeout(self.grace, async {
            while self.http.join_next().await.is_some() {}
            // Afterwards, so that what the last requests caused may still be carried out.
            self.workers_stop.send_replace(true);
            while self.workers.join_next().await.is_some() {}
        });
        if ended.await.is_err() {
            tracing::warn!(grace = ?self.grace, "not everything ended in time; it is given up and found again at the next start");
            self.workers_stop.send_replace(true);
            self.http.abort_all();
            self.workers.abort_all();
        }
        if let Err(cause) = self.app.db().close().await {
            tracing::warn!(%cause, "the database was not closed in order");
        }
        let metrics = telemetry::metrics(&self.app);
        // Sends over the network, without a runtime of its own.
        let _ = tokio::task::spawn_blocking(move || metrics.flush()).await;
    }
}

/// `prm serve`: run until told to stop.
pub async fn serve(config: &Config) -> Result<(), Failure> {
    let telemetry = Telemetry::start(config)?;
    let listener =
        TcpListener::bind(config.listen).await.map_err(|cause| format!("PRM_LISTEN: {} cannot be listened on: {cause}.", config.listen))?;
    let running = start(config, listener).await?;
    println!("prm {} listens on http://{} (reference: http://{}/docs)", env!("CARGO_PKG_VERSION"), running.addr, running.addr);
    until_told().await?;
    tracing::info!("stopping");
    // Told twice, somebody is in a hurry.
    tokio::select! {
        () = running.stop() => {}
        again = until_told() => again?,
    }
    telemetry.end().await;
    Ok(())
}

/// SIGTERM or SIGINT.
#[cfg(unix)]
pub(crate) async fn until_told() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut term, mut int) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    tokio::select! {
        _ = term.recv() => {}
        _ = int.recv() => {}
    }
    Ok(())
}

#[cfg(not(unix))]
pub(crate) async fn until_told() -> std::io::Result<()> {
    tokio::signal::ctrl_c().await
}
