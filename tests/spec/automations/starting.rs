//! What starts an automation, and what a run tells.

use super::support::*;
use crate::prelude::*;
use std::sync::atomic::Ordering;

spec! {
    async fn an_event_of_its_type_starts_an_automation_whose_run_tells_what_it_did(world) {
        let acme = vendor(world).await;
        adds(&acme, automation("notes", json!([notes("one"), notes("two")]))).await;
        happens(world, &acme, "hello").await;
        assert_eq!(taken(&acme).await, ["one", "two"]);
        let run = runs(&acme).await.pop().expect("a run");
        assert_eq!((&run["automation"], &run["state"], &run["event_type"], &run["depth"]), (&json!("notes"), &json!("done"), &json!("note.taken"), &json!(0)));
        assert_eq!((&run["subject"]["id"], &run["automation_revision"], states(&run)), (&json!("hello"), &json!(1), vec!["done", "done"]));
        let log = log_of(&acme).await;
        let caused: Vec<_> = log.iter().filter(|event| event["actor"] == json!({ "type": "automation", "id": "notes" })).collect();
        let told: Vec<_> = run["steps"].as_array().expect("steps").iter().map(|step| &step["events"][0]).collect();
        assert_eq!(caused.iter().map(|event| &event["id"]).collect::<Vec<_>>(), told, "the log names the automation, the run its events");
        assert_eq!(run["steps"][0]["did"]["by"], "notes");
        let read = acme.get(format!("/v1/automation-runs/{}", run["id"].as_str().expect("an id"))).await.expect(200);
        assert_eq!(read.body, run);
    }

    async fn where_its_rule_does_not_hold_nothing_is_started(world) {
        let acme = vendor(world).await;
        adds(&acme, with(automation("some", json!([notes("one")])), json!({ "when": "event.data.text == \"yes\" && event.subject.type == \"note\"" }))).await;
        happens(world, &acme, "no").await;
        assert_eq!(runs(&acme).await, Vec::<Value>::new());
        happens(world, &acme, "yes").await;
        assert_eq!(taken(&acme).await, ["one"]);
    }

    async fn a_rule_that_cannot_be_decided_is_told_of_and_does_nothing(world) {
        let acme = vendor(world).await;
        adds(&acme, with(automation("odd", json!([notes("one")])), json!({ "when": "event.data.nothing > 5" }))).await;
        happens(world, &acme, "hello").await;
        let run = runs(&acme).await.pop().expect("a run");
        assert_eq!((&run["state"], &run["reason"]["code"], states(&run)), (&json!("failed"), &json!("rule.failed"), vec![]));
        assert_eq!(taken(&acme).await, Vec::<String>::new());
    }

    async fn one_event_starts_every_automation_that_is_for_it(world) {
        let acme = vendor(world).await;
        for name in ["first", "second", "third"] {
            adds(&acme, automation(name, json!([notes(name)]))).await;
        }
        adds(&acme, with(automation("all-notes", json!([notes("any")])), json!({ "on": ["note.*", "deal.approved"] }))).await;
        adds(&acme, with(automation("deals", json!([notes("deal")])), json!({ "on": ["deal.*"] }))).await;
        happens(world, &acme, "hello").await;
        let mut taken = taken(&acme).await;
        taken.sort();
        assert_eq!(taken, ["any", "first", "second", "third"]);
    }

    async fn what_happened_before_an_automation_was_there_starts_nothing(world) {
        let acme = vendor(world).await;
        note(world.app(), &acme, "before", 1).await.expect("a note");
        adds(&acme, automation("notes", json!([notes("one")]))).await;
        happens(world, &acme, "after").await;
        let subjects: Vec<_> = runs(&acme).await.iter().map(|run| run["subject"]["id"].clone()).collect();
        assert_eq!(subjects, ["after"]);
    }

    async fn a_disabled_automation_is_not_started_until_it_is_enabled_again(world) {
        let acme = vendor(world).await;
        adds(&acme, automation("notes", json!([notes("one")]))).await;
        let off = acme.post("/v1/automations/notes/disable", json!(null)).await.expect(200);
        assert_eq!((&off["enabled"], &off["available_actions"]), (&json!(false), &json!(["update", "enable", "dry_run", "delete"])));
        note(world.app(), &acme, "meanwhile", 1).await.expect("a note");
        acme.post("/v1/automations/notes/enable", json!(null)).await.expect(200);
        happens(world, &acme, "after").await;
        let subjects: Vec<_> = runs(&acme).await.iter().map(|run| run["subject"]["id"].clone()).collect();
        assert_eq!(subjects, ["after"]);
    }

    async fn a_step_that_refuses_leaves_nothing_behind_and_those_after_it_are_taken(world) {
        let acme = vendor(world).await;
        adds(&acme, automation("mixed", json!([{ "step": "test.refuses" }, notes("after")]))).await;
        happens(world, &acme, "hello").await;
        let run = runs(&acme).await.pop().expect("a run");
        assert_eq!((&run["state"], states(&run)), (&json!("refused"), vec!["refused", "done"]));
        assert_eq!(run["steps"][0]["reason"], json!({ "code": "conflict", "detail": "Not today." }));
        assert_eq!(taken(&acme).await, ["after"]);
        world.pass(days(2)).await;
        assert_eq!(runs(&acme).await.pop().expect("a run")["steps"][0]["attempts"], 1, "it is not tried again");
    }

    async fn a_step_that_breaks_is_tried_again_and_done_once(world) {
        let acme = vendor(world).await;
        world.app().service::<Breaks>().0.store(2, Ordering::SeqCst);
        adds(&acme, automation("shaky", json!([{ "step": "test.breaks" }, notes("after")]))).await;
        happens(world, &acme, "hello").await;
        let run = runs(&acme).await.pop().expect("a run");
        assert_eq!((&run["state"], states(&run)), (&json!("planned"), vec!["planned", "planned"]), "those after it wait");
        assert_eq!((&run["steps"][0]["attempts"], &run["steps"][0]["retry_at"]), (&json!(1), &json!("2026-11-20T12:00:05Z")));
        for rest in [5, 10] {
            world.pass(seconds(rest)).await;
        }
        let run = runs(&acme).await.pop().expect("a run");
        assert_eq!((&run["state"], &run["steps"][0]["attempts"], states(&run)), (&json!("done"), &json!(3), vec!["done", "done"]));
        assert_eq!(taken(&acme).await, ["mended", "after"]);
    }

    async fn a_step_that_breaks_every_time_is_given_up_and_told_of(world) {
        let acme = vendor(world).await;
        // It panics.
        world.app().service::<Breaks>().0.store(usize::MAX, Ordering::SeqCst);
        adds(&acme, automation("broken", json!([{ "step": "test.breaks" }, notes("after")]))).await;
        adds(&acme, with(automation("watches", json!([notes("told")])), json!({ "on": ["automation_run.failed"], "when": "event.data.automation == \"broken\"" }))).await;
        happens(world, &acme, "hello").await;
        for _ in 0..10 {
            world.pass(hours(1)).await;
        }
        let runs = runs(&acme).await;
        assert_eq!((&runs[0]["state"], &runs[0]["steps"][0]["attempts"], states(&runs[0])), (&json!("failed"), &json!(8), vec!["failed", "done"]));
        assert_eq!((&runs[1]["automation"], &runs[1]["depth"]), (&json!("watches"), &json!(1)));
        let mut taken = taken(&acme).await;
        taken.sort();
        assert_eq!(taken, ["after", "told"]);
    }

    async fn a_step_for_another_kind_of_thing_is_refused(world) {
        let acme = vendor(world).await;
        adds(&acme, automation("wrong", json!([{ "step": "deal.extend" }]))).await;
        happens(world, &acme, "hello").await;
        let run = runs(&acme).await.pop().expect("a run");
        assert_eq!((states(&run), &run["steps"][0]["reason"]["code"]), (vec!["refused"], &json!("automation.wrong_subject")));
    }

    async fn runs_are_found_by_automation_subject_and_state(world) {
        let acme = vendor(world).await;
        adds(&acme, automation("good", json!([notes("one")]))).await;
        adds(&acme, automation("bad", json!([{ "step": "test.refuses" }]))).await;
        for text in ["a", "b", "c"] {
            happens(world, &acme, text).await;
        }
        for (query, count) in [("automation=good", 3), ("subject=a", 2), ("state=refused", 3), ("state=planned", 0), ("subject=b&automation=bad&state=refused", 1)] {
            assert_eq!(acme.all(&format!("/v1/automation-runs?limit=2&{query}")).await.len(), count, "{query}");
        }
    }
}
