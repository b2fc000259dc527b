//! People: who adds whom, and how far that reaches.

use crate::prelude::*;

fn person(email: &str, role: &str) -> Value {
    json!({ "name": "Jo Alvarez", "email": email, "role": role })
}

spec! {
    async fn a_partners_admin_looks_after_its_own_people_only(world) {
        let acme = world.vendor("Acme").await;
        let (northwind, southwind) = (acme.adds_partner("Northwind").await, acme.adds_partner("Southwind").await);
        let (admin, stranger) = (northwind.person("partner_admin").await, southwind.person("sales").await);
        let added = admin.post("/v1/people", person("jo@northwind.example", "sales")).await.expect(201);
        assert_eq!(added["partner_id"], northwind.id.as_str());
        let seen: Vec<_> = admin.all("/v1/people").await.iter().map(|person| person["id"].clone()).collect();
        assert_eq!(seen, [added["id"].clone(), json!(admin.id)]);
        admin.get(format!("/v1/people/{}", stranger.id)).await.refused(404, "not_found");
        admin.patch(format!("/v1/people/{}", stranger.id), json!({ "name": "Mine" })).if_match(1).await.refused(404, "not_found");
        let mut elsewhere = person("x@southwind.example", "sales");
        elsewhere["partner_id"] = json!(southwind.id);
        admin.post("/v1/people", elsewhere).await.invalid_at("/partner_id");
    }

    async fn nobody_adds_or_changes_a_person_who_may_do_more(world) {
        let acme = world.vendor("Acme").await;
        let manager = acme.makes_key("channel_manager", &[]).await;
        manager.post("/v1/people", person("boss@acme.example", "admin")).await.refused(403, "person.role_too_high");
        let boss = acme.adds_colleague("admin").await;
        manager.patch(format!("/v1/people/{}", boss.id()), json!({ "status": "deactivated" })).if_match(1).await.refused(403, "person.role_too_high");
        let peer = manager.post("/v1/people", person("jo@acme.example", "channel_manager")).await.expect(201);
        manager.patch(format!("/v1/people/{}", peer.id()), json!({ "role": "admin" })).if_match(1).await.refused(403, "person.role_too_high");
    }

    async fn a_role_belongs_to_one_side(world) {
        let acme = world.vendor("Acme").await;
        let northwind = acme.adds_partner("Northwind").await;
        acme.post("/v1/people", person("jo@acme.example", "sales")).await.invalid_at("/role");
        let mut body = person("jo@northwind.example", "finance");
        body["partner_id"] = json!(northwind.id);
        acme.post("/v1/people", body).await.invalid_at("/role");
    }

    async fn an_address_is_known_once_in_whatever_case(world) {
        let acme = world.vendor("Acme").await;
        let made = acme.post("/v1/people", person("Jo@Acme.Example", "finance")).await.expect(201);
        assert_eq!(made["email"], "jo@acme.example");
        acme.post("/v1/people", person("JO@ACME.EXAMPLE", "finance")).await.refused(409, "person.email_taken");
        let calls = (0..8).map(|_| { let call = acme.post("/v1/people", person("once@acme.example", "finance")); tokio::spawn(async move { call.await.status }) });
        let mut statuses: Vec<_> = join_all(calls).await.into_iter().map(|status| status.expect("a call")).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 409, 409, 409, 409, 409, 409, 409]);
    }

    async fn a_change_says_what_changed_and_none_says_nothing(world) {
        let acme = world.vendor("Acme").await;
        let made = acme.post("/v1/people", person("jo@acme.example", "finance")).await.expect(201);
        let path = format!("/v1/people/{}", made.id());
        let same = acme.patch(&path, json!({ "name": "Jo Alvarez" })).if_match(made.etag()).await.expect(200);
        assert_eq!(same.body, made.body);
        acme.patch(&path, json!({ "name": "Jo Kim", "status": "deactivated" })).if_match(made.etag()).await.expect(200);
        acme.patch(&path, json!({ "name": "Jo Late" })).if_match(made.etag()).await.refused(412, "revision.stale");
        acme.patch(&path, json!({ "name": null })).if_match(2).await.invalid_at("/name");
        let events = acme.get("/v1/events?type=person.*").await.expect(200);
        let told: Vec<_> = events.rows().iter().map(|event| (event["type"].clone(), event["data"]["changed"].clone())).collect();
        assert_eq!(told, [(json!("person.created"), Value::Null), (json!("person.updated"), json!(["name"])), (json!("person.deactivated"), Value::Null)]);
    }

    async fn people_are_found_by_part_of_name_or_address(world) {
        let acme = world.vendor("Acme").await;
        for (name, email) in [("Zoë Müller", "zm@acme.example"), ("Anna Muller", "anna@acme.example"), ("Bob", "bob_1@acme.example")] {
            acme.post("/v1/people", json!({ "name": name, "email": email, "role": "finance" })).await.expect(201);
        }
        let names = async |query: &str| acme.all(&format!("/v1/people?{query}")).await.iter().map(|row| row["name"].as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>();
        assert_eq!(names("q=MULLER&sort=name").await, ["Anna Muller", "Zoë Müller"]);
        assert_eq!(names("q=_1%40").await, ["Bob"]);
        assert_eq!(names("q=%25").await.len(), 0);
        assert_eq!(names("sort=name&limit=1").await, ["Anna Muller", "Bob", "Zoë Müller"]);
    }
}
