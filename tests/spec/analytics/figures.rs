//! What became of deals, and how fast.

use crate::prelude::*;

async fn figures(client: &Client, query: &str) -> Vec<Value> {
    client.get(format!("/v1/deal-figures{query}")).await.expect(200)["figures"].as_array().expect("figures").clone()
}

spec! {
    async fn what_happened_is_counted_in_its_month(world) {
        let (acme, northwind, southridge) = rivals(world).await;
        acme.reviews_large_deals().await;
        let fast = northwind.registers(resale("Fabrikam")).await.id();
        let slow = northwind.registers(large(resale("Tailspin"))).await.id();
        southridge.registers(resale("Fabrikam")).await;
        world.clock.advance(hours(6));
        acme.moves(&slow, "request-information", json!({ "question": "Who decides there?" })).await.expect(200);
        world.clock.advance(hours(2));
        northwind.anew().await.moves(&slow, "resubmit", json!({ "reason": "Ada Byron." })).await.expect(200);
        acme.moves(&slow, "approve", json!(null)).await.expect(200);
        world.clock.advance(days(15));
        acme.moves(&fast, "close", json!({ "outcome": "won" })).await.expect(200);
        acme.moves(&slow, "close", json!({ "outcome": "lost" })).await.expect(200);
        world.settle().await;
        let [all] = figures(&acme, "").await.try_into().expect("one for all");
        let of = |name: &str| all[name].clone();
        assert_eq!((of("submitted"), of("won"), of("lost"), of("win_rate")), (json!(3), json!(1), json!(1), json!(0.5)));
        assert_eq!(of("won_amounts"), json!([{ "amount": 4_821_000, "currency": "EUR" }]));
        assert_eq!((of("decided"), of("approved")), (json!(3), json!(2)));
        assert_eq!(of("mean_hours_to_decision"), json!(2.6667), "nothing, nothing, and eight hours with the question");
        assert_eq!(of("mean_days_to_win"), json!(15.3333));
        let [november] = figures(&acme, "?from=2026-11&to=2026-11").await.try_into().expect("a month");
        assert_eq!((&november["submitted"], &november["won"], november.get("win_rate")), (&json!(3), &json!(0), None));
        assert_eq!(figures(&acme, "?from=2026-12&to=2026-12").await[0]["won"], 1);
        assert!(figures(&acme, "?from=2027-01&to=2027-02").await.is_empty());
    }

    async fn each_partner_sees_its_own_and_the_vendor_each(world) {
        let (acme, northwind, southridge) = rivals(world).await;
        let won = northwind.registers(resale("Fabrikam")).await.id();
        southridge.registers(resale("Tailspin")).await;
        southridge.registers(resale("Contoso")).await;
        acme.moves(&won, "close", json!({ "outcome": "won" })).await.expect(200);
        world.settle().await;
        assert_eq!(figures(&southridge, "").await[0]["submitted"], 2);
        assert_eq!(figures(&southridge, &format!("?partner_id={}", northwind.partner.id)).await, Vec::<Value>::new());
        let each: Vec<_> = figures(&acme, "?group_by=partner").await.iter().map(|row| (row["key"].clone(), row["submitted"].clone())).collect();
        assert_eq!(each, [(json!(northwind.partner.id), json!(1)), (json!(southridge.partner.id), json!(2))], "who won most comes first");
        let first = acme.get("/v1/deal-figures?group_by=partner&top=1").await.expect(200);
        assert_eq!((first["figures"].as_array().map(Vec::len), &first["more"]), (Some(1), &json!(true)));
        let globex = world.vendor("Globex").await;
        assert!(figures(&globex, "").await.is_empty());
    }

    async fn a_deal_that_is_handed_in_twice_is_one(world) {
        let (acme, northwind, _) = rivals(world).await;
        acme.reviews_large_deals().await;
        let deal = northwind.registers(with(large(resale("Fabrikam")), json!({ "draft": true }))).await.id();
        northwind.moves(&deal, "submit", json!(null)).await.expect(200);
        acme.moves(&deal, "reject", json!({ "reason": "Too early." })).await.expect(200);
        northwind.moves(&deal, "resubmit", json!(null)).await.expect(200);
        world.settle().await;
        let told = figures(&acme, "").await;
        assert_eq!((&told[0]["submitted"], &told[0]["decided"], &told[0]["rejected"]), (&json!(1), &json!(1), &json!(1)));
    }

    async fn a_time_that_is_none_is_refused(world) {
        let acme = world.vendor("Acme").await;
        for query in ["from=2026-13", "from=x", "to=2026-1", "from=2027-01&to=2026-01", "from=1990-01", "top=0", "top=1001", "group_by=colour"] {
            acme.get(format!("/v1/deal-figures?{query}")).await.expect(422);
        }
    }

    async fn figures_can_be_made_anew_from_the_log(world) {
        let (acme, northwind, _) = rivals(world).await;
        northwind.registers(resale("Fabrikam")).await;
        let lost = northwind.registers(resale("Tailspin")).await.id();
        acme.moves(&lost, "close", json!({ "outcome": "lost" })).await.expect(200);
        world.settle().await;
        let (before, open) = (figures(&acme, "?group_by=partner").await, acme.get("/v1/pipeline").await.expect(200).body);
        for table in ["deal_facts", "pipeline_cells", "pipeline_partners", "deal_tallies", "pipeline_sums", "tally_sums", "figure_partners"] {
            world.sql(&format!("DELETE FROM {table}")).await;
        }
        world.sql("DELETE FROM readers WHERE name = 'analytics.deals'").await;
        world.settle().await;
        assert_eq!((figures(&acme, "?group_by=partner").await, acme.get("/v1/pipeline").await.expect(200).body), (before, open));
    }
}
