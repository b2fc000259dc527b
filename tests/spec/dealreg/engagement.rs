//! The rules of engagement: what partners read is what the machine enforces.

use crate::prelude::*;
use tokio::sync::mpsc::UnboundedReceiver;

/// Rules with these in front of the standard ones.
async fn rules_with(acme: &Vendor, rules: &[(&str, &str, &str)]) -> Value {
    let mut engagement = acme.rules().await;
    let rule =
        |(id, when, outcome): &(&str, &str, &str)| json!({ "id": id, "when": when, "outcome": outcome, "code": id, "sentence": format!("By {id}.") });
    let standard = engagement["rules"].as_array().expect("rules").clone();
    engagement["rules"] = rules.iter().map(rule).chain(standard).collect();
    engagement
}

fn path(version: &Reply) -> String {
    format!("/v1/rules-of-engagement/{}", version.id())
}

/// What an instance tells its caches from now on.
fn told(instance: &Instance) -> UnboundedReceiver<String> {
    let (tell, told) = tokio::sync::mpsc::unbounded_channel();
    instance.app.watch(move |_, kind, _| _ = tell.send(kind.to_owned()));
    told
}

async fn hears(told: &mut UnboundedReceiver<String>, wanted: &str) {
    while told.recv().await.expect("the instance runs") != wanted {}
}

spec! {
    async fn the_standard_rules_hold_until_the_vendor_publishes_its_own(world) {
        let (acme, seller, _) = rivals(world).await;
        for reader in [acme.client(), &*seller] {
            let standard = reader.get("/v1/rules-of-engagement/in-force").await.expect(200);
            assert_eq!((&standard["version"], &standard["engagement"]["title"]), (&json!(0), &json!("Standard rules of engagement")));
        }
        assert!(acme.all("/v1/rules-of-engagement").await.is_empty());
        acme.publishes(with(acme.rules().await, json!({ "title": "Ours" }))).await;
        let ours = seller.get("/v1/rules-of-engagement/in-force").await.expect(200);
        assert_eq!((&ours["version"], &ours["engagement"]["title"]), (&json!(1), &json!("Ours")));
    }

    async fn a_draft_is_changed_until_it_is_published_and_never_after(world) {
        let acme = world.vendor("Acme").await;
        let draft = acme.drafts(acme.rules().await).await;
        assert_eq!((&draft["version"], &draft["status"], draft.etag().as_str()), (&json!(1), &json!("draft"), "\"1\""));
        assert_eq!(draft["available_actions"], json!(["publish", "simulate", "update"]));
        acme.patch(path(&draft), json!({ "title": "EMEA" })).await.refused(428, "revision.required");
        acme.patch(path(&draft), json!({ "title": "EMEA" })).if_match(7).await.refused(412, "revision.stale");
        let changed = acme.patch(path(&draft), json!({ "title": "EMEA", "routing": [] })).if_match(1).await.expect(200);
        assert_eq!((&changed["engagement"]["title"], &changed["revision"]), (&json!("EMEA"), &json!(2)));
        assert_eq!(acme.get(path(&draft)).await.expect(200).body, changed.body);
        acme.post(format!("{}/publish", path(&draft)), json!(null)).if_match(1).await.refused(412, "revision.stale");
        let published = acme.post(format!("{}/publish", path(&draft)), json!(null)).if_match(2).await.expect(200);
        assert_eq!((&published["status"], &published["effective_at"]), (&json!("published"), &json!("2026-11-20T12:00:00Z")));
        assert_eq!(published["available_actions"], json!(["simulate"]));
        acme.patch(path(&draft), json!({ "title": "APAC" })).if_match(3).await.refused(409, "rules.published");
        acme.post(format!("{}/publish", path(&draft)), json!(null)).await.refused(409, "rules.published");
        let told = acme.all("/v1/events?type=rules_of_engagement.*").await;
        let told: Vec<_> = told.iter().map(|event| event["type"].as_str().unwrap_or_default()).collect();
        assert_eq!(told, ["rules_of_engagement.drafted", "rules_of_engagement.updated", "rules_of_engagement.published"]);
    }

    async fn rules_for_a_date_decide_from_that_instant_on(world) {
        let (acme, seller, _) = rivals(world).await;
        let strict = acme.drafts(rules_with(&acme, &[("all", "true", "review")]).await).await;
        let publish = |at: &str| acme.post(format!("{}/publish", path(&strict)), json!({ "effective_at": at }));
        publish("2026-11-20T11:59:59Z").await.refused(422, "rules.past");
        publish("tomorrow").await.invalid_at("/effective_at");
        publish("2026-11-20T12:10:00Z").await.expect(200);
        world.clock.advance(minutes(10) - chrono::Duration::microseconds(1));
        assert_eq!(seller.registers(resale("Fabrikam")).await["status"], "approved");
        world.clock.advance(chrono::Duration::microseconds(1));
        let deal = seller.registers(resale("Tailspin")).await;
        assert_eq!((&deal["status"], &deal["decision"]["rules_version"]), (&json!("in_review"), &json!(1)));
        assert_eq!(seller.get("/v1/rules-of-engagement/in-force").await.expect(200)["version"], 1);
    }

    async fn a_decision_keeps_the_version_that_made_it(world) {
        let (acme, seller, _) = rivals(world).await;
        let mut deals = Vec::new();
        for name in ["Fabrikam", "Tailspin", "Wingtip"] {
            deals.push(seller.registers(resale(name)).await);
            acme.publishes(rules_with(&acme, &[]).await).await;
        }
        for (version, deal) in deals.iter().enumerate() {
            assert_eq!(acme.deal(&deal.id()).await["decision"]["rules_version"], version);
        }
    }

    async fn the_first_rule_that_holds_decides(world) {
        let (acme, seller, _) = rivals(world).await;
        let rules = rules_with(&acme, &[
            ("embargo", "customer.country in ['KP', 'SY']", "reject"),
            ("trusted", "partner.name == 'Northwind' && deal.amount.currency == 'EUR'", "approve"),
            ("soon", "deal.days_to_close < 30", "review"),
        ]).await;
        acme.publishes(rules).await;
        let answer = async |deal: Value| {
            let deal = seller.registers(deal).await;
            (deal["status"].as_str().unwrap_or_default().to_owned(), codes(&deal)[0].clone())
        };
        let dollars = json!({ "amount": { "amount": 1, "currency": "USD" } });
        assert_eq!(answer(resale_to(json!({ "name": "Fabrikam", "country": "KP" }))).await, ("rejected".into(), "embargo".into()));
        assert_eq!(answer(with(resale("Tailspin"), json!({ "expected_close": "2026-12-01" }))).await, ("approved".into(), "trusted".into()));
        assert_eq!(answer(with(with(resale("Wingtip"), dollars.clone()), json!({ "expected_close": "2026-12-01" }))).await, ("in_review".into(), "soon".into()));
        assert_eq!(answer(with(resale("Proseware"), dollars)).await, ("approved".into(), "no_objection".into()));
    }

    async fn no_rule_approves_what_another_deal_holds(world) {
        let (acme, northwind, southridge) = rivals(world).await;
        acme.publishes(with(rules_with(&acme, &[("everything", "true", "approve")]).await, json!({ "title": "Generous" }))).await;
        northwind.registers(resale("Fabrikam GmbH")).await;
        let deal = southridge.registers(resale("Fabrikam")).await;
        assert_eq!((&deal["status"], codes(&deal)), (&json!("rejected"), vec!["protected".to_owned(), "everything".to_owned()]));
        let form = northwind.registers(resale("Nordlicht AG")).await;
        assert_eq!(form["status"], "approved");
        let other = southridge.registers(resale("Nordlicht GmbH")).await;
        assert_eq!((&other["status"], &codes(&other)[0]), (&json!("in_review"), &"possible_conflict".to_owned()), "{other}");
    }

    async fn a_rule_that_cannot_be_evaluated_leaves_it_to_a_person(world) {
        let (acme, seller, _) = rivals(world).await;
        acme.publishes(rules_with(&acme, &[("broken", "customer.tax_id < 5", "reject")]).await).await;
        let deal = seller.registers(resale("Fabrikam")).await;
        assert_eq!((&deal["status"], codes(&deal)), (&json!("in_review"), vec!["rule.failed".to_owned()]));
        assert_eq!(deal["decision"]["reasons"][0]["rule"], "broken");
    }

    async fn a_rule_that_does_not_compile_is_named_with_its_place(world) {
        let acme = world.vendor("Acme").await;
        let refused = acme.post("/v1/rules-of-engagement", rules_with(&acme, &[("half", "deal.amount.amount >", "review")]).await).await;
        let refused = refused.invalid_at("/rules/0/when");
        assert_eq!(refused["errors"][0]["code"], "rule.syntax");
        assert!(refused["errors"][0]["detail"].as_str().is_some_and(|detail| detail.starts_with("Line 1, column ")), "{refused}");
        let refused = acme.post("/v1/rules-of-engagement", rules_with(&acme, &[("late", "true &&\n  customr.country == 'DE'", "review")]).await).await;
        let refused = refused.invalid_at("/rules/0/when");
        assert!(refused["errors"][0]["detail"].as_str().is_some_and(|detail| detail.starts_with("Line 2, column 3")), "{refused}");
        let draft = acme.drafts(acme.rules().await).await;
        let routing = json!({ "routing": [{ "id": "a", "when": "true", "to": "desk" }, { "id": "b", "when": "1 +", "to": "desk" }] });
        acme.patch(path(&draft), routing).if_match(1).await.invalid_at("/routing/1/when");
        assert_eq!(acme.get(path(&draft)).await.expect(200)["revision"], 1);
    }

    async fn hostile_rules_are_refused_before_they_run(world) {
        let acme = world.vendor("Acme").await;
        let hostile = [
            "conflicts.exists(a, conflicts.exists(b, a.score == b.score))".to_owned(),
            "[1, 2, 3].map(a, [1, 2, 3].map(b, a * b)).size() > 1".to_owned(),
            format!("1{} > 0", " + 1".repeat(400)),
            format!("{}true{}", "(".repeat(300), ")".repeat(300)),
            format!("{}true", "!".repeat(1_500)),
            "customer.name.matches('(a{99}){99}{99}')".to_owned(),
            "\"yes\"".to_owned(),
            "launch()".to_owned(),
            "vendor.secret == ''".to_owned(),
        ];
        for when in &hostile {
            let rules = rules_with(&acme, &[("hostile", when, "approve")]).await;
            acme.post("/v1/rules-of-engagement", rules).await.invalid_at("/rules/0/when");
        }
        let long = format!("customer.name == '{}'", "a".repeat(2_000));
        acme.post("/v1/rules-of-engagement", rules_with(&acme, &[("long", &long, "approve")]).await).await.invalid_at("/rules/0/when");
        assert!(acme.all("/v1/rules-of-engagement").await.is_empty());
    }

    async fn what_is_wrong_with_rules_is_named(world) {
        let acme = world.vendor("Acme").await;
        let standard = acme.rules().await;
        let protection = |members: Value| json!({ "protection": with(standard["protection"].clone(), members) });
        for (patch, pointer) in [
            (json!({ "title": "" }), "/title"),
            (json!({ "text": "x".repeat(50_001) }), "/text"),
            (json!({ "colour": "red" }), "/colour"),
            (protection(json!({ "days": { "lease": 90 } })), "/protection/days"),
            (protection(json!({ "days": { "resale": 0 } })), "/protection/days"),
            (protection(json!({ "extensions": -1 })), "/protection/extensions"),
            (protection(json!({ "warning_days": [0] })), "/protection/warning_days"),
            (json!({ "matching": { "same": 0.8, "review": 0.9 } }), "/matching/review"),
            (json!({ "matching": { "same": 1.5, "review": 0.9 } }), "/matching/same"),
            (json!({ "otherwise": { "outcome": "maybe", "code": "c", "sentence": "s" } }), "/otherwise/outcome"),
            (json!({ "rules": [{ "id": "a", "when": "true", "outcome": "approve", "code": "c" }] }), "/rules/0/sentence"),
            (json!({ "routing": [{ "id": "a", "when": "true", "to": "x" }, { "id": "a", "when": "true", "to": "y" }] }), "/routing/1/id"),
        ] {
            acme.post("/v1/rules-of-engagement", with(standard.clone(), patch)).await.invalid_at(pointer);
        }
    }

    async fn partners_read_what_is_published_and_nothing_else(world) {
        let (acme, seller, _) = rivals(world).await;
        let draft = acme.drafts(acme.rules().await).await;
        seller.get(path(&draft)).await.refused(404, "not_found");
        assert!(seller.all("/v1/rules-of-engagement").await.is_empty());
        assert_eq!(acme.all("/v1/rules-of-engagement").await.len(), 1);
        for call in [
            seller.post("/v1/rules-of-engagement", acme.rules().await),
            seller.patch(path(&draft), json!({ "title": "Mine" })).if_match(1),
            seller.post(format!("{}/simulate", path(&draft)), json!(null)),
            seller.post(format!("{}/publish", path(&draft)), json!(null)),
        ] {
            call.await.refused(403, "auth.forbidden");
        }
        acme.post(format!("{}/publish", path(&draft)), json!(null)).await.expect(200);
        acme.publishes(with(acme.rules().await, json!({ "title": "Second" }))).await;
        let listed = seller.all("/v1/rules-of-engagement?limit=1").await;
        assert_eq!(listed.iter().map(|version| version["version"].as_i64()).collect::<Vec<_>>(), [Some(2), Some(1)]);
        assert_eq!(seller.get(path(&draft)).await.expect(200)["available_actions"], json!([]));
        world.vendor("Contoso").await.get(path(&draft)).await.refused(404, "not_found");
    }

    async fn a_simulation_shows_what_would_change_and_changes_nothing(world) {
        let (acme, seller, rival) = rivals(world).await;
        let big = seller.registers(large(resale("Fabrikam"))).await;
        seller.registers(resale("Tailspin")).await;
        rival.registers(resale("Fabrikam GmbH")).await;
        seller.registers(with(resale("Wingtip"), json!({ "draft": true }))).await;
        let draft = acme.drafts(rules_with(&acme, &[("large", "deal.amount.amount > 10000000", "review")]).await).await;
        let (head, deals) = (world.number("SELECT MAX(sequence) FROM log_heads").await, acme.get("/v1/deals").await.expect(200).body);
        let simulate = |body: Value| acme.post(format!("{}/simulate", path(&draft)), body);
        let found = simulate(json!(null)).await.expect(200);
        assert_eq!(found.body, json!({ "replayed": 3, "complete": true, "changed": 1, "approved": 1, "in_review": 1, "rejected": 1,
            "moves": found["moves"], "reasons": found["reasons"], "changes": [{
            "deal_id": big.id(), "customer": "Fabrikam", "amount": { "amount": 60_000_000, "currency": "EUR" }, "before": "approved", "after": "in_review",
            "reason": { "code": "large", "sentence": "By large.", "rule": "large", "facts": { "deal.amount.amount": 60_000_000 } } }] }));
        assert_eq!(simulate(json!({ "last": 1 })).await.expect(200)["replayed"], 1);
        simulate(json!({ "last": 0 })).await.invalid_at("/last");
        assert_eq!(world.number("SELECT MAX(sequence) FROM log_heads").await, head);
        assert_eq!(acme.get("/v1/deals").await.expect(200).body, deals);
        // A person's word is not the machine's: it is still what the rules answered that is compared.
        acme.moves(&big.id(), "close", json!({ "outcome": "lost" })).await.expect(200);
        assert_eq!(simulate(json!(null)).await.expect(200).body, found.body);
    }

    async fn rules_hold_on_every_instance_as_soon_as_they_are_published(world [connections = 8]) {
        let (acme, seller, _) = rivals(world).await;
        let other = world.another_instance().await;
        acme.reviews_large_deals().await;
        let there = seller.at(&other);
        assert_eq!(there.registers(large(resale("Fabrikam"))).await["status"], "in_review", "nothing was kept there yet");
        if world.on == On::Postgres {
            let (mut here, mut there) = (told(&world.main), told(&other));
            let _running = (world.main.run(), other.run());
            // The instances hear of one another from the moment that they listen, and then trust nothing older.
            hears(&mut here, "*").await;
            hears(&mut there, "*").await;
            acme.publishes(with(acme.rules().await, json!({ "rules": [] }))).await;
            hears(&mut there, "rules_of_engagement.published").await;
            let there = seller.at(&other);
            assert_eq!(there.registers(large(resale("Tailspin"))).await["status"], "approved");
        }
    }
}
