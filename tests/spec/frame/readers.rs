//! Readers of the log: every event has its effect once, whoever reads and wherever they die.

use super::support::*;
use crate::prelude::*;
use futures::future::BoxFuture;
use kernel::log::Envelope;
use kernel::readers::{React, Reader, cursor};
use kernel::{Problem, Tx};
use sea_orm::{ConnectionTrait as _, Statement};
use std::sync::atomic::{AtomicBool, Ordering};

/// Counts how often each note was seen.
const COUNTS: Reader = Reader { name: "counts", types: &["note.taken"], relevant: None, react: React::Each(count) };

/// The application's switch: while it is on, the reader fails at notes called `poison`.
#[derive(Default)]
struct Poisonous(AtomicBool);

fn count<'a>(tx: &'a mut Tx, event: &'a Envelope) -> BoxFuture<'a, Result<(), Problem>> {
    Box::pin(async move {
        if event.subject.id == "poison" && tx.app().service::<Poisonous>().0.load(Ordering::SeqCst) {
            return Err(Problem::internal("poison"));
        }
        let sql = "INSERT INTO readers (vendor_id, name, sequence) VALUES ($1, $2, 1) \
            ON CONFLICT (vendor_id, name) DO UPDATE SET sequence = readers.sequence + 1";
        let values = [tx.vendor().0.into(), format!("seen:{}", event.sequence).into()];
        tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await?;
        Ok(())
    })
}

async fn seen(world: &World) -> i64 {
    world.number("SELECT COUNT(*) FROM readers WHERE name LIKE 'seen:%'").await
}

async fn assert_none_twice(world: &World) {
    assert_eq!(world.number("SELECT COUNT(*) FROM readers WHERE name LIKE 'seen:%' AND sequence <> 1").await, 0);
}

/// Run until there is nothing new.
async fn catch_up(instance: &Instance) {
    while COUNTS.run(&instance.app).await.expect("the reader runs") > 0 {}
}

spec! {
    async fn every_event_is_seen_once_by_two_instances_while_sixteen_writers_write(world [connections = 12]) {
        const NOTES: i64 = 16 * 10;
        let acme = world.vendor("Acme").await;
        let other = world.another_instance().await;
        let writers = (0..16).map(|writer| {
            let (app, acme) = (world.app().clone(), acme.clone());
            tokio::spawn(async move {
                for number in 0..10 {
                    note(&app, &acme, &format!("{writer}.{number}"), 1).await.expect("a note");
                }
            })
        });
        let writers: Vec<_> = writers.collect();
        let readers = [&world.main, &world.main, &other, &other].map(|instance| {
            let (world, instance) = (world.clone(), instance.clone());
            tokio::spawn(async move {
                while seen(&world).await < NOTES {
                    // Two instances on one SQLite file may find it busy; so does production, and tries again.
                    _ = COUNTS.run(&instance.app).await;
                }
            })
        });
        for task in writers.into_iter().chain(readers) {
            task.await.expect("a task");
        }
        catch_up(&world.main).await;
        assert_eq!(seen(world).await, NOTES);
        assert_none_twice(world).await;
    }

    async fn a_reader_that_fails_leaves_neither_effect_nor_cursor_and_goes_on_later(world) {
        let acme = world.vendor("Acme").await;
        let poisonous = world.app().service::<Poisonous>();
        poisonous.0.store(true, Ordering::SeqCst);
        for text in ["before", "poison", "after"] {
            note(world.app(), &acme, text, 1).await.expect("a note");
        }
        assert!(COUNTS.run(world.app()).await.is_err());
        assert_eq!((seen(world).await, cursor(world.app(), "counts", id(&acme)).await.expect("a cursor")), (0, 0));
        poisonous.0.store(false, Ordering::SeqCst);
        catch_up(&world.main).await;
        assert_eq!((seen(world).await, cursor(world.app(), "counts", id(&acme)).await.expect("a cursor")), (3, 5));
        assert_none_twice(world).await;
    }

    async fn one_vendors_poison_does_not_hold_up_the_others(world) {
        let vendors = [world.vendor("One").await, world.vendor("Two").await, world.vendor("Three").await];
        world.app().service::<Poisonous>().0.store(true, Ordering::SeqCst);
        for (vendor, text) in vendors.iter().zip(["fine", "poison", "fine"]) {
            note(world.app(), vendor, text, 1).await.expect("a note");
        }
        for _ in 0..4 {
            _ = COUNTS.run(world.app()).await;
        }
        assert_eq!(seen(world).await, 2);
    }

    async fn a_reader_dropped_at_any_point_sees_every_event_once(world) {
        let acme = world.vendor("Acme").await;
        for times in 1..40 {
            note(world.app(), &acme, &format!("{times}"), 2).await.expect("a note");
            _ = dropped_after(COUNTS.run(world.app()), times).await;
        }
        catch_up(&world.main).await;
        assert_eq!(seen(world).await, 2 * 39);
        assert_none_twice(world).await;
    }

    async fn a_long_log_is_read_in_pieces_and_what_is_not_wanted_passed_over(world) {
        let acme = world.vendor("Acme").await;
        note(world.app(), &acme, "many", 250).await.expect("a note");
        acme.makes_key("finance", &[]).await;
        catch_up(&world.main).await;
        assert_eq!(seen(world).await, 250);
        assert_eq!(cursor(world.app(), "counts", id(&acme)).await.expect("a cursor"), 2 + 250 + 1);
        assert_none_twice(world).await;
    }
}
