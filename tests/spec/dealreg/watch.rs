//! A customer that becomes free is offered to those who waited for it, in the order in which they asked.

use crate::prelude::*;

fn path(deal: &Reply) -> String {
    format!("/v1/deals/{}/watch", deal.id())
}

/// A vendor, the deal that holds Fabrikam, and two refused ones whose partners may wait.
async fn three(world: &World) -> (Vendor, Person, [Person; 2], Reply, [Reply; 2]) {
    let (acme, northwind, southridge) = rivals(world).await;
    let eastvale = acme.adds_partner("Eastvale").await.person("sales").await;
    let held = northwind.registers(resale("Fabrikam")).await;
    let (one, two) = (southridge.registers(resale("Fabrikam")).await, eastvale.registers(resale("Fabrikam GmbH")).await);
    assert_eq!((&one["status"], &two["status"]), (&json!("rejected"), &json!("rejected")));
    (acme, northwind, [southridge, eastvale], held, [one, two])
}

async fn state(acme: &Vendor, deal: &Reply) -> String {
    acme.get(path(deal)).await.expect(200).text("status")
}

async fn offers(acme: &Vendor) -> Vec<String> {
    let events = acme.all("/v1/events?type=deal.offered&limit=200").await;
    events.iter().map(|event| event["subject"]["id"].as_str().unwrap_or_default().to_owned()).collect()
}

spec! {
    async fn those_who_waited_are_offered_the_customer_one_after_the_other(world) {
        let (acme, northwind, [southridge, eastvale], held, [one, two]) = three(world).await;
        let first = southridge.post(path(&one), json!(null)).await.expect(201);
        assert_eq!(first.body, json!({ "deal_id": one.id(), "status": "waiting", "asked_at": "2026-11-20T12:00:00Z", "ahead": 0 }));
        world.clock.advance(minutes(1));
        assert_eq!(eastvale.post(path(&two), json!(null)).await.expect(201)["ahead"], 1);
        northwind.moves(&held.id(), "withdraw", json!(null)).await.expect(200);
        assert_eq!(offers(&acme).await, [one.id()]);
        let offered = southridge.get(path(&one)).await.expect(200);
        assert_eq!((&offered["status"], &offered["offered_until"]), (&json!("offered"), &json!("2026-11-23T12:01:00Z")));
        // Nobody else gets it meanwhile: not the next, not a stranger, not a person of the vendor.
        assert_ne!(eastvale.moves(&two.id(), "resubmit", json!(null)).await.expect(200)["status"], "approved");
        let stranger = acme.adds_partner("Westport").await.person("sales").await;
        assert_ne!(stranger.checks(resale("Fabrikam")).await["status"], "approved");
        let taken = southridge.moves(&one.id(), "resubmit", json!(null)).await.expect(200);
        assert_eq!(taken["status"], "approved", "{taken}");
        assert_eq!(state(&acme, &one).await, "taken");
    }

    async fn an_offer_that_is_not_taken_is_the_next_ones_and_at_last_everybodys(world) {
        let (acme, northwind, [southridge, eastvale], held, [one, two]) = three(world).await;
        acme.publishes(with(acme.rules().await, json!({ "offer_hours": 24 }))).await;
        southridge.post(path(&one), json!(null)).await.expect(201);
        world.clock.advance(minutes(1));
        eastvale.post(path(&two), json!(null)).await.expect(201);
        northwind.moves(&held.id(), "withdraw", json!(null)).await.expect(200);
        world.pass(hours(24)).await;
        assert_eq!((state(&acme, &one).await, state(&acme, &two).await), ("passed".into(), "offered".into()));
        assert_eq!(offers(&acme).await, [one.id(), two.id()]);
        let southridge = southridge.anew().await;
        assert_ne!(southridge.moves(&one.id(), "resubmit", json!(null)).await.expect(200)["status"], "approved", "its turn is over");
        world.pass(hours(24)).await;
        assert_eq!(state(&acme, &two).await, "passed");
        assert_eq!(acme.all("/v1/events?type=deal.offer_lapsed").await.len(), 2);
        assert_eq!(world.number("SELECT COUNT(*) FROM deal_claims").await, 0, "free for all");
        let stranger = acme.adds_partner("Westport").await.person("sales").await;
        assert_ne!(stranger.checks(resale("Fabrikam")).await["status"], "rejected");
    }

    async fn a_deal_that_is_released_or_expires_is_offered_too(world) {
        for (rules, count) in [(json!({ "progress": { "within_days": 30, "warn_days": [] } }), 30), (json!({}), 90)] {
            let (acme, _, [southridge, _], held, [one, _]) = three(world).await;
            acme.publishes(with(acme.rules().await, rules)).await;
            southridge.post(path(&one), json!(null)).await.expect(201);
            // The deal was approved before these rules were: it is looked at every week.
            world.pass(days(count)).await;
            assert_eq!(offers(&acme).await, [one.id()], "{}", acme.deal(&held.id()).await);
            assert_eq!(southridge.anew().await.moves(&one.id(), "resubmit", json!(null)).await.expect(200)["status"], "approved");
        }
    }

    async fn whoever_took_it_is_waited_for_in_turn(world) {
        let (acme, northwind, [southridge, eastvale], held, [one, two]) = three(world).await;
        southridge.post(path(&one), json!(null)).await.expect(201);
        world.clock.advance(minutes(1));
        eastvale.post(path(&two), json!(null)).await.expect(201);
        northwind.moves(&held.id(), "withdraw", json!(null)).await.expect(200);
        southridge.moves(&one.id(), "resubmit", json!(null)).await.expect(200);
        assert_eq!((state(&acme, &two).await, eastvale.get(path(&two)).await.expect(200)["ahead"].clone()), ("waiting".into(), json!(0)));
        world.pass(days(4)).await;
        assert_eq!(acme.deal(&one.id()).await["status"], "approved", "the end of the offer takes nothing from who took it");
        southridge.anew().await.moves(&one.id(), "withdraw", json!(null)).await.expect(200);
        assert_eq!(state(&acme, &two).await, "offered");
        assert_eq!(eastvale.anew().await.moves(&two.id(), "resubmit", json!(null)).await.expect(200)["status"], "approved");
    }

    async fn who_waits_no_more_gives_its_turn_to_the_next(world) {
        let (acme, northwind, [southridge, eastvale], held, [one, two]) = three(world).await;
        southridge.post(path(&one), json!(null)).await.expect(201);
        world.clock.advance(minutes(1));
        eastvale.post(path(&two), json!(null)).await.expect(201);
        northwind.moves(&held.id(), "withdraw", json!(null)).await.expect(200);
        southridge.delete(path(&one)).await.expect(204);
        southridge.get(path(&one)).await.refused(404, "not_found");
        assert_eq!(state(&acme, &two).await, "offered");
        eastvale.delete(path(&two)).await.expect(204);
        assert_eq!(world.number("SELECT COUNT(*) FROM deal_claims").await, 0);
        assert_eq!(world.number("SELECT COUNT(*) FROM timers WHERE kind = 'deal.offer'").await, 0);
    }

    async fn what_is_kept_for_a_partner_its_new_deal_takes_too(world) {
        let (acme, northwind, [southridge, _], held, [one, _]) = three(world).await;
        southridge.post(path(&one), json!(null)).await.expect(201);
        northwind.moves(&held.id(), "withdraw", json!(null)).await.expect(200);
        assert_eq!(southridge.registers(resale("Fabrikam")).await["status"], "approved");
        world.pass(days(3)).await;
        assert_eq!(state(&acme, &one).await, "passed");
    }

    async fn a_suspended_partner_is_passed_over_and_a_won_customer_is_nobodys(world) {
        let (acme, northwind, [southridge, eastvale], held, [one, two]) = three(world).await;
        southridge.post(path(&one), json!(null)).await.expect(201);
        world.clock.advance(minutes(1));
        eastvale.post(path(&two), json!(null)).await.expect(201);
        acme.post(format!("/v1/partners/{}/suspend", southridge.partner.id), json!({ "reason": "Overdue." })).await.expect(200);
        northwind.moves(&held.id(), "withdraw", json!(null)).await.expect(200);
        assert_eq!((state(&acme, &one).await, state(&acme, &two).await), ("closed".into(), "offered".into()));
        let (acme, _, [southridge, _], held, [one, _]) = three(world).await;
        southridge.post(path(&one), json!(null)).await.expect(201);
        acme.moves(&held.id(), "close", json!({ "outcome": "won" })).await.expect(200);
        assert_eq!((state(&acme, &one).await, offers(&acme).await.len()), ("closed".into(), 0));
    }

    async fn only_who_was_refused_for_it_waits(world) {
        let (acme, northwind, [southridge, _], held, [one, _]) = three(world).await;
        northwind.post(path(&held), json!(null)).await.refused(409, "deal.illegal_move");
        northwind.post(path(&one), json!(null)).await.refused(404, "not_found");
        northwind.get(path(&one)).await.refused(404, "not_found");
        southridge.get(path(&one)).await.refused(404, "not_found");
        southridge.delete(path(&one)).await.refused(404, "not_found");
        northwind.moves(&held.id(), "withdraw", json!(null)).await.expect(200);
        southridge.post(path(&one), json!(null)).await.refused(409, "deal.nothing_to_wait_for");
        world.vendor("Contoso").await.post(path(&one), json!(null)).await.refused(404, "not_found");
        assert_eq!(acme.all("/v1/events?type=deal.watched").await.len(), 0);
    }

    async fn asking_twice_keeps_the_place(world) {
        let (acme, _, [southridge, eastvale], _, [one, two]) = three(world).await;
        southridge.post(path(&one), json!(null)).await.expect(201);
        eastvale.post(path(&two), json!(null)).await.expect(201);
        world.clock.advance(hours(1));
        let again = southridge.anew().await.post(path(&one), json!(null)).await.expect(201);
        assert_eq!((&again["ahead"], &again["asked_at"]), (&json!(0), &json!("2026-11-20T12:00:00Z")));
        assert_eq!(acme.all("/v1/events?type=deal.watched").await.len(), 2);
    }

    async fn of_two_who_ask_and_come_at_once_one_gets_it(world [connections = 8]) {
        let (acme, northwind, [southridge, eastvale], held, [one, two]) = three(world).await;
        let (a, b) = tokio::join!(async { southridge.post(path(&one), json!(null)).await }, async { eastvale.post(path(&two), json!(null)).await });
        assert_eq!((a.status, b.status), (201, 201));
        northwind.moves(&held.id(), "withdraw", json!(null)).await.expect(200);
        assert_eq!(offers(&acme).await.len(), 1);
        let other = world.another_instance().await;
        let there = eastvale.at(&other);
        let (a, b) = tokio::join!(
            async { southridge.moves(&one.id(), "resubmit", json!(null)).await },
            async { there.moves(&two.id(), "resubmit", json!(null)).await }
        );
        let approved = [&a, &b].into_iter().filter(|answer| answer["status"] == "approved").count();
        assert_eq!(approved, 1, "{a}\n{b}");
        assert_eq!(world.number("SELECT COUNT(DISTINCT deal_id) FROM deal_claims").await, 1);
    }

    async fn nothing_that_a_watcher_reads_names_the_rival(world) {
        let acme = world.vendor("Acme").await;
        let canary = acme.adds_partner("Zaphirkontor").await.person("sales").await;
        let watcher = acme.adds_partner("Southridge").await.person("sales").await;
        let held = canary.registers(resale_to(json!({ "name": "Fabrikam Zebra Holding", "country": "DE", "domain": "fabrikam.example" }))).await;
        let one = watcher.registers(resale_to(json!({ "name": "Fabrikam", "country": "DE", "domain": "fabrikam.example" }))).await;
        let mut read = vec![one.body.clone(), watcher.post(path(&one), json!(null)).await.expect(201).body];
        canary.moves(&held.id(), "withdraw", json!(null)).await.expect(200);
        for path in ["watch", "decision", "timeline", "activities", "extensions", "progress"] {
            read.push(watcher.get(format!("/v1/deals/{}/{path}", one.id())).await.expect(200).body);
        }
        assert_eq!(read[2]["status"], "offered", "{}", read[2]);
        read.push(watcher.deal(&one.id()).await.body);
        read.push(watcher.moves(&one.id(), "resubmit", json!(null)).await.expect(200).body);
        read.push(watcher.get(path(&one)).await.expect(200).body);
        for text in read.iter().map(Value::to_string) {
            for name in ["Zaphirkontor", "Zebra", &held.id(), &canary.partner.id, &canary.id] {
                assert!(!text.contains(name), "{name}: {text}");
            }
        }
    }

    async fn whoever_waits_waits_for_the_one_that_a_dispute_gave_the_customer_to(world) {
        let (acme, _, [southridge, eastvale], held, [one, two]) = three(world).await;
        southridge.post(path(&one), json!(null)).await.expect(201);
        eastvale.post(path(&two), json!(null)).await.expect(201);
        let dispute = acme.post("/v1/disputes", json!({ "deal_id": one.id(), "against_deal_id": held.id(), "reason": "Theirs." })).await.expect(201).id();
        world.pass(days(6)).await;
        let decision = json!({ "outcome": "moves", "to": "A", "public_reason": "It was there first." });
        acme.post(format!("/v1/disputes/{dispute}/decide"), decision).await.expect(200);
        assert_eq!((state(&acme, &one).await, state(&acme, &two).await), ("taken".into(), "waiting".into()));
        assert_eq!(offers(&acme).await.len(), 0);
        southridge.anew().await.moves(&one.id(), "withdraw", json!(null)).await.expect(200);
        assert_eq!(offers(&acme).await, [two.id()], "it is free now, and was not before");
    }

    async fn a_deal_about_another_customer_waits_no_more(world) {
        let (acme, northwind, [southridge, eastvale], held, [one, two]) = three(world).await;
        southridge.post(path(&one), json!(null)).await.expect(201);
        world.clock.advance(minutes(1));
        eastvale.post(path(&two), json!(null)).await.expect(201);
        let other = json!({ "customer": { "name": "Contoso", "country": "DE" } });
        southridge.patch(format!("/v1/deals/{}", one.id()), other).if_match(acme.deal(&one.id()).await.etag()).await.expect(200);
        assert_eq!(state(&acme, &one).await, "closed");
        northwind.moves(&held.id(), "withdraw", json!(null)).await.expect(200);
        assert_eq!(offers(&acme).await, [two.id()]);
    }
}
