//! What SQLite's planner is told of every table: a vendor has many rows, and few of them share the value of an indexed column.
//!
//! Left to itself it takes a vendor for ten rows, and reads all of them by the primary key rather than look one up by another index. The figures are
//! made up, and the same on the first day as later, so that plans are; <https://www.sqlite.org/fileformat2.html#stat1tab> says what they mean.

use sea_orm_migration::sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, Statement, TransactionTrait};
use std::collections::BTreeMap;

/// Rows of a vendor.
const OF_VENDOR: u64 = 100_000;
/// Columns that have few values; of any other a thousandth of the rows shares a value.
const FEW: &[&str] = &["status", "kind", "type", "side", "outcome"];

const INDEXES: &str = "\
SELECT m.name AS tbl, CASE l.origin WHEN 'pk' THEN m.name ELSE l.name END AS idx, l.\"unique\" AS is_unique, COALESCE(i.name, '') AS col
FROM sqlite_schema m JOIN pragma_index_list(m.name) l JOIN pragma_index_info(l.name) i
WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' ORDER BY tbl, idx, i.seqno";

/// An index: of a table, by its name, unique or not, over columns.
type Indexes = BTreeMap<(String, String), (bool, Vec<String>)>;

/// Tell it, after the schema has changed.
pub async fn tell(db: &DatabaseConnection) -> Result<(), DbErr> {
    // Nothing else makes the table of statistics.
    db.execute_unprepared("ANALYZE seaql_migrations").await?;
    let told = db.begin().await?;
    told.execute_unprepared("DELETE FROM sqlite_stat1").await?;
    for ((table, index), (unique, columns)) in indexes(&told).await? {
        if columns.first().is_some_and(|first| first == "vendor_id") {
            let values = [table.into(), index.into(), figures(unique, &columns).into()];
            told.execute_raw(Statement::from_sql_and_values(DbBackend::Sqlite, "INSERT INTO sqlite_stat1 VALUES ($1, $2, $3)", values)).await?;
        }
    }
    told.commit().await?;
    // This connection reads them now; others do when they open, or see that the schema has changed.
    db.execute_unprepared("ANALYZE sqlite_schema").await.map(drop)
}

async fn indexes(db: &impl ConnectionTrait) -> Result<Indexes, DbErr> {
    let mut found = Indexes::new();
    for row in db.query_all_raw(Statement::from_string(DbBackend::Sqlite, INDEXES)).await? {
        let unique = row.try_get::<i64>("", "is_unique")? != 0;
        let index = found.entry((row.try_get("", "tbl")?, row.try_get("", "idx")?)).or_insert((unique, Vec::new()));
        index.1.push(row.try_get("", "col")?);
    }
    Ok(found)
}

/// Rows in all, and then how many share the first column, the first two, and so on.
fn figures(unique: bool, columns: &[String]) -> String {
    let (mut share, mut figures) = (OF_VENDOR, format!("{} {OF_VENDOR}", OF_VENDOR * 10));
    for (at, column) in columns.iter().enumerate().skip(1) {
        let whole = unique && at + 1 == columns.len();
        share = if whole { 1 } else { (share / if FEW.contains(&column.as_str()) { 10 } else { 1_000 }).max(1) };
        figures.push_str(&format!(" {share}"));
    }
    figures
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn a_vendor_has_many_rows_and_few_share_a_value() {
        let of = |unique, columns: &str| figures(unique, &columns.split(' ').map(str::to_owned).collect::<Vec<_>>());
        assert_eq!(of(true, "vendor_id id"), "1000000 100000 1");
        assert_eq!(of(false, "vendor_id status id"), "1000000 100000 10000 10");
        assert_eq!(of(false, "vendor_id email_key id x"), "1000000 100000 100 1 1");
    }
}
