//! How far applicants come, and where they are lost.

use super::applications::{Applications as _, handed_in, opens, starts};
use super::*;

spec! {
    async fn the_funnel_tells_how_far_they_come_how_long_it_takes_and_where_they_are_lost(world) {
        let acme = world.vendor("Acme").await;
        let form = acme.asks(json!({})).await;
        starts(world, &form, "a@one.example").await;
        starts(world, &form, "b@two.example").await;
        world.clock.advance(hours(2));
        opens(world, &acme.link("b@two.example").await).await;
        handed_in(world, &acme, &form, "c@three.example", "Three").await;
        handed_in(world, &acme, &form, "d@four.example", "Four").await;
        world.clock.advance(hours(10));
        acme.decides(&acme.application("c@three.example").await, "refuse", json!({ "reason": "No." })).await.expect(200);
        let approved = acme.decides(&acme.application("d@four.example").await, "approve", json!({})).await.expect(200);
        acme.lets_in(&approved.text("person_id"), "d@four.example").await;
        world.settle().await;
        let funnel = acme.get("/v1/application-funnel").await.expect(200);
        let steps = funnel["groups"][0]["steps"].as_array().expect("steps").clone();
        let of = |member: &str| steps.iter().map(|step| step[member].as_i64().unwrap_or(-1)).collect::<Vec<_>>();
        assert_eq!((of("reached"), of("dropped"), of("waiting")), (vec![4, 3, 2, 2, 1, 1], vec![0, 0, 0, 1, 0, 0], vec![1, 1, 0, 0, 0, 0]), "{funnel}");
        assert_eq!((&steps[1]["average_seconds"], &steps[3]["average_seconds"]), (&json!(2400), &json!(36_000)));
        assert!(acme.application("d@four.example").await["first_login_at"].is_string());
        for (by, key) in [("partner_type", json!("reseller")), ("region", json!("DACH")), ("month", json!("2026-11")), ("form", json!(form.id))] {
            let split = acme.get(format!("/v1/application-funnel?by={by}&form_id={}", form.id)).await.expect(200);
            let keys: Vec<_> = split["groups"].as_array().expect("groups").iter().map(|group| group["key"].clone()).collect();
            assert!(by == "month" || keys.contains(&key), "{by}: {keys:?}");
        }
    }

    async fn what_is_kept_of_a_day_is_what_its_applications_say_one_by_one(world) {
        let acme = world.vendor("Acme").await;
        let form = acme.asks(json!({})).await;
        starts(world, &form, "a@one.example").await;
        let secret = acme.link("a@one.example").await;
        for region in ["Nordics", "Iberia"] {
            let saved = json!({ "secret": secret, "company": { "name": "One", "country": "DE", "regions": [region] } });
            world.anonymous().post("/v1/public/applications/save", saved).await.expect(200);
            world.settle().await;
        }
        handed_in(world, &acme, &form, "c@three.example", "Three").await;
        handed_in(world, &acme, &form, "d@four.example", "Four").await;
        world.clock.advance(hours(24));
        acme.decides(&acme.application("c@three.example").await, "refuse", json!({ "reason": "No." })).await.expect(200);
        acme.decides(&acme.application("d@four.example").await, "approve", json!({})).await.expect(200);
        handed_in(world, &acme, &form, "e@five.example", "Five").await;
        world.settle().await;
        // The first day as a whole, and as a part of itself.
        for by in ["", "&by=partner_type", "&by=region", "&by=month", "&by=form"] {
            let groups = async |to: &str| {
                acme.get(format!("/v1/application-funnel?from=2026-11-20T00:00:00Z&to={to}{by}")).await.expect(200)["groups"].clone()
            };
            let whole = groups("2026-11-21T00:00:00Z").await;
            assert_eq!(whole, groups("2026-11-20T23:59:59Z").await, "{by}");
            assert_eq!(whole.as_array().expect("groups").iter().filter_map(|group| group["started"].as_i64()).sum::<i64>(), 3, "{by}: {whole}");
        }
        let today = acme.get("/v1/application-funnel?by=region").await.expect(200);
        let regions: Vec<_> = today["groups"].as_array().expect("groups").iter().map(|group| (group["key"].clone(), group["started"].clone())).collect();
        assert_eq!(regions, [(json!("DACH"), json!(3)), (json!("Iberia"), json!(1))], "and of the first region nothing is left");
    }

    async fn ten_thousand_applications_are_counted_and_listed(world [connections = 4]) {
        let acme = world.vendor("Acme").await;
        let form = acme.asks(json!({})).await;
        starts(world, &form, "a@one.example").await;
        let numbers = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)";
        let columns = "vendor_id, id, form_id, version_id, status, language, company, contact, answers, prefilled, duplicates, step, month, revision, created_at, updated_at";
        // An id of its own for each: the number in the last bytes.
        let id = if world.on == On::Postgres { "CAST(lpad(to_hex(n.i), 32, '0') AS uuid)" } else { "unhex(printf('%032x', n.i))" };
        let copied = columns.replacen("id, form_id", "FORM", 1).replace("vendor_id, FORM", &format!("a.vendor_id, {id}, a.form_id"));
        world.sql(&format!("INSERT INTO applications ({columns}) {numbers} SELECT {copied} FROM applications a, n")).await;
        // No sum knows what was put there behind the service's back; a part of a day is counted one by one.
        world.clock.advance(hours(12));
        let funnel = acme.get("/v1/application-funnel?by=month&from=2026-11-20T06:00:00Z&to=2026-11-20T18:00:00Z").await.expect(200);
        assert_eq!(funnel["groups"][0]["started"], 10_001);
        assert_eq!(acme.get("/v1/applications?limit=200").await.expect(200).rows().len(), 200);
    }
}
