//! One-time tokens by which somebody may answer later. All of a request's tokens work until one did.

use access::forms::hash;
use kernel::id::VendorId;
use kernel::{App, Problem, Tx};
use sea_orm::{ConnectionTrait, DbErr, Statement};
use std::fmt::Display;
use uuid::Uuid;

/// A table of hashes of tokens.
pub struct Tokens {
    /// The table.
    pub table: &'static str,
    /// Its column that names the request.
    pub of: &'static str,
}

impl Tokens {
    /// A new token for the request of this id, which is written as `named`.
    pub async fn add(&self, tx: &Tx, id: Uuid, named: impl Display) -> Result<String, DbErr> {
        let token = access::forms::token(tx.vendor(), named);
        let sql = format!("INSERT INTO {} (vendor_id, hash, {}, created_at) VALUES ($1, $2, $3, $4)", self.table, self.of);
        let values = [tx.vendor().0.into(), hash(&token).into(), id.into(), tx.now().into()];
        tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), &sql, values)).await?;
        Ok(token)
    }

    /// The request of a token that still answers; `named` is what the token says of itself.
    pub async fn find(&self, app: &App, token: &str, named: Option<(VendorId, Uuid)>) -> Result<Option<(VendorId, Uuid)>, Problem> {
        let Some((vendor, id)) = named else { return Ok(None) };
        let db = app.db().read_of(vendor).await?;
        Ok(self.holds(&db, vendor, id, token).await?.then_some((vendor, id)))
    }

    /// Whether this token answers for this request.
    pub async fn holds(&self, db: &impl ConnectionTrait, vendor: VendorId, id: Uuid, token: &str) -> Result<bool, DbErr> {
        let sql = format!("SELECT 1 FROM {} WHERE vendor_id = $1 AND hash = $2 AND {} = $3", self.table, self.of);
        let values = [vendor.0.into(), hash(token).into(), id.into()];
        Ok(db.query_one_raw(Statement::from_sql_and_values(db.get_database_backend(), &sql, values)).await?.is_some())
    }

    /// Make every token of a request void.
    pub async fn void(&self, tx: &Tx, id: Uuid) -> Result<(), DbErr> {
        let sql = format!("DELETE FROM {} WHERE vendor_id = $1 AND {} = $2", self.table, self.of);
        let values = [tx.vendor().0.into(), id.into()];
        tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), &sql, values)).await.map(drop)
    }
}
