//! One transaction on a connection to Postgres, whose first words say whose rows it may touch.
//!
//! `BEGIN` and `SET LOCAL` go out together, and the rollback of a session that is dropped goes out with the
//! ping that returns its connection to the pool: nobody waits for it. What `SET LOCAL` said ends with the
//! transaction, so nothing of it is left on a connection, however its user ended: answered, failed,
//! cancelled or panicked.

use crate::id::VendorId;
use sea_orm::sqlx::pool::PoolConnection;
use sea_orm::sqlx::{self, AssertSqlSafe, Executor as _, Postgres, SqlSafeStr as _};
use sea_orm::{DbErr, ExecResult, QueryResult, RuntimeErr, Statement};
use sea_query_sqlx::SqlxValues;
use sqlx_core::transaction::TransactionManager;
use std::sync::Arc;

type Manager = <Postgres as sqlx::Database>::TransactionManager;

/// Whose rows are seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// One vendor's.
    Vendor(VendorId),
    /// Every vendor's, in the tables that let such work in.
    AllVendors,
}

impl Reach {
    /// The statement that says so until the transaction ends. The settings are what the policies of the wall ask for.
    fn sql(self) -> String {
        match self {
            Self::Vendor(vendor) => format!("SET LOCAL prm.vendor = '{}'", vendor.0),
            Self::AllVendors => "SET LOCAL prm.across_vendors = 'on'".to_owned(),
        }
    }
}

/// An open transaction; rolled back when it is dropped.
pub(crate) struct Session {
    connection: Option<PoolConnection<Postgres>>,
    state: State,
}

#[derive(PartialEq, Eq)]
enum State {
    Opening,
    Open,
    Over,
}

impl Session {
    /// Begin on `connection`, in one round trip.
    pub(super) async fn begin(connection: PoolConnection<Postgres>, begin: &str, reach: Reach) -> Result<Self, DbErr> {
        let mut session = Self { connection: Some(connection), state: State::Opening };
        let words = AssertSqlSafe(format!("{begin}; {}", reach.sql())).into_sql_str();
        Manager::begin(session.connection(), Some(words)).await.map_err(query_error)?;
        session.state = State::Open;
        Ok(session)
    }

    fn connection(&mut self) -> &mut sqlx::PgConnection {
        self.connection.as_mut().expect("a session has its connection until it is dropped")
    }

    /// From here on, see these rows.
    pub(crate) async fn reach(&mut self, reach: Reach) -> Result<(), DbErr> {
        self.run(&reach.sql()).await.map(drop)
    }

    pub(crate) async fn execute(&mut self, statement: &Statement) -> Result<ExecResult, DbErr> {
        self.connection().execute(query(statement)).await.map(Into::into).map_err(exec_error)
    }

    pub(crate) async fn run(&mut self, sql: &str) -> Result<ExecResult, DbErr> {
        self.connection().execute(AssertSqlSafe(sql.to_owned())).await.map(Into::into).map_err(exec_error)
    }

    pub(crate) async fn one(&mut self, statement: &Statement) -> Result<Option<QueryResult>, DbErr> {
        let row = query(statement).fetch_optional(self.connection()).await.map_err(query_error)?;
        Ok(row.map(Into::into))
    }

    pub(crate) async fn all(&mut self, statement: &Statement) -> Result<Vec<QueryResult>, DbErr> {
        let rows = query(statement).fetch_all(self.connection()).await.map_err(query_error)?;
        Ok(rows.into_iter().map(Into::into).collect())
    }

    pub(crate) async fn commit(mut self) -> Result<(), DbErr> {
        Manager::commit(self.connection()).await.map_err(query_error)?;
        self.state = State::Over;
        Ok(())
    }

    pub(crate) async fn rollback(mut self) -> Result<(), DbErr> {
        Manager::rollback(self.connection()).await.map_err(query_error)?;
        self.state = State::Over;
        Ok(())
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let Some(mut connection) = self.connection.take() else { return };
        match self.state {
            State::Over => {}
            State::Open => Manager::start_rollback(&mut connection),
            // Given up while BEGIN was under way: the driver does not know that it may have been carried out.
            State::Opening => match tokio::runtime::Handle::try_current() {
                Ok(runtime) => drop(runtime.spawn(async move {
                    if connection.execute("ROLLBACK").await.is_err() {
                        connection.close_on_drop();
                    }
                })),
                Err(_) => connection.close_on_drop(),
            },
        }
    }
}

fn query(statement: &Statement) -> sqlx::query::Query<'static, Postgres, SqlxValues> {
    let values = statement.values.clone().unwrap_or_else(|| sea_orm::Values(Vec::new()));
    sqlx::query_with(AssertSqlSafe(statement.sql.clone()), SqlxValues(values))
}

fn exec_error(cause: sqlx::Error) -> DbErr {
    DbErr::Exec(RuntimeErr::SqlxError(Arc::new(cause)))
}

fn query_error(cause: sqlx::Error) -> DbErr {
    DbErr::Query(RuntimeErr::SqlxError(Arc::new(cause)))
}
