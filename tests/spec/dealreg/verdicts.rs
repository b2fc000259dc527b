//! What a person has judged of two companies outranks the score, for either side; and both sides of a comparison see as much.

use crate::prelude::*;

const AG: &str = "Nordlicht AG";
const GMBH: &str = "Nordlicht GmbH";

async fn judges(acme: &Vendor, verdict: &str, one: &str, other: &str) -> Reply {
    let body = json!({ "verdict": verdict, "one": { "deal_id": one }, "other": { "deal_id": other }, "reason": "We asked." });
    acme.post("/v1/match-verdicts", body).await
}

spec! {
    async fn two_that_were_judged_different_are_both_protected_whoever_comes_first(world) {
        for (first, second) in [(AG, GMBH), (GMBH, AG)] {
            let (acme, northwind, southridge) = rivals(world).await;
            let one = northwind.registers(resale(AG)).await.id();
            world.settle().await;
            let other = southridge.registers(resale(GMBH)).await;
            assert_eq!((&other["status"], codes(&other)), (&json!("in_review"), vec!["possible_conflict".to_owned()]));
            acme.moves(&other.id(), "approve", json!(null)).await.refused(409, "deal.protected");
            let verdict = judges(&acme, "different", &one, &other.id()).await.expect(201);
            assert_eq!(acme.moves(&other.id(), "approve", json!(null)).await.expect(200)["status"], "approved", "a person may now");
            for deal in [&one, &other.id()] {
                let seller = if *deal == one { &northwind } else { &southridge };
                seller.moves(deal, "withdraw", json!(null)).await.expect(200);
            }
            world.settle().await;
            // By other partners, in either order, at once.
            let (eastvale, westbrook) = (acme.adds_partner("Eastvale").await.person("sales").await, acme.adds_partner("Westbrook").await.person("sales").await);
            for (seller, name) in [(&eastvale, first), (&westbrook, second)] {
                let deal = seller.registers(resale(name)).await;
                assert_eq!((&deal["status"], &deal["decision"]["conflicts"]), (&json!("approved"), &json!([])), "{name}\n{deal}");
            }
            world.settle().await;
            assert_eq!(acme.all("/v1/events?type=deal.conflict_found").await.len(), 0, "nor is it found afterwards");
            let verdict = acme.get(format!("/v1/match-verdicts/{}", verdict.id())).await.expect(200);
            assert_eq!((&verdict["reason"], &verdict["one"]["name"]), (&json!("We asked."), &json!(AG)));
        }
    }

    async fn two_that_were_judged_the_same_stand_in_each_others_way_whoever_comes_first(world) {
        for swapped in [false, true] {
            let (acme, northwind, southridge) = rivals(world).await;
            let one = northwind.registers(resale("Wingtip Toys")).await;
            let other = southridge.registers(resale("Aldermoor Logistics")).await;
            assert_eq!((&one["status"], &other["status"]), (&json!("approved"), &json!("approved")));
            let verdict = judges(&acme, "same", &one.id(), &other.id()).await.expect(201);
            let (gone, name) = if swapped { ((&northwind, &one), "WINGTIP TOYS") } else { ((&southridge, &other), "aldermoor logistics") };
            gone.0.moves(&gone.1.id(), "withdraw", json!(null)).await.expect(200);
            world.settle().await;
            let third = acme.adds_partner("Eastvale").await.person("sales").await;
            let deal = third.registers(resale(name)).await;
            assert_eq!((&deal["status"], codes(&deal)), (&json!("rejected"), vec!["protected".to_owned()]), "{deal}");
            assert_eq!(deal["decision"]["conflicts"], json!([{ "kind": "protected_registration", "same": true }]));
            let conflict = acme.deal(&deal.id()).await["decision"]["conflicts"][0].clone();
            assert_eq!((&conflict["verdict"], &conflict["match_verdict_id"]), (&json!("same"), &verdict["id"]));
            acme.post(format!("/v1/match-verdicts/{}/revoke", verdict.id()), json!({ "reason": "We were wrong." })).await.expect(200);
            assert_eq!(third.checks(resale(name)).await["status"], "approved", "the score counts again");
        }
    }

    async fn an_account_is_judged_like_a_deal(world) {
        let (acme, seller, _) = rivals(world).await;
        acme.is_in_talks_with(GMBH).await;
        let account = acme.all("/v1/accounts").await[0]["external_id"].clone();
        let deal = seller.registers(resale(AG)).await;
        assert_eq!(deal["status"], "in_review");
        let body = json!({ "verdict": "different", "one": { "deal_id": deal.id() }, "other": { "account_external_id": account }, "reason": "Two." });
        acme.post("/v1/match-verdicts", body).await.expect(201);
        let other = acme.adds_partner("Eastvale").await.person("sales").await;
        assert_eq!(acme.moves(&deal.id(), "reject", json!({ "reason": "Again, please." })).await.expect(200)["status"], "rejected");
        assert_eq!(other.checks(resale(AG)).await["status"], "approved");
        assert_eq!(other.checks(resale(GMBH)).await["status"], "in_review");
    }

    async fn what_a_registry_tells_is_outranked_only_by_saying_so(world) {
        let (acme, northwind, southridge) = rivals(world).await;
        let customer = |name: &str| resale_to(json!({ "name": name, "country": "DE", "domain": "wingtip.de" }));
        let one = northwind.registers(customer("Wingtip")).await.id();
        world.settle().await;
        let other = southridge.registers(customer("Aldermoor")).await;
        assert_eq!(other["status"], "in_review");
        judges(&acme, "different", &one, &other.id()).await.refused(409, "match_verdict.exact_key");
        let body = json!({ "verdict": "different", "one": { "deal_id": one }, "other": { "deal_id": other.id() }, "overrides_exact": true, "reason": "Two houses, one site." });
        acme.post("/v1/match-verdicts", body.clone()).await.expect(201);
        acme.post("/v1/match-verdicts", body).await.refused(409, "match_verdict.stands");
        let third = acme.adds_partner("Eastvale").await.person("sales").await;
        southridge.moves(&other.id(), "withdraw", json!(null)).await.expect(200);
        assert_eq!(third.registers(customer("Aldermoor")).await["status"], "approved");
        assert_eq!(acme.deal(&one).await["status"], "approved");
    }

    async fn what_nothing_tells_apart_cannot_be_judged_different(world) {
        let (acme, northwind, southridge) = rivals(world).await;
        let one = northwind.registers(resale("Fabrikam")).await.id();
        let other = southridge.registers(resale("FABRIKAM")).await.id();
        judges(&acme, "different", &one, &other).await.refused(409, "match_verdict.indistinct");
        let nobody = kernel::id::write("deal", kernel::id::fresh());
        judges(&acme, "same", &one, &nobody).await.invalid_at("/other/deal_id");
        let both = json!({ "verdict": "same", "one": { "deal_id": one, "account_external_id": "A" }, "other": { "deal_id": other }, "reason": "So." });
        assert_eq!(acme.post("/v1/match-verdicts", both).await.status, 422);
    }

    async fn a_revoked_verdict_says_who_when_and_why(world) {
        let (acme, northwind, southridge) = rivals(world).await;
        let (one, other) = (northwind.registers(resale(AG)).await.id(), southridge.registers(resale(GMBH)).await.id());
        let verdict = judges(&acme, "different", &one, &other).await.expect(201);
        let revoke = format!("/v1/match-verdicts/{}/revoke", verdict.id());
        let revoked = acme.post(&revoke, json!({ "reason": "They have merged." })).await.expect(200);
        assert_eq!((&revoked["revoke_reason"], &revoked["available_actions"]), (&json!("They have merged."), &json!([])));
        assert!(revoked["revoked_at"].is_string() && revoked["revoked_by"]["type"] == "api_key");
        acme.post(&revoke, json!({ "reason": "Again." })).await.refused(409, "match_verdict.revoked");
        assert_eq!(acme.all("/v1/match-verdicts?revoked=true").await.len(), 1);
        assert!(acme.all("/v1/match-verdicts?revoked=false").await.is_empty());
        northwind.get("/v1/match-verdicts").await.refused(403, "auth.forbidden");
        let log = serde_json::to_string(&acme.all("/v1/events?type=match_verdict.*").await).expect("text");
        assert!(!log.contains("merged"), "{log}");
    }

    /// Property: whoever registers first, the other finds as much. Companies from the labelled pairs that the matching is measured with.
    async fn both_sides_of_a_comparison_see_the_same_count(world) {
        let table = include_str!("../../../crates/matching/data/company_name_pairs.csv");
        let lines: Vec<_> = table.lines().skip(1).filter(|line| !line.contains('"')).collect();
        let seed = usize::try_from(world.now().timestamp()).expect("a time");
        let mut pairs: Vec<(String, String)> = Vec::new();
        for at in 0..24 {
            let line = lines[(seed.wrapping_mul(31) + at * 7) % lines.len()];
            let mut fields = line.split(',').skip(2);
            if let (Some(one), Some(other)) = (fields.next(), fields.next()) {
                pairs.push((one.to_owned(), other.to_owned()));
            }
        }
        // By other keys than the name, too: with and without them on either side.
        let extras = [json!({}), json!({ "domain": "wombat.example" }), json!({ "tax_id": "DE811569869" }), json!({ "tax_id": "811569869" })];
        for (at, (one, other)) in pairs.iter().enumerate() {
            let (mine, theirs) = (&extras[at % 4], &extras[(at / 4) % 4]);
            let customer = |name: &str, extra: &Value| resale_to(with(json!({ "name": name, "country": "DE" }), extra.clone()));
            let (one, other) = (customer(one, mine), customer(other, theirs));
            let mut seen = Vec::new();
            for (first, second) in [(&one, &other), (&other, &one)] {
                let (_, northwind, southridge) = rivals(world).await;
                if northwind.post("/v1/deals", first.clone()).await.status != 201 {
                    continue;
                }
                world.settle().await;
                let check = southridge.post("/v1/deals/check", second.clone()).await;
                seen.push(check["decision"]["conflicts"].clone());
            }
            if let [there, back] = seen.as_slice() {
                assert_eq!(there, back, "{one}\n{other}");
            }
        }
    }
}
