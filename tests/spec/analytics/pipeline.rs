//! What is open now, weighted by its chance.

use crate::prelude::*;

async fn pipeline(client: &Client, query: &str) -> Reply {
    client.get(format!("/v1/pipeline{query}")).await.expect(200)
}

/// Deals, amount and weighted amount of what is told of one currency.
fn sums(of: &Value) -> (i64, i64, i64) {
    let number = |name: &str| of[name].as_i64().unwrap_or_else(|| panic!("{name} in {of}"));
    (number("deals"), number("amount"), number("weighted"))
}

fn worth(name: &str, amount: i64) -> Value {
    with(resale(name), json!({ "amount": { "amount": amount, "currency": "EUR" } }))
}

spec! {
    async fn what_is_open_is_told_by_stage_month_and_currency(world) {
        let (acme, northwind, southridge) = rivals(world).await;
        acme.reviews_large_deals().await;
        let first = northwind.registers(worth("Fabrikam", 1_000)).await.id();
        northwind.registers(with(worth("Tailspin", 2_000), json!({ "expected_close": "2027-05-01" }))).await;
        southridge.registers(worth("Contoso", 20_000_000)).await;
        southridge.registers(with(resale("Litware"), json!({ "amount": { "amount": 7, "currency": "USD" } }))).await;
        northwind.registers(with(worth("Adatum", 5), json!({ "draft": true }))).await;
        acme.put("/v1/opportunities/O-1", json!({ "name": "Fabrikam", "status": "open", "deal_id": first, "stage": "Proposal" })).await.expect(201);
        world.settle().await;
        let told = pipeline(&acme, "").await;
        let [euro, dollar] = told["currencies"].as_array().expect("currencies").as_slice() else { panic!("{told}") };
        assert_eq!((sums(euro), sums(dollar)), ((3, 20_003_000, 2_001_300), (1, 7, 2)));
        let stages: Vec<_> = euro["by_stage"].as_array().expect("stages").iter().map(|row| (row["status"].clone(), row["stage"].clone(), sums(row).0)).collect();
        assert_eq!(stages, [(json!("approved"), json!(null), 1), (json!("approved"), json!("Proposal"), 1), (json!("in_review"), json!(null), 1)]);
        let months: Vec<_> = euro["by_month"].as_array().expect("months").iter().map(|row| (row["month"].clone(), sums(row).1)).collect();
        assert_eq!(months, [(json!("2027-03"), 20_001_000), (json!("2027-05"), 2_000)]);
        let head = acme.all("/v1/events").await.len();
        assert_eq!(told["as_of_sequence"], head);
    }

    async fn it_follows_every_move_of_a_deal(world) {
        let (acme, northwind, _) = rivals(world).await;
        let deal = northwind.registers(worth("Fabrikam", 1_000)).await.id();
        world.settle().await;
        assert_eq!(sums(&pipeline(&acme, "").await["currencies"][0]).1, 1_000);
        let changed = json!({ "amount": { "amount": 3_000, "currency": "EUR" }, "expected_close": "2027-09-30" });
        northwind.patch(format!("/v1/deals/{deal}"), changed).if_match(1).await.expect(200);
        world.settle().await;
        let told = pipeline(&acme, "").await;
        assert_eq!((sums(&told["currencies"][0]).1, &told["currencies"][0]["by_month"][0]["month"]), (3_000, &json!("2027-09")));
        acme.moves(&deal, "close", json!({ "outcome": "won" })).await.expect(200);
        world.settle().await;
        assert_eq!(pipeline(&acme, "").await["currencies"], json!([]));
    }

    async fn each_partner_sees_its_own_and_the_vendor_any_part(world) {
        let acme = world.vendor("Acme").await;
        let manager = acme.adds_colleague("channel_manager").await.id();
        let like = |name: &str, region: &str| json!({ "name": name, "type": "reseller", "region": region, "tier": "gold", "manager_id": manager });
        let north = acme.adds_partner_like(like("Northwind", "north")).await;
        let south = acme.adds_partner_like(like("Southridge", "south")).await;
        north.person("sales").await.registers(worth("Fabrikam", 1_000)).await;
        let seller = south.person("sales").await;
        seller.registers(worth("Tailspin", 200)).await;
        seller.registers(with(worth("Contoso", 30), json!({ "type": "referral" }))).await;
        let globex = world.vendor("Globex").await;
        let rival = globex.adds_partner("Elsewhere").await;
        rival.person("sales").await.registers(worth("Fabrikam", 9)).await;
        world.settle().await;
        assert_eq!(sums(&pipeline(&seller, "").await["currencies"][0]).1, 230);
        for (query, amount) in [
            ("?region=north", 1_000),
            ("?tier=gold", 1_230),
            ("?partner_type=reseller&deal_type=referral", 30),
            (&format!("?partner_id={}", south.id), 230),
            (&format!("?manager_id={manager}"), 1_230),
        ] {
            assert_eq!(sums(&pipeline(&acme, query).await["currencies"][0]).1, amount, "{query}");
        }
        for nobody in [format!("?partner_id={}", rival.id), "?region=west".into()] {
            assert_eq!(pipeline(&acme, &nobody).await["currencies"], json!([]));
        }
        assert_eq!(pipeline(&seller, &format!("?partner_id={}", north.id)).await["currencies"], json!([]));
        let keys = async |group: &str| -> Vec<(Value, i64)> {
            let told = pipeline(&acme, &format!("?group_by={group}")).await;
            told["currencies"][0]["groups"].as_array().expect("groups").iter().map(|row| (row["key"].clone(), sums(row).1)).collect()
        };
        assert_eq!(keys("region").await, [(json!("north"), 1_000), (json!("south"), 230)]);
        assert_eq!(keys("partner").await, [(json!(north.id), 1_000), (json!(south.id), 230)]);
        assert_eq!(keys("partner&tier=gold&deal_type=referral").await, [(json!(south.id), 30)]);
        let own = pipeline(&seller, "?group_by=partner").await;
        assert_eq!(own["currencies"][0]["groups"].as_array().map(|rows| rows.iter().map(|row| row["key"].clone()).collect()), Some(vec![json!(south.id)]));
        assert_eq!(keys("manager").await, [(json!(manager), 1_230)]);
        assert_eq!(keys("type").await, [(json!("reseller"), 1_230)]);
        assert_eq!(keys("country").await, [(json!(null), 1_230)]);
        acme.get("/v1/pipeline?group_by=colour").await.expect(422);
    }

    async fn the_vendor_says_what_a_stage_is_worth(world) {
        let (acme, northwind, _) = rivals(world).await;
        northwind.registers(worth("Fabrikam", 1_000)).await;
        world.settle().await;
        let chances = json!({ "in_review": 0, "approved": 25, "stages": { "Proposal": 60 }, "other_stages": 50 });
        let set = acme.put("/v1/pipeline-weights", chances.clone()).await.expect(200);
        assert_eq!((&set["chances"], &set["revision"]), (&chances, &json!(1)));
        assert_eq!(acme.put("/v1/pipeline-weights", chances.clone()).await.expect(200)["revision"], 1);
        assert_eq!(sums(&pipeline(&acme, "").await["currencies"][0]), (1, 1_000, 250));
        acme.put("/v1/pipeline-weights", with(chances.clone(), json!({ "approved": 101 }))).await.invalid_at("/approved");
        acme.put("/v1/pipeline-weights", with(chances.clone(), json!({ "stages": { "Proposal": 101 } }))).await.invalid_at("/stages");
        northwind.put("/v1/pipeline-weights", chances).await.refused(403, "auth.forbidden");
    }

    async fn sums_larger_than_any_number_on_the_wire_stop_at_it(world) {
        let acme = world.vendor("Acme").await;
        let northwind = acme.adds_partner("Northwind").await;
        let deal = northwind.person("sales").await.registers(worth("Fabrikam", 1_000_000_000_000_000)).await.id();
        world.settle().await;
        assert_eq!(sums(&pipeline(&acme, "").await["currencies"][0]).1, 1_000_000_000_000_000);
        // As if a hundred thousand more had been registered.
        for table in ["pipeline_cells", "pipeline_sums"] {
            world.sql(&format!("UPDATE {table} SET amount_high = amount_high * 100000, amount_low = amount_low * 100000")).await;
        }
        assert_eq!(sums(&pipeline(&acme, "").await["currencies"][0]).1, i64::MAX);
        acme.moves(&deal, "withdraw", json!(null)).await.expect(200);
        world.settle().await;
        acme.get("/v1/pipeline").await.expect(200);
    }

    async fn what_is_counted_of_a_partner_moves_with_it(world) {
        let acme = world.vendor("Acme").await;
        let like = |name: &str, tier: &str| json!({ "name": name, "type": "reseller", "region": "north", "tier": tier });
        let north = acme.adds_partner_like(like("Northwind", "gold")).await;
        let south = acme.adds_partner_like(like("Southridge", "silver")).await;
        north.person("sales").await.registers(worth("Fabrikam", 1_000)).await;
        let seller = south.person("sales").await;
        let deal = seller.registers(worth("Tailspin", 200)).await.id();
        seller.registers(worth("Contoso", 30)).await;
        acme.moves(&deal, "close", json!({ "outcome": "won" })).await.expect(200);
        world.settle().await;
        let tiers = async || -> Vec<(Value, i64)> {
            let told = pipeline(&acme, "?group_by=tier").await;
            told["currencies"][0]["groups"].as_array().expect("groups").iter().map(|row| (row["key"].clone(), sums(row).1)).collect()
        };
        assert_eq!(tiers().await, [(json!("gold"), 1_000), (json!("silver"), 30)]);
        south.is_changed(json!({ "tier": "gold" })).await;
        world.settle().await;
        assert_eq!(tiers().await, [(json!("gold"), 1_030)]);
        let won = acme.get("/v1/deal-figures?group_by=tier").await.expect(200);
        assert_eq!((won["figures"].as_array().map(Vec::len), &won["figures"][0]["won"]), (Some(1), &json!(1)), "{won}");
        south.is_changed(json!({ "tier": null })).await;
        seller.registers(worth("Litware", 4)).await;
        world.settle().await;
        assert_eq!(tiers().await, [(json!("gold"), 1_000), (json!(null), 34)]);
        // What takes two segments is summed from each partner's own, and is the same.
        for (one, two) in [("?tier=gold", "?tier=gold&region=north"), ("", "?partner_type=reseller&region=north"), ("?region=north", "?partner_type=reseller&region=north")] {
            assert_eq!(pipeline(&acme, one).await["currencies"], pipeline(&acme, two).await["currencies"], "{one}");
            let figures = async |query: &str| acme.get(format!("/v1/deal-figures{query}")).await.expect(200)["figures"].clone();
            assert_eq!(figures(one).await, figures(two).await, "{one}");
        }
    }
}
