//! What a vendor demands of people.

use crate::prelude::*;

async fn demands(acme: &Vendor, policy: Value) {
    let etag = acme.get("/v1/access-policy").await.expect(200).etag();
    acme.patch("/v1/access-policy", policy).if_match(etag).await.expect(200);
}

spec! {
    async fn a_role_that_needs_a_second_factor_does_nothing_but_enrol_without(world) {
        let acme = world.vendor("Acme").await;
        let jo = acme.has_local("finance").await;
        jo.get("/v1/partners").await.expect(200);
        demands(&acme, json!({ "mfa_roles": ["finance", "admin"] })).await;
        let refused = jo.get("/v1/partners").await.refused(401, "auth.step_up_required");
        assert_eq!(refused["acr_values"], "mfa");
        let challenge = refused.header("www-authenticate").unwrap();
        assert!(challenge.contains("error=\"insufficient_user_authentication\"") && challenge.contains("acr_values=\"mfa\""), "{challenge}");
        assert_eq!(world.anonymous().post("/v1/sign-ins", jo.sign_in(PASSWORD)).await.expect(200)["mfa_enrolment_required"], true);
        let (strong, ..) = jo.adds_app(world.now()).await;
        strong.get("/v1/partners").await.expect(200);
        jo.get("/v1/partners").await.refused(401, "auth.step_up_required");
        // Keys are exempt, also in their tokens.
        acme.get("/v1/partners").await.expect(200);
        let token = acme.post("/v1/tokens", json!(null)).await.expect(201);
        acme.bearing(&token.text("access_token")).get("/v1/partners").await.expect(200);
    }

    async fn an_operation_needs_a_recent_second_factor_and_step_up_gives_it(world) {
        let acme = world.vendor("Acme").await;
        demands(&acme, json!({ "step_up": [{ "permission": "people:manage", "max_age": 600 }] })).await;
        let jo = acme.has_local("channel_manager").await;
        let new = || json!({ "name": "A", "email": format!("a{}@b.example", unique()), "role": "marketing" });
        jo.get("/v1/people").await.expect(200);
        jo.post("/v1/people", new()).await.refused(401, "auth.step_up_required");
        let (jo, app, _) = jo.adds_app(world.now()).await;
        jo.post("/v1/people", new()).await.expect(201);
        world.clock.advance(minutes(11));
        let refused = jo.post("/v1/people", new()).await.refused(401, "auth.step_up_required");
        assert_eq!(refused["max_age"], 600);
        assert!(refused.header("www-authenticate").unwrap().ends_with("max_age=600"), "{refused}");
        // What also asks for it by the way does not get it either.
        assert_eq!(jo.get("/v1/sessions").await.expect(200).rows().len(), 1);
        let raised = jo.post("/v1/me/step-up", json!({ "totp_code": app.code(world.now()) })).await.expect(200);
        jo.with_token(&raised.body).post("/v1/people", new()).await.expect(201);
        jo.post("/v1/people", new()).await.refused(401, "auth.step_up_required");
    }

    async fn what_a_provider_says_of_the_second_factor_counts(world) {
        let acme = world.vendor("Acme").await;
        demands(&acme, json!({ "mfa_roles": ["finance"] })).await;
        let person = acme.adds_colleague("finance").await;
        acme.sees_sign_in(&person.id(), &["fed"]).await.get("/v1/partners").await.refused(401, "auth.step_up_required");
        acme.sees_sign_in(&person.id(), &["fed", "mfa"]).await.get("/v1/partners").await.expect(200);
    }

    async fn neither_minted_tokens_nor_refreshing_get_around_it(world) {
        let acme = world.vendor("Acme").await;
        let seller = acme.adds_partner("Northwind").await.person("sales").await;
        demands(&acme, json!({ "step_up": [{ "permission": "deals:read" }] })).await;
        seller.get("/v1/deals").await.refused(401, "auth.step_up_required");
        seller.get("/v1/partners").await.expect(200);
        let signed_in = seller.signs_in(&["pwd"]).await;
        let refresh = format!("grant_type=refresh_token&refresh_token={}", signed_in.refresh_token);
        let fresh = world.anonymous().call(Method::POST, "/v1/tokens").raw("application/x-www-form-urlencoded", refresh).await.expect(200);
        acme.bearing(&fresh.text("access_token")).get("/v1/deals").await.refused(401, "auth.step_up_required");
        seller.anew().await.get("/v1/deals").await.refused(401, "auth.step_up_required");
        seller.signs_in(&["pwd", "otp", "mfa"]).await.get("/v1/deals").await.expect(200);
    }

    async fn refreshing_makes_no_proof_younger(world) {
        let acme = world.vendor("Acme").await;
        demands(&acme, json!({ "step_up": [{ "permission": "partners:read", "max_age": 300 }] })).await;
        let person = acme.adds_colleague("finance").await;
        let signed_in = acme.sees_sign_in(&person.id(), &["pwd", "otp", "mfa"]).await;
        signed_in.get("/v1/partners").await.expect(200);
        world.clock.advance(seconds(302));
        let refresh = format!("grant_type=refresh_token&refresh_token={}", signed_in.refresh_token);
        let fresh = world.anonymous().call(Method::POST, "/v1/tokens").raw("application/x-www-form-urlencoded", refresh).await.expect(200);
        acme.bearing(&fresh.text("access_token")).get("/v1/partners").await.refused(401, "auth.step_up_required");
    }

    async fn a_change_holds_on_every_instance_at_once(world) {
        let acme = world.vendor("Acme").await;
        let jo = acme.has_local("finance").await;
        let other = world.another_instance().await;
        jo.at(&other).get("/v1/partners").await.expect(200);
        demands(&acme, json!({ "mfa_roles": ["finance"] })).await;
        jo.get("/v1/partners").await.refused(401, "auth.step_up_required");
        let events = acme.get("/v1/events?type=access_policy.updated").await.expect(200);
        assert_eq!(events.rows()[0]["data"]["access_policy"]["mfa_roles"], json!(["finance"]));
        acme.patch("/v1/access-policy", json!({ "mfa_roles": ["janitor"] })).if_match(2).await.invalid_at("/mfa_roles/0");
        acme.patch("/v1/access-policy", json!({ "step_up": [{ "permission": "moon:land" }] })).if_match(2).await.invalid_at("/step_up/0/permission");
        acme.patch("/v1/access-policy", json!({ "mfa_roles": ["finance"] })).if_match(2).await.expect(200);
        assert_eq!(acme.get("/v1/events?type=access_policy.updated").await.expect(200).rows().len(), 1);
    }
}
