//! Hostile tokens, by name: each is answered like no token at all.

use crate::prelude::*;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey};
use sea_orm::{ConnectionTrait as _, Statement};

fn decoded(token: &str, at: usize) -> Value {
    let bytes = URL_SAFE_NO_PAD.decode(token.split('.').nth(at).expect("three parts")).expect("base64url");
    serde_json::from_slice(&bytes).expect("JSON")
}

fn encoded(part: &Value) -> String {
    URL_SAFE_NO_PAD.encode(part.to_string())
}

fn with(value: &Value, member: &str, new: Value) -> Value {
    let mut value = value.clone();
    value[member] = new;
    value
}

fn without(value: &Value, member: &str) -> Value {
    let mut value = value.clone();
    value.as_object_mut().expect("an object").remove(member);
    value
}

/// Header and claims, signed with this Ed25519 key, whatever the header says.
fn signed(header: &Value, claims: &Value, key: &EncodingKey) -> String {
    let message = format!("{}.{}", encoded(header), encoded(claims));
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), key, Algorithm::EdDSA).expect("a signature");
    format!("{message}.{signature}")
}

/// The same with a shared secret, as one does who takes our public key for one.
fn keyed(header: &Value, claims: &Value, secret: &[u8], algorithm: Algorithm) -> String {
    let message = format!("{}.{}", encoded(header), encoded(claims));
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &EncodingKey::from_secret(secret), algorithm).expect("a signature");
    format!("{message}.{signature}")
}

/// The service's own signing key: what an attacker does not have.
async fn own_key(world: &World, id: &str) -> EncodingKey {
    let db = world.app().db().read_across_vendors().await.expect("a reader");
    let sql = Statement::from_string(world.app().db().backend(), "SELECT sealed FROM signing_keys");
    let sealed: Vec<u8> = db.query_one_raw(sql).await.expect("a query").expect("a key").try_get("", "sealed").expect("a key");
    EncodingKey::from_ed_der(&world.app().sealer().open(&format!("signing:{id}"), &sealed).expect("our own sealer"))
}

/// What an attacker can do without our key.
fn forged(good: &str, public: &str) -> Vec<(&'static str, String)> {
    let (header, claims) = (decoded(good, 0), decoded(good, 1));
    let parts: Vec<_> = good.split('.').collect();
    let (head, body, signature) = (parts[0], parts[1], parts[2]);
    let pair = Ed25519KeyPair::generate().expect("a key");
    let own = EncodingKey::from_ed_der(pair.to_pkcs8v1().expect("a key").as_ref());
    let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "kid": header["kid"], "x": URL_SAFE_NO_PAD.encode(pair.public_key().as_ref()) });
    let mut all = vec![
        ("alg none, no signature", format!("{}.{body}.", encoded(&with(&header, "alg", json!("none"))))),
        ("alg none, capitals", format!("{}.{body}.", encoded(&with(&header, "alg", json!("NoNe"))))),
        ("alg none, the old signature", format!("{}.{body}.{signature}", encoded(&with(&header, "alg", json!("none"))))),
        ("no alg", format!("{}.{body}.{signature}", encoded(&without(&header, "alg")))),
        ("alg RS256, the old signature", format!("{}.{body}.{signature}", encoded(&with(&header, "alg", json!("RS256"))))),
        ("alg ES256, a signature of zeros", format!("{}.{body}.{}", encoded(&with(&header, "alg", json!("ES256"))), "A".repeat(86))),
        ("a signature of zeros", format!("{head}.{body}.{}", "A".repeat(86))),
        ("no signature", format!("{head}.{body}.")),
        ("two parts", format!("{head}.{body}")),
        ("four parts", format!("{good}.{signature}")),
        ("five parts, as if encrypted", format!("{good}.{signature}.{signature}")),
        ("truncated", good[..good.len() - 3].to_owned()),
        ("padded", format!("{good}==")),
        ("empty parts", "..".into()),
        ("no base64", "a.b.c".into()),
        ("empty objects", "e30.e30.e30".into()),
        ("more scopes", format!("{head}.{}.{signature}", encoded(&with(&claims, "scope", json!("keys:manage vendor:read"))))),
        ("a longer life", format!("{head}.{}.{signature}", encoded(&with(&claims, "exp", json!(9_999_999_999_u64))))),
        ("oversized", format!("{head}.{}.{signature}", "A".repeat(8_000))),
        ("oversized by far", format!("{head}.{}.{signature}", "A".repeat(60_000))),
        ("a stranger's key under our kid", signed(&header, &claims, &own)),
        ("a stranger's key that the header brings (jwk)", signed(&with(&header, "jwk", jwk.clone()), &claims, &own)),
        (
            "a stranger's key that the header points to (jku)",
            signed(&with(&header, "jku", json!("https://attacker.example/jwks.json")), &claims, &own),
        ),
        ("a stranger's certificate (x5u)", signed(&with(&header, "x5u", json!("https://attacker.example/cert.pem")), &claims, &own)),
        ("a stranger's certificate (x5c)", signed(&with(&header, "x5c", json!(["MIIB"])), &claims, &own)),
        ("a stranger's key without kid", signed(&without(&header, "kid"), &claims, &own)),
        ("a kid that is a path", signed(&with(&header, "kid", json!("../../../../dev/null")), &claims, &own)),
        ("a kid that is SQL", signed(&with(&header, "kid", json!("' OR 1=1 --")), &claims, &own)),
        ("a kid that is no text", signed(&with(&header, "kid", json!({ "$ne": "" })), &claims, &own)),
    ];
    let secrets = [public.as_bytes().to_vec(), URL_SAFE_NO_PAD.decode(public).expect("base64url"), b"secret".to_vec(), Vec::new()];
    for (secret, algorithm) in secrets.iter().flat_map(|secret| [(secret, Algorithm::HS256), (secret, Algorithm::HS512)]) {
        let header = with(&header, "alg", json!(format!("{algorithm:?}")));
        all.push(("our public key as a shared secret", keyed(&header, &claims, secret, algorithm)));
    }
    all
}

/// Even one signed with our own key works only as we sign them.
fn resigned(good: &str, key: &EncodingKey, rival: &str) -> Vec<(&'static str, String)> {
    let (header, claims) = (decoded(good, 0), decoded(good, 1));
    let head = |what, header: Value| (what, signed(&header, &claims, key));
    let body = |what, claims: Value| (what, signed(&header, &claims, key));
    let later = claims["iat"].as_i64().expect("a time") + 3_600;
    vec![
        head("typ JWT", with(&header, "typ", json!("JWT"))),
        head("typ of an id token", with(&header, "typ", json!("id+jwt"))),
        head("no typ", without(&header, "typ")),
        head("no kid", without(&header, "kid")),
        head("another kid", with(&header, "kid", json!("0198c1c26d3f7e0a9a510d9f7a1b2c3d"))),
        head("alg in the header only", with(&header, "alg", json!("HS256"))),
        head("a critical extension", with(&header, "crit", json!(["b64"]))),
        head("a jku beside our kid", with(&header, "jku", json!("https://attacker.example/jwks.json"))),
        body("another audience", with(&claims, "aud", json!("https://elsewhere.example"))),
        body("another issuer", with(&claims, "iss", json!("https://elsewhere.example"))),
        body("run out", with(&claims, "exp", json!(1))),
        body("run out before time began", with(&claims, "exp", json!(-1))),
        body("not yet (nbf)", with(&claims, "nbf", json!(later))),
        body("made tomorrow (iat)", with(&claims, "iat", json!(later))),
        body("no end", without(&claims, "exp")),
        body("no audience", without(&claims, "aud")),
        body("no issuer", without(&claims, "iss")),
        body("no subject", without(&claims, "sub")),
        body("no vendor", without(&claims, "vendor_id")),
        body("no jti", without(&claims, "jti")),
        body("the operator", with(&claims, "sub", json!("operator"))),
        body("an unknown key", with(&claims, "sub", json!("key_01jd3k7x2mfq8t9v5w6y0zabcd"))),
        body("an unknown person", with(&claims, "sub", json!("per_01jd3k7x2mfq8t9v5w6y0zabcd"))),
        body("another vendor's", with(&claims, "vendor_id", json!(rival))),
        body("an unknown session", with(&claims, "sid", json!("ses_01jd3k7x2mfq8t9v5w6y0zabcd"))),
        body("no claims", json!({})),
        body("claims that are a list", json!([])),
        body("claims that are a text", json!("x")),
    ]
}

spec! {
    async fn every_hostile_token_is_answered_like_no_token(world) {
        let acme = world.vendor("Acme").await;
        let good = acme.post("/v1/tokens", json!(null)).await.expect(201).text("access_token");
        let (header, claims) = (decoded(&good, 0), decoded(&good, 1));
        let key = own_key(world, header["kid"].as_str().expect("a kid")).await;
        let public = acme.get("/.well-known/jwks.json").await.expect(200)["keys"][0]["x"].as_str().expect("a key").to_owned();
        // The forger's tools make what works, if given our key.
        acme.bearing(&signed(&header, &claims, &key)).get("/v1/vendor").await.expect(200);
        let rival = world.vendor("Rival").await.id;
        let answer = |reply: Reply| {
            let headers = ["content-type", "www-authenticate", "cache-control"].map(|name| reply.header(name).map(str::to_owned));
            (reply.status, with(&reply.body, "request_id", json!("")), headers)
        };
        let expected = answer(world.anonymous().get("/v1/vendor").await.refused(401, "auth.required"));
        for (what, token) in forged(&good, &public).into_iter().chain(resigned(&good, &key, &rival)) {
            assert_eq!(answer(acme.bearing(&token).get("/v1/vendor").await), expected, "{what}: {token}");
        }
    }
}
