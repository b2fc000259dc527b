//! What a decision does to the deals, and protection that stands still meanwhile.

use super::disputes::{Quarrel, dispute, path};
use crate::prelude::*;
use std::future::IntoFuture as _;

/// The deals that hold the customer's keys.
async fn holders(world: &World) -> i64 {
    world.number("SELECT COUNT(DISTINCT deal_id) FROM deal_claims").await
}

spec! {
    async fn it_stands_and_nothing_changes(world) {
        let it = Quarrel::over(world, "Fabrikam GmbH").await;
        let before = it.acme.deal(&it.first).await["protected_until"].clone();
        it.is_decided(json!({ "outcome": "stands" })).await;
        assert_eq!(it.acme.deal(&it.second).await["status"], "rejected");
        let first = it.acme.deal(&it.first).await;
        assert_eq!((&first["status"], &first["protected_until"]), (&json!("approved"), &before));
    }

    async fn it_moves_and_the_others_deal_ends_with_the_reason(world) {
        let it = Quarrel::over(world, "Fabrikam GmbH").await;
        it.is_decided(json!({ "outcome": "moves", "to": "A" })).await;
        let (lost, won) = (it.northwind.deal(&it.first).await, it.southridge.deal(&it.second).await);
        assert_eq!((&lost["status"], &won["status"]), (&json!("rejected"), &json!("approved")));
        assert_eq!(lost["decision"]["reasons"][0]["sentence"], "It was there first.");
        assert_eq!((codes(&lost)[0].as_str(), codes(&won)[0].as_str()), ("dispute_decided", "dispute_decided"));
        assert!(lost.body.get("protected_until").is_none() && won["protected_until"].is_string());
        assert_eq!(holders(world).await, 1);
        // Third parties stay refused, and the loser cannot come back.
        let third = it.acme.adds_partner("Eastvale").await.person("sales").await;
        assert_eq!(codes(&third.registers(resale("Fabrikam")).await), ["protected"]);
        let again = it.northwind.moves(&it.first, "resubmit", json!(null)).await.expect(200);
        assert_eq!(again["status"], "rejected");
        world.settle().await;
        assert_eq!(it.acme.deal(&it.second).await["status"], "approved", "nobody finds a collision with what has ended");
        world.pass(days(91)).await;
        assert_eq!(it.acme.deal(&it.second).await["status"], "expired", "it is protected like any other");
    }

    async fn a_third_partner_at_that_very_moment_is_refused(world [connections = 12]) {
        let it = Quarrel::over(world, "Fabrikam GmbH").await;
        let id = it.opens().await;
        it.is_heard(&id).await;
        let mut sellers = Vec::new();
        for number in 0..6 {
            sellers.push(it.acme.adds_partner(&format!("Third {number}")).await.person("sales").await);
        }
        let decide = it.reviewer.post(path(&id, "decide"), json!({ "outcome": "moves", "to": "A", "public_reason": "So." })).into_future();
        let others = sellers.iter().map(|seller| seller.post("/v1/deals", resale("Fabrikam GmbH")).into_future());
        let (decided, others) = futures::future::join(decide, join_all(others)).await;
        decided.expect(200);
        for other in others {
            assert_ne!(other.expect(201)["status"], "approved");
        }
        assert_eq!(holders(world).await, 1);
        assert_eq!(it.acme.deal(&it.second).await["status"], "approved");
    }

    async fn of_two_decisions_at_once_one_is_made(world [connections = 8]) {
        let it = Quarrel::over(world, "Fabrikam GmbH").await;
        let id = it.opens().await;
        it.is_heard(&id).await;
        let decide = |to: &str| it.reviewer.post(path(&id, "decide"), json!({ "outcome": "moves", "to": to, "public_reason": "So." })).into_future();
        let replies = join_all(["A", "B"].map(decide)).await;
        assert_eq!(replies.iter().filter(|reply| reply.status == 200).count(), 1, "{}\n{}", replies[0], replies[1]);
        let statuses = [it.acme.deal(&it.first).await["status"].clone(), it.acme.deal(&it.second).await["status"].clone()];
        assert_eq!(statuses.iter().filter(|status| **status == "approved").count(), 1);
        assert_eq!(holders(world).await, 1);
    }

    async fn it_splits_and_both_are_protected(world) {
        let it = Quarrel::over(world, "Fabrikam GmbH").await;
        let shares = json!([{ "party": "A", "percent": 40 }, { "party": "B", "percent": 60 }]);
        it.is_decided(json!({ "outcome": "splits", "shares": shares })).await;
        world.settle().await;
        for (seller, deal, percent) in [(&it.northwind, &it.first, 60), (&it.southridge, &it.second, 40)] {
            let deal = seller.deal(deal).await;
            assert_eq!((&deal["status"], &deal["share"]["percent"]), (&json!("approved"), &json!(percent)), "{deal}");
        }
        let third = it.acme.adds_partner("Eastvale").await.person("sales").await;
        assert_eq!(codes(&third.registers(resale("Fabrikam")).await), ["protected"]);
        // Either may prolong its own; and when the one that holds the keys ends, the other takes them over.
        it.southridge.moves(&it.second, "extend", json!(null)).await.expect(200);
        it.northwind.moves(&it.first, "extend", json!(null)).await.expect(200);
        it.northwind.moves(&it.first, "withdraw", json!(null)).await.expect(200);
        assert_eq!(holders(world).await, 1);
        assert_eq!(codes(&third.registers(resale("FABRIKAM")).await), ["protected"]);
        it.southridge.moves(&it.second, "withdraw", json!(null)).await.expect(200);
        assert_eq!(third.registers(resale("Fabrikam")).await["status"], "approved", "free at last");
    }

    async fn shares_are_a_hundred_and_of_parties(world) {
        let it = Quarrel::over(world, "Fabrikam GmbH").await;
        let id = it.opens().await;
        it.is_heard(&id).await;
        for (effect, at) in [
            (json!({ "outcome": "splits", "shares": [{ "party": "A", "percent": 40 }, { "party": "B", "percent": 61 }] }), "/shares"),
            (json!({ "outcome": "splits", "shares": [{ "party": "A", "percent": 40 }, { "party": "C", "percent": 60 }] }), "/shares/1/party"),
            (json!({ "outcome": "splits", "shares": [{ "party": "A", "percent": 100 }] }), "/shares/0/percent"),
            (json!({ "outcome": "moves" }), "/to"),
            (json!({ "outcome": "moves", "to": "Z" }), "/to"),
            (json!({ "outcome": "stands", "to": "A" }), "/to"),
        ] {
            it.reviewer.post(path(&id, "decide"), with(effect, json!({ "public_reason": "So." }))).await.invalid_at(at);
        }
        assert_eq!(dispute(&it.acme, &id).await["stage"], "under_review");
    }

    async fn protection_stands_still_until_it_is_decided(world) {
        let it = Quarrel::over(world, "Fabrikam GmbH").await;
        world.pass(days(80)).await;
        let southridge = it.southridge.anew().await;
        let id = southridge.post("/v1/disputes", json!({ "deal_id": it.second, "reason": "Ours." })).await.expect(201).id();
        world.pass(days(20)).await;
        let third = it.acme.adds_partner("Eastvale").await.person("sales").await;
        assert_eq!(codes(&third.registers(resale("Fabrikam")).await), ["protected"], "a hundred days, and still protected");
        assert_eq!(it.acme.deal(&it.first).await["status"], "approved");
        let reviewer = it.acme.sees_sign_in(&it.reviewer_id, &["pwd"]).await;
        reviewer.post(path(&id, "decide"), json!({ "outcome": "stands", "public_reason": "So." })).await.expect(200);
        world.pass(days(9)).await;
        assert_eq!(it.acme.deal(&it.first).await["status"], "approved", "what was left when it began is left: ten days");
        world.pass(days(2)).await;
        assert_eq!(it.acme.deal(&it.first).await["status"], "expired");
    }

    async fn it_does_not_stand_still_for_ever(world) {
        let it = Quarrel::over(world, "Fabrikam GmbH").await;
        world.pass(days(80)).await;
        let southridge = it.southridge.anew().await;
        southridge.post("/v1/disputes", json!({ "deal_id": it.second, "reason": "Ours." })).await.expect(201);
        world.pass(days(59)).await;
        assert_eq!(it.acme.deal(&it.first).await["status"], "approved");
        world.pass(days(2)).await;
        assert_eq!(it.acme.deal(&it.first).await["status"], "expired", "sixty days at most");
    }

    async fn a_winner_that_has_ended_meanwhile_wins_nothing(world) {
        let it = Quarrel::over(world, "Fabrikam GmbH").await;
        let id = it.opens().await;
        it.is_heard(&id).await;
        it.northwind.moves(&it.first, "withdraw", json!(null)).await.expect(200);
        let decision = |to: &str| json!({ "outcome": "moves", "to": to, "public_reason": "So." });
        it.reviewer.post(path(&id, "decide"), decision("B")).await.refused(409, "dispute.deal_ended");
        assert_eq!(dispute(&it.acme, &id).await["stage"], "under_review", "nothing half done");
        it.reviewer.post(path(&id, "decide"), decision("A")).await.expect(200);
        assert_eq!(it.acme.deal(&it.second).await["status"], "approved");
    }

    async fn somebody_elses_protection_is_not_given_away(world) {
        let it = Quarrel::over(world, "Fabrikam GmbH").await;
        let id = it.opens().await;
        it.is_heard(&id).await;
        it.northwind.moves(&it.first, "withdraw", json!(null)).await.expect(200);
        let third = it.acme.adds_partner("Eastvale").await.person("sales").await;
        assert_eq!(third.registers(resale("Fabrikam GmbH")).await["status"], "approved");
        it.reviewer.post(path(&id, "decide"), json!({ "outcome": "moves", "to": "A", "public_reason": "So." })).await.refused(409, "deal.protected");
    }
}
