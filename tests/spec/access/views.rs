//! What people want to see of a list, kept under a name.

use crate::prelude::*;

const PATH: &str = "/v1/me/views";

spec! {
    async fn a_view_is_kept_changed_and_deleted_by_whoever_made_it(world) {
        let acme = world.vendor("Acme").await;
        let seller = acme.adds_partner("Northwind").await.person("sales").await;
        let body = json!({ "list": "deals", "name": "Mine", "filters": { "status": "approved" }, "columns": ["customer.name", "amount"] });
        let made = seller.post(PATH, body.clone()).await.expect(201);
        assert_eq!((&made["filters"], &made["columns"], &made["is_default"]), (&body["filters"], &body["columns"], &json!(false)));
        let at = format!("{PATH}/{}", made.id());
        seller.get(format!("/v1/deals?status={}", made["filters"]["status"].as_str().expect("a status"))).await.expect(200);
        let now = seller.patch(&at, json!({ "name": "Ours", "filters": {} })).if_match(1).await.expect(200);
        assert_eq!((&now["name"], &now["filters"], &now["columns"], &now["revision"]), (&json!("Ours"), &json!({}), &body["columns"], &json!(2)));
        seller.patch(&at, json!({ "name": "Late" })).if_match(1).await.refused(412, "revision.stale");
        assert_eq!(seller.get(format!("{PATH}?list=deals")).await.expect(200).rows(), std::slice::from_ref(&now.body));
        assert!(seller.get(format!("{PATH}?list=partners")).await.expect(200).rows().is_empty());
        seller.delete(&at).await.expect(204);
        seller.get(&at).await.refused(404, "not_found");
    }

    async fn a_view_is_nobody_elses(world) {
        let acme = world.vendor("Acme").await;
        let northwind = acme.adds_partner("Northwind").await;
        let (jo, sam) = (northwind.person("sales").await, northwind.person("sales").await);
        let made = jo.post(PATH, json!({ "list": "deals", "name": "Mine" })).await.expect(201);
        let at = format!("{PATH}/{}", made.id());
        for other in [&*sam, acme.client()] {
            other.get(&at).await.refused(404, "not_found");
            other.patch(&at, json!({ "name": "Theirs" })).if_match(1).await.refused(404, "not_found");
            other.delete(&at).await.refused(404, "not_found");
            assert!(other.get(PATH).await.expect(200).rows().is_empty());
        }
        acme.post(PATH, json!({ "list": "deals", "name": "A key's" })).await.refused(403, "auth.person_required");
        // Others learn that there is one, and not what is in it.
        let told = acme.all("/v1/events").await;
        let told = told.iter().find(|event| event["type"] == "view.created").expect("an event");
        assert_eq!(told["data"], json!({ "person_id": jo.id, "list": "deals" }));
    }

    async fn a_view_holds_what_its_list_takes(world) {
        let acme = world.vendor("Acme").await;
        let jo = acme.adds_partner("Northwind").await.person("sales").await;
        jo.post(PATH, json!({ "list": "secrets", "name": "No such" })).await.invalid_at("/list");
        jo.post(PATH, json!({ "list": "deals", "name": "Wrong", "filters": { "colour": "red" } })).await.invalid_at("/filters/colour");
        jo.post(PATH, json!({ "list": "deals", "name": "Paged", "filters": { "cursor": "x" } })).await.invalid_at("/filters/cursor");
        jo.post(PATH, json!({ "list": "deals", "name": "Long", "filters": { "status": "x".repeat(1_001) } })).await.invalid_at("/filters");
        jo.post(PATH, json!({ "list": "deals", "name": "Many", "columns": vec!["amount"; 51] })).await.invalid_at("/columns");
        assert!(jo.get(PATH).await.expect(200).rows().is_empty());
    }

    async fn a_list_opens_with_one_view(world) {
        let acme = world.vendor("Acme").await;
        let jo = acme.adds_partner("Northwind").await.person("sales").await;
        let opens = |list: &'static str, name: &'static str| jo.post(PATH, json!({ "list": list, "name": name, "is_default": true }));
        let first = opens("deals", "First").await.expect(201);
        opens("partners", "Elsewhere").await.expect(201);
        let second = opens("deals", "Second").await.expect(201);
        let defaults = async || -> Vec<Value> {
            let all = jo.get(format!("{PATH}?list=deals")).await.expect(200);
            all.rows().iter().filter(|row| row["is_default"] == true).map(|row| row["id"].clone()).collect()
        };
        assert_eq!(defaults().await, [json!(second.id())]);
        jo.patch(format!("{PATH}/{}", first.id()), json!({ "is_default": true })).if_match(1).await.expect(200);
        assert_eq!(defaults().await, [json!(first.id())]);
    }

    async fn views_are_bounded_and_go_with_their_owner(world) {
        let acme = world.vendor("Acme").await;
        let jo = acme.adds_partner("Northwind").await.person("sales").await;
        for number in 0..100 {
            jo.post(PATH, json!({ "list": "deals", "name": format!("Canary {number}") })).await.expect(201);
        }
        jo.post(PATH, json!({ "list": "deals", "name": "One more" })).await.refused(409, "view.too_many");
        acme.post(format!("/v1/people/{}/erase", jo.id), json!(null)).await.expect(202);
        world.settle().await;
        assert_eq!(world.number("SELECT COUNT(*) FROM views").await, 0);
    }
}
