//! What people wrote goes with them; that something was contributed stays.

use super::*;

spec! {
    async fn what_somebody_wrote_is_exported_and_forgotten_and_the_records_stand(world) {
        let it = Together::in_(world).await;
        let body = json!({ "name": "Ada Byron", "email": "ada@partner.example", "role": "sales", "partner_id": it.seller.partner.id });
        let ada = it.acme.post("/v1/people", body).await.expect(201).id();
        let token = it.acme.post("/v1/tokens", json!({ "person_id": ada })).await.expect(201).text("access_token");
        let client = it.acme.bearing(&token);
        let deal = client.registers(with(resale("Fabrikam"), json!({ "cosell": { "helps": ["demo"], "needs": "WREN-71 is what they want." } }))).await;
        let id = deal.text("cosell_request_id");
        moves(&it.acme, &id, "accept", json!(null)).await.expect(200);
        let task = client.post(format!("/v1/cosell-requests/{id}/tasks"), json!({ "title": "Call WREN-72" })).await.expect(201).id();
        let said = json!({ "contributions": [{ "side": "partner", "person_id": ada, "what": "Found WREN-73.", "basis_points": 10_000 }] });
        moves(&client, &id, "propose-contributions", said).await.expect(200);
        moves(&it.acme, &id, "confirm-contributions", json!(null)).await.expect(200);
        let export = it.acme.get(format!("/v1/people/{ada}/export")).await.expect(200).body.to_string();
        for word in ["\"cosell\"", "WREN-71", "WREN-72", "WREN-73"] {
            assert!(export.contains(word), "{word}: {export}");
        }
        it.acme.post(format!("/v1/people/{ada}/erase"), json!(null)).await.expect(202);
        world.settle().await;
        let seen = it.sees(&id).await;
        assert_eq!((&seen["needs"], &seen["contributions"][0]["what"], &seen["contributions"][0]["basis_points"]), (&json!("[erased]"), &json!("[erased]"), &json!(10_000)));
        assert_eq!(it.acme.get(format!("/v1/cosell-tasks/{task}")).await.expect(200)["title"], "[erased]");
        for event in it.acme.all("/v1/events?type=cosell_request.*").await.into_iter().chain(it.acme.all("/v1/events?type=cosell_task.*").await) {
            let text = event.to_string();
            assert!(!text.contains("WREN-"), "{event:#}");
        }
    }
}
