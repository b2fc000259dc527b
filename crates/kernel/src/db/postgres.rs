//! Postgres: a pool whose role owns nothing, and apart from it the owner's connection for migrations.

use super::reading::Resting;
use super::session::{Reach, Session};
use super::{Pools, wrap};
use sea_orm::sqlx::pool::{PoolConnection, PoolOptions};
use sea_orm::sqlx::postgres::{PgConnectOptions, PgPool};
use sea_orm::sqlx::{self, ConnectOptions};
use sea_orm::{ConnAcquireErr, DbErr};
use std::str::FromStr;
use std::time::Duration;

/// The role that the service's connections take on if there is one URL for everything.
pub const APP_ROLE: &str = "prm_app";
/// Whoever waits for a connection looks this often for one that merely rests.
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// An open Postgres database.
pub(crate) struct Postgres {
    pub(super) pool: PgPool,
    /// May change the schema; connects when it is first used.
    pub(super) owner: PgPool,
    /// For LISTEN, which keeps its connection.
    pub(super) listener: PgPool,
    /// The role that every connection of `pool` has.
    pub(super) role: String,
    /// Whether that is the user of a URL of its own.
    pub(super) apart: bool,
    pub(super) resting: Resting,
}

impl Postgres {
    /// With a URL of the owner's, `url` is an ordinary login; without one its connections step down to [`APP_ROLE`].
    pub(super) async fn open(url: &str, owner: Option<&str>, pools: Pools) -> Result<Self, DbErr> {
        let (own, owners) = (options(url)?, options(owner.unwrap_or(url))?);
        let (role, own) = match owner {
            Some(_) => (own.get_username().to_owned(), own),
            // As a start-up parameter, so that RESET ROLE leads nowhere else.
            None => (APP_ROLE.to_owned(), own.options([("role", APP_ROLE)])),
        };
        let apart = owner.is_some();
        let few = |size| PoolOptions::new().max_connections(size).acquire_timeout(Duration::from_secs(10));
        let owner = few(2).idle_timeout(Duration::from_secs(30)).connect_with(owners).await.map_err(wrap)?;
        let listener = few(1).connect_lazy_with(own.clone());
        let pool = few(pools.connections.max(1))
            .test_before_acquire(false)
            // A busy connection is known to live; only one that has rested is asked first.
            .before_acquire(|connection: &mut sqlx::PgConnection, meta| {
                Box::pin(async move {
                    use sqlx::Connection as _;
                    Ok(meta.idle_for < Duration::from_secs(5) || connection.ping().await.is_ok())
                })
            })
            // The role may not be there before the first migration.
            .connect_lazy_with(own);
        Ok(Self { pool, owner, listener, role, apart, resting: Resting::default() })
    }

    /// A transaction that sees `reach`.
    pub(crate) async fn begin(&self, begin: &str, reach: Reach) -> Result<Session, DbErr> {
        Session::begin(self.connection().await?, begin, reach).await
    }

    /// A connection; if there is none, that of a reading which rests.
    async fn connection(&self) -> Result<PoolConnection<sqlx::Postgres>, DbErr> {
        let _waiting = self.resting.wait();
        if self.pool.num_idle() == 0 && self.pool.size() >= self.pool.options().get_max_connections() {
            self.resting.give_one_up();
        }
        let mut connection = std::pin::pin!(self.pool.acquire());
        loop {
            tokio::select! {
                biased;
                got = &mut connection => return got.map_err(refused),
                () = tokio::time::sleep(LOOK_AGAIN) => self.resting.give_one_up(),
            }
        }
    }

    /// Why this service must not run with the rights that its connections have, as a sentence.
    pub(super) async fn check_role(&self) -> Result<(), String> {
        let sql = "SELECT current_user::text, rolsuper, rolbypassrls, \
            (SELECT min(c.relname)::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
             WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p') AND pg_has_role(current_user, c.relowner, 'USAGE')), \
            (SELECT min(c.relname)::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
             WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p') AND c.relname <> 'seaql_migrations' \
             AND NOT (c.relrowsecurity AND c.relforcerowsecurity)) \
            FROM pg_roles WHERE rolname = current_user";
        let found = sqlx::query_as::<_, (String, bool, bool, Option<String>, Option<String>)>(sql).fetch_one(&self.pool).await;
        let (role, superuser, bypasses, owned, open) = found.map_err(|cause| {
            format!(
                "The database's role {} cannot be used: {cause}. An administrator of the database runs once: \
                 CREATE ROLE {APP_ROLE} NOLOGIN; GRANT {APP_ROLE} TO <the user of PRM_DATABASE_URL>; \
                 or gives the owner in PRM_MIGRATION_DATABASE_URL and an ordinary user in PRM_DATABASE_URL.",
                self.role
            )
        })?;
        let why = match (superuser, bypasses, owned, open) {
            (true, ..) => "it is a superuser, whom row-level security does not hold".to_owned(),
            (_, true, ..) => "it has BYPASSRLS".to_owned(),
            (.., Some(table), _) => format!("it owns the table {table}"),
            (.., Some(table)) => return Err(format!("The table {table} has no row-level security: run `prm migrate` as its owner.")),
            _ => return Ok(()),
        };
        Err(format!(
            "The service does not run as the database's role {role}: {why}. Give an ordinary user in PRM_DATABASE_URL, and the owner of \
             the tables in PRM_MIGRATION_DATABASE_URL; or only PRM_DATABASE_URL, whose user may become {APP_ROLE}."
        ))
    }
}

fn options(url: &str) -> Result<PgConnectOptions, DbErr> {
    let options = PgConnectOptions::from_str(url).map_err(wrap)?;
    Ok(options
        .application_name("prm")
        .options([("statement_timeout", "30s"), ("idle_in_transaction_session_timeout", "60s")])
        .statement_cache_capacity(256)
        .disable_statement_logging())
}

fn refused(cause: sqlx::Error) -> DbErr {
    match cause {
        sqlx::Error::PoolTimedOut => DbErr::ConnectionAcquire(ConnAcquireErr::Timeout),
        sqlx::Error::PoolClosed => DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed),
        cause => wrap(cause),
    }
}
