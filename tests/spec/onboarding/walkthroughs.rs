//! Walkthroughs: what a front end shows whom on which screen, and how far they came.

use super::paths::{newcomer, published as published_path, stands};
use crate::prelude::*;

/// Three steps for those who sell for a reseller.
fn first_deal() -> Value {
    json!({ "name": "first-deal", "screen": "deals", "title": { "en": "Your first deal", "de": "Das erste Geschäft" },
        "when": "person.role == \"sales\" && partner.type == \"reseller\"", "rank": 5, "steps": [
            { "key": "register", "element": "#register", "title": { "en": "Register it", "de": "Melden" }, "media_url": "https://cdn.example/register.mp4" },
            { "key": "watch", "title": { "en": "Watch it", "fr": "Suivez-la" }, "text": { "en": "It is decided here." } },
            { "key": "win", "title": { "en": "Win it" } }] })
}

/// Draft and publish a version; answers its id.
async fn published(acme: &Vendor, walkthrough: Value) -> String {
    let draft = acme.post("/v1/walkthroughs", walkthrough).await.expect(201).id();
    acme.post(format!("/v1/walkthroughs/{draft}/publish"), json!(null)).await.expect(200);
    draft
}

/// What somebody is shown on the screen `deals`.
async fn shown(person: &Client) -> Vec<Value> {
    person.get("/v1/walkthroughs/me?screen=deals").await.expect(200)["walkthroughs"].as_array().expect("a list").clone()
}

/// What somebody did in a walkthrough.
fn does(person: &Client, id: &str, body: Value) -> Call {
    person.post(format!("/v1/walkthroughs/{id}/progress"), body)
}

fn sees(step: &str) -> Value {
    json!({ "action": "see", "step": step })
}

async fn told(acme: &Vendor) -> Vec<Value> {
    acme.all("/v1/events?type=walkthrough_progress.*").await.iter().map(|event| event["type"].clone()).collect()
}

spec! {
    async fn somebody_is_shown_what_is_for_them_on_their_screen_until_they_are_through(world) {
        let acme = world.vendor("Acme").await;
        let id = published(&acme, first_deal()).await;
        published(&acme, json!({ "name": "elsewhere", "screen": "leads", "title": { "en": "Leads" }, "steps": [{ "key": "a", "title": { "en": "A" } }] })).await;
        let northwind = acme.adds_partner_like(json!({ "name": "Northwind", "type": "reseller" })).await;
        let seller = northwind.person("sales").await;

        let first = shown(&seller).await;
        assert_eq!(first.len(), 1);
        assert_eq!((&first[0]["id"], &first[0]["status"], &first[0]["next"], &first[0]["title"]), (&json!(id), &json!("new"), &json!("register"), &json!("Your first deal")));
        assert_eq!(first[0]["steps"][0]["element"], "#register");
        assert_eq!(seller.get("/v1/walkthroughs/me").await.expect(200)["walkthroughs"].as_array().map(Vec::len), Some(2), "of all screens");

        let on_the_way = does(&seller, &id, sees("watch")).await.expect(200);
        assert_eq!((&on_the_way["status"], &on_the_way["seen"], &on_the_way["next"]), (&json!("started"), &json!(2), &json!("win")));
        let late = does(&seller, &id, sees("register")).await.expect(200);
        assert_eq!((&late["seen"], &late["next"]), (&json!(2), &json!("win")), "nothing goes backwards");
        assert_eq!(shown(&seller).await[0]["steps"][1]["seen"], true);

        does(&seller, &id, json!({ "action": "complete" })).await.expect(200);
        for after in [sees("register"), json!({ "action": "dismiss" }), json!({ "action": "complete" })] {
            assert_eq!(does(&seller, &id, after).await.expect(200)["status"], "completed");
        }
        assert!(shown(&seller).await.is_empty());
        let all = seller.get("/v1/walkthroughs/me?screen=deals&include_ended=true").await.expect(200);
        assert_eq!((&all["walkthroughs"][0]["status"], &all["walkthroughs"][0]["available_actions"]), (&json!("completed"), &json!(["restart"])));
        assert_eq!(told(&acme).await, ["walkthrough_progress.started", "walkthrough_progress.completed"], "a repeat tells nothing");

        let again = does(&seller, &id, json!({ "action": "restart" })).await.expect(200);
        assert_eq!((&again["status"], &again["seen"], &again["run"], &again["next"]), (&json!("started"), &json!(0), &json!(2), &json!("register")));
    }

    async fn it_is_for_whom_the_vendor_says(world) {
        let acme = world.vendor("Acme").await;
        let id = published(&acme, first_deal()).await;
        let ours = published(&acme, json!({ "name": "ours", "screen": "deals", "title": { "en": "Ours" }, "when": "person.side == \"vendor\" && partner.type != \"reseller\"",
            "steps": [{ "key": "a", "title": { "en": "A" } }] })).await;
        let northwind = acme.adds_partner_like(json!({ "name": "Northwind", "type": "reseller" })).await;
        let fabrikam = acme.adds_partner_like(json!({ "name": "Fabrikam", "type": "isv" })).await;
        let (engineer, other) = (northwind.person("engineer").await, fabrikam.person("sales").await);
        let colleague = acme.sees_sign_in(&acme.adds_colleague("admin").await.id(), &["pwd"]).await;

        assert!(shown(&engineer).await.is_empty() && shown(&other).await.is_empty());
        assert_eq!(shown(&colleague).await.iter().map(|one| one["id"].clone()).collect::<Vec<_>>(), [json!(ours)]);
        does(&engineer, &id, sees("register")).await.refused(404, "not_found");
        does(&other, &ours, sees("a")).await.refused(404, "not_found");
        acme.get("/v1/walkthroughs/me").await.refused(403, "walkthrough.not_a_person");
        does(acme.client(), &id, sees("register")).await.refused(403, "walkthrough.not_a_person");
        let draft = acme.post("/v1/walkthroughs", first_deal()).await.expect(201).id();
        does(&*northwind.person("sales").await, &draft, sees("register")).await.refused(404, "not_found");
    }

    async fn texts_come_in_ones_own_language_then_the_partners_then_the_vendors(world) {
        let acme = world.vendor("Acme").await;
        published(&acme, first_deal()).await;
        let vendor = acme.get("/v1/vendor").await.expect(200);
        acme.patch("/v1/vendor", json!({ "language": "fr" })).if_match(vendor.etag()).await.expect(200);
        let northwind = acme.adds_partner_like(json!({ "name": "Northwind", "type": "reseller", "languages": ["de-AT"] })).await;
        let seller = northwind.person("sales").await;
        let titles = async |person: &Client| {
            let first = shown(person).await.remove(0);
            [first["title"].clone(), first["steps"][0]["title"].clone(), first["steps"][1]["title"].clone(), first["steps"][2]["title"].clone()]
        };

        assert_eq!(titles(&seller).await, ["Das erste Geschäft", "Melden", "Suivez-la", "Win it"]);
        seller.put("/v1/notification-preferences", json!({ "language": "en-GB" })).await.expect(200);
        assert_eq!(titles(&seller).await, ["Your first deal", "Register it", "Watch it", "Win it"]);
        let asked = seller.get("/v1/walkthroughs/me?language=de").await.expect(200);
        assert_eq!(asked["walkthroughs"][0]["title"], "Das erste Geschäft");
        seller.get("/v1/walkthroughs/me?language=german").await.expect(422);
        acme.patch("/v1/vendor", json!({ "language": "German" })).if_match("2").await.invalid_at("/language");
    }

    async fn a_later_version_goes_on_where_one_was_and_comes_again_only_if_it_says_so(world) {
        let acme = world.vendor("Acme").await;
        let one = published(&acme, first_deal()).await;
        let northwind = acme.adds_partner_like(json!({ "name": "Northwind", "type": "reseller" })).await;
        let (halfway, through) = (northwind.person("sales").await, northwind.person("sales").await);
        does(&halfway, &one, sees("watch")).await.expect(200);
        does(&through, &one, json!({ "action": "dismiss" })).await.expect(200);

        let mut next = first_deal();
        next["steps"].as_array_mut().expect("steps").insert(0, json!({ "key": "hello", "title": { "en": "Hello" } }));
        let two = published(&acme, next.clone()).await;
        let carried = shown(&halfway).await.remove(0);
        assert_eq!((&carried["id"], &carried["version"], &carried["status"], &carried["next"]), (&json!(two), &json!(2), &json!("started"), &json!("win")));
        assert!(shown(&through).await.is_empty());
        let done = does(&halfway, &two, json!({ "action": "complete" })).await.expect(200);
        assert_eq!(done["seen"], 4);

        next["again"] = json!(true);
        let three = published(&acme, next.clone()).await;
        let fresh = |shown: Vec<Value>| (shown[0]["id"].clone(), shown[0]["status"].clone());
        assert_eq!(fresh(shown(&through).await), (json!(three), json!("new")));
        next["again"] = json!(false);
        let four = published(&acme, next).await;
        assert_eq!(fresh(shown(&halfway).await), (json!(four), json!("new")), "it was not seen since a version that comes again");

        acme.post(format!("/v1/walkthroughs/{four}/retire"), json!(null)).await.expect(200);
        assert!(shown(&halfway).await.is_empty(), "the latest version speaks for its name");
        acme.post(format!("/v1/walkthroughs/{four}/publish"), json!(null)).await.refused(409, "walkthrough.illegal_move");
        does(&halfway, &four, sees("hello")).await.refused(404, "not_found");
        assert_eq!(does(&halfway, &two, json!({ "action": "restart" })).await.expect(200)["run"], 2, "who began a version may go on in it");
    }

    async fn a_vendor_sees_who_came_through_and_where_others_stopped(world) {
        let acme = world.vendor("Acme").await;
        let mut walkthrough = first_deal();
        walkthrough["when"] = json!("true");
        let id = published(&acme, walkthrough).await;
        let northwind = acme.adds_partner_like(json!({ "name": "Northwind", "type": "reseller" })).await;
        let fabrikam = acme.adds_partner_like(json!({ "name": "Fabrikam", "type": "isv" })).await;
        does(&*northwind.person("sales").await, &id, json!({ "action": "complete" })).await.expect(200);
        does(&*northwind.person("engineer").await, &id, sees("register")).await.expect(200);
        let other = fabrikam.person("sales").await;
        does(&other, &id, sees("watch")).await.expect(200);
        does(&other, &id, json!({ "action": "dismiss" })).await.expect(200);
        let colleague = acme.sees_sign_in(&acme.adds_colleague("admin").await.id(), &["pwd"]).await;
        does(&colleague, &id, json!({ "action": "dismiss" })).await.expect(200);

        let at = format!("/v1/walkthroughs/{id}/results");
        let all = acme.get(&at).await.expect(200);
        assert_eq!(all["outcomes"], json!([{ "started": 4, "completed": 1, "dismissed": 2, "stops": [{ "going": 0, "dismissed": 1 },
            { "after": "register", "going": 1, "dismissed": 0 }, { "after": "watch", "going": 0, "dismissed": 1 }] }]));
        let by = acme.get(format!("{at}?by=partner_type")).await.expect(200);
        let counted = |reply: &Reply| -> Vec<(Value, Value)> {
            let mut all: Vec<_> = reply["outcomes"].as_array().expect("a list").iter().map(|one| (one["segment"].clone(), one["started"].clone())).collect();
            all.sort_by_key(|(segment, _)| segment.to_string());
            all
        };
        assert_eq!(counted(&by), [(json!("isv"), json!(1)), (json!("reseller"), json!(2)), (json!(null), json!(1))]);
        let by = acme.get(format!("{at}?by=role")).await.expect(200);
        assert_eq!(counted(&by), [(json!("admin"), json!(1)), (json!("engineer"), json!(1)), (json!("sales"), json!(2))]);
        acme.get(format!("{at}?by=name")).await.expect(422);
        other.get(&at).await.expect(403);
    }

    async fn coming_to_the_end_does_a_task_of_the_path(world) {
        let acme = world.vendor("Acme").await;
        let id = published(&acme, first_deal()).await;
        published_path(&acme, json!({ "name": "reseller", "title": { "en": "Your way" }, "milestones": [{ "key": "ready", "title": { "en": "Ready" }, "tasks": [
            { "key": "look", "title": { "en": "Look around" }, "owner": "partner",
                "completes_on": { "event": "walkthrough_progress.completed", "when": "event.data.walkthrough_progress.walkthrough == \"first-deal\"" } }] }] })).await;
        let northwind = newcomer(world, &acme).await;
        let seller = northwind.person("sales").await;
        does(&seller, &id, sees("win")).await.expect(200);
        world.settle().await;
        assert_eq!(stands(&acme, &northwind).await["status"], "running");
        does(&seller, &id, json!({ "action": "complete" })).await.expect(200);
        world.settle().await;
        assert_eq!(stands(&acme, &northwind).await["status"], "completed");
    }

    async fn progress_is_exported_and_after_an_erasure_is_nobodys(world) {
        let acme = world.vendor("Acme").await;
        let id = published(&acme, first_deal()).await;
        let northwind = acme.adds_partner_like(json!({ "name": "Northwind", "type": "reseller" })).await;
        let seller = northwind.person("sales").await;
        does(&seller, &id, sees("register")).await.expect(200);
        let export = acme.get(format!("/v1/people/{}/export", seller.id)).await.expect(200);
        let held = &export["held"]["walkthrough_progress"];
        assert_eq!((&held[0]["walkthrough"], &held[0]["seen"], &held[0]["person_id"]), (&json!("first-deal"), &json!(1), &json!(seller.id)));
        acme.post(format!("/v1/people/{}/erase", seller.id), json!(null)).await.expect(202);
        world.settle().await;
        assert_eq!(world.number("SELECT COUNT(*) FROM walkthrough_progress WHERE person_id IS NOT NULL OR partner_id IS NOT NULL").await, 0);
        assert_eq!(acme.get(format!("/v1/walkthroughs/{id}/results")).await.expect(200)["outcomes"][0]["started"], 1, "figures stay");
    }

    async fn what_does_not_hold_together_is_refused_by_its_place(world) {
        let acme = world.vendor("Acme").await;
        let with = |change: fn(&mut Value)| {
            let mut body = first_deal();
            change(&mut body);
            body
        };
        for (body, at) in [
            (with(|body| body["steps"][1]["key"] = json!("register")), "/steps/1/key"),
            (with(|body| body["when"] = json!("person.role ==")), "/when"),
            (with(|body| body["when"] = json!("deal.amount > 0")), "/when"),
            (with(|body| body["steps"] = json!([])), "/steps"),
            (with(|body| body["steps"][0]["media_url"] = json!("javascript:alert(1)")), "/steps/0/media_url"),
            (with(|body| body["title"] = json!({ "english": "x" })), "/title"),
            (with(|body| body["name"] = json!("First Deal")), "/name"),
        ] {
            acme.post("/v1/walkthroughs", body).await.invalid_at(at);
        }
        let id = published(&acme, first_deal()).await;
        let northwind = acme.adds_partner_like(json!({ "name": "Northwind", "type": "reseller" })).await;
        let seller = northwind.person("sales").await;
        for body in [json!({ "action": "see" }), sees("no-such"), json!({ "action": "complete", "step": "win" })] {
            does(&seller, &id, body).await.invalid_at("/step");
        }
        does(&seller, &id, json!({ "action": "skip" })).await.expect(422);
        assert!(told(&acme).await.is_empty());
    }

    async fn calls_at_the_same_moment_begin_it_once(world [connections = 10]) {
        let acme = world.vendor("Acme").await;
        let id = published(&acme, first_deal()).await;
        let northwind = acme.adds_partner_like(json!({ "name": "Northwind", "type": "reseller" })).await;
        let seller = northwind.person("sales").await;
        let other = world.another_instance().await;
        let token = acme.post("/v1/tokens", json!({ "person_id": seller.id })).await.expect(201).text("access_token");
        let calls = (0..12).map(|at| {
            let seller = if at % 2 == 0 { world.bearing(&token) } else { other.bearing(&token) };
            let id = id.clone();
            async move { does(&seller, &id, if at % 3 == 2 { json!({ "action": "complete" }) } else { sees(["register", "watch", "win"][at % 3]) }).await.expect(200) }
        });
        join_all(calls).await;
        let all = seller.get("/v1/walkthroughs/me?include_ended=true").await.expect(200);
        assert_eq!((&all["walkthroughs"][0]["status"], &all["walkthroughs"][0]["run"]), (&json!("completed"), &json!(1)));
        let mut told = told(&acme).await;
        told.dedup();
        assert!(told.ends_with(&[json!("walkthrough_progress.completed")]) && told.len() <= 2, "{told:?}");
    }
}
