//! Access tokens: short, narrow, and no better than what they were made from.

use crate::prelude::*;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use sea_orm::{ConnectionTrait as _, Statement};
use spec::world::PUBLIC_URL;

async fn token(client: &Client, body: Value) -> String {
    client.post("/v1/tokens", body).await.expect(201).text("access_token")
}

fn part(token: &str, at: usize) -> Value {
    let bytes = URL_SAFE_NO_PAD.decode(token.split('.').nth(at).expect("three parts")).expect("base64url");
    serde_json::from_slice(&bytes).expect("JSON")
}

fn encoded(part: &Value) -> String {
    URL_SAFE_NO_PAD.encode(part.to_string())
}

/// The service's own signing key: what an attacker does not have.
async fn signing_key(world: &World) -> (String, EncodingKey) {
    let db = world.app().db().read_across_vendors().await.expect("a view");
    let sql = Statement::from_string(world.app().db().backend(), "SELECT id, sealed FROM signing_keys");
    let row = db.query_one_raw(sql).await.expect("a query").expect("a key");
    let (id, sealed): (String, Vec<u8>) = (row.try_get("", "id").expect("an id"), row.try_get("", "sealed").expect("a key"));
    let private = world.app().sealer().open(&format!("signing:{id}"), &sealed).expect("our own sealer");
    (id, EncodingKey::from_ed_der(&private))
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

    /// Even one signed with our own key works only as we sign them.
    async fn a_hostile_token_is_answered_like_no_token(world) {
        let acme = world.vendor("Acme").await;
        let good = token(&acme, json!(null)).await;
        acme.bearing(&good).get("/v1/vendor").await.expect(200);
        let (header, claims) = (part(&good, 0), part(&good, 1));
        let (kid, key) = signing_key(world).await;
        let public = acme.get("/.well-known/jwks.json").await.expect(200)["keys"][0]["x"].as_str().expect("a key").to_owned();

        let signature = good.split('.').nth(2).expect("three parts").to_owned();
        let with = |mut value: Value, member: &str, new: Value| { value[member] = new; value };
        let without = |mut value: Value, member: &str| { value.as_object_mut().expect("an object").remove(member); value };
        let resigned = |header: &Header, claims: &Value| jsonwebtoken::encode(header, claims, &key).expect("a token");
        let ours = Header { typ: Some("at+jwt".into()), kid: Some(kid.clone()), ..Header::new(Algorithm::EdDSA) };
        acme.bearing(&resigned(&ours, &claims)).get("/v1/vendor").await.expect(200);

        let mut hostile = vec![
            format!("{}.{}.", encoded(&with(header.clone(), "alg", json!("none"))), encoded(&claims)),
            format!("{}.{}.{signature}", encoded(&with(header.clone(), "alg", json!("none"))), encoded(&claims)),
            format!("{}.{}.{signature}", encoded(&header), encoded(&with(claims.clone(), "scope", json!("keys:manage vendor:read")))),
            format!("{}.{}.", encoded(&header), encoded(&claims)),
            good[..good.len() - 3].to_owned(),
            good.rsplit_once('.').expect("three parts").0.to_owned(),
            format!("{good}.{signature}"),
            "..".into(), "a.b.c".into(), "e30.e30.e30".into(),
            format!("{}.{}.{signature}", encoded(&header), "A".repeat(8_000)),
        ];
        for secret in [public.as_bytes().to_vec(), URL_SAFE_NO_PAD.decode(&public).expect("base64url"), b"secret".to_vec(), Vec::new()] {
            for algorithm in [Algorithm::HS256, Algorithm::HS512] {
                let header = Header { alg: algorithm, ..ours.clone() };
                hostile.push(jsonwebtoken::encode(&header, &claims, &EncodingKey::from_secret(&secret)).expect("a token"));
            }
        }
        for header in [
            Header { typ: Some("JWT".into()), ..ours.clone() }, Header { typ: None, ..ours.clone() }, Header { kid: None, ..ours.clone() },
            Header { kid: Some("unknown".into()), ..ours.clone() }, Header { kid: Some("' OR 1=1 --".into()), ..ours.clone() },
        ] {
            hostile.push(resigned(&header, &claims));
        }
        for claims in [
            with(claims.clone(), "aud", json!("https://elsewhere.example")), with(claims.clone(), "iss", json!("https://elsewhere.example")),
            with(claims.clone(), "exp", json!(1)), with(claims.clone(), "exp", json!(-1)), without(claims.clone(), "exp"), without(claims.clone(), "aud"),
            without(claims.clone(), "iss"), without(claims.clone(), "sub"), with(claims.clone(), "sub", json!("operator")),
            with(claims.clone(), "sub", json!("key_01jd3k7x2mfq8t9v5w6y0zabcd")), with(claims.clone(), "sub", json!("per_01jd3k7x2mfq8t9v5w6y0zabcd")),
            with(claims.clone(), "vendor_id", json!(world.vendor("Rival").await.id)), json!({}), json!([]), json!("x"),
        ] {
            hostile.push(resigned(&ours, &claims));
        }
        let expected = { let mut body = world.anonymous().get("/v1/vendor").await.refused(401, "auth.required").body; body["request_id"] = json!(""); body };
        for credential in hostile {
            let mut body = acme.bearing(&credential).get("/v1/vendor").await.body;
            body["request_id"] = json!("");
            assert_eq!(body, expected, "{credential}");
        }
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
