//! Trying automations on what has happened, without doing anything.

use super::support::*;
use crate::prelude::*;

async fn size(world: &World, acme: &Vendor) -> (i64, usize, i64) {
    let notes = world.number("SELECT COUNT(*) FROM readers WHERE name LIKE 'note:%'").await;
    (notes, log_of(acme).await.len(), world.number("SELECT COUNT(*) FROM timers").await)
}

spec! {
    async fn a_dry_run_tells_what_would_have_happened_and_changes_nothing(world) {
        let acme = vendor(world).await;
        for text in ["no", "yes"] {
            happens(world, &acme, text).await;
        }
        let steps = json!([notes("one"), { "step": "test.refuses" }, with(notes("late"), json!({ "after": { "days": 1 }, "while": "latest.data.text == \"no\"" }))]);
        adds(&acme, with(automation("tried", steps), json!({ "when": "event.data.text == \"yes\"" }))).await;
        let before = size(world, &acme).await;
        let tried = acme.post("/v1/automations/tried/dry-run", json!({ "last": 10 })).await.expect(200);
        let events = tried["events"].as_array().expect("events");
        let starts: Vec<_> = events.iter().map(|event| (event["subject"]["id"].as_str().expect("an id"), event["starts"] == true)).collect();
        assert_eq!(starts, [("yes", true), ("no", false)], "the newest first");
        let steps = events[0]["steps"].as_array().expect("steps");
        assert_eq!(steps.iter().map(|step| step["state"].as_str().expect("a state")).collect::<Vec<_>>(), ["done", "refused", "skipped"]);
        assert_eq!((&steps[0]["event_types"], &steps[1]["reason"]["code"], &steps[2]["due_at"]), (&json!(["note.taken"]), &json!("conflict"), &json!("2026-11-21T12:00:00Z")));
        world.settle().await;
        assert_eq!(size(world, &acme).await, before);
        assert_eq!(runs(&acme).await, Vec::<Value>::new());
    }

    async fn a_draft_is_tried_before_it_is_kept(world) {
        let (acme, seller, _) = rivals(world).await;
        let deal = seller.registers(resale("Fabrikam")).await;
        world.settle().await;
        let draft = json!({ "name": "new", "summary": "Tried.", "on": ["deal.approved"], "steps": [{ "step": "deal.extend" }] });
        let tried = acme.post("/v1/automations/dry-run", json!({ "draft": draft })).await.expect(200);
        assert_eq!(tried["events"][0]["steps"][0]["did"]["protected_until"], "2027-03-20T12:00:00Z");
        assert_eq!(acme.deal(&deal.id()).await["protected_until"], "2027-02-18T12:00:00Z");
        acme.get("/v1/automations/new").await.refused(404, "not_found");
        let wrong = json!({ "draft": with(draft, json!({ "when": "event.data >" })), "last": 1 });
        acme.post("/v1/automations/dry-run", wrong).await.invalid_at("/draft/when");
    }

    async fn one_event_is_tried_by_its_place_in_the_log(world) {
        let acme = vendor(world).await;
        happens(world, &acme, "hello").await;
        adds(&acme, automation("tried", json!([notes("one")]))).await;
        let place = log_of(&acme).await.iter().find(|event| event["type"] == "note.taken").expect("a note")["sequence"].clone();
        let tried = acme.post("/v1/automations/tried/dry-run", json!({ "sequence": place })).await.expect(200);
        assert_eq!((&tried["events"][0]["starts"], &tried["events"][0]["sequence"]), (&json!(true), &place));
        let other = acme.post("/v1/automations/tried/dry-run", json!({ "sequence": 1 })).await.expect(200);
        assert_eq!((&other["events"][0]["starts"], &other["events"][0]["reason"]["code"]), (&json!(false), &json!("automation.other_type")));
        acme.post("/v1/automations/tried/dry-run", json!({ "sequence": 999 })).await.invalid_at("/sequence");
        acme.post("/v1/automations/tried/dry-run", json!({ "sequence": 1, "last": 1 })).await.invalid_at("/last");
    }
}
