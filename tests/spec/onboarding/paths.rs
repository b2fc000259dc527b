//! Paths: where a partner stands, what is next, and who owes it.

use crate::prelude::*;

/// A path of two milestones: a call that the vendor holds, a course after it; then the first deal, ended by its approval.
pub fn reseller_path() -> Value {
    json!({ "name": "reseller", "title": { "en": "Your way", "de": "Ihr Weg" }, "when": "partner.type == \"reseller\"", "rank": 10, "milestones": [
        { "key": "ready", "title": { "en": "Ready to sell", "de": "Bereit" }, "on_reached": "activate", "tasks": [
            { "key": "kick-off", "title": { "en": "Hold the call" }, "owner": "vendor", "due_days": 7, "evidence": "note" },
            { "key": "training", "title": { "en": "Take the course", "de": "Kurs besuchen" }, "owner": "partner", "due_days": 30, "after": ["kick-off"] },
            { "key": "t-shirt", "title": { "en": "Send a T-shirt" }, "owner": "vendor", "required": false }] },
        { "key": "selling", "title": { "en": "Selling" }, "tasks": [
            { "key": "first-deal", "title": { "en": "Register a deal" }, "owner": "partner", "due_days": 60, "after": ["training"],
                "completes_on": { "event": "deal.approved", "when": "event.data.deal.amount.amount > 0" } }] }] })
}

/// Draft and publish a path; answers the version.
pub async fn published(acme: &Vendor, path: Value) -> Reply {
    let draft = acme.post("/v1/onboarding-paths", path).await.expect(201);
    acme.post(format!("/v1/onboarding-paths/{}/publish", draft.id()), json!(null)).await.expect(200)
}

/// A partner that was just accepted, and is on its path.
pub async fn newcomer(world: &World, acme: &Vendor) -> Partner {
    let partner = acme.adds_partner_like(json!({ "name": "Northwind", "type": "reseller", "status": "onboarding" })).await;
    world.settle().await;
    partner
}

/// Where a partner stands.
pub async fn stands(reader: &Client, partner: &Partner) -> Reply {
    reader.get(format!("/v1/partners/{}/onboarding", partner.id)).await.expect(200)
}

/// The id of a partner's task by its key.
pub async fn task(reader: &Client, partner: &Partner, key: &str) -> String {
    let tasks = reader.all(&format!("/v1/onboarding-tasks?partner_id={}", partner.id)).await;
    let found = tasks.iter().find(|task| task["key"] == key).unwrap_or_else(|| panic!("no task {key}"));
    found["id"].as_str().expect("an id").to_owned()
}

/// Keys of the tasks that can be done now.
fn next(onboarding: &Reply) -> Vec<&str> {
    onboarding["next"].as_array().expect("a list").iter().filter_map(|task| task["key"].as_str()).collect()
}

spec! {
    async fn a_partner_goes_its_way_from_acceptance_to_its_first_deal(world) {
        let acme = world.vendor("Acme").await;
        published(&acme, reseller_path()).await;
        let northwind = newcomer(world, &acme).await;
        let seller = northwind.person("sales").await;

        let begins = stands(&seller, &northwind).await;
        assert_eq!((&begins["status"], &begins["milestone"], &begins["progress"]["percent"]), (&json!("running"), &json!("ready"), &json!(0)));
        assert_eq!(next(&begins), ["kick-off", "t-shirt"]);
        let call = task(&acme, &northwind, "kick-off").await;
        seller.post(format!("/v1/onboarding-tasks/{call}/complete"), json!({ "note": "Done." })).await.refused(403, "onboarding_task.not_yours");
        acme.post(format!("/v1/onboarding-tasks/{call}/complete"), json!({})).await.invalid_at("/note");
        acme.post(format!("/v1/onboarding-tasks/{call}/complete"), json!({ "note": "With both sellers." })).await.expect(200);

        assert_eq!(next(&stands(&seller, &northwind).await), ["training", "t-shirt"]);
        let course = task(&seller, &northwind, "training").await;
        let done = seller.post(format!("/v1/onboarding-tasks/{course}/complete"), json!(null)).await.expect(200);
        assert_eq!((&done["status"], &done["ended_by"]["id"]), (&json!("done"), &json!(seller.id)));
        assert_eq!(acme.get(format!("/v1/partners/{}", northwind.id)).await.expect(200)["status"], "active");
        let ready = stands(&seller, &northwind).await;
        assert_eq!((&ready["milestone"], &ready["progress"]["percent"]), (&json!("selling"), &json!(66)));
        assert!(ready["milestones"][0]["reached_at"].is_string() && ready["milestones"][1]["reached_at"].is_null());

        let deal = seller.registers(resale("Fabrikam")).await;
        assert_eq!(deal["status"], "approved");
        world.settle().await;
        let ends = stands(&seller, &northwind).await;
        assert_eq!((&ends["status"], &ends["progress"]["percent"], &ends["milestone"]), (&json!("completed"), &json!(100), &Value::Null));
        let first = &ends["milestones"][1]["tasks"][0];
        assert!(first["status"] == "done" && first["ended_by_event"].is_i64(), "{first}");
        assert_eq!(ends["milestones"][0]["tasks"][2]["status"], "dropped", "what was not required is not asked for any more");
        let told: Vec<_> = acme.all("/v1/events?type=onboarding.*").await.iter().map(|event| event["type"].clone()).collect();
        assert_eq!(told, ["onboarding.started", "onboarding.milestone_reached", "onboarding.milestone_reached", "onboarding.completed"]);
    }

    async fn a_task_is_reminded_of_then_overdue_and_told_once(world) {
        let acme = world.vendor("Acme").await;
        published(&acme, reseller_path()).await;
        let manager = acme.adds_colleague("channel_manager").await.id();
        let body = json!({ "name": "Northwind", "type": "reseller", "status": "onboarding", "manager_id": manager });
        let northwind = acme.adds_partner_like(body).await;
        world.settle().await;
        world.pass(days(5)).await;
        let reader = acme.sees_sign_in(&manager, &["pwd"]).await;
        let inbox = reader.all("/v1/notifications").await;
        assert!(inbox.iter().any(|one| one["template"] == "onboarding_task.due_soon"), "{inbox:?}");
        world.pass(days(3)).await;
        let call = task(&acme, &northwind, "kick-off").await;
        assert_eq!(acme.get(format!("/v1/onboarding-tasks/{call}")).await.expect(200)["overdue"], true);
        assert_eq!(stands(&acme, &northwind).await["progress"]["overdue"], 1);
        assert_eq!(acme.all("/v1/onboarding-tasks?overdue=true").await.len(), 1);
        world.pass(days(30)).await;
        assert_eq!(acme.all("/v1/events?type=onboarding_task.overdue").await.len(), 1);
        acme.post(format!("/v1/onboarding-tasks/{call}/complete"), json!({ "note": "At last." })).await.expect(200);
        assert!(acme.all("/v1/onboarding-tasks?overdue=true").await.is_empty());
    }

    async fn a_task_that_waits_is_ended_by_its_event_all_the_same(world) {
        let acme = world.vendor("Acme").await;
        let path = published(&acme, reseller_path()).await;
        let northwind = acme.adds_partner("Northwind").await;
        acme.post(format!("/v1/partners/{}/onboarding/start", northwind.id), json!({ "path_id": path.id() })).await.expect(201);
        northwind.person("sales").await.registers(resale("Fabrikam")).await;
        world.settle().await;
        let stands = stands(&acme, &northwind).await;
        assert_eq!((&stands["status"], &stands["milestones"][1]["tasks"][0]["status"]), (&json!("running"), &json!("done")));
        assert_eq!(next(&stands), ["kick-off", "t-shirt"]);
        // The first sign-in of somebody of the partner is an event of theirs too.
        let mut path = reseller_path();
        path["milestones"][0]["tasks"][1]["completes_on"] = json!({ "event": "session.started" });
        let with_sign_in = published(&acme, path).await;
        acme.post(format!("/v1/partners/{}/onboarding/move", northwind.id), json!({ "path_id": with_sign_in.id() })).await.expect(200);
        northwind.person("engineer").await.signs_in(&["pwd"]).await;
        world.settle().await;
        let course = task(&acme, &northwind, "training").await;
        assert_eq!(acme.get(format!("/v1/onboarding-tasks/{course}")).await.expect(200)["status"], "done");
    }

    async fn texts_come_in_the_nearest_language(world) {
        let acme = world.vendor("Acme").await;
        published(&acme, reseller_path()).await;
        let northwind = newcomer(world, &acme).await;
        let german = acme.get(format!("/v1/partners/{}/onboarding?language=de-AT", northwind.id)).await.expect(200);
        assert_eq!((&german["title"], &german["milestones"][0]["title"]), (&json!("Ihr Weg"), &json!("Bereit")));
        let course = &german["milestones"][0]["tasks"][1];
        assert_eq!((&course["title"], &course["language"]), (&json!("Kurs besuchen"), &json!("de")));
        let call = &german["milestones"][0]["tasks"][0];
        assert_eq!((&call["title"], &call["language"]), (&json!("Hold the call"), &json!("en")), "there is no German text for it");
    }

    async fn a_partner_sees_its_own_way_only(world) {
        let acme = world.vendor("Acme").await;
        published(&acme, reseller_path()).await;
        let northwind = newcomer(world, &acme).await;
        let stranger = acme.adds_partner("Southridge").await.person("partner_admin").await;
        stranger.get(format!("/v1/partners/{}/onboarding", northwind.id)).await.refused(404, "not_found");
        let course = task(&acme, &northwind, "training").await;
        stranger.get(format!("/v1/onboarding-tasks/{course}")).await.refused(404, "not_found");
        stranger.post(format!("/v1/onboarding-tasks/{course}/complete"), json!(null)).await.refused(404, "not_found");
        assert!(stranger.all("/v1/onboarding-tasks").await.is_empty());
        stranger.get("/v1/onboarding-paths").await.refused(403, "auth.forbidden");
    }

    async fn of_two_who_do_the_same_task_at_once_one_is_first(world [connections = 10]) {
        let acme = world.vendor("Acme").await;
        published(&acme, reseller_path()).await;
        let northwind = newcomer(world, &acme).await;
        let call = task(&acme, &northwind, "kick-off").await;
        let calls = (0..6).map(|_| acme.post(format!("/v1/onboarding-tasks/{call}/complete"), json!({ "note": "Held." })).into_future());
        let statuses: Vec<_> = join_all(calls).await.into_iter().map(|reply| reply.status).collect();
        assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
        assert!(statuses.iter().all(|status| matches!(status, 200 | 409)), "{statuses:?}");
        assert_eq!(acme.all("/v1/events?type=onboarding_task.done").await.len(), 1);
    }

    async fn what_a_path_may_not_say_is_refused_with_its_place(world) {
        let acme = world.vendor("Acme").await;
        let refused = async |at: &str, value: Value, pointer: &str| {
            let mut path = reseller_path();
            *path.pointer_mut(at).expect("a place") = value;
            acme.post("/v1/onboarding-paths", path).await.invalid_at(pointer);
        };
        refused("/when", json!("partner.type =="), "/when").await;
        refused("/milestones/0/tasks/1/after", json!(["nothing"]), "/milestones/0/tasks/1/after/0").await;
        refused("/milestones/0/tasks/0/title", json!({ "english": "Call" }), "/milestones/0/tasks/0/title").await;
        refused("/milestones/1/key", json!("ready"), "/milestones/1/key").await;
        refused("/milestones/1/tasks/0/completes_on/event", json!("vendor.updated"), "/milestones/1/tasks/0/completes_on/event").await;
        refused("/milestones", json!([]), "/milestones").await;
        let draft = acme.post("/v1/onboarding-paths", reseller_path()).await.expect(201);
        let partner = acme.adds_partner("Northwind").await;
        acme.post(format!("/v1/partners/{}/onboarding/start", partner.id), json!({ "path_id": draft.id() })).await.invalid_at("/path_id");
        acme.post(format!("/v1/partners/{}/onboarding/start", partner.id), json!(null)).await.refused(409, "onboarding.no_path");
        acme.get(format!("/v1/partners/{}/onboarding", partner.id)).await.refused(409, "onboarding.none");
    }
}
