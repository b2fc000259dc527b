//! More time: asked for, granted or refused by rule or by hand, within limits.

use crate::prelude::*;

fn rule(id: &str, when: &str, outcome: &str) -> Value {
    json!({ "id": id, "when": when, "outcome": outcome, "code": id, "sentence": format!("By {id}.") })
}

async fn publishes(acme: &Vendor, rules: &[Value]) {
    acme.publishes(with(acme.rules().await, json!({ "extension_rules": rules }))).await;
}

fn ask(reader: &Client, deal: &str) -> Call {
    reader.moves(deal, "request-extension", json!({ "reason": "Their budget is decided in January." }))
}

async fn told(acme: &Vendor) -> Vec<String> {
    let events = acme.all("/v1/events?type=deal.*&limit=200").await;
    events.iter().filter_map(|event| event["type"].as_str()).filter(|kind| kind.contains("exten")).map(str::to_owned).collect()
}

spec! {
    async fn a_person_grants_what_no_rule_answers(world) {
        let (acme, seller, _) = rivals(world).await;
        let deal = seller.registers(resale("Fabrikam")).await;
        let asked = ask(&seller, &deal.id()).await.expect(201);
        assert_eq!((&asked["status"], &asked["days"], &asked["available_actions"]), (&json!("open"), &json!(30), &json!([])));
        ask(&seller, &deal.id()).await.refused(409, "deal.extension_open");
        seller.moves(&deal.id(), "grant-extension", json!(null)).await.refused(403, "auth.forbidden");
        let listed = acme.all(&format!("/v1/deals/{}/extensions", deal.id())).await;
        assert_eq!(listed[0]["available_actions"], json!(["decline-extension", "grant-extension"]));
        let granted = acme.moves(&deal.id(), "grant-extension", json!({ "days": 14, "reason": "Until their board has met." })).await.expect(200);
        assert_eq!((&granted["status"], &granted["days"], &granted["sentence"]), (&json!("granted"), &json!(14), &json!("Until their board has met.")));
        let now = seller.deal(&deal.id()).await;
        assert_eq!((&now["protected_until"], &now["extensions"]), (&json!("2027-03-04T12:00:00Z"), &json!(1)));
        acme.moves(&deal.id(), "grant-extension", json!(null)).await.refused(409, "deal.extension_not_open");
        assert_eq!(told(&acme).await, ["deal.extension_requested", "deal.extended", "deal.extension_granted"]);
        assert_eq!(seller.all(&format!("/v1/deals/{}/extensions", deal.id())).await[0]["status"], "granted");
    }

    async fn a_person_declines_with_a_reason_and_it_may_be_asked_again(world) {
        let (acme, seller, _) = rivals(world).await;
        let deal = seller.registers(resale("Fabrikam")).await;
        ask(&seller, &deal.id()).await.expect(201);
        acme.moves(&deal.id(), "decline-extension", json!({})).await.invalid_at("/reason");
        let declined = acme.moves(&deal.id(), "decline-extension", json!({ "reason": "No step since summer." })).await.expect(200);
        assert_eq!((&declined["status"], &declined["sentence"]), (&json!("declined"), &json!("No step since summer.")));
        assert_eq!(seller.deal(&deal.id()).await["extensions"], 0);
        acme.moves(&deal.id(), "decline-extension", json!({ "reason": "Again." })).await.refused(409, "deal.extension_not_open");
        assert_eq!(ask(&seller, &deal.id()).await.expect(201)["status"], "open");
    }

    async fn rules_answer_at_once_from_what_was_done(world) {
        let (acme, seller, _) = rivals(world).await;
        publishes(&acme, &[
            rule("none-twice", "deal.extensions > 0", "reject"),
            rule("at-work", "progress.activities >= 2 && progress.days_since < 14 && partner.name == 'Northwind'", "approve"),
            rule("broken", "customer.domain < 5 && deal.days_left < 0", "approve"),
        ]).await;
        let deal = seller.registers(resale("Fabrikam")).await;
        assert_eq!(ask(&seller, &deal.id()).await.expect(201)["status"], "open", "nothing was done yet");
        acme.moves(&deal.id(), "decline-extension", json!({ "reason": "Show us something." })).await.expect(200);
        for day in ["2026-11-18", "2026-11-19"] {
            seller.post(format!("/v1/deals/{}/activities", deal.id()), json!({ "kind": "call", "on": day })).await.expect(201);
        }
        let granted = ask(&seller, &deal.id()).await.expect(201);
        assert_eq!((&granted["status"], &granted["rule"], &granted["sentence"]), (&json!("granted"), &json!("at-work"), &json!("By at-work.")));
        assert_eq!(seller.deal(&deal.id()).await["protected_until"], "2027-03-20T12:00:00Z");
        let refused = ask(&seller, &deal.id()).await.expect(201);
        assert_eq!((&refused["status"], &refused["code"]), (&json!("declined"), &json!("none-twice")));
        assert_eq!(told(&acme).await, ["deal.extension_requested", "deal.extension_declined", "deal.extended", "deal.extension_granted", "deal.extension_declined"]);
    }

    async fn more_days_than_rules_give_only_a_person_grants(world) {
        let (acme, seller, _) = rivals(world).await;
        publishes(&acme, &[rule("all", "true", "approve")]).await;
        let deal = seller.registers(resale("Fabrikam")).await;
        let asked = seller.moves(&deal.id(), "request-extension", json!({ "reason": "A long tender.", "days": 200 })).await.expect(201);
        assert_eq!((&asked["status"], &asked["code"]), (&json!("open"), &json!("more_than_rules_give")));
        acme.moves(&deal.id(), "grant-extension", json!(null)).await.expect(200);
        assert_eq!(acme.deal(&deal.id()).await["protected_until"], "2027-09-06T12:00:00Z");
    }

    async fn the_limit_holds_whoever_asks_and_whoever_grants(world) {
        let (acme, seller, _) = rivals(world).await;
        publishes(&acme, &[rule("all", "true", "approve")]).await;
        let deal = seller.registers(resale("Fabrikam")).await;
        for _ in 0..2 {
            assert_eq!(ask(&seller, &deal.id()).await.expect(201)["status"], "granted");
        }
        ask(&seller, &deal.id()).await.refused(409, "deal.no_extension");
        acme.moves(&deal.id(), "extend", json!(null)).await.refused(409, "deal.no_extension");
    }

    async fn where_rules_answer_partners_do_not_extend_around_them(world) {
        let (acme, seller, _) = rivals(world).await;
        publishes(&acme, &[rule("busy", "progress.activities > 0", "approve")]).await;
        let deal = seller.registers(resale("Fabrikam")).await;
        seller.moves(&deal.id(), "extend", json!(null)).await.refused(409, "deal.extension_on_request");
        seller.post(format!("/v1/deals/{}/activities", deal.id()), json!({ "kind": "call", "on": "2026-11-20" })).await.expect(201);
        seller.moves(&deal.id(), "extend", json!(null)).await.expect(200);
        acme.moves(&deal.id(), "extend", json!(null)).await.expect(200);
    }

    async fn a_request_that_nobody_answered_lapses_with_protection(world) {
        let (acme, seller, _) = rivals(world).await;
        let deal = seller.registers(resale("Fabrikam")).await;
        ask(&seller, &deal.id()).await.expect(201);
        world.pass(days(90)).await;
        assert_eq!(acme.deal(&deal.id()).await["status"], "expired");
        assert_eq!(acme.all(&format!("/v1/deals/{}/extensions", deal.id())).await[0]["status"], "lapsed");
        acme.moves(&deal.id(), "grant-extension", json!(null)).await.refused(409, "deal.illegal_move");
        ask(&*seller.anew().await, &deal.id()).await.refused(409, "deal.illegal_move");
    }

    async fn an_extension_by_hand_answers_the_request_too_and_restarts_the_clock_of_progress(world) {
        let (acme, seller, _) = rivals(world).await;
        acme.publishes(with(acme.rules().await, json!({ "progress": { "within_days": 30, "warn_days": [7] } }))).await;
        let deal = seller.registers(resale("Fabrikam")).await;
        ask(&seller, &deal.id()).await.expect(201);
        world.pass(days(10)).await;
        acme.moves(&deal.id(), "extend", json!(null)).await.expect(200);
        assert_eq!(acme.all(&format!("/v1/deals/{}/extensions", deal.id())).await[0]["status"], "granted");
        let progress = acme.get(format!("/v1/deals/{}/progress", deal.id())).await.expect(200);
        assert_eq!((&progress["kind"], &progress["released_at"]), (&json!("extension"), &json!("2026-12-30T12:00:00Z")));
    }

    async fn whoever_is_first_an_extension_or_the_release_the_other_finds_it_done(world [connections = 8]) {
        let (acme, seller, _) = rivals(world).await;
        acme.publishes(with(acme.rules().await, json!({ "progress": { "within_days": 30, "warn_days": [] } }))).await;
        let mut deals = Vec::new();
        for name in ["Fabrikam", "Tailspin", "Wingtip", "Proseware", "Litware"] {
            let deal = seller.registers(resale(name)).await;
            ask(&seller, &deal.id()).await.expect(201);
            deals.push(deal.id());
        }
        world.clock.advance(days(30));
        let grants = deals.iter().map(|deal| async { acme.moves(deal, "grant-extension", json!(null)).await });
        let (granted, ()) = tokio::join!(join_all(grants), world.settle());
        for (deal, answer) in deals.iter().zip(granted) {
            world.settle().await;
            let now = acme.deal(deal).await;
            let requests = acme.all(&format!("/v1/deals/{deal}/extensions")).await;
            match now["status"].as_str() {
                Some("approved") => assert_eq!((answer.status, &requests[0]["status"]), (200, &json!("granted")), "{answer}"),
                Some("released") => assert!(answer.status >= 400 && requests[0]["status"] == "lapsed", "{answer}"),
                _ => panic!("{now}"),
            }
        }
    }

    async fn of_many_who_ask_at_once_one_request_is_open(world [connections = 8]) {
        let (acme, seller, _) = rivals(world).await;
        let deal = seller.registers(resale("Fabrikam")).await;
        let answers = join_all((0..8).map(|_| async { ask(&seller, &deal.id()).await })).await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1);
        assert!(answers.iter().all(|answer| answer.status == 201 || answer["code"] == "deal.extension_open"));
        assert_eq!(acme.all(&format!("/v1/deals/{}/extensions", deal.id())).await.len(), 1);
    }

    async fn hostile_requests_are_refused(world) {
        let (acme, seller, rival) = rivals(world).await;
        let deal = seller.registers(resale("Fabrikam")).await;
        let send = |body: Value| seller.moves(&deal.id(), "request-extension", body);
        send(json!({})).await.invalid_at("/reason");
        send(json!({ "reason": "   " })).await.invalid_at("/reason");
        send(json!({ "reason": "x".repeat(2_001) })).await.invalid_at("/reason");
        for days in [0, -1, 731] {
            send(json!({ "reason": "More.", "days": days })).await.invalid_at("/days");
        }
        send(json!({ "reason": "More." })).if_match(9).await.refused(412, "revision.stale");
        ask(&rival, &deal.id()).await.refused(404, "not_found");
        rival.get(format!("/v1/deals/{}/extensions", deal.id())).await.refused(404, "not_found");
        let rules = with(acme.rules().await, json!({ "extension_rules": [rule("odd", "conflicts.exists(c, true)", "approve")] }));
        acme.post("/v1/rules-of-engagement", rules).await.invalid_at("/extension_rules/0/when");
        ask(world.vendor("Contoso").await.client(), &deal.id()).await.refused(404, "not_found");
    }
}
