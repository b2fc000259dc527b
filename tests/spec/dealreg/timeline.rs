//! A deal's history.

use crate::prelude::*;

spec! {
    async fn a_timeline_tells_every_step_in_order_with_its_notes(world) {
        let (acme, seller, _) = rivals(world).await;
        acme.reviews_large_deals().await;
        let deal = seller.registers(with(large(resale("Fabrikam")), json!({ "draft": true }))).await.id();
        seller.moves(&deal, "submit", json!({ "reason": "They want it by March." })).await.expect(200);
        world.clock.advance(hours(1));
        let seller = seller.anew().await;
        acme.moves(&deal, "request-information", json!({ "question": "One site or all?" })).await.expect(200);
        seller.moves(&deal, "resubmit", json!({ "reason": "All of them." })).await.expect(200);
        acme.moves(&deal, "approve", json!({ "reason": "Fine." })).await.expect(200);
        seller.moves(&deal, "extend", json!(null)).await.expect(200);
        acme.moves(&deal, "close", json!({ "outcome": "won" })).await.expect(200);

        let whole = acme.all(&format!("/v1/deals/{deal}/timeline?limit=2")).await;
        let told: Vec<_> = whole.iter().map(|step| (step["type"].as_str().unwrap_or_default(), step["status"].as_str().unwrap_or_default(), step["note"].as_str())).collect();
        assert_eq!(told, [
            ("deal.drafted", "draft", None),
            ("deal.in_review", "in_review", Some("They want it by March.")),
            ("deal.information_requested", "information_requested", Some("One site or all?")),
            ("deal.in_review", "in_review", Some("All of them.")),
            ("deal.approved", "approved", Some("Fine.")),
            ("deal.extended", "approved", None),
            ("deal.won", "won", None),
        ]);
        assert!(whole.iter().map(|step| step["revision"].as_i64().unwrap_or_default()).eq(1..=7));
        assert_eq!((&whole[1]["occurred_at"], &whole[2]["occurred_at"]), (&json!("2026-11-20T12:00:00Z"), &json!("2026-11-20T13:00:00Z")));
        let key = &whole[2]["actor"];
        assert_eq!((&key["type"], &whole[1]["actor"]), (&json!("api_key"), &json!({ "type": "person", "id": seller.id })));
    }

    async fn to_a_partner_the_vendors_side_is_just_the_vendor(world) {
        let (acme, seller, _) = rivals(world).await;
        let deal = seller.registers(resale("Fabrikam")).await.id();
        acme.moves(&deal, "extend", json!({ "reason": "A courtesy." })).await.expect(200);
        world.pass(days(200)).await;
        let seen = seller.anew().await.get(format!("/v1/deals/{deal}/timeline")).await.expect(200);
        let actors: Vec<_> = seen.rows().iter().map(|step| (step["type"].as_str().unwrap_or_default(), step["actor"]["type"].as_str().unwrap_or_default())).collect();
        assert_eq!(actors, [("deal.approved", "person"), ("deal.extended", "vendor"), ("deal.expired", "vendor")]);
        assert_eq!(seen.rows()[0]["actor"]["id"], seller.id, "it registered, and that was all it took");
        assert!(!String::from_utf8_lossy(&seen.bytes).contains("key_"), "{seen}");
        assert_eq!(seen.rows()[1]["note"], "A courtesy.");
    }

    async fn a_timeline_is_its_own_partners(world) {
        let (acme, seller, rival) = rivals(world).await;
        let deal = seller.registers(resale("Fabrikam")).await.id();
        rival.get(format!("/v1/deals/{deal}/timeline")).await.refused(404, "not_found");
        world.vendor("Contoso").await.get(format!("/v1/deals/{deal}/timeline")).await.refused(404, "not_found");
        acme.get(format!("/v1/deals/{deal}/timeline?cursor=nonsense")).await.refused(400, "cursor.invalid");
    }
}
