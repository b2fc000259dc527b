//! Queues: how work is dealt out, evenly and to those who are there; what waits, and for whom.

use crate::prelude::*;

/// Colleagues who may decide deals.
pub async fn deciders(acme: &Vendor, count: usize) -> Vec<String> {
    let mut ids = Vec::new();
    for _ in 0..count {
        ids.push(acme.adds_colleague("channel_manager").await.id());
    }
    ids
}

/// A queue of this name with these members.
pub async fn queue(acme: &Vendor, name: &str, dealing: &str, members: &[String]) -> Reply {
    acme.post("/v1/queues", json!({ "name": name, "dealing": dealing, "member_ids": members })).await.expect(201)
}

/// Change a queue at the revision that it has now.
pub async fn changes(acme: &Vendor, queue: &Reply, patch: Value) -> Reply {
    let path = format!("/v1/queues/{}", queue.id());
    let etag = acme.get(&path).await.expect(200).etag();
    acme.patch(&path, patch).if_match(etag).await.expect(200)
}

/// Publish rules that send every large deal to a person, and route it there.
pub async fn routes_to(acme: &Vendor, to: &str) {
    let mut rules = acme.rules().await;
    let large = json!({ "id": "large", "when": "deal.amount.amount > 10000000", "outcome": "review", "code": "large_deal",
        "sentence": "Deals of this size are looked at by a person." });
    if rules["rules"][0]["id"] != "large" {
        rules["rules"].as_array_mut().expect("rules").insert(0, large);
    }
    rules["routing"] = json!([{ "id": "all", "when": "deal.amount.amount > 0", "to": to }]);
    acme.publishes(rules).await;
}

/// A new deal that goes to review, as the vendor sees it.
pub async fn reviewed(acme: &Vendor, seller: &Client) -> Reply {
    let id = seller.registers(large(resale(&format!("Customer {}", unique())))).await.id();
    acme.deal(&id).await
}

/// How many deals in review each of these has.
async fn counts(acme: &Vendor, people: &[String]) -> Vec<usize> {
    let mut counts = Vec::new();
    for person in people {
        counts.push(acme.all(&format!("/v1/deals?assignee={person}&status=in_review&limit=200")).await.len());
    }
    counts
}

spec! {
    async fn a_queue_is_made_changed_listed_and_taken_out(world) {
        let acme = world.vendor("Acme").await;
        let people = deciders(&acme, 2).await;
        let made = acme.post("/v1/queues", json!({ "name": "desk", "description": "The desk.", "dealing": "least_loaded", "member_ids": people,
            "member_limit": 5, "escalates_to": [people[0]] })).await.expect(201);
        assert_eq!((&made["member_ids"], &made["dealing"], &made["revision"]), (&json!(people), &json!("least_loaded"), &json!(1)));
        acme.post("/v1/queues", json!({ "name": "desk" })).await.refused(409, "queue.name_taken");
        let path = format!("/v1/queues/{}", made.id());
        assert_eq!(acme.get(&path).await.expect(200).body, made.body);
        acme.patch(&path, json!({ "dealing": "pull" })).await.refused(428, "revision.required");
        acme.patch(&path, json!({ "dealing": "pull" })).if_match(7).await.refused(412, "revision.stale");
        acme.patch(&path, json!({ "name": "other" })).if_match(1).await.invalid_at("/name");
        let changed = acme.patch(&path, json!({ "member_ids": [people[1]], "member_limit": null, "description": null })).if_match(1).await.expect(200);
        assert_eq!((&changed["member_ids"], changed.body.get("member_limit"), &changed["revision"]), (&json!([people[1]]), None, &json!(2)));
        assert_eq!(acme.patch(&path, json!({ "member_ids": [people[1]] })).if_match(2).await.expect(200)["revision"], 2, "nothing has changed");
        assert_eq!(acme.all("/v1/queues").await, std::slice::from_ref(&changed.body));
        assert_eq!(acme.all("/v1/events?type=queue.*").await.iter().map(|event| event["type"].clone()).collect::<Vec<_>>(), ["queue.created", "queue.updated"]);
        acme.delete(&path).await.expect(204);
        acme.get(&path).await.refused(404, "not_found");
        acme.delete(&path).await.refused(404, "not_found");
    }

    async fn a_queue_names_only_those_who_may_decide(world) {
        let (acme, rival) = (world.vendor("Acme").await, world.vendor("Rival").await);
        let (one, finance) = (deciders(&acme, 1).await.remove(0), acme.adds_colleague("finance").await.id());
        let (theirs, gone) = (deciders(&rival, 1).await.remove(0), acme.adds_colleague("admin").await.id());
        acme.patch(format!("/v1/people/{gone}"), json!({ "status": "deactivated" })).if_match(1).await.expect(200);
        let seller = acme.adds_partner("Northwind").await.person("sales").await.id;
        let nobody = kernel::id::PersonId::fresh().to_string();
        for wrong in [&finance, &theirs, &gone, &seller, &nobody] {
            acme.post("/v1/queues", json!({ "name": "desk", "member_ids": [one, wrong] })).await.invalid_at("/member_ids/1");
            acme.post("/v1/queues", json!({ "name": "desk", "escalates_to": [wrong] })).await.invalid_at("/escalates_to/0");
            acme.post("/v1/queues", json!({ "name": "desk", "cover": wrong })).await.invalid_at("/cover");
        }
        acme.post("/v1/queues", json!({ "name": "desk", "member_ids": [one, one] })).await.invalid_at("/member_ids/1");
        acme.post("/v1/queues", json!({ "name": "desk", "cover": "desk" })).await.invalid_at("/cover");
        acme.post("/v1/queues", json!({ "name": "desk", "cover": "nowhere" })).await.invalid_at("/cover");
        acme.post("/v1/queues", json!({ "name": one })).await.invalid_at("/name");
        assert!(acme.all("/v1/queues").await.is_empty());
    }

    async fn rules_that_name_nobody_are_not_published(world) {
        let (acme, rival) = (world.vendor("Acme").await, world.vendor("Rival").await);
        let (one, theirs) = (deciders(&acme, 1).await.remove(0), deciders(&rival, 1).await.remove(0));
        queue(&rival, "theirs", "pull", &[]).await;
        let always = "deal.amount.amount > 0";
        let routing = json!([{ "id": "a", "when": always, "to": one }, { "id": "b", "when": always, "to": "theirs" }, { "id": "c", "when": always, "to": theirs }]);
        let managers = json!([{ "id": "a", "when": always, "to": theirs }]);
        let draft = acme.drafts(with(acme.rules().await, json!({ "routing": routing, "channel_managers": managers }))).await;
        let publish = format!("/v1/rules-of-engagement/{}/publish", draft.id());
        let refused = acme.post(&publish, json!(null)).await.expect(422);
        let errors: Vec<_> = refused["errors"].as_array().expect("errors").iter().map(|error| (error["pointer"].clone(), error["code"].clone())).collect();
        assert_eq!(errors, [(json!("/routing/1/to"), json!("unknown_queue")), (json!("/routing/2/to"), json!("unknown_person")),
            (json!("/channel_managers/0/to"), json!("unknown_person"))]);
        queue(&acme, "theirs", "pull", &[]).await;
        acme.patch(format!("/v1/rules-of-engagement/{}", draft.id()), json!({ "routing": [routing[0], routing[1]], "channel_managers": [] }))
            .if_match(1).await.expect(200);
        acme.post(&publish, json!(null)).await.expect(200);
    }

    async fn work_goes_to_the_members_in_turn_and_evenly(world) {
        let (acme, seller, _) = rivals(world).await;
        let people = deciders(&acme, 3).await;
        queue(&acme, "desk", "round_robin", &people).await;
        routes_to(&acme, "desk").await;
        let mut got = Vec::new();
        for _ in 0..9 {
            let deal = reviewed(&acme, &seller).await;
            assert_eq!((&deal["status"], &deal["queue"], &deal["assignment"]["by"]), (&json!("in_review"), &json!("desk"), &json!("round_robin")), "{deal}");
            got.push(deal.text("assignee_id"));
        }
        let in_turn: Vec<_> = people.iter().cycle().take(9).cloned().collect();
        assert_eq!(got, in_turn);
        assert_eq!(counts(&acme, &people).await, [3, 3, 3]);
        let last = acme.all("/v1/deals?assignee=me").await;
        assert!(last.is_empty(), "a key has no work");
        let deal = acme.all(&format!("/v1/deals?assignee={}&sort=created_at", people[1])).await.remove(1);
        assert_eq!(deal["assignment"], json!({ "by": "round_robin", "rule": "all", "load": 1, "had": [people[1]], "gave_back": [] }));
        assert_eq!(steps(&acme, deal["id"].as_str().expect("an id")).await, ["deal.in_review", "deal.assigned"]);
        let told = &acme.all("/v1/events?type=deal.assigned").await[0];
        assert_eq!((&told["data"]["deal"]["assignee_id"], told["data"].get("from")), (&json!(people[0]), None));
    }

    async fn a_partner_is_shown_neither_who_nor_where(world) {
        let (acme, seller, _) = rivals(world).await;
        let people = deciders(&acme, 1).await;
        queue(&acme, "secret-desk", "round_robin", &people).await;
        routes_to(&acme, "secret-desk").await;
        let deal = reviewed(&acme, &seller).await;
        acme.moves(&deal.id(), "assign", json!({ "to": "secret-desk", "reason": "Hush." })).await.expect(200);
        for reply in [seller.deal(&deal.id()).await, seller.get("/v1/deals").await, seller.get(format!("/v1/deals/{}/timeline", deal.id())).await] {
            let text = String::from_utf8_lossy(&reply.bytes).into_owned();
            for hidden in ["secret-desk", &people[0], "assign", "queue", "Hush"] {
                assert!(!text.contains(hidden), "{hidden} in {text}");
            }
        }
        assert_eq!(steps(&seller, &deal.id()).await, ["deal.in_review"]);
        assert_eq!(steps(&acme, &deal.id()).await.len(), 3);
        for probe in ["assignee=none", "queue=secret-desk", &format!("assignee={}", people[0]), "assignee=me"] {
            assert!(seller.all(&format!("/v1/deals?{probe}")).await.is_empty(), "{probe}");
        }
        seller.get("/v1/queues").await.refused(403, "auth.forbidden");
        seller.get("/v1/queues/me").await.refused(403, "auth.forbidden");
    }

    /// However many deal out at once, on however many instances: nobody gets two in a row.
    async fn two_instances_that_deal_at_once_deal_evenly(world [connections = 8]) {
        let (acme, seller, rival) = rivals(world).await;
        let other = world.another_instance().await;
        let people = deciders(&acme, 4).await;
        queue(&acme, "desk", "round_robin", &people).await;
        routes_to(&acme, "desk").await;
        let callers: [Client; 4] = [(*seller).clone(), seller.at(&other), (*rival).clone(), rival.at(&other)];
        join_all((0..32).map(|at| {
            let caller = callers[at % 4].clone();
            async move { caller.registers(large(resale(&format!("Customer {}", unique())))).await }
        })).await;
        assert_eq!(counts(&acme, &people).await, [8, 8, 8, 8]);
        let told = acme.all("/v1/events?type=deal.assigned&limit=200").await;
        let got: Vec<_> = told.iter().map(|event| event["data"]["deal"]["assignee_id"].clone()).collect();
        assert_eq!(got.len(), 32);
        for (at, person) in got.iter().enumerate().skip(4) {
            assert_eq!(person, &got[at - 4], "in turn, in the order of the log");
        }
    }

    async fn least_loaded_means_whoever_has_least_from_wherever(world) {
        let (acme, seller, _) = rivals(world).await;
        let people = deciders(&acme, 3).await;
        queue(&acme, "desk", "least_loaded", &people).await;
        routes_to(&acme, "desk").await;
        let mut first = Vec::new();
        for _ in 0..3 {
            first.push(reviewed(&acme, &seller).await);
        }
        acme.moves(&first[1].id(), "assign", json!({ "to": people[0], "reason": "Knows them." })).await.expect(200);
        assert_eq!(counts(&acme, &people).await, [2, 0, 1]);
        let mut got = Vec::new();
        for _ in 0..3 {
            got.push(reviewed(&acme, &seller).await.text("assignee_id"));
        }
        assert_eq!(got, [&people[1], &people[2], &people[1]].map(Clone::clone));
        acme.moves(&first[0].id(), "approve", json!(null)).await.expect(200);
        acme.moves(&first[1].id(), "reject", json!({ "reason": "No." })).await.expect(200);
        assert_eq!(reviewed(&acme, &seller).await.text("assignee_id"), people[0], "what is decided is no load");
    }

    async fn what_nobody_has_room_for_waits_and_is_dealt_out_when_somebody_has(world) {
        let (acme, seller, _) = rivals(world).await;
        let people = deciders(&acme, 2).await;
        let desk = queue(&acme, "desk", "round_robin", &people).await;
        changes(&acme, &desk, json!({ "member_limit": 1 })).await;
        routes_to(&acme, "desk").await;
        let mut deals = Vec::new();
        for _ in 0..5 {
            deals.push(reviewed(&acme, &seller).await);
        }
        world.settle().await;
        for waits in &deals[2..] {
            let now = acme.deal(&waits.id()).await;
            assert_eq!((now.body.get("assignee_id"), &now["queue"], &now["revision"]), (None, &json!("desk"), &json!(1)), "{now}");
            assert_eq!(steps(&acme, &now.id()).await, ["deal.in_review", "deal.queued"]);
        }
        assert_eq!(acme.get(format!("/v1/queues/{}/load", desk.id())).await.expect(200)["waiting"], 3);
        // One is decided: what has waited longest goes to whoever decided it.
        acme.moves(&deals[1].id(), "approve", json!(null)).await.expect(200);
        world.settle().await;
        let dealt = acme.deal(&deals[2].id()).await;
        assert_eq!((dealt.text("assignee_id"), &dealt["assignment"]["rule"]), (people[1].clone(), &json!("all")));
        assert_eq!(acme.deal(&deals[3].id()).await.body.get("assignee_id"), None);
        // A question to the partner frees a hand as well; a withdrawal does.
        acme.moves(&deals[0].id(), "request-information", json!({ "question": "Who?" })).await.expect(200);
        world.settle().await;
        assert_eq!(acme.deal(&deals[3].id()).await.text("assignee_id"), people[0]);
        changes(&acme, &desk, json!({ "member_limit": 2 })).await;
        world.settle().await;
        assert!(acme.deal(&deals[4].id()).await["assignee_id"].is_string(), "the limit was raised");
        assert_eq!(acme.get(format!("/v1/queues/{}/load", desk.id())).await.expect(200)["waiting"], 0);
    }

    async fn whoever_joins_a_queue_gets_what_waits_in_it(world) {
        let (acme, seller, _) = rivals(world).await;
        let desk = queue(&acme, "desk", "round_robin", &[]).await;
        routes_to(&acme, "desk").await;
        let deal = reviewed(&acme, &seller).await;
        assert_eq!(deal.body.get("assignee_id"), None);
        let people = deciders(&acme, 1).await;
        changes(&acme, &desk, json!({ "member_ids": people })).await;
        world.settle().await;
        assert_eq!(acme.deal(&deal.id()).await.text("assignee_id"), people[0]);
    }

    async fn a_full_queue_overflows_into_its_cover(world) {
        let (acme, seller, _) = rivals(world).await;
        let people = deciders(&acme, 3).await;
        queue(&acme, "night", "pull", &people[2..]).await;
        let second = queue(&acme, "second", "round_robin", &people[1..2]).await;
        changes(&acme, &second, json!({ "member_limit": 1, "cover": "night" })).await;
        let first = queue(&acme, "first", "round_robin", &people[..1]).await;
        changes(&acme, &first, json!({ "member_limit": 1, "cover": "second" })).await;
        routes_to(&acme, "first").await;
        let (one, two, three) = (reviewed(&acme, &seller).await, reviewed(&acme, &seller).await, reviewed(&acme, &seller).await);
        assert_eq!((one.text("assignee_id"), one.text("queue")), (people[0].clone(), "first".into()));
        assert_eq!((two.text("assignee_id"), two.text("queue"), &two["assignment"]["overflow_from"]), (people[1].clone(), "second".into(), &json!("first")));
        assert_eq!((three.body.get("assignee_id"), three.text("queue"), &three["assignment"]["by"]), (None, "night".into(), &json!("cover")));
        changes(&acme, &first, json!({ "cover": people[2] })).await;
        let four = reviewed(&acme, &seller).await;
        assert_eq!((four.text("assignee_id"), &four["assignment"]["by"]), (people[2].clone(), &json!("cover")));
        // Round in a circle: then it waits where it was sent.
        changes(&acme, &first, json!({ "cover": "second" })).await;
        changes(&acme, &second, json!({ "cover": "first" })).await;
        let five = reviewed(&acme, &seller).await;
        assert_eq!((five.body.get("assignee_id"), five.text("queue")), (None, "first".into()));
        acme.delete(format!("/v1/queues/{}", second.id())).await.refused(409, "queue.in_use");
    }

    async fn whoever_does_not_reach_the_partner_is_passed_over(world) {
        let acme = world.vendor("Acme").await;
        let north = acme.adds_partner_like(json!({ "name": "Nordwind", "type": "reseller", "region": "North" })).await;
        let south = acme.adds_partner_like(json!({ "name": "Sirocco", "type": "reseller", "region": "South" })).await;
        let people = deciders(&acme, 2).await;
        acme.put(format!("/v1/people/{}/reach", people[0]), json!({ "territories": [{ "region": "South" }] })).await.expect(200);
        let desk = queue(&acme, "desk", "round_robin", &people).await;
        routes_to(&acme, "desk").await;
        let (northern, southern) = (north.person("sales").await, south.person("sales").await);
        let mut got = Vec::new();
        for seller in [&northern, &northern, &southern, &northern, &southern] {
            got.push(reviewed(&acme, seller).await.text("assignee_id"));
        }
        assert_eq!(got, [&people[1], &people[1], &people[0], &people[1], &people[0]].map(Clone::clone));
        let deal = acme.all(&format!("/v1/deals?partner_id={}", north.id)).await.remove(0);
        let refused = acme.moves(deal["id"].as_str().expect("an id"), "assign", json!({ "to": people[0], "reason": "Why not?" })).await;
        refused.invalid_at("/to");
        // Alone in the queue, whoever does not reach it leaves it waiting; one behind it that they reach is dealt out all the same.
        changes(&acme, &desk, json!({ "member_ids": [] })).await;
        let (stays, goes) = (reviewed(&acme, &northern).await, reviewed(&acme, &southern).await);
        changes(&acme, &desk, json!({ "member_ids": [people[0]] })).await;
        world.settle().await;
        assert_eq!(acme.deal(&stays.id()).await.body.get("assignee_id"), None);
        assert_eq!(acme.deal(&goes.id()).await.text("assignee_id"), people[0]);
        // And a change of reach brings it on.
        acme.delete(format!("/v1/people/{}/reach", people[0])).await.expect(204);
        world.settle().await;
        assert_eq!(acme.deal(&stays.id()).await.text("assignee_id"), people[0]);
    }

    async fn a_name_without_a_queue_is_an_open_pool_until_there_is_one(world) {
        let (acme, seller, _) = rivals(world).await;
        let early = queue(&acme, "desk", "pull", &[]).await;
        routes_to(&acme, "desk").await;
        // Rules from before there were queues.
        assert_eq!(world.sql("DELETE FROM queues").await, 1);
        acme.get(format!("/v1/queues/{}", early.id())).await.expect(404);
        let deal = reviewed(&acme, &seller).await;
        assert_eq!((deal.body.get("assignee_id"), deal.text("queue")), (None, "desk".into()));
        let people = deciders(&acme, 1).await;
        let kim = acme.sees_sign_in(&people[0], &["pwd"]).await;
        let shown = kim.get("/v1/queues/me").await.expect(200);
        assert_eq!((&shown["queues"], &shown["available"][0]["id"]), (&json!([]), &deal["id"]));
        queue(&acme, "desk", "round_robin", &people).await;
        world.settle().await;
        assert_eq!(acme.deal(&deal.id()).await.text("assignee_id"), people[0]);
    }

    async fn what_waits_for_me_is_what_i_have_and_what_i_may_take(world) {
        let (acme, seller, _) = rivals(world).await;
        let people = deciders(&acme, 2).await;
        queue(&acme, "desk", "pull", &people[..1]).await;
        queue(&acme, "theirs", "pull", &people[1..]).await;
        routes_to(&acme, "desk").await;
        let (one, two, three) = (reviewed(&acme, &seller).await, reviewed(&acme, &seller).await, reviewed(&acme, &seller).await);
        acme.moves(&three.id(), "assign", json!({ "to": "theirs", "reason": "Theirs." })).await.expect(200);
        let kim = acme.sees_sign_in(&people[0], &["pwd"]).await;
        let ids = |rows: &Value| rows.as_array().expect("rows").iter().map(|row| row["id"].clone()).collect::<Vec<_>>();
        let shown = kim.get("/v1/queues/me").await.expect(200);
        assert_eq!((ids(&shown["data"]), ids(&shown["available"])), (vec![], vec![one["id"].clone(), two["id"].clone()]));
        assert_eq!((&shown["queues"][0]["name"], &shown["queues"][0]["waiting"], &shown["queues"][0]["waiting_since"]),
            (&json!("desk"), &json!(2), &one["created_at"]));
        world.clock.advance(minutes(5));
        let kim = acme.sees_sign_in(&people[0], &["pwd"]).await;
        kim.moves(&two.id(), "take", json!(null)).await.expect(200);
        let shown = kim.get("/v1/queues/me").await.expect(200);
        assert_eq!((ids(&shown["data"]), ids(&shown["available"])), (vec![two["id"].clone()], vec![one["id"].clone()]));
        assert_eq!((&shown["data"][0]["waiting_since"], &shown["data"][0]["assigned_at"]), (&two["created_at"], &json!(world.now().to_rfc3339_opts(chrono::SecondsFormat::Secs, true))));
        kim.moves(&one.id(), "take", json!(null)).await.expect(200);
        let rows = kim.all("/v1/queues/me?limit=1").await;
        assert_eq!(rows.iter().map(|row| row["id"].clone()).collect::<Vec<_>>(), [one["id"].clone(), two["id"].clone()], "longest first");
        for deal in [&one, &two] {
            kim.moves(&deal.id(), "release", json!({ "reason": "Too many." })).await.expect(200);
        }
        let rows = kim.all("/v1/queues/me/available?limit=1").await;
        assert_eq!(rows.iter().map(|row| row["id"].clone()).collect::<Vec<_>>(), [one["id"].clone(), two["id"].clone()]);
        // Of what waits for nobody in particular, a key sees what anybody may take.
        assert!(ids(&acme.get("/v1/queues/me").await.expect(200)["available"]).is_empty());
    }

    async fn what_is_due_first_comes_first_and_what_no_clock_runs_for_last(world) {
        let (acme, seller, _) = rivals(world).await;
        let me = deciders(&acme, 1).await.remove(0);
        routes_to(&acme, &me).await;
        let mut ids = Vec::new();
        // The rules promise less and less time, and at last none.
        for hours in [None, Some(30), Some(20), Some(2), None] {
            let review = hours.map(|hours| json!({ "due_hours": hours }));
            acme.publishes(with(acme.rules().await, json!({ "review": review }))).await;
            let seller = seller.anew().await;
            ids.push(reviewed(&acme, &seller).await["id"].clone());
            world.clock.advance(minutes(1));
        }
        world.pass(hours(3)).await;
        let kim = acme.sees_sign_in(&me, &["pwd"]).await;
        let by_due = [3, 2, 1, 0, 4].map(|at| ids[at].clone());
        for limit in [1, 2, 3, 10] {
            let rows = kim.all(&format!("/v1/queues/me?sort=due_at&limit={limit}")).await;
            assert_eq!(rows.iter().map(|row| row["id"].clone()).collect::<Vec<_>>(), by_due, "{limit}");
            assert!(rows[0]["due_at"].is_string() && rows[4].get("due_at").is_none());
        }
        let rows = kim.all("/v1/queues/me?sort=waiting_since").await;
        assert_eq!(rows.iter().map(|row| row["id"].clone()).collect::<Vec<_>>(), ids, "longest first, as ever");
        let first = kim.get("/v1/queues/me?sort=due_at&limit=1").await.expect(200).text("next_cursor");
        kim.get(format!("/v1/queues/me?cursor={first}")).await.refused(400, "cursor.invalid");
    }

    async fn what_waits_out_of_reach_is_neither_shown_nor_counted(world) {
        let acme = world.vendor("Acme").await;
        let north = acme.adds_partner_like(json!({ "name": "Nordwind", "type": "reseller", "region": "North" })).await;
        let kim = acme.adds_colleague("channel_manager").await.id();
        queue(&acme, "desk", "pull", std::slice::from_ref(&kim)).await;
        routes_to(&acme, "desk").await;
        let deal = reviewed(&acme, &*north.person("sales").await).await;
        acme.put(format!("/v1/people/{kim}/reach"), json!({ "territories": [{ "region": "South" }] })).await.expect(200);
        let kims = acme.sees_sign_in(&kim, &["pwd"]).await;
        let shown = kims.get("/v1/queues/me").await.expect(200);
        assert_eq!((&shown["queues"][0]["waiting"], &shown["available"]), (&json!(0), &json!([])));
        kims.moves(&deal.id(), "take", json!(null)).await.refused(404, "not_found");
        kims.moves(&deal.id(), "escalate", json!(null)).await.refused(404, "not_found");
    }
}
