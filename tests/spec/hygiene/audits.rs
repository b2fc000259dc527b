//! Audits: at night or at once, in steps, one at a time.

use super::*;

spec! {
    async fn an_audit_is_followed_to_its_end_and_counts_by_kind(world) {
        let acme = world.vendor("Acme").await;
        twins(&acme).await;
        let audit = audited(&acme).await;
        let kinds = audit["kinds"].as_array().expect("kinds");
        assert_eq!(kinds[0], json!({ "kind": "duplicate_accounts", "examined": 3, "opened": 1, "resolved": 0, "open": 1 }));
        assert_eq!((kinds.len(), &audit["opened"], &audit["origin"]), (5, &json!(1), &json!("requested")));
        let told = happened(&acme, "hygiene_audit.*,hygiene_finding.*").await;
        assert_eq!(told, ["hygiene_audit.started", "hygiene_finding.opened", "hygiene_audit.completed"]);
        assert_eq!(acme.all("/v1/hygiene/audits").await.len(), 1);
    }

    async fn the_same_thing_is_seen_again_the_next_night_and_listed_once(world) {
        let acme = world.vendor("Acme").await;
        twins(&acme).await;
        audited(&acme).await;
        let first = found(&acme, "duplicate_accounts", "open").await;
        world.clock.advance(days(1));
        assert_eq!(audited(&acme).await["opened"], 0);
        let second = found(&acme, "duplicate_accounts", "open").await;
        assert_eq!((second.len(), &second[0]["id"], &second[0]["first_seen_at"]), (1, &first[0]["id"], &first[0]["first_seen_at"]));
        assert_ne!(second[0]["last_seen_at"], first[0]["last_seen_at"]);
        assert_eq!(second[0]["revision"], 1);
        assert_eq!(happened(&acme, "hygiene_finding.*").await.len(), 1);
    }

    async fn it_is_carried_out_at_night_by_the_clock_of_the_vendor(world) {
        let acme = world.vendor("Acme").await;
        world.settle().await;
        let hours_of = json!({ "monday": [{ "from": "09:00", "until": "17:00" }] });
        let calendar = json!({ "name": "tokyo", "title": "Tokyo", "time_zone": "Asia/Tokyo", "hours": hours_of });
        acme.post("/v1/business-calendars", calendar).await.expect(201);
        let settings = acme.get("/v1/hygiene/settings").await.expect(200);
        assert_eq!((&settings["next_night_at"], &settings["revision"]), (&json!("2026-11-21T02:00:00Z"), &json!(0)));
        let body = with(settings["settings"].clone(), json!({ "calendar": "tokyo", "hour": 3 }));
        let set = acme.put("/v1/hygiene/settings", body.clone()).await.expect(200);
        // It is 12:00 in London and 21:00 in Tokyo.
        assert_eq!(set["next_night_at"], "2026-11-20T18:00:00Z");
        acme.put("/v1/hygiene/settings", with(body, json!({ "calendar": "nowhere" }))).await.invalid_at("/calendar");
        world.clock.advance(hours(6) - seconds(1));
        world.settle().await;
        assert!(acme.all("/v1/hygiene/audits").await.is_empty());
        world.clock.advance(seconds(1));
        world.settle().await;
        let audits = acme.all("/v1/hygiene/audits").await;
        assert_eq!((audits.len(), &audits[0]["origin"], &audits[0]["status"]), (1, &json!("nightly"), &json!("completed")));
        // A night that was slept through is not made up for by day.
        world.clock.advance(hours(36));
        world.settle().await;
        assert_eq!(acme.all("/v1/hygiene/audits").await.len(), 1);
        world.clock.advance(hours(12));
        world.settle().await;
        assert_eq!(acme.all("/v1/hygiene/audits").await.len(), 2);
    }

    async fn without_nights_there_is_none_by_itself(world) {
        let acme = world.vendor("Acme").await;
        world.settle().await;
        let settings = acme.get("/v1/hygiene/settings").await.expect(200)["settings"].clone();
        let off = acme.put("/v1/hygiene/settings", with(settings.clone(), json!({ "nightly": false }))).await.expect(200);
        assert_eq!(off.body.get("next_night_at"), None);
        world.clock.advance(hours(14));
        world.settle().await;
        assert!(acme.all("/v1/hygiene/audits").await.is_empty());
        acme.put("/v1/hygiene/settings", with(settings.clone(), json!({ "hour": 24 }))).await.invalid_at("/hour");
        let twice = json!(["duplicate_deals", "duplicate_deals"]);
        acme.put("/v1/hygiene/settings", with(settings, json!({ "kinds": twice }))).await.invalid_at("/kinds");
    }

    async fn one_runs_at_a_time_whoever_asks(world [connections = 8]) {
        let acme = world.vendor("Acme").await;
        let calls: Vec<Call> = (0..4).map(|_| acme.post("/v1/hygiene/audits", json!(null))).collect();
        let replies = join_all(calls.into_iter().map(|call| async move { call.await })).await;
        assert!(replies.iter().all(|reply| reply.status == 202 && reply.id() == replies[0].id()), "{replies:?}");
        // The night comes while one runs: it is skipped.
        world.clock.advance(hours(14));
        world.settle().await;
        assert_eq!(acme.all("/v1/hygiene/audits").await.len(), 1);
    }

    async fn two_instances_carry_one_audit_out_once_in_steps(world [connections = 8]) {
        let acme = world.vendor("Acme").await;
        let rows: String = (0..250).map(|number| format!("{{\"external_id\":\"{number}\",\"name\":\"Twin\",\"country\":\"DE\"}}\n")).collect();
        acme.post("/v1/imports", json!({ "resource": "accounts", "format": "ndjson", "content": rows })).await.expect(202);
        world.settle().await;
        let audit = acme.post("/v1/hygiene/audits", json!(null)).await.expect(202);
        let other = world.another_instance().await;
        let (one, two) = (kernel::workers::settle(world.app(), &world.main.workers), kernel::workers::settle(&other.app, &other.workers));
        let (one, two) = futures::join!(one, two);
        one.and(two).expect("both work");
        world.settle().await;
        let audit = acme.get(format!("/v1/hygiene/audits/{}", audit.id())).await.expect(200);
        assert_eq!((&audit["status"], &audit["kinds"][0]["examined"]), (&json!("completed"), &json!(250)), "{audit}");
        assert!(audit["steps"].as_i64() >= Some(7), "three pages of accounts, and one of each other kind");
        let opened = audit["kinds"][0]["opened"].as_i64().expect("a count");
        assert!((125..=250 * 8).contains(&opened), "each is told to have some duplicates, none to have all: {opened}");
        assert_eq!(acme.all("/v1/hygiene/findings?kind=duplicate_accounts&limit=200").await.len() as i64, opened);
    }

    async fn administrators_are_told_of_what_is_new_and_of_nothing_else(world) {
        let acme = world.vendor("Acme").await;
        let (admin, finance) = (acme.adds_colleague("admin").await, acme.adds_colleague("finance").await);
        let told = async |person: &Reply| {
            let inbox = acme.sees_sign_in(&person.id(), &["pwd", "otp", "mfa"]).await;
            inbox.all("/v1/notifications").await.iter().filter(|one| one["template"] == "hygiene_audit.completed").count()
        };
        audited(&acme).await;
        assert_eq!(told(&admin).await, 0);
        twins(&acme).await;
        audited(&acme).await;
        audited(&acme).await;
        assert_eq!((told(&admin).await, told(&finance).await), (1, 0));
    }

    async fn who_may_not_reads_nothing_and_begins_nothing(world) {
        let acme = world.vendor("Acme").await;
        let manager = acme.makes_key("channel_manager", &[]).await;
        manager.get("/v1/hygiene/findings").await.expect(200);
        manager.post("/v1/hygiene/audits", json!(null)).await.refused(403, "auth.forbidden");
        let seller = acme.adds_partner("Northwind").await.person("partner_admin").await;
        seller.get("/v1/hygiene/findings").await.refused(403, "auth.forbidden");
        acme.makes_key("finance", &[]).await.get("/v1/hygiene/settings").await.refused(403, "auth.forbidden");
    }
}
