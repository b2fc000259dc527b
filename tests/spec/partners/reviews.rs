//! Reviews of partners: what was found, shared or not, and the actions that were agreed.

#![allow(clippy::cloned_ref_to_slice_refs)] // Lists of one read like lists of several.

use crate::prelude::*;

fn quarter(members: Value) -> Value {
    let swot = json!({ "strengths": ["Two certified engineers"], "weaknesses": ["No presence in Austria"] });
    let usual = json!({ "kind": "business", "title": "Third quarter", "held_on": "2026-11-18", "period_from": "2026-07-01", "period_to": "2026-09-30",
        "summary": "Pipeline doubled, win rate fell.", "swot": swot });
    with(usual, members)
}

async fn reviews(acme: &Vendor, partner: &Partner, members: Value) -> Reply {
    acme.post(format!("/v1/partners/{}/reviews", partner.id), quarter(members)).await.expect(201)
}

async fn agrees(acme: &Vendor, review: &str, members: Value) -> String {
    let usual = json!({ "text": "Certify a third engineer", "side": "partner", "due_on": "2026-12-31" });
    acme.post(format!("/v1/partner-reviews/{review}/actions"), with(usual, members)).await.expect(201).id()
}

fn action(id: &str) -> String {
    format!("/v1/partner-review-actions/{id}")
}

async fn ids(client: &Client, path: &str) -> Vec<String> {
    client.all(path).await.iter().map(|one| one["id"].as_str().unwrap_or_default().to_owned()).collect()
}

async fn told(acme: &Vendor, types: &str) -> Vec<String> {
    let events = acme.all(&format!("/v1/events?type={types}")).await;
    events.iter().map(|event| event["type"].as_str().unwrap_or_default().rsplit('.').next().unwrap_or_default().to_owned()).collect()
}

spec! {
    async fn a_review_is_the_vendors_own_until_it_is_shared(world) {
        let acme = world.vendor("Acme").await;
        let partner = acme.adds_partner("Northwind").await;
        let (admin, rival) = (partner.person("partner_admin").await, acme.adds_partner("Contoso").await.person("partner_admin").await);
        let review = reviews(&acme, &partner, json!({})).await;
        assert_eq!((&review["shared"], &review["swot"]["threats"], &review["author"]["type"]), (&json!(false), &json!([]), &json!("api_key")));
        let (path, kept) = (format!("/v1/partner-reviews/{}", review.id()), agrees(&acme, &review.id(), json!({})).await);
        for (client, lists) in [(&admin, 0), (&rival, 0)] {
            client.get(&path).await.refused(404, "not_found");
            client.get(action(&kept)).await.refused(404, "not_found");
            client.post(action(&kept) + "/complete", json!(null)).await.refused(404, "not_found");
            assert_eq!((client.all("/v1/partner-reviews").await.len(), client.all("/v1/partner-review-actions").await.len()), (lists, lists));
        }
        admin.post(format!("/v1/partners/{}/reviews", partner.id), quarter(json!({}))).await.refused(403, "auth.forbidden");
        let shared = acme.client().patch(&path, json!({ "shared": true })).if_match(review.etag()).await.expect(200);
        assert_eq!(shared["revision"], 2);
        let read = admin.get(&path).await.expect(200);
        assert_eq!((&read["summary"], &read["author"]), (&json!("Pipeline doubled, win rate fell."), &Value::Null));
        assert_eq!((ids(&admin, "/v1/partner-reviews").await, ids(&admin, "/v1/partner-review-actions").await), (vec![review.id()], vec![kept]));
        rival.get(&path).await.refused(404, "not_found");
        assert_eq!(told(&acme, "partner_review.*").await, ["created", "updated"]);
    }

    async fn each_side_completes_what_it_owes(world) {
        let acme = world.vendor("Acme").await;
        let partner = acme.adds_partner("Northwind").await;
        let review = reviews(&acme, &partner, json!({ "shared": true })).await.id();
        let (admin, seller) = (partner.person("partner_admin").await, partner.person("sales").await);
        let (theirs, ours) = (agrees(&acme, &review, json!({})).await, agrees(&acme, &review, json!({ "side": "vendor" })).await);
        assert_eq!(admin.get(action(&theirs)).await.expect(200)["available_actions"], json!(["complete"]));
        assert_eq!(admin.get(action(&ours)).await.expect(200)["available_actions"], json!([]));
        admin.post(action(&ours) + "/complete", json!(null)).await.refused(403, "partner_review_action.not_yours");
        seller.post(action(&theirs) + "/complete", json!(null)).await.refused(403, "auth.forbidden");
        let done = admin.post(action(&theirs) + "/complete", json!({ "outcome": "Passed." })).await.expect(200);
        assert_eq!((&done["status"], &done["outcome"], &done["ended_by"]), (&json!("done"), &json!("Passed."), &Value::Null));
        admin.post(action(&theirs) + "/complete", json!(null)).await.refused(409, "partner_review_action.illegal_move");
        acme.client().patch(action(&theirs), json!({ "text": "Other" })).if_match(2).await.refused(409, "partner_review_action.illegal_move");
        assert_eq!(acme.post(action(&theirs) + "/reopen", json!(null)).await.expect(200)["outcome"], Value::Null);
        let dropped = acme.post(action(&theirs) + "/drop", json!({ "reason": "Not needed." })).await.expect(200);
        assert_eq!((&dropped["status"], &dropped["outcome"], &dropped["ended_by"]["type"]), (&json!("dropped"), &json!("Not needed."), &json!("api_key")));
        assert_eq!(acme.post(action(&ours) + "/complete", json!(null)).await.expect(200)["status"], "done");
        assert_eq!(told(&acme, "partner_review_action.*").await, ["added", "added", "done", "reopened", "dropped", "done"]);
    }

    async fn what_is_late_is_told_once_for_each_day_that_was_set(world) {
        let acme = world.vendor("Acme").await;
        let partner = acme.adds_partner("Northwind").await;
        let review = reviews(&acme, &partner, json!({})).await.id();
        // It is the twentieth of November.
        let late = agrees(&acme, &review, json!({ "due_on": "2026-11-22" })).await;
        let (never, done) = (agrees(&acme, &review, json!({ "due_on": null })).await, agrees(&acme, &review, json!({ "due_on": "2026-11-22" })).await);
        acme.post(action(&done) + "/complete", json!(null)).await.expect(200);
        let overdue = async || told(&acme, "partner_review_action.overdue").await.len();
        world.pass(days(2)).await;
        assert_eq!(overdue().await, 0, "its last day is a day");
        world.pass(days(1)).await;
        assert_eq!(overdue().await, 1);
        assert_eq!(ids(acme.client(), "/v1/partner-review-actions?overdue=true").await, [late.clone()]);
        assert_eq!(ids(acme.client(), "/v1/partner-review-actions?overdue=false&status=open").await, [never]);
        let read = acme.get(action(&late)).await.expect(200);
        assert_eq!(read["overdue"], true);
        acme.client().patch(action(&late), json!({ "due_on": "2026-11-30" })).if_match(read.etag()).await.expect(200);
        world.pass(days(6)).await;
        assert_eq!(overdue().await, 1);
        world.pass(days(30)).await;
        assert_eq!(overdue().await, 2);
    }

    async fn the_next_review_is_told_when_it_is_due(world) {
        let acme = world.vendor("Acme").await;
        let (partner, manager) = (acme.adds_partner("Northwind").await, acme.adds_colleague("channel_manager").await);
        partner.is_changed(json!({ "manager_id": manager.id() })).await;
        reviews(&acme, &partner, json!({ "next_on": "2026-11-25" })).await;
        world.pass(days(4)).await;
        assert!(told(&acme, "partner_review.due").await.is_empty());
        world.pass(days(1)).await;
        world.pass(days(60)).await;
        assert_eq!(told(&acme, "partner_review.due").await.len(), 1);
        let inbox = acme.sees_sign_in(&manager.id(), &["pwd"]).await.all("/v1/notifications").await;
        assert_eq!(inbox.iter().filter(|one| one["template"] == "partner_review.due").count(), 1, "{inbox:#?}");
    }

    async fn a_partner_hears_of_what_is_shared_alone(world) {
        let acme = world.vendor("Acme").await;
        let partner = acme.adds_partner("Northwind").await;
        let admin = partner.person("partner_admin").await;
        let (own, shared) = (reviews(&acme, &partner, json!({})).await.id(), reviews(&acme, &partner, json!({ "shared": true })).await.id());
        agrees(&acme, &own, json!({ "due_on": "2026-11-21" })).await;
        agrees(&acme, &shared, json!({ "side": "vendor" })).await;
        agrees(&acme, &shared, json!({ "due_on": "2026-11-21" })).await;
        world.pass(days(2)).await;
        let admin = admin.anew().await;
        let inbox = admin.all("/v1/notifications").await;
        let mut heard: Vec<_> = inbox.iter().filter_map(|one| one["template"].as_str()).filter(|one| one.starts_with("partner_review")).collect();
        heard.sort_unstable();
        assert_eq!(heard, ["partner_review_action.added", "partner_review_action.overdue"]);
        let timeline = admin.all(&format!("/v1/partners/{}/timeline", partner.id)).await;
        assert_eq!(timeline.iter().filter(|one| one["type"] == "partner_review.created").count(), 1, "{timeline:#?}");
    }

    async fn lists_are_filtered_and_go_page_by_page(world) {
        let acme = world.vendor("Acme").await;
        let (partner, other) = (acme.adds_partner("Northwind").await, acme.adds_partner("Contoso").await);
        let old = reviews(&acme, &partner, json!({ "held_on": "2025-11-18", "kind": "swot" })).await.id();
        let new = reviews(&acme, &partner, json!({ "held_on": "2026-11-18" })).await.id();
        let theirs = reviews(&acme, &other, json!({ "held_on": "2026-05-18" })).await.id();
        assert_eq!(ids(acme.client(), "/v1/partner-reviews?limit=1").await, [new.clone(), theirs.clone(), old.clone()]);
        assert_eq!(ids(acme.client(), &format!("/v1/partner-reviews?partner_id={}", partner.id)).await, [new.clone(), old.clone()]);
        assert_eq!(ids(acme.client(), "/v1/partner-reviews?kind=swot").await, [old.clone()]);
        assert_eq!(ids(acme.client(), "/v1/partner-reviews?held_from=2026-01-01&held_to=2026-06-30").await, [theirs.clone()]);
        let engineer = partner.person("engineer").await;
        let named = agrees(&acme, &new, json!({ "assignee_id": engineer.id })).await;
        agrees(&acme, &old, json!({ "side": "vendor" })).await;
        assert_eq!(ids(acme.client(), &format!("/v1/partner-review-actions?assignee_id={}", engineer.id)).await, [named.clone()]);
        assert_eq!(ids(acme.client(), &format!("/v1/partner-review-actions?review_id={new}&side=partner")).await, [named]);
    }

    async fn what_cannot_be_is_refused(world) {
        let acme = world.vendor("Acme").await;
        let (partner, rival) = (acme.adds_partner("Northwind").await, world.vendor("Rival").await);
        let list = format!("/v1/partners/{}/reviews", partner.id);
        acme.post(&list, quarter(json!({ "period_to": "2026-06-30" }))).await.invalid_at("/period_to");
        acme.post(&list, quarter(json!({ "next_on": "2026-11-18" }))).await.invalid_at("/next_on");
        acme.post(&list, quarter(json!({ "swot": { "threats": [" "] } }))).await.invalid_at("/swot/threats");
        acme.post(&list, quarter(json!({ "swot": { "threats": vec!["x"; 21] } }))).await.invalid_at("/swot/threats");
        acme.post(&list, quarter(json!({ "title": " " }))).await.invalid_at("/title");
        rival.post(&list, quarter(json!({}))).await.refused(404, "not_found");
        let review = reviews(&acme, &partner, json!({})).await.id();
        let actions = format!("/v1/partner-reviews/{review}/actions");
        let colleague = acme.adds_colleague("channel_manager").await.id();
        let new = json!({ "text": "Certify", "side": "partner", "assignee_id": colleague });
        acme.post(&actions, new).await.invalid_at("/assignee_id");
        rival.post(&actions, json!({ "text": "Certify", "side": "partner" })).await.refused(404, "not_found");
        assert!(acme.all("/v1/partner-review-actions").await.is_empty());
    }

    async fn who_is_erased_is_named_in_no_review(world) {
        let acme = world.vendor("Acme").await;
        let partner = acme.adds_partner("Northwind").await;
        let person = acme.post("/v1/people", json!({ "email": "kim@northwind.example", "name": "Kim Novakova", "role": "sales", "partner_id": partner.id })).await.expect(201).id();
        let swot = json!({ "threats": ["Kim Novakova leaves"] });
        let review = reviews(&acme, &partner, json!({ "summary": "Kim Novakova said so.", "swot": swot })).await.id();
        let kept = agrees(&acme, &review, json!({ "text": "Replace Kim Novakova" })).await;
        acme.post(format!("/v1/people/{person}/erase"), json!(null)).await.expect(202);
        world.settle().await;
        let (read, told) = (acme.get(format!("/v1/partner-reviews/{review}")).await.expect(200), acme.get(action(&kept)).await.expect(200));
        assert!(!format!("{read}{told}").contains("Novakova"), "{read}{told}");
        assert_eq!(read["swot"]["threats"], json!([]));
    }
}
