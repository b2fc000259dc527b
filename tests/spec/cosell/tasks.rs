//! Next steps: one place for both sides.

use super::*;

async fn titles(who: &Client, request: &str) -> Vec<String> {
    let rows = who.all(&format!("/v1/cosell-requests/{request}/tasks?limit=2")).await;
    rows.iter().map(|row| row["title"].as_str().unwrap_or_default().to_owned()).collect()
}

async fn adds(who: &Client, request: &str, body: Value) -> Reply {
    who.post(format!("/v1/cosell-requests/{request}/tasks"), body).await.expect(201)
}

spec! {
    async fn both_sides_put_down_move_do_and_undo_next_steps(world) {
        let it = Together::in_(world).await;
        let (_, id) = it.agrees("Fabrikam", &["demo"]).await;
        let one = adds(&it.seller, &id, json!({ "title": "Call them", "owner_id": it.manager })).await;
        let two = adds(&it.acme, &id, json!({ "title": "Show it", "owner_id": it.seller.id })).await;
        let three = adds(&it.seller, &id, json!({ "title": "Quote" })).await;
        assert_eq!(titles(&it.acme, &id).await, ["Call them", "Show it", "Quote"]);
        let path = |task: &Reply| format!("/v1/cosell-tasks/{}", task.id());
        it.seller.patch(path(&three), json!({ "after": null })).if_match(1).await.expect(200);
        assert_eq!(titles(&it.seller, &id).await, ["Quote", "Call them", "Show it"]);
        it.acme.patch(path(&three), json!({ "after": one.id() })).if_match(2).await.expect(200);
        assert_eq!(titles(&it.seller, &id).await, ["Call them", "Quote", "Show it"]);
        it.acme.patch(path(&three), json!({ "after": three.id() })).if_match(3).await.invalid_at("/after");
        it.seller.patch(path(&two), json!({ "owner_id": it.other.id })).if_match(1).await.invalid_at("/owner_id");
        // The first that is done says that the work has begun.
        let done = it.seller.post(format!("{}/complete", path(&two)), json!(null)).await.expect(200);
        assert_eq!((&done["done"], &done["done_by_side"], &done["available_actions"]), (&json!(true), &json!("partner"), &json!(["reopen", "update", "delete"])));
        assert_eq!(it.sees(&id).await["status"], "working");
        it.seller.post(format!("{}/complete", path(&two)), json!(null)).await.refused(409, "cosell_request.illegal_move");
        let open = it.acme.post(format!("{}/reopen", path(&two)), json!(null)).await.expect(200);
        assert_eq!((&open["done"], open.body.get("done_at")), (&json!(false), None));
        assert_eq!(it.seller.all("/v1/cosell-tasks?owner=me&done=false").await.len(), 1);
        it.acme.get("/v1/cosell-tasks?owner=me").await.refused(422, "body.invalid");
        it.seller.delete(path(&one)).await.expect(204);
        it.other.get(path(&two)).await.refused(404, "not_found");
        it.other.post(format!("/v1/cosell-requests/{id}/tasks"), json!({ "title": "x" })).await.refused(404, "not_found");
        moves(&it.acme, &id, "cancel", json!(null)).await.expect(200);
        it.seller.post(format!("{}/complete", path(&two)), json!(null)).await.refused(409, "cosell_request.illegal_move");
        let kinds: Vec<_> = it.acme.all("/v1/events?type=cosell_task.*").await.iter().map(|event| event["type"].clone()).collect();
        let all = ["added", "added", "added", "updated", "updated", "completed", "reopened", "removed"];
        assert_eq!(kinds, all.map(|kind| json!(format!("cosell_task.{kind}"))));
    }

    async fn a_step_can_be_moved_between_two_for_ever(world) {
        let it = Together::in_(world).await;
        let (_, id) = it.agrees("Fabrikam", &["demo"]).await;
        for title in ["a", "b", "c"] {
            adds(&it.seller, &id, json!({ "title": title })).await;
        }
        for _ in 0..25 {
            let rows = it.acme.all(&format!("/v1/cosell-requests/{id}/tasks")).await;
            let (first, last) = (rows[0]["id"].clone(), rows[2].clone());
            let revision = last["revision"].as_i64().expect("a revision");
            it.acme.patch(format!("/v1/cosell-tasks/{}", last["id"].as_str().expect("an id")), json!({ "after": first })).if_match(revision).await.expect(200);
            let now = it.acme.all(&format!("/v1/cosell-requests/{id}/tasks")).await;
            assert_eq!((&now[0]["id"], &now[1]["id"], &now[2]["id"]), (&rows[0]["id"], &rows[2]["id"], &rows[1]["id"]));
        }
    }

    async fn what_is_not_done_in_time_is_told_once(world) {
        let it = Together::in_(world).await;
        let (_, id) = it.agrees("Fabrikam", &["demo"]).await;
        let due = world.now() + days(2);
        let task = adds(&it.seller, &id, json!({ "title": "Show it", "owner_id": it.seller.id, "due_at": due })).await;
        let done = adds(&it.seller, &id, json!({ "title": "Call them", "due_at": due })).await;
        it.seller.post(format!("/v1/cosell-tasks/{}/complete", done.id()), json!(null)).await.expect(200);
        world.pass(days(3)).await;
        world.pass(days(3)).await;
        assert_eq!(it.acme.all("/v1/events?type=cosell_task.overdue").await.len(), 1);
        assert_eq!(it.acme.all("/v1/cosell-tasks?overdue=true").await[0]["id"], json!(task.id()));
        let seller = it.seller.signs_in(&["pwd"]).await;
        assert!(seller.all("/v1/notifications").await.iter().any(|one| one["template"] == "cosell_task.overdue"));
        // Whoever gets more time has it.
        let later = world.now() + days(1);
        let changed = it.acme.patch(format!("/v1/cosell-tasks/{}", task.id()), json!({ "due_at": later })).if_match(2).await.expect(200);
        assert_eq!(changed["overdue"], false);
        world.pass(days(2)).await;
        assert_eq!(it.acme.all("/v1/events?type=cosell_task.overdue").await.len(), 2);
    }
}
