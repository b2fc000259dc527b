//! Whoever still knows the account that went is led to the one that stands.

use super::*;

spec! {
    async fn who_asks_for_the_account_that_went_gets_the_other_and_is_told(world) {
        let acme = world.vendor("Acme").await;
        twins(&acme).await;
        merges(&acme, "A", "B").await.expect(201);
        let read = acme.get("/v1/accounts/A").await.expect(200);
        assert_eq!((&read["external_id"], &read["redirected_from"]), (&json!("B"), &json!("A")));
        assert_eq!(acme.get("/v1/accounts/B").await.expect(200).body.get("redirected_from"), None);
        let merged = acme.all("/v1/accounts?merged_into=B").await;
        assert_eq!((merged.len(), &merged[0]["external_id"], &merged[0]["merged_into"]), (1, &json!("A"), &json!("B")));
        assert_eq!(acme.all("/v1/opportunities?account_external_id=A").await.len(), 3);
        assert!(acme.all("/v1/accounts?merged_into=nobody").await.is_empty());
    }

    async fn a_crm_that_goes_on_sending_both_changes_nothing(world) {
        let acme = world.vendor("Acme").await;
        twins(&acme).await;
        merges(&acme, "A", "B").await.expect(201);
        let before = acme.all("/v1/events").await.len();
        let a = json!({ "name": "Fabrikam Inc", "country": "DE", "phone": "1", "domain": "fabrikam.example" });
        for _ in 0..2 {
            let sent = acme.put("/v1/accounts/A", a.clone()).await.expect(200);
            assert_eq!((&sent["external_id"], &sent["redirected_from"], &sent["phone"]), (&json!("B"), &json!("A"), &json!("2")));
            acme.put("/v1/opportunities/O1", json!({ "name": "O1", "status": "open", "account_external_id": "A" })).await.expect(200);
            acme.put("/v1/accounts/S", json!({ "name": "Subsidiary of it", "parent_external_id": "A" })).await.expect(200);
        }
        assert_eq!(acme.all("/v1/events").await.len(), before);
    }

    async fn what_the_crm_changes_of_the_account_that_went_is_changed_in_the_other(world) {
        let acme = world.vendor("Acme").await;
        twins(&acme).await;
        let merge = merges(&acme, "A", "B").await.expect(201);
        let a = json!({ "name": "Fabrikam Inc", "country": "DE", "phone": "1", "domain": "fabrikam.example", "industry": "robots" });
        let etag = acme.get("/v1/accounts/A").await.expect(200).etag();
        acme.put("/v1/accounts/A", a.clone()).if_match(99).await.refused(412, "revision.stale");
        let sent = acme.put("/v1/accounts/A", a).if_match(etag).await.expect(200);
        assert_eq!((&sent["industry"], &sent["name"], &sent["phone"]), (&json!("robots"), &json!("Fabrikam"), &json!("2")));
        let events = acme.all("/v1/events?type=account.updated").await;
        assert_eq!(events.last().expect("an event")["data"]["changed"], json!(["industry"]));
        undoes(&acme, &merge).await.expect(200);
        assert_eq!(acme.get("/v1/accounts/A").await.expect(200)["industry"], "robots", "it comes back as the CRM last sent it");
    }

    async fn a_new_opportunity_of_the_account_that_went_is_the_other_s(world) {
        let acme = world.vendor("Acme").await;
        twins(&acme).await;
        merges(&acme, "A", "B").await.expect(201);
        let new = json!({ "name": "Late", "status": "open", "account_external_id": "A" });
        let made = acme.put("/v1/opportunities/O9", new.clone()).await.expect(201);
        assert_eq!(made["account_external_id"], "B");
        assert_eq!(acme.put("/v1/opportunities/O9", new).await.expect(200)["revision"], 1);
    }

    async fn an_import_neither_brings_it_back_nor_loses_what_it_says(world) {
        let acme = world.vendor("Acme").await;
        twins(&acme).await;
        merges(&acme, "A", "B").await.expect(201);
        let rows = "{\"external_id\":\"A\",\"industry\":\"robots\"}\n{\"external_id\":\"B\",\"phone\":\"3\"}\n{\"external_id\":\"A\",\"industry\":\"drones\"}\n";
        let import = acme.post("/v1/imports", json!({ "resource": "accounts", "format": "ndjson", "content": rows })).await.expect(202);
        world.settle().await;
        let import = acme.get(format!("/v1/imports/{}", import.id())).await.expect(200);
        assert_eq!((&import["status"], &import["progress"]["updated"]), (&json!("succeeded"), &json!(3)), "{import}");
        let survivor = acme.get("/v1/accounts/A").await.expect(200);
        assert_eq!((&survivor["external_id"], &survivor["industry"], &survivor["phone"]), (&json!("B"), &json!("drones"), &json!("3")));
        let sales = "{\"external_id\":\"O8\",\"account_external_id\":\"A\",\"name\":\"Eight\",\"status\":\"open\"}\n";
        acme.post("/v1/imports", json!({ "resource": "opportunities", "format": "ndjson", "content": sales })).await.expect(202);
        world.settle().await;
        assert_eq!(account_of(&acme, "O8").await, "B");
    }

    async fn a_merge_and_writes_at_one_instant_leave_nothing_behind(world [connections = 12]) {
        let acme = world.vendor("Acme").await;
        twins(&acme).await;
        let merge = merges(&acme, "A", "B");
        let puts = (0..6).map(|number| {
            let body = json!({ "name": format!("N{number}"), "status": "open", "account_external_id": "A" });
            acme.put(format!("/v1/opportunities/N{number}"), body)
        });
        let account = acme.put("/v1/accounts/A", json!({ "name": "Fabrikam Inc", "country": "DE", "phone": "9", "domain": "fabrikam.example" }));
        let calls: Vec<Call> = std::iter::once(merge).chain(puts).chain([account]).collect();
        let replies = join_all(calls.into_iter().map(|call| async move { call.await })).await;
        assert!(replies.iter().all(|reply| matches!(reply.status, 200 | 201)), "{replies:?}");
        for number in 0..6 {
            assert_eq!(account_of(&acme, &format!("N{number}")).await, "B");
        }
        assert_eq!(acme.all("/v1/opportunities?account_external_id=B").await.len(), 9);
    }
}
