//! What a database holds, byte for byte: to look for what must not be in it.

use kernel::App;
use sea_orm::{ConnectionTrait as _, DbBackend, Statement};

/// The files of SQLite; on Postgres every row of every table as text, and binary columns also as they are.
pub async fn everything(url: &str, app: &App) -> Vec<u8> {
    match app.db().backend() {
        DbBackend::Postgres => rows(app).await,
        _ => files(url),
    }
}

fn files(url: &str) -> Vec<u8> {
    let path = url.strip_prefix("sqlite://").expect("a path");
    ["", "-wal", "-shm", "-journal"].iter().filter_map(|end| std::fs::read(format!("{path}{end}")).ok()).flatten().collect()
}

async fn rows(app: &App) -> Vec<u8> {
    let db = app.db().migrator().await;
    let query = async |sql: String| db.query_all_raw(Statement::from_string(DbBackend::Postgres, sql)).await.expect("a query");
    let columns = query(
        "SELECT c.table_name::text AS t, c.column_name::text AS c, c.data_type::text AS k FROM information_schema.columns c \
         JOIN information_schema.tables t USING (table_schema, table_name) \
         WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE' ORDER BY 1, c.ordinal_position"
            .into(),
    )
    .await;
    let mut found = Vec::new();
    for column in columns {
        let [table, name, kind]: [String; 3] = ["t", "c", "k"].map(|part| column.try_get("", part).expect("a text"));
        let value = if kind == "bytea" { format!("\"{name}\"") } else { format!("convert_to(\"{name}\"::text, 'UTF8')") };
        for row in query(format!("SELECT {value} AS v FROM \"{table}\" WHERE \"{name}\" IS NOT NULL")).await {
            found.extend(row.try_get::<Vec<u8>>("", "v").expect("bytes"));
            found.push(b'\n');
        }
    }
    found
}
