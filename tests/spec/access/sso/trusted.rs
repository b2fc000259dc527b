//! Issuers of the vendor's own: their tokens call as they are, or are exchanged.

use super::*;
use spec::liar::Key;

const PATH: &str = "/v1/trusted-issuers";
const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";

async fn trusts(acme: &Vendor, liar: &Liar, more: Value) -> Reply {
    let mut body = json!({ "name": "Own", "issuer": liar.issuer, "audience": "acme", "algorithms": ["EdDSA"], "person_by": "email" });
    body.as_object_mut().expect("an object").extend(more.as_object().cloned().expect("an object"));
    acme.post(PATH, body).await.expect(201)
}

fn claims(world: &World, liar: &Liar, email: &str) -> Value {
    let now = world.now().timestamp();
    json!({ "iss": liar.issuer, "aud": "acme", "sub": "42", "email": email, "iat": now, "exp": now + 300, "amr": ["pwd", "otp"] })
}

async fn exchanges(world: &World, token: &str, more: &[(&str, &str)]) -> Reply {
    let usual = [("grant_type", EXCHANGE), ("subject_token", token), ("subject_token_type", JWT)];
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in usual.iter().filter(|(name, _)| !more.iter().any(|(other, _)| other == name)).chain(more) {
        form.append_pair(name, value);
    }
    asks(&world.anonymous(), &form.finish()).await
}

spec! {
    async fn a_vendors_own_tokens_call_as_they_are_and_are_exchanged(world) {
        let (acme, liar) = (world.vendor("Acme").await, Liar::start().await);
        let northwind = acme.adds_partner("Northwind").await;
        let seller = northwind.person("sales").await;
        let made = trusts(&acme, &liar, json!({ "mfa_methods": ["otp"] })).await;
        let token = liar.key.signs(&claims(world, &liar, &seller.email));
        let seen = acme.bearing(&token).get("/v1/partners").await.expect(200);
        assert_eq!((seen.rows().len(), &seen.rows()[0]["id"]), (1, &json!(northwind.id)), "of the partner, and it alone");
        acme.bearing(&token).get("/v1/api-keys").await.refused(403, "auth.forbidden");
        let ours = exchanges(world, &token, &[]).await.expect(200);
        assert_eq!((&ours["issued_token_type"], &ours["expires_in"]), (&json!("urn:ietf:params:oauth:token-type:access_token"), &json!(300)));
        acme.bearing(&ours.text("access_token")).get("/v1/partners").await.expect(200);
        // What was done is the person's doing.
        let deal = acme.bearing(&token).post("/v1/deals", northwind.gets(spec::deals::resale("Fabrikam"))).await.expect(201);
        let told = acme.all("/v1/events").await;
        let done = told.iter().find(|event| event["subject"]["id"] == deal.id()).expect("an event");
        assert_eq!(done["actor"], json!({ "type": "person", "id": seller.id }));
        // Scopes narrow and never widen.
        assert_eq!(exchanges(world, &token, &[("scope", "deals:read")]).await.expect(200)["scope"], "deals:read");
        exchanges(world, &token, &[("scope", "keys:manage")]).await.refused(400, "token.invalid_scope");
        exchanges(world, &token, &[("subject_token_type", "urn:ietf:params:oauth:token-type:saml2")]).await.refused(400, "token.invalid_request");
        exchanges(world, &token, &[("requested_token_type", "urn:ietf:params:oauth:token-type:refresh_token")]).await.refused(400, "token.invalid_request");
        exchanges(world, "garbage", &[]).await.refused(400, "token.invalid_request");
        // It ends when it says so, or when the vendor does.
        acme.patch(format!("{PATH}/{}", made.id()), json!({ "status": "disabled" })).if_match(1).await.expect(200);
        acme.bearing(&token).get("/v1/partners").await.refused(401, "auth.required");
        acme.patch(format!("{PATH}/{}", made.id()), json!({ "status": "active" })).if_match(2).await.expect(200);
        acme.bearing(&token).get("/v1/partners").await.expect(200);
        world.clock.advance(minutes(5));
        acme.bearing(&token).get("/v1/partners").await.refused(401, "auth.required");
    }

    async fn a_token_that_is_not_what_it_must_be_is_refused_like_garbage(world) {
        let (acme, rival, liar) = (world.vendor("Acme").await, world.vendor("Rival").await, Liar::start().await);
        let seller = acme.adds_partner("Northwind").await.person("sales").await;
        trusts(&acme, &liar, json!({})).await;
        let good = claims(world, &liar, &seller.email);
        let now = world.now().timestamp();
        let garbage = acme.bearing("garbage").get("/v1/partners").await.expect(401);
        let refused = |token: String, why: String| {
            let (acme, garbage) = (&acme, &garbage);
            async move {
                let reply = acme.bearing(&token).get("/v1/partners").await;
                assert_eq!((reply.status, &reply["code"], &reply["detail"]), (401, &garbage["code"], &garbage["detail"]), "{why}: {reply}");
            }
        };
        for (member, lie) in [
            ("iss", json!("https://login.elsewhere.example")),
            ("iss", json!(spec::world::PUBLIC_URL)),
            ("aud", json!("another")),
            ("aud", json!([])),
            ("aud", json!(null)),
            ("exp", json!(now)),
            ("exp", json!(now + 3_601)),
            ("exp", json!(null)),
            ("iat", json!(now + 120)),
            ("iat", json!(null)),
            ("nbf", json!(now + 120)),
            ("email", json!("nobody@northwind.example")),
            ("email", json!(null)),
            ("email_verified", json!(false)),
        ] {
            let mut claims = good.clone();
            claims[member] = lie.clone();
            refused(liar.key.signs(&claims), format!("{member} {lie}")).await;
        }
        refused(liar.key.leaves_unsigned(&good), "unsigned".into()).await;
        refused(liar.key.signs_with_the_public_key(&good), "HS256".into()).await;
        refused(Key::fresh("first").signs(&good), "another key".into()).await;
        refused(Key::fresh("unknown").signs(&good), "an unknown key".into()).await;
        refused(liar.key.signs_as(&good, "logout+jwt"), "a logout token".into()).await;
        let mut long = good.clone();
        long["filler"] = json!("x".repeat(9_000));
        refused(liar.key.signs(&long), "too long".into()).await;
        // Only what is registered is asked for its keys.
        let stranger = Liar::start().await;
        refused(stranger.key.signs(&claims(world, &stranger, &seller.email)), "a stranger".into()).await;
        assert_eq!(stranger.asked("/.well-known/openid-configuration") + stranger.asked("/jwks"), 0);
        // One registration of an issuer and audience, whoever comes first.
        let body = json!({ "name": "Theirs", "issuer": liar.issuer, "audience": "acme", "algorithms": ["EdDSA"], "person_by": "email" });
        rival.post(PATH, body).await.refused(409, "trusted_issuer.taken");
        acme.bearing(&liar.key.signs(&good)).get("/v1/partners").await.expect(200);
    }

    async fn keys_rotate_without_being_asked_for_more_than_needed(world) {
        let (acme, liar) = (world.vendor("Acme").await, Liar::start().await);
        let seller = acme.adds_partner("Northwind").await.person("sales").await;
        trusts(&acme, &liar, json!({})).await;
        for n in 0..20 {
            let mut claims = claims(world, &liar, &seller.email);
            claims["jti"] = json!(n);
            acme.bearing(&liar.key.signs(&claims)).get("/v1/partners").await.expect(200);
        }
        assert_eq!(liar.asked("/jwks"), 1);
        let next = Key::fresh("next");
        liar.publishes(&[&next]);
        acme.bearing(&next.signs(&claims(world, &liar, &seller.email))).get("/v1/partners").await.expect(200);
        assert_eq!(liar.asked("/jwks"), 2);
        for n in 0..20 {
            let forged = Key::fresh(&format!("made up {n}")).signs(&claims(world, &liar, &seller.email));
            acme.bearing(&forged).get("/v1/partners").await.refused(401, "auth.required");
        }
        assert!(liar.asked("/jwks") <= 5, "{}", liar.asked("/jwks"));
        // A key that is withdrawn works no more once what is known of it is old.
        world.clock.advance(minutes(10));
        acme.bearing(&liar.key.signs(&claims(world, &liar, &seller.email))).get("/v1/partners").await.refused(401, "auth.required");
    }

    async fn a_person_is_found_by_identity_or_by_our_own_id(world) {
        let (acme, liar) = (world.vendor("Acme").await, Liar::start().await);
        let seller = acme.adds_partner("Northwind").await.person("sales").await;
        let made = trusts(&acme, &liar, json!({ "person_by": "identity", "jwks": { "keys": [liar.key.jwk()] } })).await;
        let token = liar.key.signs(&claims(world, &liar, "whoever@elsewhere.example"));
        acme.bearing(&token).get("/v1/partners").await.refused(401, "auth.required");
        acme.post("/v1/identities", json!({ "person_id": seller.id, "issuer": liar.issuer, "subject": "42" })).await.expect(201);
        acme.bearing(&token).get("/v1/partners").await.expect(200);
        assert_eq!(liar.asked("/jwks"), 0, "the keys are known");
        acme.patch(format!("{PATH}/{}", made.id()), json!({ "person_by": "person_id", "person_claim": "prm.person" })).if_match(1).await.expect(200);
        acme.bearing(&token).get("/v1/partners").await.refused(401, "auth.required");
        let mut by_id = claims(world, &liar, "x");
        by_id["prm"] = json!({ "person": seller.id });
        let token = liar.key.signs(&by_id);
        acme.bearing(&token).get("/v1/partners").await.expect(200);
        // A leaver is out at once, on every instance.
        let other = world.another_instance().await;
        other.bearing(&token).get("/v1/partners").await.expect(200);
        acme.patch(format!("/v1/people/{}", seller.id), json!({ "status": "deactivated" })).if_match(1).await.expect(200);
        acme.bearing(&token).get("/v1/partners").await.refused(401, "auth.required");
        world.clock.advance(seconds(1));
        other.bearing(&token).get("/v1/partners").await.refused(401, "auth.required");
    }

    async fn what_a_token_allows_is_narrowed_by_registration_scope_and_role(world) {
        let (acme, liar) = (world.vendor("Acme").await, Liar::start().await);
        let boss = acme.adds_colleague("admin").await;
        let made = trusts(&acme, &liar, json!({ "scopes": ["deals:read", "people:read", "vendor:read"] })).await;
        let allowed = |more: Value| {
            let mut claims = claims(world, &liar, boss["email"].as_str().expect("text"));
            claims.as_object_mut().expect("an object").extend(more.as_object().cloned().expect("an object"));
            let token = liar.key.signs(&claims);
            async move { exchanges(world, &token, &[]).await }
        };
        let scope = |reply: Reply| reply.expect(200).text("scope");
        assert_eq!(scope(allowed(json!({})).await), "vendor:read people:read deals:read");
        acme.patch(format!("{PATH}/{}", made.id()), json!({ "scope_claim": "scp" })).if_match(1).await.expect(200);
        assert_eq!(scope(allowed(json!({ "scp": "deals:read keys:manage" })).await), "deals:read");
        assert_eq!(scope(allowed(json!({ "scp": ["people:read"] })).await), "people:read");
        assert_eq!(scope(allowed(json!({})).await), "");
        let roles = json!({ "scope_claim": null, "role_claim": "role", "role_mappings": [{ "value": "m", "role": "marketing" }] });
        acme.patch(format!("{PATH}/{}", made.id()), roles).if_match(2).await.expect(200);
        assert_eq!(scope(allowed(json!({ "role": "m" })).await), "vendor:read people:read");
        allowed(json!({ "role": "boss" })).await.refused(400, "token.invalid_request");
    }

    async fn an_issuer_lends_no_more_than_whoever_trusts_it_has(world) {
        let (acme, liar) = (world.vendor("Acme").await, Liar::start().await);
        let boss = acme.adds_colleague("admin").await;
        let clerk = acme.makes_key("admin", &["access:manage", "vendor:read"]).await;
        let body = json!({ "name": "Own", "issuer": liar.issuer, "audience": "acme", "algorithms": ["EdDSA"], "person_by": "email" });
        clerk.post(PATH, body).await.expect(201);
        let token = liar.key.signs(&claims(world, &liar, boss["email"].as_str().expect("text")));
        assert_eq!(exchanges(world, &token, &[]).await.expect(200)["scope"], "vendor:read access:manage");
        acme.bearing(&token).get("/v1/api-keys").await.refused(403, "auth.forbidden");
    }

    async fn only_public_keys_are_registered(world) {
        let acme = world.vendor("Acme").await;
        let with = |keys: Value| json!({ "name": "Own", "issuer": "https://id.contoso.example", "audience": "a", "algorithms": ["EdDSA"], "person_by": "email", "jwks": keys });
        let mut private = Key::fresh("a").jwk();
        private["d"] = json!("c2VjcmV0");
        for odd in [json!({}), json!({ "keys": [] }), json!({ "keys": [{ "kty": "oct", "k": "c2VjcmV0" }] }), json!({ "keys": [private] }), json!({ "keys": [{ "kty": "RSA" }] })] {
            acme.post(PATH, with(odd)).await.invalid_at("/jwks");
        }
        for algorithm in ["HS256", "none", "rs256"] {
            let mut body = with(json!({ "keys": [Key::fresh("a").jwk()] }));
            body["algorithms"] = json!([algorithm]);
            acme.post(PATH, body).await.invalid_at("/algorithms/0");
        }
        let mut both = with(json!({ "keys": [Key::fresh("a").jwk()] }));
        both["jwks_uri"] = json!("https://id.contoso.example/keys");
        acme.post(PATH, both).await.invalid_at("/jwks");
    }

    async fn whoever_calls_with_the_vendors_own_token_is_seen(world) {
        let (acme, liar) = (world.vendor("Acme").await, Liar::start().await);
        let northwind = acme.adds_partner("Northwind").await;
        let seller = northwind.person("sales").await;
        trusts(&acme, &liar, json!({})).await;
        world.pass(days(91)).await;
        assert_eq!(acme.get("/v1/people?dormant=true").await.expect(200).rows().len(), 1);
        acme.bearing(&liar.key.signs(&claims(world, &liar, &seller.email))).get("/v1/partners").await.expect(200);
        world.settle().await;
        assert!(acme.get("/v1/people?dormant=true").await.expect(200).rows().is_empty());
    }
}
