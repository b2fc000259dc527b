//! Business calendars: when the vendor is at work.

use crate::prelude::*;

fn office(name: &str) -> Value {
    let day = json!([{ "from": "09:00", "until": "12:30" }, { "from": "13:30", "until": "18:00" }]);
    let hours = json!({ "monday": day, "tuesday": day, "wednesday": day, "thursday": day, "friday": [{ "from": "09:00", "until": "24:00" }] });
    let holidays = json!([{ "date": "2027-01-01" }, { "date": "2026-12-25", "name": "Christmas Day" }]);
    json!({ "name": name, "title": "An office", "time_zone": "Europe/Berlin", "hours": hours, "holidays": holidays })
}

spec! {
    async fn a_calendar_is_made_read_changed_and_deleted(world) {
        let acme = world.vendor("Acme").await;
        let made = acme.post("/v1/business-calendars", office("munich")).await.expect(201);
        assert_eq!(made["holidays"][0], json!({ "date": "2026-12-25", "name": "Christmas Day" }), "in order");
        assert_eq!((&made["is_default"], &made["hours"]["sunday"]), (&json!(false), &json!([])));
        let path = "/v1/business-calendars/munich";
        assert_eq!(acme.get(path).await.expect(200).body, made.body);
        acme.post("/v1/business-calendars", office("munich")).await.refused(409, "business_calendar.taken");

        let changed = acme.patch(path, json!({ "title": "Head office", "holidays": [] })).if_match(made.etag()).await.expect(200);
        assert_eq!((&changed["title"], &changed["holidays"], &changed["revision"]), (&json!("Head office"), &json!([]), &json!(2)));
        acme.patch(path, json!({ "title": "Head office" })).if_match(changed.etag()).await.expect(200);
        acme.delete(path).await.expect(204);
        acme.get(path).await.refused(404, "not_found");

        let told: Vec<_> = acme.all("/v1/events?type=business_calendar.*").await;
        let kinds: Vec<_> = told.iter().map(|event| event["type"].as_str().unwrap_or_default().to_owned()).collect();
        assert_eq!(kinds, ["business_calendar.created", "business_calendar.updated", "business_calendar.deleted"], "none for a change that changes nothing");
    }

    async fn one_calendar_at_most_is_the_default(world) {
        let acme = world.vendor("Acme").await;
        acme.post("/v1/business-calendars", with(office("munich"), json!({ "is_default": true }))).await.expect(201);
        let vienna = acme.post("/v1/business-calendars", office("vienna")).await.expect(201);
        acme.post("/v1/business-calendars", with(office("zurich"), json!({ "is_default": true }))).await.expect(201);
        let defaults = async || {
            let all = acme.get("/v1/business-calendars").await.expect(200);
            let defaults = all.rows().iter().filter(|row| row["is_default"] == true);
            defaults.map(|row| row["name"].as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(defaults().await, ["zurich"]);
        acme.patch("/v1/business-calendars/vienna", json!({ "is_default": true })).if_match(vienna.etag()).await.expect(200);
        assert_eq!(defaults().await, ["vienna"]);
        let told = acme.all("/v1/events?type=business_calendar.updated").await;
        let names: Vec<_> = told.iter().map(|event| (event["data"]["calendar"]["name"].clone(), event["data"]["calendar"]["is_default"].clone())).collect();
        assert_eq!(names, [("munich", false), ("zurich", false), ("vienna", true)].map(|(name, is)| (json!(name), json!(is))));
    }

    async fn calendars_made_at_once_leave_one_default(world [connections = 10]) {
        let acme = world.vendor("Acme").await;
        let calls = (0..8).map(|number| {
            let call = acme.post("/v1/business-calendars", with(office(&format!("office_{number}")), json!({ "is_default": true })));
            tokio::spawn(async move { call.await })
        });
        for made in join_all(calls).await {
            made.expect("a call").expect(201);
        }
        let all = acme.get("/v1/business-calendars").await.expect(200);
        assert_eq!(all.rows().iter().filter(|row| row["is_default"] == true).count(), 1, "{all}");
    }

    async fn what_no_clock_could_run_by_is_refused_with_its_place(world) {
        let acme = world.vendor("Acme").await;
        let monday = |spans: Value| with(office("odd"), json!({ "hours": { "monday": spans } }));
        let span = |from: &str, until: &str| json!({ "from": from, "until": until });
        let many: Vec<_> = (0..501).map(|day| json!({ "date": (world.now() + days(day)).date_naive().to_string() })).collect();
        let cases = [
            (with(office("odd"), json!({ "time_zone": "Mars/Olympus" })), "/time_zone"),
            (with(office("odd"), json!({ "hours": {} })), "/hours"),
            (monday(json!([span("09:00", "09:59")])), "/hours"),
            (monday(json!([span("09:00", "09:00")])), "/hours/monday"),
            (monday(json!([span("17:00", "09:00")])), "/hours/monday"),
            (monday(json!([span("09:00", "12:00"), span("11:00", "17:00")])), "/hours/monday"),
            (monday(json!([span("09:00", "24:01")])), "/hours/monday/0/until"),
            (monday(json!([span("9 Uhr", "17:00")])), "/hours/monday/0/from"),
            (with(office("odd"), json!({ "holidays": many })), "/holidays"),
            (with(office("odd"), json!({ "holidays": [{ "date": "9999-01-01" }] })), "/holidays/0/date"),
            (with(office("odd"), json!({ "name": "Munich office" })), "/name"),
        ];
        for (body, place) in cases {
            acme.post("/v1/business-calendars", body).await.invalid_at(place);
        }
        assert_eq!(acme.get("/v1/business-calendars").await.expect(200)["data"], json!([]));
    }

    async fn a_vendor_has_a_hundred_at_most(world) {
        let acme = world.vendor("Acme").await;
        for number in 0..100 {
            acme.post("/v1/business-calendars", office(&format!("office_{number}"))).await.expect(201);
        }
        acme.post("/v1/business-calendars", office("one_more")).await.refused(409, "business_calendar.too_many");
    }

    async fn partners_are_not_told_when_the_vendor_works_and_finance_does_not_decide_it(world) {
        let acme = world.vendor("Acme").await;
        acme.post("/v1/business-calendars", office("munich")).await.expect(201);
        let seller = acme.adds_partner("Northwind").await.person("partner_admin").await;
        seller.get("/v1/business-calendars").await.refused(403, "auth.forbidden");
        let finance = acme.makes_key("finance", &[]).await;
        let shown = finance.get("/v1/business-calendars/munich").await.expect(200);
        assert_eq!(shown["available_actions"], json!([]));
        finance.delete("/v1/business-calendars/munich").await.refused(403, "auth.forbidden");
    }
}
