//! One connection for everybody, passed from vendor to vendor: nothing of the one is left on it for the other.

use super::*;
use crate::frame::support::{dropped_after, worker};
use kernel::Problem;
use sea_orm::{ConnectionTrait as _, DbBackend, Statement};

const ROUNDS: usize = 40;

/// What the connection shows to whoever has said nothing.
async fn left_behind(world: &World) -> (i64, String, String) {
    assert_eq!(pool(world).size(), 1, "there is one connection");
    let sql = "SELECT (SELECT COUNT(*) FROM partners), COALESCE(current_setting('prm.vendor', true), ''), current_setting('transaction_read_only')";
    sqlx::query_as(sql).fetch_one(pool(world)).await.expect("a query")
}

#[track_caller]
fn assert_clean(found: (i64, String, String)) {
    assert_eq!(found, (0, String::new(), "off".to_owned()));
}

/// Everything that this vendor sees of partners is its own.
async fn looks_around(vendor: &Vendor, name: &str, own: &str, foreign: &str) {
    let (list, one, other, wrong) = tokio::join!(
        vendor.get("/v1/partners"),
        vendor.get(format!("/v1/partners/{own}")),
        vendor.get(format!("/v1/partners/{foreign}")),
        vendor.post("/v1/partners", json!({ "name": "", "type": "reseller" })),
    );
    let list = list.expect(200);
    assert!(
        !list.rows().is_empty() && list.rows().iter().all(|row| row["name"].as_str().is_some_and(|found| found.starts_with(name))),
        "{}",
        list.body
    );
    one.expect(200);
    other.refused(404, "not_found");
    wrong.expect(422);
}

spec! {
    async fn vendors_in_turn_on_one_connection_never_see_each_other(world [connections = 1]) {
        let (acme, globex) = (world.vendor("Acme").await, world.vendor("Globex").await);
        let (first, second) = (acme.adds_partner("Acme's first").await.id, globex.adds_partner("Globex's first").await.id);
        let rounds = (0..ROUNDS).map(|round| {
            let (acme, globex, first, second) = (&acme, &globex, &first, &second);
            async move {
                looks_around(acme, "Acme", first, second).await;
                looks_around(globex, "Globex", second, first).await;
                acme.adds_partner(&format!("Acme's {round}")).await;
                globex.adds_partner(&format!("Globex's {round}")).await;
            }
        });
        join_all(rounds).await;
        world.settle().await;
        assert_eq!(world.number("SELECT COUNT(*) FROM partners").await, 2 + 2 * ROUNDS as i64);
        if world.on == On::Postgres {
            assert_clean(left_behind(world).await);
        }
    }

    async fn a_request_that_is_dropped_at_any_point_leaves_nothing_on_the_connection(world [connections = 1]) {
        if world.on == On::Sqlite {
            return;
        }
        let (acme, globex) = (world.vendor("Acme").await, world.vendor("Globex").await);
        let (first, second) = (acme.adds_partner("Acme's first").await.id, globex.adds_partner("Globex's first").await.id);
        let (mut dropped, mut finished) = (0, 0);
        // How far a poll comes is the machine's affair: the rounds go on until enough of both kinds were seen.
        let mut round = 0;
        while round < ROUNDS || dropped < 10 || finished < 10 {
            // BEGIN, the query, and what is between them: no place is missed by all the rounds.
            let times = round % 10 + 1;
            let reads = dropped_after(async { acme.get(format!("/v1/partners/{first}")).await }, times).await;
            assert_clean(left_behind(world).await);
            let name = format!("Acme's {round}");
            let writes = dropped_after(async { acme.post("/v1/partners", json!({ "name": name, "type": "reseller" })).await }, times).await;
            assert_clean(left_behind(world).await);
            looks_around(&globex, "Globex", &second, &first).await;
            globex.adds_partner(&format!("Globex's {round}")).await;
            for done in [reads.is_some(), writes.is_some()] {
                *(if done { &mut finished } else { &mut dropped }) += 1;
            }
            round += 1;
        }
        looks_around(&acme, "Acme", &first, &second).await;
    }

    async fn an_error_a_timeout_and_a_panic_leave_nothing_on_the_connection(world [connections = 1]) {
        if world.on == On::Sqlite {
            return;
        }
        let (acme, globex) = (world.vendor("Acme").await, world.vendor("Globex").await);
        let (first, second) = (acme.adds_partner("Acme's first").await.id, globex.adds_partner("Globex's first").await.id);
        // The last gives up by itself, on the server: a timeout.
        for sql in ["SELECT nonsense", "SELECT 1 / 0", "SET LOCAL statement_timeout = 1; SELECT pg_sleep(10)"] {
            let db = world.app().db().read_of(id(&acme)).await.expect("a view");
            assert!(db.execute_unprepared(sql).await.is_err());
            db.query_all_raw(Statement::from_string(DbBackend::Postgres, "SELECT id FROM partners")).await.expect("the same reading goes on");
            drop(db);
            assert_clean(left_behind(world).await);
            let written = world.app().write(&worker(&acme), async |tx| tx.execute_unprepared(sql).await).await;
            assert!(written.is_err());
            assert_clean(left_behind(world).await);
            looks_around(&globex, "Globex", &second, &first).await;
        }
        for writes in [true, false] {
            let (app, actor, vendor) = (world.app().clone(), worker(&acme), id(&acme));
            let panicked = tokio::spawn(async move {
                if writes {
                    let work = app.write(&actor, async |tx| -> Result<(), Problem> {
                        tx.execute_unprepared("UPDATE partners SET name = 'Acme''s half'").await?;
                        panic!("on purpose");
                    });
                    work.await.expect("it panics");
                }
                let db = app.db().read_of(vendor).await.expect("a view");
                db.execute_unprepared("SELECT 1").await.expect("a query");
                panic!("on purpose");
            });
            assert!(panicked.await.is_err());
            assert_clean(left_behind(world).await);
            looks_around(&globex, "Globex", &second, &first).await;
        }
        assert_eq!(world.number("SELECT COUNT(*) FROM partners WHERE name LIKE '%half'").await, 0);
    }

    /// A reading keeps its connection only as long as nobody waits for it.
    async fn whoever_holds_a_reading_holds_nobody_up(world [connections = 1]) {
        let (acme, globex) = (world.vendor("Acme").await, world.vendor("Globex").await);
        let (first, second) = (acme.adds_partner("Acme's first").await.id, globex.adds_partner("Globex's first").await.id);
        let held = world.app().db().read_of(id(&acme)).await.expect("a view");
        let names = async || {
            let rows = held.query_all_raw(Statement::from_string(world.app().db().backend(), "SELECT name FROM partners WHERE name LIKE 'Acme%'")).await;
            rows.expect("a query").len()
        };
        assert_eq!(names().await, 1);
        globex.adds_partner("Globex's second").await;
        looks_around(&globex, "Globex", &second, &first).await;
        assert_eq!(names().await, 1);
        acme.adds_partner("Acme's second").await;
        assert_eq!(names().await, 2);
    }
}
