//! The protection certificate: what it says, who can verify it, and what it is worth later.

use crate::prelude::*;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, jwk::JwkSet};
use sha2::{Digest, Sha256};

async fn certificate(reader: &Client, deal: &str) -> Reply {
    reader.get(format!("/v1/deals/{deal}/certificate")).await.expect(200)
}

/// What anybody is answered about a certificate.
async fn verdict(world: &World, certificate: &str) -> Value {
    world.anonymous().post("/v1/certificates/verify", json!({ "certificate": certificate })).await.expect(200)["status"].clone()
}

/// As somebody verifies it who has nothing but the published keys.
async fn verified_by_its_keys(world: &World, certificate: &str) -> Option<Value> {
    let keys = world.anonymous().get("/.well-known/jwks.json").await.expect(200).body;
    let keys: JwkSet = serde_json::from_value(keys).expect("a key set");
    let header = jsonwebtoken::decode_header(certificate).expect("a header");
    if header.typ.as_deref() != Some("prm-protection+jwt") {
        return None;
    }
    let key = DecodingKey::from_jwk(keys.find(&header.kid.expect("a kid"))?).expect("a key");
    let mut rules = Validation::new(Algorithm::EdDSA);
    rules.validate_exp = false;
    rules.set_issuer(&["https://prm.test"]);
    jsonwebtoken::decode(certificate, &key, &rules).ok().map(|token| token.claims)
}

spec! {
    async fn a_certificate_says_what_is_protected_for_whom_until_when_and_under_which_rules(world) {
        let (acme, seller, _) = rivals(world).await;
        let rules = acme.publishes(with(acme.rules().await, json!({ "title": "Ours" }))).await;
        let deal = seller.registers(resale_to(json!({ "name": "Fabrikam GmbH", "country": "DE", "domain": "fabrikam.example" }))).await;
        let told = certificate(&seller, &deal.id()).await;
        let claims = verified_by_its_keys(world, &told.text("certificate")).await.expect("a certificate of ours");
        assert_eq!(claims, told["claims"], "what is told is what was signed");
        let until: chrono::DateTime<chrono::Utc> = deal.text("protected_until").parse().expect("a time");
        assert_eq!((&claims["iss"], &claims["sub"], &claims["exp"]), (&json!("https://prm.test"), &json!(deal.id()), &json!(until.timestamp())));
        assert_eq!((&claims["vendor"], &claims["partner"]), (&json!({ "id": acme.id, "name": "Acme" }), &json!({ "id": seller.partner.id, "name": "Northwind" })));
        assert_eq!((&claims["customer"]["name"], &claims["customer"]["country"]), (&json!("Fabrikam GmbH"), &json!("DE")));
        assert!(claims["customer"]["keys"].to_string().contains("fabrikam.example"), "{claims}");
        // Python: hashlib.sha256(json.dumps(engagement, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()).
        let mut engagement = rules["engagement"].clone();
        engagement.sort_all_objects();
        let digest = Sha256::digest(engagement.to_string());
        let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(claims["rules"], json!({ "version": 1, "sha256": hex }));
        let verified = world.anonymous().post("/v1/certificates/verify", json!({ "certificate": told["certificate"] })).await.expect(200);
        assert_eq!((&verified["status"], &verified["claims"]), (&json!("valid"), &claims));
        certificate(&acme, &deal.id()).await;
    }

    /// By npm `jose`, which we did not write.
    async fn a_stranger_verifies_a_certificate_with_the_published_keys(world) {
        let (acme, seller, _) = rivals(world).await;
        let deal = seller.registers(resale("Fabrikam")).await;
        let told = certificate(&seller, &deal.id()).await;
        let keys = world.anonymous().get("/.well-known/jwks.json").await.expect(200).body;
        let token = acme.post("/v1/tokens", json!(null)).await.expect(201).text("access_token");
        let found = |statement: &str, now: &str| spec::peer::verifies_certificate(statement, &keys, now);
        let Some(verified) = found(&told.text("certificate"), "2026-11-20T12:00:01Z") else { return };
        assert_eq!(verified["claims"], told["claims"]);
        assert_eq!(found(&told.text("certificate"), "2027-02-18T12:00:00Z"), Some(json!({ "refused": "ERR_JWT_EXPIRED" })));
        assert_eq!(found(&token, "2026-11-20T12:00:01Z"), Some(json!({ "refused": "ERR_JWT_CLAIM_VALIDATION_FAILED" })));
    }

    async fn a_certificate_is_superseded_by_an_extension_and_expires_with_protection(world) {
        let (acme, seller, _) = rivals(world).await;
        let deal = seller.registers(resale("Fabrikam")).await;
        let first = certificate(&seller, &deal.id()).await.text("certificate");
        acme.moves(&deal.id(), "extend", json!(null)).await.expect(200);
        assert_eq!(verdict(world, &first).await, "superseded");
        let second = certificate(&acme, &deal.id()).await.text("certificate");
        assert_eq!(verdict(world, &second).await, "valid");
        world.pass(days(120) - seconds(1)).await;
        assert_eq!(verdict(world, &second).await, "valid");
        world.clock.advance(seconds(1));
        assert_eq!(verdict(world, &second).await, "expired", "whether or not the timer has come");
        world.settle().await;
        assert_eq!((verdict(world, &first).await, verdict(world, &second).await), (json!("expired"), json!("expired")));
        acme.get(format!("/v1/deals/{}/certificate", deal.id())).await.refused(409, "deal.not_protected");
    }

    async fn a_certificate_of_a_deal_that_ended_says_so(world) {
        let (acme, seller, _) = rivals(world).await;
        for (name, action, body) in [("Fabrikam", "withdraw", json!(null)), ("Tailspin", "close", json!({ "outcome": "lost" }))] {
            let deal = seller.registers(resale(name)).await;
            let told = certificate(&seller, &deal.id()).await.text("certificate");
            acme.moves(&deal.id(), action, body).await.expect(200);
            assert_eq!(verdict(world, &told).await, "ended", "{action}");
        }
    }

    async fn a_certificate_is_verified_however_often_keys_rotate_while_it_lives(world) {
        let (acme, seller, _) = rivals(world).await;
        let deal = seller.registers(resale("Fabrikam")).await;
        let told = certificate(&seller, &deal.id()).await.text("certificate");
        for _ in 0..4 {
            world.clock.advance(days(35));
            access::tokens::rotate(world.app()).await.expect("a new key");
        }
        // Protection is over by fifty days; what it said can still be told from a forgery.
        assert_eq!(verdict(world, &told).await, "expired");
        assert!(verified_by_its_keys(world, &told).await.is_some());
        let other = world.another_instance().await;
        assert_eq!(world.anonymous().at(&other).post("/v1/certificates/verify", json!({ "certificate": told })).await.status, 200);
        for _ in 0..3 {
            world.clock.advance(days(35));
            access::tokens::rotate(world.app()).await.expect("a new key");
        }
        assert_eq!(verified_by_its_keys(world, &told).await, None, "a key does not stay for ever");
        assert_eq!(verdict(world, &told).await, "invalid");
        acme.get("/v1/vendor").await.expect(200);
    }

    async fn no_certificate_passes_as_a_token_and_no_token_as_a_certificate(world) {
        let (acme, seller, _) = rivals(world).await;
        let deal = seller.registers(resale("Fabrikam")).await;
        let told = certificate(&seller, &deal.id()).await.text("certificate");
        acme.bearing(&told).get("/v1/vendor").await.refused(401, "auth.required");
        let token = acme.post("/v1/tokens", json!(null)).await.expect(201).text("access_token");
        assert_eq!(verdict(world, &token).await, "invalid");
    }

    async fn whatever_we_did_not_sign_is_invalid(world) {
        let (_, seller, _) = rivals(world).await;
        let deal = seller.registers(resale("Fabrikam")).await;
        let told = certificate(&seller, &deal.id()).await.text("certificate");
        let parts: Vec<_> = told.split('.').collect();
        let again = |header: Value, claims: &str| format!("{}.{claims}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), parts[2]);
        let mut claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts[1]).expect("base64")).expect("claims");
        claims["exp"] = json!(4_000_000_000_i64);
        let longer = URL_SAFE_NO_PAD.encode(claims.to_string());
        let header: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts[0]).expect("base64")).expect("a header");
        let forged = [
            format!("{}.{longer}.{}", parts[0], parts[2]),
            format!("{}.{}.", parts[0], parts[1]),
            again(with(header.clone(), json!({ "alg": "none" })), parts[1]),
            again(with(header.clone(), json!({ "alg": "HS256" })), parts[1]),
            again(with(header.clone(), json!({ "typ": "at+jwt" })), parts[1]),
            again(with(header.clone(), json!({ "kid": "0198c1c26d3f7e0a9a510d9f7a1b2c3d" })), parts[1]),
            again(with(header, json!({ "jwk": { "kty": "OKP" } })), parts[1]),
            "a.b.c".to_owned(), "....".to_owned(), "é".repeat(4_000),
        ];
        for forged in forged {
            assert_eq!(verdict(world, &forged).await, "invalid", "{forged}");
        }
        let verify = |body: Value| world.anonymous().post("/v1/certificates/verify", body);
        verify(json!({ "certificate": "" })).await.invalid_at("/certificate");
        verify(json!({ "certificate": "x".repeat(16_385) })).await.invalid_at("/certificate");
        verify(json!({ "certificate": told, "key": "mine" })).await.invalid_at("/key");
    }

    async fn only_whoever_sees_a_protected_deal_gets_its_certificate(world) {
        let (acme, northwind, southridge) = rivals(world).await;
        let deal = northwind.registers(resale("Fabrikam")).await;
        southridge.get(format!("/v1/deals/{}/certificate", deal.id())).await.refused(404, "not_found");
        let refused = southridge.registers(resale("Fabrikam")).await;
        southridge.get(format!("/v1/deals/{}/certificate", refused.id())).await.refused(409, "deal.not_protected");
        let draft = northwind.registers(with(resale("Tailspin"), json!({ "draft": true }))).await;
        acme.get(format!("/v1/deals/{}/certificate", draft.id())).await.refused(409, "deal.not_protected");
    }
}
