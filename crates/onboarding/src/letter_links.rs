//! The links of letters to whoever has no account: secrets of 256 bits, kept as hashes. Whoever holds one reads letters to the address.

use access::forms::hash;
use chrono::{DateTime, Utc};
use kernel::actor::RequestInfo;
use kernel::id::VendorId;
use kernel::problem::Kind;
use kernel::text::hex;
use kernel::{App, Problem, Tx};
use sea_orm::{ConnectionTrait, DbErr, Statement, Value};
use uuid::Uuid;

/// Links that work at once for one and the same: the newest.
const MOST: usize = 10;

/// The links to things of one kind.
pub struct LetterLinks {
    /// The table: `vendor_id`, `hash`, `expires_at`, `created_at`, and a column for what a link leads to.
    table: &'static str,
    /// That column.
    to: &'static str,
    /// What is refused: a link that does not work.
    broken: Kind,
}

impl LetterLinks {
    /// The links of this table.
    pub const fn new(table: &'static str, to: &'static str, broken: Kind) -> Self {
        Self { table, to, broken }
    }

    /// A new link's secret, good until then. Put it after a `#`: what follows that stays in the browser, and no server's log and no Referer holds it.
    pub async fn make(&self, tx: &Tx, to: Uuid, until: DateTime<Utc>) -> Result<String, DbErr> {
        // Whose it is stands in it: nobody has to look through all vendors'.
        let secret = format!("{}.{}", tx.vendor(), hex(&kernel::seal::random::<32>()));
        let kept =
            format!("SELECT hash FROM {} WHERE vendor_id = $1 AND {} = $2 ORDER BY created_at DESC, hash LIMIT {}", self.table, self.to, MOST - 1);
        self.drop(tx, to, &format!("AND hash NOT IN ({kept})")).await?;
        let insert = format!("INSERT INTO {} (vendor_id, hash, {}, expires_at, created_at) VALUES ($1, $2, $3, $4, $5)", self.table, self.to);
        let values = [tx.vendor().0.into(), hash(&secret).into(), to.into(), until.into(), tx.now().into()];
        tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), insert, values)).await?;
        Ok(secret)
    }

    /// Whose the secret is and what it leads to, if it works. Guesses are counted against the address that they come from.
    pub async fn open(&self, app: &App, secret: &str, request: &RequestInfo) -> Result<(VendorId, Uuid), Problem> {
        let found = match secret.split('.').next().and_then(|part| part.parse::<VendorId>().ok()) {
            Some(vendor) => self.find(app, vendor, secret).await?.map(|to| (vendor, to)),
            None => None,
        };
        found.ok_or_else(|| {
            let counted = request.client.and_then(|address| access::limits::count_failure(app, address));
            counted.unwrap_or_else(|| Problem::new(self.broken))
        })
    }

    async fn find(&self, app: &App, vendor: VendorId, secret: &str) -> Result<Option<Uuid>, Problem> {
        let sql = format!("SELECT {} FROM {} WHERE vendor_id = $1 AND hash = $2 AND expires_at > $3", self.to, self.table);
        let values: [Value; 3] = [vendor.0.into(), hash(secret).into(), app.clock().now().into()];
        let row = app.db().read_of(vendor).await?.query_one_raw(Statement::from_sql_and_values(app.db().backend(), sql, values)).await?;
        Ok(row.map(|row| row.try_get("", self.to)).transpose()?)
    }

    /// Make every link to it void.
    pub async fn forget(&self, tx: &Tx, to: Uuid) -> Result<(), DbErr> {
        self.drop(tx, to, "").await
    }

    async fn drop(&self, tx: &Tx, to: Uuid, which: &str) -> Result<(), DbErr> {
        let sql = format!("DELETE FROM {} WHERE vendor_id = $1 AND {} = $2 {which}", self.table, self.to);
        let values: [Value; 2] = [tx.vendor().0.into(), to.into()];
        tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await.map(drop)
    }
}
