//! Authenticator apps, recovery codes and step-up.

use crate::prelude::*;

spec! {
    async fn a_second_factor_is_asked_for_once_it_was_confirmed(world) {
        let acme = world.vendor("Acme").await;
        let jo = acme.has_local("finance").await;
        let made = jo.post("/v1/me/authenticators/totp", json!(null)).await.expect(201);
        let app = App::of(&made.text("otpauth_uri"));
        // Not confirmed, it counts for nothing.
        assert_eq!(world.anonymous().post("/v1/sign-ins", jo.sign_in(PASSWORD)).await.expect(200)["status"], "signed_in");
        let path = format!("/v1/me/authenticators/{}", made["authenticator"]["id"].as_str().unwrap());
        jo.post(format!("{path}/confirm"), json!({ "code": "000000" })).await.refused(400, "sign_in.refused");
        let added = jo.post(format!("{path}/confirm"), json!({ "code": app.code(world.now()) })).await.expect(200);
        assert_eq!(added["recovery_codes"].as_array().unwrap().len(), 10);
        jo.post(format!("{path}/confirm"), json!({ "code": app.code(world.now()) })).await.refused(409, "authenticator.not_waiting");

        let asked = world.anonymous().post("/v1/sign-ins", jo.sign_in(PASSWORD)).await.expect(200);
        assert_eq!((&asked["status"], &asked["token"]), (&json!("mfa_required"), &json!(null)));
        assert_eq!(asked["challenge"]["methods"], json!(["totp", "recovery_code"]));
        let attempt = asked["challenge"]["attempt"].clone();
        world.clock.advance(seconds(30));
        let signed_in = world.anonymous().post("/v1/sign-ins/totp", json!({ "attempt": attempt, "code": app.code(world.now()) })).await.expect(200);
        let strong = jo.with_token(&signed_in["token"]);
        assert_eq!(strong.get("/v1/sessions").await.expect(200).rows()[0]["methods"], json!(["pwd", "otp", "mfa"]));
        // The attempt is used up.
        world.clock.advance(seconds(30));
        world.anonymous().post("/v1/sign-ins/totp", json!({ "attempt": attempt, "code": app.code(world.now()) })).await.refused(400, "sign_in.refused");
    }

    async fn a_recovery_code_stands_in_once(world) {
        let acme = world.vendor("Acme").await;
        let (jo, _, codes) = acme.has_local("finance").await.adds_app(world.now()).await;
        let attempt = async || world.anonymous().post("/v1/sign-ins", jo.sign_in(PASSWORD)).await.expect(200)["challenge"]["attempt"].clone();
        let typed = codes[3].to_uppercase().replace('-', " ");
        let body = json!({ "attempt": attempt().await, "code": typed });
        world.anonymous().post("/v1/sign-ins/recovery-code", body).await.expect(200);
        let again = json!({ "attempt": attempt().await, "code": codes[3] });
        world.anonymous().post("/v1/sign-ins/recovery-code", again).await.refused(400, "sign_in.refused");
        let fresh = jo.post("/v1/me/recovery-codes", json!(null)).await.expect(201)["recovery_codes"].clone();
        let old = json!({ "attempt": attempt().await, "code": codes[4] });
        world.anonymous().post("/v1/sign-ins/recovery-code", old).await.refused(400, "sign_in.refused");
        let new = json!({ "attempt": attempt().await, "code": fresh[9] });
        world.anonymous().post("/v1/sign-ins/recovery-code", new).await.expect(200);
        let used = acme.get("/v1/events?type=recovery_codes.used").await.expect(200);
        assert_eq!(used.rows().iter().map(|event| event["data"]["left"].clone()).collect::<Vec<_>>(), [json!(9), json!(9)]);
    }

    async fn changing_what_one_signs_in_with_needs_a_recent_proof(world) {
        let acme = world.vendor("Acme").await;
        let jo = acme.has_local("finance").await;
        world.clock.advance(minutes(6));
        let asked = jo.post("/v1/me/authenticators/totp", json!(null)).await.refused(401, "auth.step_up_required");
        assert!(asked.header("www-authenticate").unwrap().contains("insufficient_user_authentication"), "{asked}");
        assert!(asked.header("www-authenticate").unwrap().contains("max_age=300"), "{asked}");
        jo.post("/v1/me/step-up", json!({ "password": "not this one at all" })).await.refused(400, "sign_in.refused");
        let raised = jo.post("/v1/me/step-up", json!({ "password": PASSWORD })).await.expect(200);
        let (jo, app, _) = jo.with_token(&raised.body).adds_app(world.now()).await;

        // A password is no proof any more.
        world.clock.advance(minutes(6));
        let id = jo.get("/v1/me/authenticators").await.expect(200).rows()[0]["id"].as_str().unwrap().to_owned();
        jo.delete(format!("/v1/me/authenticators/{id}")).await.refused(401, "auth.step_up_required");
        jo.post("/v1/me/step-up", json!({ "password": PASSWORD })).await.refused(400, "sign_in.refused");
        let raised = jo.post("/v1/me/step-up", json!({ "totp_code": app.code(world.now()) })).await.expect(200);
        jo.with_token(&raised.body).delete(format!("/v1/me/authenticators/{id}")).await.expect(204);
        assert_eq!(world.anonymous().post("/v1/sign-ins", jo.sign_in(PASSWORD)).await.expect(200)["status"], "signed_in");
    }

    async fn an_older_session_without_the_second_factor_cannot_take_it_away(world) {
        let acme = world.vendor("Acme").await;
        let weak = acme.has_local("finance").await;
        let second = world.anonymous().post("/v1/sign-ins", weak.sign_in(PASSWORD)).await.expect(200);
        let (strong, ..) = weak.with_token(&second["token"]).adds_app(world.now()).await;
        let id = strong.get("/v1/me/authenticators").await.expect(200).rows()[0]["id"].as_str().unwrap().to_owned();
        weak.delete(format!("/v1/me/authenticators/{id}")).await.refused(401, "auth.step_up_required");
        weak.post("/v1/me/recovery-codes", json!(null)).await.refused(401, "auth.step_up_required");
    }

    async fn a_short_password_never_stands_alone(world) {
        let acme = world.vendor("Acme").await;
        let (jo, app, _) = acme.has_local("finance").await.adds_app(world.now()).await;
        jo.post("/v1/me/password", json!({ "old_password": PASSWORD, "password": "kq7Zr-29" })).await.expect(204);
        let id = jo.get("/v1/me/authenticators").await.expect(200).rows()[0]["id"].as_str().unwrap().to_owned();
        jo.delete(format!("/v1/me/authenticators/{id}")).await.refused(409, "authenticator.last");
        drop(app);
    }

    async fn an_admin_takes_away_what_was_lost(world) {
        let acme = world.vendor("Acme").await;
        let (jo, ..) = acme.has_local("finance").await.adds_app(world.now()).await;
        acme.post(format!("/v1/people/{}/reset-mfa", jo.id), json!(null)).await.expect(200);
        jo.get("/v1/partners").await.refused(401, "auth.required");
        assert_eq!(world.anonymous().post("/v1/sign-ins", jo.sign_in(PASSWORD)).await.expect(200)["status"], "signed_in");
        let types: Vec<_> = acme.all("/v1/events").await.iter().map(|event| event["type"].clone()).collect();
        assert!(types.contains(&json!("mfa.reset")) && types.contains(&json!("authenticator.removed")), "{types:?}");
    }

    async fn one_sees_and_names_ones_own_only(world) {
        let acme = world.vendor("Acme").await;
        let (jo, ..) = acme.has_local("finance").await.adds_app(world.now()).await;
        let (other, ..) = acme.has_local("finance").await.adds_app(world.now()).await;
        let id = jo.get("/v1/me/authenticators").await.expect(200).rows()[0]["id"].as_str().unwrap().to_owned();
        let path = format!("/v1/me/authenticators/{id}");
        jo.patch(&path, json!({ "name": "Old phone" })).if_match(2).await.expect(200);
        assert_eq!(jo.get(&path).await.expect(200)["name"], "Old phone");
        other.get(&path).await.refused(404, "not_found");
        other.patch(&path, json!({ "name": "Mine" })).if_match(3).await.refused(404, "not_found");
        other.delete(&path).await.refused(404, "not_found");
        acme.get(&path).await.refused(404, "not_found");
        assert_eq!(acme.get("/v1/me/authenticators").await.expect(200).rows().len(), 0);
    }
}
