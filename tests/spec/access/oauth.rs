//! As any OAuth library sees it: metadata, client credentials, and tokens taken back.

use crate::prelude::*;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

const FORM: &str = "application/x-www-form-urlencoded";

async fn key(acme: &Vendor) -> (String, String) {
    let made = acme.post("/v1/api-keys", json!({ "name": "CRM", "role": "integration" })).await.expect(201);
    (made["api_key"]["id"].as_str().expect("an id").to_owned(), made.text("secret"))
}

async fn asks(client: &Client, form: &str) -> Reply {
    client.call(Method::POST, "/v1/tokens").raw(FORM, form).await
}

spec! {
    async fn a_library_finds_everything_in_the_metadata(world) {
        let metadata = world.anonymous().get("/.well-known/oauth-authorization-server").await.expect(200);
        assert_eq!(metadata["issuer"], spec::world::PUBLIC_URL);
        for member in ["token_endpoint", "revocation_endpoint", "jwks_uri"] {
            let path = metadata[member].as_str().and_then(|url| url.strip_prefix(spec::world::PUBLIC_URL)).expect("one of ours").to_owned();
            assert!(world.main.document.operations.iter().any(|operation| operation.path == path), "{path} is served");
        }
        for grant in ["client_credentials", "refresh_token"] {
            assert!(metadata["grant_types_supported"].as_array().expect("a list").contains(&json!(grant)));
        }
    }

    async fn a_client_gets_a_token_by_its_id_and_secret_either_way(world) {
        let acme = world.vendor("Acme").await;
        let (id, secret) = key(&acme).await;
        let posted = asks(&world.anonymous(), &format!("grant_type=client_credentials&client_id={id}&client_secret={secret}&scope=deals:read+crm:read")).await.expect(200);
        assert_eq!(posted["scope"], "crm:read deals:read");
        let basic = format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")));
        let by_header = world.anonymous().call(Method::POST, "/v1/tokens").header("authorization", &basic).raw(FORM, "grant_type=client_credentials").await.expect(200);
        for token in [posted.text("access_token"), by_header.text("access_token")] {
            acme.bearing(&token).get("/v1/deals").await.expect(200);
        }
        assert_eq!(by_header.header("cache-control"), Some("no-store"));
    }

    async fn a_wrong_client_is_told_so_and_nothing_else(world) {
        let acme = world.vendor("Acme").await;
        let ((id, secret), (other, _)) = (key(&acme).await, key(&acme).await);
        for form in [
            "grant_type=client_credentials".to_owned(),
            format!("grant_type=client_credentials&client_id={id}"),
            format!("grant_type=client_credentials&client_id={other}&client_secret={secret}"),
            format!("grant_type=client_credentials&client_id={id}&client_secret=prm_{}", "0".repeat(56)),
            format!("grant_type=client_credentials&client_id={id}&client_secret=x"),
        ] {
            let refused = asks(&world.anonymous(), &form).await.refused(401, "token.invalid_client");
            assert_eq!(refused["error"], "invalid_client", "{form}");
        }
        for (form, code) in [
            ("", "token.invalid_request"),
            ("grant_type=password&username=a&password=b", "token.unsupported_grant_type"),
            ("grant_type=refresh_token", "token.invalid_grant"),
            ("grant_type=refresh_token&refresh_token=prms_00", "token.invalid_grant"),
            ("grant_type=client_credentials&grant_type=client_credentials", "token.invalid_request"),
        ] {
            asks(&world.anonymous(), form).await.refused(400, code);
        }
        let wide = format!("grant_type=client_credentials&client_id={id}&client_secret={secret}&scope=keys:manage");
        asks(&world.anonymous(), &wide).await.refused(400, "token.invalid_scope");
    }

    async fn a_token_that_is_taken_back_works_nowhere(world) {
        let acme = world.vendor("Acme").await;
        let other = world.another_instance().await;
        let token = acme.post("/v1/tokens", json!(null)).await.expect(201).text("access_token");
        acme.bearing(&token).get("/v1/vendor").await.expect(200);
        world.anonymous().post("/v1/tokens/revoke", json!({ "token": token })).await.expect(204);
        acme.bearing(&token).get("/v1/vendor").await.refused(401, "auth.required");
        other.bearing(&token).get("/v1/vendor").await.refused(401, "auth.required");
        // Again, and what never worked: there is nothing left to do.
        for token in [&*token, "garbage", "prms_00"] {
            let form = format!("token={token}&token_type_hint=access_token");
            world.anonymous().call(Method::POST, "/v1/tokens/revoke").raw(FORM, form).await.expect(204);
        }
        acme.get("/v1/vendor").await.expect(200);
    }

    async fn a_refresh_token_that_is_taken_back_ends_its_session(world) {
        let acme = world.vendor("Acme").await;
        let signed_in = acme.adds_partner("Northwind").await.person("sales").await.signs_in(&["pwd"]).await;
        world.anonymous().post("/v1/tokens/revoke", json!({ "token": signed_in.refresh_token })).await.expect(204);
        signed_in.get("/v1/partners").await.refused(401, "auth.required");
    }
}
