//! What does not matter is dismissed, with a reason, and does not come back unless it is something else.

use super::*;

/// A vendor with one open finding: two accounts of one company.
async fn with_a_finding(world: &World) -> (Vendor, String) {
    let acme = world.vendor("Acme").await;
    twins(&acme).await;
    audited(&acme).await;
    let id = found(&acme, "duplicate_accounts", "open").await[0]["id"].as_str().expect("an id").to_owned();
    (acme, format!("/v1/hygiene/findings/{id}"))
}

spec! {
    async fn a_dismissed_finding_stays_so_until_the_facts_are_others(world) {
        let (acme, path) = with_a_finding(world).await;
        let dismissed = acme.post(format!("{path}/dismiss"), json!({ "reason": "Two branches." })).await.expect(200);
        assert_eq!((&dismissed["status"], &dismissed["dismissal"]["reason"]), (&json!("dismissed"), &json!("Two branches.")));
        assert_eq!(dismissed["available_actions"], json!(["reopen"]));
        acme.post(format!("{path}/dismiss"), json!({ "reason": "Again." })).await.refused(409, "hygiene_finding.status");
        world.clock.advance(days(400));
        assert_eq!(audited(&acme).await["kinds"][0]["opened"], 0);
        assert_eq!(acme.get(&path).await.expect(200)["status"], "dismissed");
        acme.put("/v1/accounts/B", json!({ "name": "Fabrikam", "country": "DE", "phone": "3" })).await.expect(200);
        assert_eq!(audited(&acme).await["kinds"][0]["opened"], 1);
        let open = acme.get(&path).await.expect(200);
        assert_eq!((&open["status"], open.body.get("dismissal")), (&json!("open"), None));
        assert_ne!(open["opened_at"], open["first_seen_at"]);
    }

    async fn dismissed_for_some_time_it_comes_back_when_that_is_over(world) {
        let (acme, path) = with_a_finding(world).await;
        acme.post(format!("{path}/dismiss"), json!({ "reason": "Later.", "for_days": 10 })).await.expect(200);
        world.clock.advance(days(9));
        audited(&acme).await;
        assert_eq!(acme.get(&path).await.expect(200)["status"], "dismissed");
        world.clock.advance(days(1));
        audited(&acme).await;
        assert_eq!(acme.get(&path).await.expect(200)["status"], "open");
        for (body, pointer) in [(json!({}), "/reason"), (json!({ "reason": " " }), "/reason"), (json!({ "reason": "x", "for_days": 0 }), "/for_days")] {
            acme.post(format!("{path}/dismiss"), body).await.invalid_at(pointer);
        }
    }

    async fn it_is_taken_back_by_hand(world) {
        let (acme, path) = with_a_finding(world).await;
        acme.post(format!("{path}/reopen"), json!(null)).await.refused(409, "hygiene_finding.status");
        acme.post(format!("{path}/dismiss"), json!({ "reason": "Two branches." })).if_match(9).await.refused(412, "revision.stale");
        acme.post(format!("{path}/dismiss"), json!({ "reason": "Two branches." })).if_match(1).await.expect(200);
        assert_eq!(acme.post(format!("{path}/reopen"), json!(null)).await.expect(200)["status"], "open");
        let told = happened(&acme, "hygiene_finding.*").await;
        assert_eq!(told, ["hygiene_finding.opened", "hygiene_finding.dismissed", "hygiene_finding.opened"]);
    }

    async fn a_dismissal_and_the_night_at_one_instant_both_count(world [connections = 8]) {
        let (acme, path) = with_a_finding(world).await;
        acme.post("/v1/hygiene/audits", json!(null)).await.expect(202);
        let dismiss = acme.post(format!("{path}/dismiss"), json!({ "reason": "Two branches." }));
        let (dismissed, ()) = futures::join!(async move { dismiss.await }, world.settle());
        assert_eq!(dismissed.status, 200);
        world.settle().await;
        assert_eq!(acme.get(&path).await.expect(200)["status"], "dismissed");
    }

    async fn a_reason_is_in_no_event_and_goes_with_whom_it_names(world) {
        let (acme, path) = with_a_finding(world).await;
        let person = acme.adds_partner("Northwind").await.person("sales").await;
        acme.post(format!("{path}/dismiss"), json!({ "reason": format!("Ask {}.", person.email) })).await.expect(200);
        let log = serde_json::to_string(&acme.all("/v1/events?type=hygiene_finding.*").await).expect("text");
        assert!(!log.contains(&person.email), "{log}");
        acme.post(format!("/v1/people/{}/erase", person.id), json!(null)).await.expect(202);
        world.settle().await;
        let now = acme.get(&path).await.expect(200);
        assert!(!now.to_string().contains(&person.email), "{now}");
    }
}
