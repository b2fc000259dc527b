//! Protection follows progress: what is recorded keeps it, what is not releases the deal, after warnings.

use crate::prelude::*;

/// Rules that release a deal after 30 days without progress, warned of 7 and 2 days before.
async fn asks_for_progress(acme: &Vendor) {
    acme.publishes(with(acme.rules().await, json!({ "progress": { "within_days": 30, "warn_days": [7, 2] } }))).await;
}

/// The days on which these events came, counted from the beginning.
async fn told(acme: &Vendor, kind: &str) -> Vec<i64> {
    let start: chrono::DateTime<chrono::Utc> = "2026-11-20T12:00:00Z".parse().expect("a time");
    let events = acme.all(&format!("/v1/events?type={kind}&limit=200")).await;
    let days =
        |event: &Value| (event["occurred_at"].as_str().expect("a time").parse::<chrono::DateTime<chrono::Utc>>().expect("a time") - start).num_days();
    events.iter().map(days).collect()
}

async fn pass_by_day(world: &World, count: i64) {
    for _ in 0..count {
        world.pass(days(1)).await;
    }
}

spec! {
    async fn a_deal_without_progress_is_warned_of_and_then_released_to_the_pool(world) {
        let (acme, seller, rival) = rivals(world).await;
        asks_for_progress(&acme).await;
        let deal = seller.registers(resale("Fabrikam")).await;
        let progress = seller.get(format!("/v1/deals/{}/progress", deal.id())).await.expect(200);
        assert_eq!((&progress["kind"], &progress["released_at"]), (&json!("approved"), &json!("2026-12-20T12:00:00Z")));
        pass_by_day(world, 29).await;
        let late = rival.anew().await;
        assert_eq!(codes(&late.checks(resale("Fabrikam")).await), ["protected"], "the day before");
        pass_by_day(world, 1).await;
        assert_eq!((told(&acme, "deal.stalled").await, told(&acme, "deal.released").await), (vec![23, 28], vec![30]));
        let ended = acme.deal(&deal.id()).await;
        assert_eq!((&ended["status"], ended.body.get("protected_until"), &ended["available_actions"]), (&json!("released"), None, &json!([])));
        assert_eq!(acme.all("/v1/deals?status=released").await.len(), 1);
        assert_eq!(rival.anew().await.registers(resale("Fabrikam")).await["status"], "approved");
        assert_eq!(steps(&acme, &deal.id()).await, ["deal.approved", "deal.stalled", "deal.stalled", "deal.released"]);
        pass_by_day(world, 70).await;
        assert_eq!(told(&acme, "deal.released").await, [30, 60], "once each");
    }

    async fn nobody_lets_go_of_a_deal_while_it_is_disputed_whose_it_is(world) {
        let (acme, seller, rival) = rivals(world).await;
        asks_for_progress(&acme).await;
        let deal = seller.registers(resale("Fabrikam")).await.id();
        let refused = rival.registers(resale("Fabrikam")).await.id();
        pass_by_day(world, 25).await;
        let dispute = rival.anew().await.post("/v1/disputes", json!({ "deal_id": refused, "reason": "We were there first." })).await.expect(201).id();
        pass_by_day(world, 10).await;
        assert_eq!((&acme.deal(&deal).await["status"], told(&acme, "deal.released").await), (&json!("approved"), vec![]));
        rival.anew().await.post(format!("/v1/disputes/{dispute}/withdraw"), json!(null)).await.expect(200);
        assert_eq!(acme.deal(&deal).await["status"], "approved", "there is time to show progress");
        // Deals are looked at once a week at the least.
        pass_by_day(world, 7).await;
        assert_eq!(acme.deal(&deal).await["status"], "released");
    }

    async fn whatever_is_recorded_gives_the_deal_time(world) {
        let (acme, seller, _) = rivals(world).await;
        asks_for_progress(&acme).await;
        let deal = seller.registers(resale("Fabrikam")).await;
        pass_by_day(world, 25).await;
        assert_eq!(told(&acme, "deal.stalled").await, [23]);
        let body = json!({ "kind": "meeting", "on": "2026-12-15", "note": "Showed the new release." });
        let made = seller.anew().await.post(format!("/v1/deals/{}/activities", deal.id()), body).await.expect(201);
        assert_eq!((&made["kind"], &made["on"], &made["actor"]["id"]), (&json!("meeting"), &json!("2026-12-15"), &json!(seller.id)));
        let progress = acme.get(format!("/v1/deals/{}/progress", deal.id())).await.expect(200);
        assert_eq!((&progress["kind"], &progress["progressed_at"], &progress["released_at"]),
            (&json!("meeting"), &json!("2026-12-15T12:00:00Z"), &json!("2027-01-14T12:00:00Z")));
        pass_by_day(world, 29).await;
        assert_eq!((told(&acme, "deal.stalled").await, told(&acme, "deal.released").await), (vec![23, 48, 53], vec![]));
        pass_by_day(world, 1).await;
        assert_eq!(told(&acme, "deal.released").await, [55]);
    }

    async fn a_step_of_long_ago_is_kept_and_is_no_new_progress(world) {
        let (acme, seller, _) = rivals(world).await;
        asks_for_progress(&acme).await;
        let deal = seller.registers(resale("Fabrikam")).await;
        let release = async || acme.get(format!("/v1/deals/{}/progress", deal.id())).await.expect(200)["released_at"].clone();
        let before = release().await;
        seller.post(format!("/v1/deals/{}/activities", deal.id()), json!({ "kind": "call", "on": "2026-06-01" })).await.expect(201);
        assert_eq!(release().await, before);
    }

    async fn the_crms_stage_is_progress(world) {
        let (acme, seller, _) = rivals(world).await;
        asks_for_progress(&acme).await;
        let deal = seller.registers(resale("Fabrikam")).await;
        pass_by_day(world, 20).await;
        let sale = |stage: &str| json!({ "name": "Robots", "status": "open", "stage": stage, "deal_id": deal.id() });
        acme.put("/v1/opportunities/O-1", sale("Quoted")).await.expect(201);
        world.settle().await;
        let progress = acme.get(format!("/v1/deals/{}/progress", deal.id())).await.expect(200);
        assert_eq!((&progress["kind"], &progress["released_at"]), (&json!("stage"), &json!("2027-01-09T12:00:00Z")));
        pass_by_day(world, 5).await;
        acme.put("/v1/opportunities/O-1", with(sale("Quoted"), json!({ "name": "More robots" }))).await.expect(200);
        world.settle().await;
        let again = acme.get(format!("/v1/deals/{}/progress", deal.id())).await.expect(200);
        assert_eq!(again["released_at"], "2027-01-09T12:00:00Z", "the stage is the same");
    }

    async fn rules_that_come_later_reach_deals_that_are_protected_and_warn_before_they_release(world) {
        let (acme, seller, _) = rivals(world).await;
        let deal = seller.registers(resale("Fabrikam")).await;
        pass_by_day(world, 40).await;
        asks_for_progress(&acme).await;
        pass_by_day(world, 2).await;
        assert_eq!(told(&acme, "deal.stalled").await, [42], "every deal is looked at once a week");
        pass_by_day(world, 1).await;
        assert_eq!(acme.deal(&deal.id()).await["status"], "approved", "nobody is released unwarned");
        pass_by_day(world, 1).await;
        assert_eq!(told(&acme, "deal.released").await, [44]);
    }

    async fn without_rules_for_it_nobody_asks_for_progress(world) {
        let (acme, seller, _) = rivals(world).await;
        let deal = seller.registers(resale("Fabrikam")).await;
        let progress = seller.get(format!("/v1/deals/{}/progress", deal.id())).await.expect(200);
        assert_eq!(progress.body.get("released_at"), None);
        pass_by_day(world, 89).await;
        assert_eq!((told(&acme, "deal.stalled").await, told(&acme, "deal.expiring").await), (vec![], vec![76, 87]));
        assert_eq!(acme.deal(&deal.id()).await["status"], "approved");
    }

    async fn what_is_no_step_is_refused(world) {
        let (acme, seller, rival) = rivals(world).await;
        let deal = seller.registers(resale("Fabrikam")).await;
        let record = |body: Value| seller.post(format!("/v1/deals/{}/activities", deal.id()), body);
        record(json!({ "kind": "call", "on": "2026-11-22" })).await.invalid_at("/on");
        record(json!({ "kind": "call", "on": "2025-11-18" })).await.invalid_at("/on");
        record(json!({ "kind": "call", "on": "yesterday" })).await.invalid_at("/on");
        record(json!({ "kind": "lunch", "on": "2026-11-19" })).await.invalid_at("/kind");
        record(json!({ "kind": "call", "on": "2026-11-19", "note": "" })).await.invalid_at("/note");
        record(json!({ "kind": "call", "on": "2026-11-19", "note": "x".repeat(2_001) })).await.invalid_at("/note");
        record(json!({ "kind": "call", "on": "2026-11-19", "actor": "me" })).await.invalid_at("/actor");
        rival.post(format!("/v1/deals/{}/activities", deal.id()), json!({ "kind": "call", "on": "2026-11-19" })).await.refused(404, "not_found");
        rival.get(format!("/v1/deals/{}/activities", deal.id())).await.refused(404, "not_found");
        acme.moves(&deal.id(), "close", json!({ "outcome": "lost" })).await.expect(200);
        record(json!({ "kind": "call", "on": "2026-11-19" })).await.refused(409, "deal.illegal_move");
        let rules = acme.rules().await;
        for progress in [json!({ "within_days": 0, "warn_days": [] }), json!({ "within_days": 30, "warn_days": [0] }), json!({ "within_days": 30 })] {
            assert_eq!(acme.post("/v1/rules-of-engagement", with(rules.clone(), json!({ "progress": progress }))).await.status, 422);
        }
    }

    async fn a_partner_reads_that_the_vendor_recorded_something_and_not_who(world) {
        let (acme, seller, _) = rivals(world).await;
        let deal = seller.registers(resale("Fabrikam")).await;
        let path = format!("/v1/deals/{}/activities", deal.id());
        let made = acme.post(&path, json!({ "kind": "demo", "on": "2026-11-20" })).await.expect(201);
        assert_eq!(made["actor"]["type"], "api_key");
        for day in 10..15 {
            seller.post(&path, json!({ "kind": "call", "on": format!("2026-11-{day}") })).await.expect(201);
        }
        let listed = seller.all(&format!("{path}?limit=2")).await;
        assert_eq!(listed.len(), 6);
        assert_eq!(listed[5]["actor"], json!({ "type": "vendor", "id": "vendor" }));
        assert_eq!(listed[0]["actor"]["id"], seller.id);
        assert_eq!(acme.all(&path).await[5]["actor"], made["actor"]);
        assert_eq!(steps(&seller, &deal.id()).await[1], "deal.progressed");
    }
}
