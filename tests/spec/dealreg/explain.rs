//! Why a deal was decided as it was, rule by rule.

use crate::prelude::*;

/// The state of each rule, by id, as `reader` is told.
fn states(told: &Reply) -> Vec<(String, String)> {
    let rules = told["rules"].as_array().expect("rules");
    let text = |rule: &Value, member: &str| rule[member].as_str().unwrap_or_default().to_owned();
    rules.iter().map(|rule| (text(rule, "rule"), text(rule, "state"))).collect()
}

async fn rules(acme: &Vendor, rules: &[(&str, &str, &str)]) -> Value {
    let rule =
        |(id, when, outcome): &(&str, &str, &str)| json!({ "id": id, "when": when, "outcome": outcome, "code": id, "sentence": format!("By {id}.") });
    with(acme.rules().await, json!({ "rules": rules.iter().map(rule).collect::<Vec<_>>() }))
}

fn path(deal: &Reply) -> String {
    format!("/v1/deals/{}/decision", deal.id())
}

spec! {
    async fn each_rule_says_what_became_of_it_and_which_side_decided(world) {
        let (acme, seller, _) = rivals(world).await;
        acme.publishes(rules(&acme, &[
            ("small", "deal.amount.amount < 100 || deal.type == 'referral'", "approve"),
            ("odd", "has(customer.nothing) && customer.country == 'DE'", "reject"),
            ("large", "deal.amount.amount > 10000000 && customer.country == 'DE'", "review"),
            ("rest", "true", "reject"),
        ]).await).await;
        let deal = seller.registers(large(resale("Fabrikam"))).await;
        for reader in [acme.client(), &*seller] {
            let told = reader.get(path(&deal)).await.expect(200);
            let expected = [("small", "did_not_hold"), ("odd", "did_not_hold"), ("large", "held"), ("rest", "not_reached")];
            assert_eq!(states(&told), expected.map(|(rule, state)| (rule.to_owned(), state.to_owned())));
            let decided = &told["rules"][2];
            assert_eq!((&decided["decided"], &decided["joined"]), (&json!(true), &json!("all")));
            assert_eq!(decided["facts"], json!({ "customer.country": "DE", "deal.amount.amount": 60_000_000 }));
            assert_eq!(decided["operands"][0], json!({ "when": "deal.amount.amount > 10000000", "state": "held", "decided": true,
                "facts": { "deal.amount.amount": 60_000_000 } }));
            let odd: Vec<_> = told["rules"][1]["operands"].as_array().expect("sides").iter().map(|side| side["decided"].clone()).collect();
            assert_eq!(odd, [true, false], "the one that does not hold");
            assert_eq!((&told["otherwise"]["decided"], &told["claims"], &told["reproduced"]), (&json!(false), &json!("not_asked"), &json!(true)));
            assert_eq!((&told["machine"]["outcome"], &told["since"]), (&json!("in_review"), &json!([])));
        }
    }

    async fn a_rule_that_cannot_be_told_says_why(world) {
        let (acme, seller, _) = rivals(world).await;
        acme.publishes(rules(&acme, &[("broken", "customer.tax_id < 5", "reject"), ("next", "true", "approve")]).await).await;
        let deal = seller.registers(resale("Fabrikam")).await;
        let told = seller.get(path(&deal)).await.expect(200);
        assert_eq!(states(&told), [("broken".to_owned(), "could_not_be_told".to_owned()), ("next".to_owned(), "not_reached".to_owned())]);
        assert!(told["rules"][0]["problem"].is_string(), "{told}");
        assert_eq!((&told["rules"][0]["decided"], &told["reproduced"]), (&json!(true), &json!(true)));
    }

    async fn the_version_that_decided_is_explained_whatever_was_published_since(world) {
        let (acme, seller, _) = rivals(world).await;
        let first = seller.registers(resale("Fabrikam")).await;
        acme.publishes(rules(&acme, &[("all", "true", "review")]).await).await;
        let second = seller.registers(resale("Tailspin")).await;
        acme.publishes(rules(&acme, &[]).await).await;
        let (first, second) = (seller.get(path(&first)).await.expect(200), seller.get(path(&second)).await.expect(200));
        assert_eq!((&first["rules_version"], &first["otherwise"]["decided"], &first["claims"]), (&json!(0), &json!(true), &json!("taken")));
        assert_eq!((&second["rules_version"], &second["rules"][0]["state"]), (&json!(1), &json!("held")));
    }

    async fn what_people_did_since_is_told_apart_from_the_machine(world) {
        let (acme, seller, _) = rivals(world).await;
        acme.reviews_large_deals().await;
        let deal = seller.registers(large(resale("Fabrikam"))).await;
        acme.moves(&deal.id(), "approve", json!({ "reason": "Agreed." })).await.expect(200);
        world.clock.advance(minutes(5));
        acme.moves(&deal.id(), "extend", json!(null)).await.expect(200);
        let told = seller.get(path(&deal)).await.expect(200);
        assert_eq!((&told["status"], &told["machine"]["outcome"], &told["decision"]["outcome"]), (&json!("approved"), &json!("in_review"), &json!("approved")));
        let since: Vec<_> = told["since"].as_array().expect("steps").iter().map(|step| (step["type"].clone(), step["actor"]["type"].clone())).collect();
        assert_eq!(since, [(json!("deal.approved"), json!("vendor")), (json!("deal.extended"), json!("vendor"))]);
        assert_eq!(told["since"][0]["note"], "Agreed.");
    }

    async fn a_partner_reads_its_own_facts_and_nothing_of_a_rival(world) {
        let (acme, northwind, southridge) = rivals(world).await;
        acme.publishes(rules(&acme, &[
            ("near", "conflicts.exists(c, c.kind == 'protected_registration' && c.score > 0.5) && customer.country == 'DE'", "reject"),
        ]).await).await;
        let secret = "Zaphirkontor Nord";
        let rival = northwind.registers(resale_to(json!({ "name": secret, "country": "DE", "domain": "zaphirkontor.example" }))).await;
        let deal = southridge.registers(resale_to(json!({ "name": "Zaphirkontor", "country": "DE", "domain": "zaphirkontor.example" }))).await;
        assert_eq!(deal["status"], "rejected", "{deal}");
        let whole = acme.get(path(&deal)).await.expect(200);
        assert_eq!(whole["decision"]["conflicts"][0]["deal_id"], rival.id());
        assert_eq!(whole["rules"][0]["operands"].as_array().map(Vec::len), Some(2));
        let told = southridge.get(path(&deal)).await.expect(200);
        assert_eq!(told["rules"][0]["facts"], json!({ "customer.country": "DE" }));
        assert_eq!(told["rules"][0]["operands"], json!([{ "when": "customer.country == 'DE'", "state": "held", "decided": true, "facts": { "customer.country": "DE" } }]));
        assert_eq!((&told["rules"][0]["code"], told.body.get("routing")), (&json!("near"), None));
        let text = told.body.to_string();
        for canary in [secret, "northwind", &rival.id(), &northwind.partner.id, "\"score\"", "relation"] {
            assert!(!text.to_lowercase().contains(&canary.to_lowercase()), "{canary}: {text}");
        }
        northwind.get(path(&deal)).await.refused(404, "not_found");
        world.vendor("Contoso").await.get(path(&deal)).await.refused(404, "not_found");
    }

    async fn where_it_was_routed_is_the_vendors_to_read(world) {
        let (acme, seller, _) = rivals(world).await;
        for desk in ["desk-fr", "desk-dach"] {
            acme.post("/v1/queues", json!({ "name": desk, "dealing": "pull", "member_ids": [] })).await.expect(201);
        }
        let routing = json!([{ "id": "fr", "when": "customer.country == 'FR'", "to": "desk-fr" }, { "id": "dach", "when": "true", "to": "desk-dach" }]);
        acme.publishes(with(rules(&acme, &[("all", "true", "review")]).await, json!({ "routing": routing }))).await;
        let deal = seller.registers(resale("Fabrikam")).await;
        let routes = acme.get(path(&deal)).await.expect(200)["routing"].clone();
        assert_eq!((&routes[0]["state"], &routes[1]["state"], &routes[1]["to"]), (&json!("did_not_hold"), &json!("held"), &json!("desk-dach")));
        assert_eq!(seller.get(path(&deal)).await.expect(200).body.get("routing"), None);
    }

    async fn a_draft_has_nothing_to_explain(world) {
        let (_, seller, _) = rivals(world).await;
        let draft = seller.registers(with(resale("Fabrikam"), json!({ "draft": true }))).await;
        seller.get(path(&draft)).await.refused(409, "deal.undecided");
    }
}
