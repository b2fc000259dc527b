//! Estimates: seen before a deal is registered, kept by it, explained line by line, and fixed when it is won.

use super::*;

spec! {
    async fn a_partner_sees_what_it_would_earn_before_it_registers_and_its_deal_keeps_it(world) {
        let acme = world.vendor("Acme").await;
        let gold = acme.adds_partner_like(json!({ "name": "Northwind", "type": "reseller", "tier": "gold" })).await.person("sales").await;
        let other = acme.adds_partner("Southridge").await.person("sales").await;
        acme.put("/v1/products/P-1", json!({ "name": "GTX Pro", "family": "GTX", "list_prices": [eur(500_000)] })).await.expect(201);
        let gtx = with(earns("gold-gtx", "resale", "partner.tier == \"gold\" && line.family == \"GTX\"", 2_500), json!({ "base": "list_price" }));
        agrees(&acme, json!({ "title": "2027", "earnings": [gtx, earns("rest", "resale", "true", 333)] })).await;
        let deal = sale("Fabrikam", json!([line("gtx pro", 10, 482_100), line("Arm", 1, 1_001)]));
        let check = gold.checks(deal.clone()).await;
        let seen = &check["estimate"];
        assert_eq!((total(seen), &seen["complete"], &seen["terms_version"]), (1_250_033, &json!(true), &json!(1)), "{check}");
        let (first, second) = (&seen["lines"][0], &seen["lines"][1]);
        assert_eq!((&first["rule"], &first["sentence"], &first["of"]), (&json!("gold-gtx"), &json!("By the rule gold-gtx."), &eur(5_000_000)));
        assert_eq!((&first["facts"]["partner.tier"], &first["facts"]["line.family"]), (&json!("gold"), &json!("GTX")));
        assert_eq!((&second["earns"], &second["remainder"], &seen["remainder"]), (&eur(33), &json!(39_996), &json!(39_996)), "33.3333");
        assert_eq!(seen.get("deal_id"), None);
        assert_eq!(total(&other.checks(deal.clone()).await["estimate"]), 4_821_000 * 333 / 10_000 + 33, "no gold");
        let deal = gold.registers(deal).await.id();
        let kept = estimate(&gold, &deal).await;
        assert_eq!((&kept["lines"], &kept["totals"], &kept["deal_id"]), (&seen["lines"], &seen["totals"], &json!(deal)));
        other.get(format!("/v1/deals/{deal}/estimate")).await.refused(404, "not_found");
        assert_eq!(told(&acme, "deal_estimate.*").await, ["deal_estimate.changed"]);
    }

    async fn where_there_is_no_number_there_is_a_reason(world) {
        let (acme, northwind, _) = rivals(world).await;
        let deal = sale("Fabrikam", json!([line("a", 1, 1_000), subscription("b"), { "product": "c", "quantity": 1 },
            { "product": "d", "quantity": 1, "model": "consumption" }]));
        let none = northwind.checks(deal.clone()).await;
        assert_eq!((line_codes(&none["estimate"]), &none["estimate"]["terms_version"]), (vec!["no_terms"; 4], &json!(0)));
        let registered = northwind.registers(deal.clone()).await.id();
        assert_eq!(line_codes(&estimate(&northwind, &registered).await.body), vec!["no_terms"; 4]);
        let broken = earns("broken", "subscription", "line.unit_price.amount > 5", 1_000);
        let list = with(earns("list", "resale", "line.product == \"a\"", 1_000), json!({ "base": "list_price" }));
        let earnings = json!([broken, list, earns("rest", "resale", "true", 1_000), earns("use", "consumption", "true", 1_000)]);
        agrees(&acme, json!({ "title": "Terms", "earnings": earnings })).await;
        let told = northwind.checks(sale("Contoso", deal["lines"].clone())).await;
        assert_eq!(line_codes(&told["estimate"]), ["no_list_price", "rule_failed", "no_price", "no_commitment"]);
        assert_eq!((&told["estimate"]["totals"], &told["estimate"]["complete"]), (&json!([]), &json!(false)));
        assert!(told["estimate"]["lines"].as_array().expect("lines").iter().all(|line| line["sentence"].is_string() && line.get("earns").is_none()));
    }

    async fn a_deal_keeps_the_terms_it_was_given_until_it_is_won(world) {
        let (acme, northwind, _) = with_terms(world, terms()).await;
        let deal = northwind.registers(sale("Fabrikam", json!([line("a", 10, 1_000)]))).await;
        agrees(&acme, json!({ "title": "Better", "earnings": [earns("better", "resale", "true", 5_000)] })).await;
        assert_eq!(total(&northwind.checks(sale("Contoso", json!([line("a", 10, 1_000)]))).await["estimate"]), 5_000);
        assert_eq!(total(&estimate(&northwind, &deal.id()).await.body), 1_000);
        let path = format!("/v1/deals/{}", deal.id());
        northwind.patch(&path, json!({ "lines": [line("a", 20, 1_000)] })).if_match(deal.etag()).await.expect(200);
        let told_again = estimate(&northwind, &deal.id()).await;
        assert_eq!((total(&told_again.body), &told_again["terms_version"], told_again.body.get("fixed_at")), (2_000, &json!(1), None));
        acme.moves(&deal.id(), "close", json!({ "outcome": "won" })).await.expect(200);
        let fixed = estimate(&northwind, &deal.id()).await;
        assert_eq!((total(&fixed.body), fixed["fixed_at"].is_string()), (2_000, true));
        world.pass(days(400)).await;
        assert_eq!(estimate(&acme, &deal.id()).await.body, fixed.body);
        assert_eq!(told(&acme, "deal_estimate.*").await, ["deal_estimate.changed", "deal_estimate.changed", "deal_estimate.fixed"]);
    }

    async fn a_change_that_earns_no_more_or_less_is_not_told(world) {
        let (acme, northwind, _) = with_terms(world, terms()).await;
        let deal = northwind.registers(sale("Fabrikam", json!([line("a", 10, 1_000)]))).await;
        let path = format!("/v1/deals/{}", deal.id());
        northwind.patch(&path, json!({ "expected_close": "2027-05-31" })).if_match(deal.etag()).await.expect(200);
        assert_eq!(told(&acme, "deal_estimate.*").await, ["deal_estimate.changed"]);
        acme.moves(&deal.id(), "close", json!({ "outcome": "lost" })).await.expect(200);
        assert_eq!(estimate(&northwind, &deal.id()).await.body.get("fixed_at"), None);
    }

    async fn currencies_are_never_added_up(world) {
        let (_, northwind, _) = with_terms(world, terms()).await;
        let dollars = json!({ "product": "b", "quantity": 3, "unit_price": { "amount": 555, "currency": "USD" } });
        let check = northwind.checks(sale("Fabrikam", json!([line("a", 1, 1_000), dollars, line("c", 1, 19)]))).await;
        assert_eq!(check["estimate"]["totals"], json!([eur(101), { "amount": 166, "currency": "USD" }]));
    }

    async fn each_model_earns_in_its_own_way(world) {
        let (_, northwind, _) = with_terms(world, terms()).await;
        let share = json!({ "product": "c", "quantity": 1, "model": "revenue_share", "term_months": 6, "recurring": { "amount": eur(3_000), "every": "quarter" } });
        let used = json!({ "product": "d", "quantity": 1, "model": "consumption", "committed": eur(70_000) });
        let check = northwind.checks(sale("Fabrikam", json!([line("a", 2, 500), subscription("b"), share, used]))).await;
        let earned: Vec<_> = check["estimate"]["lines"].as_array().expect("lines").iter().map(|line| line["earns"]["amount"].clone()).collect();
        assert_eq!(earned, [100, 120_000, 600, 7_000]);
        assert_eq!((&check["estimate"]["lines"][1]["months"], total(&check["estimate"])), (&json!(12), 127_700));
    }

    async fn a_deal_as_it_was_always_registered_earns_by_its_amount(world) {
        let (_, northwind, _) = with_terms(world, terms()).await;
        let deal = northwind.registers(resale("Fabrikam")).await.id();
        let told = estimate(&northwind, &deal).await;
        assert_eq!((total(&told.body), told["lines"][0].get("line"), told["lines"][0].get("product")), (482_100, None, None));
    }
}
