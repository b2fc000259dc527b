//! What must not work: forged and old links, floods, bombs, and two hands at once.

use super::applications::{Applications as _, PAGE, content, filled, handed_in, starts, submits};
use super::*;

spec! {
    async fn forged_and_old_links_open_nothing(world) {
        let (acme, rival) = (world.vendor("Acme").await, world.vendor("Rival").await);
        let form = acme.asks(json!({})).await;
        starts(world, &form, "sam@northwind.example").await;
        let secret = acme.link("sam@northwind.example").await;
        let id = acme.application("sam@northwind.example").await["id"].as_str().expect("an id").to_owned();
        let elsewhere = secret.replace(&acme.id, &rival.id);
        for forged in ["x", &id, &secret[..secret.len() - 1], &elsewhere, &format!("{}.{id}", acme.id)] {
            for action in ["open", "save", "submit", "withdraw"] {
                let reply = world.anonymous().post(format!("/v1/public/applications/{action}"), json!({ "secret": forged })).await;
                reply.refused(404, "application.link");
            }
        }
        world.clock.advance(days(31));
        world.anonymous().post("/v1/public/applications/open", json!({ "secret": secret })).await.refused(404, "application.link");
    }

    async fn only_the_newest_links_work(world) {
        let acme = world.vendor("Acme").await;
        let form = acme.asks(json!({})).await;
        starts(world, &form, "sam@northwind.example").await;
        let mut secrets = Vec::new();
        for _ in 0..12 {
            world.clock.advance(minutes(1));
            secrets.push(acme.link("sam@northwind.example").await);
        }
        world.anonymous().post("/v1/public/applications/open", json!({ "secret": secrets[0] })).await.refused(404, "application.link");
        world.anonymous().post("/v1/public/applications/open", json!({ "secret": secrets[11] })).await.expect(200);
    }

    async fn two_hands_submit_one_application(world [connections = 8]) {
        let acme = world.vendor("Acme").await;
        let form = acme.asks(json!({})).await;
        starts(world, &form, "sam@northwind.example").await;
        let secret = acme.link("sam@northwind.example").await;
        let replies = join_all((0..5).map(|_| submits(world, filled(&secret, "Northwind")))).await;
        assert!(replies.iter().all(|reply| reply.status == 200 && reply["status"] == "in_review"), "{:?}", replies.iter().map(|reply| reply.status).collect::<Vec<_>>());
        let id = acme.application("sam@northwind.example").await["id"].as_str().expect("an id").to_owned();
        let told = acme.told_of(&id).await;
        assert_eq!(told.iter().filter(|kind| *kind == "application.submitted").count(), 1, "{told:?}");
    }

    async fn one_address_has_one_live_application_by_a_form(world [connections = 8]) {
        let acme = world.vendor("Acme").await;
        let form = acme.asks(json!({})).await;
        let start = |email: &str| {
            let body = json!({ "token": form.token, "email": email, "company": { "name": "Mine" } });
            world.anonymous().post("/v1/public/applications", body).into_future()
        };
        let replies = join_all(["sam@northwind.example", "SAM@northwind.example", "sam@northwind.example"].map(start)).await;
        assert!(replies.iter().all(|reply| reply.status == 202));
        assert_eq!(acme.all("/v1/applications").await.len(), 1);
        // Whoever types another's address changes nothing of theirs, and fills no mailbox.
        let secret = acme.link("sam@northwind.example").await;
        world.anonymous().post("/v1/public/applications/save", filled(&secret, "Northwind")).await.expect(200);
        for _ in 0..3 {
            let body = json!({ "token": form.token, "email": "sam@northwind.example", "company": { "name": "Evil" }, "answers": { "employees": 1 } });
            world.anonymous().post("/v1/public/applications", body).await.expect(202);
        }
        let found = acme.application("sam@northwind.example").await;
        assert_eq!((&found["company"]["name"], &found["answers"]["employees"]), (&json!("Northwind"), &json!(40)));
        let asked = acme.told_of(found["id"].as_str().unwrap()).await.iter().filter(|kind| *kind == "application.link_requested").count();
        assert_eq!(asked, 1, "only by the vendor's hand");
    }

    async fn machines_other_pages_and_floods_are_turned_away(world) {
        let acme = world.vendor("Acme").await;
        let form = acme.asks(json!({ "per_minute": 18 })).await;
        let bot = json!({ "token": form.token, "email": "bot@spam.example", "homepage": "https://spam.example" });
        let send = |body: Value, from: &str| world.anonymous().post("/v1/public/applications", body).from(from).into_future();
        assert_eq!(send(bot, "192.0.2.9").await.expect(202).body, json!({ "received": true }));
        let from_elsewhere = json!({ "token": form.token, "email": "a@b.example" });
        let reply = world.anonymous().post("/v1/public/applications", from_elsewhere).header("origin", "https://evil.example").from("192.0.2.8").await;
        reply.refused(403, "application_form.origin");
        assert!(acme.all("/v1/applications").await.is_empty());
        let mut statuses = Vec::new();
        for number in 0..5 {
            statuses.push(send(json!({ "token": form.token, "email": format!("a{number}@b.example") }), "192.0.2.1").await.status);
        }
        assert_eq!(statuses, [202, 202, 202, 429, 429]);
    }

    async fn answers_that_break_the_schema_or_are_too_long_are_refused_with_pointers(world) {
        let acme = world.vendor("Acme").await;
        let form = acme.asks(json!({})).await;
        starts(world, &form, "sam@northwind.example").await;
        let secret = acme.link("sam@northwind.example").await;
        let wrong = with(filled(&secret, "Northwind"), json!({ "answers": { "employees": "many", "more": 1 } }));
        submits(world, wrong).await.invalid_at("/answers/employees");
        let wrong = with(filled(&secret, "Northwind"), json!({ "company": { "name": "N", "country": "XX", "partner_type": "msp" } }));
        submits(world, wrong).await.invalid_at("/company/country");
        let wrong = with(filled(&secret, "Northwind"), json!({ "company": { "name": "N", "country": "DE", "partner_type": "msp" } }));
        submits(world, wrong).await.invalid_at("/company/partner_type");
        let long = with(filled(&secret, "Northwind"), json!({ "answers": { "notes": "x".repeat(70_000) } }));
        submits(world, long).await.invalid_at("/answers");
        let huge = with(filled(&secret, "Northwind"), json!({ "answers": { "notes": "x".repeat(10 << 20) } }));
        submits(world, huge).await.expect(413);
        assert_eq!(acme.application("sam@northwind.example").await["status"], "draft");
    }

    async fn a_form_that_asks_twice_explodes_or_speaks_no_language_is_refused(world) {
        let acme = world.vendor("Acme").await;
        let form = acme.asks(json!({})).await;
        let draft = async |members: Value| acme.post("/v1/application-form-versions", json!({ "form_id": form.id, "content": with(content(), members) })).await;
        let of = |properties: Value| json!({ "schema": { "type": "object", "properties": properties }, "layout": [] });
        draft(of(json!({ "country": { "type": "string" } }))).await.invalid_at("/schema/properties/country");
        draft(of(json!({ "a": { "$ref": "https://evil.example/schema.json" } }))).await.invalid_at("/schema");
        draft(of(json!({ "a": { "pattern": "((\\w{99}){99}){99}" } }))).await.invalid_at("/schema");
        draft(of(json!({ "a": { "enum": vec!["x".repeat(100); 400] } }))).await.invalid_at("/schema");
        let deep = (0..40).fold(json!({}), |inside, _| json!({ "allOf": [inside] }));
        draft(of(json!({ "a": deep }))).await.invalid_at("/schema");
        draft(json!({ "default_language": "fr" })).await.invalid_at("/default_language");
        let unknown = json!([{ "title": { "en": "x" }, "fields": [{ "field": "answers.nothing", "label": { "fr": "x" } }] }]);
        draft(json!({ "layout": unknown })).await.invalid_at("/layout/0/fields/0/field").invalid_at("/layout/0/fields/0/label");
        let page = |page: &str| acme.post("/v1/application-forms", json!({ "name": "x", "page": page })).into_future();
        for page in [page("http://evil.example"), page("javascript:alert(1)"), page(&format!("{PAGE}#x"))] {
            page.await.invalid_at("/page");
        }
    }

    async fn people_of_partners_and_finance_see_no_applications(world) {
        let acme = world.vendor("Acme").await;
        let form = acme.asks(json!({})).await;
        handed_in(world, &acme, &form, "sam@northwind.example", "Northwind").await;
        let admin = acme.adds_partner("Fabrikam").await.person("partner_admin").await;
        admin.get("/v1/applications").await.refused(403, "auth.forbidden");
        acme.makes_key("finance", &[]).await.get("/v1/applications").await.refused(403, "auth.forbidden");
        acme.makes_key("channel_manager", &[]).await.get("/v1/applications").await.expect(200);
    }
}
