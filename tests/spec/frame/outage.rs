//! A database that goes away, or is full: told as such, and nothing half done.

use super::support::id;
use crate::prelude::*;
use sea_orm::ConnectionTrait as _;

fn partner(name: &str) -> Value {
    json!({"name": name, "type": "reseller"})
}

spec! {
    async fn a_full_disk_is_told_and_nothing_is_half_done(world) {
        if world.on != On::Sqlite {
            return; // Postgres reports a full disk as an error of its own, which the next specification's path handles.
        }
        let acme = world.vendor("Acme").await;
        let writer = world.app().db().migrator().await;
        writer.execute_unprepared("PRAGMA max_page_count = 1").await.expect("no page more than there are");
        let (mut made, mut refused) = (0, 0);
        for number in 0..200 {
            let reply = acme.post("/v1/partners", partner(&format!("Partner {number} {}", "x".repeat(200)))).idempotency_key(&format!("full-{number}")).await;
            match reply.status {
                201 => made += 1,
                503 => refused += 1,
                status => panic!("{status}: {}", reply.body),
            }
        }
        assert!(refused > 0, "200 partners fit on a full disk");
        writer.execute_unprepared("PRAGMA max_page_count = 4294967294").await.expect("room again");
        assert_eq!(world.number("SELECT COUNT(*) FROM partners").await, made);
        for number in 0..200 {
            let body = partner(&format!("Partner {number} {}", "x".repeat(200)));
            acme.post("/v1/partners", body).idempotency_key(&format!("full-{number}")).await.expect(201);
        }
        assert_eq!(world.number("SELECT COUNT(*) FROM partners").await, 200);
        let verdict = kernel::log::verify(&world.app().db().read_of(id(&acme)).await.expect("a view"), id(&acme)).await.expect("readable");
        assert_eq!(verdict.fault, None);
    }

    async fn a_database_that_goes_away_and_comes_back_costs_retries_and_nothing_else(world) {
        if world.on != On::Postgres {
            return; // SQLite is a file: it does not go away without the disk.
        }
        let acme = world.vendor("Acme").await;
        for number in 0..20 {
            if number % 5 == 0 {
                // Every connection of this database is cut, as by a restart of the server; so is, at times, the one that cuts.
                let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
                drop(world.app().db().migrator().await.execute_unprepared(cut).await);
            }
            let key = format!("gone-{number}");
            let mut tries = 0;
            loop {
                let reply = acme.post("/v1/partners", partner(&format!("Partner {number}"))).idempotency_key(&key).await;
                if reply.status == 201 {
                    break;
                }
                assert_eq!((reply.status, reply.header("retry-after")), (503, Some("1")), "{}", reply.body);
                tries += 1;
                assert!(tries < 20, "it does not come back");
            }
        }
        assert_eq!(world.number("SELECT COUNT(*) FROM partners").await, 20);
        let verdict = kernel::log::verify(&world.app().db().read_of(id(&acme)).await.expect("a view"), id(&acme)).await.expect("readable");
        assert_eq!(verdict.fault, None);
    }
}
