//! One account goes into another, with all that belongs to it.

use super::*;

spec! {
    async fn a_preview_says_what_would_become_of_it_and_changes_nothing(world) {
        let acme = world.vendor("Acme").await;
        twins(&acme).await;
        let body = json!({ "into": "B", "fields": { "phone": "merged" } });
        let preview = acme.post("/v1/accounts/A/merge-preview", body).await.expect(200);
        assert_eq!((&preview["can_merge"], &preview["obstacles"]), (&json!(true), &json!([])));
        let result = |field: &str| {
            let differences = preview["differences"].as_array().expect("differences");
            differences.iter().find(|difference| difference["field"] == field).map(|difference| difference["result"].clone())
        };
        assert_eq!((result("name"), result("phone")), (Some(json!("Fabrikam")), Some(json!("1"))));
        assert_eq!((result("domain"), result("country")), (Some(json!("fabrikam.example")), None));
        let moves = json!([{ "kind": "opportunity", "count": 2, "examples": ["O1", "O2"] }, { "kind": "subsidiary", "count": 1, "examples": ["S"] }]);
        assert_eq!(preview["moves"], moves);
        assert_eq!(acme.get("/v1/accounts/A").await.expect(200)["external_id"], "A");
        assert_eq!(happened(&acme, "account.merged,opportunity.updated").await, Vec::<String>::new());
    }

    async fn everything_goes_over_in_one_write_and_each_thing_has_its_event(world) {
        let acme = world.vendor("Acme").await;
        twins(&acme).await;
        let before = acme.all("/v1/events").await.len();
        let body = json!({ "into": "B", "fields": { "phone": "merged" } });
        let merge = acme.post("/v1/accounts/A/merge", body).await.expect(201);
        assert_eq!(merge["moved"], json!([{ "kind": "opportunity", "count": 2 }, { "kind": "subsidiary", "count": 1 }]));
        assert_eq!((&merge["taken"], &merge["available_actions"]), (&json!(["domain", "phone"]), &json!(["undo"])));
        let survivor = acme.get("/v1/accounts/B").await.expect(200);
        assert_eq!((&survivor["name"], &survivor["phone"], &survivor["domain"]), (&json!("Fabrikam"), &json!("1"), &json!("fabrikam.example")));
        for opportunity in ["O1", "O2", "O3"] {
            assert_eq!(account_of(&acme, opportunity).await, "B");
        }
        assert_eq!(acme.get("/v1/accounts/S").await.expect(200)["parent_external_id"], "B");
        let events = acme.all("/v1/events").await.split_off(before);
        let told: Vec<_> = events.iter().map(|event| event["type"].as_str().expect("a type")).collect();
        assert_eq!(told, ["account.updated", "opportunity.updated", "opportunity.updated", "account.updated", "account.merged"]);
        let last = &events[4]["data"];
        assert_eq!((&last["account"]["external_id"], &last["merged"]["external_id"], &last["merged"]["merged_into"]), (&json!("B"), &json!("A"), &json!("B")));
        assert_eq!(last["merge"]["id"], merge["id"]);
    }

    async fn the_same_request_again_is_the_same_merge(world) {
        let acme = world.vendor("Acme").await;
        twins(&acme).await;
        let merge = merges(&acme, "A", "B").await.expect(201);
        let again = merges(&acme, "A", "B").await.expect(200);
        assert_eq!(merge.body, again.body);
        assert_eq!(happened(&acme, "account.merged").await.len(), 1);
        assert_eq!(acme.all("/v1/account-merges?external_id=A").await.len(), 1);
        assert!(acme.all("/v1/account-merges?status=undone").await.is_empty());
    }

    async fn an_account_is_not_merged_into_itself_nor_in_circles_nor_into_nobody(world) {
        let acme = world.vendor("Acme").await;
        twins(&acme).await;
        merges(&acme, "A", "A").await.invalid_at("/into");
        merges(&acme, "A", "nobody").await.invalid_at("/into");
        merges(&acme, "nobody", "A").await.refused(404, "not_found");
        acme.post("/v1/accounts/A/merge", json!({ "into": "B", "fields": { "colour": "merged" } })).await.expect(422);
        merges(&acme, "A", "B").await.expect(201);
        merges(&acme, "B", "A").await.invalid_at("/into");
        acme.put("/v1/accounts/C", json!({ "name": "C" })).await.expect(201);
        merges(&acme, "A", "C").await.refused(409, "account.merged_already");
        acme.post("/v1/accounts/A/merge-preview", json!({ "into": "B" })).await.refused(409, "account.merged_already");
    }

    async fn a_parent_and_its_subsidiary_become_one_without_a_parent(world) {
        let acme = world.vendor("Acme").await;
        acme.put("/v1/accounts/A", json!({ "name": "Parent" })).await.expect(201);
        acme.put("/v1/accounts/B", json!({ "name": "Child", "parent_external_id": "A" })).await.expect(201);
        let merge = merges(&acme, "A", "B").await.expect(201);
        assert_eq!(acme.get("/v1/accounts/B").await.expect(200).body.get("parent_external_id"), None);
        undoes(&acme, &merge).await.expect(200);
        assert_eq!(acme.get("/v1/accounts/B").await.expect(200)["parent_external_id"], "A");
    }

    async fn a_chain_of_merges_leads_to_its_end_in_one_step(world) {
        let acme = world.vendor("Acme").await;
        for account in ["A", "B", "C"] {
            acme.put(format!("/v1/accounts/{account}"), json!({ "name": format!("Company {account}") })).await.expect(201);
        }
        let first = merges(&acme, "A", "B").await.expect(201);
        let second = merges(&acme, "B", "C").await.expect(201);
        assert_eq!(second["moved"], json!([{ "kind": "redirect", "count": 1 }]));
        assert_eq!(acme.get("/v1/accounts/A").await.expect(200)["external_id"], "C");
        assert_eq!(acme.all("/v1/accounts?merged_into=C").await.len(), 2);
        assert_eq!(acme.all("/v1/accounts").await.len(), 1);
        undoes(&acme, &first).await.refused(409, "account_merge.merged_since");
        undoes(&acme, &second).await.expect(200);
        assert_eq!(acme.get("/v1/accounts/A").await.expect(200)["external_id"], "B");
        undoes(&acme, &first).await.expect(200);
        assert_eq!(acme.get("/v1/accounts/A").await.expect(200)["external_id"], "A");
    }

    async fn of_merges_at_one_instant_that_contradict_each_other_one_holds(world [connections = 8]) {
        let acme = world.vendor("Acme").await;
        twins(&acme).await;
        let calls: Vec<Call> = [("A", "B"), ("B", "A"), ("A", "B"), ("B", "A")].iter().map(|(from, into)| merges(&acme, from, into)).collect();
        let replies = join_all(calls.into_iter().map(|call| async move { call.await })).await;
        assert_eq!(replies.iter().filter(|reply| reply.status == 201).count(), 1, "{replies:?}");
        assert!(replies.iter().all(|reply| matches!(reply.status, 200 | 201 | 422)), "{replies:?}");
        assert_eq!(acme.all("/v1/accounts").await.len(), 2, "the survivor, and the subsidiary");
        let merge = acme.all("/v1/account-merges").await;
        let survivor = merge[0]["into_external_id"].as_str().expect("an id");
        for opportunity in ["O1", "O2", "O3"] {
            assert_eq!(account_of(&acme, opportunity).await, survivor);
        }
    }

    async fn a_partner_and_a_reader_merge_nothing(world) {
        let acme = world.vendor("Acme").await;
        twins(&acme).await;
        let reader = acme.makes_key("finance", &[]).await;
        reader.post("/v1/accounts/A/merge", json!({ "into": "B" })).await.refused(403, "auth.forbidden");
        let seller = acme.adds_partner("Northwind").await.person("partner_admin").await;
        seller.post("/v1/accounts/A/merge-preview", json!({ "into": "B" })).await.refused(403, "auth.forbidden");
        let rival = world.vendor("Rival").await;
        rival.put("/v1/accounts/B", json!({ "name": "Own" })).await.expect(201);
        merges(&rival, "A", "B").await.refused(404, "not_found");
        rival.put("/v1/accounts/X", json!({ "name": "Own" })).await.expect(201);
        merges(&rival, "X", "A").await.invalid_at("/into");
    }
}
