//! Help is asked for and answered.

use super::*;

spec! {
    async fn help_is_asked_for_answered_and_seen_by_both_sides(world) {
        let it = Together::in_(world).await;
        it.demos_are_the_engineers().await;
        let helps = it.seller.get("/v1/cosell-helps").await.expect(200);
        assert!(helps["data"].as_array().is_some_and(|helps| helps.iter().any(|help| help["name"] == "demo")), "{helps}");
        let (deal, request) = it.asks("Fabrikam", &["demo", "pricing"]).await;
        assert_eq!((&request["status"], &request["asked_by_side"], &request["customer_name"]), (&json!("requested"), &json!("partner"), &json!("Fabrikam")));
        assert_eq!(it.seller.deal(&deal).await["cosell_request_id"], json!(request.id()));
        // For the demonstration whom the rule names, for prices the channel manager, and who asked.
        let seen = it.sees(&request.id()).await;
        assert_eq!(active(&seen, "partner"), std::slice::from_ref(&it.seller.id));
        let mut vendors = vec![it.engineer.clone(), it.manager.clone()];
        vendors.sort();
        let mut found = active(&seen, "vendor");
        found.sort();
        assert_eq!(found, vendors);
        let by = |person: &str, one: &Reply| one["participants"].as_array().and_then(|all| all.iter().find(|one| one["person_id"] == person).cloned()).expect("a participant");
        assert_eq!((&by(&it.engineer, &seen)["helps"], &by(&it.engineer, &seen)["brought_in"]), (&json!(["demo"]), &json!({ "by": "rule", "rule": "demos" })));
        assert_eq!((&by(&it.manager, &seen)["helps"], &by(&it.manager, &seen)["brought_in"]["by"]), (&json!(["pricing"]), &json!("channel_manager")));
        // The partner sees who, and not why.
        assert_eq!((&by(&it.engineer, &request)["name"], by(&it.engineer, &request).get("brought_in")), (&json!("A colleague"), None));
        assert!(!String::from_utf8_lossy(&request.bytes).contains("demos"), "{request}");
        assert_eq!(request["available_actions"], json!(["cancel", "update", "add-participant", "remove-participant", "add-task"]));
        moves(&it.seller, &request.id(), "accept", json!(null)).await.refused(403, "cosell_request.other_side");
        let accepted = moves(&it.acme, &request.id(), "accept", json!({ "reason": "Ada shows it on Friday." })).await.expect(200);
        assert_eq!((&accepted["status"], &accepted["answer"]["sentence"]), (&json!("accepted"), &json!("Ada shows it on Friday.")));
        moves(&it.acme, &request.id(), "accept", json!(null)).await.refused(409, "cosell_request.illegal_move");
        moves(&it.seller, &request.id(), "start", json!(null)).await.expect(200);
        assert_eq!(told(&it.acme).await, ["requested", "accepted", "started"]);
        assert_eq!(it.acme.all(&format!("/v1/cosell-requests?participant={}&open=true", it.engineer)).await.len(), 1);
        assert!(it.other.all("/v1/cosell-requests").await.is_empty());
        it.other.get(format!("/v1/cosell-requests/{}", request.id())).await.refused(404, "not_found");
    }

    async fn a_deal_is_registered_with_a_request_and_has_one_open_at_most(world) {
        let it = Together::in_(world).await;
        let asks = |helps: Value| with(resale("Fabrikam"), json!({ "cosell": { "helps": helps, "needs": "They want to see it." } }));
        it.seller.post("/v1/deals", asks(json!(["no_such_help"]))).await.invalid_at("/cosell/helps/0");
        it.seller.post("/v1/deals", asks(json!(["demo", "demo"]))).await.invalid_at("/cosell/helps/1");
        it.seller.post("/v1/deals", asks(json!([]))).await.invalid_at("/cosell/helps");
        it.seller.post("/v1/deals", with(asks(json!(["demo"])), json!({ "draft": true }))).await.invalid_at("/cosell");
        it.seller.checks(asks(json!(["demo"]))).await;
        let deal = it.seller.registers(asks(json!(["demo"]))).await;
        let request = deal.text("cosell_request_id");
        assert_eq!(it.seller.get(format!("/v1/cosell-requests/{request}")).await.expect(200)["needs"], "They want to see it.");
        let again = || it.seller.post(format!("/v1/deals/{}/request-cosell", deal.id()), json!({ "helps": ["pricing"] }));
        again().await.refused(409, "cosell_request.open");
        moves(&it.acme, &request, "decline", json!({ "reason": "We have nobody there." })).await.expect(200);
        assert_eq!(again().await.expect(201)["status"], "requested");
        assert_eq!(it.seller.all(&format!("/v1/cosell-requests?deal_id={}", deal.id())).await.len(), 2);
        // What is refused at once is not helped with.
        let refused = it.other.registers(with(resale("Fabrikam"), json!({ "cosell": { "helps": ["demo"] } }))).await;
        assert_eq!((&refused["status"], refused.body.get("cosell_request_id")), (&json!("rejected"), None));
        it.other.post(format!("/v1/deals/{}/request-cosell", refused.id()), json!({ "helps": ["demo"] })).await.refused(409, "deal.illegal_move");
        it.other.post(format!("/v1/deals/{}/request-cosell", deal.id()), json!({ "helps": ["demo"] })).await.refused(404, "not_found");
    }

    async fn of_two_who_ask_at_once_one_does(world [connections = 8]) {
        let it = Together::in_(world).await;
        let deal = it.seller.registers(resale("Fabrikam")).await.id();
        let ask = |who: &Client| who.post(format!("/v1/deals/{deal}/request-cosell"), json!({ "helps": ["demo"] }));
        let calls = [ask(&it.seller), ask(&it.acme), ask(&it.seller), ask(&it.acme)].map(|call| async { call.await.status });
        let mut statuses = join_all(calls).await;
        statuses.sort_unstable();
        assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1, "{statuses:?}");
        assert_eq!(it.acme.all("/v1/cosell-requests?open=true").await.len(), 1);
    }

    async fn rules_answer_at_once_with_a_reason(world) {
        let it = Together::in_(world).await;
        let rule = |id: &str, when: &str, outcome: &str| json!({ "id": id, "when": when, "outcome": outcome, "code": id, "sentence": format!("By {id}.") });
        let rules = json!([rule("small", "deal.amount.amount < 100000", "reject"), rule("quick", "\"demo\" in request.helps && request.side == \"partner\"", "approve")]);
        it.publishes(json!({ "rules": rules })).await;
        let (_, accepted) = it.asks("Fabrikam", &["demo"]).await;
        assert_eq!((&accepted["status"], &accepted["answer"]["sentence"], accepted["answer"].get("rule")), (&json!("accepted"), &json!("By quick."), None));
        assert_eq!(it.sees(&accepted.id()).await["answer"]["rule"], "quick");
        let small = with(resale("Tailspin"), json!({ "amount": { "amount": 5_000, "currency": "EUR" }, "cosell": { "helps": ["demo"] } }));
        let deal = it.seller.registers(small).await;
        let declined = it.seller.get(format!("/v1/cosell-requests/{}", deal.text("cosell_request_id"))).await.expect(200);
        assert_eq!((&declined["status"], &declined["answer"]["sentence"]), (&json!("declined"), &json!("By small.")));
        assert!(active(&declined, "vendor").is_empty(), "nobody is brought in for nothing");
        let (_, asked) = it.asks("Litware", &["pricing"]).await;
        assert_eq!((&asked["status"], asked.body.get("answer")), (&json!("requested"), None));
    }

    async fn terms_that_name_nobody_or_do_not_compile_are_refused_and_partners_do_not_read_who_is_named(world) {
        let it = Together::in_(world).await;
        let mut rules = it.acme.rules().await;
        let set = |rules: &mut Value, to: &str, when: &str| rules["cosell"]["bring_in"] = json!([{ "id": "one", "when": when, "to": to }]);
        set(&mut rules, "desk", "help ==");
        it.acme.post("/v1/rules-of-engagement", rules.clone()).await.invalid_at("/cosell/bring_in/0/when");
        set(&mut rules, "desk", "conflicts == 1");
        it.acme.post("/v1/rules-of-engagement", rules.clone()).await.invalid_at("/cosell/bring_in/0/when");
        for nobody in ["desk", &it.seller.id] {
            set(&mut rules, nobody, "true");
            let draft = it.acme.drafts(rules.clone()).await;
            it.acme.post(format!("/v1/rules-of-engagement/{}/publish", draft.id()), json!(null)).await.invalid_at("/cosell/bring_in/0/to");
        }
        it.demos_are_the_engineers().await;
        let read = it.seller.get("/v1/rules-of-engagement/in-force").await.expect(200);
        assert!(read["engagement"]["cosell"]["helps"].is_array() && read["engagement"]["cosell"].get("bring_in").is_none(), "{read}");
        assert!(it.acme.rules().await["cosell"]["bring_in"].is_array());
    }

    async fn what_is_asked_can_be_changed_and_contact_with_the_customer_is_the_partners_to_say(world) {
        let it = Together::in_(world).await;
        let (_, request) = it.asks("Fabrikam", &["demo"]).await;
        let path = format!("/v1/cosell-requests/{}", request.id());
        it.acme.patch(&path, json!({ "customer_contact": "free" })).if_match(1).await.refused(403, "cosell_request.other_side");
        let changed = it.seller.patch(&path, json!({ "customer_contact": "never", "needs": "Soon.", "urgency": "urgent" })).if_match(1).await.expect(200);
        assert_eq!((&changed["customer_contact"], &changed["needs"], &changed["revision"]), (&json!("never"), &json!("Soon."), &json!(2)));
        it.acme.patch(&path, json!({ "needs": null })).if_match(1).await.refused(412, "revision.stale");
        moves(&it.seller, &request.id(), "cancel", json!({ "reason": "They cancelled." })).await.expect(200);
        it.seller.patch(&path, json!({ "needs": "x" })).if_match(3).await.refused(409, "cosell_request.illegal_move");
        assert_eq!(told(&it.acme).await, ["requested", "updated", "cancelled"]);
    }

    async fn an_answer_that_is_overdue_brings_in_somebody_else_and_what_waits_is_among_ones_work(world) {
        let it = Together::in_(world).await;
        it.publishes(json!({ "answer_hours": 16, "urgent_answer_hours": 4,
            "bring_in": [{ "id": "all", "when": "true", "to": it.engineer }] })).await;
        let (_, request) = it.asks("Fabrikam", &["demo"]).await;
        assert_eq!(active(&request, "vendor"), std::slice::from_ref(&it.engineer));
        let manager = it.acme.sees_sign_in(&it.manager, &["pwd"]).await;
        assert_eq!(manager.get("/v1/queues/me").await.expect(200)["cosell_requests"], json!([]));
        world.pass(hours(17)).await;
        let seen = it.sees(&request.id()).await;
        assert_eq!((&seen["overdue"], active(&seen, "vendor")), (&json!(true), vec![it.engineer.clone(), it.manager.clone()]));
        let manager = it.acme.sees_sign_in(&it.manager, &["pwd"]).await;
        assert_eq!(manager.get("/v1/queues/me").await.expect(200)["cosell_requests"][0]["id"], json!(request.id()));
        assert!(manager.all("/v1/notifications").await.iter().any(|one| one["template"] == "cosell_request.overdue"));
        assert_eq!(told(&it.acme).await, ["requested", "overdue", "participant_added"]);
        // It is said again until somebody answers.
        world.pass(days(3)).await;
        assert_eq!(told(&it.acme).await.iter().filter(|kind| *kind == "overdue").count(), 2);
        moves(&it.acme, &request.id(), "accept", json!(null)).await.expect(200);
        world.pass(days(10)).await;
        assert_eq!(told(&it.acme).await.iter().filter(|kind| *kind == "overdue").count(), 2);
    }
}
