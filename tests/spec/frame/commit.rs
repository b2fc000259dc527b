//! Writes that share a commit stand and fall alone.

use super::support::*;
use crate::prelude::*;
use kernel::Problem;
use sea_orm::ConnectionTrait as _;

const ROUNDS: usize = 144;

/// A write that holds the lane at the gate, so that those behind it gather into one batch.
fn holds_the_lane(world: &World, vendor: &Vendor, gate: &Gate, text: String) -> tokio::task::JoinHandle<Result<(), Problem>> {
    let (app, vendor, gate) = (world.app().clone(), vendor.clone(), gate.clone());
    tokio::spawn(async move {
        app.write(&worker(&vendor), async |tx| {
            take(tx, &text, 1).await?;
            gate.pass().await;
            Ok::<_, Problem>(())
        })
        .await
    })
}

spec! {
    /// Whoever hangs up, at whatever point, leaves all or nothing behind and no trace in the others' writes.
    async fn a_writer_dropped_at_any_point_hurts_nobody(world [connections = 8]) {
        let acme = world.vendor("Acme").await;
        let (mut dropped, mut finished) = (0, 0);
        for round in 0..ROUNDS {
            // It takes about twelve polls, now more, now fewer: no place is missed by all the rounds.
            let times = round % 18 + 1;
            let gate = Gate::default();
            let first = holds_the_lane(world, &acme, &gate, format!("first-{round}-"));
            gate.reached().await;
            let neighbour = |name: &str| {
                let (app, vendor, text) = (world.app().clone(), acme.clone(), format!("{name}-{round}-"));
                async move { note(&app, &vendor, &text, 1).await }
            };
            let (text, actor) = (format!("victim-{round}-"), worker(&acme));
            let victim = world.app().write(&actor, async |tx| take(tx, &text, 3).await);
            let (before, victim, after, ()) = tokio::join!(
                biased;
                neighbour("before"),
                dropped_after(victim, times),
                neighbour("after"),
                async { gate.open() },
            );
            before.unwrap_or_else(|problem| panic!("the writer before, victim polled {times} times: {problem:?}"));
            after.unwrap_or_else(|problem| panic!("the writer after, victim polled {times} times: {problem:?}"));
            first.await.expect("the first writer").expect("commits");
            // A commit that the victim did not stay for may be under way: this waits for it.
            note(world.app(), &acme, &format!("settled-{round}-"), 1).await.expect("a note");
            let (rows, events) = (rows(world, &text).await, noted(&acme).await.iter().filter(|note| **note == text).count());
            match victim {
                Some(done) => {
                    done.expect("nothing stood in its way");
                    assert_eq!((rows, events), (1, 3));
                    finished += 1;
                }
                // Dropped after its part was in the shared transaction: then it is there, whole.
                None => {
                    assert!((rows, events) == (0, 0) || (rows, events) == (1, 3), "half a write after {times} polls: {rows} rows, {events} events");
                    dropped += 1;
                }
            }
        }
        assert!(dropped > 9 && finished > 9, "dropped {dropped} times, finished {finished} times");
        assert_eq!((rows(world, "before").await, rows(world, "after").await), (ROUNDS as i64, ROUNDS as i64));
        assert_whole(world, &acme).await;
    }

    async fn a_failing_writer_takes_nobody_with_it(world [connections = 8]) {
        let acme = world.vendor("Acme").await;
        note(world.app(), &acme, "taken", 1).await.expect("a note");
        let gate = Gate::default();
        let first = holds_the_lane(world, &acme, &gate, "first".into());
        gate.reached().await;
        let actor = worker(&acme);
        // The same row again: the database itself refuses it.
        let duplicate = world.app().write(&actor, async |tx| take(tx, "taken", 2).await);
        let nonsense = world.app().write(&actor, async |tx| {
            take(tx, "nonsense", 2).await?;
            tx.execute_unprepared("SELECT nonsense FROM nowhere").await?;
            Ok::<_, Problem>(())
        });
        let (before, duplicate, between, nonsense, after, ()) = tokio::join!(
            biased;
            note(world.app(), &acme, "before", 1), duplicate, note(world.app(), &acme, "between", 1), nonsense, note(world.app(), &acme, "after", 1),
            async { gate.open() },
        );
        first.await.expect("the first writer").expect("commits");
        assert!(before.is_ok() && between.is_ok() && after.is_ok());
        assert!(duplicate.is_err() && nonsense.is_err());
        let mut notes = noted(&acme).await;
        notes.sort();
        assert_eq!(notes, ["after", "before", "between", "first", "taken"]);
        assert_eq!(rows(world, "nonsense").await, 0);
        assert_whole(world, &acme).await;
    }

    async fn a_writer_that_panics_takes_nobody_with_it(world [connections = 8]) {
        let acme = world.vendor("Acme").await;
        let panicking = tokio::spawn({
            let (app, acme) = (world.app().clone(), acme.clone());
            async move {
                app.write(&worker(&acme), async |tx| -> Result<(), Problem> {
                    take(tx, "panicked", 1).await?;
                    panic!("on purpose");
                }).await
            }
        });
        let beside = note(world.app(), &acme, "beside", 1);
        let (panicked, beside) = tokio::join!(panicking, beside);
        assert!(panicked.is_err());
        beside.expect("a note");
        note(world.app(), &acme, "later", 1).await.expect("a note");
        assert_eq!(noted(&acme).await, ["beside", "later"]);
        assert_eq!(rows(world, "panicked").await, 0);
    }
}
