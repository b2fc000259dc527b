//! Bring every sealed value under the current key, so that an older one can be put away.
//!
//! Works beside running services, in small writes; repeated or broken off, it goes on with what is left.

use crate::actor::Actor;
use crate::app::App;
use crate::id::VendorId;
use crate::problem::Problem;
use crate::seal::{KeyColumn, Sealed};
use crate::tx::Tx;
use sea_orm::{ConnectionTrait, DbErr, QueryResult, Statement, Value};
use uuid::Uuid;

/// Rows of one look, and so at most of one write.
const BATCH: usize = 200;

/// What became of one column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Report {
    /// Its table.
    pub table: &'static str,
    /// Its name.
    pub column: &'static str,
    /// Values that were brought under the current key.
    pub resealed: u64,
    /// Values that are under another key still.
    pub remaining: u64,
    /// Of these, how many open with none of the keys that are configured.
    pub unopened: u64,
}

/// Reseal every value of `columns` that is not under the current key; with `only_count`, change nothing.
pub async fn run(app: &App, columns: &[Sealed], only_count: bool) -> Result<Vec<Report>, Problem> {
    let mut reports = Vec::new();
    for column in columns {
        reports.push(Pass { app, column, report: report(column) }.through(only_count).await?);
    }
    Ok(reports)
}

fn report(Sealed { table, column, .. }: &Sealed) -> Report {
    Report { table, column, resealed: 0, remaining: 0, unopened: 0 }
}

struct Pass<'a> {
    app: &'a App,
    column: &'a Sealed,
    report: Report,
}

/// A value to be replaced.
struct Row {
    key: Vec<Value>,
    purpose: String,
    sealed: Vec<u8>,
}

impl Pass<'_> {
    async fn through(mut self, only_count: bool) -> Result<Report, Problem> {
        if !matches!(self.column.key.first(), Some(KeyColumn::Uuid("vendor_id"))) {
            self.rows_of(None, only_count).await?;
            return Ok(self.report);
        }
        for vendor in vendors(self.app).await? {
            self.rows_of(Some(vendor), only_count).await?;
        }
        Ok(self.report)
    }

    /// The rows of one vendor, or of a table that is nobody's.
    async fn rows_of(&mut self, vendor: Option<VendorId>, only_count: bool) -> Result<(), Problem> {
        let mut after = None;
        loop {
            let rows = self.look(vendor, after.as_deref()).await?;
            let count = rows.len();
            after = rows.last().map(|row| row.key.clone());
            let mut opened = Vec::new();
            for row in rows {
                match self.app.sealer().open(&row.purpose, &row.sealed) {
                    Ok(plain) => opened.push((row, plain)),
                    Err(_) => {
                        self.report.unopened += 1;
                        self.report.remaining += 1;
                    }
                }
            }
            if only_count {
                self.report.remaining += opened.len() as u64;
            } else if !opened.is_empty() {
                self.report.resealed += self.replace(vendor, &opened).await?;
            }
            if count < BATCH {
                return Ok(());
            }
        }
    }

    /// The next values that do not begin with the current key's head, by primary key.
    async fn look(&self, vendor: Option<VendorId>, after: Option<&[Value]>) -> Result<Vec<Row>, DbErr> {
        let Sealed { table, key, column, also, .. } = self.column;
        let db = match vendor {
            Some(vendor) => self.app.db().read_of(vendor).await?,
            None => self.app.db().read_across_vendors().await?,
        };
        let names: Vec<&str> = key.iter().map(KeyColumn::name).collect();
        let order = names.join(", ");
        let mut values: Vec<Value> = vec![self.app.sealer().head().to_vec().into()];
        let mut only = String::new();
        if let Some(vendor) = vendor {
            values.push(vendor.0.into());
            only += " AND vendor_id = $2";
        }
        if let Some(after) = after {
            let places: Vec<String> = (values.len() + 1..).take(after.len()).map(|number| format!("${number}")).collect();
            values.extend(after.iter().cloned());
            only += &format!(" AND ({order}) > ({})", places.join(", "));
        }
        let read = names.iter().chain(*also).chain([column]).copied().collect::<Vec<_>>().join(", ");
        let sql =
            format!("SELECT {read} FROM {table} WHERE {column} IS NOT NULL AND substr({column}, 1, 8) <> $1{only} ORDER BY {order} LIMIT {BATCH}");
        let rows = db.query_all_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, values)).await?;
        rows.iter().map(|row| self.read(row)).collect()
    }

    fn read(&self, row: &QueryResult) -> Result<Row, DbErr> {
        let Sealed { key, column, purpose, .. } = self.column;
        let key = key.iter().map(|column| column.value(row)).collect::<Result<_, _>>()?;
        Ok(Row { key, purpose: purpose(row)?, sealed: row.try_get("", column)? })
    }

    /// One write. A value that somebody else has changed in between is theirs.
    async fn replace(&self, vendor: Option<VendorId>, rows: &[(Row, Vec<u8>)]) -> Result<u64, Problem> {
        match vendor {
            Some(vendor) => self.app.write(&Actor::system("reseal", vendor), async |tx| self.update(tx, rows).await).await,
            None => self.app.write_across_vendors("reseal", async |tx| self.update(tx, rows).await).await,
        }
    }

    async fn update(&self, tx: &Tx, rows: &[(Row, Vec<u8>)]) -> Result<u64, DbErr> {
        let Sealed { table, key, column, .. } = self.column;
        let places: Vec<String> = key.iter().zip(3..).map(|(part, number)| format!("{} = ${number}", part.name())).collect();
        let sql = format!("UPDATE {table} SET {column} = $1 WHERE {column} = $2 AND {}", places.join(" AND "));
        let mut replaced = 0;
        for (row, plain) in rows {
            let fresh = self.app.sealer().seal(&row.purpose, plain);
            let values = [fresh.into(), row.sealed.clone().into()].into_iter().chain(row.key.iter().cloned());
            let done = tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), &sql, values)).await?;
            replaced += done.rows_affected();
        }
        Ok(replaced)
    }
}

/// Every vendor, and the one that nobody is: kept answers to the operator lie under it. One by one, since each is behind its wall.
async fn vendors(app: &App) -> Result<Vec<VendorId>, DbErr> {
    let db = app.db().read_across_vendors().await?;
    let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), "SELECT id FROM vendors ORDER BY id")).await?;
    let known = rows.iter().map(|row| row.try_get("", "id").map(VendorId));
    std::iter::once(Ok(VendorId(Uuid::nil()))).chain(known).collect()
}

impl KeyColumn {
    fn name(&self) -> &'static str {
        match self {
            Self::Uuid(name) | Self::Text(name) | Self::Bytes(name) => name,
        }
    }

    fn value(&self, row: &QueryResult) -> Result<Value, DbErr> {
        Ok(match self {
            Self::Uuid(name) => row.try_get::<Uuid>("", name)?.into(),
            Self::Text(name) => row.try_get::<String>("", name)?.into(),
            Self::Bytes(name) => row.try_get::<Vec<u8>>("", name)?.into(),
        })
    }
}
