//! Referrals: the first wins, each step is told, and what is won is due.

use super::*;

fn prospect(company: &str) -> Value {
    json!({ "company": { "name": company, "country": "DE" }, "product": "GTX Pro", "amount": { "amount": 1_000_000, "currency": "EUR" } })
}

async fn referrers(world: &World) -> (Vendor, Person, Person) {
    let acme = world.vendor("Acme").await;
    let first = acme.adds_partner_like(json!({ "name": "Northwind", "type": "referral", "tier": "gold" })).await.person("sales").await;
    let second = acme.adds_partner_like(json!({ "name": "Southridge", "type": "referral" })).await.person("sales").await;
    let rewards = json!([
        { "id": "gold", "when": "partner.tier == \"gold\" && referral.product == \"GTX Pro\"", "basis_points": 1000, "cap": { "amount": 80_000, "currency": "EUR" } },
        { "id": "everybody", "when": "true", "flat": { "amount": 5_000, "currency": "EUR" } },
    ]);
    publishes(&acme, json!({ "referrals": { "days": 90, "rewards": rewards } })).await;
    (acme, first, second)
}

async fn hands_in(seller: &Person, company: &str) -> Reply {
    seller.post("/v1/referrals", prospect(company)).await.expect(201)
}

fn acts(client: &Client, referral: &Reply, action: &str, body: Value) -> Call {
    client.post(format!("/v1/referrals/{}/{action}", referral.id()), body)
}

async fn told_of(acme: &Vendor) -> Vec<String> {
    let events = acme.all("/v1/events?type=referral.*").await;
    events.iter().map(|event| event["type"].as_str().unwrap_or_default().to_owned()).collect()
}

async fn rewards(client: &Client) -> Vec<(String, i64)> {
    let rows = client.all("/v1/referral-rewards").await;
    rows.iter().rev().map(|row| (row["kind"].as_str().unwrap_or_default().to_owned(), row["amount"]["amount"].as_i64().unwrap_or_default())).collect()
}

spec! {
    async fn a_referral_goes_its_way_and_its_reward_is_due_by_the_rule(world) {
        let (acme, seller, other) = referrers(world).await;
        let referral = hands_in(&seller, "Fabrikam").await;
        assert_eq!((&referral["status"], referral.body.get("conflicts"), &referral["available_actions"]), (&json!("submitted"), None, &json!(["withdraw"])));
        let colleague = acme.adds_colleague("admin").await.id();
        acts(&acme, &referral, "accept", json!({ "assignee_id": seller.id })).await.invalid_at("/assignee_id");
        acts(&acme, &referral, "accept", json!({ "assignee_id": colleague })).await.expect(200);
        acts(&acme, &referral, "advance", json!({ "stage": "offer sent" })).await.expect(200);
        acts(&seller, &referral, "close", json!({ "outcome": "won" })).await.refused(403, "auth.forbidden");
        let won = acts(&acme, &referral, "close", json!({ "outcome": "won", "amount": { "amount": 900_000, "currency": "EUR" } })).await.expect(200);
        assert_eq!((&won["status"], &won["amount"]["amount"], &won["stage"]), (&json!("won"), &json!(900_000), &json!("offer sent")));
        assert_eq!(rewards(&seller).await, [("due".to_owned(), 80_000)], "a tenth, capped");
        assert!(rewards(&other).await.is_empty());
        let reward = &acme.all("/v1/referral-rewards").await[0];
        assert_eq!((&reward["rule"], &reward["rules_version"], &reward["facts"]["partner.tier"]), (&json!("gold"), &json!(1), &json!("gold")));
        assert_eq!(told_of(&acme).await, ["referral.submitted", "referral.accepted", "referral.advanced", "referral.won"]);
        other.get(format!("/v1/referrals/{}", referral.id())).await.refused(404, "not_found");
    }

    async fn a_sale_that_is_undone_gets_a_record_against_it_and_may_be_won_again(world) {
        let (acme, _, seller) = referrers(world).await;
        let referral = hands_in(&seller, "Fabrikam").await;
        acts(&acme, &referral, "accept", json!(null)).await.expect(200);
        acts(&acme, &referral, "close", json!({ "outcome": "won" })).await.expect(200);
        acts(&acme, &referral, "undo", json!({ "reason": "They sent it back." })).await.expect(200);
        assert_eq!(rewards(&seller).await, [("due".to_owned(), 5_000), ("reversal".to_owned(), 5_000)]);
        acts(&acme, &referral, "undo", json!({ "reason": "Again." })).await.refused(409, "referral.illegal_move");
        acts(&acme, &referral, "close", json!({ "outcome": "won" })).await.expect(200);
        acts(&acme, &referral, "undo", json!({ "reason": "Again." })).await.expect(200);
        let kinds: Vec<_> = rewards(&seller).await.into_iter().map(|(kind, _)| kind).collect();
        assert_eq!(kinds, ["due", "reversal", "due", "reversal"]);
    }

    async fn the_first_referral_wins_and_the_second_is_told_at_once(world) {
        let (acme, seller, other) = referrers(world).await;
        let first = hands_in(&seller, "Fabrikam GmbH").await;
        let second = hands_in(&other, "FABRIKAM").await;
        assert_eq!((&second["status"], &second["reason"]), (&json!("rejected"), &json!("This prospect was referred before; the first referral counts.")));
        assert!(!String::from_utf8_lossy(&second.bytes).contains(&first.id()), "not by whom: {second}");
        let seen = acme.get(format!("/v1/referrals/{}", second.id())).await.expect(200);
        assert_eq!((&seen["conflicts"][0]["kind"], &seen["conflicts"][0]["id"]), (&json!("referral"), &json!(first.id())));
        acts(&seller, &first, "withdraw", json!(null)).await.expect(200);
        assert_eq!(hands_in(&other, "Fabrikam").await["status"], "submitted", "it is free again");
    }

    async fn of_two_at_the_same_moment_one_is_first(world [connections = 10]) {
        let (acme, seller, other) = referrers(world).await;
        let calls = [&seller, &other, &seller, &other].map(|seller| hands_in(seller, "Fabrikam"));
        let statuses: Vec<_> = join_all(calls).await.into_iter().map(|reply| reply["status"].clone()).collect();
        assert_eq!(statuses.iter().filter(|status| **status == "submitted").count(), 1, "{statuses:?}");
        assert_eq!(acme.all("/v1/referrals?status=rejected").await.len(), 3);
    }

    async fn a_company_under_protection_is_no_referral(world) {
        let (acme, _, other) = referrers(world).await;
        let holder = acme.adds_partner("Holder").await.person("sales").await;
        let deal = holder.registers(resale("Fabrikam GmbH")).await;
        let referral = hands_in(&other, "Fabrikam").await;
        assert_eq!((&referral["status"], referral.body.get("conflicts")), (&json!("rejected"), None));
        assert!(!String::from_utf8_lossy(&referral.bytes).contains(&deal.id()));
    }

    async fn a_referral_follows_the_opportunity_in_the_crm(world) {
        let (acme, seller, _) = referrers(world).await;
        let referral = hands_in(&seller, "Fabrikam").await;
        acts(&acme, &referral, "accept", json!({ "opportunity_external_id": "O-1" })).await.expect(200);
        let sale = |status: &str, stage: &str, created: u16| {
            let body = json!({ "name": "Robots", "status": status, "stage": stage, "amount": { "amount": 300_000, "currency": "EUR" } });
            let call = acme.put("/v1/opportunities/O-1", body);
            async move {
                call.await.expect(created);
                world.settle().await;
            }
        };
        sale("open", "negotiation", 201).await;
        assert_eq!(seller.get(format!("/v1/referrals/{}", referral.id())).await.expect(200)["stage"], "negotiation");
        sale("won", "closed", 200).await;
        let won = seller.get(format!("/v1/referrals/{}", referral.id())).await.expect(200);
        assert_eq!((&won["status"], won.body.get("opportunity_external_id")), (&json!("won"), None));
        sale("lost", "cancelled", 200).await;
        assert_eq!(rewards(&seller).await, [("due".to_owned(), 30_000), ("reversal".to_owned(), 30_000)]);
        assert_eq!(seller.get(format!("/v1/referrals/{}", referral.id())).await.expect(200)["status"], "lost");
    }

    async fn what_comes_to_nothing_expires_and_frees_the_company(world) {
        let (acme, seller, other) = referrers(world).await;
        let referral = hands_in(&seller, "Fabrikam").await;
        acts(&acme, &referral, "accept", json!(null)).await.expect(200);
        world.pass(days(89)).await;
        assert_eq!(acme.get(format!("/v1/referrals/{}", referral.id())).await.expect(200)["status"], "accepted");
        world.pass(days(1)).await;
        assert_eq!(acme.get(format!("/v1/referrals/{}", referral.id())).await.expect(200)["status"], "expired");
        assert_eq!(hands_in(&other.anew().await, "Fabrikam").await["status"], "submitted");
    }
}
