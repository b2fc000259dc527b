//! Access reviews: who has access and why, and whether they still should.

use crate::prelude::*;

/// Start a review, and let it be listed who has access.
async fn starts(acme: &Vendor, body: Value) -> String {
    let body = with(json!({ "name": "A review", "deadline": "2026-12-20T12:00:00Z" }), body);
    let made = acme.post("/v1/access-reviews", body).await.expect(201);
    assert_eq!(made["status"], "preparing");
    acme.world().settle().await;
    made.id()
}

async fn items(client: &Client, review: &str) -> Vec<Value> {
    client.all(&format!("/v1/access-reviews/{review}/items?limit=200")).await
}

/// The item about this person or key.
async fn item(client: &Client, review: &str, about: &str) -> String {
    let items = items(client, review).await;
    let found = items.iter().find(|item| item["person_id"] == about || item["api_key_id"] == about);
    found.and_then(|item| item["id"].as_str()).unwrap_or_else(|| panic!("{about} in {items:?}")).to_owned()
}

fn decide(client: &Client, review: &str, item: &str, verdict: &str) -> Call {
    client.post(format!("/v1/access-reviews/{review}/items/{item}/{verdict}"), json!({ "reason": "So it is." }))
}

spec! {
    async fn a_review_lists_who_has_access_and_why(world) {
        let acme = world.vendor("Acme").await;
        let northwind = acme.adds_partner("Northwind").await;
        let (seller, idle) = (northwind.person("sales").await, northwind.person("engineer").await);
        world.pass(days(91)).await;
        seller.signs_in(&["pwd"]).await.get("/v1/deals").await.expect(200);
        world.settle().await;
        let kim = acme.adds_colleague("channel_manager").await.id();
        acme.put(format!("/v1/people/{kim}/reach"), json!({ "partner_ids": [northwind.id] })).await.expect(200);
        let key = acme.post("/v1/api-keys", json!({ "name": "Sync", "role": "integration", "scopes": ["crm:write"] })).await.expect(201);
        let key = key["api_key"]["id"].as_str().expect("an id").to_owned();
        let scope = json!({ "api_keys": true });
        let review = starts(&acme, json!({ "reviewers": { "by": "channel_managers" }, "scope": scope, "deadline": "2027-03-20T12:00:00Z" })).await;
        let now = acme.get(format!("/v1/access-reviews/{review}")).await.expect(200);
        assert_eq!((&now["status"], &now["progress"]), (&json!("open"), &json!({ "pending": 5, "kept": 0, "revoked": 0, "unanswered": 0 })));
        let items = items(&acme, &review).await;
        let about = |id: &str| items.iter().find(|item| item["person_id"] == id || item["api_key_id"] == id).unwrap_or_else(|| panic!("{id}"));
        let active = about(&seller.id);
        assert_eq!((&active["role"], &active["partner_id"], &active["open_sessions"], &active["dormant"]), (&json!("sales"), &json!(northwind.id), &json!(1), &json!(false)));
        assert_eq!((&active["added_by"]["type"], &active["last_used_at"]), (&json!("api_key"), &json!("2027-02-19T12:00:00Z")));
        assert_eq!((&about(&idle.id)["dormant"], &about(&idle.id)["open_sessions"]), (&json!(true), &json!(0)));
        assert_eq!(about(&kim)["reach"]["partner_ids"], json!([northwind.id]));
        assert_eq!((&about(&key)["scopes"], &about(&key)["name"]), (&json!(["crm:write"]), &json!("Sync")));
        let dormant = acme.all(&format!("/v1/access-reviews/{review}/items?dormant=true&role=engineer&partner_id={}", northwind.id)).await;
        assert_eq!(dormant.len(), 1);
    }

    async fn a_reviewer_keeps_and_revokes_and_the_last_decision_closes(world) {
        let acme = world.vendor("Acme").await;
        let manager = acme.adds_colleague("channel_manager").await.id();
        let northwind = acme.adds_partner_like(json!({ "name": "Northwind", "type": "reseller", "manager_id": manager })).await;
        let elsewhere = acme.adds_partner("Southwind").await.person("sales").await;
        let (stays, goes) = (northwind.person("sales").await, northwind.person("partner_admin").await);
        let session = goes.signs_in(&["pwd"]).await;
        let review = starts(&acme, json!({ "reviewers": { "by": "channel_managers" }, "scope": { "side": "partner" } })).await;
        let kim = acme.sees_sign_in(&manager, &["pwd"]).await;
        assert_eq!(kim.all("/v1/access-reviews").await.len(), 1);
        assert_eq!(items(&kim, &review).await.len(), 2, "those of the partners that the manager is in charge of");
        assert_eq!(kim.get(format!("/v1/access-reviews/{review}")).await.expect(200)["progress"]["pending"], 2);
        let foreign = item(&acme, &review, &elsewhere.id).await;
        decide(&kim, &review, &foreign, "revoke").await.refused(404, "not_found");

        let (one, two) = (item(&kim, &review, &stays.id).await, item(&kim, &review, &goes.id).await);
        let kept = decide(&kim, &review, &one, "keep").await.expect(200);
        assert_eq!((&kept["decision"], &kept["decided_by"]["id"], &kept["reason"]), (&json!("kept"), &json!(manager), &json!("So it is.")));
        assert_eq!(kept["available_actions"], json!(["revoke"]));
        decide(&kim, &review, &two, "revoke").await.expect(200);
        session.get("/v1/deals").await.refused(401, "auth.required");
        goes.get("/v1/deals").await.refused(401, "auth.required");
        stays.get("/v1/deals").await.expect(200);
        assert_eq!(acme.get(format!("/v1/people/{}", goes.id)).await.expect(200)["status"], "deactivated");
        decide(&kim, &review, &two, "revoke").await.expect(200);
        decide(&kim, &review, &two, "keep").await.refused(409, "access_review.already_decided");
        assert_eq!(acme.get(format!("/v1/access-reviews/{review}")).await.expect(200)["status"], "open");
        decide(&acme, &review, &foreign, "keep").await.expect(200);
        let closed = acme.get(format!("/v1/access-reviews/{review}")).await.expect(200);
        assert_eq!((&closed["status"], &closed["progress"]), (&json!("closed"), &json!({ "pending": 0, "kept": 2, "revoked": 1, "unanswered": 0 })));
        decide(&kim, &review, &one, "revoke").await.refused(409, "access_review.not_open");
        let told = acme.get("/v1/events?type=access_review.*,access_review_item.*").await.expect(200);
        let told: Vec<_> = told.rows().iter().map(|event| event["type"].as_str().unwrap_or_default().to_owned()).collect();
        let decided = "access_review_item.decided";
        assert_eq!(told, ["access_review.created", "access_review.opened", decided, decided, decided, "access_review.closed"]);
    }

    async fn a_partners_admins_review_their_own_and_nobody_decides_on_themselves(world) {
        let acme = world.vendor("Acme").await;
        let (northwind, southwind) = (acme.adds_partner("Northwind").await, acme.adds_partner("Southwind").await);
        let (boss, seller, other) = (northwind.person("partner_admin").await, northwind.person("sales").await, southwind.person("sales").await);
        let review = starts(&acme, json!({ "reviewers": { "by": "partner_admins" } })).await;
        let theirs = items(&boss, &review).await;
        assert!(theirs.len() == 2 && theirs.iter().all(|item| item["partner_id"] == northwind.id), "{theirs:?}");
        seller.get("/v1/access-reviews").await.refused(403, "auth.forbidden");
        let foreign = item(&acme, &review, &other.id).await;
        decide(&boss, &review, &foreign, "revoke").await.refused(404, "not_found");
        let own = item(&boss, &review, &boss.id).await;
        for verdict in ["keep", "revoke"] {
            decide(&boss, &review, &own, verdict).await.refused(403, "access_review.own_item");
        }
        decide(&boss, &review, &item(&boss, &review, &seller.id).await, "revoke").await.expect(200);
        seller.get("/v1/deals").await.refused(401, "auth.required");
        boss.post(format!("/v1/access-reviews/{review}/close"), json!(null)).await.refused(403, "auth.forbidden");
    }

    async fn many_are_decided_in_one_call_or_none(world) {
        let acme = world.vendor("Acme").await;
        let northwind = acme.adds_partner("Northwind").await;
        let (one, two) = (northwind.person("sales").await, northwind.person("sales").await);
        let jo = acme.adds_colleague("channel_manager").await.id();
        let reviewers = json!({ "by": "people", "person_ids": [jo] });
        let review = starts(&acme, json!({ "reviewers": reviewers, "scope": { "roles": ["sales"], "partner_ids": [northwind.id] } })).await;
        let jo = acme.sees_sign_in(&jo, &["pwd"]).await;
        let (first, second) = (item(&jo, &review, &one.id).await, item(&jo, &review, &two.id).await);
        let path = format!("/v1/access-reviews/{review}/decide");
        let nobody = kernel::id::write("ari", kernel::id::fresh());
        let body = json!({ "decisions": [{ "item_id": first, "decision": "revoke" }, { "item_id": nobody, "decision": "keep" }] });
        jo.post(&path, body).await.invalid_at("/decisions/1/item_id");
        one.get("/v1/deals").await.expect(200);
        let body = json!({ "decisions": [{ "item_id": first, "decision": "revoke", "reason": "Left." }, { "item_id": second, "decision": "keep" }] });
        let done = jo.post(&path, body).await.expect(200);
        assert_eq!(done.rows().iter().map(|item| item["decision"].clone()).collect::<Vec<_>>(), [json!("revoked"), json!("kept")]);
        one.get("/v1/deals").await.refused(401, "auth.required");
        assert_eq!(jo.get(format!("/v1/access-reviews/{review}")).await.expect(200)["status"], "closed");
        // Named is who is active.
        let body = json!({ "name": "Another", "deadline": "2027-01-01T00:00:00Z", "reviewers": { "by": "people", "person_ids": [one.id] } });
        acme.post("/v1/access-reviews", body).await.invalid_at("/reviewers/person_ids/0");
        let body = json!({ "name": "Another", "deadline": "2027-01-01T00:00:00Z", "reviewers": { "by": "people" } });
        acme.post("/v1/access-reviews", body).await.expect(422);
        let body = json!({ "name": "Another", "deadline": "2026-01-01T00:00:00Z", "reviewers": { "by": "channel_managers" } });
        acme.post("/v1/access-reviews", body).await.invalid_at("/deadline");
    }

    async fn what_nobody_decides_is_revoked_at_the_deadline_if_the_vendor_says_so(world) {
        let acme = world.vendor("Acme").await;
        let northwind = acme.adds_partner("Northwind").await;
        let (stays, goes) = (northwind.person("sales").await, northwind.person("sales").await);
        let scope = json!({ "side": "partner", "api_keys": true });
        let review = starts(&acme, json!({ "reviewers": { "by": "partner_admins" }, "scope": scope, "on_deadline": "revoke" })).await;
        decide(&acme, &review, &item(&acme, &review, &stays.id).await, "keep").await.expect(200);
        world.pass(days(31)).await;
        let closed = acme.get(format!("/v1/access-reviews/{review}")).await.expect(200);
        assert_eq!((&closed["status"], &closed["progress"]), (&json!("closed"), &json!({ "pending": 0, "kept": 1, "revoked": 1, "unanswered": 1 })));
        acme.post("/v1/tokens", json!({ "person_id": goes.id })).await.refused(422, "token.no_such_person");
        stays.anew().await.get("/v1/deals").await.expect(200);
        let items = items(&acme, &review).await;
        let key = items.iter().find(|item| item["api_key_id"].is_string()).expect("a key");
        assert_eq!((&key["decision"], &key["note"]), (&json!("unanswered"), &json!("last_admin_key")));
        let gone = items.iter().find(|item| item["person_id"] == goes.id).expect("a person");
        assert_eq!((&gone["decision"], &gone["decided_by"]["type"]), (&json!("revoked"), &json!("system")));
    }

    async fn what_nobody_decides_is_kept_and_marked_otherwise(world) {
        let acme = world.vendor("Acme").await;
        let seller = acme.adds_partner("Northwind").await.person("sales").await;
        let review = starts(&acme, json!({ "reviewers": { "by": "partner_admins" }, "scope": { "side": "partner" } })).await;
        let it = item(&acme, &review, &seller.id).await;
        let closing = acme.post(format!("/v1/access-reviews/{review}/close"), json!(null)).await.expect(200);
        assert_eq!(closing["status"], "closing");
        decide(&acme, &review, &it, "revoke").await.refused(409, "access_review.not_open");
        world.settle().await;
        assert_eq!(acme.get(format!("/v1/access-reviews/{review}")).await.expect(200)["progress"]["unanswered"], 1);
        seller.get("/v1/deals").await.expect(200);
    }

    async fn a_key_is_revoked_but_the_last_admin_key_is_not(world) {
        let acme = world.vendor("Acme").await;
        let made = acme.post("/v1/api-keys", json!({ "name": "Sync", "role": "integration" })).await.expect(201);
        let (sync, secret) = (made["api_key"]["id"].as_str().expect("an id").to_owned(), made.text("secret"));
        let jo = acme.adds_colleague("admin").await.id();
        let jo = acme.sees_sign_in(&jo, &["pwd"]).await;
        let review = starts(&acme, json!({ "reviewers": { "by": "channel_managers" }, "scope": { "people": false, "api_keys": true } })).await;
        let items = items(&jo, &review).await;
        let first = items.iter().find(|item| item["role"] == "admin").and_then(|item| item["id"].as_str()).expect("the first key");
        decide(&jo, &review, first, "revoke").await.refused(409, "api_key.last_admin");
        decide(&acme, &review, first, "keep").await.refused(403, "access_review.own_item");
        decide(&jo, &review, &item(&jo, &review, &sync).await, "revoke").await.expect(200);
        acme.bearing(&secret).get("/v1/me").await.refused(401, "auth.required");
        decide(&jo, &review, first, "keep").await.expect(200);
        assert_eq!(jo.get(format!("/v1/access-reviews/{review}")).await.expect(200)["status"], "closed");
    }

    async fn a_partners_key_is_its_channel_managers_to_review(world) {
        let acme = world.vendor("Acme").await;
        let manager = acme.adds_colleague("channel_manager").await.id();
        let northwind = acme.adds_partner_like(json!({ "name": "Northwind", "type": "reseller", "manager_id": manager })).await;
        let theirs = json!({ "name": "Theirs", "role": "partner_admin", "partner_id": northwind.id });
        let key = acme.post("/v1/api-keys", theirs).await.expect(201)["api_key"]["id"].clone();
        let review = starts(&acme, json!({ "reviewers": { "by": "channel_managers" }, "scope": { "people": false, "api_keys": true } })).await;
        let items = acme.all(&format!("/v1/access-reviews/{review}/items?partner_id={}", northwind.id)).await;
        let found: Vec<_> = items.iter().map(|item| (&item["api_key_id"], &item["reviewer_id"])).collect();
        assert_eq!(found, [(&key, &json!(manager))]);
    }

    async fn who_comes_later_or_goes_before_changes_nothing_in_a_review(world) {
        let acme = world.vendor("Acme").await;
        let northwind = acme.adds_partner("Northwind").await;
        let (seller, gone) = (northwind.person("sales").await, northwind.person("sales").await);
        acme.patch(format!("/v1/people/{}", gone.id), json!({ "status": "deactivated" })).if_match(1).await.expect(200);
        let review = starts(&acme, json!({ "reviewers": { "by": "partner_admins" }, "scope": { "side": "partner" } })).await;
        northwind.person("sales").await;
        world.settle().await;
        assert_eq!(items(&acme, &review).await.len(), 1);
        // Shut out meanwhile: to keep lets nobody in again, and to revoke finds nothing to do.
        acme.patch(format!("/v1/people/{}", seller.id), json!({ "status": "deactivated" })).if_match(1).await.expect(200);
        decide(&acme, &review, &item(&acme, &review, &seller.id).await, "keep").await.expect(200);
        assert_eq!(acme.get(format!("/v1/people/{}", seller.id)).await.expect(200)["status"], "deactivated");
    }

    async fn an_empty_review_closes_at_once(world) {
        let acme = world.vendor("Acme").await;
        let review = starts(&acme, json!({ "reviewers": { "by": "partner_admins" }, "scope": { "side": "partner" } })).await;
        assert_eq!(acme.get(format!("/v1/access-reviews/{review}")).await.expect(200)["status"], "closed");
    }

    async fn the_result_is_a_file_in_which_nothing_is_a_formula(world) {
        let acme = world.vendor("Acme").await;
        let northwind = acme.adds_partner("Northwind").await;
        let body = json!({ "name": "=HYPERLINK(\"http://evil.example\")", "email": "jo@northwind.example", "role": "sales", "partner_id": northwind.id });
        let jo = acme.post("/v1/people", body).await.expect(201).id();
        let review = starts(&acme, json!({ "reviewers": { "by": "partner_admins" }, "scope": { "side": "partner" } })).await;
        decide(&acme, &review, &item(&acme, &review, &jo).await, "keep").await.expect(200);
        let file = acme.get(format!("/v1/access-reviews/{review}/export.csv")).await.expect(200);
        let text = String::from_utf8(file.bytes).expect("text");
        let mut lines = text.lines();
        assert!(lines.next().expect("a head").starts_with("item_id,person_id,api_key_id,partner_id,name,email,role"));
        let line = lines.next().expect("a row");
        assert!(line.contains("\"'=HYPERLINK(\"\"http://evil.example\"\")\"") && line.contains(",kept,") && line.ends_with(",So it is."), "{line}");
        assert!(lines.next().is_none());
    }

    /// Everybody is listed and settled once, however many batches that takes and whoever else looks.
    async fn a_large_review_is_listed_and_settled_in_batches(world) {
        let acme = world.vendor("Acme").await;
        let northwind = acme.adds_partner("Northwind").await;
        northwind.person("sales").await;
        many_people(world, 1_100).await;
        let review = starts(&acme, json!({ "reviewers": { "by": "partner_admins" }, "scope": { "side": "partner" }, "on_deadline": "keep" })).await;
        let rows = items(&acme, &review).await;
        let people: std::collections::HashSet<_> = rows.iter().map(|item| item["person_id"].to_string()).collect();
        assert_eq!((rows.len(), people.len()), (1_101, 1_101));
        world.pass(days(31)).await;
        assert_eq!(acme.get(format!("/v1/access-reviews/{review}")).await.expect(200)["progress"]["unanswered"], 1_101);
    }
}

/// Copies of the one seller there is, behind the service's back.
async fn many_people(world: &World, count: usize) {
    let (id, spell) = match world.on {
        On::Sqlite => ("randomblob(16)", "hex(randomblob(8))"),
        On::Postgres => ("gen_random_uuid()", "gen_random_uuid()::text"),
    };
    let sql = format!(
        "INSERT INTO people (vendor_id, id, partner_id, email, name, search_name, role, status, revision, created_at, updated_at) \
         WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count}) \
         SELECT p.vendor_id, {id}, p.partner_id, {spell}, p.name, p.search_name, p.role, p.status, 1, p.created_at, p.updated_at \
         FROM people p, n WHERE p.role = 'sales'"
    );
    assert_eq!(world.sql(&sql).await, count as u64);
}
