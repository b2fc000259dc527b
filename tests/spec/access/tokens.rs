//! Access tokens: short, narrow, and no better than what they were made from.

use crate::prelude::*;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use spec::world::PUBLIC_URL;

async fn token(client: &Client, body: Value) -> String {
    client.post("/v1/tokens", body).await.expect(201).text("access_token")
}

fn part(token: &str, at: usize) -> Value {
    let bytes = URL_SAFE_NO_PAD.decode(token.split('.').nth(at).expect("three parts")).expect("base64url");
    serde_json::from_slice(&bytes).expect("JSON")
}

spec! {
    async fn a_key_is_exchanged_for_a_token_that_may_do_the_same_for_a_quarter_of_an_hour(world) {
        let acme = world.vendor("Acme").await;
        let key = acme.makes_key("finance", &["vendor:read", "deals:read"]).await;
        let made = key.post("/v1/tokens", json!(null)).await.expect(201);
        assert_reply_snapshot!(made, @r#"
        {
          "body": {
            "access_token": "[access_token]",
            "expires_in": 900,
            "scope": "vendor:read deals:read",
            "token_type": "Bearer"
          },
          "status": 201
        }
        "#);
        let client = key.bearing(&made.text("access_token"));
        client.get("/v1/vendor").await.expect(200);
        client.get("/v1/people").await.refused(403, "auth.forbidden");
        world.clock.advance(seconds(899));
        client.get("/v1/vendor").await.expect(200);
        world.clock.advance(seconds(1));
        client.get("/v1/vendor").await.refused(401, "auth.required");
        world.another_instance().await.bearing(&made.text("access_token")).get("/v1/vendor").await.refused(401, "auth.required");
    }

    async fn a_tokens_life_and_scopes_may_be_shortened_but_not_stretched(world) {
        let acme = world.vendor("Acme").await;
        let short = acme.bearing(&token(&acme, json!({ "expires_in": 60, "scopes": ["vendor:read"] })).await);
        short.get("/v1/vendor").await.expect(200);
        short.get("/v1/api-keys").await.refused(403, "auth.forbidden");
        world.clock.advance(minutes(1));
        short.get("/v1/vendor").await.refused(401, "auth.required");
        let finance = acme.makes_key("finance", &[]).await;
        finance.post("/v1/tokens", json!({ "scopes": ["keys:manage"] })).await.refused(403, "token.scope_too_wide");
        finance.post("/v1/tokens", json!({ "scopes": ["everything"] })).await.invalid_at("/scopes");
        for expires_in in [0, 59, 3_601, -1] {
            acme.post("/v1/tokens", json!({ "expires_in": expires_in })).await.invalid_at("/expires_in");
        }
    }

    async fn a_token_is_not_exchanged_for_another(world) {
        let acme = world.vendor("Acme").await;
        let client = acme.bearing(&token(&acme, json!(null)).await);
        client.post("/v1/tokens", json!(null)).await.refused(403, "auth.forbidden");
    }

    async fn a_token_ends_with_its_key(world) {
        let acme = world.vendor("Acme").await;
        let made = acme.post("/v1/api-keys", json!({ "name": "CRM", "role": "finance" })).await.expect(201);
        let client = acme.bearing(&token(&acme.bearing(&made.text("secret")), json!(null)).await);
        client.get("/v1/vendor").await.expect(200);
        acme.post(format!("/v1/api-keys/{}/revoke", made["api_key"]["id"].as_str().expect("an id")), json!(null)).await.expect(200);
        client.get("/v1/vendor").await.refused(401, "auth.required");

        let made = acme.post("/v1/api-keys", json!({ "name": "Trial", "role": "finance", "expires_at": "2026-11-20T12:05:00Z" })).await.expect(201);
        let client = acme.bearing(&token(&acme.bearing(&made.text("secret")), json!(null)).await);
        world.clock.advance(minutes(5));
        client.get("/v1/vendor").await.refused(401, "auth.required");
    }

    async fn a_portals_back_end_mints_a_token_for_a_partners_person(world) {
        let acme = world.vendor("Acme").await;
        let seller = acme.adds_partner("Northwind").await.person("sales").await;
        let portal = acme.makes_key("integration", &[]).await;
        for wanted in [json!({ "person_id": seller.id }), json!({ "person_email": seller.email.to_uppercase() })] {
            let client = portal.bearing(&token(&portal, wanted).await);
            client.get(format!("/v1/partners/{}", seller.partner.id)).await.expect(200);
            client.get("/v1/api-keys").await.refused(403, "auth.forbidden");
            client.post("/v1/tokens", json!(null)).await.refused(403, "auth.forbidden");
        }
        portal.post("/v1/tokens", json!({ "person_id": seller.id, "person_email": seller.email })).await.invalid_at("/person_email");
        portal.post("/v1/tokens", json!({ "person_id": seller.id, "scopes": ["partners:manage"] })).await.refused(403, "token.scope_too_wide");
    }

    async fn a_token_is_minted_only_by_who_may_and_only_for_who_is_there(world) {
        let (acme, rival) = (world.vendor("Acme").await, world.vendor("Rival").await);
        let seller = acme.adds_partner("Northwind").await.person("sales").await;
        let wanted = json!({ "person_id": seller.id });
        acme.makes_key("finance", &[]).await.post("/v1/tokens", wanted.clone()).await.refused(403, "auth.forbidden");
        seller.post("/v1/tokens", wanted.clone()).await.refused(403, "auth.forbidden");
        rival.post("/v1/tokens", wanted).await.refused(422, "token.no_such_person");
        acme.post("/v1/tokens", json!({ "person_email": "nobody@nowhere.example" })).await.refused(422, "token.no_such_person");
        let colleague = acme.adds_colleague("finance").await;
        acme.post("/v1/tokens", json!({ "person_id": colleague.id() })).await.refused(422, "token.no_such_person");
    }

    async fn a_suspended_partners_people_are_shut_out_at_once(world) {
        let acme = world.vendor("Acme").await;
        let northwind = acme.adds_partner("Northwind").await;
        let (seller, other) = (northwind.person("sales").await, acme.adds_partner("Southwind").await.person("sales").await);
        let own = format!("/v1/partners/{}", northwind.id);
        seller.get(&own).await.expect(200);
        acme.post(format!("{own}/suspend"), json!({ "reason": "Two invoices are overdue." })).await.expect(200);
        seller.get(&own).await.refused(401, "auth.required");
        acme.post("/v1/tokens", json!({ "person_id": seller.id })).await.refused(422, "token.no_such_person");
        other.get(format!("/v1/partners/{}", other.partner.id)).await.expect(200);
        acme.post(format!("{own}/reinstate"), json!(null)).await.expect(200);
        seller.get(&own).await.expect(200);
    }

    async fn a_persons_token_follows_what_the_person_is(world) {
        let acme = world.vendor("Acme").await;
        let person = acme.adds_partner("Northwind").await.person("partner_admin").await;
        let path = format!("/v1/people/{}", person.id);
        let colleague = |name: &str| json!({ "name": name, "email": format!("{name}@northwind.example"), "role": "sales" });
        person.post("/v1/people", colleague("one")).await.expect(201);
        acme.patch(&path, json!({ "role": "sales" })).if_match(1).await.expect(200);
        person.post("/v1/people", colleague("two")).await.refused(403, "auth.forbidden");
        acme.patch(&path, json!({ "status": "deactivated" })).if_match(2).await.expect(200);
        person.get("/v1/people").await.refused(401, "auth.required");
        acme.patch(&path, json!({ "status": "active" })).if_match(3).await.expect(200);
        person.get("/v1/people").await.expect(200);
    }

    /// As a gateway in front of another service would check it, with a public library.
    async fn a_token_is_verified_with_the_published_keys(world) {
        let acme = world.vendor("Acme").await;
        let good = token(&acme, json!(null)).await;
        let jwks: jsonwebtoken::jwk::JwkSet = serde_json::from_value(world.anonymous().get("/.well-known/jwks.json").await.expect(200).body).expect("a JWK set");
        let header = jsonwebtoken::decode_header(&good).expect("a header");
        assert_eq!(header.typ.as_deref(), Some("at+jwt"));
        let key = DecodingKey::from_jwk(jwks.find(&header.kid.expect("a kid")).expect("a key")).expect("a key");
        let mut rules = Validation::new(Algorithm::EdDSA);
        rules.set_audience(&[PUBLIC_URL]);
        rules.set_issuer(&[PUBLIC_URL]);
        // The world's clock is not the machine's.
        rules.validate_exp = false;
        let claims = jsonwebtoken::decode::<Value>(&good, &key, &rules).expect("it verifies").claims;
        let now = world.now().timestamp();
        assert_eq!((&claims["iat"], &claims["exp"], &claims["vendor_id"]), (&json!(now), &json!(now + 900), &json!(acme.id)));
        for claim in ["iss", "exp", "aud", "sub", "client_id", "iat", "jti"] {
            assert!(!claims[claim].is_null(), "RFC 9068 requires {claim}");
        }
    }

    async fn signing_keys_rotate_without_breaking_a_token(world) {
        let acme = world.vendor("Acme").await;
        let other = world.another_instance().await;
        let before = token(&acme, json!({ "expires_in": 3600 })).await;
        other.bearing(&before).get("/v1/vendor").await.expect(200);
        access::tokens::rotate(world.app()).await.expect("a new key");
        world.clock.advance(minutes(30));
        let after = token(&acme.at(&other), json!(null)).await;
        for credential in [&before, &after] {
            for instance in [&world.main, &other] {
                instance.bearing(credential).get("/v1/vendor").await.expect(200);
            }
        }
        assert_eq!(acme.get("/.well-known/jwks.json").await.expect(200)["keys"].as_array().map(Vec::len), Some(2));
        // And by themselves, after a month.
        world.clock.advance(days(31));
        let kid = part(&token(&acme, json!(null)).await, 0)["kid"].clone();
        assert!(kid != part(&before, 0)["kid"] && kid != part(&after, 0)["kid"]);
    }
}
