//! The vendor's CRM puts its accounts here, as often as it likes.

use super::told;
use crate::prelude::*;

async fn names(vendor: &Vendor, query: &str) -> Vec<String> {
    vendor.all(&format!("/v1/accounts?{query}")).await.iter().map(|row| row["name"].as_str().unwrap_or_default().to_owned()).collect()
}

spec! {
    async fn an_account_is_created_then_changed_then_left_alone(world) {
        let acme = world.vendor("Acme").await;
        let body = json!({"name": "Goodwill Ltd", "domain": "goodwill.example", "country": "GB"});
        let made = acme.put("/v1/accounts/A-1", body.clone()).await.expect(201);
        assert_eq!((made.header("location"), made.etag().as_str()), (Some("/v1/accounts/A-1"), "\"1\""));
        let same = acme.put("/v1/accounts/A-1", body).await.expect(200);
        assert_eq!(same["revision"], 1);
        let changed = acme.put("/v1/accounts/A-1", json!({"name": "Goodwill Ltd", "country": "GB"})).await.expect(200);
        assert_eq!((&changed["revision"], changed.body.get("domain")), (&json!(2), None));
        assert_eq!(acme.get("/v1/accounts/A-1").await.expect(200).body, changed.body);
        assert_eq!(told(&acme, "account").await, ["account.created", "account.updated"]);
        let events = acme.all("/v1/events?type=account.updated").await;
        assert_eq!(events[0]["data"]["changed"], json!(["domain"]));
    }

    async fn the_crm_s_own_id_may_hold_whatever_a_path_can_carry(world) {
        let acme = world.vendor("Acme").await;
        let made = acme.put("/v1/accounts/a%2Fb%20%C3%BC%3F", json!({"name": "Odd"})).await.expect(201);
        assert_eq!(made["external_id"], "a/b ü?");
        assert_eq!(made.header("location"), Some("/v1/accounts/a%2Fb%20%C3%BC%3F"));
        acme.get(made.header("location").unwrap()).await.expect(200);
        acme.put(format!("/v1/accounts/{}", "x".repeat(201)), json!({"name": "Long"})).await.invalid_at("/external_id");
        acme.put("/v1/accounts/a%07b", json!({"name": "Bell"})).await.invalid_at("/external_id");
        acme.put("/v1/accounts/a%00b", json!({"name": "Nul"})).await.expect(404);
        acme.get("/v1/accounts/a%00b").await.expect(404);
    }

    async fn if_match_is_honoured_where_it_is_sent(world) {
        let acme = world.vendor("Acme").await;
        acme.put("/v1/accounts/A-1", json!({"name": "One"})).if_match(1).await.refused(412, "revision.stale");
        acme.put("/v1/accounts/A-1", json!({"name": "One"})).await.expect(201);
        acme.put("/v1/accounts/A-1", json!({"name": "Two"})).if_match(1).await.expect(200);
        acme.put("/v1/accounts/A-1", json!({"name": "Three"})).if_match(1).await.refused(412, "revision.stale");
    }

    async fn what_is_wrong_with_an_account_is_named(world) {
        let acme = world.vendor("Acme").await;
        for (body, pointer) in [
            (json!({}), "/name"),
            (json!({"name": " "}), "/name"),
            (json!({"name": "x".repeat(301)}), "/name"),
            (json!({"name": "N", "country": "XX"}), "/country"),
            (json!({"name": "N", "colour": "red"}), "/colour"),
            (json!({"name": "N", "custom_fields": {"tier": 1}}), "/custom_fields"),
        ] {
            acme.put("/v1/accounts/A-1", body).await.invalid_at(pointer);
        }
        assert!(told(&acme, "account").await.is_empty());
    }

    async fn accounts_are_found_and_paged(world) {
        let acme = world.vendor("Acme").await;
        for (id, name, domain, country) in [
            ("1", "Zebra", "https://www.zebra.example/", "DE"),
            ("2", "alpha 100%", "shop.alpha.example", "FR"),
            ("3", "Älpha_B", "zebra.example", "DE"),
        ] {
            world.clock.advance(seconds(1));
            acme.put(format!("/v1/accounts/{id}"), json!({"name": name, "domain": domain, "country": country})).await.expect(201);
        }
        assert_eq!(names(&acme, "limit=1&sort=name").await, ["alpha 100%", "Älpha_B", "Zebra"]);
        assert_eq!(names(&acme, "limit=1").await, ["Älpha_B", "alpha 100%", "Zebra"]);
        assert_eq!(names(&acme, "limit=2&sort=updated_at").await, ["Zebra", "alpha 100%", "Älpha_B"]);
        assert_eq!(names(&acme, "sort=name&q=ALPHA").await, ["alpha 100%", "Älpha_B"]);
        assert_eq!(names(&acme, "q=0%25").await, ["alpha 100%"]);
        assert_eq!(names(&acme, "q=a_").await, ["Älpha_B"]);
        assert_eq!(names(&acme, "sort=name&domain=www.zebra.example").await, ["Älpha_B", "Zebra"]);
        assert_eq!(names(&acme, "country=FR").await, ["alpha 100%"]);
        assert_eq!(names(&acme, "updated_since=2026-11-20T12:00:03Z").await, ["Älpha_B"]);
        acme.get("/v1/accounts?colour=red").await.invalid_at("colour");
        acme.get("/v1/accounts?q=%00").await.expect(422);
    }

    async fn another_vendor_and_partners_see_none_of_it(world) {
        let acme = world.vendor("Acme").await;
        let rival = world.vendor("Rival").await;
        acme.put("/v1/accounts/A-1", json!({"name": "Secret"})).await.expect(201);
        rival.get("/v1/accounts/A-1").await.refused(404, "not_found");
        rival.put("/v1/accounts/A-1", json!({"name": "Own"})).await.expect(201);
        assert_eq!(names(&acme, "").await, ["Secret"]);
        let seller = acme.adds_partner("Northwind").await.person("partner_admin").await;
        seller.get("/v1/accounts").await.refused(403, "auth.forbidden");
    }

    async fn puts_of_one_account_at_one_instant_make_one_account(world [connections = 10]) {
        let acme = world.vendor("Acme").await;
        let puts = (0..10).map(|n| {
            let put = acme.put("/v1/accounts/A-1", json!({"name": format!("Name {n}")}));
            async move { put.await.status }
        });
        let statuses = join_all(puts).await;
        assert!(statuses.iter().all(|status| matches!(status, 200 | 201)), "{statuses:?}");
        assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1);
        let account = acme.get("/v1/accounts/A-1").await.expect(200);
        let done = statuses.len();
        assert_eq!((account["revision"].as_u64(), told(&acme, "account").await.len()), (Some(done as u64), done));
    }
}
