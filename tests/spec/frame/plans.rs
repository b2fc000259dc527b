//! How SQLite finds rows: by the index that there is for it, however many a vendor has.

use crate::prelude::*;
use sea_orm::{ConnectionTrait as _, DbBackend, Statement};

const INDEXES: &str = "SELECT m.name AS tbl, l.name AS idx, i.name AS col FROM sqlite_schema m JOIN pragma_index_list(m.name) l \
    JOIN pragma_index_info(l.name) i ON i.seqno = 1 JOIN pragma_index_info(l.name) v ON v.seqno = 0 AND v.name = 'vendor_id' \
    WHERE m.type = 'table' AND l.origin = 'c' AND l.partial = 0 AND i.name IS NOT NULL";

spec! {
    async fn a_row_is_found_by_an_index_beside_the_key(world) {
        if world.on != On::Sqlite {
            return;
        }
        let db = world.app().db().migrator().await;
        let rows = async |sql: String| db.query_all_raw(Statement::from_string(DbBackend::Sqlite, sql)).await.expect("rows");
        let mut looked_at = 0;
        for row in rows(INDEXES.to_owned()).await {
            let (table, index, column): (String, String, String) =
                (row.try_get("", "tbl").expect("a table"), row.try_get("", "idx").expect("an index"), row.try_get("", "col").expect("a column"));
            let plan = rows(format!("EXPLAIN QUERY PLAN SELECT * FROM {table} WHERE vendor_id = x'00' AND {column} = x'00'")).await;
            let plan: Vec<String> = plan.iter().map(|row| row.try_get("", "detail").expect("a plan")).collect();
            assert!(plan.iter().any(|step| step.contains(&format!("{column}=?"))), "{index}: {plan:?}");
            looked_at += 1;
        }
        assert!(looked_at > 100, "{looked_at}");
    }
}
