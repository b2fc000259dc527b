//! Passwords: which are taken, signing in, changing.

use crate::prelude::*;

spec! {
    async fn signing_in_takes_the_address_in_any_case_and_the_password_in_any_composition(world) {
        let acme = world.vendor("Acme").await;
        let jo = acme.has_local("finance").await;
        let body = json!({ "client_id": jo.portal, "email": jo.email.to_uppercase(), "password": PASSWORD });
        let signed_in = world.anonymous().post("/v1/sign-ins", body).await.expect(200);
        acme.bearing(signed_in["token"]["access_token"].as_str().unwrap()).get("/v1/partners").await.expect(200);
        let refresh = format!("grant_type=refresh_token&refresh_token={}", signed_in["token"]["refresh_token"].as_str().unwrap());
        world.anonymous().call(Method::POST, "/v1/tokens").raw("application/x-www-form-urlencoded", refresh).await.expect(200);
    }

    async fn short_leaked_and_telling_passwords_are_refused_with_the_reason(world) {
        let acme = world.vendor("Acme").await;
        let (portal, jo) = (acme.opens_portal().await, acme.adds_colleague("finance").await);
        let secret = acme.invites(&jo.id(), &portal).await;
        for (password, code) in [
            ("kq7Zr-29", "too_short"),
            ("aaaaaaaaaaaaaaaaaaaaaaa", "too_simple"),
            ("qwertyuiopqwertyuiop", "leaked"),
            ("finance-vendor-example-1", "guessable"),
        ] {
            let reply = world.anonymous().post("/v1/invitations/accept", json!({ "secret": secret, "password": password })).await.invalid_at("/password");
            assert_eq!(reply["errors"][0]["code"], code, "{reply}");
        }
        // Where a second factor is demanded anyway, eight characters will do.
        acme.patch("/v1/access-policy", json!({ "mfa_roles": ["finance"] })).if_match(1).await.expect(200);
        let joined = world.anonymous().post("/v1/invitations/accept", json!({ "secret": secret, "password": "kq7Zr-29" })).await.expect(200);
        assert_eq!(joined["mfa_enrolment_required"], true);
    }

    async fn changing_it_needs_the_old_one_and_ends_all_other_sessions(world) {
        let acme = world.vendor("Acme").await;
        let jo = acme.has_local("finance").await;
        let other = world.anonymous().post("/v1/sign-ins", jo.sign_in(PASSWORD)).await.expect(200);
        let other = acme.bearing(other["token"]["access_token"].as_str().unwrap());
        other.get("/v1/partners").await.expect(200);
        let new = "quiet harbour lantern";
        jo.post("/v1/me/password", json!({ "password": new })).await.invalid_at("/old_password");
        jo.post("/v1/me/password", json!({ "old_password": "not this one at all", "password": new })).await.invalid_at("/old_password");
        jo.post("/v1/me/password", json!({ "old_password": PASSWORD, "password": new })).idempotency_key("k").await.expect(204);
        jo.post("/v1/me/password", json!({ "old_password": PASSWORD, "password": new })).idempotency_key("k").await.expect(204);
        other.get("/v1/partners").await.refused(401, "auth.required");
        jo.get("/v1/partners").await.expect(200);
        world.anonymous().post("/v1/sign-ins", jo.sign_in(PASSWORD)).await.refused(400, "sign_in.refused");
        world.anonymous().post("/v1/sign-ins", jo.sign_in(new)).await.expect(200);
        acme.post("/v1/me/password", json!({ "password": new })).await.refused(403, "auth.session_required");
    }

    async fn a_hash_of_yesterdays_cost_is_made_anew_at_the_next_sign_in(world) {
        let acme = world.vendor("Acme").await;
        world.app().provide(access::local::Hashing::at(access::local::Cost { memory: 64, passes: 1, lanes: 1 }));
        let jo = acme.has_local("finance").await;
        let cheap = "SELECT COUNT(*) FROM passwords WHERE hash LIKE '$argon2id$v=19$m=64,t=1,p=1$%'";
        let strong = "SELECT COUNT(*) FROM passwords WHERE hash LIKE '$argon2id$v=19$m=19456,t=2,p=1$%'";
        assert_eq!((world.number(cheap).await, world.number(strong).await), (1, 0));
        world.app().provide(access::local::Hashing::default());
        world.anonymous().post("/v1/sign-ins", jo.sign_in(PASSWORD)).await.expect(200);
        assert_eq!((world.number(cheap).await, world.number(strong).await), (0, 1));
        world.anonymous().post("/v1/sign-ins", jo.sign_in(PASSWORD)).await.expect(200);
    }
}
