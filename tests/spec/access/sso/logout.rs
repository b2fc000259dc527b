//! Back-channel logout: whoever signs out at their provider is signed out here.

use super::*;

async fn tells(world: &World, token: &str) -> Reply {
    world.anonymous().call(Method::POST, "/v1/sso/backchannel-logout").raw(FORM, format!("logout_token={token}")).await
}

spec! {
    async fn a_logout_token_ends_the_sessions_that_followed_from_the_providers(world) {
        let (acme, liar) = (world.vendor("Acme").await, Liar::start().await);
        let portal = portal(&acme).await;
        let made = provider(&acme, &liar.issuer, json!({})).await;
        let signs_in = |sid: &'static str| {
            let path = begins(&portal, &[("idp", &made.id())]);
            let (liar, acme, portal) = (&liar, &acme, &portal);
            async move {
                let under_way = UnderWay::begin(world, &path).await;
                let mut claims = under_way.claims(world, liar);
                claims["sid"] = json!(sid);
                liar.gives(&liar.key.signs(&claims));
                let token = redeems(world, portal, &under_way.comes_back("").await).await;
                acme.bearing(&token.text("access_token"))
            }
        };
        let (phone, laptop) = (signs_in("phone").await, signs_in("laptop").await);
        let now = world.now().timestamp();
        let token = |jti: &str, more: Value| {
            let mut claims = json!({ "iss": liar.issuer, "aud": "prm", "iat": now, "exp": now + 120, "jti": jti,
                "events": { "http://schemas.openid.net/event/backchannel-logout": {} } });
            claims.as_object_mut().expect("an object").extend(more.as_object().cloned().expect("an object"));
            claims
        };
        for (wrong, kind) in [
            (token("a", json!({ "sub": "jo-1", "nonce": "n" })), "logout+jwt"),
            (token("a", json!({ "sub": "jo-1", "aud": "another" })), "logout+jwt"),
            (token("a", json!({ "sub": "jo-1", "iss": "https://login.elsewhere.example" })), "logout+jwt"),
            (token("a", json!({ "sub": "jo-1", "events": {} })), "logout+jwt"),
            (token("a", json!({ "sub": "jo-1", "iat": now - 3_600 })), "logout+jwt"),
            (token("a", json!({})), "logout+jwt"),
            (token("a", json!({ "sub": "jo-1" })), "at+jwt"),
        ] {
            tells(world, &liar.key.signs_as(&wrong, kind)).await.refused(400, "token.invalid_request");
        }
        let unsigned = liar.key.leaves_unsigned(&token("a", json!({ "sub": "jo-1" })));
        for garbage in [&*unsigned, "", "x", "a.b.c"] {
            tells(world, garbage).await.refused(400, "token.invalid_request");
        }
        phone.get("/v1/people").await.expect(200);
        let first = liar.key.signs_as(&token("one", json!({ "sub": "jo-1", "sid": "phone" })), "logout+jwt");
        tells(world, &first).await.expect(204);
        phone.get("/v1/people").await.refused(401, "auth.required");
        laptop.get("/v1/people").await.expect(200);
        // A token that comes again ends nothing that began after it.
        let back = signs_in("phone").await;
        tells(world, &first).await.expect(204);
        back.get("/v1/people").await.expect(200);
        tells(world, &liar.key.signs_as(&token("two", json!({ "sub": "jo-1" })), "logout+jwt")).await.expect(204);
        for client in [back, laptop] {
            client.get("/v1/people").await.refused(401, "auth.required");
        }
    }
}
