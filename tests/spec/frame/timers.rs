//! Timers: what is due happens once, whoever dies.

use super::support::*;
use crate::prelude::*;
use futures::future::BoxFuture;
use kernel::timers::Timers;
use kernel::{Problem, Tx};
use std::sync::atomic::{AtomicBool, Ordering};

/// What the fired worker of this application does besides taking a note.
#[derive(Default)]
struct Conduct {
    fails: AtomicBool,
    panics: AtomicBool,
    waits: AtomicBool,
    gate: Gate,
}

fn timers() -> Timers {
    Timers::default().on("plain", plain).on("odd", odd)
}

/// Takes a note of its subject; a second firing would collide with the first.
fn plain<'a>(tx: &'a mut Tx, subject: &'a str) -> BoxFuture<'a, Result<(), Problem>> {
    Box::pin(take(tx, subject, 1))
}

fn odd<'a>(tx: &'a mut Tx, subject: &'a str) -> BoxFuture<'a, Result<(), Problem>> {
    Box::pin(async move {
        take(tx, subject, 1).await?;
        let conduct = tx.app().service::<Conduct>();
        assert!(!conduct.panics.load(Ordering::SeqCst), "on purpose");
        if conduct.waits.load(Ordering::SeqCst) {
            conduct.gate.pass().await;
        }
        if conduct.fails.load(Ordering::SeqCst) { Err(Problem::internal("on purpose")) } else { Ok(()) }
    })
}

async fn set(world: &World, vendor: &Vendor, kind: &'static str, subject: &str, after: chrono::Duration) {
    let due = world.now() + after;
    world.app().write(&worker(vendor), async |tx| tx.set_timer(kind, subject, due).await).await.expect("a timer");
}

async fn fire(instance: &Instance) -> usize {
    timers().run(&instance.app).await.expect("the timers run")
}

async fn left(world: &World) -> i64 {
    world.number("SELECT COUNT(*) FROM timers").await
}

spec! {
    async fn a_timer_fires_once_when_it_is_due_and_not_before(world) {
        let acme = world.vendor("Acme").await;
        set(world, &acme, "plain", "tea", minutes(5)).await;
        assert_eq!(fire(&world.main).await, 0);
        world.clock.advance(minutes(5) - chrono::Duration::microseconds(1));
        assert_eq!(fire(&world.main).await, 0);
        world.clock.advance(chrono::Duration::microseconds(1));
        assert_eq!(fire(&world.main).await, 1);
        world.clock.advance(days(30));
        assert_eq!(fire(&world.main).await, 0);
        assert_eq!((noted(&acme).await, left(world).await), (vec!["tea".to_owned()], 0));
        let event = log_of(&acme).await.pop().expect("an event");
        assert_eq!(event["actor"], json!({ "type": "system", "id": "timer" }));
        assert_eq!(event["occurred_at"], "2026-11-20T12:05:00Z");
    }

    async fn setting_a_timer_again_moves_it_and_clearing_forgets_it(world) {
        let acme = world.vendor("Acme").await;
        set(world, &acme, "plain", "tea", minutes(5)).await;
        set(world, &acme, "plain", "tea", minutes(9)).await;
        set(world, &acme, "plain", "coffee", minutes(5)).await;
        world.app().write(&worker(&acme), async |tx| tx.clear_timer("plain", "coffee").await).await.expect("cleared");
        world.clock.advance(minutes(6));
        assert_eq!(fire(&world.main).await, 0);
        world.clock.advance(minutes(3));
        assert_eq!(fire(&world.main).await, 1);
        assert_eq!(noted(&acme).await, ["tea"]);
    }

    async fn two_instances_fire_each_timer_once(world [connections = 8]) {
        let acme = world.vendor("Acme").await;
        for number in 0..100 {
            set(world, &acme, "plain", &format!("{number}"), minutes(1)).await;
        }
        let other = world.another_instance().await;
        world.clock.advance(minutes(1));
        let run = |instance: Instance| tokio::spawn(async move {
            let mut fired = 0;
            while let Ok(count @ 1..) = timers().run(&instance.app).await {
                fired += count;
            }
            fired
        });
        let fired: usize = join_all([run(world.main.clone()), run(other.clone()), run(other)]).await.into_iter().map(|count| count.expect("a run")).sum();
        assert_eq!((fired, noted(&acme).await.len(), left(world).await), (100, 100, 0));
    }

    async fn a_timer_whose_instance_died_is_fired_by_another_when_its_lease_has_run_out(world [connections = 8]) {
        let acme = world.vendor("Acme").await;
        set(world, &acme, "odd", "tea", minutes(1)).await;
        world.clock.advance(minutes(1));
        let conduct = world.app().service::<Conduct>();
        conduct.waits.store(true, Ordering::SeqCst);
        let dying = tokio::spawn({
            let main = world.main.clone();
            async move { fire(&main).await }
        });
        conduct.gate.reached().await;
        dying.abort();
        assert!(dying.await.is_err());

        let other = world.another_instance().await;
        assert_eq!(fire(&other).await, 0, "the lease still runs");
        world.clock.advance(seconds(29));
        assert_eq!(fire(&other).await, 0, "the lease still runs");
        world.clock.advance(seconds(1));
        assert_eq!(fire(&other).await, 1);
        assert_eq!((noted(&acme).await, left(world).await), (vec!["tea".to_owned()], 0));
    }

    async fn a_timer_dropped_at_any_point_fires_once(world) {
        let acme = world.vendor("Acme").await;
        for times in 1..50 {
            set(world, &acme, "plain", &format!("{times}"), seconds(0)).await;
            _ = dropped_after(timers().run(world.app()), times).await;
            // Past the lease of whoever was dropped.
            world.clock.advance(seconds(31));
        }
        // The locks of whoever was dropped last go with its rollback, which nobody waits for.
        for _ in 0..1_000 {
            if fire(&world.main).await == 0 && left(world).await == 0 {
                break;
            }
        }
        assert_eq!((noted(&acme).await.len(), left(world).await), (49, 0));
    }

    async fn a_timer_that_fails_rests_ever_longer_and_holds_up_nobody(world) {
        let acme = world.vendor("Acme").await;
        let conduct = world.app().service::<Conduct>();
        conduct.fails.store(true, Ordering::SeqCst);
        set(world, &acme, "odd", "fails", seconds(0)).await;
        set(world, &acme, "plain", "beside", seconds(0)).await;
        assert_eq!(fire(&world.main).await, 2);
        assert_eq!((noted(&acme).await, rows(world, "fails").await), (vec!["beside".to_owned()], 0));
        for rest in [5, 10, 20, 40] {
            world.clock.advance(seconds(rest - 1));
            assert_eq!(fire(&world.main).await, 0, "{} s are not enough", rest - 1);
            world.clock.advance(seconds(1));
            assert_eq!(fire(&world.main).await, 1);
        }
        conduct.fails.store(false, Ordering::SeqCst);
        world.clock.advance(hours(1));
        assert_eq!(fire(&world.main).await, 1);
        assert_eq!((noted(&acme).await, left(world).await), (vec!["beside".to_owned(), "fails".to_owned()], 0));
    }

    async fn a_timer_that_panics_holds_up_nobody(world) {
        let acme = world.vendor("Acme").await;
        world.app().service::<Conduct>().panics.store(true, Ordering::SeqCst);
        set(world, &acme, "odd", "panics", seconds(-1)).await;
        set(world, &acme, "plain", "beside", seconds(0)).await;
        for _ in 0..3 {
            let app = world.app().clone();
            // As a worker is run: a panic ends this run and not the process.
            _ = tokio::spawn(async move { timers().run(&app).await }).await;
            world.clock.advance(minutes(1));
        }
        assert_eq!((noted(&acme).await, rows(world, "panics").await), (vec!["beside".to_owned()], 0));
    }

    /// A deal is extended in the instant in which its old expiry is about to be fired.
    async fn a_timer_set_anew_while_it_waits_to_fire_is_not_lost(world [connections = 24]) {
        // On SQLite nobody can write between the claim and the firing of a whole batch's first.
        if world.on == On::Sqlite {
            return;
        }
        let acme = world.vendor("Acme").await;
        let conduct = world.app().service::<Conduct>();
        conduct.waits.store(true, Ordering::SeqCst);
        // As many as are fired at once, and one that waits its turn.
        for number in 0..16 {
            set(world, &acme, "odd", &format!("busy {number}"), seconds(-1)).await;
        }
        set(world, &acme, "plain", "extended", seconds(0)).await;
        let firing = tokio::spawn({
            let main = world.main.clone();
            async move { fire(&main).await }
        });
        for _ in 0..16 {
            conduct.gate.reached().await;
        }
        set(world, &acme, "plain", "extended", hours(1)).await;
        (0..16).for_each(|_| conduct.gate.open());
        firing.await.expect("the firing");
        assert!(!noted(&acme).await.contains(&"extended".to_owned()), "not due any more");
        assert_eq!(left(world).await, 1);
        world.clock.advance(hours(1));
        assert_eq!(fire(&world.main).await, 1);
        assert_eq!((noted(&acme).await.pop(), left(world).await), (Some("extended".to_owned()), 0));
    }

    async fn a_timer_of_a_kind_that_nobody_knows_is_kept(world) {
        let acme = world.vendor("Acme").await;
        set(world, &acme, "from_a_newer_version", "tea", seconds(0)).await;
        fire(&world.main).await;
        assert_eq!(left(world).await, 1);
    }
}
