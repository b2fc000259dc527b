//! Every event starts an automation once and every step is taken once, whoever looks and wherever they die.

use super::support::*;
use crate::prelude::*;
use automations::service::follow::follow;
use kernel::readers::cursor;
use kernel::workers;

/// Everything has ended, and each of `count` events has done its two steps.
async fn assert_once(acme: &Vendor, count: usize) {
    let runs = acme.all("/v1/automation-runs?limit=200").await;
    let odd: Vec<_> = runs.iter().filter(|run| run["state"] != "done" || states(run) != ["done", "done"]).collect();
    assert!(odd.is_empty(), "{odd:#?}");
    assert_eq!((runs.len(), taken(acme).await.len()), (count, 2 * count));
}

spec! {
    async fn two_instances_do_everything_once(world [connections = 8]) {
        const NOTES: usize = 30;
        let acme = vendor(world).await;
        let other = world.another_instance().await;
        offers(&other.app, Vec::new());
        adds(&acme, automation("twice", json!([notes("one"), with(notes("two"), json!({ "after": { "minutes": 1 } }))]))).await;
        for number in 0..NOTES {
            note(world.app(), &acme, &format!("{number}"), 1).await.expect("a note");
        }
        for _ in 0..2 {
            let working = [&world.main, &other, &world.main, &other].map(|instance| {
                let instance = instance.clone();
                // Two instances on one SQLite file may find it busy; so does production, and tries again.
                tokio::spawn(async move { _ = workers::settle(&instance.app, &instance.workers).await })
            });
            for task in working {
                task.await.expect("a task");
            }
            // Past whatever was claimed and not fired.
            world.clock.advance(minutes(1));
        }
        world.settle().await;
        assert_once(&acme, NOTES).await;
    }

    async fn dropped_at_any_point_everything_is_done_once(world) {
        let acme = vendor(world).await;
        adds(&acme, automation("twice", json!([notes("one"), notes("two")]))).await;
        world.settle().await;
        let ours: Vec<_> = world.main.workers.iter().filter(|worker| ["timers", "automations"].contains(&worker.name)).cloned().collect();
        for times in 1..40 {
            note(world.app(), &acme, &format!("{times}"), 1).await.expect("a note");
            _ = dropped_after(follow(world.app()), times).await;
            _ = dropped_after(workers::settle(world.app(), &ours), times * 3).await;
            // Past the lease of whoever was dropped.
            world.clock.advance(seconds(31));
        }
        for _ in 0..100 {
            _ = workers::settle(world.app(), &ours).await;
            if acme.all("/v1/automation-runs?state=planned").await.is_empty() && acme.all("/v1/automation-runs?limit=200").await.len() == 39 {
                break;
            }
            world.clock.advance(seconds(31));
        }
        assert_once(&acme, 39).await;
    }

    async fn where_no_automation_is_for_an_event_nothing_is_written(world) {
        let acme = vendor(world).await;
        let place = async || cursor(world.app(), "automations", id(&acme)).await.expect("a cursor");
        for text in ["a", "b", "c"] {
            happens(world, &acme, text).await;
        }
        assert_eq!(place().await, 0);
        adds(&acme, automation("notes", json!([notes("one")]))).await;
        world.settle().await;
        let changed = place().await;
        assert!(changed > 0, "a change is remembered");
        assert_eq!(runs(&acme).await.len(), 0);
        // An instance that starts anew looks at it all again, and does nothing that it should not.
        let other = world.another_instance().await;
        offers(&other.app, Vec::new());
        other.settle().await;
        assert_eq!(runs(&acme).await.len(), 0);
        happens(world, &acme, "d").await;
        assert_eq!(runs(&acme).await.len(), 1);
    }

    async fn an_instance_hears_of_changes_that_another_made(world) {
        let acme = vendor(world).await;
        let other = world.another_instance().await;
        offers(&other.app, Vec::new());
        happens(world, &acme, "before").await;
        other.settle().await;
        // Made through the main instance, and read by the other.
        let made = adds(&acme, automation("notes", json!([notes("one")]))).await;
        note(world.app(), &acme, "first", 1).await.expect("a note");
        other.settle().await;
        assert_eq!(taken(&acme).await, ["one"]);
        acme.patch("/v1/automations/notes", json!({ "steps": [notes("two")] })).if_match(made.etag()).await.expect(200);
        note(world.app(), &acme, "second", 1).await.expect("a note");
        world.settle().await;
        note(world.app(), &acme, "third", 1).await.expect("a note");
        other.settle().await;
        assert_eq!(taken(&acme).await, ["one", "two", "two"]);
    }

    async fn runs_are_forgotten_after_four_hundred_days(world) {
        let acme = vendor(world).await;
        adds(&acme, automation("notes", json!([notes("one")]))).await;
        happens(world, &acme, "old").await;
        world.pass(days(399)).await;
        happens(world, &acme, "new").await;
        assert_eq!(runs(&acme).await.len(), 2);
        world.pass(days(3)).await;
        let subjects: Vec<_> = runs(&acme).await.iter().map(|run| run["subject"]["id"].clone()).collect();
        assert_eq!(subjects, ["new"]);
    }

    async fn one_vendors_automations_do_not_see_anothers_events(world) {
        let (acme, rival) = (vendor(world).await, world.vendor("Rival").await);
        adds(&acme, automation("notes", json!([notes("mine")]))).await;
        adds(&rival, automation("notes", json!([notes("theirs")]))).await;
        happens(world, &acme, "hello").await;
        assert_eq!((taken(&acme).await, taken(&rival).await), (vec!["mine".to_owned()], vec![]));
        let run = runs(&acme).await.pop().expect("a run")["id"].as_str().expect("an id").to_owned();
        assert_eq!(runs(&rival).await, Vec::<Value>::new());
        rival.get(format!("/v1/automation-runs/{run}")).await.refused(404, "not_found");
        rival.post(format!("/v1/automation-runs/{run}/cancel"), json!(null)).await.refused(404, "not_found");
    }
}
