//! Finding deals.

use crate::prelude::*;

/// The customers' names of the deals found.
async fn found(reader: &Client, query: &str) -> Vec<String> {
    let rows = reader.all(&format!("/v1/deals?limit=2&{query}")).await;
    rows.iter().map(|deal| deal["customer"]["name"].as_str().unwrap_or_default().to_owned()).collect()
}

spec! {
    async fn deals_are_filtered_sorted_and_paged(world) {
        let (acme, northwind, southridge) = rivals(world).await;
        let mut ids = Vec::new();
        for (at, name) in ["Fabrikam", "Tailspin", "Wingtip", "Proseware", "Litware"].into_iter().enumerate() {
            world.clock.advance(minutes(1));
            let seller = if at % 2 == 0 { &northwind } else { &southridge };
            let kind = if at < 3 { "resale" } else { "service" };
            ids.push(seller.registers(with(resale(name), json!({ "type": kind }))).await.id());
        }
        world.clock.advance(minutes(1));
        northwind.moves(&ids[0], "withdraw", json!(null)).await.expect(200);
        assert_eq!(found(&acme, "").await, ["Litware", "Proseware", "Wingtip", "Tailspin", "Fabrikam"]);
        assert_eq!(found(&acme, "sort=-created_at").await, found(&acme, "").await);
        assert_eq!(found(&acme, "sort=created_at").await, ["Fabrikam", "Tailspin", "Wingtip", "Proseware", "Litware"]);
        assert_eq!(found(&acme, "sort=updated_at").await, ["Tailspin", "Wingtip", "Proseware", "Litware", "Fabrikam"]);
        assert_eq!(found(&acme, "sort=updated_at&updated_since=2026-11-20T12:04:00Z").await, ["Proseware", "Litware", "Fabrikam"]);
        assert_eq!(found(&acme, "status=withdrawn").await, ["Fabrikam"]);
        assert_eq!(found(&acme, "type=service").await, ["Litware", "Proseware"]);
        assert_eq!(found(&acme, &format!("partner_id={}", southridge.partner.id)).await, ["Proseware", "Tailspin"]);
        assert_eq!(found(&acme, &format!("partner_id={}&status=approved&type=resale", southridge.partner.id)).await, ["Tailspin"]);
    }

    async fn a_partners_person_sees_its_own_partners_deals_only(world) {
        let (_, northwind, southridge) = rivals(world).await;
        let deal = northwind.registers(resale("Fabrikam")).await;
        southridge.registers(resale("Tailspin")).await;
        assert_eq!(found(&southridge, "").await, ["Tailspin"]);
        assert!(found(&southridge, &format!("partner_id={}", northwind.partner.id)).await.is_empty());
        southridge.get(format!("/v1/deals/{}", deal.id())).await.refused(404, "not_found");
        let colleague = northwind.partner.person("engineer").await;
        assert_eq!(found(&colleague, "").await, ["Fabrikam"]);
        colleague.post("/v1/deals", resale("Wingtip")).await.refused(403, "auth.forbidden");
    }

    async fn a_wrong_question_is_refused_by_name(world) {
        let acme = world.vendor("Acme").await;
        for (query, name) in [("status=pending", "status"), ("type=lease", "type"), ("sort=amount", "sort"), ("limit=0", "limit"), ("colour=red", "colour"),
            ("partner_id=acc_01jd3k7x2mfq8t9v5w6y0zabcd", "partner_id"), ("updated_since=yesterday", "updated_since")] {
            acme.get(format!("/v1/deals?{query}")).await.invalid_at(name);
        }
        let deal = acme.adds_partner("Northwind").await.person("sales").await.registers(resale("Fabrikam")).await;
        acme.get("/v1/deals?cursor=b3RoZXI").await.refused(400, "cursor.invalid");
        acme.get(format!("/v1/deals/{}", deal.id().replace("deal_", "ptn_"))).await.refused(404, "not_found");
    }
}
