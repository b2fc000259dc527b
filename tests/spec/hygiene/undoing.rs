//! For thirty days a merge can be undone; what was changed since stays as it is.

use super::*;

spec! {
    async fn undone_at_once_everything_is_as_it_was(world) {
        let acme = world.vendor("Acme").await;
        twins(&acme).await;
        let read = async |path: &str| acme.get(path).await.expect(200).body.clone();
        let (a, b) = (read("/v1/accounts/A").await, read("/v1/accounts/B").await);
        let merge = acme.post("/v1/accounts/A/merge", json!({ "into": "B", "fields": { "name": "merged" } })).await.expect(201);
        let undone = undoes(&acme, &merge).await.expect(200);
        assert_eq!((&undone["status"], &undone["stayed"]), (&json!("undone"), &json!({ "fields": [], "things": [] })));
        assert_eq!(undone["available_actions"], json!([]));
        for (path, was) in [("/v1/accounts/A", a), ("/v1/accounts/B", b)] {
            let now = read(path).await;
            for field in ["id", "external_id", "name", "phone", "domain", "merged_into", "redirected_from"] {
                assert_eq!(now.get(field), was.get(field), "{path} {field}");
            }
        }
        for (opportunity, account) in [("O1", "A"), ("O2", "A"), ("O3", "B")] {
            assert_eq!(account_of(&acme, opportunity).await, account);
        }
        assert_eq!(acme.get("/v1/accounts/S").await.expect(200)["parent_external_id"], "A");
        let told = acme.all("/v1/events?type=account.unmerged").await;
        assert_eq!((told.len(), &told[0]["data"]["restored"]["external_id"]), (1, &json!("A")));
        let again = undoes(&acme, &merge).await.expect(200);
        assert_eq!(again.body, undone.body);
        assert_eq!(acme.all("/v1/accounts?domain=fabrikam.example").await.len(), 1, "found by its own keys again");
    }

    async fn what_was_changed_since_stays_and_is_told(world) {
        let acme = world.vendor("Acme").await;
        twins(&acme).await;
        acme.put("/v1/accounts/C", json!({ "name": "Third" })).await.expect(201);
        let merge = acme.post("/v1/accounts/A/merge", json!({ "into": "B", "fields": { "name": "merged", "phone": "merged" } })).await.expect(201);
        let since = json!({ "name": "Fabrikam Inc", "country": "DE", "phone": "77", "domain": "fabrikam.example" });
        acme.put("/v1/accounts/B", since).await.expect(200);
        acme.put("/v1/opportunities/O2", json!({ "name": "O2", "status": "open", "account_external_id": "C" })).await.expect(200);
        acme.put("/v1/opportunities/O1", json!({ "name": "O1", "status": "won", "account_external_id": "B" })).await.expect(200);
        let undone = undoes(&acme, &merge).await.expect(200);
        assert_eq!(undone["stayed"]["fields"], json!(["phone"]));
        let things = &undone["stayed"]["things"];
        assert_eq!((&things[0]["kind"], &things[0]["count"], things.as_array().map(Vec::len)), (&json!("opportunity"), &json!(1), Some(1)));
        let b = acme.get("/v1/accounts/B").await.expect(200);
        assert_eq!((&b["name"], &b["phone"]), (&json!("Fabrikam"), &json!("77")));
        assert_eq!((account_of(&acme, "O1").await, account_of(&acme, "O2").await), ("A".to_owned(), "C".to_owned()));
        assert_eq!(acme.get("/v1/opportunities/O1").await.expect(200)["status"], "won", "what it became, it stays");
    }

    async fn after_thirty_days_it_is_for_good_and_what_undoing_needs_is_forgotten(world) {
        let acme = world.vendor("Acme").await;
        twins(&acme).await;
        let merge = merges(&acme, "A", "B").await.expect(201);
        world.clock.advance(days(30) - seconds(1));
        world.settle().await;
        assert_eq!(acme.get(format!("/v1/account-merges/{}", merge.id())).await.expect(200)["available_actions"], json!(["undo"]));
        world.clock.advance(seconds(1));
        undoes(&acme, &merge).await.refused(409, "account_merge.over");
        world.settle().await;
        let now = acme.get(format!("/v1/account-merges/{}", merge.id())).await.expect(200);
        assert_eq!((&now["status"], &now["available_actions"]), (&json!("merged"), &json!([])));
        undoes(&acme, &merge).await.refused(409, "account_merge.over");
        assert_eq!(acme.get("/v1/accounts/A").await.expect(200)["external_id"], "B", "the redirect stays");
        assert_eq!(world.number("SELECT COUNT(*) FROM account_merge_moves").await, 0);
    }

    async fn what_was_parted_can_be_merged_again_the_other_way(world) {
        let acme = world.vendor("Acme").await;
        twins(&acme).await;
        let merge = merges(&acme, "A", "B").await.expect(201);
        undoes(&acme, &merge).await.expect(200);
        merges(&acme, "B", "A").await.expect(201);
        assert_eq!(acme.get("/v1/accounts/B").await.expect(200)["external_id"], "A");
        undoes(&acme, &merge).await.expect(200);
        assert_eq!(acme.get("/v1/accounts/B").await.expect(200)["external_id"], "A", "what is undone is not undone again");
    }

    async fn undone_twice_at_one_instant_it_is_undone_once(world [connections = 8]) {
        let acme = world.vendor("Acme").await;
        twins(&acme).await;
        let merge = merges(&acme, "A", "B").await.expect(201);
        let calls = (0..4).map(|_| undoes(&acme, &merge)).collect::<Vec<_>>();
        let replies = join_all(calls.into_iter().map(|call| async move { call.await })).await;
        assert!(replies.iter().all(|reply| reply.status == 200), "{replies:?}");
        assert_eq!(happened(&acme, "account.unmerged").await.len(), 1);
        undoes(&acme, &merge).if_match(1).await.refused(412, "revision.stale");
    }
}
