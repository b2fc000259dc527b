//! Steps that are due later: delays, conditions, edits and cancellations in between.

use super::support::*;
use crate::prelude::*;

/// `step`, after this delay.
fn after(step: Value, after: Value) -> Value {
    with(step, json!({ "after": after }))
}

async fn only(acme: &Vendor) -> Value {
    let mut runs = runs(acme).await;
    assert_eq!(runs.len(), 1);
    runs.remove(0)
}

spec! {
    async fn steps_are_taken_when_they_are_due_and_not_before(world) {
        let acme = vendor(world).await;
        adds(&acme, automation("later", json!([after(notes("last"), json!({ "days": 3 })), notes("now"), after(notes("soon"), json!({ "minutes": 90 }))]))).await;
        happens(world, &acme, "hello").await;
        assert_eq!(taken(&acme).await, ["now"]);
        let run = only(&acme).await;
        assert_eq!((&run["state"], states(&run), &run["available_actions"]), (&json!("planned"), vec!["planned", "done", "planned"], &json!(["cancel"])));
        assert_eq!(run["steps"][0]["due_at"], "2026-11-23T12:00:00Z");
        world.pass(minutes(89)).await;
        assert_eq!(taken(&acme).await, ["now"]);
        world.pass(minutes(1)).await;
        assert_eq!(taken(&acme).await, ["now", "soon"]);
        world.pass(days(3)).await;
        assert_eq!(taken(&acme).await, ["now", "soon", "last"]);
        assert_eq!(only(&acme).await["state"], "done");
    }

    async fn a_steps_condition_is_asked_when_it_is_due(world) {
        let acme = vendor(world).await;
        let unless_changed = with(after(notes("late"), json!({ "days": 1 })), json!({ "while": "latest.sequence == event.sequence && now > event.occurred_at" }));
        adds(&acme, automation("patient", json!([unless_changed]))).await;
        happens(world, &acme, "left alone").await;
        world.pass(days(1)).await;
        assert_eq!(taken(&acme).await, ["late"]);
    }

    async fn a_deal_is_prolonged_by_itself_before_it_ends_while_it_is_still_approved(world) {
        offers(world.app(), Vec::new());
        let (acme, seller, rival) = rivals(world).await;
        let extend = json!({ "step": "deal.extend", "with": { "note": "Prolonged by itself." }, "after": { "days": 3, "before": "/deal/protected_until" },
            "while": "latest.data.deal.status == \"approved\"" });
        adds(&acme, json!({ "name": "keeps-going", "summary": "Deals go on.", "on": ["deal.approved"], "steps": [extend] })).await;
        let deal = seller.registers(resale("Fabrikam")).await;
        let other = rival.registers(resale("Wingtip Toys")).await;
        world.settle().await;
        assert_eq!(deal["protected_until"], "2027-02-18T12:00:00Z");
        assert_eq!(runs(&acme).await[0]["steps"][0]["due_at"], "2027-02-15T12:00:00Z");
        acme.moves(&other.id(), "withdraw", json!(null)).await.expect(200);
        world.pass(days(87)).await;
        let runs = runs(&acme).await;
        assert_eq!((states(&runs[0]), states(&runs[1])), (vec!["done"], vec!["skipped"]));
        assert_eq!(runs[1]["steps"][0]["reason"]["code"], "automation.condition");
        assert_eq!(runs[0]["steps"][0]["did"]["protected_until"], "2027-03-20T12:00:00Z");
        assert_eq!(acme.deal(&deal.id()).await["protected_until"], "2027-03-20T12:00:00Z");
        let timeline = acme.all(&format!("/v1/deals/{}/timeline", deal.id())).await;
        let last = timeline.iter().find(|step| step["type"] == "deal.extended").expect("a step");
        assert_eq!((&last["type"], &last["actor"], &last["note"]), (&json!("deal.extended"), &json!({ "type": "automation", "id": "keeps-going" }), &json!("Prolonged by itself.")));
        let seen = seller.anew().await.all(&format!("/v1/deals/{}/timeline", deal.id())).await;
        let last = seen.iter().find(|step| step["type"] == "deal.extended").expect("a step");
        assert_eq!(last["actor"]["type"], "vendor", "the partner is not told how its vendor works");
    }

    async fn before_a_moment_that_is_not_there_a_step_is_skipped_and_one_overdue_is_taken_at_once(world) {
        let (acme, seller, _) = rivals(world).await;
        offers(world.app(), Vec::new());
        let steps = json!([after(notes("never"), json!({ "days": 1, "before": "/deal/nothing" })), after(notes("overdue"), json!({ "days": 700, "before": "/deal/expected_close" }))]);
        adds(&acme, json!({ "name": "moments", "summary": "Moments.", "on": ["deal.approved"], "steps": steps })).await;
        seller.registers(resale("Fabrikam")).await;
        world.settle().await;
        let run = only(&acme).await;
        assert_eq!((&run["state"], states(&run), &run["steps"][0]["reason"]["code"]), (&json!("done"), vec!["skipped", "done"], &json!("automation.no_moment")));
        assert_eq!(taken(&acme).await, ["overdue"]);
    }

    async fn an_edit_is_for_later_events_and_leaves_what_is_planned(world) {
        let acme = vendor(world).await;
        let made = adds(&acme, automation("edited", json!([after(notes("old"), json!({ "days": 1 }))]))).await;
        happens(world, &acme, "hello").await;
        acme.patch("/v1/automations/edited", json!({ "steps": [notes("new")] })).if_match(made.etag()).await.expect(200);
        happens(world, &acme, "again").await;
        assert_eq!(taken(&acme).await, ["new"]);
        world.pass(days(1)).await;
        assert_eq!(taken(&acme).await, ["new", "old"]);
        let revisions: Vec<_> = runs(&acme).await.iter().map(|run| run["automation_revision"].clone()).collect();
        assert_eq!(revisions, [1, 2]);
    }

    async fn disabling_leaves_what_is_planned_unless_it_is_to_be_cancelled(world) {
        let acme = vendor(world).await;
        for name in ["kept", "cancelled"] {
            adds(&acme, automation(name, json!([notes(&format!("now {name}")), after(notes(name), json!({ "days": 1 }))]))).await;
        }
        happens(world, &acme, "hello").await;
        acme.post("/v1/automations/kept/disable", json!(null)).await.expect(200);
        acme.post("/v1/automations/cancelled/disable", json!({ "cancel_planned": true })).await.expect(200);
        world.pass(days(1)).await;
        let mut taken = taken(&acme).await;
        taken.sort();
        assert_eq!(taken, ["kept", "now cancelled", "now kept"]);
        let cancelled = acme.all("/v1/automation-runs?state=cancelled").await;
        assert_eq!((cancelled.len(), states(&cancelled[0]), &cancelled[0]["reason"]["code"]), (1, vec!["done", "cancelled"], &json!("automation.disabled")));
    }

    async fn deleting_cancels_what_is_planned(world) {
        let acme = vendor(world).await;
        adds(&acme, automation("gone", json!([after(notes("late"), json!({ "days": 1 }))]))).await;
        happens(world, &acme, "hello").await;
        acme.delete("/v1/automations/gone").await.expect(204);
        world.pass(days(1)).await;
        assert_eq!((taken(&acme).await, only(&acme).await["state"].clone()), (vec![], json!("cancelled")));
    }

    async fn a_run_is_cancelled_by_hand_once(world) {
        let acme = vendor(world).await;
        adds(&acme, automation("later", json!([notes("now"), after(notes("late"), json!({ "days": 1 }))]))).await;
        happens(world, &acme, "hello").await;
        let run = only(&acme).await["id"].as_str().expect("an id").to_owned();
        let cancelled = acme.post(format!("/v1/automation-runs/{run}/cancel"), json!(null)).await.expect(200);
        assert_eq!((&cancelled["state"], states(&cancelled.body), &cancelled["available_actions"]), (&json!("cancelled"), vec!["done", "cancelled"], &json!([])));
        acme.post(format!("/v1/automation-runs/{run}/cancel"), json!(null)).await.refused(409, "automation_run.ended");
        world.pass(days(2)).await;
        assert_eq!(taken(&acme).await, ["now"]);
    }
}
