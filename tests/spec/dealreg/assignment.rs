//! Who has a deal: assigned with a reason, taken, given back, escalated; and who may not keep it.

use super::queues::{deciders, queue, reviewed, routes_to};
use crate::prelude::*;
use kernel::steps::Occasion;

/// Take the step of an automation about this deal.
async fn step(acme: &Vendor, name: &str, deal: &str, with: Value) -> Result<Value, kernel::Problem> {
    let app = acme.world().app();
    let vendor: kernel::id::VendorId = acme.id.parse().expect("an id");
    let step = server::assemble::steps().into_iter().find(|step| step.name == name).expect("a step");
    let db = app.db().read_of(vendor).await?;
    let filter = kernel::log::Filter { types: vec!["deal.*".into()], subject: Some(deal.to_owned()) };
    let read = || kernel::log::read(app, &db, vendor, 0, &filter, 1);
    let (event, latest) = (read().await?.remove(0), read().await?.remove(0));
    drop(db);
    let occasion = Occasion { due_at: event.occurred_at, event, latest, automation: "a-test".into() };
    app.write(&kernel::Actor::system("automations", vendor), async |tx| (step.take)(tx, &occasion, &with).await).await
}

async fn deactivates(acme: &Vendor, person: &str) {
    let path = format!("/v1/people/{person}");
    let etag = acme.get(&path).await.expect(200).etag();
    acme.patch(&path, json!({ "status": "deactivated" })).if_match(etag).await.expect(200);
}

spec! {
    async fn a_deal_is_its_channel_managers_unless_a_rule_says_otherwise(world) {
        let acme = world.vendor("Acme").await;
        let people = deciders(&acme, 3).await;
        let northwind = acme.adds_partner_like(json!({ "name": "Northwind", "type": "reseller", "manager_id": people[0] })).await;
        let seller = northwind.person("sales").await;
        acme.reviews_large_deals().await;
        let deal = reviewed(&acme, &seller).await;
        assert_eq!((deal.text("assignee_id"), deal.text("channel_manager_id")), (people[0].clone(), people[0].clone()));
        assert_eq!((&deal["assignment"]["by"], &deal["decision"]["route"]["to"]), (&json!("channel_manager"), &json!(people[0])));
        assert_eq!(seller.deal(&deal.id()).await.text("channel_manager_id"), people[0], "whom a partner may talk to is no secret");
        let mut rules = acme.rules().await;
        rules["channel_managers"] = json!([{ "id": "dach", "when": "customer.country == \"DE\"", "to": people[1] }]);
        acme.publishes(rules.clone()).await;
        let deal = reviewed(&acme, &seller).await;
        assert_eq!((deal.text("assignee_id"), deal.text("channel_manager_id")), (people[1].clone(), people[1].clone()));
        let approved = seller.registers(resale("Fabrikam")).await;
        assert_eq!((approved.text("status"), approved.text("channel_manager_id")), ("approved".into(), people[1].clone()));
        rules["routing"] = json!([{ "id": "all", "when": "deal.amount.amount > 0", "to": people[2] }]);
        acme.publishes(rules).await;
        let deal = reviewed(&acme, &seller).await;
        assert_eq!((deal.text("assignee_id"), deal.text("channel_manager_id")), (people[2].clone(), people[1].clone()));
        assert_eq!((&deal["assignment"]["by"], &deal["assignment"]["rule"]), (&json!("rule"), &json!("all")));
    }

    async fn a_deal_is_assigned_with_a_reason_and_its_history_tells(world) {
        let (acme, seller, _) = rivals(world).await;
        let people = deciders(&acme, 2).await;
        queue(&acme, "desk", "round_robin", &people).await;
        routes_to(&acme, "desk").await;
        let deal = reviewed(&acme, &seller).await;
        assert_eq!(deal.text("assignee_id"), people[0]);
        let to = |to: &str| json!({ "to": to, "reason": "They know the customer." });
        let given = acme.moves(&deal.id(), "assign", to(&people[1])).if_match(deal.etag()).await.expect(200);
        assert_eq!((given.text("assignee_id"), &given["assignment"]["by"], &given["assignment"]["had"]), (people[1].clone(), &json!("hand"), &json!(people)));
        let told = acme.all("/v1/events?type=deal.assigned").await.pop().expect("an event");
        assert_eq!((&told["data"]["from"], &told["data"]["note"], &told["data"]["deal"]["assignee_id"]),
            (&json!(people[0]), &json!("They know the customer."), &json!(people[1])));
        assert_eq!(acme.moves(&deal.id(), "assign", to(&people[1])).await.expect(200)["revision"], given["revision"], "they have it already");
        acme.moves(&deal.id(), "assign", to(&people[1])).if_match(1).await.refused(412, "revision.stale");
        // To the queue: to somebody else there.
        assert_eq!(acme.moves(&deal.id(), "assign", to("desk")).await.expect(200).text("assignee_id"), people[0]);
        acme.moves(&deal.id(), "assign", to("nowhere")).await.invalid_at("/to");
        let finance = acme.adds_colleague("finance").await.id();
        let theirs = deciders(&world.vendor("Rival").await, 1).await.remove(0);
        for nobody in [&finance, &theirs, &seller.id] {
            acme.moves(&deal.id(), "assign", to(nobody)).await.invalid_at("/to");
        }
        acme.moves(&deal.id(), "assign", json!({ "to": people[1] })).await.invalid_at("/reason");
        acme.moves(&deal.id(), "approve", json!(null)).await.expect(200);
        let refused = acme.moves(&deal.id(), "assign", to(&people[1])).await.refused(409, "deal.illegal_move");
        assert_eq!(refused["legal_actions"], json!(["extend", "close", "withdraw"]));
    }

    async fn a_deal_is_taken_once(world [connections = 8]) {
        let (acme, seller, _) = rivals(world).await;
        let other = world.another_instance().await;
        let people = deciders(&acme, 4).await;
        queue(&acme, "desk", "pull", &people).await;
        routes_to(&acme, "desk").await;
        let deal = reviewed(&acme, &seller).await;
        assert!(deal["available_actions"].as_array().expect("actions").contains(&json!("take")));
        acme.moves(&deal.id(), "take", json!(null)).await.refused(403, "auth.not_a_person");
        let mut clients: Vec<Client> = Vec::new();
        for (at, person) in people.iter().enumerate() {
            let client = acme.sees_sign_in(person, &["pwd"]).await;
            clients.push(if at % 2 == 0 { (*client).clone() } else { client.at(&other) });
        }
        let took = join_all(clients.iter().map(|client| async { client.moves(&deal.id(), "take", json!(null)).await })).await;
        let won: Vec<_> = took.iter().filter(|reply| reply.status == 200).collect();
        assert_eq!(won.len(), 1);
        for lost in took.iter().filter(|reply| reply.status != 200) {
            lost.clone().refused(409, "deal.taken");
        }
        let now = acme.deal(&deal.id()).await;
        let at = people.iter().position(|person| *person == now.text("assignee_id")).expect("one of them");
        assert_eq!(clients[at].moves(&deal.id(), "take", json!(null)).await.expect(200)["revision"], now["revision"], "it is theirs");
        let actions = now["available_actions"].as_array().expect("actions").clone();
        assert!(actions.contains(&json!("release")) && !actions.contains(&json!("take")), "{actions:?}");
        assert_eq!(acme.all("/v1/events?type=deal.assigned").await.len(), 1);
        assert_eq!(clients[at].all("/v1/deals?assignee=me").await.len(), 1);
        assert!(clients[at].all("/v1/deals?assignee=none").await.is_empty());
        assert_eq!(acme.all("/v1/deals?queue=desk").await.len(), 1);
        assert!(acme.all("/v1/deals?queue=other").await.is_empty());
    }

    async fn what_is_given_back_is_not_dealt_to_the_same_again(world) {
        let (acme, seller, _) = rivals(world).await;
        let people = deciders(&acme, 2).await;
        queue(&acme, "desk", "round_robin", &people).await;
        routes_to(&acme, "desk").await;
        let deal = reviewed(&acme, &seller).await;
        let given = acme.moves(&deal.id(), "release", json!({ "reason": "My brother works there." })).await.expect(200);
        assert_eq!((given.text("assignee_id"), &given["assignment"]["gave_back"]), (people[1].clone(), &json!([people[0]])));
        let given = acme.moves(&deal.id(), "release", json!(null)).await.expect(200);
        assert_eq!((given.body.get("assignee_id"), &given["assignment"]["by"], given.text("queue")), (None, &json!("released"), "desk".into()));
        world.settle().await;
        assert_eq!(acme.deal(&deal.id()).await.body.get("assignee_id"), None, "neither gets it again");
        acme.moves(&deal.id(), "release", json!(null)).await.refused(409, "deal.illegal_move");
        // Another deal behind it is dealt out all the same.
        assert!(reviewed(&acme, &seller).await["assignee_id"].is_string());
        let told = acme.all("/v1/events?type=deal.queued").await;
        assert_eq!((told.len(), &told[0]["data"]["from"]), (1, &json!(people[1])));
    }

    async fn a_deal_is_escalated_to_the_next_in_line_and_never_to_one_twice(world) {
        let acme = world.vendor("Acme").await;
        let people = deciders(&acme, 3).await;
        let northwind = acme.adds_partner_like(json!({ "name": "Northwind", "type": "reseller", "manager_id": people[2] })).await;
        let admin = acme.adds_colleague("admin").await.id();
        acme.post("/v1/queues", json!({ "name": "desk", "dealing": "round_robin", "member_ids": [people[0]], "escalates_to": [people[0], people[1]] }))
            .await.expect(201);
        routes_to(&acme, "desk").await;
        let deal = reviewed(&acme, &*northwind.person("sales").await).await;
        for next in [&people[1], &people[2], &admin] {
            let now = acme.moves(&deal.id(), "escalate", json!({ "reason": "Nothing happens." })).await.expect(200);
            assert_eq!((&now.text("assignee_id"), &now["assignment"]["by"]), (next, &json!("escalation")));
        }
        acme.moves(&deal.id(), "escalate", json!(null)).await.refused(409, "deal.nobody_left");
        acme.moves(&deal.id(), "escalate", json!({ "to": people[0] })).await.refused(409, "deal.nobody_left");
        assert_eq!(acme.deal(&deal.id()).await.text("assignee_id"), admin);
        let told = acme.all("/v1/events?type=deal.escalated").await;
        let path: Vec<_> = told.iter().map(|event| (event["data"]["from"].clone(), event["data"]["deal"]["assignee_id"].clone())).collect();
        assert_eq!(path, [(json!(people[0]), json!(people[1])), (json!(people[1]), json!(people[2])), (json!(people[2]), json!(admin))]);
        // A new review begins anew.
        acme.moves(&deal.id(), "reject", json!({ "reason": "No." })).await.expect(200);
        acme.moves(&deal.id(), "resubmit", json!(null)).await.expect(200);
        assert_eq!(acme.deal(&deal.id()).await["assignment"]["had"], json!([people[0]]));
        assert_eq!(acme.moves(&deal.id(), "escalate", json!(null)).await.expect(200).text("assignee_id"), people[1]);
    }

    async fn automations_assign_and_escalate(world) {
        let (acme, seller, _) = rivals(world).await;
        let people = deciders(&acme, 2).await;
        let admin = acme.adds_colleague("admin").await.id();
        queue(&acme, "desk", "pull", &people).await;
        routes_to(&acme, "desk").await;
        let deal = reviewed(&acme, &seller).await;
        let done = step(&acme, "deal.assign", &deal.id(), json!({ "to": people[0], "reason": "By rule." })).await.expect("done");
        assert_eq!(done, json!({ "assignee_id": people[0], "queue": "desk" }));
        let done = step(&acme, "deal.escalate", &deal.id(), json!({})).await.expect("done");
        assert_eq!(done["assignee_id"], json!(admin));
        let told = acme.all("/v1/events?type=deal.escalated").await.remove(0);
        assert_eq!((&told["actor"]["type"], &told["actor"]["id"]), (&json!("system"), &json!("automations")));
        assert_eq!(step(&acme, "deal.escalate", &deal.id(), json!({ "to": people[1] })).await.expect("done")["assignee_id"], json!(people[1]));
        let refused = step(&acme, "deal.assign", &deal.id(), json!({ "to": "nowhere", "reason": "x" })).await.expect_err("refused");
        assert_eq!((refused.kind.status, refused.errors[0].pointer.as_str()), (422, "/to"));
        acme.moves(&deal.id(), "approve", json!(null)).await.expect(200);
        assert_eq!(step(&acme, "deal.escalate", &deal.id(), json!({})).await.expect_err("too late").kind.code, "deal.illegal_move");
    }

    async fn whoever_asked_gets_the_answer(world) {
        let (acme, seller, _) = rivals(world).await;
        let people = deciders(&acme, 2).await;
        queue(&acme, "desk", "round_robin", &people).await;
        routes_to(&acme, "desk").await;
        let (deal, other) = (reviewed(&acme, &seller).await, reviewed(&acme, &seller).await);
        for id in [deal.id(), other.id()] {
            acme.moves(&id, "request-information", json!({ "question": "Who decides there?" })).await.expect(200);
        }
        seller.moves(&deal.id(), "resubmit", json!(null)).await.expect(200);
        let back = acme.deal(&deal.id()).await;
        assert_eq!((back.text("assignee_id"), &back["assignment"]["by"]), (people[0].clone(), &json!("returned")));
        deactivates(&acme, &people[1]).await;
        seller.moves(&other.id(), "resubmit", json!(null)).await.expect(200);
        assert_eq!(acme.deal(&other.id()).await.text("assignee_id"), people[0], "not even before anybody has reacted");
    }

    async fn whoever_leaves_keeps_no_work(world) {
        let (acme, seller, _) = rivals(world).await;
        let people = deciders(&acme, 2).await;
        queue(&acme, "desk", "round_robin", &people).await;
        routes_to(&acme, "desk").await;
        let mut deals = Vec::new();
        for _ in 0..6 {
            deals.push(reviewed(&acme, &seller).await.id());
        }
        acme.moves(&deals[2], "request-information", json!({ "question": "Who?" })).await.expect(200);
        acme.moves(&deals[4], "approve", json!(null)).await.expect(200);
        deactivates(&acme, &people[0]).await;
        world.settle().await;
        for (at, deal) in deals.iter().enumerate() {
            let now = acme.deal(deal).await;
            let whose = if at == 4 { &people[0] } else { &people[1] };
            assert_eq!(&now.text("assignee_id"), whose, "{at}: what was decided stays as it was");
        }
        let moved = acme.all(&format!("/v1/deals/{}/timeline", deals[0])).await.pop().expect("a step");
        assert_eq!((&moved["type"], &moved["actor"]["id"]), (&json!("deal.assigned"), &json!("timer")));
        // The last one leaves as well: everything waits, and comes to whoever is let in again.
        deactivates(&acme, &people[1]).await;
        world.settle().await;
        assert_eq!(acme.all("/v1/deals?assignee=none&status=in_review").await.len(), 4);
        let path = format!("/v1/people/{}", people[0]);
        let etag = acme.get(&path).await.expect(200).etag();
        acme.patch(&path, json!({ "status": "active" })).if_match(etag).await.expect(200);
        world.settle().await;
        assert_eq!(acme.all(&format!("/v1/deals?assignee={}&status=in_review", people[0])).await.len(), 4);
    }

    async fn whoever_may_no_longer_decide_or_reach_keeps_no_work(world) {
        let acme = world.vendor("Acme").await;
        let north = acme.adds_partner_like(json!({ "name": "Nordwind", "type": "reseller", "region": "North" })).await;
        let people = deciders(&acme, 2).await;
        queue(&acme, "desk", "round_robin", &people).await;
        routes_to(&acme, "desk").await;
        let seller = north.person("sales").await;
        let deal = reviewed(&acme, &seller).await;
        assert_eq!(deal.text("assignee_id"), people[0]);
        acme.put(format!("/v1/people/{}/reach", people[0]), json!({ "territories": [{ "region": "North" }] })).await.expect(200);
        world.settle().await;
        assert_eq!(acme.deal(&deal.id()).await.text("assignee_id"), people[0]);
        north.is_changed(json!({ "region": "South" })).await;
        world.settle().await;
        assert_eq!(acme.deal(&deal.id()).await.text("assignee_id"), people[1], "the partner has moved out of reach");
        acme.delete(format!("/v1/people/{}/reach", people[0])).await.expect(204);
        let path = format!("/v1/people/{}", people[1]);
        let etag = acme.get(&path).await.expect(200).etag();
        acme.patch(&path, json!({ "role": "finance" })).if_match(etag).await.expect(200);
        world.settle().await;
        assert_eq!(acme.deal(&deal.id()).await.text("assignee_id"), people[0], "finance decides nothing");
        // A role of the vendor's own that loses the permission.
        let role = json!({ "name": "desk", "title": "Desk", "side": "vendor", "permissions": ["deals:read", "deals:decide"] });
        acme.post("/v1/roles", role).await.expect(201);
        let etag = acme.get(&path).await.expect(200).etag();
        acme.patch(&path, json!({ "role": "desk" })).if_match(etag).await.expect(200);
        acme.moves(&deal.id(), "assign", json!({ "to": people[1], "reason": "Again." })).await.expect(200);
        acme.patch("/v1/roles/desk", json!({ "permissions": ["deals:read"] })).if_match(1).await.expect(200);
        world.settle().await;
        assert_eq!(acme.deal(&deal.id()).await.text("assignee_id"), people[0]);
    }

    async fn whoever_is_erased_is_in_no_queue(world) {
        let (acme, seller, _) = rivals(world).await;
        let people = deciders(&acme, 2).await;
        let desk = queue(&acme, "desk", "round_robin", &people).await;
        routes_to(&acme, "desk").await;
        let deal = reviewed(&acme, &seller).await;
        acme.post(format!("/v1/people/{}/erase", people[0]), json!(null)).await.expect(202);
        world.settle().await;
        assert_eq!(acme.get(format!("/v1/queues/{}", desk.id())).await.expect(200)["member_ids"], json!([people[1]]));
        assert_eq!(acme.deal(&deal.id()).await.text("assignee_id"), people[1]);
    }
}
