//! Fragments, typos, scripts, order: what is found, and what comes first.

use super::*;

spec! {
    async fn a_name_is_found_by_its_parts_and_in_spite_of_typos(world) {
        let acme = with_accounts(world, &["Fabrikam Robotics GmbH", "Maschinenbau Siemens AG", "Wingtip Toys", "Acme"]).await;
        for typed in [
            "Fabrikam Robotics GmbH", "fabrikam", "FABRIKAM", "fa", "fab", "brik", "kam", "robo fab", "gmbh robotics fabrikam", "fabirkam", "fabrkam",
            "fabrikkam", "fabrikan", "fabrikam robotisc", "farbi", "fbrikam", "fabrikam-robotics", "fabrikamroboticsgmbh",
        ] {
            assert_eq!(acme.finds(typed).await.first().map(String::as_str), Some("Fabrikam Robotics GmbH"), "{typed}");
        }
        for typed in ["siemens", "seimens", "simens", "siemmens", "iemen", "bau", "machinenbau", "maschienenbau", "siemens ag"] {
            assert_eq!(acme.finds(typed).await, ["Maschinenbau Siemens AG"], "{typed}");
        }
        assert_eq!(acme.finds("amce").await, ["Acme"]);
        assert_eq!(acme.finds("m").await, ["Maschinenbau Siemens AG"], "a letter is a beginning");
        assert!(acme.finds("zzz").await.is_empty() && acme.finds("fund").await.is_empty());
    }

    async fn accents_case_and_script_make_no_difference(world) {
        let acme = with_accounts(world, &["Müller Straßenbau", "Crédit Agricole", "北京机器人", "Газпром нефть", "L'Oréal", "McDonald's"]).await;
        let found = [
            ("muller", "Müller Straßenbau"), ("MÜLLER", "Müller Straßenbau"), ("mueller", "Müller Straßenbau"), ("strassen", "Müller Straßenbau"),
            ("straße", "Müller Straßenbau"), ("crèdit", "Crédit Agricole"), ("北京", "北京机器人"), ("机器", "北京机器人"), ("газпром", "Газпром нефть"),
            ("Gazprom", "Газпром нефть"), ("нефть газ", "Газпром нефть"), ("loreal", "L'Oréal"), ("mcdonalds", "McDonald's"), ("mcdon", "McDonald's"),
        ];
        for (typed, title) in found {
            assert_eq!(acme.finds(typed).await, [title], "{typed}");
        }
    }

    async fn everything_is_found_in_one_call_and_says_where(world) {
        let (acme, northwind, _) = rivals(world).await;
        acme.put("/v1/accounts/A-1", json!({ "name": "Fabrikam", "country": "DE", "domain": "fabrikam.example", "tax_id": "DE123456788" })).await.expect(201);
        acme.put("/v1/opportunities/O-7", json!({ "name": "Robots for Fabrikam", "status": "open" })).await.expect(201);
        let contact = json!({ "name": "Anna Schmidt", "email": "anna@fabrikam.example" });
        let registered = northwind.registers(resale_to(json!({ "name": "Fabrikam", "country": "DE", "contact": contact }))).await;
        let deal = registered.id();
        acme.post("/v1/leads", json!({ "company": { "name": "Fabrikam", "country": "DE" }, "contact": { "name": "Bob Ray" }, "external_id": "L-9" })).await.expect(201);
        northwind.post("/v1/referrals", json!({ "company": { "name": "Fabrikam Nord", "country": "DE" } })).await.expect(201);
        acme.post("/v1/partners", json!({ "name": "Fabrikam Partners", "type": "reseller" })).await.expect(201);
        acme.post("/v1/people", json!({ "name": "Fabrikam Joe", "email": "joe@acme.example", "role": "finance" })).await.expect(201);
        world.settle().await;
        let found = acme.searches("fabrikam").await;
        let types: Vec<_> = found["types"].as_array().expect("types").iter().map(|row| (row["type"].clone(), row["hits"].clone())).collect();
        for kind in ["deal", "account", "partner", "lead", "opportunity", "referral", "person"] {
            assert!(types.contains(&(json!(kind), json!(1))), "{kind}: {found}");
        }
        let scores: Vec<_> = found.rows().iter().map(|hit| hit["score"].as_i64().expect("a score")).collect();
        assert!(scores.is_sorted_by(|a, b| a >= b) && scores[..3] == [1_000; 3], "{found}");
        assert_eq!(found["as_of_sequence"], acme.all("/v1/events").await.len());
        // By what is exact: the thing itself comes first.
        for (typed, kind) in [("A-1", "account"), ("DE 123 456 788", "account"), ("de123456788", "account"), ("O-7", "opportunity"), ("l-9", "lead"),
            (deal.as_str(), "deal"), ("ANNA@fabrikam.example", "deal"), ("joe@acme.example", "person"), ("schmidt fabrikam", "deal")] {
            assert_eq!(acme.searches(typed).await.rows()[0]["type"], kind, "{typed}");
        }
        assert_eq!(acme.searches(&deal).await.rows().len(), 1);
        let hit = &acme.searches("smchidt").await.rows()[0].clone();
        assert_eq!((&hit["id"], &hit["title"], &hit["status"], &hit["partner_id"]), (&json!(deal), &json!("Fabrikam"), &registered["status"], &json!(northwind.partner.id)));
        let parts = json!([{ "text": "Anna ", "found": false }, { "text": "Schmidt", "found": true }]);
        assert_eq!(hit["highlights"], json!([{ "field": "contact", "parts": parts }]));
        let only = acme.get("/v1/search?q=fabrikam&types=account,lead").await.expect(200);
        assert_eq!(only.rows().len(), 2, "{only}");
    }

    async fn all_typed_words_count_before_any_does(world) {
        let acme = with_accounts(world, &["Nord Robotics", "Nord Tools", "Süd Robotics"]).await;
        assert_eq!(acme.finds("robotics nord").await, ["Nord Robotics"]);
        for typed in ["nord", "nord unheard"] {
            let mut found = acme.finds(typed).await;
            found.sort();
            assert_eq!(found, ["Nord Robotics", "Nord Tools"], "{typed}: what has most of them, if nothing has all");
        }
    }

    async fn pages_lose_and_repeat_nothing_and_the_order_stays(world) {
        let names: Vec<_> = (0..23).map(|number| format!("Fabrikam {}", ["One", "Two", "Three"][number % 3])).collect();
        let acme = with_accounts(world, &names.iter().map(String::as_str).collect::<Vec<_>>()).await;
        let whole = acme.get("/v1/search?q=fabrikam&limit=200").await.expect(200);
        assert_eq!((whole.rows().len(), &whole["types"]), (23, &json!([{ "type": "account", "hits": 23 }])));
        let by_four = acme.all("/v1/search?q=fabrikam&limit=4").await;
        assert_eq!(by_four, whole.rows());
    }

    async fn what_changes_is_found_as_it_now_is(world) {
        let acme = with_accounts(world, &["Fabrikam", "Fabrikam"]).await;
        acme.put("/v1/accounts/A-0", json!({ "name": "Contoso", "country": "DE" })).await.expect(200);
        world.settle().await;
        assert_eq!(acme.finds("contoso").await, ["Contoso"]);
        assert_eq!(acme.finds("fabrikam").await, ["Fabrikam"], "the other one keeps its words");
        acme.put("/v1/accounts/A-1", json!({ "name": "Litware", "country": "DE" })).await.expect(200);
        world.settle().await;
        assert!(acme.finds("fabr").await.is_empty());
        assert_eq!(world.number("SELECT count(*) FROM search_terms WHERE word = 'fabrikam'").await, 0, "nor does its spelling stay");
    }

    async fn all_of_it_is_made_anew_from_the_log(world) {
        let (acme, northwind, _) = rivals(world).await;
        northwind.registers(resale("Fabrikam")).await;
        acme.put("/v1/accounts/A-1", json!({ "name": "Fabrikam Works", "country": "DE" })).await.expect(201);
        world.settle().await;
        let before = acme.searches("fabrikam").await;
        assert_eq!(before.rows().len(), 2);
        for table in ["search_documents", "search_postings", "search_terms"] {
            assert!(world.sql(&format!("DELETE FROM {table}")).await > 0);
        }
        assert!(acme.searches("fabrikam").await.rows().is_empty());
        world.sql(&format!("DELETE FROM readers WHERE name = '{}'", ::search::projection::READER)).await;
        world.settle().await;
        assert_eq!(acme.searches("fabrikam").await.rows(), before.rows());
    }

    async fn every_event_that_carries_what_is_searched_is_read(world) {
        let document = &world.main.document;
        let mut missing = Vec::new();
        for (kind, item) in document.json["webhooks"].as_object().expect("webhooks") {
            let thing = kind.split('.').next().unwrap_or_default();
            if !["deal", "account", "partner", "lead", "opportunity", "referral", "person"].contains(&thing) {
                continue;
            }
            let body = document.resolve(&item["post"]["requestBody"]["content"]["application/json"]["schema"]);
            let parts = body["allOf"].as_array().cloned().unwrap_or_else(|| vec![body.clone()]);
            let data = parts.iter().map(|part| document.resolve(&document.resolve(part)["properties"]["data"])).find(|data| data.is_object());
            let carries = data.is_some_and(|data| data["properties"][thing].is_object());
            // A remark's deal is as it was.
            let read = ::search::projection::TYPES.contains(&kind.as_str()) || kind.contains("comment");
            if carries && !read {
                missing.push(kind.clone());
            }
        }
        assert!(missing.is_empty(), "{missing:?}");
    }
}
