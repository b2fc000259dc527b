//! Roles of the vendor's own, made of the same permissions.

use crate::prelude::*;
use std::future::IntoFuture as _;

fn desk(permissions: &[&str]) -> Value {
    json!({ "name": "deal_desk", "title": "Deal desk", "side": "vendor", "permissions": permissions })
}

spec! {
    async fn roles_are_listed_with_what_they_allow(world) {
        let acme = world.vendor("Acme").await;
        acme.post("/v1/roles", desk(&["deals:decide", "deals:read"])).await.expect(201);
        let all = acme.get("/v1/roles").await.expect(200);
        let names: Vec<_> = all.rows().iter().map(|role| role["name"].as_str().unwrap_or_default()).collect();
        assert_eq!(names, ["admin", "channel_manager", "finance", "marketing", "integration", "partner_admin", "sales", "engineer", "executive", "deal_desk"]);
        assert_eq!((&all.rows()[6]["side"], &all.rows()[6]["built_in"], &all.rows()[6]["available_actions"]), (&json!("partner"), &json!(true), &json!([])));
        assert_eq!(all.rows()[9]["permissions"], json!(["deals:read", "deals:decide"]), "in the order of the table");
        let seller = acme.adds_partner("Northwind").await.person("sales").await;
        assert!(seller.get("/v1/roles").await.expect(200).rows().iter().all(|role| role["side"] == "partner"));
        seller.get("/v1/roles/deal_desk").await.refused(404, "not_found");
        seller.get("/v1/roles/admin").await.refused(404, "not_found");
        let permissions = seller.get("/v1/permissions").await.expect(200);
        assert_eq!(permissions.rows().len(), access::Permission::ALL.len());
        assert!(permissions.rows().iter().all(|one| one["description"].as_str().is_some_and(|text| text.ends_with('.'))));
    }

    async fn a_person_in_a_custom_role_may_do_what_it_says_and_at_once_what_it_says_next(world) {
        let acme = world.vendor("Acme").await;
        let other = world.another_instance().await;
        acme.post("/v1/roles", desk(&["deals:read", "partners:read"])).await.expect(201);
        let person = acme.adds_colleague("deal_desk").await.id();
        let jo = acme.sees_sign_in(&person, &["pwd"]).await;
        jo.get("/v1/deals").await.expect(200);
        jo.get("/v1/people").await.refused(403, "auth.forbidden");
        jo.at(&other).get("/v1/deals").await.expect(200);
        acme.patch("/v1/roles/deal_desk", json!({ "permissions": ["people:read", "partners:read"] })).if_match(1).await.expect(200);
        // A token holds the permissions of its making at most; what the role lost is gone at once, everywhere within a second.
        jo.get("/v1/deals").await.refused(403, "auth.forbidden");
        world.clock.advance(seconds(1));
        jo.at(&other).get("/v1/deals").await.refused(403, "auth.forbidden");
        let again = acme.sees_sign_in(&person, &["pwd"]).await;
        again.get("/v1/people").await.expect(200);
        assert_eq!(again.get("/v1/me").await.expect(200)["role"], json!({ "name": "deal_desk", "title": "Deal desk" }));
    }

    async fn a_partners_role_holds_only_what_partners_may_do_at_all(world) {
        let acme = world.vendor("Acme").await;
        let role = |permissions: Value| json!({ "name": "presales", "title": "Presales", "side": "partner", "permissions": permissions });
        for beyond in ["deals:decide", "deals:see_rivals", "vendor:see_internal", "events:read", "crm:read", "access:manage"] {
            acme.post("/v1/roles", role(json!(["deals:read", beyond]))).await.invalid_at("/permissions/1");
        }
        acme.post("/v1/roles", role(json!(["deals:read", "deals:register", "nonsense"]))).await.invalid_at("/permissions/2");
        acme.post("/v1/roles", role(json!(["deals:read"]))).await.expect(201);
        let northwind = acme.adds_partner("Northwind").await;
        let person = northwind.person("presales").await;
        person.get("/v1/deals").await.expect(200);
        person.get("/v1/partners").await.refused(403, "auth.forbidden");
        let wrong = json!({ "name": "Jo", "email": "jo@acme.example", "role": "presales" });
        acme.post("/v1/people", wrong).await.invalid_at("/role");
    }

    async fn nobody_makes_changes_or_gives_a_role_beyond_their_own(world) {
        let acme = world.vendor("Acme").await;
        acme.post("/v1/roles", json!({ "name": "gatekeeper", "title": "Gatekeeper", "side": "vendor",
            "permissions": ["access:manage", "people:manage", "people:read", "deals:read"] })).await.expect(201);
        acme.post("/v1/roles", json!({ "name": "boss", "title": "Boss", "side": "vendor", "permissions": ["deals:read", "keys:manage"] })).await.expect(201);
        let jo = acme.adds_colleague("gatekeeper").await.id();
        let jo = acme.sees_sign_in(&jo, &["pwd"]).await;
        jo.post("/v1/roles", desk(&["deals:read", "deals:decide"])).await.refused(403, "person.role_too_high");
        jo.post("/v1/roles", desk(&["deals:read"])).await.expect(201);
        jo.patch("/v1/roles/deal_desk", json!({ "permissions": ["keys:manage"] })).if_match(1).await.refused(403, "person.role_too_high");
        jo.patch("/v1/roles/boss", json!({ "title": "Clerk" })).if_match(1).await.refused(403, "person.role_too_high");
        jo.delete("/v1/roles/boss").await.refused(403, "person.role_too_high");
        let body = |role: &str| json!({ "name": "Kim", "email": format!("{role}@acme.example"), "role": role });
        jo.post("/v1/people", body("boss")).await.refused(403, "person.role_too_high");
        jo.post("/v1/people", body("deal_desk")).await.expect(201);
    }

    async fn built_in_roles_stay_as_they_are(world) {
        let acme = world.vendor("Acme").await;
        acme.patch("/v1/roles/admin", json!({ "title": "King" })).if_match(1).await.refused(409, "role.built_in");
        acme.delete("/v1/roles/sales").await.refused(409, "role.built_in");
        let body = json!({ "name": "admin", "title": "Admin", "side": "partner", "permissions": ["deals:read"] });
        acme.post("/v1/roles", body).await.refused(409, "role.name_taken");
        acme.post("/v1/roles", desk(&["deals:read"])).await.expect(201);
        acme.post("/v1/roles", desk(&["deals:read"])).await.refused(409, "role.name_taken");
        world.vendor("Contoso").await.get("/v1/roles/deal_desk").await.refused(404, "not_found");
    }

    async fn a_role_that_somebody_has_is_not_deleted(world) {
        let acme = world.vendor("Acme").await;
        acme.post("/v1/roles", desk(&["deals:read"])).await.expect(201);
        let kim = acme.adds_colleague("deal_desk").await.id();
        let refused = acme.delete("/v1/roles/deal_desk").await.refused(409, "role.in_use");
        assert_eq!(refused["people"], 1);
        acme.patch(format!("/v1/people/{kim}"), json!({ "role": "finance" })).if_match(1).await.expect(200);
        acme.delete("/v1/roles/deal_desk").await.expect(204);
        acme.get("/v1/roles/deal_desk").await.refused(404, "not_found");
        acme.post("/v1/people", json!({ "name": "Jo", "email": "jo@acme.example", "role": "deal_desk" })).await.invalid_at("/role");
        let told = acme.get("/v1/events?type=role.*").await.expect(200);
        let told: Vec<_> = told.rows().iter().map(|event| event["type"].as_str().unwrap_or_default().to_owned()).collect();
        assert_eq!(told, ["role.created", "role.deleted"]);
    }

    /// Giving a role and deleting it in the same instant: one of the two is refused.
    async fn nobody_is_left_with_a_role_that_was_deleted(world [connections = 10]) {
        let acme = world.vendor("Acme").await;
        for round in 0..5 {
            acme.post("/v1/roles", desk(&["deals:read"])).await.expect(201);
            let body = json!({ "name": "Kim", "email": format!("kim-{round}@acme.example"), "role": "deal_desk" });
            let (given, deleted) = futures::join!(acme.post("/v1/people", body).into_future(), acme.delete("/v1/roles/deal_desk").into_future());
            assert!((given.status == 201) != (deleted.status == 204), "{given}\n{deleted}");
            if given.status == 201 {
                acme.patch(format!("/v1/people/{}", given.id()), json!({ "role": "finance" })).if_match(1).await.expect(200);
                acme.delete("/v1/roles/deal_desk").await.expect(204);
            }
        }
    }
}
