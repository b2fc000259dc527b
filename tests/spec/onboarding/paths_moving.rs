//! Versions of paths, and partners that are moved between them with care.

use super::paths::{newcomer, published, reseller_path, stands, task};
use crate::prelude::*;

/// The same path with a demo in place of the course.
fn with_demo() -> Value {
    let mut path = reseller_path();
    path["milestones"][0]["tasks"][1] = json!({ "key": "demo", "title": { "en": "Give a demo" }, "owner": "partner", "after": ["kick-off"] });
    path["milestones"][1]["tasks"][0]["after"] = json!(["demo"]);
    path
}

spec! {
    async fn whoever_is_on_the_way_stays_on_its_version_until_it_is_moved(world) {
        let acme = world.vendor("Acme").await;
        let first = published(&acme, reseller_path()).await;
        let northwind = newcomer(world, &acme).await;
        let call = task(&acme, &northwind, "kick-off").await;
        acme.post(format!("/v1/onboarding-tasks/{call}/complete"), json!({ "note": "Held." })).await.expect(200);
        let second = published(&acme, with_demo()).await;
        assert_eq!((&first["version"], &second["version"]), (&json!(1), &json!(2)));
        assert_eq!(stands(&acme, &northwind).await["path_version"], 1);
        let southridge = acme.adds_partner_like(json!({ "name": "Southridge", "type": "reseller", "status": "onboarding" })).await;
        world.settle().await;
        assert_eq!(stands(&acme, &southridge).await["path_version"], 2);

        let path = format!("/v1/partners/{}/onboarding/move", northwind.id);
        let would = acme.post(&path, json!({ "path_id": second.id(), "preview": true })).await.expect(200);
        assert_eq!((&would["kept"], &would["dropped"], &would["added"]), (&json!(["kick-off", "t-shirt", "first-deal"]), &json!(["training"]), &json!(["demo"])));
        assert_eq!((&would["applied"], &stands(&acme, &northwind).await["path_version"]), (&json!(false), &json!(1)));
        acme.post(&path, json!({ "path_id": second.id() })).await.expect(200);
        let now = stands(&acme, &northwind).await;
        assert_eq!((&now["path_version"], &now["milestones"][0]["tasks"][0]["status"]), (&json!(2), &json!("done")));
        assert_eq!(now["milestones"][0]["tasks"][1]["status"], "open", "what comes next is asked for at once");
        // And back again: what was dropped waits for it once more.
        acme.post(&path, json!({ "path_id": first.id() })).await.expect(200);
        let back = stands(&acme, &northwind).await;
        assert_eq!((&back["path_version"], &back["milestones"][0]["tasks"][1]["status"]), (&json!(1), &json!("open")));
    }

    async fn a_task_may_be_skipped_and_asked_for_again(world) {
        let acme = world.vendor("Acme").await;
        published(&acme, reseller_path()).await;
        let northwind = newcomer(world, &acme).await;
        let call = task(&acme, &northwind, "kick-off").await;
        let skipped = acme.post(format!("/v1/onboarding-tasks/{call}/skip"), json!({ "reason": "We know each other." })).await.expect(200);
        assert_eq!((&skipped["status"], &skipped["available_actions"]), (&json!("skipped"), &json!(["reopen"])));
        acme.post(format!("/v1/onboarding-tasks/{call}/skip"), json!({ "reason": "Again." })).await.refused(409, "onboarding_task.illegal_move");
        let again = acme.post(format!("/v1/onboarding-tasks/{call}/reopen"), json!({ "reason": "New people." })).await.expect(200);
        assert_eq!((&again["status"], again.body.get("ended_by")), (&json!("open"), None));
        let seller = northwind.person("sales").await;
        seller.post(format!("/v1/onboarding-tasks/{call}/skip"), json!({ "reason": "No." })).await.refused(403, "auth.forbidden");
    }

    async fn a_path_is_taken_by_rank_and_none_if_none_is_for_the_partner(world) {
        let acme = world.vendor("Acme").await;
        published(&acme, reseller_path()).await;
        let everybody = with(reseller_path(), json!({ "name": "everybody", "when": "true", "rank": 900 }));
        let everybody = published(&acme, everybody).await;
        let northwind = newcomer(world, &acme).await;
        assert_eq!(stands(&acme, &northwind).await["path"], "reseller");
        let isv = acme.adds_partner_like(json!({ "name": "Proseware", "type": "isv", "status": "onboarding" })).await;
        world.settle().await;
        assert_eq!(stands(&acme, &isv).await["path"], "everybody");
        acme.post(format!("/v1/onboarding-paths/{}/retire", everybody.id()), json!(null)).await.expect(200);
        let msp = acme.adds_partner_like(json!({ "name": "Adatum", "type": "msp", "status": "onboarding" })).await;
        world.settle().await;
        acme.get(format!("/v1/partners/{}/onboarding", msp.id)).await.refused(409, "onboarding.none");
        assert_eq!(stands(&acme, &isv).await["status"], "running", "whoever is on it goes on");
    }

    async fn a_path_that_cannot_be_told_is_left_to_a_person(world) {
        let acme = world.vendor("Acme").await;
        published(&acme, with(reseller_path(), json!({ "when": "partner.custom_fields.size > 5" }))).await;
        let northwind = acme.adds_partner_like(json!({ "name": "Northwind", "type": "reseller", "status": "onboarding" })).await;
        world.settle().await;
        acme.get(format!("/v1/partners/{}/onboarding", northwind.id)).await.refused(409, "onboarding.none");
        assert_eq!(acme.all("/v1/events?type=onboarding.not_started").await.len(), 1);
    }

    async fn an_onboarding_is_stopped_with_a_reason_and_may_begin_anew(world) {
        let acme = world.vendor("Acme").await;
        published(&acme, reseller_path()).await;
        let northwind = newcomer(world, &acme).await;
        let path = format!("/v1/partners/{}/onboarding", northwind.id);
        acme.post(format!("{path}/start"), json!(null)).await.refused(409, "onboarding.runs");
        let call = task(&acme, &northwind, "kick-off").await;
        let stopped = acme.post(format!("{path}/stop"), json!({ "reason": "They were bought." })).await.expect(200);
        assert_eq!((&stopped["status"], &stopped["reason"]), (&json!("stopped"), &json!("They were bought.")));
        acme.post(format!("/v1/onboarding-tasks/{call}/complete"), json!({ "note": "Late." })).await.refused(409, "onboarding_task.illegal_move");
        acme.post(format!("{path}/stop"), json!({ "reason": "Twice." })).await.refused(409, "onboarding.none");
        world.pass(days(90)).await;
        assert!(acme.all("/v1/events?type=onboarding_task.overdue").await.is_empty(), "nothing is asked for any more");
        acme.post(format!("{path}/start"), json!(null)).await.expect(201);
        assert_eq!(stands(&acme, &northwind).await["status"], "running");
    }
}
