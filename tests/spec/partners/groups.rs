//! Partners may be parts of others: in short chains, never in circles.

use crate::prelude::*;

async fn part_of(acme: &Vendor, parent: &str) -> String {
    acme.adds_partner_like(json!({ "name": "A subsidiary", "type": "reseller", "parent_id": parent })).await.id
}

spec! {
    async fn a_cycle_of_parents_is_refused(world) {
        let acme = world.vendor("Acme").await;
        let top = acme.adds_partner("Top").await.id;
        let middle = part_of(&acme, &top).await;
        let low = part_of(&acme, &middle).await;
        for parent in [&top, &middle, &low] {
            acme.patch(format!("/v1/partners/{top}"), json!({ "parent_id": parent })).if_match(1).await.invalid_at("/parent_id");
        }
        let freed = acme.patch(format!("/v1/partners/{low}"), json!({ "parent_id": null })).if_match(1).await.expect(200);
        assert_eq!(freed["parent_id"], Value::Null);
        acme.patch(format!("/v1/partners/{top}"), json!({ "parent_id": low })).if_match(1).await.expect(200);
    }

    async fn two_who_join_one_another_at_once_make_no_circle(world [connections = 12]) {
        let acme = world.vendor("Acme").await;
        for _ in 0..5 {
            let (one, other) = (acme.adds_partner("One").await.id, acme.adds_partner("Other").await.id);
            let joins = [(&one, &other), (&other, &one)];
            let joins = joins.map(|(part, of)| acme.patch(format!("/v1/partners/{part}"), json!({ "parent_id": of })).if_match(1).into_future());
            let mut answers: Vec<_> = join_all(joins).await.iter().map(|answer| answer.status).collect();
            answers.sort_unstable();
            assert_eq!(answers, [200, 422]);
        }
    }

    async fn a_group_has_at_most_eight_levels(world) {
        let acme = world.vendor("Acme").await;
        let mut chain = vec![acme.adds_partner("Top").await.id];
        while chain.len() < 8 {
            chain.push(part_of(&acme, chain.last().expect("a top")).await);
        }
        acme.post("/v1/partners", json!({ "name": "Ninth", "type": "isv", "parent_id": chain[7] })).await.invalid_at("/parent_id");
        // A whole group that joins another counts with all its levels.
        let parent = acme.adds_partner("Parent").await.id;
        let pair = part_of(&acme, &parent).await;
        acme.patch(format!("/v1/partners/{parent}"), json!({ "parent_id": chain[6] })).if_match(1).await.invalid_at("/parent_id");
        acme.patch(format!("/v1/partners/{parent}"), json!({ "parent_id": chain[5] })).if_match(1).await.expect(200);
        let parts = acme.get(format!("/v1/partners?parent_id={parent}")).await.expect(200);
        assert_eq!(parts.rows()[0]["id"], pair);
    }

    async fn the_parent_is_a_partner_of_the_same_vendor(world) {
        let (acme, contoso) = (world.vendor("Acme").await, world.vendor("Contoso").await);
        let elsewhere = contoso.adds_partner("Elsewhere").await.id;
        for parent in [elsewhere.as_str(), "ptn_01jd3k7x2mfq8t9v5w6y0zabcd"] {
            acme.post("/v1/partners", json!({ "name": "N", "type": "isv", "parent_id": parent })).await.invalid_at("/parent_id");
        }
    }
}
