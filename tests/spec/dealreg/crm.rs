//! A deal follows the opportunity that the vendor's CRM keeps for it.

use crate::prelude::*;

/// An opportunity that the CRM keeps for this deal.
fn sale(deal: &str, status: &str) -> Value {
    json!({ "name": "Fabrikam: robots", "status": status, "deal_id": deal })
}

spec! {
    async fn a_linked_opportunity_moves_the_deal(world) {
        let (acme, seller, _) = rivals(world).await;
        let deal = seller.registers(resale("Fabrikam")).await.id();
        let figures = json!({ "stage": "Negotiation", "amount": { "amount": 5_000_000, "currency": "USD" }, "closes_on": "2027-05-31" });
        acme.put("/v1/opportunities/O-1", with(sale(&deal, "open"), figures)).await.expect(201);
        world.settle().await;
        let moved = acme.deal(&deal).await;
        assert_eq!((&moved["status"], &moved["stage"], &moved["expected_close"]), (&json!("approved"), &json!("Negotiation"), &json!("2027-05-31")));
        assert_eq!(moved["amount"], json!({ "amount": 5_000_000, "currency": "USD" }));
        assert_eq!((&moved["opportunity_external_id"], &moved["revision"]), (&json!("O-1"), &json!(2)));
        let seen = seller.deal(&deal).await;
        assert_eq!((&seen["stage"], seen.body.get("opportunity_external_id")), (&json!("Negotiation"), None));
        assert_eq!(steps(&acme, &deal).await, ["deal.approved", "deal.stage_changed"]);

        acme.put("/v1/opportunities/O-1", with(sale(&deal, "open"), json!({ "stage": "Negotiation", "owner": "Anna" }))).await.expect(200);
        world.settle().await;
        let same = acme.deal(&deal).await;
        assert_eq!((&same["revision"], &same["amount"]), (&json!(2), &moved["amount"]), "what the deal does not follow moves nothing");
        acme.put("/v1/opportunities/O-1", with(sale(&deal, "open"), json!({ "stage": "Closing" }))).await.expect(200);
        world.settle().await;
        assert_eq!(acme.deal(&deal).await["stage"], "Closing");
    }

    async fn the_end_of_the_sale_is_the_end_of_the_deal(world) {
        let (acme, northwind, southridge) = rivals(world).await;
        for (name, outcome) in [("Fabrikam", "won"), ("Tailspin", "lost")] {
            let deal = northwind.registers(resale(name)).await.id();
            acme.put(format!("/v1/opportunities/{name}"), with(sale(&deal, "open"), json!({ "stage": "Talking" }))).await.expect(201);
            world.settle().await;
            let amount = json!({ "amount": { "amount": 7, "currency": "EUR" }, "stage": "Done" });
            acme.put(format!("/v1/opportunities/{name}"), with(sale(&deal, outcome), amount)).await.expect(200);
            world.settle().await;
            let ended = acme.deal(&deal).await;
            assert_eq!((&ended["status"], &ended["stage"], &ended["amount"]["amount"]), (&json!(outcome), &json!("Done"), &json!(7)));
            assert_eq!(steps(&acme, &deal).await, ["deal.approved", "deal.stage_changed", &format!("deal.{outcome}")]);
            assert_eq!(southridge.registers(resale(name)).await["status"], "approved");
            acme.put(format!("/v1/opportunities/{name}"), sale(&deal, "open")).await.expect(200);
            world.settle().await;
            assert_eq!(acme.deal(&deal).await.body, ended.body, "what has ended stays ended");
        }
        assert_eq!(world.number("SELECT COUNT(*) FROM timers WHERE kind = 'deal.protection'").await, 2);
    }

    async fn a_deal_that_is_not_there_cannot_be_linked(world) {
        let acme = world.vendor("Acme").await;
        let (_, seller, _) = rivals(world).await;
        let foreign = seller.registers(resale("Fabrikam")).await.id();
        for id in [foreign.as_str(), "deal_01jd3k7x2mfq8t9v5w6y0zabcd", "ptn_01jd3k7x2mfq8t9v5w6y0zabcd", "nonsense"] {
            acme.put("/v1/opportunities/O-1", sale(id, "open")).await.invalid_at("/deal_id");
        }
        acme.get("/v1/opportunities/O-1").await.refused(404, "not_found");
    }

    async fn a_deal_that_is_not_approved_is_left_alone(world) {
        let (acme, seller, rival) = rivals(world).await;
        acme.reviews_large_deals().await;
        let waiting = seller.registers(large(resale("Fabrikam"))).await;
        seller.registers(resale("Tailspin")).await;
        let refused = rival.registers(resale("Tailspin")).await;
        for (number, deal) in [&waiting, &refused].into_iter().enumerate() {
            acme.put(format!("/v1/opportunities/O-{number}"), with(sale(&deal.id(), "won"), json!({ "stage": "Done" }))).await.expect(201);
        }
        world.settle().await;
        assert_eq!(seller.deal(&waiting.id()).await.body, waiting.body);
        assert_eq!(rival.deal(&refused.id()).await.body, refused.body);
    }

    async fn an_opportunity_linked_during_the_review_is_taken_up_on_approval(world) {
        let (acme, seller, _) = rivals(world).await;
        acme.reviews_large_deals().await;
        let deal = seller.registers(large(resale("Fabrikam"))).await.id();
        acme.put("/v1/opportunities/O-1", with(sale(&deal, "open"), json!({ "stage": "Talking" }))).await.expect(201);
        world.settle().await;
        acme.moves(&deal, "approve", json!(null)).await.expect(200);
        world.settle().await;
        assert_eq!((&acme.deal(&deal).await["stage"], &acme.deal(&deal).await["status"]), (&json!("Talking"), &json!("approved")));
    }

    async fn a_deals_own_opportunity_is_no_conflict_of_its_own(world) {
        let (acme, seller, _) = rivals(world).await;
        acme.put("/v1/accounts/A-1", json!({ "name": "Fabrikam", "country": "DE" })).await.expect(201);
        let draft = seller.registers(with(resale("Fabrikam"), json!({ "draft": true }))).await.id();
        let linked = with(sale(&draft, "open"), json!({ "account_external_id": "A-1" }));
        acme.put("/v1/opportunities/O-1", linked).await.expect(201);
        assert_eq!(seller.moves(&draft, "submit", json!(null)).await.expect(200)["status"], "approved");
    }
}
