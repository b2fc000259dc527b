//! A request ends with its deal.

use super::*;

spec! {
    async fn a_won_deal_ends_the_work_and_asks_who_contributed_what(world) {
        let it = Together::in_(world).await;
        let (deal, id) = it.agrees("Fabrikam", &["demo"]).await;
        it.acme.moves(&deal, "close", json!({ "outcome": "won" })).await.expect(200);
        world.settle().await;
        let closing = it.sees(&id).await;
        assert_eq!((&closing["status"], &closing["outcome"]), (&json!("closing"), &json!("won")));
        assert!(closing["due_at"].is_string(), "{closing}");
        it.seller.post(format!("/v1/cosell-requests/{id}/tasks"), json!({ "title": "x" })).await.refused(409, "cosell_request.illegal_move");
        assert_eq!(told(&it.acme).await, ["requested", "accepted", "work_ended"]);
        let manager = it.acme.sees_sign_in(&it.manager, &["pwd"]).await;
        assert!(manager.all("/v1/notifications").await.iter().any(|one| one["template"] == "cosell_request.work_ended"));
    }

    async fn what_was_not_answered_or_is_taken_back_is_cancelled_with_its_outcome(world) {
        let it = Together::in_(world).await;
        let (won, unanswered) = it.asks("Fabrikam", &["demo"]).await;
        it.acme.moves(&won, "close", json!({ "outcome": "won" })).await.expect(200);
        let (withdrawn, agreed) = it.agrees("Tailspin", &["demo"]).await;
        it.seller.moves(&withdrawn, "withdraw", json!(null)).await.expect(200);
        let (_, expired) = it.agrees("Litware", &["demo"]).await;
        world.settle().await;
        for (id, outcome) in [(unanswered.id(), "won"), (agreed, "withdrawn")] {
            let seen = it.sees(&id).await;
            assert_eq!((&seen["status"], &seen["outcome"]), (&json!("cancelled"), &json!(outcome)));
        }
        world.pass(days(91)).await;
        let seen = it.sees(&expired).await;
        assert_eq!((&seen["status"], &seen["outcome"]), (&json!("cancelled"), &json!("expired")));
    }

    async fn a_rejected_deal_is_not_helped_with_until_it_is_handed_in_again(world) {
        let it = Together::in_(world).await;
        it.acme.reviews_large_deals().await;
        let deal = it.seller.registers(with(large(resale("Fabrikam")), json!({ "cosell": { "helps": ["demo"] } }))).await;
        assert_eq!(deal["status"], "in_review");
        it.acme.moves(&deal.id(), "reject", json!({ "reason": "Not now." })).await.expect(200);
        world.settle().await;
        let seen = it.sees(&deal.text("cosell_request_id")).await;
        assert_eq!((&seen["status"], &seen["outcome"]), (&json!("cancelled"), &json!("rejected")));
        it.acme.moves(&deal.id(), "approve", json!(null)).await.expect(200);
        it.seller.post(format!("/v1/deals/{}/request-cosell", deal.id()), json!({ "helps": ["demo"] })).await.expect(201);
    }
}
