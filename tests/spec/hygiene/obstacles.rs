//! What people have settled otherwise stands in the way of a merge; what deals and named accounts become by one.

use super::*;

/// Two accounts of which each is the customer of a deal that another partner is protected by.
async fn protected_on_both_sides(world: &World) -> (Vendor, Person, Person, [String; 2]) {
    let (acme, northwind, southridge) = rivals(world).await;
    for (account, name) in [("A", "Aldermoor"), ("B", "Wingtip")] {
        acme.put(format!("/v1/accounts/{account}"), json!({ "name": name, "country": "DE" })).await.expect(201);
    }
    world.settle().await;
    let (one, other) = (northwind.registers(resale("Aldermoor")).await, southridge.registers(resale("Wingtip")).await);
    assert_eq!((&one["status"], &other["status"]), (&json!("approved"), &json!("approved")));
    (acme, northwind, southridge, [one.id(), other.id()])
}

async fn in_the_way(acme: &Vendor, account: &str, into: &str) -> Vec<String> {
    let preview = acme.post(format!("/v1/accounts/{account}/merge-preview"), json!({ "into": into })).await.expect(200);
    let obstacles = preview["obstacles"].as_array().expect("obstacles");
    assert_eq!(preview["can_merge"], obstacles.is_empty());
    obstacles.iter().map(|obstacle| obstacle["code"].as_str().unwrap_or_default().to_owned()).collect()
}

spec! {
    async fn what_two_partners_are_protected_by_is_not_made_one(world) {
        let (acme, _, southridge, deals) = protected_on_both_sides(world).await;
        assert_eq!(in_the_way(&acme, "A", "B").await, ["protected_for_different_partners"]);
        let refused = merges(&acme, "A", "B").await.refused(409, "account_merge.obstructed");
        let error = &refused["errors"][0];
        assert_eq!(error["code"], "protected_for_different_partners");
        assert!(deals.iter().all(|deal| error["detail"].as_str().is_some_and(|detail| detail.contains(deal))), "{refused}");
        assert_eq!(acme.get("/v1/accounts/A").await.expect(200)["external_id"], "A");
        for deal in &deals {
            assert_eq!(acme.deal(deal).await["status"], "approved");
        }
        southridge.moves(&deals[1], "withdraw", json!(null)).await.expect(200);
        let merge = merges(&acme, "A", "B").await.expect(201);
        assert_eq!(merge["moved"], json!([{ "kind": "deal", "count": 1 }]));
        assert_eq!(acme.deal(&deals[0]).await["status"], "approved");
    }

    async fn one_partner_may_be_protected_on_both_sides(world) {
        let (acme, northwind, _) = rivals(world).await;
        for (account, name) in [("A", "Aldermoor"), ("B", "Wingtip")] {
            acme.put(format!("/v1/accounts/{account}"), json!({ "name": name, "country": "DE" })).await.expect(201);
        }
        world.settle().await;
        let (one, other) = (northwind.registers(resale("Aldermoor")).await, northwind.registers(resale("Wingtip")).await);
        let merge = merges(&acme, "A", "B").await.expect(201);
        assert_eq!(merge["moved"], json!([{ "kind": "deal", "count": 1 }]));
        for deal in [&one, &other] {
            assert_eq!(acme.deal(&deal.id()).await["status"], "approved");
        }
        let undone = undoes(&acme, &merge).await.expect(200);
        assert_eq!(undone["stayed"], json!({ "fields": [], "things": [] }));
        assert_eq!(merges(&acme, "A", "B").await.expect(201)["moved"], json!([{ "kind": "deal", "count": 1 }]), "it had gone back");
    }

    async fn a_deal_that_is_protected_without_a_reference_to_the_account_counts_by_its_keys(world) {
        let (acme, northwind, southridge) = rivals(world).await;
        northwind.registers(resale("Aldermoor")).await;
        southridge.registers(resale("Wingtip")).await;
        for (account, name) in [("A", "Aldermoor"), ("B", "Wingtip")] {
            acme.put(format!("/v1/accounts/{account}"), json!({ "name": name, "country": "DE" })).await.expect(201);
        }
        assert_eq!(in_the_way(&acme, "A", "B").await, ["protected_for_different_partners"]);
        world.clock.advance(days(400));
        assert_eq!(in_the_way(&acme, "A", "B").await, Vec::<String>::new(), "protection has run out");
    }

    async fn a_verdict_that_the_two_differ_has_to_be_revoked_first(world) {
        let acme = world.vendor("Acme").await;
        for (account, name) in [("A", "Nordlicht AG"), ("B", "Nordlicht GmbH")] {
            acme.put(format!("/v1/accounts/{account}"), json!({ "name": name, "country": "DE" })).await.expect(201);
        }
        let company = |account: &str| json!({ "account_external_id": account });
        let body = json!({ "verdict": "different", "one": company("A"), "other": company("B"), "reason": "Two companies of one name." });
        let verdict = acme.post("/v1/match-verdicts", body).await.expect(201);
        assert_eq!(in_the_way(&acme, "B", "A").await, ["judged_different"]);
        merges(&acme, "B", "A").await.refused(409, "account_merge.obstructed");
        acme.post(format!("/v1/match-verdicts/{}/revoke", verdict.id()), json!({ "reason": "They have merged." })).await.expect(200);
        merges(&acme, "B", "A").await.expect(201);
    }

    async fn whom_the_account_is_named_for_it_is_named_for_afterwards(world) {
        let acme = world.vendor("Acme").await;
        twins(&acme).await;
        let (northwind, southridge) = (acme.adds_partner("Northwind").await, acme.adds_partner("Southridge").await);
        let names = |partner: &Partner, account: &str| acme.post("/v1/named-accounts", partner.gets(json!({ "account_external_id": account })));
        let named = names(&northwind, "A").await.expect(201);
        let other = names(&southridge, "B").await.expect(201);
        assert_eq!(in_the_way(&acme, "A", "B").await, ["named_for_different_partners"]);
        acme.delete(format!("/v1/named-accounts/{}", other.id())).await.expect(204);
        let merge = merges(&acme, "A", "B").await.expect(201);
        let path = format!("/v1/named-accounts/{}", named.id());
        assert_eq!(acme.get(&path).await.expect(200)["account_external_id"], "B");
        names(&southridge, "A").await.refused(409, "named_account.taken");
        undoes(&acme, &merge).await.expect(200);
        assert_eq!(acme.get(&path).await.expect(200)["account_external_id"], "A");
        assert_eq!(happened(&acme, "named_account.moved").await.len(), 2);
    }

    async fn a_deal_that_is_registered_for_it_afterwards_is_the_other_s(world) {
        let (acme, northwind, _) = rivals(world).await;
        twins(&acme).await;
        merges(&acme, "A", "B").await.expect(201);
        world.settle().await;
        let deal = northwind.registers(resale("Fabrikam")).await;
        let conflicts = acme.deal(&deal.id()).await["decision"]["conflicts"].clone();
        let accounts: Vec<_> = conflicts.as_array().into_iter().flatten().filter_map(|conflict| conflict["account_external_id"].as_str()).collect();
        assert!(!accounts.is_empty() && accounts.iter().all(|account| *account == "B"), "{conflicts:#}");
        acme.put("/v1/accounts/C", json!({ "name": "Third" })).await.expect(201);
        let moved = merges(&acme, "B", "C").await.expect(201)["moved"].clone();
        assert!(moved.as_array().is_some_and(|moved| moved.contains(&json!({ "kind": "deal", "count": 1 }))), "{moved}");
    }
}
