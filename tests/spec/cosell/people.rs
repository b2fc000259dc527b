//! Who takes part: by cover, by hand, and instead of whoever leaves.

use super::*;

async fn away(it: &Together, person: &str, cover: Option<&str>, hand_over: bool) {
    let now = it.acme.world().now();
    let body = json!({ "begins_at": now, "ends_at": now + days(7), "cover_id": cover, "hand_over": hand_over });
    it.acme.post(format!("/v1/people/{person}/absences"), body).await.expect(201);
    it.acme.world().settle().await;
}

async fn deactivates(it: &Together, person: &str) {
    let path = format!("/v1/people/{person}");
    let etag = it.acme.get(&path).await.expect(200).etag();
    it.acme.patch(&path, json!({ "status": "deactivated" })).if_match(etag).await.expect(200);
    it.acme.world().settle().await;
}

spec! {
    async fn whoever_is_away_is_covered_or_the_manager_comes_in(world) {
        let it = Together::in_(world).await;
        it.demos_are_the_engineers().await;
        let cover = it.acme.adds_colleague("finance").await.id();
        away(&it, &it.engineer, Some(&cover), false).await;
        let (_, request) = it.asks("Fabrikam", &["demo"]).await;
        let seen = it.sees(&request.id()).await;
        assert_eq!(active(&seen, "vendor"), std::slice::from_ref(&cover));
        let covers = seen["participants"].as_array().and_then(|all| all.iter().find(|one| one["person_id"] == cover.as_str()).cloned()).expect("cover");
        assert_eq!((&covers["brought_in"]["by"], &covers["brought_in"]["cover_for"]), (&json!("cover"), &json!(it.engineer)));
        away(&it, &cover, None, false).await;
        let (_, request) = it.asks("Tailspin", &["demo"]).await;
        assert_eq!(active(&it.sees(&request.id()).await, "vendor"), std::slice::from_ref(&it.manager));
    }

    async fn a_queue_that_a_rule_names_deals_out_in_turn(world) {
        let it = Together::in_(world).await;
        let (one, two) = (it.acme.adds_colleague("channel_manager").await.id(), it.acme.adds_colleague("channel_manager").await.id());
        it.acme.post("/v1/queues", json!({ "name": "desk", "dealing": "round_robin", "member_ids": [one, two] })).await.expect(201);
        it.publishes(json!({ "bring_in": [{ "id": "desk", "when": "true", "to": "desk" }] })).await;
        let mut found = Vec::new();
        for customer in ["Fabrikam", "Tailspin"] {
            let (_, request) = it.asks(customer, &["demo"]).await;
            found.extend(active(&it.sees(&request.id()).await, "vendor"));
        }
        found.sort();
        let mut both = vec![one, two];
        both.sort();
        assert_eq!(found, both);
    }

    async fn people_are_brought_in_and_let_out_by_hand_each_side_its_own(world) {
        let it = Together::in_(world).await;
        let (_, id) = it.agrees("Fabrikam", &["demo"]).await;
        let mate = it.seller.partner.person("engineer").await;
        let add = |who: &Client, person: &str| moves(who, &id, "add-participant", json!({ "person_id": person, "reason": "Knows them." }));
        let out = |who: &Client, person: &str| moves(who, &id, "remove-participant", json!({ "person_id": person, "reason": "Elsewhere now." }));
        add(&it.seller, &it.engineer).await.invalid_at("/person_id");
        add(&it.seller, &it.other.id).await.invalid_at("/person_id");
        let marketing = it.acme.adds_colleague("marketing").await.id();
        add(&it.acme, &marketing).await.invalid_at("/person_id");
        moves(&it.acme, &id, "add-participant", json!({ "person_id": it.engineer, "helps": ["pricing"], "reason": "x" })).await.invalid_at("/helps/0");
        add(&it.seller, &mate.id).await.expect(200);
        let with_engineer = add(&it.acme, &it.engineer).await.expect(200);
        assert_eq!(active(&with_engineer, "partner"), [it.seller.id.clone(), mate.id.clone()]);
        out(&it.seller, &it.engineer).await.refused(403, "cosell_request.other_side");
        out(&it.seller, &it.other.id).await.invalid_at("/person_id");
        let without = out(&it.acme, &it.engineer).await.expect(200);
        assert!(!active(&without, "vendor").contains(&it.engineer), "{without}");
        out(&it.acme, &it.engineer).await.invalid_at("/person_id");
        // A partner's engineer works on it as well.
        moves(&mate, &id, "start", json!(null)).await.expect(200);
        assert_eq!(told(&it.acme).await, ["requested", "accepted", "participant_added", "participant_added", "participant_left", "started"]);
    }

    async fn whoever_leaves_or_loses_access_is_replaced_and_their_steps_go_on(world) {
        let it = Together::in_(world).await;
        it.demos_are_the_engineers().await;
        let (_, id) = it.agrees("Fabrikam", &["demo"]).await;
        let task = it.acme.post(format!("/v1/cosell-requests/{id}/tasks"), json!({ "title": "Show it", "owner_id": it.engineer })).await.expect(201).id();
        deactivates(&it, &it.engineer).await;
        let seen = it.sees(&id).await;
        assert_eq!(active(&seen, "vendor"), std::slice::from_ref(&it.manager));
        let manager = seen["participants"].as_array().and_then(|all| all.iter().find(|one| one["person_id"] == it.manager.as_str()).cloned()).expect("the manager");
        assert_eq!((&manager["helps"], &manager["brought_in"]["replaces"]), (&json!(["demo"]), &json!(it.engineer)));
        assert_eq!(it.acme.get(format!("/v1/cosell-tasks/{task}")).await.expect(200)["owner_id"], json!(it.manager));
        // The manager goes too: somebody who may and is there takes part then.
        let last = it.acme.adds_colleague("admin").await.id();
        let etag = it.acme.get(format!("/v1/people/{}", it.manager)).await.expect(200).etag();
        it.acme.patch(format!("/v1/people/{}", it.manager), json!({ "role": "marketing" })).if_match(etag).await.expect(200);
        world.settle().await;
        assert_eq!(active(&it.sees(&id).await, "vendor"), [last]);
        // A partner's person who leaves is out, and the request goes on.
        deactivates(&it, &it.seller.id).await;
        let seen = it.sees(&id).await;
        assert!(active(&seen, "partner").is_empty() && seen["status"] == "accepted", "{seen}");
    }

    async fn whoever_goes_away_and_hands_over_is_replaced(world) {
        let it = Together::in_(world).await;
        it.demos_are_the_engineers().await;
        let cover = it.acme.adds_colleague("finance").await.id();
        let (_, id) = it.agrees("Fabrikam", &["demo"]).await;
        away(&it, &it.engineer, Some(&cover), true).await;
        assert_eq!(active(&it.sees(&id).await, "vendor"), [cover]);
    }

    async fn somebody_with_a_narrowed_reach_is_brought_in_only_where_they_reach(world) {
        let it = Together::in_(world).await;
        it.demos_are_the_engineers().await;
        it.acme.put(format!("/v1/people/{}/reach", it.engineer), json!({ "partner_ids": [it.other.partner.id] })).await.expect(200);
        let (_, request) = it.asks("Fabrikam", &["demo"]).await;
        assert_eq!(active(&it.sees(&request.id()).await, "vendor"), std::slice::from_ref(&it.manager));
        let engineer = it.acme.sees_sign_in(&it.engineer, &["pwd"]).await;
        engineer.get(format!("/v1/cosell-requests/{}", request.id())).await.refused(404, "not_found");
        assert!(engineer.all("/v1/cosell-requests").await.is_empty());
    }
}
