//! Products, by the vendor's own ids.

use super::*;

spec! {
    async fn a_product_is_what_was_sent_last_and_only_changes_are_told(world) {
        let (acme, northwind, _) = rivals(world).await;
        let body = json!({ "name": "GTX Pro", "family": "GTX", "list_prices": [eur(482_100)] });
        let made = acme.put("/v1/products/P-1%2Fa", body.clone()).await.expect(201);
        assert_eq!((&made["external_id"], &made["revision"]), (&json!("P-1/a"), &json!(1)));
        assert_eq!(acme.put("/v1/products/P-1%2Fa", body.clone()).await.expect(200).body, made.body);
        acme.put("/v1/products/P-1%2Fa", body.clone()).if_match(7).await.refused(412, "revision.stale");
        let changed = acme.put("/v1/products/P-1%2Fa", with(body, json!({ "list_prices": [] }))).if_match(1).await.expect(200);
        assert_eq!((&changed["revision"], &acme.get("/v1/products/P-1%2Fa").await.expect(200).body), (&json!(2), &changed.body));
        assert_eq!(told(&acme, "product.*").await, ["product.created", "product.updated"]);
        assert_eq!(northwind.all("/v1/products?family=GTX").await.len(), 1, "partners read what they may sell");
        assert!(northwind.all("/v1/products?family=none").await.is_empty());
        northwind.put("/v1/products/P-2", json!({ "name": "Mine" })).await.refused(403, "auth.forbidden");
        let twice = json!({ "name": "Twice", "list_prices": [eur(1), eur(2)] });
        acme.put("/v1/products/P-2", twice).await.invalid_at("/list_prices");
        acme.put(format!("/v1/products/{}", "x".repeat(201)), json!({ "name": "Long" })).await.expect(422);
    }

    async fn of_many_that_create_one_product_one_does(world [connections = 10]) {
        let acme = world.vendor("Acme").await;
        let replies = join_all((0..8).map(|_| async { acme.put("/v1/products/P-1", json!({ "name": "GTX Pro" })).await })).await;
        assert_eq!(replies.iter().filter(|reply| reply.status == 201).count(), 1);
        assert!(replies.iter().all(|reply| matches!(reply.status, 200 | 201 | 409)), "{replies:?}");
        assert_eq!(told(&acme, "product.*").await, ["product.created"]);
    }
}
