//! People belong to the vendor or to a partner, and nobody manages people beyond their reach.

use crate::prelude::*;

fn somebody(role: &str) -> Value {
    json!({ "name": "Sam Okafor", "email": format!("{}@northwind.example", unique()), "role": role })
}

fn of(partner: &Partner, role: &str) -> Value {
    let mut body = somebody(role);
    body["partner_id"] = partner.id.as_str().into();
    body
}

spec! {
    async fn a_person_is_added_read_and_changed(world) {
        let acme = world.vendor("Acme").await;
        let northwind = acme.adds_partner("Northwind").await;
        let body = json!({ "name": "Sam Okafor", "email": "Sam@Northwind.example", "role": "sales", "partner_id": northwind.id });
        let made = acme.post("/v1/people", body).await.expect(201);
        assert_reply_snapshot!(made, @r#"
        {
          "body": {
            "created_at": "2026-11-20T12:00:00Z",
            "email": "sam@northwind.example",
            "id": "per-1",
            "name": "Sam Okafor",
            "partner_id": "ptn-1",
            "revision": 1,
            "role": "sales",
            "status": "active",
            "updated_at": "2026-11-20T12:00:00Z"
          },
          "status": 201
        }
        "#);
        let path = format!("/v1/people/{}", made.id());
        assert_eq!(made.header("location"), Some(path.as_str()));
        assert_eq!(acme.get(&path).await.expect(200).body, made.body);
        acme.patch(&path, json!({ "role": "executive" })).await.refused(428, "revision.required");
        let changed = acme.patch(&path, json!({ "role": "executive", "name": "Sam O." })).if_match(1).await.expect(200);
        assert_eq!((changed.etag().as_str(), &changed["role"]), ("\"2\"", &json!("executive")));
        acme.patch(&path, json!({ "role": "sales" })).if_match(1).await.refused(412, "revision.stale");
        let told = acme.get(format!("/v1/events?subject={}", made.id())).await.expect(200);
        assert_eq!(told.rows()[1]["type"], "person.updated");
        assert_eq!(told.rows()[1]["data"]["changed"], json!(["name", "role"]));
    }

    async fn an_address_belongs_to_one_person_of_the_vendor(world) {
        let acme = world.vendor("Acme").await;
        let taken = json!({ "name": "Jo", "email": "jo@acme.example", "role": "finance" });
        acme.post("/v1/people", taken.clone()).await.expect(201);
        acme.post("/v1/people", json!({ "name": "Joe", "email": "JO@Acme.example", "role": "marketing" })).await.refused(409, "person.email_taken");
        world.vendor("Contoso").await.post("/v1/people", taken).await.expect(201);
    }

    async fn of_many_with_one_address_at_once_one_is_added(world [connections = 12]) {
        let acme = world.vendor("Acme").await;
        let body = json!({ "name": "Jo", "email": "jo@acme.example", "role": "finance" });
        let answers = join_all((0..10).map(|_| acme.post("/v1/people", body.clone()).into_future())).await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1);
        assert_eq!(answers.iter().filter(|answer| answer.status == 409).count(), 9);
    }

    async fn the_role_fits_the_side_that_the_person_is_on(world) {
        let acme = world.vendor("Acme").await;
        let northwind = acme.adds_partner("Northwind").await;
        for role in ["partner_admin", "sales", "engineer", "executive"] {
            acme.post("/v1/people", somebody(role)).await.invalid_at("/role");
            acme.post("/v1/people", of(&northwind, role)).await.expect(201);
        }
        for role in ["admin", "channel_manager", "finance", "marketing", "integration"] {
            acme.post("/v1/people", of(&northwind, role)).await.invalid_at("/role");
            let made = acme.post("/v1/people", somebody(role)).await.expect(201);
            acme.patch(format!("/v1/people/{}", made.id()), json!({ "role": "sales" })).if_match(1).await.invalid_at("/role");
        }
    }

    async fn a_partner_is_one_of_the_vendor_s(world) {
        let (acme, contoso) = (world.vendor("Acme").await, world.vendor("Contoso").await);
        let elsewhere = contoso.adds_partner("Elsewhere").await;
        acme.post("/v1/people", of(&elsewhere, "sales")).await.invalid_at("/partner_id");
        let person = elsewhere.person("sales").await;
        acme.get(format!("/v1/people/{}", person.id)).await.refused(404, "not_found");
        acme.patch(format!("/v1/people/{}", person.id), json!({ "name": "X" })).if_match(1).await.refused(404, "not_found");
    }

    async fn what_is_not_a_person_is_refused_with_the_place_that_is_wrong(world) {
        let acme = world.vendor("Acme").await;
        let wrong = [
            (json!({ "email": "jo@acme.example", "role": "finance" }), "/name"),
            (json!({ "name": "\t", "email": "jo@acme.example", "role": "finance" }), "/name"),
            (json!({ "name": "Jo", "email": "jo", "role": "finance" }), "/email"),
            (json!({ "name": "Jo", "email": format!("{}@acme.example", "j".repeat(300)), "role": "finance" }), "/email"),
            (json!({ "name": "Jo", "email": "jo@acme.example", "role": "king" }), "/role"),
            (json!({ "name": "Jo", "email": "jo@acme.example", "role": "finance", "status": "active" }), "/status"),
        ];
        for (body, place) in wrong {
            acme.post("/v1/people", body).await.invalid_at(place);
        }
    }

    async fn a_partner_admin_adds_only_its_own_people(world) {
        let acme = world.vendor("Acme").await;
        let (northwind, fabrikam) = (acme.adds_partner("Northwind").await, acme.adds_partner("Fabrikam").await);
        let (admin, rival) = (northwind.person("partner_admin").await, fabrikam.person("sales").await);
        let made = admin.post("/v1/people", somebody("sales")).await.expect(201);
        assert_eq!(made["partner_id"], northwind.id, "its own partner, said or not");
        admin.post("/v1/people", of(&northwind, "partner_admin")).await.expect(201);
        admin.post("/v1/people", of(&fabrikam, "sales")).await.invalid_at("/partner_id");
        for role in ["admin", "channel_manager", "finance", "marketing", "integration"] {
            admin.post("/v1/people", somebody(role)).await.invalid_at("/role");
            admin.patch(format!("/v1/people/{}", made.id()), json!({ "role": role })).if_match(1).await.invalid_at("/role");
        }
        admin.get(format!("/v1/people/{}", rival.id)).await.refused(404, "not_found");
        admin.patch(format!("/v1/people/{}", rival.id), json!({ "status": "deactivated" })).if_match(1).await.refused(404, "not_found");
        assert!(admin.all("/v1/people").await.iter().all(|person| person["partner_id"] == northwind.id));
        assert!(admin.get(format!("/v1/people?partner_id={}", fabrikam.id)).await.rows().is_empty());
    }

    async fn a_seller_reads_colleagues_and_adds_nobody(world) {
        let acme = world.vendor("Acme").await;
        let northwind = acme.adds_partner("Northwind").await;
        let seller = northwind.person("sales").await;
        seller.get("/v1/people").await.expect(200);
        seller.post("/v1/people", somebody("sales")).await.refused(403, "auth.forbidden");
    }

    async fn nobody_grants_more_than_they_may_themselves(world) {
        let acme = world.vendor("Acme").await;
        let northwind = acme.adds_partner("Northwind").await;
        let manager = acme.makes_key("channel_manager", &[]).await;
        for role in ["admin", "integration"] {
            manager.post("/v1/people", somebody(role)).await.refused(403, "person.role_too_high");
        }
        let made = manager.post("/v1/people", somebody("finance")).await.expect(201);
        manager.patch(format!("/v1/people/{}", made.id()), json!({ "role": "admin" })).if_match(1).await.refused(403, "person.role_too_high");
        manager.post("/v1/people", of(&northwind, "partner_admin")).await.expect(201);
        let boss = acme.adds_colleague("admin").await.id();
        manager.patch(format!("/v1/people/{boss}"), json!({ "status": "deactivated" })).if_match(1).await.refused(403, "person.role_too_high");
        let narrow = acme.makes_key("admin", &["people:manage"]).await;
        narrow.post("/v1/people", somebody("finance")).await.refused(403, "person.role_too_high");
    }

    async fn a_deactivated_person_is_shut_out_at_once_and_may_come_back(world) {
        let acme = world.vendor("Acme").await;
        let seller = acme.adds_partner("Northwind").await.person("sales").await;
        let path = format!("/v1/people/{}", seller.id);
        seller.get(&path).await.expect(200);
        let gone = acme.patch(&path, json!({ "status": "deactivated" })).if_match(1).await.expect(200);
        assert_eq!(gone["status"], "deactivated");
        seller.get(&path).await.refused(401, "auth.required");
        acme.post("/v1/tokens", json!({ "person_email": seller.email })).await.refused(422, "token.no_such_person");
        acme.patch(&path, json!({ "status": "active" })).if_match(2).await.expect(200);
        seller.get(&path).await.expect(200);
        let told = acme.get(format!("/v1/events?subject={}", seller.id)).await.expect(200);
        let told: Vec<_> = told.rows().iter().map(|event| event["type"].as_str().unwrap_or_default().to_owned()).collect();
        assert_eq!(told, ["person.created", "person.deactivated", "person.reactivated"]);
    }

    async fn a_person_whose_role_changes_may_do_at_once_what_the_new_one_may(world) {
        let acme = world.vendor("Acme").await;
        let northwind = acme.adds_partner("Northwind").await;
        let admin = northwind.person("partner_admin").await;
        admin.post("/v1/people", somebody("sales")).await.expect(201);
        acme.patch(format!("/v1/people/{}", admin.id), json!({ "role": "executive" })).if_match(1).await.expect(200);
        admin.post("/v1/people", somebody("sales")).await.refused(403, "auth.forbidden");
    }
}
