//! Contracts: their days are watched by a clock.

use crate::prelude::*;

async fn told(acme: &Vendor) -> Vec<String> {
    let events = acme.all("/v1/events?type=partner_contract.*").await;
    events.iter().map(|event| event["type"].as_str().unwrap_or_default().trim_start_matches("partner_contract.").to_owned()).collect()
}

/// A contract until the end of January 2027, with 30 days of notice; told of 14 days before that.
async fn signed(acme: &Vendor, more: Value) -> (String, Reply) {
    let northwind = acme.adds_partner("Northwind").await;
    let contract = json!({ "title": "Reseller agreement", "starts_on": "2026-02-01", "ends_on": "2027-01-31", "notice_days": 30, "remind_days": 14 });
    let list = format!("/v1/partners/{}/contracts", northwind.id);
    let made = acme.post(&list, with(contract, more)).await.expect(201);
    (format!("{list}/{}", made.id()), made)
}

spec! {
    async fn a_contract_is_told_of_in_time_and_expires_after_its_last_day(world) {
        let acme = world.vendor("Acme").await;
        let (path, made) = signed(&acme, json!({})).await;
        assert_eq!((&made["notice_by"], made.body.get("renews_on"), &made["status"]), (&json!("2027-01-01"), None, &json!("active")));
        world.pass(days(27)).await;
        assert_eq!(told(&acme).await, ["created"]);
        world.pass(days(1)).await;
        assert_eq!(told(&acme).await, ["created", "expiring"]);
        world.pass(days(44)).await;
        assert_eq!(acme.get(&path).await.expect(200)["status"], "active", "its last day is a day");
        world.pass(days(1)).await;
        assert_eq!(told(&acme).await, ["created", "expiring", "expired"]);
        acme.patch(&path, json!({ "title": "X" })).if_match(3).await.refused(409, "partner_contract.over");
        acme.post(format!("{path}/terminate"), json!({ "reason": "Late." })).await.refused(409, "partner_contract.over");
    }

    async fn a_contract_that_renews_itself_goes_on_and_is_told_of_each_time(world) {
        let acme = world.vendor("Acme").await;
        let (path, made) = signed(&acme, json!({ "renews_by_months": 1 })).await;
        assert_eq!(made["renews_on"], "2027-02-01");
        world.pass(days(28)).await;
        world.pass(days(46)).await;
        let renewed = acme.get(&path).await.expect(200);
        assert_eq!((&renewed["ends_on"], &renewed["status"]), (&json!("2027-02-28"), &json!("active")));
        assert_eq!(told(&acme).await, ["created", "expiring", "renewed", "expiring"]);
    }

    async fn notice_ends_a_contract_on_its_last_day_and_not_again(world) {
        let acme = world.vendor("Acme").await;
        let (path, _) = signed(&acme, json!({ "renews_by_months": 12 })).await;
        acme.post(format!("{path}/terminate"), json!({ "reason": "Replaced.", "ends_on": "2026-11-01" })).await.invalid_at("/ends_on");
        let ended = acme.post(format!("{path}/terminate"), json!({ "reason": "Replaced.", "ends_on": "2026-12-31" })).await.expect(200);
        assert_eq!((&ended["status"], &ended["ends_on"], ended.body.get("renews_on")), (&json!("terminated"), &json!("2026-12-31"), None));
        world.pass(days(60)).await;
        assert_eq!(told(&acme).await, ["created", "terminated", "expired"]);
        let open = acme.post(path.rsplit_once('/').expect("a list").0, json!({ "title": "Frame", "starts_on": "2026-01-01", "notice_days": 90 })).await.expect(201);
        let list = path.rsplit_once('/').expect("a list").0;
        let ended = acme.post(format!("{list}/{}/terminate", open.id()), json!({ "reason": "Done." })).await.expect(200);
        assert_eq!(ended["ends_on"], "2027-04-19", "ninety days from today");
    }

    async fn dates_are_checked_and_a_partner_reads_its_own(world) {
        let acme = world.vendor("Acme").await;
        let northwind = acme.adds_partner("Northwind").await;
        let list = format!("/v1/partners/{}/contracts", northwind.id);
        acme.post(&list, json!({ "title": "X", "starts_on": "2026-02-01", "ends_on": "2026-01-01" })).await.invalid_at("/ends_on");
        acme.post(&list, json!({ "title": "X", "starts_on": "2026-02-30" })).await.invalid_at("/starts_on");
        acme.post(&list, json!({ "title": "X", "starts_on": "9999-01-01" })).await.invalid_at("/starts_on");
        let made = acme.post(&list, json!({ "title": "X", "starts_on": "2026-02-01" })).await.expect(201).id();
        acme.post(format!("{list}/{made}/terminate"), json!({ "reason": "They are no good." })).await.expect(200);
        let seen = northwind.person("sales").await.get(format!("{list}/{made}")).await.expect(200);
        assert_eq!((&seen["status"], seen.body.get("internal_reason")), (&json!("terminated"), None));
        acme.adds_partner("Fabrikam").await.person("sales").await.get(format!("{list}/{made}")).await.refused(404, "not_found");
    }
}
