//! What a transaction sees and may change, by what it has said.

use super::*;
use crate::frame::support::worker;
use kernel::Problem;
use sea_orm::{ConnectionTrait as _, DbBackend, Statement};
use uuid::Uuid;

/// The vendors of a table's rows, as the query finds them.
async fn vendors(db: &impl sea_orm::ConnectionTrait, table: &str, column: &str) -> Vec<Uuid> {
    let sql = format!("SELECT DISTINCT {column} AS vendor FROM {table}");
    let rows = db.query_all_raw(Statement::from_string(DbBackend::Postgres, sql)).await.expect("a query");
    rows.into_iter().map(|row| row.try_get("", "vendor").expect("an id")).collect()
}

spec! {
    async fn a_query_that_has_named_no_vendor_finds_no_row(world) {
        if world.on == On::Sqlite {
            return;
        }
        settled(world, "Acme").await;
        let mut filled = 0;
        for (table, _) in tables(world).await {
            let seen: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(format!("SELECT COUNT(*) FROM {table}"))).fetch_one(pool(world)).await.expect("a count");
            assert_eq!(seen, 0, "{table}");
            filled += usize::from(world.number(&format!("SELECT COUNT(*) FROM {table}")).await > 0);
        }
        assert!(filled > 9, "only {filled} tables hold anything at all");
        let keys: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM signing_keys").fetch_one(pool(world)).await.expect("a count");
        assert_eq!(keys, 0);
    }

    async fn a_write_that_has_named_no_vendor_is_refused(world) {
        if world.on == On::Sqlite {
            return;
        }
        let acme = settled(world, "Acme").await;
        let insert = "INSERT INTO readers (vendor_id, name, sequence) VALUES ($1, 'intruder', 0)";
        let refused = sqlx::query(insert).bind(id(&acme).0).execute(pool(world)).await.expect_err("no vendor was named");
        assert_eq!(refused.as_database_error().and_then(|cause| cause.code()).as_deref(), Some("42501"), "{refused}");
        for sql in ["UPDATE partners SET name = 'Mine'", "DELETE FROM readers", "DELETE FROM events"] {
            assert_eq!(sqlx::query(sql).execute(pool(world)).await.expect("it finds nothing").rows_affected(), 0, "{sql}");
        }
    }

    async fn a_query_without_a_scope_finds_the_rows_of_the_vendor_that_was_named(world) {
        if world.on == On::Sqlite {
            return;
        }
        let (acme, _) = (settled(world, "Acme").await, settled(world, "Globex").await);
        let db = world.app().db().read_of(id(&acme)).await.expect("a view");
        let mut filled = 0;
        for (table, column) in tables(world).await {
            let seen = vendors(&db, &table, column).await;
            assert!(seen.iter().all(|vendor| *vendor == id(&acme).0), "{table}: {seen:?}");
            filled += seen.len();
        }
        assert!(filled > 9, "only {filled} tables hold anything of Acme's");
        let names = db.query_all_raw(Statement::from_string(DbBackend::Postgres, "SELECT p.name FROM partners p, partners q")).await.expect("a query");
        assert_eq!(names.len(), 1, "joins too");
    }

    async fn a_reading_does_not_write(world) {
        let acme = settled(world, "Acme").await;
        let db = world.app().db().read_of(id(&acme)).await.expect("a view");
        let refused = db.execute_unprepared("UPDATE partners SET name = 'Mine'").await.expect_err("it reads only");
        assert!(format!("{refused:?}").contains(if world.on == On::Postgres { "25006" } else { "readonly" }), "{refused:?}");
        assert_eq!(world.number("SELECT COUNT(*) FROM partners WHERE name = 'Mine'").await, 0);
    }

    async fn a_write_of_one_vendor_touches_no_row_of_another_even_by_name(world) {
        if world.on == On::Sqlite {
            return;
        }
        let (acme, globex) = (settled(world, "Acme").await, settled(world, "Globex").await);
        let (a, b) = (id(&acme).0, id(&globex).0);
        let (actor, tables) = (worker(&acme), tables(world).await);
        let done = world.app().write(&actor, async |tx| {
            for (table, column) in &tables {
                for sql in [format!("UPDATE {table} SET {column} = {column} WHERE {column} = '{b}'"), format!("DELETE FROM {table} WHERE {column} = '{b}'")] {
                    assert_eq!(tx.execute_unprepared(&sql).await?.rows_affected(), 0, "{sql}");
                }
            }
            Ok::<_, Problem>(())
        });
        done.await.expect("nothing was found");
        for sql in [
            format!("INSERT INTO readers (vendor_id, name, sequence) VALUES ('{b}', 'intruder', 0)"),
            format!("UPDATE partners SET vendor_id = '{b}' WHERE vendor_id = '{a}'"),
            format!("INSERT INTO readers SELECT '{b}', 'intruder', sequence FROM log_heads"),
            format!("INSERT INTO log_heads (vendor_id, sequence, hash) VALUES ('{b}', 0, '') ON CONFLICT (vendor_id) DO UPDATE SET sequence = 0"),
            format!("INSERT INTO vendors (id, name, revision, created_at, updated_at) VALUES ('{}', 'New', 1, now(), now())", Uuid::max()),
        ] {
            let mut outcome = Ok(());
            _ = world.app().write(&worker(&acme), async |tx| {
                outcome = tx.execute_unprepared(&sql).await.map(drop);
                Err::<(), _>(Problem::not_found())
            }).await;
            assert_walled(outcome);
        }
        assert_eq!(world.number("SELECT COUNT(*) FROM readers WHERE name = 'intruder'").await, 0);
    }

    async fn work_for_all_vendors_sees_the_tables_that_let_it_in_and_no_others(world) {
        if world.on == On::Sqlite {
            return;
        }
        settled(world, "Acme").await;
        settled(world, "Globex").await;
        let db = world.app().db().read_across_vendors().await.expect("a view");
        for (table, column) in tables(world).await {
            let may = migrations::wall::ACROSS.iter().any(|(name, commands, _)| *name == table && commands.contains(&"SELECT"));
            let there = world.number(&format!("SELECT COUNT(DISTINCT {column}) FROM {table}")).await;
            assert_eq!(vendors(&db, &table, column).await.len() as i64, if may { there } else { 0 }, "{table}");
        }
        for (sql, may) in [
            ("UPDATE timers SET attempts = attempts", true),
            ("UPDATE imports SET line = line", true),
            ("DELETE FROM idempotency WHERE created_at < now() - interval '1 year'", true),
            ("UPDATE partners SET name = 'Mine'", false),
            ("DELETE FROM events", false),
            ("DELETE FROM api_keys", false),
        ] {
            let done = world.app().write_across_vendors("spec", async |tx| tx.execute_unprepared(sql).await).await.expect("a statement");
            assert!(may || done.rows_affected() == 0, "{sql}");
        }
        let insert = "INSERT INTO timers (vendor_id, kind, subject, due_at, attempts) SELECT vendor_id, 'intruder', '', now(), 0 FROM log_heads";
        let mut outcome = Ok(());
        _ = world.app().write_across_vendors("spec", async |tx| {
            outcome = tx.execute_unprepared(insert).await.map(drop);
            Err::<(), _>(Problem::not_found())
        }).await;
        assert_walled(outcome);
    }
}
